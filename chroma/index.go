package chroma

import (
	"cmp"
	"context"
	"slices"
	"sort"

	"github.com/jaga-project/jaga"
)

// Index is an immutable collection of recordings. It is safe for concurrent
// use.
//
// The words of all recordings lie one after the other. A posting is the place
// of a word in that row; postings stand in buckets by the upper bits of the
// word's hash, and within a bucket in the order of the next eight bits, which
// stand beside them in an array of their own. With 2^24 buckets those are all
// the bits there are, so that equal means equal. A word that repeats the one
// before it has no posting: a long tone is one posting and not a bucket that
// takes all the time.
type Index struct {
	words  []uint32
	starts []uint32 // of every recording its first word, and at the end len(words)
	ids    []uint32

	shift    uint // 32 less the binary logarithm of the number of buckets
	dir      []uint32
	tags     []uint8
	postings []uint32
}

// A bucket holds about this many postings, until there are mostBuckets.
const (
	perBucket  = 16
	leastBits  = 8 // of buckets
	mostBits   = 24
	maxWords   = 1<<32 - 2 // of all recordings
	hashFactor = 0x9E3779B1
)

// hash spreads words, none onto another: it is a product with an odd number
// (the golden ratio; Knuth, The Art of Computer Programming, 6.4).
func hash(word uint32) uint32 { return word * hashFactor }

func (x *Index) bucket(h uint32) uint32 { return h >> x.shift }

// tag are the eight bits of a hash below those of its bucket.
func (x *Index) tag(h uint32) uint8 { return uint8(h >> (x.shift - 8)) }

// Len is the number of recordings.
func (x *Index) Len() int { return len(x.ids) }

// Words is the number of words of all recordings; 8.07 of them are a second.
func (x *Index) Words() int { return len(x.words) }

// Bytes is the memory held.
func (x *Index) Bytes() int64 {
	return 4*int64(cap(x.words)+cap(x.starts)+cap(x.ids)+cap(x.dir)+cap(x.postings)) + int64(cap(x.tags))
}

// At returns recording number i, 0 <= i < Len, in the order in which they were
// added. The words must not be changed.
func (x *Index) At(i int) (id uint32, words []uint32) {
	return x.ids[i], x.words[x.starts[i]:x.starts[i+1]]
}

// recording is the number of the recording that has the word at a place.
func (x *Index) recording(place uint32) int {
	return sort.Search(len(x.ids), func(i int) bool { return x.starts[i+1] > place })
}

// empty is an index of nothing.
func empty() *Index {
	return &Index{starts: []uint32{0}, shift: 32 - leastBits, dir: make([]uint32, 1<<leastBits+1)}
}

// find returns the places of a word's postings.
func (x *Index) find(word uint32) []uint32 {
	h := hash(word)
	b, tag := x.bucket(h), x.tag(h)
	lo, hi := x.dir[b], x.dir[b+1]
	tags := x.tags[lo:hi]
	from, n := 0, len(tags)
	if n > 64 { // too many to go through
		from, _ = slices.BinarySearch(tags, tag)
	}
	for from < n && tags[from] < tag {
		from++
	}
	to := from
	if n > 64 && tag < 255 {
		to, _ = slices.BinarySearch(tags, tag+1)
	} else if n > 64 {
		to = n
	}
	for to < n && tags[to] == tag {
		to++
	}
	return x.postings[int(lo)+from : int(lo)+to]
}

// Builder collects recordings for an [Index]. The zero value is ready. It is
// not safe for concurrent use.
type Builder struct {
	words  []uint32
	starts []uint32
	ids    []uint32
}

// Grow makes room for so many words and recordings more.
func (b *Builder) Grow(words, recordings int) {
	b.words = slices.Grow(b.words, words)
	b.starts = slices.Grow(b.starts, recordings+1)
	b.ids = slices.Grow(b.ids, recordings)
}

// Add adds a recording under an identifier of the caller's, which need not be
// unique. The words are copied. One index holds 4,294,967,294 words, some
// 148,000 hours; more are refused.
func (b *Builder) Add(id uint32, words []uint32) error {
	if uint64(len(b.words))+uint64(len(words)) > maxWords {
		return jaga.Errorf(jaga.CodeInvalid, "add recording: an index holds at most %d words", maxWords)
	}
	b.starts = append(b.starts, uint32(len(b.words)))
	b.ids = append(b.ids, id)
	b.words = append(b.words, words...)
	return nil
}

// Build makes the index out of what was added and empties the builder. It
// stops with the context's error.
func (b *Builder) Build(ctx context.Context) (*Index, error) {
	x := &Index{words: b.words, starts: append(b.starts, uint32(len(b.words))), ids: b.ids}
	*b = Builder{}
	bits := uint(leastBits)
	for bits < mostBits && len(x.words)>>bits > perBucket {
		bits++
	}
	x.shift = 32 - bits
	x.dir = make([]uint32, 1<<bits+1)
	for _, count := range []bool{true, false} {
		if !count {
			x.fill()
		}
		for r := range x.ids {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			x.post(r, count)
		}
	}
	// Placing has moved every entry of the directory to where the next begins.
	copy(x.dir[1:], x.dir[:1<<bits])
	x.dir[0] = 0
	for bucket := range 1 << bits {
		if bucket%(1<<16) == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		lo, hi := x.dir[bucket], x.dir[bucket+1]
		sortBucket(x.tags[lo:hi], x.postings[lo:hi])
	}
	return x, nil
}

// fill turns the counts in the directory into places and makes room there.
func (x *Index) fill() {
	var sum uint32
	for i, n := range x.dir {
		x.dir[i] = sum
		sum += n
	}
	x.tags, x.postings = make([]uint8, sum), make([]uint32, sum)
}

// post counts or places the postings of one recording.
func (x *Index) post(recording int, count bool) {
	lo, hi := x.starts[recording], x.starts[recording+1]
	for p := lo; p < hi; p++ {
		if p > lo && x.words[p] == x.words[p-1] {
			continue
		}
		h := hash(x.words[p])
		b := x.bucket(h)
		if !count {
			x.tags[x.dir[b]], x.postings[x.dir[b]] = x.tag(h), p
		}
		x.dir[b]++
	}
}

// sortBucket orders postings by their tags and leaves equal ones in order.
func sortBucket(tags []uint8, postings []uint32) {
	if len(tags) <= 64 {
		for i := 1; i < len(tags); i++ {
			t, p := tags[i], postings[i]
			j := i
			for ; j > 0 && tags[j-1] > t; j-- {
				tags[j], postings[j] = tags[j-1], postings[j-1]
			}
			tags[j], postings[j] = t, p
		}
		return
	}
	type posting struct {
		tag   uint8
		place uint32
	}
	all := make([]posting, len(tags))
	for i := range all {
		all[i] = posting{tags[i], postings[i]}
	}
	slices.SortStableFunc(all, func(a, b posting) int { return cmp.Compare(a.tag, b.tag) })
	for i, p := range all {
		tags[i], postings[i] = p.tag, p.place
	}
}
