package casework_test

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

func TestMergeAndBack(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(func(f *casework.Finding) { f.Account, f.Risk = "a", casework.RiskLive }).Case
		b := w.add(func(f *casework.Finding) { f.Account = "b" }).Case
		c := w.add(func(f *casework.Finding) { f.Account = "c" }).Case
		w.must(w.s.SetClock(ctx, "person:9", a, casework.Clock{What: "send_by", Profile: "test", Start: w.time(), Due: w.time().Add(time.Hour)}))
		_, err := w.s.AddNote(ctx, "person:1", a, "about a", nil)
		w.must(err)
		w.must(w.s.Merge(ctx, "person:1", a, b))
		w.must(w.s.Merge(ctx, "person:1", b, c))
		w.refused(w.s.Merge(ctx, "person:1", c, a), jaga.CodeConflict, "merge in a circle")
		if got := w.get(c); got.Risk != casework.RiskLive || got.DueAt == 0 {
			t.Errorf("%+v, want the risk and the clock of what is part of it", got)
		}
		if _, root, err := w.s.Get(ctx, a); err != nil || root != c {
			t.Errorf("case %d leads to %d (%v), want %d", a, root, err, c)
		}
		// What comes in for a part joins the whole.
		if d := w.add(func(f *casework.Finding) { f.Account = "a" }); d.Case != c {
			t.Errorf("%+v, want case %d", d, c)
		}
		findings, err := w.s.Findings(ctx, c, 0, 100)
		w.must(err)
		notes, err := w.s.Notes(ctx, "person:2", c, 0, 100)
		w.must(err)
		if len(findings) != 4 || len(notes) != 1 || notes[0].Text != "about a" {
			t.Errorf("%d findings and %d notes of the whole", len(findings), len(notes))
		}
		page, err := w.s.Findings(ctx, c, findings[1].ID, 1)
		w.must(err)
		if len(page) != 1 || page[0].ID != findings[2].ID {
			t.Errorf("page %+v", page)
		}
		// Only the whole is offered.
		if l := w.next("person:1"); l.Case != c {
			t.Errorf("%+v", l)
		}
		w.refused(w.s.Unmerge(ctx, "person:2", b), jaga.CodeConflict, "unmerge while somebody has it")
		w.must(w.s.Release(ctx, w.next("person:1")))
		w.must(w.s.Unmerge(ctx, "person:2", b))
		w.must(w.s.Unmerge(ctx, "person:2", a))
		for id, want := range map[int64]int{a: 1, b: 1, c: 2} {
			got, err := w.s.Findings(ctx, id, 0, 100)
			w.must(err)
			if len(got) != want {
				t.Errorf("case %d has %d findings, want %d", id, len(got), want)
			}
		}
		if w.get(c).DueAt != 0 || w.get(a).DueAt == 0 {
			t.Error("the clock did not go back with its case")
		}
		w.verify(a, b, c)
	})
}

func TestSplitAndBack(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		var ids []int64
		var a int64
		for range 3 {
			added := w.add(func(f *casework.Finding) { f.Account = "a" })
			a, ids = added.Case, append(ids, added.Finding)
		}
		_, err := w.s.Split(ctx, "person:1", a, ids)
		w.refused(err, jaga.CodeConflict, "split everything off")
		b, err := w.s.Split(ctx, "person:1", a, ids[1:])
		w.must(err)
		got, err := w.s.Findings(ctx, b, 0, 10)
		w.must(err)
		if len(got) != 2 || w.get(a).Status.Findings != 1 || w.get(b).Status.Findings != 2 {
			t.Errorf("%+v", got)
		}
		_, err = w.s.Split(ctx, "person:1", a, ids[1:2])
		w.refused(err, jaga.CodeConflict, "split what is elsewhere")
		w.must(w.s.Merge(ctx, "person:1", b, a))
		if got, err = w.s.Findings(ctx, a, 0, 10); err != nil || len(got) != 3 {
			t.Errorf("%d findings after the way back (%v)", len(got), err)
		}
		w.verify(a, b)
	})
}

