package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"

	"github.com/jaga-project/jaga"
)

// MaxFile is the longest text of a rule that is read, in bytes.
const MaxFile = 256 << 10

// The file of a rule. Facts of a test are read through JSON, which knows the
// difference between a fact that is missing and one that is zero.
type ruleFile struct {
	Name   string     `toml:"name"`
	Owner  string     `toml:"owner"`
	Reason string     `toml:"reason"`
	When   string     `toml:"when"`
	Then   []thenFile `toml:"then"`
	Limits struct {
		PerHour int64   `toml:"per_hour"`
		PerDay  int64   `toml:"per_day"`
		Share   float64 `toml:"share"`
	} `toml:"limits"`
	Tests []testFile `toml:"test"`
}

type thenFile struct {
	Do      string `toml:"do"`
	Queue   string `toml:"queue"`
	Band    string `toml:"band"`
	Webhook string `toml:"webhook"`
	Why     string `toml:"why"`
}

type testFile struct {
	Name   string         `toml:"name"`
	Expect string         `toml:"expect"`
	Facts  map[string]any `toml:"facts"`
}

// ParseRule reads a rule from its file, in TOML. It checks the form and the
// parts; [Compile] checks the expression and runs the tests.
func ParseRule(data []byte) (Rule, error) {
	if len(data) > MaxFile {
		return Rule{}, invalid("file", "", "it is longer than %d bytes", MaxFile)
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return Rule{}, invalid("file", "save it as UTF-8", "it is not text")
	}
	var f ruleFile
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&f); err != nil {
		return Rule{}, fileError(err)
	}
	r := Rule{Name: f.Name, Owner: f.Owner, Reason: strings.TrimSpace(f.Reason), When: strings.TrimSpace(f.When), Limits: Limits(f.Limits), Then: []Action{}, Tests: []Test{}}
	for i, t := range f.Then {
		a := Action{Do: Act(t.Do), Queue: t.Queue, Webhook: t.Webhook, Why: strings.TrimSpace(t.Why)}
		if t.Band != "" {
			if err := a.Band.UnmarshalText([]byte(t.Band)); err != nil {
				return Rule{}, invalid(fmt.Sprintf("then[%d].band", i+1), "it is review or urgent", "there is no such band")
			}
		}
		r.Then = append(r.Then, a)
	}
	for i, t := range f.Tests {
		text, err := json.Marshal(t.Facts)
		if err == nil && t.Facts != nil {
			var facts Facts
			facts, err = ParseFacts(text)
			r.Tests = append(r.Tests, Test{t.Name, Answer(t.Expect), facts})
		} else if err == nil {
			r.Tests = append(r.Tests, Test{t.Name, Answer(t.Expect), Facts{}})
		}
		if err != nil {
			return Rule{}, invalid(fmt.Sprintf("test[%d].facts", i+1), "docs/rules.md lists the facts", "%s", plainJSON(err))
		}
	}
	return r, r.check()
}

// plainJSON is an error about facts without the words of the JSON reader.
func plainJSON(err error) string {
	var e *jaga.Error
	msg := err.Error()
	if errors.As(err, &e) {
		msg = e.Msg
	}
	return strings.ReplaceAll(msg, "json: ", "")
}

func fileError(err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		first := strict.Errors[0]
		row, _ := first.Position()
		return invalid("file", "docs/rules.md shows what a rule has", "line %d: a rule has no %q", row, strings.Join(first.Key(), "."))
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		row, column := bad.Position()
		return invalid("file", "", "line %d, column %d: %s", row, column, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return invalid("file", "", "it is not TOML: %v", err)
}

// Format writes a rule as a file that [ParseRule] reads and that people can
// read and review. Facts of tests are written in the order of [Facts].
func Format(r Rule) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("name = %s", quote(r.Name))
	line("owner = %s", quote(r.Owner))
	line("reason = %s", quote(r.Reason))
	line("when = %s", quote(r.When))
	if r.Limits != (Limits{}) {
		line("\n[limits]")
		if r.Limits.PerHour != 0 {
			line("per_hour = %d", r.Limits.PerHour)
		}
		if r.Limits.PerDay != 0 {
			line("per_day = %d", r.Limits.PerDay)
		}
		if r.Limits.Share != 0 {
			line("share = %s", decimal(r.Limits.Share))
		}
	}
	for _, a := range r.Then {
		line("\n[[then]]\ndo = %s", quote(string(a.Do)))
		if a.Queue != "" {
			line("queue = %s", quote(a.Queue))
		}
		if a.Band != 0 {
			line("band = %s", quote(a.Band.String()))
		}
		if a.Webhook != "" {
			line("webhook = %s", quote(a.Webhook))
		}
		if a.Why != "" {
			line("why = %s", quote(a.Why))
		}
	}
	for _, t := range r.Tests {
		line("\n[[test]]\nname = %s\nexpect = %s", quote(t.Name), quote(string(t.Expect)))
		writeFacts(&b, "test.facts", t.Facts)
	}
	return b.String()
}
