package script

import (
	"fmt"
	"strings"

	"github.com/jaga-project/jaga/convo"
)

// Failure is an expectation that was not met, in plain words.
type Failure struct {
	File string
	Test string // the test's name
	Line int    // of the expect line
	// Expected is the expect line as it was written, without "expect".
	Expected string
	// Happened says what came instead.
	Happened string
	// Reasons are lines that show what the detector saw: for each finding
	// its pair, form and band, and under it the reasons with the lines of
	// the file in which they were seen, and the counter-evidence.
	Reasons []string
}

// String returns the failure as several lines of text.
func (f Failure) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s\n\texpected %s\n\tbut %s", f.File, f.Line, f.Test, f.Expected, f.Happened)
	for _, r := range f.Reasons {
		b.WriteString("\n\t" + r)
	}
	return b.String()
}

// failure draws one up. Where nothing was found for the pair, everything that
// was found is shown, so that the author sees where the evidence went.
func (r *run) failure(e expectation, found []convo.Finding, happened string) Failure {
	f := Failure{File: r.test.File, Test: r.test.Name, Line: e.line, Expected: e.text, Happened: happened}
	if e.unchecked != nil {
		return f
	}
	if len(found) == 0 {
		found = r.findings
	}
	for _, g := range found {
		head := fmt.Sprintf("%s -> %s %s %s", g.From, g.To, g.Form, g.Band)
		if at, ok := r.line[g.FirstAt]; ok {
			head += fmt.Sprintf(", reached in line %d", at)
		}
		if len(g.Power) > 0 {
			head += ", power by " + strings.Join(g.Power, ", ")
		}
		if g.Path != "" {
			head += ", " + g.Path + " path"
		}
		f.Reasons = append(f.Reasons, head)
		for _, x := range g.Because {
			f.Reasons = append(f.Reasons, "  because "+r.reason(x))
		}
		for _, x := range g.Against {
			f.Reasons = append(f.Reasons, "  against "+r.reason(x))
		}
	}
	if len(found) == 0 {
		f.Reasons = []string{"no finding at all"}
	}
	return f
}

func (r *run) reason(x convo.Reason) string {
	s := string(x.Indicator)
	if at, ok := r.line[x.Message]; ok {
		s += fmt.Sprintf(" in line %d", at)
	}
	if x.Count > 1 {
		s += fmt.Sprintf(", %d times", x.Count)
	}
	return s + ": " + convo.Explain(x.Indicator, r.test.Lang)
}
