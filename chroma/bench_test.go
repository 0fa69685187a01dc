package chroma

import (
	"context"
	"math/bits"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/testsound"
)

// corpus makes recordings of three minutes out of a small stock of real chroma
// vectors: each is two stretches of the stock, transposed and mixed at random.
// That costs no transform, and the words are distributed and follow each other
// as those of sound do.
type corpus struct {
	stock [][notes]float64
	r     *rand.Rand
}

func newCorpus(seed uint64) *corpus {
	c := &corpus{r: rand.New(rand.NewPCG(seed, 1))}
	for i := range uint64(30) {
		x := testsound.Music(500+i, Rate, 40)
		if i%2 == 1 {
			x = testsound.Speech(500+i, Rate, 40)
		}
		samples := testsound.Samples(x)
		var work transform
		for at := 0; at+frameSize <= len(samples); at += Hop {
			v := work.chroma(samples[at : at+frameSize])
			normalise(&v)
			c.stock = append(c.stock, v)
		}
	}
	return c
}

func (c *corpus) recording(words int) []uint32 {
	var w Writer
	loud := 0.2 + 0.8*c.r.Float64()
	for len(w.words) < words {
		a, b := c.r.IntN(len(c.stock)), c.r.IntN(len(c.stock))
		up, down := c.r.IntN(notes), c.r.IntN(notes)
		for range 60 + c.r.IntN(200) {
			p, q := &c.stock[a%len(c.stock)], &c.stock[b%len(c.stock)]
			a, b = a+1, b+1
			v := &w.raw[w.vectors%len(smooth)]
			for n := range v {
				v[n] = p[(n+up)%notes] + loud*q[(n+down)%notes]
			}
			w.vectors++
			if w.vectors >= len(smooth) {
				w.smoothed()
			}
		}
	}
	return w.words[:words]
}

// benchHours is how much sound BenchmarkSearch searches. JAGA_SOUND_HOURS
// changes it; docs/audio.md has the numbers of 10,000.
func benchHours(b *testing.B) int {
	if s := os.Getenv("JAGA_SOUND_HOURS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	return 50
}

// BenchmarkSearch looks for ten seconds in many hours. The baseline in the same
// run compares the query's words, at one speed and one place in the hop only,
// with every place of the hours; of more than 20 hours it does 20, and the time
// is taken for all.
func BenchmarkSearch(b *testing.B) {
	hours := benchHours(b)
	const perRecording = 1454 // three minutes
	total := hours * 3600 * Rate / Hop
	recordings := total / perRecording
	made := make([][]uint32, recordings)
	begin, shared := time.Now(), newCorpus(1)
	const part = 64
	parallel((recordings+part-1)/part, func(k int) {
		c := *shared
		c.r = rand.New(rand.NewPCG(uint64(k), 2))
		for i := k * part; i < min(recordings, (k+1)*part); i++ {
			made[i] = c.recording(perRecording)
		}
	})
	b.Logf("made %d recordings in %v", recordings, time.Since(begin).Round(time.Second))
	var bld Builder
	bld.Grow((recordings+1)*perRecording, recordings+1)
	for i, w := range made {
		if err := bld.Add(uint32(i), w); err != nil {
			b.Fatal(err)
		}
		made[i] = nil
	}
	target := testsound.Samples(testsound.Music(999, Rate, 180))
	if err := bld.Add(uint32(recordings), Fingerprint(target)); err != nil {
		b.Fatal(err)
	}
	begin = time.Now()
	x, err := bld.Build(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("built in %v: %d words, %.2f bytes a word", time.Since(begin).Round(time.Second), x.Words(), float64(x.Bytes())/float64(x.Words()))
	s := NewSet(x)
	excerpts := make([][]int16, 20)
	r := rand.New(rand.NewPCG(9, 9))
	for i := range excerpts {
		from, speed := r.IntN(160*Rate), 0.98+0.04*r.Float64()
		excerpts[i] = resample(target[from:from+11*Rate], speed)[:10*Rate]
		for k := range excerpts[i] {
			excerpts[i][k] += int16(r.NormFloat64() * 300)
		}
	}
	var scan, index time.Duration
	b.Run("scan", func(b *testing.B) {
		words, in := Fingerprint(excerpts[0]), x.words[:min(len(x.words), 20*3600*Rate/Hop)]
		for b.Loop() {
			scanAll(in, words)
		}
		scan = b.Elapsed() / time.Duration(b.N) * time.Duration(len(x.words)/len(in))
	})
	b.Run("index", func(b *testing.B) {
		n, found, wrong := 0, 0, 0
		var slowest time.Duration
		for b.Loop() {
			at := time.Now()
			for _, m := range search(b, s, excerpts[n%len(excerpts)]) {
				if m.ID == uint32(recordings) {
					found++
				} else {
					wrong++
				}
			}
			slowest = max(slowest, time.Since(at))
			n++
		}
		index = b.Elapsed() / time.Duration(b.N)
		b.ReportMetric(float64(found)/float64(n), "found/search")
		b.ReportMetric(float64(wrong)/float64(n), "wrong/search")
		b.ReportMetric(slowest.Seconds()*1000, "slowest-ms")
		b.ReportMetric(float64(x.Words())*Hop/Rate/3600, "hours")
		b.ReportMetric(float64(scan)/float64(index), "scan/index")
	})
	b.Run("words", func(b *testing.B) { // the part of a search that grows with the hours
		q, err := NewQuery(excerpts[0])
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			s.Search(q)
		}
	})
}

// scanAll is the baseline: the place with the fewest differing bits, given up
// early where a place is hopeless.
func scanAll(in, words []uint32) int {
	best := 1 << 30
	for at := 0; at+len(words) <= len(in); at++ {
		n := 0
		for k, w := range words {
			if n += bits.OnesCount32(w ^ in[at+k]); n >= best {
				break
			}
		}
		best = min(best, n)
	}
	return best
}

// BenchmarkQuery is the part of a search that does not depend on how much is
// searched: ten seconds in all the ways they are tried.
func BenchmarkQuery(b *testing.B) {
	samples := testsound.Samples(testsound.Music(1, Rate, 10))
	for b.Loop() {
		if _, err := NewQuery(samples); err != nil {
			b.Fatal(err)
		}
	}
}
