package media

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/testsound"
)

// wav writes the sound to a file and returns its path.
func wav(t *testing.T, samples []float64, rate int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.wav")
	if err := os.WriteFile(path, testsound.WAV(testsound.Samples(samples), rate, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// wordsOf returns the words of what was measured, and its signal.
func wordsOf(t *testing.T, m Measured) ([]uint32, jaga.Signal) {
	t.Helper()
	for _, s := range m.Signals {
		if s.Type == jaga.Chromaprint {
			words, err := chroma.Decode(s.Words)
			if err != nil {
				t.Fatal(err)
			}
			return words, s
		}
	}
	return nil, jaga.Signal{}
}

// differing is the part of bits in which two rows of words differ, at their best
// alignment within a few words.
func differing(a, b []uint32) float64 {
	best := 1.0
	for shift := -2; shift <= 2; shift++ {
		n, sum := 0, 0
		for i := range a {
			if k := i + shift; k >= 0 && k < len(b) {
				n++
				sum += bits.OnesCount32(a[i] ^ b[k])
			}
		}
		if n > len(a)/2 {
			best = min(best, float64(sum)/float64(32*n))
		}
	}
	return best
}

// TestMeasureSound: sound of every common kind has nearly the same words, alone
// and as the track of a film.
func TestMeasureSound(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 2)
	in := wav(t, testsound.Music(3, 44100, 12), 44100)
	m := measuredFile(t, d, in, Options{})
	want, signal := wordsOf(t, m)
	if m.Type != "audio/wav" || len(m.Skipped) != 0 || len(m.Signals) != 4 || signal.Quality < chroma.MinDetail || m.Sound == nil || m.Sound.Rate != 44100 || m.Film != nil || !m.Hashed() || len(want) < 70 {
		t.Fatalf("%+v, %d words, sound %+v", m, len(want), m.Sound)
	}
	pictures := []string{"-f", "lavfi", "-i", "testsrc=s=160x120:r=10:d=12", "-i", in}
	for name, args := range map[string][]string{
		"x.mp3": {"-i", in, "-b:a", "64k"}, "x.opus": {"-i", in, "-c:a", "libopus", "-b:a", "32k"}, "x.ogg": {"-i", in, "-c:a", "libvorbis"},
		"x.flac": {"-i", in}, "x.m4a": {"-i", in, "-c:a", "aac"}, "x.aac": {"-i", in, "-c:a", "aac"},
		"film.mp4":  append(slices.Clone(pictures), "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"),
		"film.webm": append(slices.Clone(pictures), "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
		"film.ts":   append(slices.Clone(pictures), "-c:v", "mpeg2video", "-c:a", "mp2"),
		"alone.mp4": {"-i", in, "-c:a", "aac"}, // a film without pictures
	} {
		m := measuredFile(t, d, film(t, name, args...), Options{})
		got, signal := wordsOf(t, m)
		if part := differing(want, got); part > 0.06 || signal.Quality < chroma.MinDetail || len(m.Skipped) != 0 || signal.Value == "" {
			t.Errorf("%s: %d words, %.1f %% of bits differ, skipped %+v", name, len(got), 100*part, m.Skipped)
		}
		if isFilm := strings.HasPrefix(name, "film."); (m.Film != nil) != isFilm || len(hashedFrames(t, m)) > 0 != isFilm {
			t.Errorf("%s: a film %v, %d frames", name, m.Film != nil, len(hashedFrames(t, m)))
		}
		if bare, _ := wordsOf(t, m.WithoutTrack()); (len(bare) == 0) != (m.Film != nil) {
			t.Errorf("%s without its track has %d words", name, len(bare))
		}
	}
}

func measuredFile(t *testing.T, d *Decoder, path string, opts Options) Measured {
	t.Helper()
	m, err := d.Measure(t.Context(), open(t, path), opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func whyOf(m Measured, d jaga.Detector) (out []jaga.Why) {
	for _, s := range m.Skipped {
		if s.Detector == d {
			out = append(out, s.Why)
		}
	}
	return out
}

// TestMeasureSoundNotChecked: what cannot be compared says so, and a film's
// pictures and sound stand without each other.
func TestMeasureSoundNotChecked(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 2)
	music := wav(t, testsound.Music(4, 22050, 8), 22050)
	film8 := film(t, "a.mp4", "-f", "lavfi", "-i", "testsrc=s=160x120:r=10:d=8", "-i", music, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
	data, err := os.ReadFile(film8)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := func(words ...string) Measured {
		bad := data
		for i := 0; i < len(words); i += 2 {
			if !bytes.Contains(bad, []byte(words[i])) {
				t.Fatalf("there is no %s", words[i])
			}
			bad = bytes.ReplaceAll(bad, []byte(words[i]), []byte(words[i+1]))
		}
		return measured(t, d, bad, Options{})
	}
	short := NewDecoder(DefaultLimits(), 2)
	short.mostSound = 6 * time.Second
	for _, c := range []struct {
		name   string
		m      Measured
		why    []jaga.Why // of the sound
		words  bool
		frames bool
	}{
		{"silence", measuredFile(t, d, wav(t, make([]float64, 10*11025), 11025), Options{}), []jaga.Why{jaga.WhyLowQuality}, true, false},
		{"a tone", measuredFile(t, d, wav(t, testsound.Tone(440, 11025, 10), 11025), Options{}), []jaga.Why{jaga.WhyLowQuality}, true, false},
		{"three seconds", measuredFile(t, d, wav(t, testsound.Music(1, 11025, 3), 11025), Options{}), []jaga.Why{jaga.WhyLowQuality}, true, false},
		{"a moment", measuredFile(t, d, wav(t, testsound.Music(1, 11025, 0.5), 11025), Options{}), []jaga.Why{jaga.WhyLowQuality}, false, false},
		{"too long", measuredFile(t, short, music, Options{}), []jaga.Why{jaga.WhyTooBig}, true, false},
		{"two tracks", measuredFile(t, d, film(t, "b.mka", "-i", music, "-i", music, "-map", "0", "-map", "1", "-c:a", "flac"), Options{}), []jaga.Why{jaga.WhyUnsupported}, true, false},
		{"a film whose sound nobody decodes", spoilt("mp4a", "xyza", "esds", "xyzd"), []jaga.Why{jaga.WhyUnsupported}, false, true},
		{"a film whose pictures nobody decodes", spoilt("avc1", "xyz1"), nil, true, false},
		{"a film with nobody to hear it", measuredFile(t, d, film8, Options{Deaf: true}), []jaga.Why{jaga.WhyNoBanks}, false, true},
		{"not even sound", measured(t, d, append([]byte("fLaC"), make([]byte, 3000)...), Options{}), []jaga.Why{jaga.WhyDamaged}, false, false},
	} {
		words, _ := wordsOf(t, c.m)
		if got := whyOf(c.m, jaga.DetectorSound); !slices.Equal(got, c.why) || (len(words) > 0) != c.words || len(hashedFrames(t, c.m)) > 0 != c.frames {
			t.Errorf("%s: %v, %d words, %d frames: %+v", c.name, got, len(words), len(hashedFrames(t, c.m)), c.m.Skipped)
		}
	}
	if got := whyOf(spoilt("avc1", "xyz1"), jaga.DetectorVPDQ); len(got) == 0 {
		t.Errorf("pictures nobody decodes: %v", got)
	}
}

// TestMeasureHeard: the listener is given the sound that the words are of, also
// where the file goes by as a stream and both decoders read it at once.
func TestMeasureHeard(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 2)
	music := wav(t, testsound.Music(5, 44100, 40), 44100)
	path := film(t, "big.mkv", "-f", "lavfi", "-i", "nullsrc=s=640x360:r=10:d=40,geq=random(1)*255:128:128", "-i", music, "-c:v", "mjpeg", "-q:v", "2", "-c:a", "pcm_s16le")
	data, err := os.ReadFile(path)
	if err != nil || len(data) < 2*headBytes {
		t.Fatal(len(data), err)
	}
	var want []uint32
	for name, r := range map[string]io.Reader{"a file": open(t, path), "a stream": onlyReader{bytes.NewReader(data)}} {
		var heard []int16
		m, err := d.Measure(t.Context(), r, Options{Hear: func(s []int16) { heard = append(heard, s...) }})
		if err != nil {
			t.Fatal(err)
		}
		words, _ := wordsOf(t, m)
		if want == nil {
			want = words
		}
		if !slices.Equal(chroma.Fingerprint(heard), words) || !slices.Equal(words, want) || math.Abs(float64(len(heard))/chroma.Rate-40) > 0.2 || len(hashedFrames(t, m)) != 40 || len(m.Skipped) != 0 || m.Bytes != int64(len(data)) {
			t.Errorf("%s: %d samples, %d words, %d frames, %+v", name, len(heard), len(words), len(hashedFrames(t, m)), m.Skipped)
		}
	}
}

// BenchmarkMeasureFilm is what measuring a film of half a minute takes without its
// sound, with it, and with a bank that has sound, in one run.
func BenchmarkMeasureFilm(b *testing.B) {
	const length = 30
	in := filepath.Join(b.TempDir(), "in.wav")
	if err := os.WriteFile(in, testsound.WAV(testsound.Samples(testsound.Music(6, 44100, length)), 44100, 1), 0o600); err != nil {
		b.Fatal(err)
	}
	path := film(b, "x.mp4", "-f", "lavfi", "-i", fmt.Sprintf("testsrc2=s=1280x720:r=25:d=%d", length), "-i", in, "-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac")
	d := NewDecoder(DefaultLimits(), 1)
	set := chroma.NewSet(nil)
	if err := set.Insert(1, chroma.Fingerprint(testsound.Samples(testsound.Music(7, chroma.Rate, 60)))); err != nil {
		b.Fatal(err)
	}
	measure := func(o Options) time.Duration {
		start := time.Now()
		if _, err := d.Measure(b.Context(), open(b, path), o); err != nil {
			b.Fatal(err)
		}
		return time.Since(start)
	}
	var deaf, words, heard time.Duration
	for b.Loop() {
		deaf += measure(Options{Deaf: true})
		words += measure(Options{})
		l := set.Listen()
		heard += measure(Options{Hear: l.Write})
		start := time.Now()
		l.Flush()
		heard += time.Since(start)
	}
	b.ReportMetric(float64(words)/float64(deaf), "x-with-words")
	b.ReportMetric(float64(heard)/float64(deaf), "x-with-ear")
}
