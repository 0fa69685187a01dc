package hamming

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/mmap"
)

// benchRadius is the radius at which PDQ hashes are taken to match.
const benchRadius = 31

// benchSizes are the numbers of codes; JAGA_BENCH_LARGE=1 adds 100 million,
// which take 16 GB of memory while they are built.
func benchSizes() []int {
	n := []int{1_000_000, 10_000_000}
	if os.Getenv("JAGA_BENCH_LARGE") != "" {
		n = append(n, 100_000_000)
	}
	return n
}

// eachCode makes n codes of which two in three stand alone and one in three is
// a near-duplicate, by up to 40 bits, of one of the thousand before it.
func eachCode(n int, use func(i int, c Code)) {
	rnd := rand.New(rand.NewPCG(11, 11))
	var recent [1000]Code
	for i := range n {
		var c Code
		if i > 0 && rnd.Uint32()%3 == 0 {
			c = recent[rnd.IntN(min(i, len(recent)))]
			for range rnd.Uint32() % 41 {
				bit := rnd.Uint32() % 256
				c[bit/8] ^= 1 << (bit % 8)
			}
		} else {
			for j := range 4 {
				v := rnd.Uint64()
				for k := range 8 {
					c[8*j+k] = byte(v >> (8 * k))
				}
			}
		}
		recent[i%len(recent)] = c
		use(i, c)
	}
}

// faissFlat is a plain transcription of what FAISS's IndexBinaryFlat does for
// one query of 256 bits: the distance to every code, four words at a time.
func faissFlat(dst []Hit, codes []words, ids []uint32, q *words, radius int) []Hit {
	q0, q1, q2, q3 := q[0], q[1], q[2], q[3]
	for i := range codes {
		c := &codes[i]
		d := bits.OnesCount64(q0^c[0]) + bits.OnesCount64(q1^c[1]) +
			bits.OnesCount64(q2^c[2]) + bits.OnesCount64(q3^c[3])
		if d <= radius {
			dst = append(dst, Hit{ID: ids[i], Distance: d})
		}
	}
	return dst
}

// benchIndex builds on one worker and returns queries half of which lie near a
// code, and half near none.
func benchIndex(b *testing.B, n int) (x *Index, queries []Code, build time.Duration) {
	b.Helper()
	builder := NewBuilder(Options{Key: Key{1}, Alloc: mmap.Huge, Workers: 1}, n)
	rnd := rand.New(rand.NewPCG(12, 12))
	eachCode(n, func(i int, c Code) {
		builder.Add(c, uint32(i))
		if i%(n/1000) == 0 {
			queries = append(queries, flip(rnd, c, rnd.IntN(28)), flip(rnd, c, 128))
		}
	})
	start := time.Now()
	x, err := builder.Build(background(), nil)
	if err != nil {
		b.Fatal(err)
	}
	return x, queries, time.Since(start)
}

// BenchmarkSearch measures the index against the linear scan of the same run:
// x-flat is how many times longer the scan takes for a query.
func BenchmarkSearch(b *testing.B) {
	for _, n := range benchSizes() {
		b.Run(fmt.Sprintf("%dM", n/1_000_000), func(b *testing.B) {
			x, queries, took := benchIndex(b, n)
			ids := make([]uint32, n)
			for i := range ids {
				_, ids[i] = x.At(i)
			}
			var flat []time.Duration
			for i := range 7 {
				w := x.perm.apply(&queries[i])
				start := time.Now()
				want := len(faissFlat(nil, x.codes, ids, &w, benchRadius))
				flat = append(flat, time.Since(start))
				if got := len(x.Search(nil, queries[i], benchRadius)); got != want {
					b.Fatalf("%d answers, the scan has %d", got, want)
				}
			}
			slices.Sort(flat)
			perScan := float64(flat[len(flat)/2].Nanoseconds())
			report := func(b *testing.B, queries int) {
				per := float64(b.Elapsed().Nanoseconds()) / float64(b.N) / float64(queries)
				b.ReportMetric(per, "ns/query")
				b.ReportMetric(perScan/per, "x-flat")
			}
			b.Run("one", func(b *testing.B) {
				var hits []Hit
				for i := 0; b.Loop(); i++ {
					hits = x.Search(hits[:0], queries[i%len(queries)], benchRadius)
				}
				report(b, 1)
				b.ReportMetric(float64(x.Bytes())/float64(n), "B/code")
				b.ReportMetric(float64(took.Nanoseconds())/float64(n), "build-ns/code")
				b.ReportMetric(perScan, "flat-ns")
			})
			b.Run("batch256", func(b *testing.B) {
				count := 0
				for i := 0; b.Loop(); i++ {
					at := 256 * (i % (len(queries) / 256))
					x.SearchBatch(queries[at:at+256], benchRadius, func(int, Hit) { count++ })
				}
				report(b, 256)
			})
		})
	}
}

// BenchmarkBuild measures from the codes to the index, on one worker.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{1_000_000, 10_000_000} {
		codes := make([]Code, n)
		eachCode(n, func(i int, c Code) { codes[i] = c })
		b.Run(fmt.Sprintf("%dM", n/1_000_000), func(b *testing.B) {
			for b.Loop() {
				builder := NewBuilder(Options{Key: Key{1}, Alloc: mmap.Huge, Workers: 1}, n)
				for i := range codes {
					builder.Add(codes[i], uint32(i))
				}
				if _, err := builder.Build(background(), nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/code")
		})
	}
}

// BenchmarkChange measures insertions and deletions, and a search on top of
// them: pending is how many insertions it has to go through besides the index.
func BenchmarkChange(b *testing.B) {
	const n = 1_000_000
	x, queries, _ := benchIndex(b, n)
	set := func(b *testing.B) *Set {
		s, err := NewSet(Options{Key: Key{1}}, x)
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	b.Run("insert", func(b *testing.B) {
		s := set(b)
		for i := 0; b.Loop(); i++ {
			s.Insert(queries[i%len(queries)], uint32(i))
		}
	})
	b.Run("delete", func(b *testing.B) {
		s := set(b)
		for i := 0; b.Loop(); i++ {
			c, id := x.At(i % n)
			s.Delete(c, id)
		}
	})
	for _, pending := range []int{0, 4096, 16384} {
		b.Run(fmt.Sprintf("search/pending=%d", pending), func(b *testing.B) {
			s := set(b)
			for i := range pending {
				c := queries[i%len(queries)]
				c[i%32] ^= byte(i)
				s.Insert(c, uint32(n+i))
			}
			var hits []Hit
			for i := 0; b.Loop(); i++ {
				hits = s.Search(hits[:0], queries[i%len(queries)], benchRadius)
			}
		})
	}
}

// BenchmarkScan measures each way of scanning a bucket against the portable
// one of the same run.
func BenchmarkScan(b *testing.B) {
	rnd := rand.New(rand.NewPCG(13, 13))
	next := make([]uint16, 152, 152+spare) // a bucket of 10 million codes
	for i := range next {
		next[i] = uint16(rnd.Uint32())
	}
	var out [block]uint32
	var base float64
	for _, k := range append([]kernel{{"portable", scanPortable}}, kernels()...) {
		b.Run(k.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				k.scan(&out, next, uint16(i), 2)
			}
			per := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			if base == 0 {
				base = per
			}
			b.ReportMetric(base/per, "x-portable")
		})
	}
}
