package hamming

import (
	"math/bits"
	"unsafe"
)

const (
	bands = 16
	cells = 1 << 16
)

// band holds, in the order of one band's values, what the index keeps of the
// codes: the value of the band that follows, and a tag. dir[v] is where value v
// begins. Among equal values the weights of the next bands ascend, so that what
// lies near a key stands together (see [window]), and among equal weights places.
type band struct {
	dir  []uint32
	next []uint16 // the capacity is larger by spare
	tags []uint32
}

// A tag has a place in its low 24 bits, which is the position of a code divided
// by the index's group size, and above it the low half of the band after next.
const placeBits = 24

func tag(place uint32, after uint16) uint32 { return place | uint32(after)<<placeBits }

func place(tag uint32) uint32 { return tag & (1<<placeBits - 1) }

// afterDistance is in how many bits the half band of a tag differs from that of key.
func afterDistance(tag uint32, key uint16) int {
	return bits.OnesCount8(uint8(tag>>placeBits) ^ uint8(key))
}

// Index is an immutable set of codes. It is safe for concurrent use.
type Index struct {
	key   Key
	perm  *permutation
	codes []words
	ids   ids
	bands [bands]band
}

// Len is the number of codes.
func (x *Index) Len() int { return len(x.codes) }

// groupShift is the binary logarithm of the group size of n codes: as many
// neighbouring codes share a place as it takes for three bytes to number them
// all. Up to 16.7 million codes each has its own.
func groupShift(n int) (shift uint) {
	for (n-1)>>shift >= 1<<placeBits {
		shift++
	}
	return shift
}

// Bytes is the memory held, without the permutation's tables.
func (x *Index) Bytes() int64 {
	n := 32*int64(cap(x.codes)) + int64(cap(x.ids.data))
	for i := range x.bands {
		b := &x.bands[i]
		n += 4*int64(cap(b.dir)) + 2*int64(cap(b.next)) + 4*int64(cap(b.tags))
	}
	return n
}

// At returns the code and the identifier at position i, 0 <= i < Len, in the
// order in which they were added.
func (x *Index) At(i int) (Code, uint32) { return x.perm.invert(&x.codes[i]), x.ids.at(i) }

// Search appends to dst every code within radius of q, in no particular order.
// A negative radius has no answers.
func (x *Index) Search(dst []Hit, q Code, radius int) []Hit {
	w := x.perm.apply(&q)
	return x.search(dst, &w, radius, nil)
}

// SearchBatch is [Index.Search] for many queries: it goes through the index
// band by band, so that what one query brought into the cache serves the next.
// found is called for every answer with the number of its query.
func (x *Index) SearchBatch(qs []Code, radius int, found func(query int, h Hit)) {
	ws := make([]words, len(qs))
	for i := range qs {
		ws[i] = x.perm.apply(&qs[i])
	}
	emit := func(q int, hits []Hit) {
		for _, h := range hits {
			found(q, h)
		}
	}
	var hits []Hit
	if !x.indexable(radius) {
		for i := range ws {
			hits = x.scan(hits[:0], &ws[i], radius, nil)
			emit(i, hits)
		}
		return
	}
	// As many queries together as have about as many buckets in one band as a
	// single query has in all.
	const together = bands
	runs := make([]run, 0, bands*(1+bands))
	for b := range bands {
		for from := 0; from < len(ws); from += together {
			part := ws[from:min(from+together, len(ws))]
			runs = runs[:0]
			for i := range part {
				runs = x.appendRuns(runs, &part[i], i, b, radius)
			}
			hits = x.searchRuns(hits, runs, part, radius, nil, func(i int, hits []Hit) { emit(from+i, hits) })
		}
		if radius == 0 {
			return
		}
	}
}

// indexable reports whether looking up buckets is worth it.
func (x *Index) indexable(radius int) bool {
	if radius < 0 || radius > MaxRadius {
		return false
	}
	keys := 0
	for n := range radius/bands + 1 {
		keys += len(masks16[n])
	}
	// Reading a bucket costs about as much as comparing two codes.
	return keys*bands < len(x.codes)/2
}

