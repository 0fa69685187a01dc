package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/jaga-project/jaga/convo/script"
)

// textArg returns the text of an argument, for "-" that of standard input
// without the line end behind it.
func (a *app) textArg(arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	data, err := io.ReadAll(io.LimitReader(a.In, script.MaxSize))
	if err != nil {
		return "", fmt.Errorf("read standard input: %w", err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

// print shows the words, what of the spelling was folded away, and the rules.
func (e explained) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WORD\tKIND\tREAD AS")
	for _, t := range e.Tokens {
		more := ""
		switch {
		case t.Unit != "":
			more = fmt.Sprintf(" = %g %s", t.Value, t.Unit)
		case t.Value != 0:
			more = fmt.Sprintf(" = %g", t.Value)
		}
		if t.Quoted {
			more += ", quoted"
		}
		if t.Evaded {
			more += ", the spelling hid it"
		}
		fmt.Fprintf(w, "%s\t%s%s\t%s\n", printable(t.Text), t.Kind, more, printable(strings.Join(t.Forms, " | ")))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Folded)) {
		fmt.Fprintf(out, "folded away: %s, %d\n", name, e.Folded[name])
	}
	for _, name := range e.Frames {
		fmt.Fprintf(out, "frame %s: what is found counts little\n", name)
	}
	fmt.Fprintln(out)
	for _, h := range e.Hits {
		fmt.Fprintf(out, "%s  «%s»  bytes %d-%d, read %s, %s", h.Rule, printable(h.Text), h.Span[0], h.Span[1], h.View, h.Pack)
		switch {
		case h.Weight > 0:
			fmt.Fprintf(out, ", weight %g", h.Weight)
		case h.Explain != "":
			fmt.Fprint(out, ", weight of the catalogue")
		}
		if h.Age > 0 {
			fmt.Fprintf(out, ", age %g", h.Age)
		}
		if h.Quoted {
			fmt.Fprint(out, ", quoted")
		}
		fmt.Fprintln(out)
		if h.Explain != "" {
			fmt.Fprintf(out, "      %s\n", h.Explain)
		}
	}
	last := ""
	if len(e.Hits) == 0 {
		last = "no rule of a pack was found\n"
	}
	if e.Cut {
		last += "the message was not read in full\n"
	}
	_, err := io.WriteString(out, last)
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return nil
}
