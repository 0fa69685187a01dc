package look_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		_, err := k.Open(k.ctx, "key:1", look.Ask{Case: 1, Purpose: look.Review})
		k.refused(err, jaga.CodeDenied, "actor")
		_, err = k.Open(k.ctx, who(1), look.Ask{Case: 1, Purpose: "curiosity"})
		k.refused(err, jaga.CodeInvalid, "purpose")
		_, err = k.Open(k.ctx, who(1), look.Ask{Case: 1, Purpose: look.Review, Life: 16 * time.Minute})
		k.refused(err, jaga.CodeInvalid, "life")
		_, err = k.Open(k.ctx, who(1), look.Ask{Purpose: look.Review})
		k.refused(err, jaga.CodeInvalid, "case")
		s := k.session(1, look.Review)
		_, err = k.Begin(k.ctx, who(2), look.Show{Session: s.ID, File: key(1), Kind: "image"})
		k.refused(err, jaga.CodeDenied, "session")
		_, err = k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: "../etc", Kind: "image"})
		k.refused(err, jaga.CodeInvalid, "file")
		r := k.show(1, s.ID, 1, plain)
		_, err = k.Beat(k.ctx, who(2), r, plain)
		k.refused(err, jaga.CodeConflict, "ended")
		err = k.Serve(k.ctx, who(2), r, look.Bytes{To: 1, Size: 1})
		k.refused(err, jaga.CodeConflict, "ended")
		k.c.pass(2 * time.Second)
		k.fine(k.Close(k.ctx, who(1), s.ID))
		_, err = k.Beat(k.ctx, who(1), r, plain)
		k.refused(err, jaga.CodeConflict, "ended")
		err = k.Serve(k.ctx, who(1), r, look.Bytes{To: 1, Size: 1})
		k.refused(err, jaga.CodeConflict, "ended")
		_, err = k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(1), Kind: "image"})
		k.refused(err, jaga.CodeConflict, "expired")
		// A session is over after fifteen minutes, also in the middle of a reveal.
		s = k.session(1, look.Review)
		k.c.pass(15*time.Minute - 2*time.Second)
		r = k.show(1, s.ID, 2, plain)
		k.c.pass(time.Second)
		left, err := k.Beat(k.ctx, who(1), r, plain)
		if k.fine(err); left != time.Second {
			t.Errorf("%s left", left)
		}
		k.c.pass(time.Second)
		_, err = k.Beat(k.ctx, who(1), r, plain)
		k.refused(err, jaga.CodeConflict, "expired")
		if v := k.viewed(2); !v.Viewed || v.By != who(1) {
			t.Errorf("two seconds were shown: %+v", v)
		}
	})
}

func TestSecondPerson(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		s, err := k.Open(k.ctx, who(1), look.Ask{Case: 4, Purpose: look.Review, NeedsSecond: true})
		k.fine(err)
		show := look.Show{Session: s.ID, File: key(1), Kind: "image"}
		_, err = k.Begin(k.ctx, who(1), show)
		k.refused(err, jaga.CodeDenied, "second")
		waits := func(person int) int {
			t.Helper()
			list, err := k.Waiting(k.ctx, who(person))
			k.fine(err)
			return len(list)
		}
		k.session(1, look.Review) // which needs nobody else
		if waits(1) != 0 || waits(2) != 1 || waits(3) != 1 {
			t.Errorf("%d, %d and %d sessions wait", waits(1), waits(2), waits(3))
		}
		k.refused(k.Consent(k.ctx, who(1), s.ID), jaga.CodeDenied, "second")
		k.refused(k.Consent(k.ctx, "system", s.ID), jaga.CodeDenied, "actor")
		k.fine(k.Consent(k.ctx, who(2), s.ID))
		if waits(3) != 0 {
			t.Error("a session that has a second person waits for one")
		}
		k.refused(k.Consent(k.ctx, who(3), s.ID), jaga.CodeConflict, "second")
		_, err = k.Begin(k.ctx, who(1), show)
		k.fine(err)
	})
}