// search uses dead, when not nil, to leave out deleted positions.
func (x *Index) search(dst []Hit, q *words, radius int, dead *bitmap) []Hit {
	if !x.indexable(radius) {
		return x.scan(dst, q, radius, dead)
	}
	// The buckets of all bands at radius 31, so that one round of the memory's
	// latency serves them all.
	const most = bands * (1 + 16)
	var buf [most]run
	runs := buf[:0]
	if radius < 2*bands {
		for b := range bands {
			x.bands[b].prefetchDir(q.band(b))
		}
	}
	for b := range bands {
		runs = x.appendRuns(runs, q, 0, b, radius)
		if b == bands-1 || radius == 0 || len(runs) >= most-most/bands+1 {
			dst = x.searchRuns(dst, runs, unsafe.Slice(q, 1), radius, dead, nil)
			runs = runs[:0]
		}
		if radius == 0 {
			break // an equal code passes at the first band
		}
	}
	return dst
}

// run is a part of one bucket to scan: the entries lo to hi of a band, whose
// codes have value there. The next band of what is looked for is key, and limit
// is how many bits may differ from it. The assembly knows that a run has 24
// bytes.
type run struct {
	lo, hi uint32
	first  uint32 // where the bucket begins
	end    uint32 // and ends
	value  uint16
	key    uint16
	limit  uint8
	band   uint8
	query  uint16 // which of those searched for together
}

// appendRuns lists the buckets of band b that codes within radius of q may be in.
func (x *Index) appendRuns(runs []run, q *words, query, b, radius int) []run {
	dir := x.bands[b].dir[:cells+1]
	key, next := q.band(b), q.band((b+1)%bands)
	for n := range radius/bands + 1 {
		limit := uint8(2*radius/bands - n)
		w := windowOf(next, limit)
		for _, m := range masks16[n] {
			v := key ^ m
			if first, end := dir[v], dir[int(v)+1]; first < end {
				lo, hi := w.guess(first, end)
				runs = append(runs, run{lo: lo, hi: hi, first: first, end: end, value: v, key: next, limit: limit, band: uint8(b), query: uint16(query)})
			}
		}
	}
	return runs
}

// prefetchDir asks for the parts of the directory with the values that differ
// from key in at most one bit.
func (b *band) prefetchDir(key uint16) {
	prefetch(unsafe.Pointer(&b.dir[key]), 4)
	for n := 4; n < 16; n++ { // the lowest bits stay within a cache line
		prefetch(unsafe.Pointer(&b.dir[key^1<<n]), 4)
	}
}

// candidate is an entry that passed both tests.
type candidate struct{ run, entry uint32 }

// group is what is compared in full together: the codes of a bucket that share a
// place and have next bands of one weight.
type group struct {
	run, place uint32
	weight     int
}

const (
	// ahead is how many buckets are asked for before they are read: more of them
	// wait for each other's memory.
	ahead = 8
	// room is how many candidates are found before they are looked at.
	room = 512
	// few is how much of that room makes it worth going on.
	few = 32
)

// searchRuns goes through buckets in three rounds, each of which asks for the
// memory that the next one reads: next bands, tags, codes. found,
// if it is not nil, is given the hits query by query, in place of dst.
func (x *Index) searchRuns(dst []Hit, runs []run, qs []words, radius int, dead *bitmap, found func(query int, hits []Hit)) []Hit {
	var buf [room]candidate
	for i := range min(ahead, len(runs)) {
		x.prefetchNext(&runs[i])
	}
	shift := groupShift(len(x.codes))
	for from := 0; from < len(runs); {
		var n int
		n, from = x.scanRuns(&buf, runs, from)
		kept := buf[:0]
		for _, c := range buf[:n] {
			r := &runs[c.run]
			t, after := &x.bands[r.band], qs[r.query].band((int(r.band)+2)%bands)
			tag := t.tags[c.entry]
			// What the run's limit leaves of two bands' share is what the first took.
			first := 2*radius/bands - int(r.limit)
			if first+ones16(t.next[c.entry]^r.key)+afterDistance(tag, after) <= 3*radius/bands {
				prefetch(unsafe.Pointer(&x.codes[place(tag)<<shift]), 32<<shift)
				kept = append(kept, c)
			}
		}
		var last group
		for _, c := range kept {
			r := &runs[c.run]
			t := &x.bands[r.band]
			// The entries of one group follow each other.
			g := group{c.run, place(t.tags[c.entry]), ones16(t.next[c.entry])}
			if g == last && c != kept[0] {
				continue
			}
			last = g
			lo := int(g.place) << shift
			hi := min(lo+1<<shift, len(x.codes))
			before := len(dst)
			dst = x.verify(dst, lo, hi, r, g.weight, &qs[r.query], radius, dead)
			if found != nil && len(dst) > before {
				found(int(r.query), dst[before:])
				dst = dst[:before]
			}
		}
	}
	return dst
}