func TestBulkAndBack(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{Undo: 5 * time.Minute}, func(t *testing.T, w *world) {
		ctx := t.Context()
		var ids []int64
		for range 5 {
			ids = append(ids, w.add(nil).Case)
		}
		busy := w.next("person:2")
		d := decision(casework.NotConfirmed, "account.hold")
		b, err := w.s.Bulk(ctx, "person:1", append(ids, 999), casework.BulkOp{Decide: &d})
		w.must(err)
		if len(b.Cases) != 4 || len(b.Refused) != 2 || b.Refused[busy.Case] == nil || b.Refused[999] == nil {
			t.Fatalf("%+v", b)
		}
		// Something happens to one of them.
		w.must(w.s.Reopen(ctx, "person:9", b.Cases[0], casework.WhyAppeal, ""))
		_, err = w.s.UndoBulk(ctx, "person:3", b.ID)
		w.refused(err, jaga.CodeDenied, "undo of somebody else's")
		u, err := w.s.UndoBulk(ctx, "person:1", b.ID)
		w.must(err)
		if len(u.Cases) != 3 || len(u.Refused) != 1 {
			t.Errorf("%+v", u)
		}
		for _, id := range u.Cases {
			if w.get(id).State != casework.StateInReview {
				t.Errorf("%+v", w.get(id))
			}
		}
		_, err = w.s.UndoBulk(ctx, "person:1", b.ID)
		w.refused(err, jaga.CodeConflict, "undo twice")
		w.turn(time.Hour)
		if n, err := w.s.TakeDue(ctx, 10, func(*store.Tx, casework.Outgoing) error { return nil }); n != 0 || err != nil {
			t.Errorf("%d actions went out (%v)", n, err)
		}
		to := "person:7"
		for what, op := range map[string]casework.BulkOp{"assign": {Assign: &to}, "move": {Move: "other"}, "hold": {Hold: &casework.BulkHold{Reason: "a letter", Until: w.time().Add(time.Hour)}}} {
			before := w.get(ids[4])
			b, err := w.s.Bulk(ctx, "person:1", ids[4:], op)
			w.must(err)
			if during := w.get(ids[4]); during.Queue == before.Queue && during.Assignee == before.Assignee && during.Held == before.Held {
				t.Errorf("%s did nothing", what)
			}
			if listed, err := w.s.GetBulk(ctx, b.ID); err != nil || !slices.Equal(listed.Cases, ids[4:]) {
				t.Errorf("%s touched %+v (%v)", what, listed, err)
			}
			_, err = w.s.UndoBulk(ctx, "person:1", b.ID)
			w.must(err)
			if after := w.get(ids[4]); after.Queue != before.Queue || after.Assignee != before.Assignee || after.Held != before.Held {
				t.Errorf("%s left %+v", what, after)
			}
		}
		_, err = w.s.Bulk(ctx, "person:1", ids, casework.BulkOp{Move: "a", Assign: &to})
		w.refused(err, jaga.CodeInvalid, "two things at once")
		w.verify(ids...)
	})
}

func TestNotesMentionsAndEscalation(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(nil).Case
		_, err := w.s.AddNote(ctx, "person:1", a, "please look at this", []string{"person:2", "person:2"})
		w.must(err)
		w.must(w.s.Escalate(ctx, "person:1", a, "person:2", "I know the family"))
		in, err := w.s.Inbox(ctx, "person:2", 10)
		w.must(err)
		if len(in) != 2 || in[0].Why != "escalated" || in[1].Why != "mention" {
			t.Fatalf("inbox %+v", in)
		}
		for _, m := range in {
			w.must(w.s.Seen(ctx, "person:2", m.ID))
		}
		if in, err = w.s.Inbox(ctx, "person:2", 10); err != nil || len(in) != 1 {
			t.Errorf("inbox %+v (%v), want the escalation until it is acknowledged", in, err)
		}
		p, err := w.s.List(ctx, casework.Filter{Unacknowledged: true})
		w.must(err)
		if len(p.Cases) != 1 {
			t.Errorf("%d cases were not acknowledged", len(p.Cases))
		}
		w.refused(w.s.Acknowledge(ctx, "person:3", a), jaga.CodeConflict, "acknowledged by somebody else")
		w.must(w.s.Acknowledge(ctx, "person:2", a))
		if in, err = w.s.Inbox(ctx, "person:2", 10); err != nil || len(in) != 0 {
			t.Errorf("inbox %+v (%v)", in, err)
		}
		events, err := w.s.Events(ctx, a, 0, 100)
		w.must(err)
		for _, e := range events {
			if e.Kind == casework.Escalated {
				if text, err := w.s.Reason(ctx, "person:2", e.ID); err != nil || text != "I know the family" {
					t.Errorf("%q %v", text, err)
				}
			}
		}
		w.verify(a)
	})
}

