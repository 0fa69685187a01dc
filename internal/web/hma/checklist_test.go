package hma_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// check is one behaviour of HMA 1.1, by its number in the list that docs/hma.md
// describes.
type check struct {
	n    int
	name string
	// differs says that Jaga does something else on purpose, which docs/hma.md
	// must explain under the same number; run may then be nil.
	differs bool
	run     func(t *testing.T, c *client)
}

func checklist() []check { return slices.Concat(checkGroups()...) }

// checkGroups are the checks that share a database.
func checkGroups() [][]check {
	return [][]check{coreChecks(), bankChecks(), contentChecks(), hashChecks(), matchChecks(), exchangeChecks()}
}

func TestChecklist(t *testing.T) {
	t.Parallel()
	for _, group := range checkGroups() {
		each(t, nil, func(t *testing.T, c *client) {
			for _, x := range group {
				if x.run == nil {
					continue
				}
				t.Run(fmt.Sprintf("%d %s", x.n, x.name), func(t *testing.T) {
					own := *c // what it changes of the client is its own
					own.t = t
					own.clear()
					x.run(t, &own)
				})
			}
		})
	}
}

// clear deletes all banks. Their entries stay in the index for those who want
// a bank back, and match no more.
func (c *client) clear() {
	c.t.Helper()
	var list []struct{ Name string }
	c.get("/c/banks").decode(c.t, &list)
	for _, b := range list {
		c.call("DELETE", "/c/bank/"+b.Name, "").is(c.t, 200, "")
	}
}

// Every behaviour is tested, and what differs is written down.
func TestChecklistIsWhole(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/hma.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := map[int]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([0-9]+) \| \S`).FindAllSubmatch(page, -1) {
		n, err := strconv.Atoi(string(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		explained[n] = true
	}
	seen := map[int]bool{}
	for _, x := range checklist() {
		switch {
		case seen[x.n]:
			t.Errorf("%d is there twice", x.n)
		case x.differs && !explained[x.n]:
			t.Errorf("%d %s: docs/hma.md does not say how it differs", x.n, x.name)
		case !x.differs && explained[x.n]:
			t.Errorf("%d %s: docs/hma.md says that it differs, and the test does not", x.n, x.name)
		case !x.differs && x.run == nil:
			t.Errorf("%d %s is not tested", x.n, x.name)
		}
		seen[x.n] = true
	}
	for n := 1; n <= 80; n++ {
		if !seen[n] {
			t.Errorf("%d is missing", n)
		}
	}
	if len(seen) != 80 {
		t.Errorf("%d behaviours, want 80", len(seen))
	}
}

// has checks that the keys of an object are exactly these.
func (a answer) has(t *testing.T, keys ...string) map[string]json.RawMessage {
	t.Helper()
	var got map[string]json.RawMessage
	a.is(t, 200, "")
	a.decode(t, &got)
	for _, k := range keys {
		if _, there := got[k]; !there {
			t.Errorf("%q is missing: %s", k, a.body)
		}
	}
	if len(got) != len(keys) {
		t.Errorf("keys of %s, want %v", a.body, keys)
	}
	return got
}

func pdqBody(hash string) string { return `{"pdq":"` + hash + `"}` }