// scanRunsBlocks finds the candidates of runs[from:], bucket by bucket, and asks
// for their places. It returns how many there are and where to go on: it stops
// when there is no more room, and has then moved the beginning of that run.
func (x *Index) scanRunsBlocks(out *[room]candidate, runs []run, from int) (n, next int) {
	var found [block]uint32
	for i := from; i < len(runs); i++ {
		if i+ahead < len(runs) {
			x.prefetchNext(&runs[i+ahead])
		}
		r := &runs[i]
		t := &x.bands[r.band]
		t.widen(r)
		for r.lo < r.hi {
			if room-n < few {
				r.first = r.lo // what came before was scanned
				return n, i
			}
			hi := min(r.hi, r.lo+uint32(room-n))
			for _, k := range found[:scan(&found, t.next[r.lo:hi], r.key, int(r.limit))] {
				prefetch(unsafe.Pointer(&t.tags[r.lo+k]), 4)
				out[n] = candidate{uint32(i), r.lo + k}
				n++
			}
			r.lo += min(block, hi-r.lo)
		}
	}
	return n, len(runs)
}

func (x *Index) prefetchNext(r *run) {
	const most = 1024 // bytes; of longer runs the processor asks for the rest by itself
	prefetch(unsafe.Pointer(&x.bands[r.band].next[r.lo]), min(2*int(r.hi-r.lo), most))
}

// verify compares those of the codes at lo to hi in full that are in the bucket
// of r and have a next band of the weight. A code may pass the tests at
// several bands; it is reported at the first of them only. firstBand makes
// exactly the tests of the search: a code must not be left to a band at which
// the search never sees it.
func (x *Index) verify(dst []Hit, lo, hi int, r *run, weight int, q *words, radius int, dead *bitmap) []Hit {
	for p := lo; p < hi; p++ {
		c := &x.codes[p]
		if c.band(int(r.band)) != r.value || ones16(c.band((int(r.band)+1)%bands)) != weight {
			continue
		}
		d := q.distance(c)
		if d > radius || firstBand(q, c, radius) != int(r.band) || dead.has(uint32(p)) {
			continue
		}
		dst = append(dst, Hit{x.ids.at(int(p)), d, x.perm.invert(c)})
	}
	return dst
}

// firstBand is the first band at which c passes the three tests for q.
func firstBand(q, c *words, radius int) int {
	x := words{q[0] ^ c[0], q[1] ^ c[1], q[2] ^ c[2], q[3] ^ c[3]}
	var d [bands + 1]int
	for b := range bands {
		d[b] = ones16(x.band(b))
	}
	d[bands] = d[0]
	for b := range bands {
		if d[b] <= radius/bands && d[b]+d[b+1] <= 2*radius/bands &&
			d[b]+d[b+1]+bits.OnesCount8(uint8(x.band((b+2)%bands))) <= 3*radius/bands {
			return b
		}
	}
	return -1 // not within radius
}

// find returns the position of a code with an identifier for which accept,
// asked in turn, says yes.
func (x *Index) find(w *words, id uint32, accept func(p uint32) bool) bool {
	if len(x.codes) == 0 {
		return false
	}
	t := &x.bands[0]
	v := int(w.band(0))
	shift := groupShift(len(x.codes))
	for e := t.dir[v]; e < t.dir[v+1]; e++ {
		if t.next[e] != w.band(1) || afterDistance(t.tags[e], w.band(2)) > 0 {
			continue
		}
		first := place(t.tags[e]) << shift
		for p := first; p < min(first+1<<shift, uint32(len(x.codes))); p++ {
			if x.codes[p] == *w && x.ids.at(int(p)) == id && accept(p) {
				return true
			}
		}
	}
	return false
}

// scan compares with every code.
func (x *Index) scan(dst []Hit, q *words, radius int, dead *bitmap) []Hit {
	for p := range x.codes {
		c := &x.codes[p]
		if d := q.distance(c); d <= radius && !dead.has(uint32(p)) {
			dst = append(dst, Hit{x.ids.at(int(p)), d, x.perm.invert(c)})
		}
	}
	return dst
}
