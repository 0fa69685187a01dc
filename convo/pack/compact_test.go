package pack

import (
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// core reads the packs that come with Jaga.
func core(t testing.TB) []*Pack {
	t.Helper()
	var out []*Pack
	for _, lang := range []string{"en", "id"} {
		var files []File
		for _, name := range []string{"core", "extortion", "grooming", "live"} {
			data, err := os.ReadFile("../packs/" + lang + "/" + name + ".pack")
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, File{name, data})
		}
		p, err := ParseFiles(files...)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// compacted writes packs in their compact form and reads them again.
func compacted(t testing.TB, packs []*Pack) []*Pack {
	t.Helper()
	var out []*Pack
	for _, p := range packs {
		q, err := ReadCompact(p.AppendCompact(nil))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, q)
	}
	return out
}

// TestCompactFindsTheSame reads every test of the packs, and the words of it
// shuffled together, with the packs as parsed and as compact.
func TestCompactFindsTheSame(t *testing.T) {
	t.Parallel()
	packs := core(t)
	m, err := Compile(packs...)
	if err != nil {
		t.Fatal(err)
	}
	small, err := Compile(compacted(t, packs)...)
	if err != nil {
		t.Fatal(err)
	}
	type seen struct {
		Pack, Rule            string
		Line, Index, From, To int
		View                  View
		Quoted                bool
		Age                   float64
	}
	read := func(m *Matcher, s *Scan, text string) (out []seen, frames uint8, cut bool) {
		m.Scan(s, text, Anyone, Anyone)
		for _, h := range s.Hits {
			out = append(out, seen{h.Pack.String() + h.Pack.Digest, h.Rule.label(), 0, h.Index, h.Start, h.End, h.View, h.Quoted, h.Age})
		}
		return out, s.Frames, s.Cut
	}
	var texts []string
	for _, p := range packs {
		for _, r := range p.Rules {
			for _, e := range append(r.Yes, r.No...) {
				texts = append(texts, e.Text)
			}
		}
	}
	for i := 0; i+7 < len(texts); i += 7 {
		texts = append(texts, strings.Join(texts[i:i+7], " "))
	}
	found := 0
	var wg sync.WaitGroup
	var mu sync.Mutex
	for part := range 2 { // two at a time, for the race detector
		wg.Go(func() {
			var a, b Scan
			for i := part; i < len(texts); i += 2 {
				want, frames, cut := read(m, &a, texts[i])
				got, frames2, cut2 := read(small, &b, texts[i])
				if !reflect.DeepEqual(got, want) || frames != frames2 || cut != cut2 {
					t.Errorf("%q: %v, want %v", texts[i], got, want)
				}
				mu.Lock()
				found += len(want)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if found < 1000 {
		t.Errorf("only %d hits: nothing was compared", found)
	}
}

// FuzzReadCompact: damage is an error or finds something else, and never ends
// the program.
func FuzzReadCompact(f *testing.F) {
	p, err := Parse("x", []byte("pack x 1\nlanguage en\ntitle X\nslang u = you\nclass mum = mum | my mum\nindicator G-13\nwho adult -> minor\nsay (dont | never) ~2 tell% [to] <mum> #n(4..9)\nexcept surprise\nwith you | mum\nyes dont tell mum 5\n"))
	if err != nil {
		f.Fatal(err)
	}
	data := p.AppendCompact(nil)
	for i := range data {
		f.Add(data[:i])
	}
	f.Add(data)
	f.Fuzz(func(_ *testing.T, data []byte) {
		q, err := ReadCompact(data)
		if err != nil {
			return
		}
		m, err := Compile(q)
		if err != nil {
			return
		}
		var s Scan
		m.Scan(&s, "dont ever tell your mum 5", Adult, Minor)
	})
}
