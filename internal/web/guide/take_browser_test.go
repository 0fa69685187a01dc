package guide_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/takedown"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/internal/web/guide"
)

// takeWorld is an installation that takes cases in, with a browser in front and
// a record of all that the browser sends.
type takeWorld struct {
	*browser
	s   *takedown.Service
	in  *intake.Service
	dir string

	mu   sync.Mutex
	sent []string // method, path and body
}

func openTake(t *testing.T) (*guide.Guide, *takedown.Service, *intake.Service) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	db, eng := storetest.Open(t, storetest.SQLite(t)), engine.New()
	banks, err := bank.Open(ctx, db, eng, bank.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := takedown.New(db, banks, eng, takedown.Options{Open: true})
	in := intake.New(ctx, db, eng, media.NewDecoder(media.DefaultLimits(), 1), intake.Options{Rotations: true, Matched: takedown.Saw})
	t.Cleanup(in.Wait)
	g, err := guide.New(guide.Options{Takedown: s})
	if err != nil {
		t.Fatal(err)
	}
	return g, s, in
}

func startTake(t *testing.T) *takeWorld {
	t.Helper()
	g, s, in := openTake(t)
	w := &takeWorld{s: s, in: in, dir: t.TempDir()}
	w.browser = &browser{browsertest.Start(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		w.mu.Lock()
		w.sent = append(w.sent, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		w.mu.Unlock()
		g.ServeHTTP(rw, r)
	})), g}
	w.look(360, 740, "light")
	return w
}

// since returns what was sent since the last call.
func (w *takeWorld) since() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.sent
	w.sent = nil
	return out
}

func (w *takeWorld) file(name string, data []byte) string {
	w.T.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		w.T.Fatal(err)
	}
	return path
}

func (w *takeWorld) until(what, script string) {
	w.T.Helper()
	w.Await(what, script)
}

func (w *takeWorld) text(css string) string {
	w.T.Helper()
	return browsertest.Value(w.Browser, chromedp.Evaluate[string](fmt.Sprintf(`(document.querySelector(%q) || {textContent: ""}).textContent`, css)))
}

// choose chooses files on a fresh page and returns what the page says of the
// last, and the codes that it would send.
func (w *takeWorld) choose(paths ...string) (note, codes string) {
	w.T.Helper()
	w.Open("/guide/en/r")
	return w.chooseMore(paths...)
}

func (w *takeWorld) chooseMore(paths ...string) (note, codes string) {
	w.T.Helper()
	before := browsertest.Value(w.Browser, chromedp.Evaluate[int](`document.querySelectorAll("#list button").length`))
	w.Run(chromedp.SetUploadFiles(chromedp.CSS("#files"), paths, chromedp.NodeReady))
	w.until("the answer", fmt.Sprintf(`document.querySelectorAll("#list button").length === %d`, before+len(paths)))
	codes = browsertest.Value(w.Browser, chromedp.Evaluate[string](`document.querySelector("[name=codes]").value`))
	if hidden := browsertest.Value(w.Browser, chromedp.Evaluate[bool](`document.getElementById("send").hidden`)); hidden != (codes == "" || strings.Count(codes, "\n") >= slip.MaxCodes) {
		w.T.Errorf("the button is hidden: %v, with codes %q", hidden, codes)
	}
	return w.text("#list li:last-child span"), codes
}

// server computes the codes of a file as the server and `jaga hash` do.
func server(t *testing.T, data []byte) map[jaga.SignalType]string {
	t.Helper()
	m, err := media.NewDecoder(media.DefaultLimits(), 1).Measure(t.Context(), bytes.NewReader(data), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[jaga.SignalType]string{}
	for _, s := range m.Usable() {
		out[s.Type] = string(s.Type) + ":" + s.Value
	}
	return out
}

// oriented puts an EXIF orientation into a JPEG file.
func oriented(data []byte) []byte {
	exif := append([]byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"), 0, 0, 0, 0)
	head := append([]byte{0xff, 0xd8, 0xff, 0xe1}, byte((len(exif)+2)>>8), byte(len(exif)+2))
	return slices.Concat(head, exif, data[2:])
}

// icon wraps a PNG file as an icon, which browsers read and Jaga does not.
func icon(data []byte) []byte {
	b := []byte{0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 32, 0}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	return append(binary.LittleEndian.AppendUint32(b, 22), data...)
}

// claims is a PNG file whose header claims a size, and which has no pixels.
func claims(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		part := append([]byte(kind), data...)
		b = binary.BigEndian.AppendUint32(append(b, part...), crc32.ChecksumIEEE(part))
	}
	chunk("IHDR", append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h), 8, 2, 0, 0, 0))
	chunk("IEND", nil)
	return b
}

