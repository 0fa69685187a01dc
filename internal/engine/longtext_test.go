package engine_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
)

// TestLongText: a text in windows holds what it holds as a whole, wherever it
// stands, and every place has its line.
func TestLongText(t *testing.T) {
	t.Parallel()
	e := newEngine(t, bank(1, "LINKS", jaga.RoleMatch))
	for i, x := range []struct {
		typ  jaga.SignalType
		text string
	}{{jaga.URL, "listed.example"}, {jaga.URL, "other.example/a"}, {jaga.Keyword, "zorvak melati"}} {
		v, _, err := engine.ParseListed(x.typ, x.text)
		if err != nil {
			t.Fatal(err)
		}
		insert(t, e, 1, uint32(i+1), v)
	}
	const window = 1 << 20
	for name, fill := range map[string]string{"lines": strings.Repeat("-", 60) + "\n", "words": "--------- ", "no borders": "—,—,"} {
		for _, back := range []int{0, 8, 17, 40, 4 << 10} {
			var b strings.Builder
			pad := func(to int) {
				for b.Len()+len(fill) <= to {
					b.WriteString(fill)
				}
			}
			b.WriteString("zorvak melati ")
			for n := 1; n < 3; n++ {
				pad(n*window - back)
				b.WriteString(" go to hxxps://www.listed[.]example/x\nor zorvak\nmelati, other.example/abc, other.example/a ")
			}
			pad(2*window + window/2)
			text := b.String()
			long := e.LongText()
			if _, err := io.Copy(long, iotest.HalfReader(strings.NewReader(text))); err != nil {
				t.Fatal(err)
			}
			got, ok := long.End()
			if !ok {
				t.Fatalf("%s, %d: no text", name, back)
			}
			want := places(e.Spot(text, ""))
			for i, w := range want {
				if w.Line = 1 + strings.Count(text[:w.Start], "\n"); i < len(want) {
					want[i] = w
				}
			}
			if g := places(got); !slices.Equal(g, want) {
				t.Errorf("%s, %d before the border: got %v, want %v", name, back, g, want)
			}
			if len(want) != 1+2*3 {
				t.Errorf("%s: %d places, want 7", name, len(want))
			}
		}
	}
}

func places(list []engine.Spotted) (out []jaga.Place) {
	for _, s := range list {
		out = append(out, s.Places...)
	}
	slices.SortFunc(out, func(a, b jaga.Place) int { return a.Start - b.Start })
	return out
}

// TestLongTextOfBytes: what is no text is not taken for one, wherever that shows.
func TestLongTextOfBytes(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	for _, bad := range []string{"\x00", "\xff", "\xc3"} {
		for _, n := range []int{0, 100, 1<<20 - 1, 3 << 20} {
			long := e.LongText()
			fmt.Fprint(long, strings.Repeat("a", n), bad, strings.Repeat("a", n))
			if _, ok := long.End(); ok {
				t.Errorf("%q behind %d bytes is taken for text", bad, n)
			}
		}
	}
	if _, ok := e.LongText().End(); !ok {
		t.Error("nothing is no text")
	}
}
