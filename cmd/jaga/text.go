package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/web/api"
)

// textEndings are those of files that are read as text: what people write and
// programs log. What a file without one of them holds is not guessed.
var textEndings = []string{".txt", ".text", ".md", ".html", ".htm", ".xml", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".log", ".m3u", ".m3u8", ".srt", ".vtt", ".eml"}

func isTextName(name string) bool {
	return slices.Contains(textEndings, strings.ToLower(filepath.Ext(name)))
}

// textLook looks at what is read through it as text, up to so many bytes.
type textLook struct {
	from io.Reader
	text *engine.LongText
	left int64
	over bool // there was more
}

func (l *textLook) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	k := min(int64(n), l.left)
	_, _ = l.text.Write(p[:k]) // never fails
	l.left -= k
	l.over = l.over || k < int64(n)
	return n, err
}

// asText returns the reader through which a file is read, where its name says
// that it is text and there is a list to compare it with; otherwise nil.
func (c *checker) asText(name string, r io.Reader) *textLook {
	if !c.lists || !isTextName(name) {
		return nil
	}
	return &textLook{from: r, text: c.engine.LongText(), left: c.textBytes}
}

// judgeText is what judge says of a file that was read as text as well.
func (c *checker) judgeText(m media.Measured, l *textLook) jaga.Outcome {
	spotted, ok := l.text.End()
	skip := jaga.Skip{Detector: jaga.DetectorLists}
	switch {
	case !ok:
		skip.Why, skip.Detail = jaga.WhyUnsupported, "it is called a text, and is not UTF-8"
		return c.judgeWith(m, nil, nil, nil, []jaga.Skip{skip})
	case l.over:
		skip.Why, skip.Detail = jaga.WhyTooBig, fmt.Sprintf("texts are compared up to %d bytes", c.textBytes)
	}
	m.Skipped = slices.Clone(m.Skipped)
	for i := range m.Skipped {
		// It is text, so nobody misses a hash of the picture that it is not.
		m.Skipped[i].Optional = m.Skipped[i].Optional || m.Skipped[i].Why == jaga.WhyNotAnImage
	}
	if skip.Why != "" {
		return c.judgeWith(m, nil, spotted, nil, []jaga.Skip{skip})
	}
	return c.judgeWith(m, nil, spotted, []jaga.Detector{jaga.DetectorLists}, nil)
}

// setPlaces says of matches where they stand in the text.
func setPlaces(matches []jaga.Match, spotted []engine.Spotted) {
	for i := range matches {
		for _, x := range spotted {
			if m := &matches[i]; m.Signal.Type == x.Signal.Type && m.Signal.Value == x.Signal.Value {
				m.Places = x.Places
			}
		}
	}
}

// placesText says in which lines something stands, and never what.
func placesText(places []jaga.Place) string {
	const most = 8
	var lines []string
	hidden := false
	for _, p := range places {
		hidden = hidden || p.Hidden
		if line := fmt.Sprint(p.Line); len(lines) == 0 || lines[len(lines)-1] != line {
			lines = append(lines, line)
		}
	}
	text := "line"
	if len(lines) > 1 {
		text = "lines"
	}
	if more := len(lines) - most; more > 0 {
		lines = append(lines[:most], fmt.Sprintf("and %d more", more))
	}
	text += " " + strings.Join(lines, ", ")
	if hidden {
		text += ", hidden"
	}
	return text
}

// comparedText is what `jaga match --type --json` prints.
type comparedText struct {
	Verdict string       `json:"verdict"` // match, no_match, not_checked
	Covers  *api.Covers  `json:"covers"`
	Places  []jaga.Place `json:"places,omitempty"`
	File    string       `json:"file"`
	Why     string       `json:"why,omitempty"` // of not_checked
}

// matchText compares an entry of a list of text with a text.
func (a *app) matchText(ctx context.Context, typ, entry, file string) error {
	t := jaga.SignalType(typ)
	if !t.OfText() {
		return &usageError{fmt.Errorf("--type %s is not url, domain or keyword", typ)}
	}
	v, k, err := engine.ParseListed(t, entry)
	if err != nil {
		return errorf(jaga.CodeInvalid, hintOf(err), "%s: %w", entry, err)
	}
	e, err := listOf(ctx, v)
	if err != nil {
		return err
	}
	r := a.In
	if file != "-" {
		f, err := openRegular(file)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	}
	look := &textLook{from: r, text: e.LongText(), left: int64(a.cfg.Media.MaxBytes)}
	if _, err := io.Copy(io.Discard, look); err != nil {
		return errorf(jaga.CodeUnavailable, "", "%s: %w", file, err)
	}
	spotted, ok := look.text.End()
	c := comparedText{Verdict: "no_match", Covers: api.CoversOf(k), File: file}
	switch {
	case !ok:
		c.Verdict, c.Why = "not_checked", "it is not UTF-8 text"
	case len(spotted) > 0:
		c.Verdict, c.Places = "match", spotted[0].Places
	case look.over:
		c.Verdict, c.Why = "not_checked", fmt.Sprintf("texts are compared up to %d bytes", int64(a.cfg.Media.MaxBytes))
	}
	if err := a.printComparedText(c); err != nil {
		return err
	}
	switch c.Verdict {
	case "match":
		return statusError(exitFindings)
	case "no_match":
		return nil
	}
	return statusError(exitNotChecked)
}

func (a *app) printComparedText(c comparedText) error {
	if a.json {
		return a.printJSON(c)
	}
	line := strings.ReplaceAll(c.Verdict, "_", " ")
	switch c.Verdict {
	case "match":
		line += ": " + placesText(c.Places)
	case "no_match":
		line += ": nothing in it is covered by the entry"
	default:
		line += ": " + c.Why
	}
	if _, err := fmt.Fprintln(a.Out, line); err != nil {
		return err
	}
	printCovers(a.Out, c.Covers)
	return nil
}

// listOf is an engine with a list of one entry.
func listOf(ctx context.Context, v engine.Value) (*engine.Engine, error) {
	l, err := newListTables(scanFlags{})
	if err != nil {
		return nil, err
	}
	if err := l.exact[v.Type].Add(v.Bytes[:], l.next); err != nil {
		return nil, err
	}
	l.count[v.Type]++
	l.next++
	l.bank("", 1, 0)
	return l.build(ctx)
}
