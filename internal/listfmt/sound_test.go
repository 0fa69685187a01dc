package listfmt

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/testsound"
)

func fingerprint(t *testing.T, seed uint64) string {
	t.Helper()
	text, err := chroma.Encode(chroma.Fingerprint(testsound.Samples(testsound.Music(seed, chroma.Rate, 12))))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestSounds: every form of list carries sound, and so does what fpcalc prints.
func TestSounds(t *testing.T) {
	t.Parallel()
	one, two := fingerprint(t, 1), fingerprint(t, 2)
	want := func(name, list string, typ jaga.SignalType) {
		t.Helper()
		in, err := NewReader(strings.NewReader(list), typ)
		if err != nil {
			t.Fatal(err)
		}
		for i, text := range []string{one, two} {
			r, err := in.Next()
			if err != nil {
				t.Fatalf("%s, sound %d: %v", name, i, err)
			}
			if r.Type != jaga.Chromaprint || r.Words != text || r.Text() != text || r.Value == [32]byte{} {
				t.Errorf("%s, sound %d: %s, %d characters", name, i, r.Type, len(r.Words))
			}
		}
		if _, err := in.Next(); err != io.EOF {
			t.Errorf("%s: more than the sounds: %v", name, err)
		}
	}
	want("one a line", one+"\n"+two+"\n", jaga.Chromaprint)
	want("fpcalc", "FILE=a,b.mp3\nDURATION=12\nFINGERPRINT="+one+"\n\nFILE=c.mp3\nDURATION=12\nFINGERPRINT="+two+"\n", jaga.Chromaprint)
	want("fpcalc -json", fmt.Sprintf("{\"duration\": 12.00, \"fingerprint\": %q}\n{\"duration\": 12.00, \"fingerprint\": %q}\n", one, two), "")
	want("a table", "title,fingerprint\nfirst,"+one+"\nsecond,"+two+"\n", "")
	for _, format := range []Format{CSV, JSONL, Plain} {
		var list bytes.Buffer
		w, err := NewWriter(&list, format)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{one, two} {
			if err := w.Write(&Row{Type: jaga.Chromaprint, Words: text}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		want(string(format), list.String(), "")
	}
	silence, err := chroma.Encode(chroma.Fingerprint(make([]int16, 12*chroma.Rate)))
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"AQ", silence, one[:len(one)-8], strings.Repeat("a", 64), "FINGERPRINT="} {
		if rows, faults := read(t, bad, jaga.Chromaprint); len(rows) != 0 || len(faults) == 0 {
			t.Errorf("%q: rows %v, faults %v", bad, rows, faults)
		}
	}
}
