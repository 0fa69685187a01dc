package converse_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// Nothing that is taken may stop the service, now or when it starts again:
// what one platform sends would keep everybody out.
func TestNothingTakenStopsTheService(t *testing.T) {
	const people = `{"conversation":"c","channel":"live","participants":[{"id":"a","age_band":"adult"},{"id":"b","age_band":"10-12","role":"broadcaster"}]}`
	for name, line := range map[string]string{
		"huge amount":   `{"conversation":"c","id":"1","from":"a","to":"b","act":"payment","amount":1e300}`,
		"zero byte":     `{"conversation":"c","id":"1","from":"a","to":"b","act":"payment","amount":3,"payee":"p\u0000"}`,
		"far future":    `{"conversation":"c","id":"1","from":"a","to":"b","act":"S-05","at":"9999-12-31T23:59:59-10:00"}`,
		"before Christ": `{"conversation":"c","id":"1","from":"a","to":"b","act":"S-05","at":"0000-01-01T00:00:00+10:00"}`,
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				s := open(t, db)
				send := func(id, line string) {
					e, err := converse.ParseEntry([]byte(line))
					if err != nil {
						return // refused, so nothing of it is kept
					}
					if _, err := s.Observe(t.Context(), "key:1", []converse.Entry{e}); err != nil {
						t.Fatalf("%s: %v", id, err)
					}
				}
				send("people", people)
				send("line", line)
				if err := s.Snapshot(t.Context()); err != nil {
					t.Fatal(err)
				}
				s = open(t, db)
				send("after", `{"conversation":"c","id":"2","from":"a","to":"b","act":"payment","amount":3}`)
				send("urgent", `{"conversation":"c","id":"3","from":"a","to":"b","act":"S-05"}`)
				list, err := s.List(t.Context(), converse.Filter{})
				if err != nil || len(list) == 0 {
					t.Fatalf("%d findings (%v), want some", len(list), err)
				}
				if _, err := json.Marshal(list); err != nil {
					t.Fatalf("the list of findings cannot be sent: %v", err)
				}
			})
		})
	}
}

// What says something about people alone is written down as well.
func TestPeopleAloneAreWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		for i := range 3 {
			e := entry(t, fmt.Sprintf(`{"conversation":"c%d","participants":[{"id":"a","age_band":"adult"}]}`, i))
			if _, err := s.Observe(t.Context(), "key:1", []converse.Entry{e}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			journal, err := store.One[int64](tx, `SELECT COUNT(*) FROM talk_journal`)
			if err != nil {
				return err
			}
			states, err := store.One[int64](tx, `SELECT COUNT(*) FROM talk_states`)
			if journal != 0 || states != 3 {
				t.Errorf("%d entries wait in the journal and %d states are written, want 0 and 3", journal, states)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// A sketch that cannot be read costs what it knew, and no more.
func TestDamagedSketch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO talk_senders (account, at, sketch) VALUES ($1, $2, $3)`, "a", int64(1), []byte("damaged"))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		s := open(t, db)
		_, err := s.Observe(t.Context(), "key:1", []converse.Entry{entry(t, `{"conversation":"c","id":"1","from":"a","to":"b","text":"see you"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if n := s.Counts().Lost; n != 1 {
			t.Errorf("%d lost, want 1", n)
		}
	})
}

// Searching for what no database holds finds nothing.
func TestZeroByteInSearch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		if list, err := s.List(t.Context(), converse.Filter{Conversation: "\x00", Before: "\x00"}); err != nil || len(list) != 0 {
			t.Errorf("%d findings, %v; want none", len(list), err)
		}
		_, err := s.Get(t.Context(), "\x00")
		var known *jaga.Error
		if !errors.As(err, &known) || known.Code != jaga.CodeNotFound {
			t.Errorf("got %v, want not found", err)
		}
		_, err = s.Excerpt(t.Context(), "person:1", "\x00")
		if !errors.As(err, &known) || known.Code != jaga.CodeNotFound {
			t.Errorf("excerpt: got %v, want not found", err)
		}
	})
}