// TestViewed holds what makes a file viewed, case by case.
func TestViewed(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		s := k.session(1, look.Review)
		want := func(file int, yes bool, why string) {
			t.Helper()
			if v := k.viewed(file); v.Viewed != yes {
				t.Errorf("%s: %+v", why, v)
			}
		}
		r, err := k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(1), Kind: "image"})
		k.fine(err)
		for range 3 {
			_, err = k.Beat(k.ctx, who(1), r.ID, plain)
			k.fine(err)
			k.c.pass(time.Second)
		}
		k.fine(k.End(k.ctx, who(1), r.ID))
		want(1, false, "no byte was sent")
		id := k.show(1, s.ID, 2, plain)
		k.c.pass(999 * time.Millisecond)
		k.fine(k.End(k.ctx, who(1), id))
		want(2, false, "less than a second")
		id = k.show(1, s.ID, 2, plain)
		k.c.pass(999 * time.Millisecond)
		k.fine(k.End(k.ctx, who(1), id))
		want(2, false, "twice less than a second")
		id = k.show(1, s.ID, 3, look.Screen{})
		k.c.pass(2 * time.Second)
		k.fine(k.End(k.ctx, who(1), id))
		want(3, false, "nothing was painted")
		id = k.show(1, s.ID, 4, look.Screen{On: true, Width: 9, Height: 9, Blur: 40})
		k.c.pass(2 * time.Second)
		k.fine(k.End(k.ctx, who(1), id))
		want(4, false, "only blurred")
		id = k.show(1, s.ID, 5, plain)
		k.c.pass(look.GapMost + time.Millisecond)
		k.refused(func() error { _, err := k.Beat(k.ctx, who(1), id, plain); return err }(), jaga.CodeConflict, "ended")
		want(5, false, "the connection was lost at the first beat")
		k.refused(k.ViewExif(k.ctx, who(1), s.ID, key(5)), jaga.CodeConflict, "viewed")
		id = k.show(1, s.ID, 6, look.Screen{On: true, Width: 9, Height: 9, Grey: true})
		k.c.pass(time.Second)
		_, err = k.Beat(k.ctx, who(1), id, plain)
		k.fine(err)
		want(6, true, "a second, in grey")
		k.fine(k.ViewExif(k.ctx, who(1), s.ID, key(6)))
		for file, yes := range map[int]bool{5: false, 6: true} {
			if got, err := k.ExifViewed(k.ctx, key(file)); err != nil || got != yes {
				t.Errorf("EXIF of %d: %v, %v", file, got, err)
			}
		}
		at, err := k.Moments(k.ctx, []int64{1, 2})
		if v := k.viewed(6); err != nil || len(at) != 1 || at[0] != v.At {
			t.Errorf("of all that was shown, %v were views of case 1 (%v), not the one at %d", at, err, v.At)
		}
	})
}

func TestOneLookForTheTeam(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		need := func(file, votes int) look.Need {
			t.Helper()
			n, err := k.NeedLook(k.ctx, key(file), votes)
			k.fine(err)
			return n
		}
		decide := func(person, file int) {
			t.Helper()
			k.fine(k.db.Bulk(k.ctx, func(tx *store.Tx) error { return k.Decided(tx, who(person), key(file), 7) }))
		}
		if n := need(1, 5); !n.Look {
			t.Errorf("votes alone are enough: %+v", n)
		}
		s := k.session(1, look.Triage)
		k.watch(1, s.ID, 1, 2)
		if n := need(1, 1); !n.Look {
			t.Errorf("one vote is enough: %+v", n)
		}
		if n := need(1, 2); n.Look || n.Why != "known" || !n.Viewed {
			t.Errorf("two votes and a view are not enough: %+v", n)
		}
		decide(1, 1)
		decide(2, 1) // the first decision stands
		if n := need(1, 0); n.Look || n.Why != "decided" || n.By != who(1) || n.Case != 7 {
			t.Errorf("decided: %+v", n)
		}
		decide(3, 2)
		if n := need(2, 0); n.Look || n.Viewed {
			t.Errorf("decided without looking: %+v", n)
		}
		other := k.session(2, look.Review)
		_, err := k.Begin(k.ctx, who(2), look.Show{Session: other.ID, File: key(1), Kind: "image"})
		k.refused(err, jaga.CodeConflict, "no_look")
		again := k.session(2, look.SecondReview)
		k.watch(2, again.ID, 1, 1)
		k.fine(k.db.Bulk(k.ctx, func(tx *store.Tx) error { return k.Reopened(tx, key(1), 8) }))
		if n := need(1, 0); n.Look {
			t.Errorf("reopening another case took a decision back: %+v", n)
		}
		k.fine(k.db.Bulk(k.ctx, func(tx *store.Tx) error { return k.Reopened(tx, key(1), 7) }))
		k.watch(2, k.session(2, look.Review).ID, 1, 1)
	})
}

