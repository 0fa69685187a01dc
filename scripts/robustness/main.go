// Command robustness measures how far a picture may change and still be found
// by its PDQ hash, and how near unrelated pictures come to each other by
// chance. It writes docs/robustness.md and its plots.
//
//	go run ./scripts/robustness          measure everything (minutes) and write
//	go run ./scripts/robustness -page    write the pages from results.jsonl again
//	go run ./scripts/robustness -check   is what is committed this program's output?
//
// All pictures are drawn by internal/testpic. What was measured is kept in
// results.jsonl beside this file, and the pages are made from that alone, so
// that a check can draw the pages again in full and measure only a sample.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jaga-project/jaga/internal/report"
)

// Where things are, from the top of the repository.
const (
	resultsFile = "scripts/robustness/results.jsonl"
	pageFile    = "docs/robustness.md"
	imageDir    = "docs/img"
)

func main() {
	check := flag.Bool("check", false, "say whether the committed page belongs to this program")
	pageOnly := flag.Bool("page", false, "write the page and plots from the kept results")
	root := flag.String("root", ".", "top of the repository")
	flag.Parse()
	var err error
	switch {
	case *check:
		err = checkAll(*root, checkPictures)
	case *pageOnly:
		err = writePages(*root)
	default:
		err = measureAll(*root)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// plan is what one full run measures.
var plan = sizes{Pictures: 400, Unrelated: 5000, Cards: 1000}

// checkPictures is how many pictures a check measures again.
const checkPictures = 5

func measureAll(root string) error {
	r, err := measure(plan, func(what string, done, total int) {
		fmt.Fprintf(os.Stderr, "\r%-32s %d of %d ", what, done, total)
	})
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return err
	}
	data, err := r.encode()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, resultsFile), data, 0o644); err != nil {
		return fmt.Errorf("keep the results: %w", err)
	}
	return writePages(root)
}

func load(root string) (*results, error) {
	data, err := os.ReadFile(filepath.Join(root, resultsFile))
	if err != nil {
		return nil, fmt.Errorf("read the kept results: %w", err)
	}
	return decodeResults(data)
}

func writePages(root string) error {
	r, err := load(root)
	if err != nil {
		return err
	}
	return pages(r).Write(root)
}

// pages draws everything that is committed below docs/.
func pages(r *results) report.Files {
	out := report.Files{pageFile: []byte(page(r))}
	for name, draw := range plots {
		out[imageDir+"/"+name] = []byte(draw(r))
	}
	return out
}

// checkAll draws the pages from the kept results and compares them, then
// measures the first n pictures again and compares those.
func checkAll(root string, n int) error {
	r, err := load(root)
	if err != nil {
		return err
	}
	return errors.Join(pages(r).Check(root, "go run ./scripts/robustness -page"), r.remeasure(n))
}
