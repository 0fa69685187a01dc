package live_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/need"
)

// encoded is the film in another codec, with its sound; the test is skipped where
// ffmpeg cannot make it.
func encoded(t *testing.T, name string, args ...string) string {
	t.Helper()
	need.Tool(t, "ffmpeg")
	path := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("ffmpeg", append(append([]string{"-v", "error", "-y", "-i", filmFile(t)}, args...), path)...).CombinedOutput(); err != nil {
		if strings.Contains(string(out), "Unknown encoder") {
			t.Skipf("ffmpeg lacks the encoder: %s", out)
		}
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// plays reports how many pictures are in what was kept of a stream, and whether it has
// sound.
func plays(t *testing.T, clip []byte) (pictures int, sound bool) {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "error", "-i", "pipe:0", "-map", "0:v", "-map", "0:a?", "-f", "framecrc", "-")
	cmd.Stdin = bytes.NewReader(clip)
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("the evidence does not play: %v", err)
	}
	return strings.Count(string(out), "\n0,"), strings.Contains(string(out), "\n1,")
}

// Streams in the codecs of the web are watched as others are, with their end as
// evidence.
func TestCodecs(t *testing.T) {
	t.Parallel()
	vpx := []string{"-deadline", "realtime", "-cpu-used", "8", "-g", "15", "-b:v", "800k", "-c:a", "libopus"}
	for name, args := range map[string][]string{
		"vp8.webm": append([]string{"-c:v", "libvpx"}, vpx...),
		"vp9.webm": append([]string{"-c:v", "libvpx-vp9"}, vpx...),
		"av1.mkv":  {"-c:v", "libsvtav1", "-preset", "10", "-g", "15", "-c:a", "libopus"},
		"hevc.ts":  {"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=15:log-level=error", "-c:a", "aac"},
		"av1.mp4":  {"-c:v", "libsvtav1", "-preset", "10", "-g", "15", "-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withFFmpeg(t, nil)
			d := pushFile(t, w, "push:realtime", encoded(t, name, args...))
			m := marksOf(d, live.MarkMatch)
			if len(m) != 1 || m[0].Item == "" || m[0].Frames < 2 || d.Frames < 8 || d.Frames > 25 {
				t.Fatalf("%d frames, %+v", d.Frames, d.Marks)
			}
			if n, sound := plays(t, w.kept.ofItem(m[0].Item)); n < 30 || !sound {
				t.Errorf("%d pictures are in the evidence, sound %v", n, sound)
			}
		})
	}
}

// A stream that lies at an address without a playlist is watched, too, in any codec.
func TestWebMOverHTTP(t *testing.T) {
	t.Parallel()
	path := encoded(t, "film.webm", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "15", "-b:v", "800k", "-c:a", "libopus")
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "video/webm")
		cmd := exec.CommandContext(r.Context(), "ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "3", "-i", path, "-c", "copy", "-f", "webm", "-live", "1", "pipe:1")
		cmd.Stdout = rw
		_ = cmd.Run() // who asked has gone
	}))
	t.Cleanup(srv.Close)
	w := withFFmpeg(t, nil)
	watch := w.start(t, live.New{Source: srv.URL + "/live.webm", Account: "host"})
	d := w.until(t, watch.ID, "the scene", isFound)
	if d.Kind != live.KindHLS || d.Band != jaga.BandUrgent {
		t.Errorf("%+v", d.Watch)
	}
	if err := w.live.Stop(t.Context(), "key:1", watch.ID); err != nil {
		t.Fatal(err)
	}
}

// A codec that nothing here knows is refused with that reason.
func TestCodecThatIsNotSupported(t *testing.T) {
	t.Parallel()
	path := encoded(t, "film.webm", "-c:v", "libvpx", "-deadline", "realtime", "-an", "-t", "1")
	film, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := withFFmpeg(t, nil)
	watch := w.start(t, live.New{Source: "push"})
	err = w.live.Push(t.Context(), watch.ID, bytes.NewReader(bytes.Replace(film, []byte("V_VP8"), []byte("V_XX0"), 1)))
	if jaga.CodeOf(err) != jaga.CodeInvalid || !strings.Contains(err.Error(), "the codec is not supported") {
		t.Errorf("it was watched: %v", err)
	}
	if d := w.get(t, watch.ID); d.Outcome != jaga.StateNotChecked || d.Why != "the codec is not supported" {
		t.Errorf("%+v", d.Watch)
	}
}
