package live_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// A stream of pictures, with what is said and given beside it: what matches
// becomes an item with the end of the stream, the chat is a conversation, and
// roles have evidence.
func TestWatch(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, nil)
		known := scene(t, 1)
		w.list(t, "KNOWN", jaga.BandUrgent, known)
		watch := w.start(t, live.New{Source: "frames", Ref: "stream-7", Account: "host"})
		if watch.State != live.Starting || watch.Outcome != jaga.StateNotChecked || watch.Conversation != "live/"+watch.ID {
			t.Errorf("a new watch: %+v", watch)
		}
		show := func(p []byte) {
			t.Helper()
			if err := w.live.Picture(t.Context(), watch.ID, p); err != nil {
				t.Fatal(err)
			}
		}
		show(scene(t, 2))
		show(scene(t, 3))
		d := w.until(t, watch.ID, "two frames", func(d live.Detail) bool { return d.Frames == 2 })
		if d.Outcome != jaga.StateClear || d.State != live.Watching || len(d.Marks) != 0 {
			t.Errorf("after two ordinary frames: %+v", d)
		}
		show(known)
		show(scene(t, 4))
		if d := w.until(t, watch.ID, "four frames", func(d live.Detail) bool { return d.Frames == 4 }); d.Outcome != jaga.StateClear {
			t.Errorf("one frame made %+v", d.Marks)
		}
		show(known)
		d = w.until(t, watch.ID, "a finding", func(d live.Detail) bool {
			m := marksOf(d, live.MarkMatch)
			return len(m) == 1 && m[0].Item != ""
		})
		m := marksOf(d, live.MarkMatch)[0]
		if d.Outcome != jaga.StateFindings || d.Band != jaga.BandUrgent || m.Bank != "KNOWN" || m.Band != jaga.BandUrgent || m.Frames != 2 || *m.Distance != 0 || !m.Until.After(m.From) {
			t.Errorf("%+v", m)
		}
		rec, err := w.in.Get(t.Context(), m.Item)
		if err != nil || rec.Item.Kind != jaga.KindFrame || rec.Item.Author != "host" || rec.Item.Audience != "live" || rec.Item.Ref != watch.Conversation || rec.Outcome.Band() != jaga.BandUrgent {
			t.Errorf("the item %+v, %v", rec, err)
		}
		if clip := w.kept.ofItem(m.Item); !bytes.Contains(clip, known) || !bytes.Contains(clip, scene(t, 2)) {
			t.Errorf("%d bytes of the stream are kept", len(clip))
		}

		// What the platform tells: a viewer who pays directs, again and again.
		events := []live.Event{
			{Type: live.EventPerson, Person: &converse.Participant{ID: "host", AgeBand: "13-15"}},
			{Type: live.EventPerson, Person: &converse.Participant{ID: "viewer", AgeBand: "adult"}},
			{Type: live.EventJoin, From: "viewer"}, {Type: live.EventJoin, From: "quiet"},
		}
		for i := range 4 {
			events = append(events, live.Event{ID: fmt.Sprint("d", i), Type: live.EventAct, From: "viewer", Act: "category", Category: "direction", Score: 0.9},
				live.Event{ID: fmt.Sprint("g", i), Type: live.EventGift, From: "viewer", Amount: 5, Currency: "USD"})
		}
		a, err := w.live.Events(t.Context(), "key:1", watch.ID, events)
		if err != nil || len(a.Findings) == 0 {
			t.Fatalf("%+v, %v", a, err)
		}
		if _, err := w.live.Events(t.Context(), "key:1", watch.ID, events[4:]); err != nil { // again: nothing is counted twice
			t.Fatal(err)
		}
		d = w.get(t, watch.ID)
		talks := marksOf(d, live.MarkTalk)
		if len(talks) == 0 || talks[0].Form != jaga.FormLiveStream || talks[0].Account != "viewer" || !strings.Contains(strings.Join(talks[0].Signs, " "), "L-02") {
			t.Errorf("findings of the chat: %+v", talks)
		}
		if d.Rates.Directing != 4 || d.Rates.Gifts != 4 || d.Rates.Watching != 2 {
			t.Errorf("rates %+v", d.Rates)
		}
		roles := map[string]string{}
		for _, p := range d.Parts {
			roles[p.Account] += p.Role + " "
		}
		if roles["host"] != "broadcaster " || roles["viewer"] != "viewer_active payer " || roles["quiet"] != "viewer_passive " {
			t.Errorf("roles %v", roles)
		}

		if err := w.live.Stop(t.Context(), "person:1", watch.ID); err != nil {
			t.Fatal(err)
		}
		d = w.get(t, watch.ID)
		if d.State != live.Stopped || d.EndedAt == nil || d.Outcome != jaga.StateFindings || len(d.Parts) < 3 || len(d.Slots) == 0 || d.Frames != 5 {
			t.Errorf("after it was stopped: %+v", d)
		}
		if err := w.live.Picture(t.Context(), watch.ID, known); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a picture after the end: %v", err)
		}
		if _, err := w.live.Events(t.Context(), "key:1", watch.ID, events[:1]); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("events after the end: %v", err)
		}
		var actions []string
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			trail, err := store.CustodyTrail(tx, "live:"+watch.ID, 10)
			for _, r := range trail {
				actions = append(actions, r.Action+" "+r.Actor)
			}
			return err
		}); err != nil || strings.Join(actions, ", ") != "live.start key:1, live.stop person:1" {
			t.Errorf("records %v, %v", actions, err)
		}
	})
}

