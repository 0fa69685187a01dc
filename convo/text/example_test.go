package text_test

import (
	"fmt"

	"github.com/jaga-project/jaga/convo/text"
)

// A message in two languages: what was hidden is found where it stands.
func Example() {
	var t text.Text
	t.Normalise("Umurku 13 thn. Add me on T3l3gr4m jam 8 malam?")
	for i, tok := range t.Tokens {
		if tok.Kind != text.Word || tok.Evaded {
			fmt.Printf("%s %q: %s, %g\n", tok.Kind, t.Raw[tok.Start:tok.End], t.Form(i, 0), tok.Value)
		}
	}
	// Output:
	// age "13 thn": 13 thn, 13
	// word "T3l3gr4m": telegram, 0
	// clock "jam 8 malam": jam 8 malam, 1200
}
