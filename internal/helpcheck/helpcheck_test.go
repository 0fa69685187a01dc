package helpcheck_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/helpcheck"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// clock is one that a test moves.
type clock struct{ now time.Time }

func (c *clock) days(n int) { c.now = c.now.AddDate(0, 0, n) }

func rows() []helpcheck.Row {
	return []helpcheck.Row{
		{ID: "id-line", Country: "id", Name: "Line", Kind: "listen", Channel: "phone", Value: "129", Source: "https://example.org/a", Dated: "2026"},
		{ID: "id-chat", Country: "id", Name: "Line", Kind: "listen", Channel: "whatsapp", Value: "+628110000129", Source: "https://example.org/a", Dated: "2026", Checked: "2026-11-01"},
		{ID: "id-page", Country: "id", Name: "Page", Kind: "report", Channel: "web", Value: "https://help.example", Source: "https://example.org/b", Dated: "2026"},
		{ID: "de-line", Country: "de", Name: "Linie", Kind: "listen", Channel: "phone", Value: "129", Source: "https://example.org/c", Dated: "2026"},
	}
}

type keeper struct {
	*helpcheck.Service
	t     *testing.T
	db    *store.DB
	clock *clock
}

func open(t *testing.T, db *store.DB, list []helpcheck.Row) *keeper {
	t.Helper()
	c := &clock{time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
	s, err := helpcheck.Open(t.Context(), db, helpcheck.Options{Rows: list, Superseded: []string{"08111772273"}, Now: func() time.Time { return c.now }})
	if err != nil {
		t.Fatal(err)
	}
	return &keeper{s, t, db, c}
}

func each(t *testing.T, fn func(k *keeper)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(open(t, db, rows())) })
}

func (k *keeper) row(id string) helpcheck.Standing {
	k.t.Helper()
	s, ok := k.Seen(k.t.Context()).Row(id)
	if !ok {
		k.t.Fatalf("no row %s", id)
	}
	return s
}

func (k *keeper) state(id string, want helpcheck.State) {
	k.t.Helper()
	if got := k.row(id).State(k.clock.now); got != want {
		k.t.Errorf("on %s %s is %q, want %q", k.clock.now.Format(time.DateOnly), id, got, want)
	}
}