// A database that fails for a while stops conversations for no longer, and
// nothing that was acknowledged is lost.
func TestFaultPasses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		rename := func(from, to string) {
			if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec(`ALTER TABLE ` + from + ` RENAME TO ` + to)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		all := talk(t, 6)
		rename("talk_findings", "gone")
		if _, err := s.Observe(t.Context(), "key:1", all); err == nil {
			t.Fatal("findings that could not be stored were acknowledged")
		}
		if err := s.Snapshot(t.Context()); err == nil {
			t.Fatal("the fault is still there, and was not told")
		}
		if _, err := s.Observe(t.Context(), "key:1", all[:1]); err == nil {
			t.Fatal("observed while the memory and the journal differ")
		}
		rename("gone", "talk_findings")
		if err := s.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Observe(t.Context(), "key:1", all); err != nil {
			t.Fatal(err)
		}
		if got := found(t, s); len(got) == 0 {
			t.Error("nothing was found after the fault")
		}
	})
}

// An excerpt that does not open, because the key is another, does not stop
// what is observed after it.
func TestExcerptOfAnotherKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := open(t, db)
		all := talk(t, 1)
		if _, err := s.Observe(t.Context(), "key:1", all); err != nil {
			t.Fatal(err)
		}
		if err := s.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		other, err := converse.Open(t.Context(), db, converse.Options{Detector: using(detector(t)), Key: bytes.Repeat([]byte{8}, 32)})
		if err != nil {
			t.Fatal(err)
		}
		more := entry(t, `{"conversation":"c0","id":"more","from":"a0","to":"b0","at":"2026-05-01T19:00:00Z","act":"S-08"}`)
		if _, err := other.Observe(t.Context(), "key:1", []converse.Entry{more}); err != nil {
			t.Fatal(err)
		}
		list, err := other.List(t.Context(), converse.Filter{Form: jaga.FormSextortion})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d findings, %v", len(list), err)
		}
		if lines, err := other.Excerpt(t.Context(), "person:1", list[0].ID); err != nil || len(lines) == 0 {
			t.Errorf("the excerpt has %d lines, %v", len(lines), err)
		}
	})
}

// Many messages of one entry that all add to one finding are one write.
func TestOneEntryOfManyReasons(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	s := open(t, db)
	line := `{"conversation":"c","participants":[{"id":"a","age_band":"adult"},{"id":"b","age_band":"13"}],"messages":[{"from":"a","act":"G-13"}` +
		strings.Repeat(`,{"from":"a","act":"S-05"}`, 20_000) + `]}`
	a, err := s.Observe(t.Context(), "key:1", []converse.Entry{entry(t, line)})
	if err != nil || a.Messages != 20_001 {
		t.Fatalf("%d messages, %v", a.Messages, err)
	}
	list, err := s.List(t.Context(), converse.Filter{Form: jaga.FormSextortion})
	if err != nil || len(list) != 1 || list[0].Finding.Band != jaga.BandUrgent {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		records, err := store.CustodyTrail(tx, "finding:"+list[0].ID, 10)
		if len(records) != 1 {
			t.Errorf("%d custody records, want 1", len(records))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n := list[0].Finding.Because[0].Count; n != 20_000 {
		t.Errorf("the first reason was seen %d times, want 20000", n)
	}
}

// An age of which the platform says that it is worth nothing counts as unknown.
func TestAgeOfNoConfidence(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	s := open(t, db)
	for i, confidence := range []string{"", `,"age_confidence":1`, `,"age_confidence":0`} {
		a, err := s.Observe(t.Context(), "key:1", []converse.Entry{entry(t, fmt.Sprintf(
			`{"conversation":"c%d","participants":[{"id":"a","age_band":"adult"},{"id":"b","age_band":"13"%s}],"from":"a","to":"b","act":"S-05"}`, i, confidence))})
		if err != nil || len(a.Findings) == 0 {
			t.Fatalf("%d findings, %v", len(a.Findings), err)
		}
		if known := a.Findings[0].ToAge != ""; known != (i < 2) {
			t.Errorf("confidence %q: the age is %q", confidence, a.Findings[0].ToAge)
		}
	}
}
