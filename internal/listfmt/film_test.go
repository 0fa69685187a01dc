package listfmt

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/vpdq"
)

// TestFilms: every form of list carries films, alone and beside other hashes,
// with lines longer than a buffer.
func TestFilms(t *testing.T) {
	t.Parallel()
	var film vpdq.Video
	for i := range 2000 {
		f := vpdq.Feature{Quality: 80, At: float64(i) / 2}
		copy(f.Hash[:], fmt.Sprintf("frame %d", i))
		film = append(film, f)
	}
	other := film[7:9]
	row := func(r io.Reader, typ jaga.SignalType) *Reader {
		in, err := NewReader(r, typ)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	want := func(name string, in *Reader, films ...vpdq.Video) {
		t.Helper()
		for i, v := range films {
			r, err := in.Next()
			if err != nil {
				t.Fatalf("%s, film %d: %v", name, i, err)
			}
			got, err := vpdq.ParseBinary([]byte(r.Frames))
			if err != nil || r.Type != jaga.VPDQ || !slices.Equal(got, v) {
				t.Errorf("%s, film %d: %s, %d frames, error %v", name, i, r.Type, len(got), err)
			}
		}
		if _, err := in.Next(); err != io.EOF {
			t.Errorf("%s: more than the films: %v", name, err)
		}
	}
	want("lists, one a line", row(strings.NewReader(film.List()+"\n"+other.List()+"\n"), jaga.VPDQ), film, other)
	for _, format := range []Format{CSV, JSONL, Plain} {
		var list bytes.Buffer
		w, err := NewWriter(&list, format)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []vpdq.Video{film, other} {
			if err := w.Write(&Row{Type: jaga.VPDQ, Frames: string(v.Binary())}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		want(string(format), row(&list, ""), film, other)
	}
	numbered := slices.Clone(film)
	for i := range numbered {
		numbered[i].Frame = 15 * i
	}
	var text bytes.Buffer
	if err := numbered.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	want("the reference's text file", row(bytes.NewReader(text.Bytes()), jaga.VPDQ), numbered)
	in := row(io.MultiReader(bytes.NewReader(text.Bytes()), strings.NewReader("what, is, this\n")), jaga.VPDQ)
	if _, err := in.Next(); err == nil || !strings.HasPrefix(err.Error(), "line 2001: ") {
		t.Errorf("a film with a bad line: %v", err)
	}
	for _, bad := range []string{"[]", "[1]", `["x,1,2"]`, "vpdq\nnot a list"} {
		if rows, faults := read(t, bad, jaga.VPDQ); len(rows) != 0 || len(faults) == 0 {
			t.Errorf("%q: rows %v, faults %v", bad, rows, faults)
		}
	}
}
