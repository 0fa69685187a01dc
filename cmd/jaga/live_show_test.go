//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/testpic"
)

// The film of the test: from the sixth second the scene that the bank knows, for six
// seconds. It is shown again and again.
const showFilm, showScene = 20, 6

// TestLiveShow is a real stream from end to end: ffmpeg pushes a film by RTMP into
// `jaga live`, with chat and gifts from a file, and offers it by HLS to a watch of the
// API. Both find the scene and say when; the end of the stream is evidence of the
// case; people read it on the pages, in both languages.
//
// JAGA_TOUR=DIR keeps pictures of the pages in DIR/live; docs/img has some of them.
func TestLiveShow(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("watches streams for half a minute")
	}
	ffmpeg := need.Tool(t, "ffmpeg")
	known := testpic.Photo(50_900, demoFilmWidth, demoFilmHeight)
	shots := slices.Concat(demoShots(showScene, 91, 92), []demoShot{{known, 6}}, demoShots(showFilm-showScene-6, 92, 93))
	film, err := makeFilm(t.Context(), ffmpeg, "mpegts", slices.Repeat(shots, 3))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "film.ts")
	if err := os.WriteFile(path, film, 0o600); err != nil {
		t.Fatal(err)
	}

	port := showPort(t)
	v := &victim{t: t, data: filepath.Join(dir, "data"), environ: []string{"JAGA_LAW_PROFILES=us-2258a,id-komdigi", "JAGA_LIVE_NETWORKS=127.0.0.0/8", "JAGA_LIVE_LISTEN=" + port}}
	out, err := v.command("init", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var made struct {
		SignIn string `json:"sign_in"`
	}
	if err := json.Unmarshal(out, &made); err != nil {
		t.Fatal(err)
	}
	v.start()
	v.must(http.MethodPost, "/v1/banks", "application/json", strings.NewReader(`{"name":"KNOWN_SCENES","band":"urgent"}`))
	entry, kind := multipartOf(map[string]string{"source": "hotline"}, "scene.png", bytes.NewReader(testpic.PNG(known)))
	v.must(http.MethodPost, bankPath("KNOWN_SCENES", "entries"), kind, entry)

	// By RTMP, pushed by an encoder to the listening command.
	watching := v.command("live", "listen:rtmp://"+port+"/live/evening", "--account", "demo-host", "--ref", "evening stream", "--events", showScript(t, dir))
	var said lockedBuffer
	watching.Stdout, watching.Stderr = &said, &said
	if err := watching.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = watching.Process.Kill() })
	encode(t, ffmpeg, true, "-re", "-i", path, "-c", "copy", "-f", "flv", "rtmp://"+port+"/live/evening")

	// By HLS, fetched from a server that has the playlist as it grows.
	list := filepath.Join(dir, "hls")
	if err := os.Mkdir(list, 0o700); err != nil {
		t.Fatal(err)
	}
	encode(t, ffmpeg, false, "-re", "-i", path, "-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", filepath.Join(list, "a.m3u8"))
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(list, "a.m3u8")); err == nil {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatal("there is no playlist after a minute")
		}
	}
	srv := httptest.NewServer(http.FileServer(http.Dir(list)))
	t.Cleanup(srv.Close)
	var hls live.Watch
	if err := json.Unmarshal(v.must(http.MethodPost, "/v1/live", "application/json", strings.NewReader(fmt.Sprintf(`{"source":%q,"ref":"morning stream","account":"acc-2"}`, srv.URL+"/a.m3u8"))), &hls); err != nil {
		t.Fatal(err)
	}

	get := func(id string) (d live.Detail) {
		if err := json.Unmarshal(v.must(http.MethodGet, watchAddress(id), "", nil), &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	var watches struct{ Watches []live.Watch }
	for began := time.Now(); len(watches.Watches) != 1; time.Sleep(50 * time.Millisecond) {
		if err := json.Unmarshal(v.must(http.MethodGet, "/v1/live?ref=evening+stream", "", nil), &watches); err != nil || time.Since(began) > time.Minute {
			t.Fatalf("the command starts no watch: %v\n%s", err, said.String())
		}
	}
	for _, id := range []string{watches.Watches[0].ID, hls.ID} {
		// What a playlist holds already comes at once when its watch begins, and times
		// are those of arrival; the scene comes again.
		for began := time.Now(); ; time.Sleep(200 * time.Millisecond) {
			d := get(id)
			if slices.ContainsFunc(d.Marks, func(m live.Mark) bool {
				long := m.Until.Sub(m.From)
				return m.Kind == live.MarkMatch && m.Item != "" && m.Bank == "KNOWN_SCENES" && m.Frames >= 3 && long > 3*time.Second && long < 8*time.Second
			}) {
				break
			}
			if time.Since(began) > 3*time.Minute {
				t.Fatalf("%s: a scene of six seconds is not told of: %+v\n%s\n%s", id, d.Marks, v.out, said.String())
			}
		}
	}

	// Who did what, from the script; the command tells it too.
	evening := watches.Watches[0].ID
	for began := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		roles := map[string]bool{}
		for _, p := range get(evening).Parts {
			roles[p.Account+" "+p.Role] = true
		}
		if roles["demo-host broadcaster"] && roles["demo-viewer-3 viewer_active"] && roles["demo-viewer-3 payer"] && roles["demo-account-7 facilitator"] && roles["demo-viewer-1 viewer_passive"] {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("the parts are %v", roles)
		}
	}
	showPages(t, v, made.SignIn, evening, hls.ID)
	_ = watching.Process.Signal(syscall.SIGINT)
	if err := watching.Wait(); err == nil || watching.ProcessState.ExitCode() != 2 {
		t.Errorf("the command ended with %v, want 2: something was found", err)
	}
	for _, want := range []string{"bank KNOWN_SCENES", "broadcaster", "demo-account-7", "account demo-viewer-3 under review", "stopped"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the command does not tell of %q:\n%s", want, said.String())
		}
	}
	v.stop()
}

