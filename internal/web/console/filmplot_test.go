package console_test

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// reel has the scenes, one a second.
func reel(scenes ...int) (v vpdq.Video) {
	for i, n := range scenes {
		v = append(v, vpdq.Feature{Quality: 90, Hash: pdq.Hash(sha256.Sum256(fmt.Append(nil, "scene", n))), At: float64(i)})
	}
	return v
}

func scenes(from, to int) (out []int) {
	for n := from; n < to; n++ {
		out = append(out, n)
	}
	return out
}

// filmWorld has a bank with a known film and a known picture, and an item that has
// both in it: the film at 1:00 and 2:30, the picture at 0:05. It returns its id.
func filmWorld(w *world) string {
	w.t.Helper()
	w.newBank("FILMS")
	add := func(v engine.Value) {
		if _, err := w.banks.Add(w.t.Context(), "person:1", "FILMS", bank.NewEntry{Values: []engine.Value{v}}); err != nil {
			w.t.Fatal(err)
		}
	}
	add(engine.FilmValue(reel(scenes(1000, 1030)...)))
	add(engine.Value{Type: jaga.PDQ, Bytes: reel(5)[0].Hash})
	film := reel(slices.Concat(scenes(0, 60), scenes(1000, 1020), scenes(80, 150), scenes(1015, 1030), scenes(165, 200))...)
	rec, err := w.in.Take(w.t.Context(), intake.Request{Source: "console", Signals: []jaga.Signal{engine.FilmSignal(film)}})
	if err != nil {
		w.t.Fatal(err)
	}
	return rec.Item.ID
}

// TestFilmPlot: pages say which seconds of films matched, in words and as bars.
func TestFilmPlot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := filmWorld(w)
		body := w.page("/items/" + id)
		want(t, "the item", body, "Frames match an entry of bank FILMS", "Matched: 1:00 to 1:20, 2:30 to 2:45", "A picture: it stands for itself", `<rect class="film-part" x="30.15%"`, "30 of 195 frames matched (15.4 %)", "3:19 long")
		first := w.page("/why?item=" + id + "&match=0")
		want(t, "why", first, "Which seconds matched", "The item", "Entry 1 of FILMS", "Matched: 0:00 to 0:29", "30 of 30 frames matched")
		unwanted(t, "why", first, "Not compared")
		want(t, "why, of the picture", w.page("/why?item="+id+"&match=1"), "A picture: it stands for itself", "Matched: 0:05 to 0:06")
		want(t, "the bank", w.page("/banks/FILMS"), "vPDQ")
		form := url.Values{"name": {"FILMS"}, "role": {"match"}, "form": {"csam"}, "band": {"review"}, "threshold": {"31"}, "enabled_ratio": {"100"}, "film_query": {"80"}, "film_stored": {"0"}, "film_both": {"1"}}
		if a := w.post("/banks/FILMS/settings", form); a.status >= 400 {
			t.Errorf("the settings: %d %s", a.status, text(a.body))
		}
		b, err := w.banks.Get(t.Context(), "FILMS")
		if err != nil || b.FilmQuery != 80 || b.FilmStored != 0 || !b.FilmBoth {
			t.Errorf("%+v, error %v", b.Settings, err)
		}
		form.Set("film_query", "101")
		if a := w.post("/banks/FILMS/settings", form); a.status != 422 {
			t.Errorf("more than all of a film: %d", a.status)
		}
	})
}

// TestFilmPages looks at them with Chromium.
func TestFilmPages(t *testing.T) {
	b := startBrowser(t)
	b.signIn()
	id := filmWorld(b.w)
	for _, c := range []struct {
		width       int64
		theme, lang string
	}{{360, "dark", "id"}, {1280, "light", "en"}} {
		b.look(c.width, c.theme, c.lang)
		for name, path := range map[string]string{"item": "/items/" + id, "why": "/why?item=" + id + "&match=0", "bank": "/banks/FILMS/settings"} {
			where := fmt.Sprintf("%s at %d, %s, %s", path, c.width, c.theme, c.lang)
			b.Open(path)
			b.Clean(where)
			b.shot(fmt.Sprintf("film-%s-%d-%s", name, c.width, c.theme))
			b.axe(where)
		}
	}
}
