package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
)

// scanSummary is the count of a scan, in JSON the last line.
type scanSummary struct {
	Files      int            `json:"files"`
	Findings   int            `json:"findings"`
	NotChecked int            `json:"not_checked"`
	Clear      int            `json:"clear"`
	LeftOut    int            `json:"left_out,omitempty"` // by --skip-other
	Earlier    int            `json:"from_journal,omitempty"`
	Why        map[string]int `json:"why,omitempty"` // reasons of what was not checked
	Bytes      int64          `json:"bytes"`
	Seconds    float64        `json:"seconds"`
	Index      string         `json:"index"`
}

// state is that of the scan as a whole: a finding outweighs what was not
// checked, and nothing at all is not clear.
func (s scanSummary) state() jaga.State {
	switch {
	case s.Findings > 0:
		return jaga.StateFindings
	case s.NotChecked > 0 || s.Clear == 0:
		return jaga.StateNotChecked
	}
	return jaga.StateClear
}

func (s *scanSummary) add(o jaga.Outcome) {
	s.Files++
	switch o.State() {
	case jaga.StateFindings:
		s.Findings++
	case jaga.StateClear:
		s.Clear++
	default:
		s.NotChecked++
		if s.Why == nil {
			s.Why = map[string]int{}
		}
		s.Why[string(whyOf(o))]++
	}
}

// whyOf returns the reason that kept an outcome from being clear.
func whyOf(o jaga.Outcome) jaga.Why {
	why := jaga.WhyNotGiven
	for _, s := range o.Skipped {
		if !s.Optional {
			return s.Why
		}
		why = s.Why
	}
	return why
}

// scanPrinter shows results as they come, in the order of the walk.
type scanPrinter interface {
	file(path string, o jaga.Outcome) error
	end(s scanSummary) error
}

// textPrinter shows what a person must know: findings and what was not
// checked, or with all also what is clear.
type textPrinter struct {
	out, notes io.Writer
	all        bool
}

func (p textPrinter) file(path string, o jaga.Outcome) error {
	switch o.State() {
	case jaga.StateFindings:
		if _, err := fmt.Fprintf(p.out, "FOUND        %s\n", printable(path)); err != nil {
			return err
		}
		for i, m := range o.Matches {
			if again(o.Matches[:i], m) {
				continue
			}
			if _, err := fmt.Fprintf(p.out, "             %s\n", matchText(m)); err != nil {
				return err
			}
		}
		return nil
	case jaga.StateClear:
		if !p.all {
			return nil
		}
		_, err := fmt.Fprintf(p.out, "clear        %s\n", printable(path))
		return err
	}
	detail := ""
	for _, s := range o.Skipped {
		if !s.Optional && s.Why == whyOf(o) {
			detail = s.Detail
			break
		}
	}
	if detail != "" {
		detail = ": " + detail
	}
	_, err := fmt.Fprintf(p.out, "not checked  %s (%s%s)\n", printable(path), strings.ReplaceAll(string(whyOf(o)), "_", " "), detail)
	return err
}

// again reports whether a nearer match names the same entry: a symmetric
// picture is near in several orientations, and a person needs to read that
// once. The other forms of output hold them all.
func again(nearer []jaga.Match, m jaga.Match) bool {
	return slices.ContainsFunc(nearer, func(n jaga.Match) bool {
		return n.Bank == m.Bank && n.Entry == m.Entry && n.Signal.Type == m.Signal.Type
	})
}

func matchText(m jaga.Match) string {
	text := fmt.Sprintf("%s entry %d", m.Bank, m.Entry)
	if m.Signal.Type.Exact() {
		text += fmt.Sprintf(", same %s", m.Signal.Type)
	} else if m.Sound != nil {
		text += fmt.Sprintf(", %s distance %d of %d, %s", m.Signal.Type, m.Distance, m.Threshold, soundText(*m.Sound))
	} else {
		text += fmt.Sprintf(", %s distance %d of %d, quality %d", m.Signal.Type, m.Distance, m.Threshold, m.Signal.Quality)
	}
	if m.Film != nil {
		text += ", " + filmText(*m.Film)
	}
	if m.Signal.Variant != "" {
		text += ", " + m.Signal.Variant
	}
	switch {
	case m.Role == jaga.RoleAllow:
		text += " (known benign)"
	case m.Suppressed != "":
		text += fmt.Sprintf(" (does not count in full: %s)", m.Suppressed)
	}
	return text
}

func (p textPrinter) end(s scanSummary) error {
	fmt.Fprintf(p.notes, "%d files in %.1f s: %d found, %d not checked, %d clear", s.Files, s.Seconds, s.Findings, s.NotChecked, s.Clear)
	if s.LeftOut > 0 {
		fmt.Fprintf(p.notes, ", %d left out", s.LeftOut)
	}
	if s.Earlier > 0 {
		fmt.Fprintf(p.notes, "; %d known from the journal", s.Earlier)
	}
	_, err := fmt.Fprintln(p.notes)
	return err
}

// jsonPrinter writes one JSON document a line: a file, and last the summary.
type jsonPrinter struct {
	out io.Writer
	all bool
}

func (p jsonPrinter) file(path string, o jaga.Outcome) error {
	if o.Clear() && !p.all {
		return nil
	}
	return p.line(struct {
		Path    string       `json:"path"`
		Outcome jaga.Outcome `json:"outcome"`
	}{path, o})
}

func (p jsonPrinter) end(s scanSummary) error {
	return p.line(struct {
		State   jaga.State  `json:"state"`
		Summary scanSummary `json:"summary"`
	}{s.state(), s})
}

func (p jsonPrinter) line(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// csvPrinter writes a table with one row for each match, and one for each
// file without.
type csvPrinter struct {
	w     *csv.Writer
	notes io.Writer
	all   bool
}

func newCSVPrinter(out, notes io.Writer, all bool) (csvPrinter, error) {
	p := csvPrinter{csv.NewWriter(out), notes, all}
	return p, p.row("path", "state", "why", "bank", "role", "entry", "type", "value", "distance", "threshold", "quality", "variant", "suppressed")
}

func (p csvPrinter) row(cells ...string) error {
	for i, c := range cells {
		// A spreadsheet would run a name such as =cmd as a formula.
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			cells[i] = "'" + c
		}
	}
	if err := p.w.Write(cells); err != nil {
		return err
	}
	p.w.Flush()
	return p.w.Error()
}

func (p csvPrinter) file(path string, o jaga.Outcome) error {
	state := o.State()
	if state == jaga.StateClear && !p.all {
		return nil
	}
	why := ""
	if state == jaga.StateNotChecked {
		why = string(whyOf(o))
	}
	if len(o.Matches) == 0 {
		return p.row(path, string(state), why, "", "", "", "", "", "", "", "", "", "")
	}
	for _, m := range o.Matches {
		if err := p.row(path, string(state), why, m.Bank, string(m.Role), strconv.FormatInt(m.Entry, 10),
			string(m.Signal.Type), m.Value, strconv.Itoa(m.Distance), strconv.Itoa(m.Threshold),
			strconv.Itoa(m.Signal.Quality), m.Signal.Variant, string(m.Suppressed)); err != nil {
			return err
		}
	}
	return nil
}

func (p csvPrinter) end(s scanSummary) error { return textPrinter{notes: p.notes}.end(s) }

// printable keeps a hostile file name from steering the terminal.
func printable(path string) string {
	if strings.ContainsFunc(path, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\ufffd' || r >= 0x80 && r < 0xa0 }) {
		return strconv.Quote(path)
	}
	return path
}