// showPages looks at the pages of both streams and of the case, and keeps pictures.
func showPages(t *testing.T, v *victim, link, evening, morning string) {
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	b := browsertest.StartAt(t, v.at.URL)
	b.Run(chromedp.EmulateViewport(1120, 820))
	b.Open("/sign-in?token=" + u.Query().Get("token"))
	b.Run(chromedp.Click(chromedp.CSS(".gate .btn.main")), chromedp.WaitReady(chromedp.CSS(`main`)))
	text := func() string { return browsertest.Value(b, chromedp.Text(chromedp.CSS("main"))) }
	open := func(path, lang, theme string, width int64) {
		b.Run(chromedp.EmulateViewport(width, 820))
		b.Open("/keyboard?lang=" + lang + "&theme=" + theme)
		b.Open(path)
	}
	open("/live", "en", "light", 1120)
	for _, want := range []string{"2 streams are watched now", "evening stream", "morning stream", "matching scenes"} {
		if !strings.Contains(text(), want) {
			t.Errorf("the list of streams has no %q", want)
		}
	}
	showKeep(t, b, 1120, "live-list", "main", "#live")
	open("/live/"+evening, "en", "light", 1120)
	said := text()
	for _, want := range []string{"frames match the bank KNOWN_SCENES", "Arranges", "Viewer who directs", "pays within a minute of directing", "watching alone shows nothing", "Open case", "its sound"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page of the stream has no %q:\n%s", want, said)
		}
	}
	number := regexp.MustCompile(`Open case (\d+)`).FindStringSubmatch(said)
	showKeep(t, b, 1120, "live-stream", "main", "#live-marks")
	showKeep(t, b, 1120, "live-parts", "#live-parts", "#live-parts")
	open("/live/"+evening, "id", "dark", 400)
	if !strings.Contains(text(), "bingkai cocok dengan bank KNOWN_SCENES") {
		t.Error("the page in Indonesian does not tell of the scene")
	}
	showKeep(t, b, 400, "live-phone", "main", "#live-lanes")
	open("/live/"+morning, "en", "light", 1120)
	if !strings.Contains(text(), "frames match the bank KNOWN_SCENES") {
		t.Error("the page of the other stream does not tell of the scene")
	}
	if number == nil {
		return
	}
	// The last half minute of the stream is evidence of the case.
	for began := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		var kept struct {
			Files []struct{ Bytes int64 } `json:"files"`
		}
		if err := json.Unmarshal(v.must(http.MethodGet, "/v1/evidence?case="+number[1], "", nil), &kept); err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(kept.Files, func(f struct{ Bytes int64 }) bool { return f.Bytes > 50_000 }) {
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("the end of the stream is not kept: %+v", kept)
		}
	}
	open("/cases/"+number[1], "en", "light", 1280)
	showKeep(t, b, 1280, "live-case", "#files", "section:has(> h2#evidence), #evidence")
}

