// Package damagetable keeps the tables of docs/custody.md equal to what the
// tests measured: how often each way of breaking a log or a bundle was found.
package damagetable

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Row is one way of breaking something.
type Row struct {
	What   string
	Trials int
	Found  int // how often the verifier said that something is wrong
	Named  int // how often it named the place
}

// full is how many trials each way gets when the tables are written.
const full = 1000

// updating is true when the tables are to be written, which takes some minutes.
func updating() bool { return os.Getenv("JAGA_UPDATE_DAMAGE") != "" }

// Trials is how many trials to make: a thousand when the tables are written, and
// otherwise the first hundred of them, in short runs the first twenty.
func Trials(t testing.TB) int {
	t.Helper()
	switch {
	case updating():
		return full
	case testing.Short():
		return 20
	}
	return 100
}

// Compare fails the test unless the page has the table, between the comments
// <!-- table NAME --> and <!-- end -->, with every way that was tried and a
// thousand of a thousand found, which is what fewer trials stand for when all of
// them were found. With JAGA_UPDATE_DAMAGE it writes what was measured.
func Compare(t testing.TB, page, name string, rows []Row) {
	t.Helper()
	if t.Failed() {
		return
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- table "+name+" -->\n", "<!-- end -->"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table %s", page, name)
	}
	var b strings.Builder
	b.WriteString("\n| what was done | trials | found | place named |\n|---|---:|---:|---:|\n")
	for _, r := range rows {
		if !updating() && r.Found == r.Trials && r.Named == r.Trials {
			r.Trials, r.Found, r.Named = full, full, full
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", r.What, r.Trials, r.Found, r.Named)
	}
	b.WriteString("\n")
	want := before + begin + b.String() + end + after
	if updating() {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("the table %s in %s is not what was measured; run go test with JAGA_UPDATE_DAMAGE=1. Measured:\n%s", name, page, b.String())
	}
}
