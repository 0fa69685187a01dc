// Command bench measures Jaga beside the programs that people use today, in one
// run and by turns, and writes docs/benchmarks.md with its plots.
//
//	bench/peers/setup             sets up the peers
//	go run ./bench                measures everything (about half an hour) and writes
//	go run ./bench -only jpeg     measures only what begins so, and keeps the rest
//	go run ./bench -codes 100     measures the index with 100 million codes, too (needs 18 GiB)
//	go run ./bench -page          writes the page again from what was measured
//	go run ./bench -check         is what is committed this program's output?
//
// What was measured is kept in bench/results.jsonl, time for time, and the page
// is made from that alone.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/jaga-project/jaga/internal/jail"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/report"
)

// Where things are, from the top of the repository.
const (
	resultsFile = "bench/results.jsonl"
	dataDir     = "bench/data"
	peersDir    = "bench/peers"
	pageFile    = "docs/benchmarks.md"
	imageDir    = "docs/img"
)

func main() {
	jail.Main(media.Worker())
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		if err := work(os.Stdin, os.Stdout); err != nil {
			fail(err)
		}
		return
	}
	check := flag.Bool("check", false, "say whether the committed page belongs to this program")
	pageOnly := flag.Bool("page", false, "write the page and plots from the kept results")
	root := flag.String("root", ".", "top of the repository")
	var opt options
	flag.StringVar(&opt.only, "only", "", "measure only the cases whose name begins so")
	flag.IntVar(&opt.rounds, "rounds", 15, "how often each pair is measured")
	flag.IntVar(&opt.codes, "codes", 10, "largest index, in millions of codes: 1, 10 or 100")
	flag.Parse()
	var err error
	switch {
	case *check:
		err = checkPages(*root)
	case *pageOnly:
		err = writePages(*root)
	default:
		if err = measure(*root, opt); err == nil {
			err = writePages(*root)
		}
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// pages draws everything that is committed below docs/.
func pages(r *results) report.Files {
	out := report.Files{pageFile: []byte(page(r))}
	for name, draw := range plots {
		out[imageDir+"/"+name] = []byte(draw(r))
	}
	return out
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
	return pages(r).Check(root, "go run ./bench -page")
}
