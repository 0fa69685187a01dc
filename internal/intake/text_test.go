package intake_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// listText makes a bank of plain lists of text.
func (w world) listText(t *testing.T, name string, lists map[jaga.SignalType]string) {
	t.Helper()
	if _, err := w.banks.Create(t.Context(), "test", bank.Defaults(name)); err != nil {
		t.Fatal(err)
	}
	for typ, list := range lists {
		r, err := w.banks.Import(t.Context(), "test", name, strings.NewReader(list), bank.ImportOptions{Type: typ})
		if err != nil || r.Added == 0 {
			t.Fatalf("import of %s: %+v, %v", typ, r, err)
		}
	}
}

// TestText: what is on a list is found in text, with its place, whatever hides
// it, and of the text nothing else is kept.
func TestText(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		if rec := w.take(t, intake.Request{Text: "see http://listed.example/"}); rec.Outcome.State() != jaga.StateNotChecked || why(rec.Outcome, jaga.DetectorLists) != jaga.WhyNoBanks {
			t.Errorf("without lists: %s, %+v", rec.Outcome.State(), rec.Outcome.Skipped)
		}
		w.listText(t, "LISTS", map[jaga.SignalType]string{
			jaga.URL:     "https://other.example/one?x=1\nlisted.example\nhttp://path.example/a/*\n",
			jaga.Keyword: "zorvak melati\n",
		})
		for text, want := range map[string]string{
			"nothing to see at http://fine.example/":              "",
			"see hxxp://www.listed[.]example/x now":               "hxxp://www.listed[.]example/x",
			"path.example/a/b and path.example/ab":                "path.example/a/b",
			"other.example/one":                                   "",
			"the z0rvak  MELATI":                                  "z0rvak  MELATI",
			"zorvak and melati":                                   "",
			"#EXTM3U\n#EXTINF:4,\nseg.ts\nhttp://listed.example/": "http://listed.example/",
		} {
			rec := w.take(t, intake.Request{Text: text, Ref: "profile-1"})
			var got strings.Builder
			for _, m := range rec.Outcome.Matches {
				for _, p := range m.Places {
					got.WriteString(text[p.Start:p.End])
				}
			}
			if got.String() != want {
				t.Errorf("%q: found %q, want %q", text, got.String(), want)
			}
			state := jaga.StateClear
			if want != "" {
				state = jaga.StateFindings
			}
			if s := rec.Outcome.State(); s != state || rec.Item.Kind != jaga.KindText {
				t.Errorf("%q: %s of kind %s, want %s", text, s, rec.Item.Kind, state)
			}
			back, err := w.in.Get(t.Context(), rec.Item.ID)
			if err != nil {
				t.Fatal(err)
			}
			if stored, err := json.Marshal(back); err != nil || want != "" && strings.Contains(string(stored), want) || strings.Contains(string(stored), "nothing to see") {
				t.Errorf("the text is stored: %s, %v", stored, err)
			}
		}
		rel := intake.Request{Text: "#EXTM3U\nx/seg.ts\n", Base: "http://listed.example/live/list.m3u8"}
		if rec := w.take(t, rel); len(rec.Outcome.Findings) != 1 {
			t.Errorf("a short address in a playlist: %+v", rec.Outcome)
		}
	})
}

// TestTextFaults: no error shows what a list or a text holds.
func TestTextFaults(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		for _, r := range []intake.Request{{Text: "secret\xff"}, {Text: strings.Repeat("secret ", 1<<20)}} {
			if _, err := w.in.Take(t.Context(), r); jaga.CodeOf(err) != jaga.CodeInvalid || strings.Contains(err.Error(), "secret") {
				t.Errorf("error %v", err)
			}
		}
		if _, err := w.banks.Create(t.Context(), "test", bank.Defaults("LISTS")); err != nil {
			t.Fatal(err)
		}
		for typ, list := range map[jaga.SignalType]string{jaga.URL: "fine.example\nsecret*secret.example\n", jaga.Keyword: "secret one of many more words than fit\n"} {
			_, err := w.banks.Import(t.Context(), "test", "LISTS", strings.NewReader(list), bank.ImportOptions{Type: typ})
			if jaga.CodeOf(err) != jaga.CodeInvalid || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "line ") {
				t.Errorf("%s: error %v", typ, err)
			}
		}
	})
}

// TestHeard: a message with something of a list becomes an item in the
// transaction that takes it; of others nothing is kept.
func TestHeard(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		w.listText(t, "LISTS", map[jaga.SignalType]string{jaga.Domain: "listed.example\n"})
		for _, m := range []intake.Said{
			{Ref: "c1/1", Author: "a", Text: "hello"},
			{Ref: "c1/2", Author: "a", Audience: "private", Text: "look at sub.listed.example", Once: true},
		} {
			if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
				found, err := w.in.Heard(tx, m)
				if found != (m.Ref == "c1/2") {
					t.Errorf("%s: %v", m.Ref, found)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			again, err := w.in.Heard(tx, intake.Said{Ref: "c1/2", Text: "look at sub.listed.example", Once: true})
			if again {
				t.Error("a message that was sent again is stored again")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		list, err := w.in.List(t.Context(), intake.Filter{})
		if err != nil || len(list) != 1 {
			t.Fatalf("items %+v, %v", list, err)
		}
		if x := list[0]; x.Item.Kind != jaga.KindMessage || x.Item.Ref != "c1/2" || x.Item.Author != "a" || len(x.Outcome.Findings) != 1 {
			t.Errorf("item %+v", x)
		}
	})
}
