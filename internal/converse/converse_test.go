package converse_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/pack"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// tiny is a pack of our own, so that these tests do not move with the packs.
const tiny = `
pack tiny-en 1
language en
title A pack for tests
indicator G-13
lookalike surprise-party
say dont tell anyone
`

func using(d *convo.Detector) func() (*convo.Detector, error) {
	return func() (*convo.Detector, error) { return d, nil }
}

func detector(t testing.TB) *convo.Detector {
	t.Helper()
	p, err := pack.Parse("tiny.pack", []byte(tiny))
	if err != nil {
		t.Fatal(err)
	}
	d, err := convo.New(convo.Options{}, p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func open(t testing.TB, db *store.DB) *converse.Service {
	t.Helper()
	s, err := converse.Open(t.Context(), db, converse.Options{Detector: using(detector(t)), Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func entry(t testing.TB, line string) converse.Entry {
	t.Helper()
	e, err := converse.ParseEntry([]byte(line))
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return e
}

// talk is n conversations of acts and words, interleaved; every third one is
// of the kind that makes a finding.
func talk(t testing.TB, n int) []converse.Entry {
	start := time.Date(2026, 5, 1, 18, 0, 0, 0, time.UTC)
	var out []converse.Entry
	for i := range n {
		out = append(out, entry(t, fmt.Sprintf(`{"conversation":"c%d","channel":"private","participants":[{"id":"a%d","age_band":"adult"},{"id":"b%d","age_band":"13-15"}]}`, i, i%7, i)))
	}
	for step, act := range []string{"", "G-04", "G-11", "G-13", "S-05"} {
		for i := range n {
			at := start.Add(time.Duration(step*n+i) * time.Second).Format(time.RFC3339)
			what := fmt.Sprintf(`"act":%q`, act)
			if act == "" || i%3 != 0 {
				what = fmt.Sprintf(`"text":"see you at practice %d"`, step)
			}
			out = append(out, entry(t, fmt.Sprintf(`{"conversation":"c%d","id":"m%d","from":"a%d","to":"b%d","at":%q,%s}`, i, step, i%7, i, at, what)))
		}
	}
	return out
}

// found draws up all findings as texts that can be compared.
func found(t testing.TB, s *converse.Service) []string {
	t.Helper()
	list, err := s.List(t.Context(), converse.Filter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range list {
		b, err := json.Marshal(f.Finding)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(b))
	}
	slices.Sort(out)
	return out
}

func TestFindingsAreStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		a, err := s.Observe(t.Context(), "key:1", talk(t, 6))
		if err != nil {
			t.Fatal(err)
		}
		if a.Messages != 30 || len(a.Findings) == 0 {
			t.Fatalf("%d messages and %d findings, want 30 and some", a.Messages, len(a.Findings))
		}
		list, err := s.List(t.Context(), converse.Filter{Band: jaga.BandUrgent})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 || list[0].Finding.Form != jaga.FormSextortion || list[0].Source != "key:1" {
			t.Fatalf("got %+v, want the two urgent findings", list)
		}
		lines, err := s.Excerpt(t.Context(), "person:1", list[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != 5 || lines[4].Act != "S-05" || lines[0].Text != "see you at practice 0" {
			t.Errorf("excerpt %+v, want the five lines in order", lines)
		}
		var trail int
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			records, err := store.CustodyTrail(tx, "finding:"+list[0].ID, 10)
			for _, r := range records {
				if r.Action == "excerpt.open" && r.Actor == "person:1" {
					trail++
				}
			}
			return err
		}); err != nil || trail != 1 {
			t.Errorf("%d records of the opened excerpt (%v), want 1", trail, err)
		}
	})
}

// What comes after a band was reached is added to the finding, and a restart
// in between loses no line of the excerpt.
func TestReasonsGrow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		send := func(id, act string) {
			t.Helper()
			if _, err := s.Observe(t.Context(), "key:1", []converse.Entry{entry(t, fmt.Sprintf(`{"conversation":"c","id":%q,"from":"a","to":"b","at":"2026-05-01T20:0%s:00Z","act":%q}`, id, id, act))}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Observe(t.Context(), "key:1", []converse.Entry{entry(t, `{"conversation":"c","participants":[{"id":"a","age_band":"adult"},{"id":"b","age_band":"13-15"}]}`)}); err != nil {
			t.Fatal(err)
		}
		send("1", "S-05")
		if err := s.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		s = open(t, db)
		send("2", "S-08")
		list, err := s.List(t.Context(), converse.Filter{Form: jaga.FormSextortion})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d findings, %v", len(list), err)
		}
		if b := fmt.Sprint(list[0].Finding.Because); !strings.Contains(b, "S-05") || !strings.Contains(b, "S-08") {
			t.Errorf("the reasons are %s, want both", b)
		}
		lines, err := s.Excerpt(t.Context(), "person:1", list[0].ID)
		if err != nil || len(lines) != 2 {
			t.Errorf("the excerpt has %d lines, %v, want 2", len(lines), err)
		}
	})
}

