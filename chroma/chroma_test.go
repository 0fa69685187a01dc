package chroma

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/testsound"
)

// TestWriterPieces: how the sound is cut into pieces changes nothing, and what
// is taken away in between goes on where it was.
func TestWriterPieces(t *testing.T) {
	t.Parallel()
	samples := testsound.Samples(testsound.Music(11, Rate, 20))
	want := Fingerprint(samples)
	if len(want) != Words(len(samples)) {
		t.Fatalf("%d words, Words says %d", len(want), Words(len(samples)))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, largest := range []int{1000, Hop, frameSize, 10000, len(samples)} {
		var w Writer
		w.Write(testsound.Samples(testsound.Noise(1, Rate, 3))) // to be forgotten
		w.Reset()
		var got []uint32
		for rest := samples; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(largest))
			w.Write(rest[:n])
			rest = rest[n:]
			if r.IntN(3) == 0 {
				got = append(got, w.Take()...)
			}
		}
		if got = append(got, w.Take()...); !slices.Equal(got, want) {
			t.Errorf("pieces of up to %d samples: other words", largest)
		}
	}
}

// TestWordsExcerpt: the words of a part that begins on a hop are those of the
// whole; a fingerprint does not depend on what came before.
func TestWordsExcerpt(t *testing.T) {
	t.Parallel()
	samples := testsound.Samples(testsound.Speech(11, Rate, 20))
	whole := Fingerprint(samples)
	part := Fingerprint(samples[30*Hop : 30*Hop+8*Rate])
	if !slices.Equal(part, whole[30:30+len(part)]) {
		t.Error("the words of a part are not those of the whole")
	}
}

func TestWordsOfLittle(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, frameSize, Span - 1} {
		if got := Fingerprint(make([]int16, n)); len(got) != 0 || Words(n) != 0 {
			t.Errorf("%d samples have %d words, Words says %d", n, len(got), Words(n))
		}
	}
	if got := Fingerprint(make([]int16, Span)); len(got) != 1 {
		t.Errorf("%d samples have %d words", Span, len(got))
	}
}

func TestEncodeLimits(t *testing.T) {
	t.Parallel()
	if _, err := Encode(make([]uint32, MaxWords+1)); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("too many words: %v", err)
	}
	for name, text := range map[string]string{
		"empty":             "",
		"not base64":        "AQA*",
		"padding":           "AQAAAA==",
		"only a header":     "AQAAAQ",
		"another algorithm": "AgAAAA",
		"counts too many":   "AQ____9V",
		"too long":          "AQAAAAAA",
		"bit 33":            "AQAAAfcf", // gaps 7+31
	} {
		if _, err := Decode(text); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w, err := Decode("AQAAAA"); err != nil || len(w) != 0 {
		t.Errorf("no words: %v, %v", w, err)
	}
}

// TestEncodeRoundTrip: every word comes back, also those with long gaps and
// with the highest bit.
func TestEncodeRoundTrip(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 200 {
		words := make([]uint32, n)
		for i := range words {
			words[i] = r.Uint32() & r.Uint32() & r.Uint32() & r.Uint32()
			if i > 0 && r.IntN(3) == 0 {
				words[i] = words[i-1]
			}
		}
		text, err := Encode(words)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(text); err != nil || !slices.Equal(got, words) {
			t.Fatalf("%x came back as %x (%v)", words, got, err)
		}
	}
}

// FuzzDecode: any text is words or an error, and words that are encoded again
// decode to themselves.
func FuzzDecode(f *testing.F) {
	for _, words := range [][]uint32{nil, {0}, {1, 1 << 31, 0xffffffff}, {0x80000000, 0x40000001}} {
		text, err := Encode(words)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
		f.Add(text[:len(text)/2])
		f.Add(strings.ToUpper(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		words, err := Decode(text)
		if err != nil {
			return
		}
		again, err := Encode(words)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(again); err != nil || !slices.Equal(got, words) {
			t.Fatalf("%q: %x became %x (%v)", text, words, got, err)
		}
	})
}

// BenchmarkFingerprint says how many seconds of sound a second of one processor
// describes.
func BenchmarkFingerprint(b *testing.B) {
	samples := testsound.Samples(testsound.Music(1, Rate, 60))
	for b.Loop() {
		Fingerprint(samples)
	}
	b.ReportMetric(60*float64(b.N)/b.Elapsed().Seconds(), "seconds/s")
}
