package law_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/law"
)

var update = flag.Bool("update", false, "write the tables of docs/law.md again instead of comparing them")

// TestLawPage keeps the tables of docs/law.md equal to the profiles: everything
// behind the line that says so.
func TestLawPage(t *testing.T) {
	const path, line = "../../docs/law.md", "<!-- from here on written by a test -->\n"
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, got, ok := bytes.Cut(page, []byte(line))
	if !ok {
		t.Fatalf("%s lacks the line %q", path, line)
	}
	all, err := law.BuiltInProfiles()
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	for _, p := range all {
		want.WriteString("\n")
		want.Write(p.Write("en"))
	}
	if *update {
		if err := os.WriteFile(path, append(append(head, line...), want.Bytes()...), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("docs/law.md is not what the profiles say: run scripts/gen")
	}
	if !strings.Contains(string(head), law.NotAdvice().EN) || !strings.Contains(string(head), law.NotAdvice().ID) {
		t.Error("docs/law.md does not say that it is no legal advice")
	}
}
