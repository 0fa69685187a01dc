package chatfile_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/chatfile"
)

// An act that the detector takes and the reader does not would be left out.
func TestActs(t *testing.T) {
	t.Parallel()
	want := slices.Sorted(maps.Keys(convo.Acts()))
	if d := cmp.Diff(want, slices.Sorted(slices.Values(chatfile.Acts()))); d != "" {
		t.Error(d)
	}
}

func TestActCodes(t *testing.T) {
	t.Parallel()
	for act, known := range map[string]bool{
		"G-15": true, "g-15": true, "CTX-07": true, "BLOCK": true, "text": true,
		"G15": false, "G-1": false, "G-1x": false, "GROW-15": false, "-15": false, "G-115": false,
	} {
		text := talk(`"text":"hello"`, `"text":"hello","act":"`+act+`"`)
		c, r := one(t, text, "x.jsonl", lines)
		if n, _ := r.Counts(); known != (n == 0) || known != (c.Messages[0].Act != "" || act == "text") {
			t.Errorf("%q: %+v; %v", act, c.Messages[0], r.Problems())
		}
	}
}
