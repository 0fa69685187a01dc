package console_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/store"
)

// filmed runs ffmpeg and returns what it made.
func filmed(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command(need.Tool(t, "ffmpeg", "ffmpeg"), append(append([]string{"-v", "error"}, args...), file)...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// filmLength is that of the film in seconds.
const filmLength = 30

// shapeFilm is a square on red for half of the time, and on blue for the rest,
// with a tone, and with so much noise that it comes in several parts.
func shapeFilm(t *testing.T) []byte {
	t.Helper()
	half := func(colour string) string {
		return fmt.Sprintf("color=c=%s:s=240x180:r=5:d=%d,drawbox=x=40:y=40:w=60:h=60:color=white:t=fill", colour, filmLength/2)
	}
	film := filmed(t, "film.webm", "-f", "lavfi", "-i", half("red"), "-f", "lavfi", "-i", half("blue"), "-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=440:duration=%d", filmLength),
		"-filter_complex", "[0][1]concat=n=2:v=1,noise=alls=70:allf=t[v]", "-map", "[v]", "-map", "2:a", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "16", "-qmin", "0", "-qmax", "2", "-b:v", "20M", "-g", "20", "-c:a", "libopus")
	if len(film) < 7<<20 {
		t.Fatalf("the film has %d bytes: hardly anything is tested", len(film))
	}
	return film
}

// films is the walk of films and sounds, with the custody log of their case.
type films struct {
	*browser
	film []byte
}

func (f *films) records(action string, file int) (out []custody.Record) {
	f.T.Helper()
	err := f.w.db.View(f.T.Context(), func(tx *store.Tx) error {
		list, err := store.CustodyTrail(tx, look.Subject(1), 5000)
		for _, r := range list {
			if r.Action == action && r.Details()["file"] == shapeKey(file) {
				out = append(out, r)
			}
		}
		return err
	})
	if err != nil {
		f.T.Fatal(err)
	}
	return out
}

// last waits for the record of the end of the n-th reveal of a file.
func (f *films) last(file, n int) map[string]string {
	f.T.Helper()
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(25 * time.Millisecond) {
		if ends := f.records("look.end", file); len(ends) >= n {
			newest := ends[0]
			for _, r := range ends {
				if r.Seq > newest.Seq {
					newest = r
				}
			}
			return newest.Details()
		}
	}
	f.T.Fatalf("reveal %d of file %d does not end", n, file)
	return nil
}

func (f *films) view(file int) look.View {
	f.T.Helper()
	v, err := f.w.look.Viewed(f.T.Context(), shapeKey(file))
	if err != nil {
		f.T.Fatal(err)
	}
	return v
}

func count(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mean is the mean red and blue of the canvas.
const mean = `(() => { const c = document.querySelector(".viewer canvas");
	if (!c.width) return [0, 0];
	const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
	let r = 0, b = 0; for (let i = 0; i < d.length; i += 4) { r += d[i]; b += d[i + 2] }
	return [r / d.length * 4, b / d.length * 4] })()`

// TestFilms holds films and sounds as people do.
func TestFilms(t *testing.T) {
	t.Parallel()
	f := &films{browser: startBrowser(t)}
	f.film = shapeFilm(t)
	f.w.shapes.films = map[int][]byte{4: f.film, 11: bytes.Repeat([]byte("not a film "), 1000),
		10: filmed(t, "sound.ogg", "-f", "lavfi", "-i", "sine=frequency=440:duration=20", "-c:a", "libopus")}
	f.signIn()
	f.look(1280, "light", "en")
	for _, part := range []struct {
		name string
		do   func(*films)
	}{
		{"one picture first", (*films).onePicture}, {"played, and heard, by an act", (*films).played}, {"another place", (*films).sought}, {"by keyboard alone", (*films).byHand},
		{"no film", (*films).noFilm}, {"a sound", (*films).aSound}, {"the budget", (*films).budget}, {"its pages", (*films).pages},
	} {
		if !t.Run(part.name, func(t *testing.T) {
			f.T, f.w.t = t, t
			part.do(f)
			f.Clean(part.name)
		}) {
			return
		}
		f.T, f.w.t = t, t
	}
}

// onePicture: nothing is asked for before the hold; then one picture stands
// still, small, grey and blurred, and little of the film is sent for it.
func (f *films) onePicture() {
	v := f.viewer(4)
	v.veiled("at first")
	if !v.script(asked+` === 0`) || f.w.shapes.times() != 0 {
		f.T.Error("something was fetched before anybody held the button")
	}
	v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
	v.shown("while the button is held")
	v.until("how long it is", `document.querySelector("[data-time]").innerText === "0:00 / 0:30"`)
	if !v.script(coloured+` === 0`) || !v.script(`document.querySelector(".viewer canvas").width <= 160`) {
		f.T.Error("it is not small and grey at first")
	}
	if !v.script(`document.querySelectorAll("video, audio, [src*=film]:not(script)").length === 0`) {
		f.T.Error("the page has more than a canvas")
	}
	time.Sleep(1200 * time.Millisecond) // longer than a look needs to count, if it were clear
	if !v.script(`document.querySelector("[data-time]").innerText === "0:00 / 0:30"`) {
		f.T.Error("it plays by itself")
	}
	v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	v.veiled("after letting go")
	end := f.last(4, 1)
	if seen := f.view(4); seen.Viewed || seen.Heard || count(f.T, end["shown_ms"]) < 1000 || end["heard_ms"] != "0" {
		f.T.Errorf("%+v after a blurred look: %v", seen, end)
	}
	if sent := count(f.T, end["bytes"]); sent == 0 || sent > int64(len(f.film))*2/3 {
		f.T.Errorf("%d of %d bytes were sent for one picture", sent, len(f.film))
	}
	v.set("blur", "0")
	v.set("grey", "off")
	v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
	v.shown("without blur")
	v.until("red", `(([r, b]) => r > 100 && b < 100)(`+mean+`)`)
	time.Sleep(1500 * time.Millisecond)
	v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	v.veiled("after letting go")
	f.last(4, 2)
	if seen := f.view(4); !seen.Viewed || seen.Heard {
		f.T.Errorf("%+v after a second and a half of one picture", seen)
	}
}

func (f *films) played() {
	v := f.viewer(4)
	v.set("play", "on")
	v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
	v.until("that it plays", `document.querySelector("[data-say]").innerText.startsWith("Playing without sound") && parseFloat(document.querySelector("[data-at]").value) > 1.5`)
	v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	v.veiled("after letting go")
	if end := f.last(4, 3); end["heard_ms"] != "0" || f.view(4).Heard {
		f.T.Errorf("it was heard before somebody wanted that: %v", end)
	}
	at := browsertest.Value(f.Browser, chromedp.Evaluate[float64](`parseFloat(document.querySelector("[data-at]").value)`))
	v.set("sound", "on")
	v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
	v.until("that it goes on with sound where it was", fmt.Sprintf(`document.querySelector("[data-say]").innerText.startsWith("Playing with sound") && parseFloat(document.querySelector("[data-at]").value) > %f`, at+2))
	v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	v.veiled("after letting go")
	if end := f.last(4, 4); !f.view(4).Heard || end["sound"] != "true" {
		f.T.Errorf("two seconds with sound count as not heard: %v", end)
	}
	// Few records for much that was sent.
	for _, action := range []string{"look.range", "look.begin", "look.end"} {
		if n := len(f.records(action, 4)); n == 0 || n > 32 {
			f.T.Errorf("%d records of %s", n, action)
		}
	}
}

// sought: another place of the film is fetched by its range alone.
func (f *films) sought() {
	v := f.viewer(4)
	v.set("blur", "0")
	v.set("grey", "off")
	v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
	v.until("red", `(([r, b]) => r > 100 && b < 100)(`+mean+`)`)
	v.set("at", "25")
	v.until("blue", `(([r, b]) => b > 100 && r < 100)(`+mean+`)`)
	v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	v.veiled("after letting go")
	end := f.last(4, 5)
	if sent := count(f.T, end["bytes"]); sent >= int64(len(f.film)) || end["sent"] == fmt.Sprintf("0-%d", len(f.film)) {
		f.T.Errorf("all %d bytes were sent for two places: %s", len(f.film), end["sent"])
	}
	// The next look begins there.
	v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
	v.until("blue at once", `(([r, b]) => b > 100 && r < 100)(`+mean+`)`)
	v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	v.veiled("after letting go")
}

func (f *films) byHand() {
	v := f.viewer(4)
	v.tabTo(`el.matches("[data-hold]")`)
	v.key(input.DispatchKeyEventTypeKeyDown, " ", "Space", 32)
	v.shown("while Space is held")
	v.key(input.DispatchKeyEventTypeKeyDown, "ArrowRight", "ArrowRight", 39)
	v.key(input.DispatchKeyEventTypeKeyUp, "ArrowRight", "ArrowRight", 39)
	v.until("five seconds on", `document.querySelector("[data-time]").innerText.startsWith("0:05")`)
	v.key(input.DispatchKeyEventTypeKeyUp, " ", "Space", 32)
	v.veiled("after letting go")
	v.tabTo(`el.matches("[data-play]")`)
	v.press(" ")
	v.tabTo(`el.matches("[data-sound]")`)
	v.tabTo(`el.matches("[data-at]")`)
	f.Run(chromedp.Focus(chromedp.CSS("[data-timed]")))
	v.press("\r")
	v.until("playing", `document.querySelector("[data-say]").innerText.startsWith("Playing")`)
	v.press("\r")
	v.veiled("after pressing again")
}

func (f *films) noFilm() {
	v := f.viewer(11)
	v.set("blur", "0")
	v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
	v.until("why not", `document.querySelector("[data-say]").innerText.includes("cannot play this file")`)
	v.veiled("of what cannot be played")
	if end := f.last(11, 1); f.view(11).Viewed || end["shown_ms"] != "0" {
		f.T.Errorf("what could not be played counts as viewed: %v", end)
	}
}

func (f *films) aSound() {
	v := f.viewer(10)
	v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
	v.until("that it is silent", `document.querySelector("[data-say]").innerText.startsWith("Its sound is off")`)
	v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	if n := len(f.records("look.begin", 10)); n != 0 {
		f.T.Errorf("%d reveals of a sound that is off", n)
	}
	v.set("sound", "on")
	v.mouse(input.DispatchMouseEventTypeMousePressed, "[data-hold]")
	v.until("that it is heard", `document.querySelector("[data-say]").innerText.startsWith("Playing with sound") && parseFloat(document.querySelector("[data-at]").value) > 2`)
	v.mouse(input.DispatchMouseEventTypeMouseReleased, "[data-hold]")
	if end := f.last(10, 1); !f.view(10).Viewed || !f.view(10).Heard || count(f.T, end["heard_ms"]) < 1000 {
		f.T.Errorf("two seconds of a sound: %+v, %v", f.view(10), end)
	}
}

// budget: a film that plays ends when the budget does, and no range of another
// one is sent.
func (f *films) budget() {
	e, err := f.w.look.Mine(f.T.Context(), "person:1", time.UTC)
	if err != nil {
		f.T.Fatal(err)
	}
	l := look.DefaultLimits()
	l.All.ShiftSeconds = e.ShiftSeconds + 3
	if err := f.w.look.SetLimits(f.T.Context(), "person:1", l); err != nil {
		f.T.Fatal(err)
	}
	v := f.viewer(4)
	v.set("play", "on")
	v.holdUntil("when the budget is used up", `document.querySelector("[data-refusal]").innerText.includes("Enough for now")`)
	opened, ranges := f.w.shapes.times(), len(f.records("look.range", 4))
	for range 3 {
		v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
		v.until("enough again", `!document.querySelector("[data-refusal]").hidden && document.querySelector("[data-say]").innerText.startsWith("Veiled")`)
	}
	if n := f.w.shapes.times(); n != opened || len(f.records("look.range", 4)) != ranges {
		f.T.Errorf("content was opened %d times over the budget", n-opened)
	}
	if err := f.w.look.SetLimits(f.T.Context(), "person:1", look.DefaultLimits()); err != nil {
		f.T.Fatal(err)
	}
}

func (f *films) pages() {
	for _, c := range []struct {
		width       int64
		theme, lang string
	}{{360, "light", "id"}, {1280, "dark", "en"}} {
		f.look(c.width, c.theme, c.lang)
		v := f.viewer(4)
		v.set("grey", "off")
		v.set("blur", "0")
		v.set("play", "on")
		v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
		v.shown("for the picture")
		v.axe("a film that plays")
		v.save(fmt.Sprintf("film-%d-%s-%s", c.width, c.theme, c.lang))
		v.Run(chromedp.Click(chromedp.CSS("[data-timed]")))
		v.veiled("afterwards")
	}
}

// TestFilmNeedsAPlayerOfThePage tries the ways to the bytes of a film.
func TestFilmNeedsAPlayerOfThePage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.shapes.films = map[int][]byte{4: append([]byte("\x1a\x45\xdf\xa3 a film by its first bytes"), bytes.Repeat([]byte{7}, 10<<20)...)}
		player := map[string]string{"Sec-Fetch-Dest": "video", "Sec-Fetch-Site": "same-origin", "Range": "bytes=0-"}
		with := func(key, value string) map[string]string {
			h := maps.Clone(player)
			if h[key] = value; value == "" {
				delete(h, key)
			}
			return h
		}
		var a shown
		begin := func(n int) {
			t.Helper()
			s := w.openLook(n, look.Review)
			a = shown{}
			if status := w.asks("/look/reveals", map[string]any{"session": s.Session, "case": 1, "evidence": shapeID(n)}, &a); status != http.StatusOK {
				t.Fatalf("begin: %d %+v", status, a)
			}
		}
		if got := w.part(1, 4, player); got.status != http.StatusConflict {
			t.Errorf("without a reveal: %d", got.status)
		}
		begin(4)
		for name, header := range map[string]map[string]string{
			"a window of its own": with("Sec-Fetch-Dest", "document"), "another site": with("Sec-Fetch-Site", "cross-site"), "a sister site": with("Sec-Fetch-Site", "same-site"),
			"a program": with("Sec-Fetch-Dest", ""), "a frame": with("Sec-Fetch-Dest", "iframe"), "a script": with("Sec-Fetch-Dest", "empty"),
		} {
			if got := w.part(a.Reveal, 4, header); got.status != http.StatusNotFound {
				t.Errorf("%s: %d", name, got.status)
			}
		}
		if got := w.bytes(a.Reveal, 4, byScript); got.status != http.StatusNotFound {
			t.Errorf("a film in one piece: %d", got.status)
		}
		if w.shapes.times() != 0 {
			t.Errorf("content was opened %d times for what was refused", w.shapes.times())
		}
		size := len(w.shapes.films[4])
		for _, c := range []struct {
			ask, got string
			n        int
		}{{"bytes=0-", fmt.Sprintf("bytes 0-%d/%d", 1<<20-1, size), 1 << 20}, {"bytes=5000000-", fmt.Sprintf("bytes 5000000-%d/%d", 5000000+1<<20-1, size), 1 << 20},
			{"bytes=10-19", fmt.Sprintf("bytes 10-19/%d", size), 10}, {fmt.Sprintf("bytes=%d-", size-5), fmt.Sprintf("bytes %d-%d/%d", size-5, size-1, size), 5}} {
			got := w.part(a.Reveal, 4, with("Range", c.ask))
			if got.status != http.StatusPartialContent || got.header.Get("Content-Range") != c.got || len(got.body) != c.n || got.header.Get("Cache-Control") != "no-store" || got.header.Get("Content-Type") != "video/webm" || got.header.Get("Content-Disposition") != "" {
				t.Errorf("%s: %d, %d bytes, %v", c.ask, got.status, len(got.body), got.header)
			}
		}
		if w.shapes.times() != 1 {
			t.Errorf("opened %d times for one reveal", w.shapes.times())
		}
		first := a.Reveal
		begin(4)
		if got := w.part(first, 4, player); got.status != http.StatusConflict {
			t.Errorf("of a reveal that another one has ended: %d", got.status)
		}
		if got := w.part(a.Reveal, 4, player); got.status != http.StatusPartialContent || w.shapes.times() != 2 {
			t.Errorf("of the next reveal: %d, opened %d times", got.status, w.shapes.times())
		}
		w.asks(fmt.Sprintf("/look/reveals/%d/end", a.Reveal), map[string]any{}, nil)
		if got := w.part(a.Reveal, 4, player); got.status != http.StatusConflict {
			t.Errorf("after the end: %d", got.status)
		}
		begin(1)
		if got := w.part(a.Reveal, 1, player); got.status != http.StatusNotFound {
			t.Errorf("a picture by the way of films: %d", got.status)
		}
		if _, err := w.look.Begin(t.Context(), "person:1", look.Show{Session: 1, File: shapeKey(1), Kind: jaga.KindHash}); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("what is nothing to show: %v", err)
		}
	})
}
