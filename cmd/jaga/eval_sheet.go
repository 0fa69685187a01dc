package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/internal/report"
)

// sheet is a result for people: on the terminal, and as a page with plots.
type sheet struct {
	title string
	notes []string // what has to be known before a number is read
	parts []part
}

// part is one table with what is said about it and the plots that belong to
// it. Everything may be missing.
type part struct {
	title string
	text  string
	head  []string
	rows  [][]string
	plots []*report.Drawing
}

func (s *sheet) print(out io.Writer) error {
	w := bufio.NewWriter(out)
	fmt.Fprintln(w, s.title)
	for _, n := range s.notes {
		fmt.Fprintln(w, n)
	}
	for _, p := range s.parts {
		if p.title != "" {
			fmt.Fprintf(w, "\n%s\n", p.title)
		}
		if p.text != "" {
			fmt.Fprintln(w, p.text)
		}
		p.print(w)
	}
	return w.Flush()
}

// print writes a table in columns, the first to the left and the others to
// the right.
func (p part) print(w io.Writer) {
	if len(p.rows) == 0 {
		return
	}
	wide := make([]int, len(p.head))
	all := append([][]string{p.head}, p.rows...)
	for _, row := range all {
		for i, cell := range row {
			wide[i] = max(wide[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range all {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", wide[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line.WriteString("  " + cell + pad)
			} else {
				line.WriteString("  " + pad + cell)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// sheetStyle is for tables of many numbers, which scroll by themselves where
// the page is narrow.
const sheetStyle = `
body{max-width:60rem}.wide{overflow-x:auto}
.wide table{font-size:.85rem}.wide th[scope=row]{width:auto}
.wide td,.wide th{white-space:nowrap;padding-right:1rem}
.wide td,.wide th[scope=col]:not(:first-child){text-align:right}`

func (s *sheet) page() []byte {
	p := &htmlPage{}
	p.f(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>%s</title><style>%s</style>`, s.title, raw(trainStyle+sheetStyle))
	p.f(`<h1>%s</h1><div class="lead">`, s.title)
	for _, n := range s.notes {
		p.f(`<p>%s</p>`, n)
	}
	p.f(`</div>`)
	for _, part := range s.parts {
		if part.title != "" {
			p.f(`<h2>%s</h2>`, part.title)
		}
		if part.text != "" {
			p.f(`<p>%s</p>`, part.text)
		}
		for _, d := range part.plots {
			p.picture(d)
		}
		if len(part.rows) > 0 {
			p.f(`<div class="wide" tabindex="0">`)
			p.table(part.head, part.rows)
			p.f(`</div>`)
		}
	}
	return []byte(p.b.String())
}

// shareCells gives a rate as its value, its counts and its interval; dashes
// when nothing was counted.
func shareCells(r eval.Rate) []string {
	if r.Of == 0 {
		return []string{"–", "0", "–"}
	}
	return []string{percents(r.Value), fmt.Sprintf("%d of %d", r.Hits, r.Of), fmt.Sprintf("%s to %s", percents(r.Interval.Low), percents(r.Interval.High))}
}

// percents prints a share with one decimal, and small ones with the decimals
// that they need.
func percents(v float64) string {
	if v > 0 && v < 0.001 {
		return fmt.Sprintf("%.2g %%", 100*v)
	}
	return fmt.Sprintf("%.1f %%", 100*v)
}

func three(v float64) string { return fmt.Sprintf("%.3f", v) }