func encode(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTake goes the whole way in Chromium.
func TestTake(t *testing.T) {
	t.Parallel()
	w := startTake(t)
	for _, part := range []struct {
		name string
		do   func(*takeWorld)
	}{{"codes", (*takeWorld).codes}, {"bad files", (*takeWorld).badFiles}, {"noise", (*takeWorld).noise}, {"too many", (*takeWorld).tooMany}, {"case", (*takeWorld).wholeCase}} {
		t.Run(part.name, func(t *testing.T) {
			w.T, w.Browser.T = t, t
			part.do(w)
			w.Clean(part.name)
		})
	}
}

// codes: what the browser computes is what the server computes.
func (w *takeWorld) codes() {
	t := w.T
	photo := testpic.Photo(11, 1200, 800)
	deep := image.NewNRGBA64(photo.Rect)
	for y := range 800 {
		for x := range 1200 {
			c := photo.RGBAAt(x, y)
			deep.SetNRGBA64(x, y, color.NRGBA64{uint16(c.R)<<8 | 17, uint16(c.G)<<8 | 99, uint16(c.B)<<8 | 3, 0x8000})
		}
	}
	file := testpic.JPEG(photo, 82)
	for name, data := range map[string][]byte{
		"a.jpg": file, "turned.jpg": oriented(file), "low.jpg": testpic.JPEG(testpic.Photo(12, 333, 501), 30),
		"a.png": testpic.PNG(photo), "deep.png": encode(t, deep), "misnamed.txt": file,
	} {
		note, codes := w.choose(w.file(name, data))
		want := server(t, data)
		if len(want) != 4 || codes != want[jaga.PDQ]+"\n"+want[jaga.SHA256] || !strings.Contains(note, "smaller versions") {
			t.Errorf("%s: %q, codes\n%s, the server has\n%v", name, note, codes, want)
		}
	}
	for name, data := range map[string][]byte{"clip.mp4": append([]byte("\x00\x00\x00\x18ftypmp42"), bytes.Repeat([]byte("moving "), 700_000)...), "sound.mp3": []byte("ID3 la la la")} {
		note, codes := w.choose(w.file(name, data))
		want := server(t, data)
		if codes != want[jaga.MD5]+"\n"+want[jaga.SHA256] || !strings.Contains(note, "Only exactly the same file") {
			t.Errorf("%s: %q, codes\n%s, the server has\n%v", name, note, codes, want)
		}
	}
	flat := encode(t, image.NewGray(image.Rect(0, 0, 300, 300)))
	if note, codes := w.choose(w.file("flat.png", flat)); strings.Contains(codes, "pdq") || !strings.Contains(note, "too few details") || codes == "" {
		t.Errorf("a flat picture: %q, %q", note, codes)
	}
	// Kinds that our program does not read, by way of the browser's decoder.
	small := testpic.PNG(testpic.Photo(16, 256, 256)) // the directory of an icon says 256
	if note, codes := w.choose(w.file("a.ico", icon(small))); !strings.HasPrefix(codes, server(t, small)[jaga.PDQ]+"\nsha256:") {
		t.Errorf("an icon: %q, codes\n%s", note, codes)
	}
	moving := image.NewPaletted(photo.Rect, palette.Plan9)
	draw.Draw(moving, photo.Rect, photo, image.Point{}, draw.Src)
	var b bytes.Buffer
	if err := gif.Encode(&b, moving, nil); err != nil {
		t.Fatal(err)
	}
	if note, codes := w.choose(w.file("a.gif", b.Bytes())); codes != server(t, b.Bytes())[jaga.PDQ]+"\n"+server(t, b.Bytes())[jaga.SHA256] {
		t.Errorf("a GIF: %q, codes\n%s", note, codes)
	}
	for _, r := range w.since() {
		if !strings.HasPrefix(r, "GET /guide/") {
			t.Errorf("choosing a file sent %.100s", r)
		}
	}
	// How long it takes, for docs/guide.md.
	big := w.file("big.jpg", testpic.JPEG(testpic.Photo(13, 4000, 3000), 85))
	w.choose(w.file("b.jpg", file)) // the program is there then
	began := time.Now()
	w.chooseMore(big)
	t.Logf("a JPEG of 12 megapixels: %d ms, with what the test adds", time.Since(began).Milliseconds())
}

// badFiles: each has an answer, and no code.
func (w *takeWorld) badFiles() {
	t := w.T
	file := testpic.JPEG(testpic.Photo(14, 600, 400), 80)
	picture := testpic.PNG(testpic.Photo(14, 600, 400))
	w.since()
	for name, data := range map[string][]byte{
		"text.jpg": []byte("this is no picture"), "notes.txt": []byte("nor is this"), "empty.jpg": nil, "one.png": {0x89},
		"cut.jpg": file[:len(file)/2], "cut.png": picture[:len(picture)/2], "text.webp": []byte("RIFF....WEBPnothing"),
	} {
		note, codes := w.choose(w.file(name, data))
		if codes != "" || !strings.Contains(note, "not a whole picture") {
			t.Errorf("%s: %q, %q", name, note, codes)
		}
	}
	for name, data := range map[string][]byte{"huge.png": claims(100_000, 100_000), "wide.png": claims(1<<31-1, 1)} {
		if note, codes := w.choose(w.file(name, data)); !strings.Contains(note, "too big") || strings.Contains(codes, "pdq") {
			t.Errorf("%s: %q, %q", name, note, codes)
		}
	}
	if note, codes := w.choose(w.file("a.heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"))); !strings.Contains(note, "cannot open this kind") || strings.Contains(codes, "pdq") {
		t.Errorf("heic: %q, %q", note, codes)
	}
	for _, r := range w.since() {
		if !strings.HasPrefix(r, "GET /guide/") {
			t.Errorf("a bad file sent %.100s", r)
		}
	}
}