func TestBudgets(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		k.limits(func(l *look.Limits) {
			l.All = look.Budget{ShiftSeconds: 10, WeekSeconds: 15, ShiftFiles: 3, WeekFiles: 4}
			l.Classes = map[string]look.Budget{"A1": {ShiftSeconds: 4, WeekSeconds: 4, ShiftFiles: 1, WeekFiles: 1}}
		})
		s := k.session(1, look.Review)
		k.watch(1, s.ID, 1, 4)
		r := k.show(1, s.ID, 2, plain)
		for i := range 6 {
			k.c.pass(time.Second)
			left, err := k.Beat(k.ctx, who(1), r, plain)
			if i < 5 {
				if k.fine(err); left != time.Duration(5-i)*time.Second {
					t.Errorf("after %d s: %s left", i+1, left)
				}
				continue
			}
			k.refused(err, jaga.CodeDenied, "budget")
		}
		_, err := k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(1), Kind: "image"})
		k.refused(err, jaga.CodeDenied, "budget")
		if e := k.mine(1); e.ShiftSeconds != 10 || e.ShiftFiles != 2 || e.Days[13].Seconds != 10 {
			t.Errorf("%+v", e)
		}
		k.c.pass(look.ShiftWindow)
		s = k.session(1, look.Review)
		k.watch(1, s.ID, 1, 4)
		_, err = k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(3), Kind: "image"}) // a second of the week is left
		k.fine(err)
		k.c.pass(8 * 24 * time.Hour)
		// By files, and by class.
		s = k.session(2, look.Review)
		for file := range 3 {
			k.watch(2, s.ID, file, 1)
		}
		_, err = k.Begin(k.ctx, who(2), look.Show{Session: s.ID, File: key(9), Kind: "image"})
		k.refused(err, jaga.CodeDenied, "budget")
		k.watch(2, s.ID, 2, 1) // one that was seen already
		s = k.session(3, look.Review)
		b, err := k.Begin(k.ctx, who(3), look.Show{Session: s.ID, File: key(1), Kind: "image", Class: "A1"})
		if k.fine(err); b.Left != 4*time.Second {
			t.Errorf("%s left of the class", b.Left)
		}
		err = k.Serve(k.ctx, who(3), b.ID, look.Bytes{To: 1, Size: 1})
		k.fine(err)
		k.fine(k.End(k.ctx, who(3), b.ID))
		_, err = k.Begin(k.ctx, who(3), look.Show{Session: s.ID, File: key(2), Kind: "image", Class: "A1"})
		k.refused(err, jaga.CodeDenied, "budget")
		_, err = k.Begin(k.ctx, who(3), look.Show{Session: s.ID, File: key(2), Kind: "image"})
		k.fine(err)
	})
}

// TestBytesCountWithoutBeats: a browser that says nothing of its screen pays all
// the same.
func TestBytesCountWithoutBeats(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		k.limits(func(l *look.Limits) { l.All.ShiftFiles, l.All.ShiftSeconds = 100, 5 })
		s := k.session(1, look.Review)
		got := 0
		for file := range 20 {
			r, err := k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(file), Kind: kindOf(file)})
			if err != nil {
				k.refused(err, jaga.CodeDenied, "budget")
				break
			}
			err = k.Serve(k.ctx, who(1), r.ID, look.Bytes{To: 1, Size: 1})
			k.fine(err)
			got++
		}
		if got != 5 {
			t.Errorf("%d files for 5 seconds", got)
		}
	})
}

