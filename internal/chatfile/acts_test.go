package chatfile_test

import (
	"testing"
)

func TestActCodes(t *testing.T) {
	t.Parallel()
	for act, known := range map[string]bool{
		"G-15": true, "g-15": true, "BLOCK": true, "text": true,
		"CTX-07": false, "G-99": false, "G15": false, "G-1": false, "G-1x": false, "GROW-15": false, "-15": false, "G-115": false,
	} {
		text := talk(`"text":"hello"`, `"text":"hello","act":"`+act+`"`)
		c, r := one(t, text, "x.jsonl", lines)
		if n, _ := r.Counts(); known != (n == 0) || known != (c.Messages[0].Act != "" || act == "text") {
			t.Errorf("%q: %+v; %v", act, c.Messages[0], r.Problems())
		}
	}
}
