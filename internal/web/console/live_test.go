package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/live"
)

// someStreams watches two streams of pictures, one of which is over, and returns
// the addresses of their pages.
func (w *world) someStreams() []string {
	w.t.Helper()
	out := []string{"/live"}
	for _, ref := range []string{"stream-7", "<script>alert('stream')</script>" + strings.Repeat("x", 150)} {
		watch, err := w.streams.Start(w.t.Context(), "key:1", live.New{Source: "frames", Ref: ref, Account: "host"})
		if err != nil {
			w.t.Fatal(err)
		}
		events := []live.Event{{Type: live.EventPerson, Person: &converse.Participant{ID: "host", AgeBand: "13-15"}}, {Type: live.EventPerson, Person: &converse.Participant{ID: "viewer-3", AgeBand: "adult"}},
			{Type: live.EventJoin, From: "viewer-3"}, {Type: live.EventJoin, From: "viewer-4"}}
		for i := range 40 {
			at := time.Now().Add(-time.Duration(40-i) * 4 * time.Second)
			events = append(events, live.Event{Type: live.EventChat, At: &at, From: fmt.Sprint("viewer-", i%7), Text: "hello"})
			if i%6 == 3 {
				events = append(events, live.Event{Type: live.EventAct, At: &at, From: "viewer-3", Act: "category", Category: "direction", Score: 0.9}, live.Event{Type: live.EventGift, At: &at, From: "viewer-3", Amount: 5, Currency: "USD"})
			}
		}
		if _, err := w.streams.Events(w.t.Context(), "key:1", watch.ID, events); err != nil {
			w.t.Fatal(err)
		}
		for i := range 3 {
			if err := w.streams.Picture(w.t.Context(), watch.ID, smaller(uint64(1+i%2))); err != nil {
				w.t.Fatal(err)
			}
		}
		if ref != "stream-7" {
			if err := w.streams.Stop(w.t.Context(), "person:1", watch.ID); err != nil {
				w.t.Fatal(err)
			}
		}
		out = append(out, "/live/"+watch.ID)
	}
	return out
}

// The page of a stream shows no picture, tells what was not checked, and has who
// did what with both sides. Whoever may only read finds no way to stop it.
func TestLivePage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN_SHAPES")
		w.addPhoto("KNOWN_SHAPES", 1)
		paths := w.someStreams()
		for range 100 { // until the pictures are compared
			if d, err := w.streams.Get(t.Context(), strings.TrimPrefix(paths[1], "/live/")); err != nil || d.Band > 0 && d.Frames == 3 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		list, one := w.page("/live"), w.page(paths[1])
		want(t, "/live", list, "stream-7", `data-live="/live"`, "1 stream is watched now", `href="#i-review"`)
		want(t, paths[1], one, "viewer-3", "pays within a minute of directing", "Viewer who directs", "watching alone shows nothing", "is probably a child", "frames match the bank KNOWN_SHAPES", "Stop watching", "Never looked at")
		unwanted(t, paths[1], one, "<img", "<video", "perpetrator", "offender")
		if a := w.post(paths[1]+"/stop", nil); a.status != 303 {
			t.Errorf("stop: %d", a.status)
		}
		unwanted(t, paths[1], w.page(paths[1]), "Stop watching", "data-live")
	})
}