// TestRaceAtTheEdge has many requests of one person at once at the last file and
// second of a budget: never is more given out than there is.
func TestRaceAtTheEdge(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		const trials, clients = 20, 8
		refused := 0
		for trial := range trials {
			person := 1000 + trial
			k.limits(func(l *look.Limits) { l.All.ShiftFiles = 3 })
			s := k.session(person, look.Review)
			var ok atomic.Int64
			var wg sync.WaitGroup
			for c := range clients {
				wg.Go(func() {
					r, err := k.Begin(k.ctx, who(person), look.Show{Session: s.ID, File: key(c), Kind: kindOf(c)})
					if err == nil {
						err = k.Serve(k.ctx, who(person), r.ID, look.Bytes{To: 1, Size: 1})
					}
					if err == nil {
						ok.Add(1)
					} else if f := strings.SplitN(err.Error(), ":", 2)[0]; f != "budget" && f != "ended" {
						t.Errorf("%v", err)
					}
				})
			}
			wg.Wait()
			if e := k.mine(person); e.ShiftFiles > 3 || ok.Load() > 3 {
				t.Fatalf("trial %d: %d files were sent, %d counted, of 3", trial, ok.Load(), e.ShiftFiles)
			}
			// What is left over is spent one after the other; then all is refused.
			for c := range clients {
				if r, err := k.Begin(k.ctx, who(person), look.Show{Session: s.ID, File: key(c), Kind: kindOf(c)}); err == nil {
					err = k.Serve(k.ctx, who(person), r.ID, look.Bytes{To: 1, Size: 1})
					k.fine(err)
				}
			}
			for c := range 5 {
				_, err := k.Begin(k.ctx, who(person), look.Show{Session: s.ID, File: key(100 + c), Kind: kindOf(100 + c)})
				k.refused(err, jaga.CodeDenied, "budget")
				refused++
			}
		}
		if refused != trials*5 {
			t.Errorf("%d of %d refused", refused, trials*5)
		}
	})
}

func TestBreaks(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		k.limits(func(l *look.Limits) { l.BreakAfter, l.BreakFor = 20, 10 })
		s := k.session(1, look.Review)
		k.watch(1, s.ID, 1, 5)
		if b := k.mine(1).Break; b.Until != 0 || b.Next == 0 {
			t.Errorf("%+v", b)
		}
		k.c.pass(9 * time.Minute)
		k.watch(1, s.ID, 2, 5)
		k.c.pass(9 * time.Minute)
		s = k.session(1, look.Review)
		k.watch(1, s.ID, 3, 5)
		k.c.pass(2 * time.Minute)
		_, err := k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(4), Kind: "image"})
		k.refused(err, jaga.CodeDenied, "break")
		e := k.mine(1)
		if got := time.UnixMicro(e.Break.Until).Sub(k.c.wall).Round(time.Second); got != 8*time.Minute {
			t.Errorf("the break goes on for %s", got)
		}
		k.c.pass(8*time.Minute - time.Second)
		_, err = k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(4), Kind: "image"})
		k.refused(err, jaga.CodeDenied, "break")
		k.c.pass(2 * time.Second)
		k.watch(1, s.ID, 4, 5)
		// In the middle of a reveal.
		s2 := k.session(2, look.Review)
		k.watch(2, s2.ID, 1, 1)
		k.c.pass(9 * time.Minute)
		k.watch(2, s2.ID, 1, 1)
		k.c.pass(9*time.Minute + 50*time.Second)
		s2 = k.session(2, look.Review)
		r := k.show(2, s2.ID, 2, plain)
		for range 90 {
			k.c.pass(time.Second)
			if _, err = k.Beat(k.ctx, who(2), r, plain); err != nil {
				break
			}
		}
		k.refused(err, jaga.CodeDenied, "break")
	})
}

func TestOptOut(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		s := k.session(1, look.Review)
		k.fine(k.OptOut(k.ctx, who(1), "A1"))
		k.fine(k.OptOut(k.ctx, who(1), "A1"))
		_, err := k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(1), Kind: "image", Class: "A1"})
		k.refused(err, jaga.CodeDenied, "opt_out")
		k.watch(1, s.ID, 1, 1)
		k.fine(k.OptOut(k.ctx, who(1), ""))
		_, err = k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(1), Kind: "image"})
		k.refused(err, jaga.CodeDenied, "opt_out")
		if may, err := k.MayLook(k.ctx, who(1), key(1), "B"); err != nil || may.Why != "opt_out" {
			t.Errorf("%v, %v", may, err)
		}
		if may, err := k.MayLook(k.ctx, who(2), key(1), "B"); err != nil || may.Why != "" || may.Left <= 0 {
			t.Errorf("another's opt-out: %v, %v", may, err)
		}
		k.fine(k.OptIn(k.ctx, who(1), ""))
		k.watch(1, s.ID, 1, 1)
		if list, err := k.OptOuts(k.ctx, who(1)); err != nil || strings.Join(list, ",") != "A1" {
			t.Errorf("%q, %v", list, err)
		}
	})
}

