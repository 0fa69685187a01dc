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

// full is how many trials each way gets.
const full = 1000

// Trials is how many trials to make: a thousand, and in short runs fifty, which
// compare nothing with the page.
func Trials(t testing.TB) int {
	t.Helper()
	if testing.Short() {
		return 50
	}
	return full
}

// Compare fails the test unless the page has the table, between the comments
// <!-- table NAME --> and <!-- end -->; with update it writes it there.
func Compare(t testing.TB, update bool, page, name string, rows []Row) {
	t.Helper()
	if testing.Short() || t.Failed() {
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
		fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", r.What, r.Trials, r.Found, r.Named)
	}
	b.WriteString("\n")
	want := before + begin + b.String() + end + after
	if update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("the table %s in %s is not what was measured; run make gen. Measured:\n%s", name, page, b.String())
	}
}