// showKeep keeps a picture of a part of the page, from the top of one element to the
// end of another, where JAGA_TOUR names a folder.
func showKeep(t *testing.T, b *browsertest.Browser, width int64, name, first, last string) {
	t.Helper()
	b.Clean(name)
	dir := os.Getenv("JAGA_TOUR")
	if dir == "" {
		return
	}
	// So high that nothing stands over the page.
	b.Run(chromedp.EmulateViewport(width, browsertest.Value(b, chromedp.Evaluate[int64](`document.documentElement.scrollHeight`))))
	defer b.Run(chromedp.EmulateViewport(width, 820))
	at := browsertest.Value(b, chromedp.Evaluate[[]float64](fmt.Sprintf(`((a, b, m) => [Math.max(a.left - 12, m.left), a.top + scrollY - 12, a.right + 12, b.bottom + scrollY + 16])(document.querySelector(%q).getBoundingClientRect(), document.querySelector(%q).getBoundingClientRect(), document.querySelector("main").getBoundingClientRect())`, first, last)))
	whole, err := png.Decode(bytes.NewReader(browsertest.Value(b, chromedp.FullScreenshot(100))))
	if err != nil {
		t.Fatal(err)
	}
	part := image.Rect(int(at[0]), int(at[1]), int(at[2]), int(at[3])).Intersect(whole.Bounds())
	cut := image.NewRGBA(image.Rect(0, 0, part.Dx(), part.Dy()))
	draw.Draw(cut, cut.Bounds(), whole, part.Min, draw.Src)
	path := filepath.Join(dir, "live", name+".png")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, testpic.PNG(cut), 0o644); err != nil {
		t.Fatal(err)
	}
}

// showScript writes the chat and the gifts of 45 seconds as `jaga live --events`
// reads them.
func showScript(t *testing.T, dir string) string {
	t.Helper()
	var text bytes.Buffer
	line := func(after int, e live.Event) {
		data, err := json.Marshal(struct {
			After int `json:"after,omitempty"`
			live.Event
		}{after, e})
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(data, '\n'))
	}
	for _, e := range demoAudience() {
		line(0, e)
	}
	for n := range 45 {
		for _, e := range demoMoment(n) {
			line(n, e)
		}
	}
	path := filepath.Join(dir, "chat.jsonl")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// encode runs ffmpeg until the test ends. again starts it anew when it ends early:
// until somebody listens it finds nobody.
func encode(t *testing.T, ffmpeg string, again bool, args ...string) {
	t.Helper()
	var over atomic.Bool
	var running atomic.Pointer[os.Process]
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !over.Load() {
			cmd := exec.Command(ffmpeg, append([]string{"-nostdin", "-v", "error"}, args...)...)
			if err := cmd.Start(); err != nil {
				return // the test finds no stream
			}
			running.Store(cmd.Process)
			if over.Load() {
				_ = cmd.Process.Kill()
			}
			_ = cmd.Wait()
			if !again {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	t.Cleanup(func() {
		over.Store(true)
		if p := running.Load(); p != nil {
			_ = p.Kill()
		}
		<-done
	})
}

// showPort is an address of this machine where nobody listens.
func showPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}