// TestCustody: every session, consent, reveal and range is in the log, and
// nothing else of the person's work.
func TestCustody(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		s, err := k.Open(k.ctx, who(1), look.Ask{Case: 1, Purpose: look.Review, NeedsSecond: true})
		k.fine(err)
		k.fine(k.Consent(k.ctx, who(2), s.ID))
		k.watch(1, s.ID, 1, 2)
		k.fine(k.ViewExif(k.ctx, who(1), s.ID, key(1)))
		k.show(1, s.ID, 2, plain)
		k.fine(k.Close(k.ctx, who(1), s.ID))
		var got []string
		k.fine(k.db.View(k.ctx, func(tx *store.Tx) error {
			trail, err := store.CustodyTrail(tx, look.Subject(1), 100)
			for _, r := range trail {
				got = append(got, r.Action)
				if r.Action == "look.end" && r.Seq < 6 && !strings.Contains(r.Detail, `"shown_ms":"2000"`) {
					t.Errorf("%s", r.Detail)
				}
			}
			return err
		}))
		if text := strings.Join(got, " "); text != "look.open look.consent look.begin look.range look.end look.exif look.begin look.range look.end look.close" {
			t.Errorf("records: %s", text)
		}
		if _, err := k.db.VerifyCustody(k.ctx, storetest.Verifier(t), "", nil); err != nil {
			t.Error(err)
		}
	})
}

func TestLimitsHaveBounds(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		for field, change := range map[string]func(*look.Limits){
			"shift_seconds": func(l *look.Limits) { l.All.ShiftSeconds = 12 * 3600 }, "week_files": func(l *look.Limits) { l.All.WeekFiles = -1 },
			"break_after": func(l *look.Limits) { l.BreakAfter = 600 }, "break_for": func(l *look.Limits) { l.BreakFor = 1 },
			"support": func(l *look.Limits) { l.Support = "a\nb" }, "class": func(l *look.Limits) { l.Classes = map[string]look.Budget{"a b": {}} },
			"A1.week_seconds": func(l *look.Limits) { l.Classes = map[string]look.Budget{"A1": {WeekSeconds: 1 << 40}} },
		} {
			l := look.DefaultLimits()
			change(&l)
			k.refused(k.SetLimits(k.ctx, who(9), l), jaga.CodeInvalid, field)
		}
		if l, err := k.Limits(k.ctx); err != nil || l.BreakAfter != look.DefaultLimits().BreakAfter {
			t.Errorf("%+v, %v", l, err)
		}
	})
}

// TestFilmsAndSounds: a frame of a film counts as a picture does; a sound counts
// once it is heard; hearing a film is counted beside seeing it.
func TestFilmsAndSounds(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		s := k.session(1, look.Review)
		hold := func(file int, kind jaga.Kind, screen look.Screen, d time.Duration) {
			t.Helper()
			r, err := k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(file), Kind: kind})
			k.fine(err)
			k.fine(k.Serve(k.ctx, who(1), r.ID, look.Bytes{To: 1 << 20, Size: 8 << 20}))
			k.fine(k.Serve(k.ctx, who(1), r.ID, look.Bytes{From: 4 << 20, To: 5 << 20, Size: 8 << 20}))
			_, err = k.Beat(k.ctx, who(1), r.ID, screen)
			k.fine(err)
			k.c.pass(d)
			k.fine(k.End(k.ctx, who(1), r.ID))
		}
		for i, c := range []struct {
			kind          jaga.Kind
			screen        look.Screen
			shown         time.Duration
			viewed, heard bool
		}{
			{jaga.KindVideo, look.Screen{On: true, Width: 9, Height: 9}, time.Second, true, false},
			{jaga.KindVideo, look.Screen{On: true, Width: 9, Height: 9}, 999 * time.Millisecond, false, false},
			{jaga.KindVideo, look.Screen{On: true, Width: 9, Height: 9, Blur: 10, Sound: true}, time.Second, false, true},
			{jaga.KindVideo, look.Screen{On: true, Width: 9, Height: 9, Sound: true}, time.Second, true, true},
			{jaga.KindVideo, look.Screen{Sound: true}, time.Second, false, false}, // nothing was drawn, so nothing played
			{jaga.KindAudio, look.Screen{On: true}, time.Minute / 30, false, false},
			{jaga.KindAudio, look.Screen{On: true, Sound: true, Blur: 70}, time.Second, true, true},
			{jaga.KindAudio, look.Screen{On: true, Sound: true}, 999 * time.Millisecond, false, false},
		} {
			hold(100+i, c.kind, c.screen, c.shown)
			if v := k.viewed(100 + i); v.Viewed != c.viewed || v.Heard != c.heard {
				t.Errorf("%d: %+v, want %v and %v", i, v, c.viewed, c.heard)
			}
		}
		// The windows before, the very ranges at the end.
		var windows, ends int
		k.fine(k.db.View(k.ctx, func(tx *store.Tx) error {
			records, err := store.CustodyTrail(tx, look.Subject(1), 1000)
			for _, r := range records {
				d := r.Details()
				switch {
				case d["file"] != key(100):
				case r.Action == "look.range":
					windows++
				case r.Action == "look.end" && d["sent"] == "0-1048576 4194304-5242880" && d["bytes"] == "2097152" && d["heard_ms"] == "0":
					ends++
				}
			}
			return err
		}))
		if windows != 2 || ends != 1 {
			t.Errorf("%d windows and %d ends are in the log", windows, ends)
		}
		k.refused(k.Serve(k.ctx, who(1), 1, look.Bytes{From: 5, To: 5, Size: 9}), jaga.CodeInvalid, "range")
		k.refused(k.Serve(k.ctx, who(1), 1, look.Bytes{To: 10, Size: 9}), jaga.CodeInvalid, "range")
		_, err := k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(1), Kind: jaga.KindText})
		k.refused(err, jaga.CodeInvalid, "kind")
	})
}

