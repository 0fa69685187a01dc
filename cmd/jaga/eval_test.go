package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo/eval"
)

// TestPublishedRows holds the official scorer to the published results of
// PAN-2012 (Inches and Crestani, CLEF 2012), to four digits.
func TestPublishedRows(t *testing.T) {
	t.Parallel()
	rows, err := vectorRows()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 {
		t.Errorf("%d rows, want 5", len(rows))
	}
	for _, r := range rows {
		if !r.Same || r.Counts.TP+r.Counts.FN != pan12Predators || r.Counts.TN == 0 {
			t.Errorf("%+v", r)
		}
	}
}

func TestSheetKeepsColumns(t *testing.T) {
	t.Parallel()
	s := &sheet{title: "t", parts: []part{{title: "p", head: []string{"ä", "b"}, rows: [][]string{{"x", "1"}, {"long", "–"}}}}}
	var b bytes.Buffer
	if err := s.print(&b); err != nil {
		t.Fatal(err)
	}
	if want := "t\n\np\n  ä     b\n  x     1\n  long  –\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
	if page := string(s.page()); !strings.Contains(page, "<td>1</td>") {
		t.Errorf("%s", page)
	}
}

// FuzzLabelledLine: no line makes the watcher panic, be counted twice, or have
// its content in the fault.
func FuzzLabelledLine(f *testing.F) {
	f.Add(`{"conversation":"c","label":1,"participants":[{"id":"a","age_band":"adult"}],"messages":[{"from":"a","to":"b","at":"2026-03-01T20:00:00Z","act":"S-05"}]}`)
	f.Add(`{"conversation":"c","label":0,"messages":[{"from":"a","at":"9999-99-99","text":"xylophone"}]}`)
	f.Add(`{"label":2}`)
	f.Add(`[]`)
	f.Add("\xff")
	d, err := newDetector(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, line string) {
		w := newWatcher(d)
		fault := w.line("f", []byte(line))
		if (fault == nil) != (len(w.cases) == 1) {
			t.Errorf("fault %v, %d cases", fault, len(w.cases))
		}
		if fault != nil && strings.Contains(line, "xylophone") && strings.Contains(fault.Error(), "xylophone") {
			t.Errorf("%v", fault)
		}
		if fault == nil {
			if _, err := eval.ScoreWatched(w.cases, bandNames, 1); err != nil {
				t.Error(err)
			}
		}
	})
}
