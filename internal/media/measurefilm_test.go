package media

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

func hashedFrames(t testing.TB, m Measured) vpdq.Video {
	t.Helper()
	for _, s := range m.Signals {
		if s.Type == jaga.VPDQ {
			v, err := vpdq.ParseBinary([]byte(s.Frames))
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	return nil
}

// TestMeasureFilm: a film's hashes are those of the file however it comes, and
// the exact hashes those of all its bytes.
func TestMeasureFilm(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 2)
	path := film(t, "a.mp4", card(4, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")...)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := md5.Sum(data)
	var want vpdq.Video
	for name, r := range map[string]io.Reader{"a file": open(t, path), "a stream": onlyReader{bytes.NewReader(data)}} {
		m, err := d.Measure(t.Context(), r, Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := hashedFrames(t, m)
		if want == nil {
			want = got
		}
		if len(got) != 4 || !slices.Equal(got, want) || got[3].At != 3 || got[3].Frame != 75 {
			t.Errorf("%s: frames %+v", name, got)
		}
		if m.Type != "video/mp4" || m.Bytes != int64(len(data)) || m.Signals[0].Value != hex.EncodeToString(sum[:]) || m.Width != 320 || m.Film == nil || m.Film.Rate != 25 {
			t.Errorf("%s: %+v", name, m)
		}
		if len(whyOf(m, jaga.DetectorVPDQ)) != 0 || len(whyOf(m, jaga.DetectorSound)) != 1 { // four seconds of a tone
			t.Errorf("%s: skipped %+v", name, m.Skipped)
		}
	}
	m, err := d.Measure(t.Context(), bytes.NewReader(data), Options{Every: -1})
	if err != nil {
		t.Fatal(err)
	}
	every := hashedFrames(t, m)
	if len(every) != 100 {
		t.Fatalf("%d frames, want all", len(every))
	}
	for i, f := range want {
		if d := f.Hash.Distance(every[25*i].Hash); d > 8 {
			t.Errorf("second %d: luma is %d bits away from colour", i, d)
		}
	}
	cut, err := d.Measure(t.Context(), bytes.NewReader(data[:len(data)/2]), Options{})
	if err != nil || len(cut.Skipped) == 0 || cut.Bytes != int64(len(data)/2) {
		t.Errorf("half a film: %+v, error %v", cut.Skipped, err)
	}
	black := film(t, "b.mkv", "-f", "lavfi", "-i", "color=black:s=160x120:r=10:d=2", "-c:v", "libx264", "-preset", "ultrafast")
	if m, err = d.Measure(t.Context(), open(t, black), Options{}); err != nil || len(m.Skipped) != 1 || m.Skipped[0].Why != jaga.WhyLowQuality || m.Skipped[0].Detector != jaga.DetectorVPDQ {
		t.Errorf("a black film: %+v, error %v", m.Skipped, err)
	}
}

// TestLumaIsNearColours: what is left out when every frame is hashed moves hashes by
// some bits, and does not add up from frame to frame.
func TestLumaIsNearColours(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 2)
	for _, codec := range []string{"libx264", "libx265"} {
		// Few bits, so that there are edges to smooth, and one key frame.
		path := film(t, codec+".mp4", "-f", "lavfi", "-i", "mandelbrot=s=640x360:r=25", "-t", "8",
			"-pix_fmt", "yuv420p", "-c:v", codec, "-b:v", "150k", "-g", "1000", "-threads", "2")
		var hashes [2][]pdq.Result
		for i, o := range []FrameOptions{{Precise: true}, {Luma: true}} {
			facts, err := d.Frames(t.Context(), Source{File: open(t, path)}, o, func(f Frame) error {
				r, err := pdq.Sum(f.Pixels)
				hashes[i] = append(hashes[i], r)
				return err
			})
			if err != nil || len(facts.Gaps) > 0 || len(hashes[i]) != 200 {
				t.Fatal(codec, err, facts.Gaps, len(hashes[i]))
			}
		}
		var far []int
		for k, r := range hashes[0] {
			if r.Quality >= pdq.MinQuality {
				far = append(far, r.Hash.Distance(hashes[1][k].Hash))
			}
		}
		slices.Sort(far)
		t.Logf("%s: %d frames, half within %d bits, all within %d", codec, len(far), far[len(far)/2], far[len(far)-1])
		if len(far) < 150 || far[len(far)/2] > 2 || far[len(far)-1] > 8 {
			t.Errorf("%s: %d frames, half within %d bits, all within %d", codec, len(far), far[len(far)/2], far[len(far)-1])
		}
	}
}

// TestPublishedFilms hashes the reference's sample films, where they stand beside
// the repository (or where JAGA_VPDQ_VECTORS says), and compares every frame with
// the reference's list. The numbers are those of docs/video.md for ffmpeg 5.1.
func TestPublishedFilms(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("JAGA_VPDQ_VECTORS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data", "vpdq")
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.mp4"))
	if len(names) == 0 {
		t.Skip("the reference's films are not here; set JAGA_VPDQ_VECTORS")
	}
	d := NewDecoder(DefaultLimits(), 2)
	for _, name := range names {
		list, err := os.Open(name[:len(name)-4] + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		want, err := vpdq.ParseText(list)
		list.Close()
		if err != nil {
			t.Fatal(err)
		}
		for how, o := range map[string]FrameOptions{"accurate": {Precise: true}, "luma": {Luma: true}, "colour": {}} {
			h := vpdq.NewHasher(1)
			facts, err := d.Frames(t.Context(), Source{File: open(t, name)}, o, func(f Frame) error { return h.Add(f.Number, f.At, f.Pixels) })
			if err != nil || len(facts.Gaps) > 0 {
				t.Fatal(err, facts.Gaps)
			}
			got := h.Video()
			if len(got) != len(want) {
				t.Fatalf("%s: %d frames, want %d", filepath.Base(name), len(got), len(want))
			}
			equal, near, most := 0, 0, 0
			used, usedMost := 0, 0 // of frames that are compared at all
			for i, f := range got {
				bits := f.Hash.Distance(want[i].Hash)
				if f.Frame != want[i].Frame || f.At < want[i].At-0.0006 || f.At > want[i].At+0.0006 {
					t.Fatalf("frame %d is %d at %f, want %d at %f", i, f.Frame, f.At, want[i].Frame, want[i].At)
				}
				most = max(most, bits)
				if bits == 0 {
					equal++
				}
				if bits <= 31 {
					near++
				}
				if want[i].Quality >= pdq.MinQuality {
					used, usedMost = used+1, max(usedMost, bits)
				}
			}
			t.Logf("%s, %s: %d of %d equal, %d within 31 bits, at most %d bits, and %d of the %d that are compared", filepath.Base(name), how, equal, len(want), near, most, usedMost, used)
			// A frame of next to no detail has a hash of noise, and is never compared.
			if how != "colour" && usedMost > 16 {
				t.Errorf("%s, %s: a frame that is compared is %d bits away", filepath.Base(name), how, usedMost)
			}
			if how == "accurate" && (4*equal < 3*len(want) || most > 8) {
				t.Errorf("%s: %d of %d equal, at most %d bits", filepath.Base(name), equal, len(want), most)
			}
		}
	}
}
