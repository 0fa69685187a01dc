package console_test

import (
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/web/console"
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
		want(t, "/live", list, "stream-7", `data-live="/live"`, "1 stream is watched now", `href="#i-review"`, "From the beginning: messages 40, of them directions 7", `href="/live/new"`)
		want(t, paths[1], one, "viewer-3", "pays within a minute of directing", "Viewer who directs", "watching alone shows nothing", "is probably a child", "frames match the bank KNOWN_SHAPES", "Stop watching", "Never looked at")
		want(t, "the clock of "+paths[1], one, `<b class="into">00:0`, "up to ", "Figures", "Seconds not checked")
		unwanted(t, paths[1], one, "<img", "<video", "perpetrator", "offender")
		reader := w.member(auth.Grant{Role: auth.Auditor, Queue: auth.AllQueues})
		unwanted(t, "an auditor's page", reader.page(paths[1])+reader.page("/live"), "Stop watching", `href="/live/new"`)

		// Stopped by mistake, it is watched again with what was set.
		stopped := w.done(paths[1]+"/stop", nil)
		want(t, "stopped", stopped, "no longer watched", "Watch it again")
		unwanted(t, paths[1], stopped, "Stop watching", "data-live")
		again := w.done(paths[1]+"/again", nil)
		want(t, "again", again, "its chat is not told; gifts and payments are not told", "watched again", "stream-7", "Stop watching", "2 of 5 frames", "No frame has been compared yet")
		if a := w.post(paths[1]+"/again", nil); a.status != http.StatusSeeOther { // another one: the first is over all the same
			t.Errorf("a second time again: %d", a.status)
		}
		if a := w.post("/live/no-such/again", nil); a.status != http.StatusNotFound {
			t.Errorf("what is not there again: %d", a.status)
		}
	})
}

// What the form refuses is what the API refuses, in its words; in Indonesian in
// words of its own. What was typed stays.
func TestLiveStart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN_SHAPES")
		want(t, "the form", w.page("/live/new"), "Fetch it from an address", "An encoder sends it here", "KNOWN_SHAPES", `name="matching" min="1" max="120" value="2"`, "The setting live.listen names", "ffmpeg is not installed on the server")
		form := func(more ...string) url.Values {
			out := url.Values{"how": {"fetch"}, "source": {"https://cdn.example/live/stream.m3u8"}, "ref": {"stream-9"}, "account": {"host"}, "banks": {"KNOWN_SHAPES"}, "matching": {"3"}, "of": {"6"}}
			for i := 0; i < len(more); i += 2 {
				out.Set(more[i], more[i+1])
			}
			return out
		}
		for name, bad := range map[string]url.Values{
			"no address": form("source", ""), "a word": form("source", "stream"), "another kind": form("source", "ftp://cdn.example/x"), "a network of ours": form("source", "https://127.0.0.1/x.m3u8"),
			"a port": form("source", "rtmp://cdn.example:99999/x/y"), "an SRT address": form("source", "srt://cdn.example"), "more than there are": form("matching", "7"), "too many": form("matching", "1", "of", "121"),
			"no number": form("of", "x"), "a long name": form("ref", strings.Repeat("x", 513)), "listening nowhere": form("how", "listen"), "without ffmpeg": form(),
		} {
			w.lang = "en"
			a := w.post("/live/new", bad)
			n := live.New{Source: bad.Get("source"), Ref: bad.Get("ref"), Account: bad.Get("account")}
			n.Matching, _ = strconv.Atoi(bad.Get("matching"))
			n.Of, _ = strconv.Atoi(bad.Get("of"))
			says := "it is no number"
			if bad.Get("how") == "listen" {
				n.Source = "listen:rtmp://127.0.0.1:1/live/key"
			}
			if name != "no number" {
				_, err := w.streams.Start(t.Context(), "key:1", n)
				e, ok := errors.AsType[*jaga.Error](err)
				if !ok {
					t.Fatalf("%s: the API takes it", name)
				}
				says = e.Msg
				if a.status != e.Code.HTTPStatus() {
					t.Errorf("%s: status %d, want %d as in the API", name, a.status, e.Code.HTTPStatus())
				}
			}
			want(t, name, html.UnescapeString(a.body), says, `id="problem"`, "host")
			w.lang = "id"
			unwanted(t, name+" in Indonesian", html.UnescapeString(w.post("/live/new", bad).body), says)
		}
		w.lang = "en"
		if list, err := w.streams.List(t.Context(), live.Filter{}); err != nil || len(list) > 0 {
			t.Errorf("%d watches, %v; want none", len(list), err)
		}
		want(t, "the watch", w.done("/live/new", form("how", "frames")), "is watched from now on", "stream-9", "3 of 6 frames", `href="/banks/KNOWN_SHAPES"`, "host", "live/")
	})
}

// A stream whose findings are in the case of a queue is there for those who may read
// the queue, and for nobody else.
func TestLiveIsInTheQueueOfItsCase(t *testing.T) {
	cases(t, func(t *testing.T, w *world) {
		path := w.someStreams()[1]
		id := strings.TrimPrefix(path, "/live/")
		var item string
		for began := time.Now(); item == ""; time.Sleep(10 * time.Millisecond) {
			d, err := w.streams.Get(t.Context(), id)
			if err != nil || time.Since(began) > time.Minute {
				t.Fatal("no finding after a minute", err)
			}
			for _, m := range d.Marks {
				if m.Kind == live.MarkMatch {
					item = m.Item
				}
			}
		}
		here := w.reviewer("Sari", "default", auth.Reviewer)
		away := w.reviewer("Budi", "hotline", auth.Reviewer)
		if a := away.get(path); a.status != http.StatusOK {
			t.Errorf("without a case: %d, want it there for everybody who reads findings", a.status)
		}
		number := w.finding(casework.Finding{Kind: casework.KindLive, Ref: item, Band: jaga.BandReview, Risk: casework.RiskLive, Form: jaga.FormCSAM, At: time.Now()})
		want(t, "the page", here.page(path), fmt.Sprintf(`href="/cases/%d"`, number))
		want(t, "the list", here.page("/live"), path)
		unwanted(t, "the list of another queue", away.page("/live"), path)
		for _, a := range []answer{away.get(path), away.post(path+"/stop", nil), away.post(path+"/again", nil)} {
			if a.status != http.StatusNotFound {
				t.Errorf("another queue: %d, want not found", a.status)
			}
		}
		if d, err := w.streams.Get(t.Context(), id); err != nil || d.State.Over() {
			t.Errorf("it was stopped: %v, %v", d.State, err)
		}
	})
}

// Why a watch waits stands in the reader's language.
func TestLiveReasonsAreTranslated(t *testing.T) {
	t.Parallel()
	for _, why := range []string{"its address is not allowed", "it could not be fetched", "it cannot be decoded", "nothing came for a while", "it could not go on after a restart", "it needed more memory than it may have",
		"it was killed", "the server refused", "the server was not reached, or its address is not allowed", "nobody listens there", "the codec is not supported", "it has no picture", "what came is no stream", "it ended", "it failed",
		"another watch listens at that address", "12 streams are watched already"} {
		en, err := console.Detail("en", why)
		if err != nil || en != why {
			t.Errorf("%q is told as %q, %v", why, en, err)
		}
		if id, err := console.Detail("id", why); err != nil || id == why {
			t.Errorf("%q has no Indonesian, %v", why, err)
		}
	}
}
