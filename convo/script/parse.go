package script

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga/convo"
)

// Parse reads a file of tests. The file name is for messages only. The error
// is a [*SyntaxError], for the first line that breaks the rules; such a file
// is refused whole. A test without a step or without an expectation is an
// error, because it could not fail.
func Parse(file string, data []byte) ([]Test, error) {
	fail := func(line int, err error) error { return &SyntaxError{file, line, err.Error()} }
	if len(data) > MaxSize {
		return nil, fail(1, fmt.Errorf("the file is larger than %d MiB; write several files", MaxSize>>20))
	}
	if !utf8.Valid(data) {
		return nil, fail(1, fmt.Errorf("the file is not UTF-8 text; save it as UTF-8"))
	}
	p := &parser{file: file, names: map[string]int{}}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		n++
		line = clean(strings.TrimRight(line, "\n"))
		if line == "" {
			continue
		}
		if err := p.take(n, line); err != nil {
			return nil, fail(n, err)
		}
	}
	if line, err := p.finish(); err != nil {
		return nil, fail(line, err)
	}
	return p.tests, nil
}

type parser struct {
	file     string
	tests    []Test
	names    map[string]int // of tests, with their lines
	test     *Test          // the one being read, nil before the first
	now      time.Time
	messages int // of the test being read
}

// take reads one line that is not empty.
func (p *parser) take(n int, line string) error {
	word, rest := cut(line)
	if word == "test" {
		return p.begin(n, rest)
	}
	if p.test == nil {
		return fmt.Errorf("%q stands before the first test; begin with a line such as: test a coach asks about the way home", word)
	}
	switch word {
	case "expect":
		e, err := p.test.expectation(rest)
		if err != nil {
			return err
		}
		e.line, e.text = n, rest
		p.test.expects = append(p.test.expects, e)
		return nil
	case "lang", "channel", "actors", "tie", "under":
		if len(p.test.steps) > 0 || len(p.test.expects) > 0 {
			return fmt.Errorf("%s stands behind the first thing that happens; write it above, right under the test line", word)
		}
	}
	switch word {
	case "lang":
		if rest != "en" && rest != "id" {
			return fmt.Errorf("lang %q: write lang en or lang id", rest)
		}
		p.test.Lang = rest
	case "channel":
		return p.channel(rest)
	case "actors":
		return p.actors(n, rest)
	case "tie":
		return p.tie(rest)
	case "under":
		return p.review(rest)
	default:
		return p.step(n, line)
	}
	return nil
}

// begin starts a test.
func (p *parser) begin(n int, name string) error {
	if line, err := p.finish(); err != nil {
		return fmt.Errorf("the test of line %d: %w", line, err)
	}
	if name == "" {
		return fmt.Errorf("the test has no name; write what it is about, such as: test a coach asks about the way home")
	}
	if line, ok := p.names[name]; ok {
		return fmt.Errorf("line %d has a test of this name; give this one another", line)
	}
	p.names[name] = n
	p.tests = append(p.tests, Test{File: p.file, Name: name, Line: n, Lang: "en", channel: convo.ChannelPrivate})
	p.test = &p.tests[len(p.tests)-1]
	p.now, p.messages = time.Time{}, 0
	return nil
}

// finish checks the test that was read last, and names its line.
func (p *parser) finish() (int, error) {
	t := p.test
	switch {
	case t == nil:
		return 1, nil
	case len(t.actors) == 0:
		return t.Line, fmt.Errorf("nobody takes part; write a line such as: actors A adult; B 13-15")
	case len(t.steps) == 0:
		return t.Line, fmt.Errorf("nothing happens; write a line such as: 20:01 A -> B G-10")
	case len(t.expects) == 0:
		return t.Line, fmt.Errorf("nothing is expected, so the test could not fail; write a line such as: expect quiet")
	}
	return t.Line, nil
}

func (p *parser) channel(s string) error {
	channels := []convo.Channel{convo.ChannelPrivate, convo.ChannelGroup, convo.ChannelPublic, convo.ChannelLive}
	if !slices.Contains(channels, convo.Channel(s)) {
		return fmt.Errorf("channel %q: write private, group, public or live", s)
	}
	p.test.channel = convo.Channel(s)
	return nil
}

// known tells whether somebody takes part.
func (t *Test) known(name string) error {
	if t.actor(name) {
		return nil
	}
	return fmt.Errorf("nobody is called %q; write them into the actors line, such as: actors A adult; B 13-15", name)
}
