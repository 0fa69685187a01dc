package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jaga-project/jaga/internal/report"
)

// write puts the tables into docs/audio.md, between their marks, and the plot
// beside it.
func write(root string, r *results) error {
	path := filepath.Join(root, "docs/audio.md")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for mark, table := range map[string]string{"changes": r.changes(), "chance": r.chance()} {
		if text, err = between(text, mark, table); err != nil {
			return err
		}
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "docs/img/audio-found.svg"), []byte(r.plot()), 0o644)
}

// between replaces what stands between the two marks of a name.
func between(text []byte, mark, with string) ([]byte, error) {
	begin, end := []byte("<!-- "+mark+": written by scripts/sound -->\n"), []byte("<!-- end of "+mark+" -->")
	i, j := bytes.Index(text, begin), bytes.Index(text, end)
	if i < 0 || j < i {
		return nil, fmt.Errorf("docs/audio.md has no place for %s", mark)
	}
	i += len(begin)
	return append(append(append([]byte{}, text[:i]...), with...), text[j:]...), nil
}

func (r *results) changes() string {
	var b strings.Builder
	b.WriteString("\n| change | 5 s found | 10 s found | 20 s found | bits that differ, median | wrong matches |\n|---|--:|--:|--:|--:|--:|\n")
	for _, c := range r.Changes {
		wrong := 0
		for _, n := range c.Wrong {
			wrong += n
		}
		fmt.Fprintf(&b, "| %s |", c.Name)
		for k := range c.Found {
			fmt.Fprintf(&b, " %d of %d |", c.Found[k], c.Of)
		}
		if c.Found[1] > 0 {
			fmt.Fprintf(&b, " %.1f %% |", 100*c.Errors)
		} else {
			b.WriteString(" – |")
		}
		fmt.Fprintf(&b, " %d |\n", wrong)
	}
	return b.String() + "\n"
}

func (r *results) chance() string {
	var b strings.Builder
	b.WriteString("\n| queries | number | with enough detail | matches | compared with each other | nearest |\n|---|--:|--:|--:|--:|--:|\n")
	for _, c := range r.Chance {
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %s | %.1f %% |\n", c.Kind, c.Queries, c.Searched, c.Matches, report.Thousands(c.Aligned), 100*c.Nearest)
	}
	return b.String() + "\n"
}

// plot draws a row for every change and a dot for every length.
func (r *results) plot() string {
	d := &report.Drawing{Title: "Excerpts found after a change",
		About: "Small dot: 5 seconds; middle: 10 seconds; large: 20 seconds."}
	const x0, x1, top, step = 262.0, 630.0, 104.0, 24.0
	y1 := top + step*float64(len(r.Changes))
	for part := 0; part <= 100; part += 25 {
		x := x0 + (x1-x0)*float64(part)/100
		d.Line(x, top, x, y1, "grid")
		d.Text(x, top-8, "n", "middle", fmt.Sprintf("%d %%", part))
	}
	for i, c := range r.Changes {
		y := top + step*(float64(i)+0.5)
		d.Text(x0-12, y+4, "n", "end", c.Name)
		for k := len(c.Found) - 1; k >= 0; k-- {
			d.Dot(x0+(x1-x0)*float64(c.Found[k])/float64(c.Of), y, 2.5+2*float64(k), []string{"out", "dot", "barI"}[k])
		}
	}
	d.Height = y1 + 24
	return d.String()
}
