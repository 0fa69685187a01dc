package hamming

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// Options configure a [Builder].
type Options struct {
	// Key is the secret permutation. The zero key works, and protects nothing.
	Key Key
	// Workers is how many bands are sorted at once; 0 is the number of CPUs.
	Workers int
	// Alloc supplies memory for the large arrays, such as memory on huge
	// pages; it must return n zeroed bytes, 8-byte aligned. Nil uses make.
	Alloc func(n int) []byte
}

// Builder collects codes for an [Index]. It is not safe for concurrent use.
type Builder struct {
	opts  Options
	perm  *permutation
	codes []words
	ids   []uint32
}

// NewBuilder returns a builder with room for n codes.
func NewBuilder(opts Options, n int) *Builder {
	return newBuilder(opts, newPermutation(opts.Key), n)
}

func newBuilder(opts Options, perm *permutation, n int) *Builder {
	return &Builder{opts: opts, perm: perm,
		codes: makeSlice[words](n, opts.Alloc)[:0], ids: makeSlice[uint32](n, opts.Alloc)[:0]}
}

// Add appends a code and its identifier.
func (b *Builder) Add(code Code, id uint32) {
	b.codes = append(b.codes, b.perm.apply(&code))
	b.ids = append(b.ids, id)
}

// Len is the number of codes added.
func (b *Builder) Len() int { return len(b.codes) }

// Build returns the index. progress, which may be nil, is told the number of
// bands done of 16, from one goroutine at a time. The builder must not be used
// afterwards. Build fails when ctx ends or there are more than 2^32-2 codes.
func (b *Builder) Build(ctx context.Context, progress func(done, total int)) (*Index, error) {
	if len(b.codes) >= math.MaxUint32 {
		return nil, fmt.Errorf("build index: %d codes are more than one index holds", len(b.codes))
	}
	x := &Index{key: b.opts.Key, perm: b.perm, codes: exact(b.codes, b.opts.Alloc), ids: packIDs(b.ids, b.opts.Alloc)}
	b.codes, b.ids = nil, nil
	// One allocation, so that all directories share a few huge pages.
	dirs := makeSlice[uint32](bands*(cells+1), b.opts.Alloc)
	for i := range x.bands {
		x.bands[i].dir = dirs[i*(cells+1):][: cells+1 : cells+1]
	}
	counts := countHalves(x.codes)
	workers := b.opts.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next, done atomic.Int32
	var report sync.Mutex
	var wg sync.WaitGroup
	for range min(workers, bands) {
		wg.Go(func() {
			parts := makeSlice[entry](len(x.codes), b.opts.Alloc)
			for {
				i := int(next.Add(1)) - 1
				if i >= bands || ctx.Err() != nil {
					return
				}
				x.bands[i].build(x.codes, i, &counts[i], parts, b.opts.Alloc)
				report.Lock()
				if n := done.Add(1); progress != nil {
					progress(int(n), bands)
				}
				report.Unlock()
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	return x, nil
}

// entry is what a band keeps of a code, with the value it is sorted by.
type entry struct {
	tag         uint32
	value, next uint16
}

// countHalves counts, band by band, how often each upper half of its value
// occurs, in one pass over the codes.
func countHalves(codes []words) *[bands][256]int {
	counts := &[bands][256]int{}
	for k := range codes {
		for i, w := range codes[k] {
			counts[4*i][byte(w>>8)]++
			counts[4*i+1][byte(w>>24)]++
			counts[4*i+2][byte(w>>40)]++
			counts[4*i+3][byte(w>>56)]++
		}
	}
	return counts
}

// build sorts the codes by band i: first into 256 parts by the upper half of
// the band's value, which are then small enough for the processor's cache to be
// sorted by the weight of the next band and by the lower half. Sorting by
// counting keeps the order of what is equal, so that positions ascend in the
// end. counts says how often each upper half occurs; parts is room for as many
// entries as there are codes.
func (b *band) build(codes []words, i int, counts *[256]int, parts []entry, alloc func(int) []byte) {
	b.tags = makeSlice[uint32](len(codes), alloc)
	b.next = makeSlice[uint16](len(codes)+spare, alloc)[:len(codes)]
	word, off := i/4, 16*(i%4)
	nextWord, nextOff := (i+1)%bands/4, 16*((i+1)%4)
	afterWord, afterOff := (i+2)%bands/4, 16*((i+2)%4)
	var ends [256]int
	sum := 0
	for h, n := range counts {
		ends[h] = sum
		sum += n
	}
	shift := groupShift(len(codes))
	for k := range codes {
		v := uint16(codes[k][word] >> off)
		p := ends[v>>8]
		ends[v>>8] = p + 1
		parts[p] = entry{tag(uint32(k)>>shift, uint16(codes[k][afterWord]>>afterOff)), v, uint16(codes[k][nextWord] >> nextOff)}
	}
	begin, largest := 0, 0
	for _, n := range counts {
		largest = max(largest, n)
	}
	room := make([]entry, largest)
	for h, end := range ends {
		part := room[:end-begin]
		byWeight(part, parts[begin:end])
		var at [256]uint32
		for _, e := range part {
			at[byte(e.value)]++
		}
		sum := uint32(begin)
		for l, n := range at {
			b.dir[h<<8|l] = sum
			at[l] = sum
			sum += n
		}
		for _, e := range part {
			p := at[byte(e.value)]
			at[byte(e.value)] = p + 1
			b.next[p], b.tags[p] = e.next, e.tag
		}
		begin = end
	}
	b.dir[cells] = uint32(len(codes))
}

// byWeight copies entries in the order of the weights of their next bands.
func byWeight(to, from []entry) {
	var at [bands + 1]int
	for _, e := range from {
		at[ones16(e.next)]++
	}
	sum := 0
	for w, n := range at {
		at[w] = sum
		sum += n
	}
	for _, e := range from {
		w := ones16(e.next)
		to[at[w]] = e
		at[w]++
	}
}
