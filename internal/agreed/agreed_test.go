package agreed_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/agreed"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// A change takes two people and a reason; what is safer takes nobody.
func TestASettingTakesTwoPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, err := agreed.New(bytes.Repeat([]byte{7}, 32))
		if err != nil {
			t.Fatal(err)
		}
		act := func(fn func(tx *store.Tx) error) error {
			return db.Update(t.Context(), custody.Event{Actor: "test", Action: "test.act", Subject: "test:1"}, fn)
		}
		ask := func(actor, wanted, reason string) (id int64, err error) {
			err = act(func(tx *store.Tx) error { id, err = s.Ask(tx, actor, "keep.words", wanted, reason); return err })
			return id, err
		}
		agree := func(actor string, id int64) error {
			return act(func(tx *store.Tx) error { _, err := s.Agree(tx, actor, id); return err })
		}
		value := func() (v agreed.Value) {
			t.Helper()
			if err := db.View(t.Context(), func(tx *store.Tx) (err error) { v, _, err = agreed.Get(tx, "keep.words"); return err }); err != nil {
				t.Fatal(err)
			}
			return v
		}
		code := func(what string, err error, want jaga.Code, field string) {
			t.Helper()
			e, _ := err.(*jaga.Error)
			if jaga.CodeOf(err) != want || e == nil || e.Field != field {
				t.Errorf("%s: %v, want %s of %s", what, err, want, field)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(act(func(tx *store.Tx) error { return agreed.Take(tx, "system", "keep.words", "365") }))
		_, err = ask("key:1", "30", "canary reason")
		code("a program asks", err, jaga.CodeDenied, "person")
		for _, reason := range []string{"", "  ", strings.Repeat("x", agreed.MaxReason+1), "a\x00b"} {
			_, err = ask("person:1", "30", reason)
			code("no reason", err, jaga.CodeInvalid, "reason")
		}
		_, err = ask("person:1", "365", "canary reason")
		code("it is so", err, jaga.CodeConflict, "setting")
		id, err := ask("person:1", "30", "canary reason")
		must(err)
		_, err = ask("person:2", "60", "canary reason")
		code("another wish", err, jaga.CodeConflict, "setting")
		code("the same person", agree("person:1", id), jaga.CodeDenied, "person")
		code("a program", agree("key:1", id), jaga.CodeDenied, "person")
		code("no wish", agree("person:2", id+99), jaga.CodeNotFound, "wish")
		if v := value(); v.Value != "365" || v.Wish != 0 {
			t.Errorf("before anybody agreed: %+v", v)
		}
		must(agree("person:2", id))
		if v := value(); v.Value != "30" || v.Wish != id {
			t.Errorf("agreed: %+v", v)
		}
		code("again", agree("person:3", id), jaga.CodeConflict, "wish")

		// Refused, and taken back, it changes nothing; what is safer ends a wish.
		id, err = ask("person:1", "7", "canary reason")
		must(err)
		must(act(func(tx *store.Tx) error { return s.Refuse(tx, "person:1", id) }))
		id, err = ask("person:1", "7", "canary reason")
		must(err)
		must(act(func(tx *store.Tx) error { return agreed.Take(tx, "system", "keep.words", "400") }))
		code("what it was to change is gone", agree("person:2", id), jaga.CodeConflict, "wish")
		if v := value(); v.Value != "400" {
			t.Errorf("taken: %+v", v)
		}
		must(db.View(t.Context(), func(tx *store.Tx) error {
			waiting, past, err := s.Wishes(tx, 10)
			if err != nil || len(waiting) != 0 || len(past) != 3 || past[2].State != agreed.Done || past[2].DecidedBy != "person:2" || past[2].Reason != "canary reason" || past[1].State != agreed.Refused {
				t.Errorf("waiting %+v, past %+v (%v)", waiting, past, err)
			}
			rows, err := store.All[[]byte](tx, `SELECT words FROM setting_wishes`)
			for _, r := range rows {
				if bytes.Contains(r, []byte("canary")) {
					t.Error("a reason is not sealed")
				}
			}
			return err
		}))
	})
}
