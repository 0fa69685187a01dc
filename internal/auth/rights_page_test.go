package auth_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/auth"
)

// TestRightsPage compares the table of the documentation with the program.
func TestRightsPage(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/people.md")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| capability |")
	for _, r := range auth.Roles() {
		b.WriteString(" " + string(r) + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat(":-:|", len(auth.Roles())) + "\n")
	for _, c := range auth.Capabilities() {
		name := "`" + string(c) + "`"
		if c.PerQueue() {
			name += " in a queue"
		}
		b.WriteString("| " + name + " |")
		for _, r := range auth.Roles() {
			if c == auth.OwnAccount || slices.Contains(r.Capabilities(), c) {
				b.WriteString(" yes |")
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
	if !strings.Contains(string(data), b.String()) {
		t.Errorf("docs/people.md lacks the table of rights:\n%s", b.String())
	}
}