// noise: a browser that disturbs what pages read is noticed, in every channel.
func (w *takeWorld) noise() {
	path := w.file("n.ico", icon(testpic.PNG(testpic.Photo(15, 256, 256))))
	for _, how := range []string{"d[4000] ^= 1", "for (let i = 0; i < d.length; i++) d[i] = Math.random() * 256", "d.fill(255)", "d[48 * 48 * 4 - 2] ^= 1"} {
		w.Open("/guide/en/r")
		w.Run(chromedp.Evaluate[chromedp.Void](`(() => { const real = CanvasRenderingContext2D.prototype.getImageData;
			CanvasRenderingContext2D.prototype.getImageData = function (...a) { const m = real.apply(this, a), d = m.data; ` + how + `; return m } })()`))
		if note, codes := w.chooseMore(path); !strings.Contains(note, "This browser changes pictures") || codes != "" {
			w.T.Errorf("%s: %q, %q", how, note, codes)
		}
		// What our own program reads needs no canvas.
		if _, codes := w.chooseMore(w.file("n.jpg", testpic.JPEG(testpic.Photo(15, 400, 300), 80))); !strings.HasPrefix(codes, "pdq:") {
			w.T.Errorf("%s: a JPEG has codes %q", how, codes)
		}
	}
}

// tooMany: eleven files have more codes than a case holds; without one of them
// the codes can be sent.
func (w *takeWorld) tooMany() {
	var paths []string
	for i := range 11 {
		paths = append(paths, w.file(fmt.Sprintf("many%d.jpg", i), testpic.JPEG(testpic.Photo(uint64(20+i), 300, 200), 80)))
	}
	_, codes := w.choose(paths...)
	if strings.Count(codes, "\n") != 21 || !strings.Contains(w.text("#said"), "too many") {
		w.T.Errorf("%d codes, and the page says %q", strings.Count(codes, "\n")+1, w.text("#said"))
	}
	w.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector("#list button").click()`))
	w.until("the form", `!document.getElementById("send").hidden && document.querySelectorAll("#list li").length === 10`)
	// The same file twice has the same codes.
	if _, again := w.chooseMore(paths[5]); strings.Count(again, "\n") != 19 {
		w.T.Errorf("the same file again makes %d codes", strings.Count(again, "\n")+1)
	}
}

// history is how many lines the history of the tab has.
func (w *takeWorld) history() int {
	w.T.Helper()
	h, err := chromedp.Call(w.Ctx, page.GetNavigationHistory, cdp.Empty{})
	if err != nil {
		w.T.Fatal(err)
	}
	return len(h.Entries)
}

// wholeCase goes from a picture to a case, its acceptance, a sighting and its
// withdrawal.
func (w *takeWorld) wholeCase() {
	t := w.T
	photo := testpic.Photo(31, 1000, 700)
	data := testpic.JPEG(photo, 80)
	copied := testpic.JPEG(testpic.Resize(photo, 480, 336), 70)
	_, codes := w.choose(w.file("private.jpg", data))
	w.since()
	before := w.history()
	w.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector("[name=me]").click(); document.querySelector("#send button").click()`))
	w.until("the number", `!!document.querySelector(".slip")`)
	posts := slices.DeleteFunc(w.since(), func(r string) bool { return strings.HasPrefix(r, "GET /guide/") })
	want := "POST /guide/en/r do=file&codes=" + strings.NewReplacer(":", "%3A", "\n", "%0D%0A").Replace(codes) + "&me=1"
	if len(posts) != 1 || posts[0] != want {
		t.Fatalf("sent %q, want only %q", posts, want)
	}
	number, pin := w.text(".slip dd"), w.text(".slip dd:last-child")
	if n, ok := slip.Number(number); !ok || len(n) != 12 || !strings.Contains(w.text(".hero"), "only once") {
		t.Errorf("number %q, PIN %q", number, pin)
	}
	t.Logf("%d lines in the history before, %d after", before, w.history())
	status := func(want string) {
		t.Helper()
		w.Open("/guide/en/r")
		w.Run(chromedp.SendKeys(chromedp.CSS("#number"), strings.ToLower(number)), chromedp.SendKeys(chromedp.CSS("#pin"), pin),
			chromedp.Evaluate[chromedp.Void](`document.querySelector("#pin").form.querySelector("button").click()`))
		w.until("the case", `!!document.querySelector("dl.facts")`)
		if got := w.text(".first"); got != want {
			t.Errorf("the page says %q, want %q", got, want)
		}
	}
	matches := func() int {
		rec, err := w.in.Take(t.Context(), intake.Request{Source: "test", Body: bytes.NewReader(copied)})
		if err != nil {
			t.Fatal(err)
		}
		return len(rec.Outcome.Matches)
	}
	status("It waits for a person")
	if n := matches(); n != 0 {
		t.Errorf("%d matches before anybody accepted the case", n)
	}
	list, err := w.s.List(t.Context(), slip.Waiting, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d cases, %v", len(list), err)
	}
	if err := w.s.Accept(t.Context(), "person:1", list[0].ID); err != nil {
		t.Fatal(err)
	}
	if matches() == 0 {
		t.Error("a smaller copy does not match")
	}
	status("We look for your codes")
	if got := w.text("#seen"); got != "1" {
		t.Errorf("seen %q times", got)
	}
	w.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector("details").open = true; document.querySelector("details button").click()`))
	w.until("the withdrawal", `(document.querySelector(".first") || {}).textContent === "You took your codes back"`)
	status("You took your codes back")
	if n := matches(); n != 0 {
		t.Errorf("%d matches after the withdrawal", n)
	}
}
