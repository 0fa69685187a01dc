package console_test

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/testsound"
)

func tune(seed uint64, seconds float64) []int16 {
	return testsound.Samples(testsound.Music(seed, chroma.Rate, seconds))
}

// soundWorld has a bank with known sound, and an item of a minute that has 15 seconds
// of it at 0:20. It returns the item's id and its file.
func soundWorld(w *world) (id string, file []byte) {
	w.t.Helper()
	need.Tool(w.t, "ffmpeg")
	w.newBank("SOUNDS")
	known := tune(1, 40)
	value, err := engine.SoundValue(chroma.Fingerprint(known))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.banks.Add(w.t.Context(), "person:1", "SOUNDS", bank.NewEntry{Values: []engine.Value{value}}); err != nil {
		w.t.Fatal(err)
	}
	item := slices.Concat(tune(7, 20), known[10*chroma.Rate:25*chroma.Rate], tune(8, 25))
	file = testsound.WAV(item, chroma.Rate, 1)
	rec, err := w.in.Take(w.t.Context(), intake.Request{Source: "console", Body: bytes.NewReader(file)})
	if err != nil {
		w.t.Fatal(err)
	}
	return rec.Item.ID, file
}

// TestSoundPlot: pages say which seconds of sound are the same, in words and as
// bars; two files are compared, and banks take sound from files and as text.
func TestSoundPlot(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, file := soundWorld(w)
		body := w.page("/items/" + id)
		want(t, "the item", body, "Sound is that of an entry of bank SOUNDS", "Sound matches:", "Matched: 0:", "0:40 long", "1:00 long", `<rect class="film-part" x="3`)
		unwanted(t, "the item", body, "faster", "slower")
		first := w.page("/why?item=" + id + "&match=0")
		want(t, "why", first, "Which seconds sound the same", "The item", "Entry 1 of SOUNDS", "true to about two seconds")
		want(t, "the bank", w.page("/banks/SOUNDS"), "Chromaprint", "Add the sound of films, too")

		other := testsound.WAV(tune(9, 20), chroma.Rate, 1)
		same := testsound.WAV(tune(1, 40)[8*chroma.Rate:28*chroma.Rate], chroma.Rate, 1)
		compared := w.upload("/why", part{"file_a", "a.wav", string(file)}, part{"file_b", "b.wav", string(same)})
		want(t, "two files", compared.body, "Parts of the sound are the same", "Matched: 0:")
		want(t, "two other files", w.upload("/why", part{"file_a", "a.wav", string(file)}, part{"file_b", "b.wav", string(other)}).body, "No five seconds of the sound are the same")
		want(t, "one file", w.upload("/why", part{"file_a", "a.wav", string(file)}).body, "Sound matches:", "SOUNDS")

		added := w.upload("/banks/SOUNDS/files", part{"file", "x.wav", string(other)})
		if added.status != 200 {
			t.Errorf("a file for the bank: %d %s", added.status, text(added.body))
		}
		want(t, "a file for the bank", added.body, "Chromaprint")
		words, err := chroma.Encode(chroma.Fingerprint(tune(11, 30)))
		if err != nil {
			t.Fatal(err)
		}
		if a := w.post("/banks/SOUNDS/hash", url.Values{"type": {"chromaprint"}, "value": {words}}); a.status >= 400 {
			t.Errorf("a fingerprint for the bank: %d %s", a.status, text(a.body))
		}
		if a := w.post("/banks/SOUNDS/hash", url.Values{"type": {"chromaprint"}, "value": {words[:40]}}); a.status != 422 {
			t.Errorf("half a fingerprint: %d", a.status)
		}
		if list, err := w.banks.Entries(t.Context(), "SOUNDS", bank.Filter{Type: jaga.Chromaprint}); err != nil || len(list) != 3 {
			t.Errorf("%d entries, error %v", len(list), err)
		}
	})
}

// TestSoundPages looks at them with Chromium.
func TestSoundPages(t *testing.T) {
	b := startBrowser(t)
	b.signIn()
	id, _ := soundWorld(b.w)
	for _, c := range []struct {
		width       int64
		theme, lang string
	}{{360, "dark", "id"}, {1280, "light", "en"}} {
		b.look(c.width, c.theme, c.lang)
		for name, path := range map[string]string{"item": "/items/" + id, "why": "/why?item=" + id + "&match=0", "bank": "/banks/SOUNDS"} {
			where := fmt.Sprintf("%s at %d, %s, %s", path, c.width, c.theme, c.lang)
			b.Open(path)
			b.Clean(where)
			b.shot(fmt.Sprintf("sound-%s-%d-%s", name, c.width, c.theme))
			b.axe(where)
		}
	}
}