func (k *keeper) fine(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

func (k *keeper) refused(err error, code jaga.Code, part string) {
	k.t.Helper()
	if jaga.CodeOf(err) != code || !strings.Contains(err.Error(), part) {
		k.t.Errorf("%v, want %s with %q", err, code, part)
	}
}

func call(value string) helpcheck.Try { return helpcheck.Try{Value: value, Channel: "phone"} }

func correct(old, value string) helpcheck.Correction {
	return helpcheck.Correction{Value: old, NewValue: value, Source: "https://example.org/new", Dated: "2026-11"}
}

// TestLifeOfARow follows a row from "never tried" through answers, silence and
// age.
func TestLifeOfARow(t *testing.T) {
	each(t, func(k *keeper) {
		ctx := k.t.Context()
		k.state("id-line", helpcheck.Never)
		k.state("id-chat", helpcheck.Tried) // its file says so
		k.fine(k.Answers(ctx, "person:1", "id-line", helpcheck.Try{Value: "129", Channel: "phone", Note: "a friendly voice"}))
		k.state("id-line", helpcheck.Tried)
		if s := k.row("id-line"); s.Answered != "2026-11-25" || s.By != "person:1" {
			k.t.Errorf("%+v", s)
		}
		k.state("de-line", helpcheck.Never) // the same number is another row
		k.clock.days(179)
		k.state("id-line", helpcheck.Tried)
		k.clock.days(2)
		k.state("id-line", helpcheck.Stale)
		k.fine(k.NoAnswer(ctx, "person:1", "id-line", call("129")))
		k.state("id-line", helpcheck.Silent)
		k.refused(k.NoAnswer(ctx, "person:1", "id-line", call("129")), jaga.CodeConflict, "today")
		k.state("id-line", helpcheck.Silent)
		k.fine(k.NoAnswer(ctx, "person:2", "id-line", call("129")))
		k.state("id-line", helpcheck.Out)
		k.fine(k.Answers(ctx, "person:1", "id-line", call("129")))
		k.state("id-line", helpcheck.Tried)
		list, err := k.History(ctx, "id-line")
		if err != nil || len(list) != 4 || list[3].Note != "a friendly voice" || list[0].Kind != helpcheck.Answers {
			k.t.Errorf("%+v, %v", list, err)
		}
	})
}

// TestReplacedValuesNeverComeBack tries every way in.
func TestReplacedValuesNeverComeBack(t *testing.T) {
	each(t, func(k *keeper) {
		ctx := k.t.Context()
		k.fine(k.Answers(ctx, "person:1", "id-line", call("129")))
		k.fine(k.Correct(ctx, "person:1", "id-line", correct("129", "14444")))
		s := k.row("id-line")
		if s.Value != "14444" || s.Source != "https://example.org/new" || s.Dated != "2026-11" || !slices.Equal(s.Was, []string{"129"}) || s.Answered != "" {
			k.t.Errorf("%+v", s)
		}
		k.state("id-line", helpcheck.Never) // nobody has tried the new one
		k.fine(k.Correct(ctx, "person:2", "id-line", correct("14444", "+62 21 5550100")))

		// by correction, of this row and of others
		for _, back := range []string{"129", "1-2-9", "14444", "08111772273", "+62 811 177 2273"} {
			k.refused(k.Correct(ctx, "person:1", "id-line", correct("+62 21 5550100", back)), jaga.CodeConflict, "does not come back")
			if back[0] == '+' {
				k.refused(k.Correct(ctx, "person:1", "id-chat", correct("+628110000129", back)), jaga.CodeConflict, "does not come back")
			}
		}
		k.fine(k.Correct(ctx, "person:2", "id-line", correct("+62 21 5550100", "129129")))
		k.refused(k.Correct(ctx, "person:1", "id-line", correct("129129", "021 555 0100")), jaga.CodeConflict, "does not come back")
		// A short code is another one abroad.
		k.state("de-line", helpcheck.Never)

		// by a file: one that still has the old value, one that gives it to
		// another row, and one of the values that files may never hold
		list := rows()
		list[0].Value = "14444"
		list = append(list, helpcheck.Row{ID: "id-new", Country: "id", Channel: "sms", Value: "129"}, helpcheck.Row{ID: "fr-new", Country: "fr", Channel: "phone", Value: "0062215550100"},
			helpcheck.Row{ID: "id-old", Country: "id", Channel: "whatsapp", Value: "+628111772273"})
		over := open(k.t, k.db, list)
		if s := over.row("id-line"); s.Value != "129129" || s.Retired {
			k.t.Errorf("%+v", s)
		}
		for _, id := range []string{"id-new", "fr-new", "id-old"} {
			over.state(id, helpcheck.Retired)
		}
		// A file that is newer than the corrections counts.
		list[0].Value = "150150"
		if s := open(k.t, k.db, list).row("id-line"); s.Value != "150150" || s.Retired {
			k.t.Errorf("%+v", s)
		}

		// by an import: somebody writes into the table
		for _, back := range []string{"129", "08111772273"} {
			k.fine(k.db.Bulk(ctx, func(tx *store.Tx) error {
				_, err := tx.Exec(`INSERT INTO help_acts (row_id, country, act, value, new_value, day, who, at) VALUES ('id-page', 'id', 'corrected', 'https://help.example', $1, '2026-11-25', 'person:9', 1)`, back)
				return err
			}))
			if s := open(k.t, k.db, rows()).row("id-page"); !s.Retired {
				k.t.Errorf("%s came back: %+v", back, s)
			}
			k.fine(k.db.Bulk(ctx, func(tx *store.Tx) error {
				_, err := tx.Exec(`DELETE FROM help_acts WHERE who = 'person:9'`)
				return err
			}))
		}
	})
}

// TestUndo takes back one's own last act, and no other.
func TestUndo(t *testing.T) {
	each(t, func(k *keeper) {
		ctx := k.t.Context()
		k.fine(k.Answers(ctx, "person:1", "id-page", helpcheck.Try{Value: "https://help.example", Channel: "web"}))
		k.fine(k.Correct(ctx, "person:1", "id-line", correct("129", "921")))
		first, ok, err := k.Last(ctx, "person:1")
		if err != nil || !ok || first.NewValue != "921" {
			k.t.Fatalf("%+v, %v, %v", first, ok, err)
		}
		_, err = k.Undo(ctx, "person:2", first.ID)
		k.refused(err, jaga.CodeConflict, "no longer")
		_, err = k.Undo(ctx, "person:1", first.ID-1)
		k.refused(err, jaga.CodeConflict, "no longer")
		row, err := k.Undo(ctx, "person:1", first.ID)
		if k.fine(err); row != "id-line" || k.row("id-line").Value != "129" {
			k.t.Errorf("%s, %+v", row, k.row("id-line"))
		}
		// What was taken back was never so: the right value can be written now,
		// and the history shows both.
		k.fine(k.Correct(ctx, "person:1", "id-line", correct("129", "922")))
		if list, _ := k.History(ctx, "id-line"); len(list) != 2 || list[1].UndoneAt == 0 {
			k.t.Errorf("%+v", list)
		}
		// Somebody has built on it.
		last, _, _ := k.Last(ctx, "person:1")
		k.fine(k.Answers(ctx, "person:2", "id-line", call("922")))
		_, err = k.Undo(ctx, "person:1", last.ID)
		k.refused(err, jaga.CodeConflict, "no longer")
		// It is too long ago.
		last, _, _ = k.Last(ctx, "person:2")
		k.clock.days(1)
		k.clock.now = k.clock.now.Add(time.Second)
		_, err = k.Undo(ctx, "person:2", last.ID)
		k.refused(err, jaga.CodeConflict, "no longer")
	})
}

func TestRefusals(t *testing.T) {
	each(t, func(k *keeper) {
		ctx := k.t.Context()
		k.refused(k.Answers(ctx, "person:1", "nobody", call("129")), jaga.CodeNotFound, "no such row")
		k.refused(k.Answers(ctx, "person:1", "id-line", call("128")), jaga.CodeConflict, "meanwhile")
		k.refused(k.Answers(ctx, "person:1", "id-line", helpcheck.Try{Value: "129", Channel: "pigeon"}), jaga.CodeInvalid, "no channel")
		k.refused(k.Answers(ctx, "person:1", "id-line", helpcheck.Try{Value: "129", Channel: "phone", Note: strings.Repeat("é", 256)}), jaga.CodeInvalid, "255")
		for id, bad := range map[string][2]string{"id-line": {"129", "call us"}, "id-chat": {"+628110000129", "08110000130"}, "id-page": {"https://help.example", "javascript:alert(1)"}} {
			k.refused(k.Correct(ctx, "person:1", id, correct(bad[0], bad[1])), jaga.CodeInvalid, "is no")
			k.refused(k.Correct(ctx, "person:1", id, correct(bad[0], "")), jaga.CodeInvalid, "is no")
		}
		k.refused(k.Correct(ctx, "person:1", "id-page", correct("https://help.example", "https://x.example/08111772273")), jaga.CodeConflict, "does not come back")
		k.refused(k.Correct(ctx, "person:1", "id-page", correct("https://help.example", "http://www.help.example/")), jaga.CodeInvalid, "https://")
		k.refused(k.Correct(ctx, "person:1", "id-page", correct("https://help.example", "https://www.help.example/")), jaga.CodeInvalid, "that is there")
		for _, c := range []helpcheck.Correction{{Source: "ftp://x.example/"}, {Source: "javascript:x"}, {Source: ""}} {
			c.Value, c.NewValue, c.Dated = "129", "130", "2026"
			k.refused(k.Correct(ctx, "person:1", "id-line", c), jaga.CodeInvalid, "source")
		}
		for _, day := range []string{"", "soon", "2031-01-01", "1066"} {
			k.refused(k.Correct(ctx, "person:1", "id-line", helpcheck.Correction{Value: "129", NewValue: "130", Source: "https://example.org", Dated: day}), jaga.CodeInvalid, "up to today")
		}
		if s := k.row("id-line"); s.Value != "129" || s.Failed != 0 || s.Answered != "" {
			k.t.Errorf("a refused act left %+v", s)
		}
	})
}

// TestEveryActIsRecorded: one custody record for each act and none for what was
// refused, and no number in the log.
func TestEveryActIsRecorded(t *testing.T) {
	each(t, func(k *keeper) {
		ctx := k.t.Context()
		k.fine(k.Answers(ctx, "person:1", "id-line", call("129")))
		k.fine(k.Correct(ctx, "person:1", "id-line", correct("129", "921921")))
		last, _, _ := k.Last(ctx, "person:1")
		_, err := k.Undo(ctx, "person:1", last.ID)
		k.fine(err)
		k.fine(k.NoAnswer(ctx, "person:2", "id-line", call("129")))
		_ = k.NoAnswer(ctx, "person:2", "id-line", call("129"))
		var got []string
		k.fine(k.db.View(ctx, func(tx *store.Tx) error {
			trail, err := store.CustodyTrail(tx, helpcheck.Subject("id-line"), 100)
			for _, r := range trail {
				got = append(got, r.Actor+" "+r.Action)
				if strings.Contains(r.Detail, "921921") || strings.Contains(r.Detail, "example.org") {
					k.t.Errorf("the log holds content: %s", r.Detail)
				}
			}
			return err
		}))
		slices.Sort(got)
		if want := []string{"person:1 help.answers", "person:1 help.correct", "person:1 help.undo", "person:2 help.silent"}; !slices.Equal(got, want) {
			k.t.Errorf("records %q", got)
		}
	})
}

// TestSeenAtOnce: what one writes is seen by the next reader, and what another
// process writes within a minute. A database that cannot be read leaves what
// was there.
func TestSeenAtOnce(t *testing.T) {
	t.Parallel()
	k := open(t, storetest.Open(t, storetest.SQLite(t)), rows())
	before := k.Seen(t.Context())
	if k.Seen(t.Context()) != before {
		t.Error("the same is read again and again")
	}
	other := open(t, k.db, rows())
	k.fine(other.Answers(t.Context(), "person:2", "id-line", call("129")))
	k.clock.now = k.clock.now.Add(time.Minute)
	k.state("id-line", helpcheck.Tried)
	k.fine(k.Correct(t.Context(), "person:1", "id-line", correct("129", "921")))
	if k.row("id-line").Value != "921" {
		t.Error("a correction is not seen at once")
	}
	if err := k.db.Close(); err != nil {
		t.Fatal(err)
	}
	k.clock.days(1)
	if k.row("id-line").Value != "921" {
		t.Error("without a database there is nothing")
	}
}
