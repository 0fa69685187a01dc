package live_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/storetest"
)

// film is a generated film of ten seconds, 320 by 240: a test card, from the fourth
// second a fractal for three seconds, and another card, with a tone. It has a key
// frame every second. The fractal is its one scene that tests put on a list.
var film = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "jaga-film")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "film.ts")
	out, err := exec.Command("ffmpeg", "-v", "error", "-y",
		"-f", "lavfi", "-i", "testsrc2=s=320x240:r=15:d=4", "-f", "lavfi", "-i", "mandelbrot=s=320x240:r=15:end_pts=400", "-f", "lavfi", "-i", "smptehdbars=s=320x240:r=15:d=3",
		"-f", "lavfi", "-i", "sine=f=440:d=10", "-filter_complex", "[1:v]trim=duration=3[m];[0:v][m][2:v]concat=n=3:v=1[v]", "-map", "[v]", "-map", "3:a", "-shortest",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "15", "-sc_threshold", "0", "-c:a", "aac", "-f", "mpegts", path).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func filmFile(t testing.TB) string {
	t.Helper()
	need.Tool(t, "ffmpeg")
	path, err := film()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMain(m *testing.M) {
	code := run(m)
	if path, err := film(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// theScene are pictures of the scene that is on the list.
func theScene(t testing.TB) (out [][]byte) {
	t.Helper()
	for _, at := range []string{"4.2", "4.8", "5.4", "6", "6.6"} {
		p, err := exec.Command("ffmpeg", "-v", "error", "-i", filmFile(t), "-ss", at, "-frames:v", "1", "-f", "image2pipe", "-c:v", "mjpeg", "-q:v", "2", "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, p)
	}
	return out
}

// withFFmpeg opens a world that can decode streams, with the scene on its list.
func withFFmpeg(t testing.TB, opt func(*live.Options)) *world {
	t.Helper()
	path := need.Tool(t, "ffmpeg")
	w := open(t, storetest.Open(t, storetest.SQLite(t)), func(o *live.Options) {
		o.FFmpeg = path
		if opt != nil {
			opt(o)
		}
	})
	w.list(t, "KNOWN", jaga.BandUrgent, theScene(t)...)
	return w
}

// ffmpeg runs one beside the test until the test ends.
func ffmpeg(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("ffmpeg", append([]string{"-nostdin", "-v", "error"}, args...)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed
		close(done)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
		if t.Failed() && said.Len() > 0 {
			t.Log("ffmpeg:", said.String())
		}
	})
	return cmd
}

// pushed runs ffmpeg as an encoder, again until somebody listens and more of the
// stream has come.
func pushed(t testing.TB, w *world, id string, args ...string) *exec.Cmd {
	t.Helper()
	before := w.get(t, id).Bytes
	for began := time.Now(); time.Since(began) < time.Minute; {
		cmd := ffmpeg(t, args...)
		for cmd.Process.Signal(syscall.Signal(0)) == nil {
			if w.get(t, id).Bytes > before {
				return cmd
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	t.Fatal("nobody listens")
	return nil
}

func freePort(t testing.TB) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

func isFound(d live.Detail) bool {
	for _, m := range marksOf(d, live.MarkMatch) {
		if m.Item != "" {
			return true
		}
	}
	return false
}

// check looks at what a watch says of the film: the scene, about three seconds of
// it, with the end of the stream as evidence.
func check(t *testing.T, w *world, id string) {
	t.Helper()
	d := w.until(t, id, "the scene, and what follows it", func(d live.Detail) bool {
		m := marksOf(d, live.MarkMatch)
		return isFound(d) && (d.State.Over() || d.LastFrame != nil && d.LastFrame.Sub(m[0].Until) > time.Second)
	})
	m := marksOf(d, live.MarkMatch)
	if long := m[0].Until.Sub(m[0].From); m[0].Frames < 2 || long < 500*time.Millisecond || long > 5*time.Second || m[0].Band != jaga.BandUrgent {
		t.Errorf("matches %+v", m)
	}
	clip := w.kept.ofItem(m[0].Item)
	if len(clip) < 50_000 || clip[0] != 0x47 {
		t.Fatalf("%d bytes of the stream are kept", len(clip))
	}
	// It is a film that can be played.
	cmd := exec.Command("ffmpeg", "-v", "error", "-f", "mpegts", "-i", "pipe:0", "-map", "0:v", "-f", "framecrc", "-")
	cmd.Stdin = bytes.NewReader(clip)
	out, err := cmd.Output()
	if n := strings.Count(string(out), "\n0,"); err != nil || n < 30 {
		t.Errorf("%d frames are in the evidence: %v", n, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.items) == 0 || w.items[0].Item.Audience != "live" || w.items[0].Outcome.Band() != jaga.BandUrgent {
		t.Errorf("items %+v", w.items)
	}
}

// A recording that is pushed is played at its own speed, and is over at its end.
func TestPushedFilm(t *testing.T) {
	t.Parallel()
	w := withFFmpeg(t, nil)
	watch := w.start(t, live.New{Source: "push:realtime", Account: "host"})
	f, err := os.Open(filmFile(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	begun := time.Now()
	if err := w.live.Push(t.Context(), watch.ID, f); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took < 7*time.Second {
		t.Errorf("ten seconds took %s", took)
	}
	d := w.until(t, watch.ID, "the end", func(d live.Detail) bool { return d.State == live.Ended })
	check(t, w, watch.ID)
	if len(marksOf(d, live.MarkGap)) != 0 || d.Frames < 8 || d.Missed != 0 {
		t.Errorf("%d frames, marks %+v", d.Frames, d.Marks)
	}
	// A stream that is none says so.
	other := w.start(t, live.New{Source: "push"})
	if err := w.live.Push(t.Context(), other.ID, strings.NewReader(strings.Repeat("no film ", 1000))); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("no film: %v", err)
	}
	if d := w.get(t, other.ID); d.Outcome != jaga.StateNotChecked || d.State != live.Ended {
		t.Errorf("no film: %+v", d.Watch)
	}
}

// An encoder sends a film to the listening end, goes, and comes back.
func TestRTMPListens(t *testing.T) {
	t.Parallel()
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(freePort(t)))
	w := withFFmpeg(t, func(o *live.Options) { o.Reach.Listen = []netip.AddrPort{at} })
	url := "rtmp://" + at.String() + "/live/secret-key"
	watch := w.start(t, live.New{Source: "listen:" + url, Account: "host"})
	if strings.Contains(watch.Source, "secret") {
		t.Errorf("the key is shown: %s", watch.Source)
	}
	if _, err := w.live.Start(t.Context(), "key:1", live.New{Source: "listen:rtmp://" + at.String() + "/live/other"}); jaga.CodeOf(err) != jaga.CodeConflict {
		t.Errorf("a second watch at the address: %v", err)
	}
	if _, err := w.live.Again(t.Context(), "key:1", watch.ID); jaga.CodeOf(err) != jaga.CodeConflict {
		t.Errorf("once more what is being watched: %v", err)
	}
	encoder := pushed(t, w, watch.ID, "-re", "-stream_loop", "5", "-i", filmFile(t), "-c", "copy", "-f", "flv", url)
	check(t, w, watch.ID)
	_ = encoder.Process.Kill()
	w.until(t, watch.ID, "waiting", func(d live.Detail) bool { return d.State == live.Waiting })
	time.Sleep(3 * time.Second) // longer than what counts as a gap
	pushed(t, w, watch.ID, "-re", "-stream_loop", "3", "-i", filmFile(t), "-c", "copy", "-f", "flv", url)
	d := w.until(t, watch.ID, "frames again", func(d live.Detail) bool { return d.State == live.Watching && d.Connects > 1 })
	gaps := marksOf(d, live.MarkGap)
	if len(gaps) == 0 || gaps[0].Why != live.GapSource || gaps[0].Until.Sub(gaps[0].From) < 3*time.Second {
		t.Errorf("the gap is not told of: %+v", d.Marks)
	}
	if d.Outcome != jaga.StateFindings {
		t.Errorf("%+v", d.Watch)
	}
}

// A server is asked for a stream by RTMP.
func TestRTMPPull(t *testing.T) {
	t.Parallel()
	url := "rtmp://127.0.0.1:" + strconv.Itoa(freePort(t)) + "/live/key"
	ffmpeg(t, "-re", "-i", filmFile(t), "-c", "copy", "-f", "flv", "-listen", "1", url)
	w := withFFmpeg(t, nil)
	check(t, w, w.start(t, live.New{Source: url, Account: "host"}).ID)
}

// SRT, from a server.
func TestSRTPull(t *testing.T) {
	t.Parallel()
	w := withFFmpeg(t, nil)
	at := "srt://127.0.0.1:" + strconv.Itoa(freePort(t))
	ffmpeg(t, "-re", "-stream_loop", "2", "-i", filmFile(t), "-c", "copy", "-f", "mpegts", at+"?mode=listener")
	time.Sleep(time.Second)
	check(t, w, w.start(t, live.New{Source: at, Account: "host"}).ID)
}

// hls serves the film as a playlist that grows; die takes it away.
func hls(t *testing.T, playlist func(string) string) (url string, die func(bool)) {
	t.Helper()
	dir := t.TempDir()
	ffmpeg(t, "-re", "-stream_loop", "5", "-i", filmFile(t), "-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", filepath.Join(dir, "a.m3u8"))
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, "a.m3u8")); err == nil || time.Now().After(deadline) {
			break
		}
	}
	var dead sync.Map
	files := http.FileServer(http.Dir(dir))
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if _, ok := dead.Load("x"); ok {
			http.Error(rw, "", http.StatusNotFound)
			return
		}
		if playlist != nil && strings.HasSuffix(r.URL.Path, ".m3u8") {
			b, err := os.ReadFile(filepath.Join(dir, "a.m3u8"))
			if err != nil {
				http.Error(rw, "", http.StatusNotFound)
				return
			}
			_, _ = rw.Write([]byte(playlist(string(b))))
			return
		}
		files.ServeHTTP(rw, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/a.m3u8", func(on bool) {
		if on {
			dead.Store("x", true)
		} else {
			dead.Delete("x")
		}
	}
}

// HLS: the decoder is killed and started again, the source dies and comes back;
// both are gaps, and the watch goes on.
func TestHLSGoesOn(t *testing.T) {
	t.Parallel()
	w := withFFmpeg(t, nil)
	url, die := hls(t, nil)
	watch := w.start(t, live.New{Source: url, Account: "host"})
	check(t, w, watch.ID)

	before := w.get(t, watch.ID)
	if !killDecoder(t, os.Getpid()) {
		t.Fatal("no decoder runs")
	}
	after := w.until(t, watch.ID, "another decoder", func(d live.Detail) bool { return d.Decoders > before.Decoders && d.Frames > before.Frames })

	die(true)
	w.until(t, watch.ID, "waiting", func(d live.Detail) bool { return d.State == live.Waiting })
	time.Sleep(4 * time.Second) // longer than what counts as a gap
	die(false)
	d := w.until(t, watch.ID, "frames again", func(d live.Detail) bool { return d.State == live.Watching && d.Connects > after.Connects })
	gaps := marksOf(d, live.MarkGap)
	if len(gaps) == 0 || gaps[len(gaps)-1].Why != live.GapSource {
		t.Errorf("gaps %+v", gaps)
	}
}

// killDecoder ends a decoder of a process as an operating system does that runs out
// of memory.
func killDecoder(t *testing.T, parent int) bool { return killWith(t, parent, "-skip_frame") }

// killWith does so with a process that has a word among its arguments.
func killWith(t *testing.T, parent int, word string) bool {
	t.Helper()
	out, err := exec.Command("ps", "-o", "pid=,args=", "--ppid", strconv.Itoa(parent)).Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, word) {
			pid, err := strconv.Atoi(strings.Fields(line)[0])
			if err != nil {
				t.Fatal(err)
			}
			p, err := os.FindProcess(pid)
			if err == nil {
				err = p.Kill()
			}
			if err != nil {
				t.Fatal(err)
			}
			return true
		}
	}
	return false
}

// A playlist that names files of the machine, or addresses of the operator's own
// network, gets nothing of them.
func TestHostilePlaylist(t *testing.T) {
	t.Parallel()
	need.Tool(t, "ffmpeg")
	asked := make(chan string, 10)
	secret := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer secret.Close()
	// The test's own server lies at 127.0.0.1; the secret one is reached by another
	// address of this machine, which is not allowed.
	_, port, err := net.SplitHostPort(strings.TrimPrefix(secret.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	var file string
	playlist := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.apple.mpegurl")
		_, _ = fmt.Fprintf(w, "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1,\nfile://%s\n#EXTINF:1,\nhttp://localhost:%s/inside\n#EXTINF:1,\nconcat:%s\n", file, port, file)
	}))
	defer playlist.Close()
	file = filmFile(t)
	at := netip.MustParseAddrPort(strings.TrimPrefix(playlist.URL, "http://"))
	// Of this machine, the address of the playlist alone is allowed.
	w := withFFmpeg(t, func(o *live.Options) { o.Reach = live.Reach{Networks: []netip.Prefix{netip.PrefixFrom(at.Addr(), 32)}} })
	watch := w.start(t, live.New{Source: playlist.URL + "/a.m3u8"})
	d := w.until(t, watch.ID, "giving up", func(d live.Detail) bool { return d.State == live.Waiting && d.Connects > 1 })
	if d.Frames != 0 || d.Bytes != 0 {
		t.Errorf("the film was read from the disk: %+v", d.Watch)
	}
	select {
	case p := <-asked:
		t.Logf("localhost is 127.0.0.1 here, which is allowed: %s", p)
	default:
	}
	if err := w.live.Stop(context.Background(), "key:1", watch.ID); err != nil {
		t.Fatal(err)
	}
}