func TestHoldsAndClocks(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{Clocks: func(f casework.Finding, now time.Time) []casework.Clock {
		return []casework.Clock{{What: "send_by", Profile: "test", Start: now, Due: now.Add(24 * time.Hour)}}
	}}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(func(f *casework.Finding) { f.Account = "a" }).Case
		w.add(func(f *casework.Finding) { f.Account = "a" }) // starts no second clock
		clocks, err := w.s.Clocks(ctx, a)
		w.must(err)
		if len(clocks) != 1 || clocks[0].State(w.time()) != casework.ClockRuns || clocks[0].State(w.time().Add(20*time.Hour)) != casework.ClockSoon || clocks[0].State(w.time().Add(25*time.Hour)) != casework.ClockOverdue {
			t.Errorf("%+v", clocks)
		}
		w.refused(w.s.Hold(ctx, "person:1", a, "why", w.time()), jaga.CodeInvalid, "hold until now")
		w.refused(w.s.Hold(ctx, "person:1", a, "", w.time().Add(time.Hour)), jaga.CodeInvalid, "hold without a reason")
		w.must(w.s.Hold(ctx, "person:1", a, "a letter is on its way", w.time().Add(time.Hour)))
		if _, err := w.s.Next(ctx, "person:1", []string{"default"}); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("a case on hold was handed out: %v", err)
		}
		if n, err := w.s.EndHolds(ctx); n != 0 || err != nil {
			t.Errorf("%d holds ended (%v)", n, err)
		}
		w.turn(2 * time.Hour)
		if n, err := w.s.EndHolds(ctx); n != 1 || err != nil {
			t.Errorf("%d holds ended (%v)", n, err)
		}
		w.next("person:1")
		w.turn(30 * time.Hour)
		p, err := w.s.List(ctx, casework.Filter{Overdue: true, Order: casework.ByDue})
		w.must(err)
		st, err := w.s.Stats(ctx, []string{"default"})
		w.must(err)
		if len(p.Cases) != 1 || st.Overdue != 1 || st.Leased != 1 {
			t.Errorf("%d overdue, %+v", len(p.Cases), st)
		}
		w.must(w.db.Bulk(ctx, func(tx *store.Tx) error { return w.s.MeetClock(tx, "person:1", a, "send_by", "test") }))
		if w.get(a).DueAt != 0 {
			t.Error("a clock that was met is due")
		}
		w.verify(a)
	})
}

func TestSearchAndFilters(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(func(f *casework.Finding) {
			f.Kind, f.Ref, f.Text = casework.KindHotline, "call-2026-17", "Seorang anak meminta bantuan, kafé dekat sekolah"
		}).Case
		b := w.add(func(f *casework.Finding) { f.Account, f.Entries = "akun_7", []string{"0011"} }).Case
		_, err := w.s.AddNote(ctx, "person:1", b, "bantuan sudah datang", nil)
		w.must(err)
		for q, want := range map[string][]int64{
			"BANTUAN": {a, b}, "kafe": {a}, "sekolah anak": {a}, "call-2026-17": {a}, "2026": {a}, "akun_7": {b}, "0011": {b}, "banTuan sudah": {b},
			"bantu": nil, "sekolah sudah": nil, "item-2": {b},
		} {
			p, err := w.s.List(ctx, casework.Filter{Words: q})
			w.must(err)
			var got []int64
			for _, c := range p.Cases {
				got = append(got, c.ID)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%q finds %v, want %v", q, got, want)
			}
		}
		_, err = w.s.List(ctx, casework.Filter{Words: "!"})
		w.refused(err, jaga.CodeInvalid, "no word")
		w.must(w.s.SaveFilter(ctx, "person:1", "mine", false, casework.Filter{Queues: []string{"default"}}))
		w.must(w.s.SaveFilter(ctx, "person:2", "ours", true, casework.Filter{Form: jaga.FormCSAM}))
		w.must(w.s.SaveFilter(ctx, "person:2", "theirs", false, casework.Filter{}))
		fs, err := w.s.Filters(ctx, "person:1")
		w.must(err)
		if len(fs) != 2 || fs[0].Name != "mine" || fs[1].Filter.Form != jaga.FormCSAM {
			t.Errorf("%+v", fs)
		}
		w.refused(w.s.RemoveFilter(ctx, "person:1", fs[1].ID), jaga.CodeNotFound, "remove somebody else's")
		w.must(w.s.RemoveFilter(ctx, "person:1", fs[0].ID))
	})
}