// A famous broadcaster brings a young fan on screen and tells them what to do:
// nobody is threatened, and it is a finding all the same, with fame as power.
func TestFameCase(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)), nil)
	watch := w.start(t, live.New{Source: "frames", Account: "star"})
	events := []live.Event{
		{Type: live.EventPerson, Person: &converse.Participant{ID: "star", AgeBand: "adult", Role: "famous", Verified: true}},
		{Type: live.EventScreenOn, From: "fan", Person: &converse.Participant{ID: "fan", AgeBand: "13-15"}},
	}
	if a, err := w.live.Events(t.Context(), "key:1", watch.ID, events); err != nil || len(a.Findings) != 0 {
		t.Fatalf("bringing somebody on screen: %+v, %v", a, err)
	}
	a, err := w.live.Events(t.Context(), "key:1", watch.ID, []live.Event{
		{Type: live.EventAct, From: "star", Act: "category", Category: "direction", Score: 0.9},
		{Type: live.EventAct, From: "star", Act: "category", Category: "direction", Score: 0.9},
	})
	if err != nil || len(a.Findings) == 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	f := a.Findings[len(a.Findings)-1]
	if f.From != "star" || f.To != "fan" || f.Form != jaga.FormLiveStream || f.Band < jaga.BandObserve || !strings.Contains(strings.Join(f.Power, " "), "fame") {
		t.Errorf("%+v", f)
	}
	for _, p := range w.get(t, watch.ID).Parts {
		if p.Account == "star" && p.Role == live.RoleBroadcaster {
			var signs []string
			for _, s := range p.For {
				signs = append(signs, s.What)
			}
			if strings.Join(signs, " ") != "stated status invites_on_screen" {
				t.Errorf("the broadcaster: %v", signs)
			}
		}
	}
}

// An urgent finding of the chat makes the end of the stream evidence of its case,
// once.
func TestUrgentTalkSealsTheStream(t *testing.T) {
	t.Parallel()
	clips := make(chan live.Clip, 10)
	w := open(t, storetest.Open(t, storetest.SQLite(t)), func(o *live.Options) {
		o.Seal = func(_ context.Context, caseID int64, c live.Clip) error {
			if caseID != 1 {
				t.Errorf("case %d", caseID)
			}
			clips <- c
			return nil
		}
	})
	watch := w.start(t, live.New{Source: "frames", Account: "host"})
	if err := w.live.Picture(t.Context(), watch.ID, scene(t, 1)); err != nil {
		t.Fatal(err)
	}
	act := func(id string) live.Event { return live.Event{Type: live.EventAct, From: "viewer", Act: id} }
	events := []live.Event{{Type: live.EventPerson, Person: &converse.Participant{ID: "host", AgeBand: "13-15"}}, {Type: live.EventPerson, Person: &converse.Participant{ID: "viewer", AgeBand: "adult"}},
		act("L-01"), act("L-02"), {Type: live.EventGift, From: "viewer", Amount: 5}, act("L-03"), act("L-08")}
	for range 3 {
		a, err := w.live.Events(t.Context(), "key:1", watch.ID, events)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range a.Findings {
			t.Log(f.Form, f.Band, f.FirstAt)
		}
	}
	select {
	case c := <-clips:
		got, err := io.ReadAll(c.Body)
		if err != nil || !bytes.Equal(got, scene(t, 1)) || c.Account != "host" || c.Watch != watch.ID || c.From.IsZero() {
			t.Errorf("%d bytes, %+v, %v", len(got), c, err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was sealed")
	}
	select {
	case <-clips:
		t.Error("it was sealed twice")
	default:
	}
}

// A watch goes on after the program was started anew, and says that it was away.
func TestWatchSurvivesARestart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := open(t, db, nil)
		first.list(t, "KNOWN", jaga.BandReview, scene(t, 1))
		watch := first.start(t, live.New{Source: "frames", Account: "host", Matching: 1, Of: 3})
		if err := first.live.Picture(t.Context(), watch.ID, scene(t, 1)); err != nil {
			t.Fatal(err)
		}
		if _, err := first.live.Events(t.Context(), "key:1", watch.ID, []live.Event{{Type: live.EventGift, From: "payer", Amount: 1}}); err != nil {
			t.Fatal(err)
		}
		first.until(t, watch.ID, "the finding", func(d live.Detail) bool {
			m := marksOf(d, live.MarkMatch)
			return len(m) == 1 && m[0].Item != ""
		})
		first.live.Close()
		if err := db.Bulk(t.Context(), func(tx *store.Tx) error { // a minute ago
			for table, column := range map[string]string{"live_slots": "at", "live_watches": "at"} {
				if _, err := tx.Exec(`UPDATE ` + table + ` SET ` + column + ` = ` + column + ` - 60000000`); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}

		second := open(t, db, nil)
		if err := second.live.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if second.live.Running() != 1 {
			t.Fatalf("%d watches run", second.live.Running())
		}
		d := second.get(t, watch.ID)
		gaps := marksOf(d, live.MarkGap)
		if len(gaps) == 0 || gaps[0].Why != live.GapRestart || len(marksOf(d, live.MarkMatch)) != 1 || d.Frames != 1 || d.Matching != 1 || d.Of != 3 {
			t.Errorf("after the restart: %+v", d)
		}
		paid := false
		for _, p := range d.Parts {
			paid = paid || p.Account == "payer" && p.Role == live.RolePayer
		}
		if !paid {
			t.Errorf("who did what is forgotten: %+v", d.Parts)
		}
		if err := second.live.Picture(t.Context(), watch.ID, scene(t, 9)); err != nil {
			t.Fatal(err)
		}
		second.until(t, watch.ID, "another frame", func(d live.Detail) bool { return d.Frames == 2 })
		// Stopped ones do not come back.
		if err := second.live.Stop(t.Context(), "key:1", watch.ID); err != nil {
			t.Fatal(err)
		}
		third := open(t, db, nil)
		if err := third.live.Resume(t.Context()); err != nil || third.live.Running() != 0 {
			t.Errorf("%d watches run, %v", third.live.Running(), err)
		}
	})
}

// What cannot be compared is not checked: dark pictures, and frames without a
// list.
func TestNotCheckedIsSaid(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)), nil)
	watch := w.start(t, live.New{Source: "frames"})
	if err := w.live.Picture(t.Context(), watch.ID, scene(t, 1)); err != nil {
		t.Fatal(err)
	}
	if err := w.live.Picture(t.Context(), watch.ID, []byte("no picture")); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("no picture: %v", err)
	}
	time.Sleep(3500 * time.Millisecond) // longer than a gap
	d := w.get(t, watch.ID)
	if gaps := marksOf(d, live.MarkGap); d.Outcome != jaga.StateNotChecked || len(gaps) != 1 || d.Frames != 0 {
		t.Errorf("without a list: %+v", d)
	}
}