// TestMayLookSaysBefore: what a page says before somebody presses is what they
// are answered when they do.
func TestMayLookSaysBefore(t *testing.T) {
	each(t, func(t *testing.T, k *keeper) {
		k.limits(func(l *look.Limits) {
			l.All.ShiftSeconds = 120
			l.Classes = map[string]look.Budget{"A1": {ShiftSeconds: 5, WeekSeconds: 5, ShiftFiles: 9, WeekFiles: 9}}
			l.BreakAfter, l.BreakFor = 1, 5
		})
		same := func(file int, class, why string) look.May {
			t.Helper()
			m, err := k.MayLook(k.ctx, who(1), key(file), class)
			if k.fine(err); m.Why != why || (why == "break") != (m.Until > 0) || (why == "") != (m.Left > 0) {
				t.Errorf("%+v, want %q", m, why)
			}
			r, err := k.Begin(k.ctx, who(1), look.Show{Session: k.session(1, look.Review).ID, File: key(file), Kind: jaga.KindVideo, Class: class})
			if why == "" {
				if k.fine(err); r.Left != m.Left {
					t.Errorf("%s was told, %s is left", m.Left, r.Left)
				}
				k.fine(k.End(k.ctx, who(1), r.ID))
			} else {
				k.refused(err, jaga.CodeDenied, why)
			}
			return m
		}
		same(1, "", "")
		s := k.session(1, look.Review)
		r, err := k.Begin(k.ctx, who(1), look.Show{Session: s.ID, File: key(1), Kind: jaga.KindVideo, Class: "A1"})
		k.fine(err)
		k.fine(k.Serve(k.ctx, who(1), r.ID, look.Bytes{To: 1, Size: 9}))
		for range 2 {
			_, err = k.Beat(k.ctx, who(1), r.ID, plain)
			k.fine(err)
			k.c.pass(time.Second)
		}
		k.fine(k.End(k.ctx, who(1), r.ID))
		if m := same(2, "A1", ""); m.Left != 3*time.Second {
			t.Errorf("%s left of the class", m.Left)
		}
		k.watch(1, s.ID, 2, 3)
		k.fine(k.OptOut(k.ctx, who(1), "B2"))
		same(3, "B2", "opt_out")
		k.watch(1, s.ID, 3, 54)
		k.c.pass(time.Second)
		same(4, "", "break")
		k.c.pass(5 * time.Minute)
		same(4, "", "")
		k.watch(1, k.session(1, look.Review).ID, 4, 57)
		k.c.pass(10 * time.Minute)
		k.limits(func(l *look.Limits) { l.All.ShiftSeconds = 100 })
		same(5, "", "budget")
	})
}
