package policy_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/policy"
)

// factTables writes the facts as docs/rules.md has them.
func factTables() string {
	var b strings.Builder
	for i, o := range policy.Objects() {
		if i == 0 {
			b.WriteString("| fact | type | what it is |\n|---|---|---|\n")
		} else {
			fmt.Fprintf(&b, "\n| of %s | type | what it is |\n|---|---|---|\n", o.Name)
		}
		for _, f := range o.Fields {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, f.Type, f.Doc)
		}
	}
	return b.String()
}

// TestDocumentedFacts keeps docs/rules.md equal to the types.
func TestDocumentedFacts(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := factTables(); !strings.Contains(string(page), want) {
		t.Errorf("docs/rules.md does not have the facts as they are:\n%s", want)
	}
	// The worked examples are questions that are taken.
	_, examples, _ := strings.Cut(string(page), "## Worked examples")
	n := 0
	for line := range strings.Lines(examples) {
		if strings.HasPrefix(line, "CEL knows") {
			break
		}
		parts := strings.Split(line, "`")
		if len(parts) != 3 {
			continue
		}
		n++
		if _, err := policy.Lint(rule("q", strings.ReplaceAll(parts[1], `\|`, "|"), policy.Action{Do: policy.Hold})); err != nil {
			t.Errorf("%s: %v", parts[1], err)
		}
	}
	if n < 7 {
		t.Errorf("%d worked examples", n)
	}
}