// Nothing that a person wrote stands in the database.
func TestWordsArePrivate(t *testing.T) {
	t.Parallel()
	url := storetest.SQLite(t)
	w := open(t, url, casework.Options{})
	ctx := t.Context()
	const canary = "canarybird"
	a := w.add(func(f *casework.Finding) { f.Text = canary + " one" })
	_, err := w.s.AddNote(ctx, "person:1", a.Case, canary+" two", nil)
	w.must(err)
	w.must(w.s.Hold(ctx, "person:1", a.Case, canary+" three", w.time().Add(time.Hour)))
	w.must(w.s.Unhold(ctx, "person:1", a.Case))
	w.must(w.s.SaveDraft(ctx, "person:1", a.Case, casework.Decision{Note: canary + " four"}))
	d := decision(casework.NotConfirmed)
	d.Note = canary + " five"
	_, err = w.s.Decide(ctx, w.next("person:2"), d)
	w.must(err)
	if text, err := w.s.FindingText(ctx, "person:1", a.Case, a.Finding); err != nil || text != canary+" one" {
		t.Errorf("%q %v", text, err)
	}
	w.must(w.db.Close())
	path := strings.TrimPrefix(url, "sqlite:")
	for _, end := range []string{"", "-wal"} {
		text, err := os.ReadFile(path + end)
		if err != nil && end == "" {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte(canary)) {
			t.Errorf("the word stands in jaga.db%s", end)
		}
	}
}

// Sorting a list in any order and paging through it meets every case once.
func TestPaging(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		fill(t, w.db, w.s, 57, nil)
		for _, order := range []casework.Order{casework.ByRisk, casework.ByUpdate} {
			seen := map[int64]bool{}
			f := casework.Filter{Order: order, Limit: 10}
			for {
				p, err := w.s.List(context.Background(), f)
				w.must(err)
				for _, c := range p.Cases {
					if seen[c.ID] {
						t.Fatalf("case %d is on two pages", c.ID)
					}
					seen[c.ID] = true
				}
				if p.Next == nil {
					break
				}
				f.After = p.Next
			}
			if len(seen) != 57 {
				t.Errorf("%s: %d cases", order, len(seen))
			}
		}
	})
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{KeepClosed: 24 * time.Hour}, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.add(nil)
		needs := func() (out []string) {
			w.must(w.db.View(ctx, func(tx *store.Tx) (err error) {
				out, err = w.s.Needs(tx, casework.KindMedia, []string{"item-1", "item-2"})
				return err
			}))
			return out
		}
		if got := needs(); !slices.Equal(got, []string{"item-1"}) {
			t.Errorf("an open case needs %v", got)
		}
		l := w.next("person:1")
		_, err := w.s.Decide(ctx, l, decision(casework.NotConfirmed))
		w.must(err)
		w.must(w.s.Close(ctx, "person:1", l.Case))
		if got := needs(); len(got) != 1 {
			t.Errorf("a case that was closed today needs %v", got)
		}
		w.turn(25 * time.Hour)
		if got := needs(); len(got) != 0 {
			t.Errorf("a case that was closed long ago needs %v", got)
		}
	})
}
