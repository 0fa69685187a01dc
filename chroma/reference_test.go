package chroma

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/testsound"
)

// sounds are those of the conformance table of docs/audio.md.
func sounds(rate int) map[string][]float64 {
	m := map[string][]float64{
		"tone 440 Hz":        testsound.Tone(440, rate, 15),
		"tone 27 Hz":         testsound.Tone(27, rate, 8),
		"sweep up":           testsound.Sweep(30, 4000, rate, 30),
		"sweep down":         testsound.Sweep(3000, 100, rate, 12),
		"noise":              testsound.Noise(1, rate, 60),
		"noise, hardly any":  testsound.Bits(testsound.Noise(2, rate, 20), 3),
		"silence":            make([]float64, 10*rate),
		"music":              testsound.Music(1, rate, 120),
		"music, other":       testsound.Music(2, rate, 60),
		"music, clipped":     testsound.Mix(testsound.Music(3, rate, 40), testsound.Music(3, rate, 40), -14),
		"speech":             testsound.Speech(1, rate, 120),
		"speech, other":      testsound.Speech(2, rate, 60),
		"speech in noise":    testsound.Mix(testsound.Speech(3, rate, 40), testsound.Noise(3, rate, 40), 3),
		"speech over music":  testsound.Mix(testsound.Speech(4, rate, 40), testsound.Music(4, rate, 40), 6),
		"speech from nought": append(make([]float64, 5*rate), testsound.Speech(5, rate, 15)...),
	}
	return m
}

// fpcalc returns what the reference tool prints for a file, raw and compressed.
func fpcalc(t testing.TB, path string) (raw []uint32, text string) {
	t.Helper()
	tool := need.Tool(t, "fpcalc")
	run := func(arg ...string) string {
		// Some builds end with status 3 after complaining about the end of the
		// file; what they printed is whole.
		out, err := exec.Command(tool, append(arg, "-length", "0", path)...).Output()
		if err != nil && len(out) == 0 {
			t.Fatal(err)
		}
		_, after, found := strings.Cut(string(out), "FINGERPRINT=")
		if !found {
			t.Fatalf("fpcalc said %q", out)
		}
		return strings.TrimSpace(after)
	}
	for f := range strings.SplitSeq(run("-raw"), ",") {
		v, err := strconv.ParseUint(f, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, uint32(v))
	}
	return raw, run()
}

func differing(a, b []uint32) (n int) {
	for i := range min(len(a), len(b)) {
		n += bits.OnesCount32(a[i] ^ b[i])
	}
	return n
}

// TestReference: our words are those of fpcalc, bit by bit, for every sound
// that is generated here, and so is the compressed text.
func TestReference(t *testing.T) {
	dir := t.TempDir()
	total := 0
	for name, x := range sounds(Rate) {
		samples := testsound.Samples(x)
		path := filepath.Join(dir, "a.wav")
		if err := os.WriteFile(path, testsound.WAV(samples, Rate, 1), 0o600); err != nil {
			t.Fatal(err)
		}
		raw, text := fpcalc(t, path)
		got := Fingerprint(samples)
		total += len(raw)
		if len(got) != len(raw) {
			t.Errorf("%s: %d words, fpcalc has %d", name, len(got), len(raw))
			continue
		}
		if n := differing(got, raw); n != 0 {
			t.Errorf("%s: %d of %d bits differ from fpcalc's", name, n, 32*len(raw))
			continue
		}
		if enc, err := Encode(got); err != nil || enc != text {
			t.Errorf("%s: compressed text %.40q (%v), fpcalc's is %.40q", name, enc, err, text)
		}
		if dec, err := Decode(text); err != nil || !slices.Equal(dec, raw) {
			t.Errorf("%s: fpcalc's text does not decode to its words: %v", name, err)
		}
	}
	t.Logf("%d words", total)
}

// TestReferenceMuxer: the muxer of ffmpeg writes the same words.
func TestReferenceMuxer(t *testing.T) {
	ffmpeg := need.Tool(t, "ffmpeg")
	samples := testsound.Samples(testsound.Music(7, Rate, 30))
	cmd := exec.Command(ffmpeg, "-v", "error", "-i", "pipe:0", "-f", "chromaprint", "-fp_format", "raw", "pipe:1")
	cmd.Stdin = bytes.NewReader(testsound.WAV(samples, Rate, 1))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	words := make([]uint32, len(out)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(out[4*i:])
	}
	if got := Fingerprint(samples); !slices.Equal(got, words) {
		t.Errorf("%d of %d bits differ from ffmpeg's (%d and %d words)", differing(got, words), 32*len(words), len(got), len(words))
	}
}

// TestReferenceRates: what fpcalc makes of sound of other rates and channels,
// which it mixes and resamples itself, is near what comes out when ffmpeg does
// both. The table in docs/audio.md is printed with -v.
func TestReferenceRates(t *testing.T) {
	ffmpeg := need.Tool(t, "ffmpeg")
	dir := t.TempDir()
	for _, c := range []struct{ rate, channels int }{{8000, 1}, {16000, 1}, {22050, 2}, {44100, 2}, {48000, 2}, {48000, 6}} {
		var differ, all int
		for _, x := range [][]float64{testsound.Music(1, c.rate, 30), testsound.Speech(1, c.rate, 30)} {
			mono := testsound.Samples(x)
			samples := make([]int16, 0, len(mono)*c.channels)
			for _, s := range mono {
				for range c.channels {
					samples = append(samples, s)
				}
			}
			path := filepath.Join(dir, "a.wav")
			if err := os.WriteFile(path, testsound.WAV(samples, c.rate, c.channels), 0o600); err != nil {
				t.Fatal(err)
			}
			raw, _ := fpcalc(t, path)
			got := Fingerprint(decode(t, ffmpeg, path))
			if d := len(got) - len(raw); d < -1 || d > 1 {
				t.Errorf("%d Hz, %d channels: %d words, fpcalc has %d", c.rate, c.channels, len(got), len(raw))
			}
			differ += differing(got, raw)
			all += 32 * min(len(got), len(raw))
		}
		part := float64(differ) / float64(all)
		t.Logf("%d Hz, %d channels: %d of %d bits differ, %.3f %%", c.rate, c.channels, differ, all, 100*part)
		if part > 0.02 {
			t.Errorf("%d Hz, %d channels: %.2f %% of the bits differ from fpcalc's, more than 2", c.rate, c.channels, 100*part)
		}
	}
}

// decode lets ffmpeg make mono samples of our rate of any file.
func decode(t testing.TB, ffmpeg, path string, arg ...string) []int16 {
	t.Helper()
	arg = append(append([]string{"-v", "error", "-i", path}, arg...), "-ac", "1", "-ar", strconv.Itoa(Rate), "-f", "s16le", "pipe:1")
	out, err := exec.Command(ffmpeg, arg...).Output()
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]int16, len(out)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(out[2*i:]))
	}
	return samples
}
