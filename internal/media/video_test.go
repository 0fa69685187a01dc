package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/pdq"
)

// film makes a video with ffmpeg: a test picture that changes, and a tone. The
// arguments come before the name of the file, of which name gives the ending.
func film(t testing.TB, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	make := exec.Command(need.Tool(t, "ffmpeg"), append(append([]string{"-v", "error", "-nostdin", "-y"}, args...), path)...)
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return path
}

// card are arguments for so many seconds of 25 pictures and a tone.
func card(seconds int, more ...string) []string {
	return append([]string{"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=s=320x240:r=25:d=%d", seconds),
		"-f", "lavfi", "-i", fmt.Sprintf("sine=f=440:r=44100:d=%d", seconds), "-threads", "2"}, more...)
}

func open(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// seen is a frame as the tests keep it.
type seen struct {
	k    int
	at   time.Duration
	w, h int
	sum  uint32
}

func look(t testing.TB, d *Decoder, s Source, o FrameOptions) ([]seen, VideoFacts, error) {
	t.Helper()
	var all []seen
	facts, err := d.Frames(t.Context(), s, o, func(f Frame) error {
		all = append(all, seen{f.Number, f.At, f.Pixels.Width, f.Pixels.Height, crc32.ChecksumIEEE(f.Pixels.Pix)})
		return nil
	})
	return all, facts, err
}

// onlyReader hides everything but Read.
type onlyReader struct{ io.Reader }

func TestFramesOfEverySource(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 2)
	end := film(t, "end.mp4", card(2, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")...)
	data, err := os.ReadFile(end)
	if err != nil {
		t.Fatal(err)
	}
	if streamable(data) {
		t.Fatal("the index is at the beginning, so the test tests nothing")
	}
	want, facts, err := look(t, d, Source{File: open(t, end)}, FrameOptions{})
	if err != nil || len(want) != 50 || len(facts.Gaps) > 0 {
		t.Fatalf("%d frames, %+v, %v", len(want), facts, err)
	}
	if facts.Width != 320 || facts.Height != 240 || facts.Rate != 25 || facts.Codec != "h264" || facts.Container != "mov" || !facts.Sound || facts.Duration != 2*time.Second || facts.Frames != 50 {
		t.Errorf("facts %+v", facts)
	}
	for i, f := range want {
		if f.k != i || f.at != time.Duration(i)*40*time.Millisecond {
			t.Errorf("frame %d is %+v", i, f)
		}
	}
	for name, s := range map[string]Source{
		"at":          {At: bytes.NewReader(data), Size: int64(len(data))},
		"reader":      {Reader: onlyReader{bytes.NewReader(data)}},
		"slow reader": {Reader: iotest.OneByteReader(bytes.NewReader(data))},
	} {
		got, _, err := look(t, d, s, FrameOptions{})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %d frames, %v", name, len(got), err)
		}
	}
	// Longer than the head: kept on the disk.
	kept, err := newSpool(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	if got, _, err := look(t, d, Source{At: kept, Size: kept.size}, FrameOptions{}); err != nil || !slices.Equal(got, want) {
		t.Errorf("kept: %d frames, %v", len(got), err)
	}
}

func TestFramesChosen(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	f := open(t, film(t, "x.mkv", card(3, "-c:v", "libx264", "-preset", "ultrafast", "-an")...))
	all, _, err := look(t, d, Source{File: f}, FrameOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, facts, err := look(t, d, Source{File: f}, FrameOptions{Every: time.Second})
	if err != nil || len(got) != 3 || facts.Frames != 75 || facts.Sound {
		t.Fatalf("%+v, %+v, %v", got, facts, err)
	}
	for i, g := range got {
		if g != all[25*i] {
			t.Errorf("%+v is not %+v", g, all[25*i])
		}
	}
	if got, _, err := look(t, d, Source{File: f}, FrameOptions{MaxFrames: 7}); err != nil || !slices.Equal(got, all[:7]) {
		t.Errorf("at most 7: %d, %v", len(got), err)
	}
	if got, _, err := look(t, d, Source{File: f}, FrameOptions{Side: 128, Every: time.Second}); err != nil || len(got) != 3 || got[0].w != 128 || got[0].h != 128 {
		t.Errorf("to a square: %+v, %v", got, err)
	}
}

func TestFramesStops(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	f := open(t, film(t, "x.mp4", card(4, "-c:v", "mpeg4", "-an")...))
	mine := errors.New("enough")
	n := 0
	if _, err := d.Frames(t.Context(), Source{File: f}, FrameOptions{}, func(Frame) error {
		if n++; n == 3 {
			return mine
		}
		return nil
	}); !errors.Is(err, mine) || n != 3 {
		t.Errorf("after %d frames: %v", n, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := d.Frames(ctx, Source{File: f}, FrameOptions{}, func(Frame) error { cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// The place is free again.
	if _, _, err := look(t, d, Source{File: f}, FrameOptions{MaxFrames: 1}); err != nil {
		t.Error(err)
	}
}

// TestFramesGaps: what is damaged in the middle or missing at the end is told with
// its time.
func TestFramesGaps(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	path := film(t, "x.mp4", card(8, "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-an", "-movflags", "+faststart")...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	bad := slices.Clone(data)
	for i := len(bad) * 50 / 100; i < len(bad)*55/100; i++ {
		bad[i] ^= 0x5a
	}
	_, facts, err := look(t, d, Source{At: bytes.NewReader(bad), Size: int64(len(bad))}, FrameOptions{})
	if err != nil || len(facts.Gaps) == 0 {
		t.Fatalf("%+v, %v", facts, err)
	}
	if g := facts.Gaps[0]; g.From < 2*time.Second || g.To > 7*time.Second || g.To < g.From {
		t.Errorf("the gap is %+v", g)
	}
	cut := data[:len(data)*60/100]
	_, facts, err = look(t, d, Source{At: bytes.NewReader(cut), Size: int64(len(cut))}, FrameOptions{})
	if err != nil || len(facts.Gaps) == 0 {
		t.Fatalf("%+v, %v", facts, err)
	}
	if g := facts.Gaps[len(facts.Gaps)-1]; g.To != 8*time.Second || g.From < 3*time.Second || g.From > 6*time.Second {
		t.Errorf("the end is %+v", facts.Gaps)
	}
}

func TestFramesNotChecked(t *testing.T) {
	t.Parallel()
	need.Tool(t, "ffmpeg")
	d := NewDecoder(DefaultLimits(), 1)
	for name, data := range map[string]string{
		"nothing":      "",
		"text":         "this is no film",
		"a playlist":   "#EXTM3U\nhttp://127.0.0.1/x.ts\n",
		"an empty mp4": "\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
		"a stub":       "\x1aE\xdf\xa3 and nothing else",
	} {
		_, err := d.Frames(t.Context(), Source{Reader: strings.NewReader(data)}, FrameOptions{}, func(Frame) error {
			t.Errorf("%s: a frame", name)
			return nil
		})
		if not := (*NotChecked)(nil); !errors.As(err, &not) {
			t.Errorf("%s: %v", name, err)
		}
	}
	small := DefaultLimits()
	small.Pixels = 320*240 - 1
	f := open(t, film(t, "x.mp4", card(1, "-c:v", "mpeg4", "-an")...))
	if _, _, err := look(t, NewDecoder(small, 1), Source{File: f}, FrameOptions{}); err == nil || !strings.Contains(err.Error(), "too_many_pixels") {
		t.Errorf("too large: %v", err)
	}
	brief := NewDecoder(DefaultLimits(), 1)
	brief.Use(Tools{Time: 30 * time.Millisecond})
	if _, _, err := look(t, brief, Source{File: f}, FrameOptions{}); err == nil || !strings.Contains(err.Error(), "timeout") {
		t.Errorf("too long: %v", err)
	}
	gone := NewDecoder(DefaultLimits(), 1)
	gone.Use(Tools{FFmpeg: "/not/there/ffmpeg"})
	if _, _, err := look(t, gone, Source{File: f}, FrameOptions{}); err == nil || !strings.Contains(err.Error(), "unsupported") {
		t.Errorf("without ffmpeg: %v", err)
	}
}

func TestSound(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	f := open(t, film(t, "x.mp4", card(3, "-c:v", "mpeg4", "-c:a", "aac")...))
	var n, crossings int
	var before int16
	facts, err := d.Sound(t.Context(), Source{File: f}, 11025, func(s []int16) error {
		n += len(s)
		for _, v := range s {
			if before < 0 && v >= 0 {
				crossings++
			}
			before = v
		}
		return nil
	})
	if err != nil || facts.Rate != 44100 || facts.Channels != 1 || facts.Codec != "aac" || facts.Damaged {
		t.Fatalf("%+v, %v", facts, err)
	}
	if math.Abs(float64(n)-3*11025) > 2000 || math.Abs(float64(crossings)-3*440) > 15 {
		t.Errorf("%d samples, %d waves", n, crossings)
	}
	mine := errors.New("enough")
	if _, err := d.Sound(t.Context(), Source{File: f}, 11025, func([]int16) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("got %v", err)
	}
	silent := open(t, film(t, "y.mp4", card(1, "-c:v", "mpeg4", "-an")...))
	if not := (*NotChecked)(nil); true {
		if _, err := d.Sound(t.Context(), Source{File: silent}, 11025, func([]int16) error { return nil }); !errors.As(err, &not) {
			t.Errorf("without sound: %v", err)
		}
	}
}

// BenchmarkFrames is what handing over every frame costs beside ffmpeg's own
// decoding of the same file to the same format, in one run.
func BenchmarkFrames(b *testing.B) {
	path := film(b, "x.mp4", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=20", "-c:v", "libx264", "-preset", "veryfast", "-an")
	d := NewDecoder(DefaultLimits(), 1)
	d.Use(Tools{Threads: 2})
	ffmpeg := need.Tool(b, "ffmpeg")
	alone := each(func() {
		if err := exec.Command(ffmpeg, "-v", "error", "-nostdin", "-threads", "2", "-i", path, "-f", "null", "-").Run(); err != nil {
			b.Fatal(err)
		}
	})
	for b.Loop() {
		if _, err := d.Frames(b.Context(), Source{File: open(b, path)}, FrameOptions{}, func(f Frame) error {
			_, err := pdq.Sum(f.Pixels)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(alone), "x-ffmpeg-alone")
}
