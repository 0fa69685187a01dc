// Command chat measures how well conversations are read, and writes
// docs/detection-quality.md with its plots.
//
//	go run ./bench/chat                  items, skeletons, groups and speed; a few minutes
//	go run ./bench/chat -chats FOLDER    also ordinary chat, which is read in place
//	go run ./bench/chat -only skeletons  measures one part, and keeps the rest
//	go run ./bench/chat -page            writes the page again from what was measured
//	go run ./bench/chat -check           is what is committed this program's output?
//
// FOLDER has one folder for each collection, named as it shall be called in
// the page, with the collection's files as they are distributed; readers.go
// lists the formats. No text is kept, and none is printed: with -fired FILE the
// rules that fired are written, each with its place in its pack.
//
// What was measured is kept in bench/chat/results.json, and the page is made
// from that alone.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/jaga-project/jaga/internal/report"
)

// Where things are, from the top of the repository.
const (
	resultsFile = "bench/chat/results.json"
	itemsDir    = "convo/packs/testdata"
	pageFile    = "docs/detection-quality.md"
	imageDir    = "docs/img"
)

// seed is that of everything that is drawn.
const seed = 1

func main() {
	check := flag.Bool("check", false, "say whether the committed page belongs to this program")
	pageOnly := flag.Bool("page", false, "write the page and plots from the kept results")
	root := flag.String("root", ".", "top of the repository")
	chats := flag.String("chats", "", "also measure on the collections of ordinary chat in this `FOLDER`")
	fired := flag.String("fired", "", "write the rules that fired on ordinary chat to this `FILE`")
	only := flag.String("only", "", "measure one `PART`: items, skeletons, groups, speed or chats")
	flag.Parse()
	var err error
	switch {
	case *check:
		err = checkPages(*root)
	case *pageOnly:
		err = writePages(*root)
	default:
		if err = measure(*root, *chats, *fired, *only); err == nil {
			err = writePages(*root)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// measure runs the parts asked for and keeps their results beside the others.
func measure(root, chats, fired, only string) error {
	r, err := load(root)
	if os.IsNotExist(err) {
		r, err = &results{}, nil
	}
	if err != nil {
		return err
	}
	d, err := detector()
	if err != nil {
		return err
	}
	r.Detector, r.Machine, r.Date = d.Version(), machine(), today()
	for _, part := range []struct {
		name string
		run  func() error
	}{
		{"items", func() (err error) { r.Items, err = measureItems(root, d); return err }},
		{"skeletons", func() (err error) { r.Skeletons, err = measureSkeletons(d); return err }},
		{"groups", func() (err error) { r.Groups, err = measureGroups(); return err }},
		{"speed", func() (err error) { r.Speed, err = measureSpeed(d); return err }},
		{"chats", func() (err error) {
			if chats == "" {
				return nil
			}
			r.Chats, r.Mixed, err = measureChats(chats, fired, d)
			return err
		}},
	} {
		if only != "" && part.name != only {
			continue
		}
		fmt.Fprintln(os.Stderr, "chat: measuring", part.name)
		if err := part.run(); err != nil {
			return fmt.Errorf("measure %s: %w", part.name, err)
		}
	}
	return r.save(root)
}

func writePages(root string) error {
	r, err := load(root)
	if err != nil {
		return err
	}
	return pages(r).Write(root)
}

func checkPages(root string) error {
	r, err := load(root)
	if err != nil {
		return err
	}
	return pages(r).Check(root, "go run ./bench/chat -page")
}

// pages draws everything that is committed below docs/.
func pages(r *results) report.Files {
	out := report.Files{pageFile: []byte(page(r))}
	for name, draw := range plots {
		out[imageDir+"/"+name] = []byte(draw(r))
	}
	return out
}
