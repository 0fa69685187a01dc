package text

import "testing"

func TestOffsetsPointIntoTheMessage(t *testing.T) {
	var x Text
	x.Normalise("Hello wörld 13? Apa kabar")
	if len(x.Tokens) != 5 || x.Raw[x.Tokens[1].Start:x.Tokens[1].End] != "wörld" {
		t.Fatalf("%+v", x.Tokens)
	}
}