func TestStartIsChecked(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)), func(o *live.Options) { o.Most = 1 })
	for n, want := range map[*live.New]jaga.Code{
		{Source: ""}:                              jaga.CodeInvalid,
		{Source: "/etc/passwd"}:                   jaga.CodeInvalid,
		{Source: "https://10.0.0.1/a.m3u8"}:       jaga.CodeDenied,
		{Source: "listen:rtmp://127.0.0.1:1/a/b"}: jaga.CodeDenied,
		{Source: "https://1.1.1.1/a.m3u8"}:        jaga.CodeUnavailable, // no ffmpeg here
		{Source: "frames", Matching: 5, Of: 2}:    jaga.CodeInvalid,
	} {
		if _, err := w.live.Start(t.Context(), "key:1", *n); jaga.CodeOf(err) != want {
			t.Errorf("%+v: %v", *n, err)
		}
	}
	one := w.start(t, live.New{Source: "frames"})
	if _, err := w.live.Start(t.Context(), "key:1", live.New{Source: "frames"}); jaga.CodeOf(err) != jaga.CodeBusy {
		t.Errorf("one more than there may be: %v", err)
	}
	if err := w.live.Push(t.Context(), one.ID, strings.NewReader("")); jaga.CodeOf(err) != jaga.CodeConflict {
		t.Errorf("a stream for a watch of pictures: %v", err)
	}
	if _, err := w.live.Get(t.Context(), "nothing"); jaga.CodeOf(err) != jaga.CodeNotFound {
		t.Errorf("%v", err)
	}
	list, err := w.live.List(t.Context(), live.Filter{})
	if err != nil || len(list) != 1 || list[0].ID != one.ID {
		t.Errorf("%+v, %v", list, err)
	}
	over := true
	if list, err := w.live.List(t.Context(), live.Filter{Over: &over}); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

// Watches that are over are removed after their time.
func TestPurge(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	w := open(t, db, func(o *live.Options) { o.Keep = time.Hour })
	old, fresh := w.start(t, live.New{Source: "frames"}), w.start(t, live.New{Source: "frames"})
	if err := w.live.Stop(t.Context(), "key:1", old.ID); err != nil {
		t.Fatal(err)
	}
	if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE live_watches SET ended_at = ended_at - 7200000000 WHERE ended_at > 0`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n, err := w.live.Purge(t.Context()); err != nil || n != 1 {
		t.Errorf("%d, %v", n, err)
	}
	if list, err := w.live.List(t.Context(), live.Filter{}); err != nil || len(list) != 1 || list[0].ID != fresh.ID {
		t.Errorf("%+v, %v", list, err)
	}
}