// A crash at any point gives the findings of an undisturbed run, also when
// the client sends the last messages again.
func TestReplay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		all := talk(t, 12)
		whole := open(t, db)
		if _, err := whole.Observe(t.Context(), "key:1", all); err != nil {
			t.Fatal(err)
		}
		want := found(t, whole)
		if len(want) == 0 {
			t.Fatal("the undisturbed run found nothing")
		}
		if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			for _, table := range []string{"talk_journal", "talk_states", "talk_senders", "talk_findings"} {
				if _, err := tx.Exec(`DELETE FROM ` + table); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		s := open(t, db)
		for i := 0; i < len(all); {
			n := min(7, len(all)-i)
			if _, err := s.Observe(t.Context(), "key:1", all[i:i+n]); err != nil {
				t.Fatal(err)
			}
			if i%3 == 0 {
				if err := s.Snapshot(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if i%2 == 0 {
				s = open(t, db) // the process is gone; the database is there
				if i > 7 {
					if _, err := s.Observe(t.Context(), "key:1", all[i-3:i+n]); err != nil {
						t.Fatal(err)
					}
				}
			}
			i += n
		}
		if got := found(t, s); !slices.Equal(got, want) {
			t.Errorf("with crashes\n%s\nundisturbed\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// Below observe no text is kept, and what is kept is sealed.
func TestNoTextIsKept(t *testing.T) {
	url := storetest.SQLite(t)
	db, dir := storetest.Open(t, url), filepath.Dir(strings.TrimPrefix(url, "sqlite:"))
	s := open(t, db)
	const canary = "kanari-7319"
	lines := []string{
		`{"conversation":"quiet","id":"1","from":"x","to":"y","text":"nothing but ` + canary + `"}`,
		`{"conversation":"loud","participants":[{"id":"x","age_band":"adult"},{"id":"y","age_band":"10-12"}]}`,
		`{"conversation":"loud","id":"1","from":"x","to":"y","text":"dont tell anyone ` + canary + `"}`,
	}
	for _, l := range lines {
		if _, err := s.Observe(t.Context(), "key:1", []converse.Entry{entry(t, l)}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(found(t, s)); n != 1 {
		t.Fatalf("%d findings, want 1", n)
	}
	if err := s.Snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Observe(t.Context(), "key:1", []converse.Entry{entry(t, lines[0])}); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of the database in %s: %v", dir, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(canary)) {
			t.Errorf("%s holds the text of a message", filepath.Base(f))
		}
	}
	list, _ := s.List(t.Context(), converse.Filter{})
	other, err := converse.Open(t.Context(), db, converse.Options{Detector: using(detector(t)), Key: bytes.Repeat([]byte{8}, 32)})
	if err == nil {
		_, err = other.Excerpt(t.Context(), "person:1", list[0].ID)
	}
	if err == nil {
		t.Error("another key opened what was sealed")
	}
}

func TestParseEntryRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, field string }{
		{`{`, ""},
		{`[]`, ""},
		{`{"from":"a","text":"x"}`, "conversation"},
		{`{"conversation":"c"}`, "from"},
		{`{"conversation":"c","text":"x"}`, "from"},
		{`{"conversation":"c","from":"a","act":"dance"}`, "act"},
		{`{"conversation":"c","from":"a","act":"G-13","text":"x"}`, "act"},
		{`{"conversation":"c","from":"a","act":"category","score":0.5}`, "category"},
		{`{"conversation":"c","from":"a","act":"category","category":"sexual","score":2}`, "score"},
		{`{"conversation":"c","participants":[{"id":"a","age_band":"old"}]}`, "participants[0].age_band"},
		{`{"conversation":"c","channel":"loud","participants":[{"id":"a"}]}`, "channel"},
		{`{"conversation":"c","from":"a","to":[""],"text":"x"}`, "to"},
		{`{"conversation":"c","messages":[{"id":"1","text":"x"}]}`, "messages[0].from"},
		{`{"conversation":"c","from":7,"text":"x"}`, "Message.from"},
		{"{\"conversation\":\"c\xff\"}", ""},
	} {
		_, err := converse.ParseEntry([]byte(c.line))
		var known *jaga.Error
		if !errors.As(err, &known) || known.Code != jaga.CodeInvalid {
			t.Errorf("%s: got %v, want it refused", c.line, err)
			continue
		}
		if known.Field != c.field && c.field != "Message.from" {
			t.Errorf("%s: field %q, want %q", c.line, known.Field, c.field)
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(`{"conversation":"c","id":"1","from":"a","to":["b"],"at":"2026-01-01T00:00:00Z","text":"hello"}`))
	f.Add([]byte(`{"conversation":"c","participants":[{"id":"a","age_band":"13-15"}],"relations":[{"a":"a","b":"b","kind":"family"}]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := converse.ParseEntry(line)
		if err != nil {
			return
		}
		again, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := converse.ParseEntry(again); err != nil && len(again) <= converse.MaxEntry {
			t.Fatalf("what was taken is refused when written again: %v", err)
		}
	})
}
