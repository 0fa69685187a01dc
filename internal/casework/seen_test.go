package casework_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// What pictures show is not stated by anybody while nobody has viewed one; a
// decision keeps how many there were.
func TestFactsOfPicturesNeedAView(t *testing.T) {
	var viewed atomic.Int64
	opt := casework.Options{Seen: func(*store.Tx, int64) (casework.Seen, error) {
		return casework.Seen{Files: 2, Viewed: viewed.Load()}, nil
	}, Second: func(casework.Decision, bool) bool { return false }}
	each(t, opt, func(t *testing.T, w *world) {
		viewed.Store(0)
		ctx := t.Context()
		w.add(nil)
		l := w.next("person:1")
		for name, change := range map[string]func(*casework.Decision){
			"activity": func(d *casework.Decision) { d.Facts.Activity = "exposure" },
			"puberty":  func(d *casework.Decision) { d.Facts.Activity, d.Facts.Pubertal = "undetermined", "pubescent" },
		} {
			d := decision(casework.Confirmed)
			d.Facts.Subject, d.Facts.Age, d.Facts.Confidence, d.Facts.Pubertal, d.Facts.Activity = "real", "14-15", "high", "undetermined", "undetermined"
			change(&d)
			_, err := w.s.Decide(ctx, l, d)
			w.refused(err, jaga.CodeConflict, name+" of what nobody viewed")
			if kept, err := w.s.Draft(ctx, "person:1", l.Case); err != nil || kept.Facts.Pubertal != d.Facts.Pubertal {
				t.Errorf("%s: the draft is %+v, %v", name, kept, err)
			}
		}
		// An age may be known from elsewhere, and one may decide on what is written.
		d := decision(casework.Confirmed)
		d.Facts.Subject, d.Facts.Age, d.Facts.Confidence, d.Facts.Pubertal, d.Facts.Activity = "real", "14-15", "high", "undetermined", "undetermined"
		if _, err := w.s.Decide(ctx, l, d); err != nil {
			t.Fatal(err)
		}
		w.add(nil)
		l = w.next("person:2")
		viewed.Store(1)
		d.Facts.Activity = "exposure"
		if _, err := w.s.Decide(ctx, l, d); err != nil {
			t.Fatal(err)
		}
		list, err := w.s.Decisions(ctx, "person:2", l.Case)
		if err != nil || len(list) != 1 || list[0].Looked != (casework.Seen{Files: 2, Viewed: 1}) {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// Acts with children and what happens now go to a second person, and what
// happens now waits a tenth of the time.
func TestHardestNeedTwo(t *testing.T) {
	base := func() casework.Decision {
		d := decision(casework.Confirmed)
		d.Facts.Subject, d.Facts.Age, d.Facts.Confidence, d.Facts.Pubertal, d.Facts.Activity = "real", "11-13", "high", "pubescent", "exposure"
		return d
	}
	if casework.NeedsSecond(base(), false) {
		t.Error("exposure alone asks for two")
	}
	for name, change := range map[string]func(*casework.Decision){
		"A1 or B1": func(d *casework.Decision) { d.Facts.Activity = "act" },
		"ongoing":  func(d *casework.Decision) { d.Facts.Immediacy = "ongoing" },
		"imminent": func(d *casework.Decision) { d.Facts.Immediacy = "imminent" },
	} {
		d := base()
		change(&d)
		if !casework.NeedsSecond(d, false) {
			t.Errorf("%s: one person decides alone", name)
		}
		d.Outcome = casework.NotConfirmed
		if casework.NeedsSecond(d, false) {
			t.Errorf("%s: not confirmed asks for two", name)
		}
	}
	each(t, casework.Options{Undo: 10 * time.Minute, Second: func(casework.Decision, bool) bool { return false }}, func(t *testing.T, w *world) {
		w.add(nil)
		l := w.next("person:1")
		d := base()
		d.Facts.Immediacy = "ongoing"
		out, err := w.s.Decide(t.Context(), l, d)
		if err != nil || out.UndoUntil != w.time().Add(time.Minute).UnixMicro() {
			t.Errorf("undo until %v, at %v (%v)", time.UnixMicro(out.UndoUntil), w.time(), err)
		}
	})
}
