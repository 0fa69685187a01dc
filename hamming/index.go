package hamming

import "unsafe"

const (
	bands = 16
	cells = 1 << 16
)

// band holds, in the order of one band's values, the places of the codes and
// the value of the band that follows. dir[v] is where value v begins.
//
// A place is the position of a code divided by the index's group size, three
// bytes long. Among equal values places ascend.
type band struct {
	dir    []uint32
	places []byte
	next   []uint16 // the capacity is larger by spare
}

func (b *band) place(entry uint32) uint32 {
	p := b.places[3*uint64(entry):]
	return uint32(p[0]) | uint32(p[1])<<8 | uint32(p[2])<<16
}

// Index is an immutable set of codes. It is safe for concurrent use.
type Index struct {
	key   Key
	perm  *permutation
	codes []words
	ids   []uint32
	bands [bands]band
}

// Len is the number of codes.
func (x *Index) Len() int { return len(x.codes) }

// groupShift is the binary logarithm of the group size of n codes: as many
// neighbouring codes share a place as it takes for three bytes to number them
// all. Up to 16.7 million codes each has its own.
func groupShift(n int) (shift uint) {
	for (n-1)>>shift >= 1<<24 {
		shift++
	}
	return shift
}

// Bytes is the memory held, without the permutation's tables.
func (x *Index) Bytes() int64 {
	n := 32*int64(cap(x.codes)) + 4*int64(cap(x.ids))
	for i := range x.bands {
		b := &x.bands[i]
		n += 4*int64(cap(b.dir)) + int64(cap(b.places)) + 2*int64(cap(b.next))
	}
	return n
}

// At returns the code and the identifier at position i, 0 <= i < Len, in the
// order in which they were added.
func (x *Index) At(i int) (Code, uint32) { return x.perm.invert(&x.codes[i]), x.ids[i] }

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
	var hits []Hit
	emit := func(q int) {
		for _, h := range hits {
			found(q, h)
		}
		hits = hits[:0]
	}
	if !x.indexable(radius) {
		for i := range ws {
			hits = x.scan(hits, &ws[i], radius, nil)
			emit(i)
		}
		return
	}
	var runs []run
	for b := range bands {
		for i := range ws {
			runs = x.appendRuns(runs[:0], &ws[i], b, radius)
			hits = x.searchRuns(hits, runs, &ws[i], radius, nil)
			emit(i)
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
	for b := range bands {
		runs = x.appendRuns(runs, q, b, radius)
		if b == bands-1 || radius == 0 || len(runs) >= most-most/bands+1 {
			dst = x.searchRuns(dst, runs, q, radius, dead)
			runs = runs[:0]
		}
		if radius == 0 {
			break // an equal code passes at the first band
		}
	}
	return dst
}

// run is one bucket to scan: the entries lo to hi of a band, whose codes have
// value there; limit is what may differ in the next band.
type run struct {
	lo, hi uint32
	value  uint16
	limit  uint8
	band   uint8
}

// appendRuns lists the buckets of band b that codes within radius may be in.
func (x *Index) appendRuns(runs []run, q *words, b, radius int) []run {
	dir := x.bands[b].dir[:cells+1]
	key := q.band(b)
	for n := range radius/bands + 1 {
		limit := uint8(2*radius/bands - n)
		for _, m := range masks16[n] {
			v := key ^ m
			if lo, hi := dir[v], dir[int(v)+1]; lo < hi {
				runs = append(runs, run{lo, hi, v, limit, uint8(b)})
			}
		}
	}
	return runs
}

// candidate is an entry that passed both tests.
type candidate struct{ run, entry uint32 }

// searchRuns goes through buckets in three rounds, each of which asks for the
// memory that the next one reads: next bands, places, codes.
func (x *Index) searchRuns(dst []Hit, runs []run, q *words, radius int, dead *bitmap) []Hit {
	const ahead = 24 // buckets asked for before they are read
	var out [block]uint32
	var buf [256]candidate
	cand := buf[:0]
	for i := range min(ahead, len(runs)) {
		x.prefetchNext(&runs[i])
	}
	for i := range runs {
		if i+ahead < len(runs) {
			x.prefetchNext(&runs[i+ahead])
		}
		r := &runs[i]
		t := &x.bands[r.band]
		key := q.band((int(r.band) + 1) % bands)
		for lo := r.lo; ; lo += block {
			for _, k := range out[:scan(&out, t.next[lo:r.hi], key, int(r.limit))] {
				prefetch(unsafe.Pointer(&t.places[3*uint64(lo+k)]), 3)
				cand = append(cand, candidate{uint32(i), lo + k})
			}
			if r.hi-lo <= block {
				break
			}
		}
	}
	shift := groupShift(len(x.codes))
	kept := cand[:0]
	last := candidate{run: 1<<32 - 1}
	for _, c := range cand {
		// Entries of one bucket whose codes share a place follow each other.
		if c.entry = x.bands[runs[c.run].band].place(c.entry); c != last {
			prefetch(unsafe.Pointer(&x.codes[c.entry<<shift]), 32<<shift)
			kept = append(kept, c)
			last = c
		}
	}
	for _, c := range kept {
		lo := int(c.entry) << shift
		hi := min(lo+1<<shift, len(x.codes))
		dst = x.verify(dst, lo, hi, &runs[c.run], q, radius, dead)
	}
	return dst
}

func (x *Index) prefetchNext(r *run) {
	const most = 1024 // bytes; of longer runs the processor asks for the rest by itself
	prefetch(unsafe.Pointer(&x.bands[r.band].next[r.lo]), min(2*int(r.hi-r.lo), most))
}

// verify compares the codes at lo to hi in full. A code may pass the tests at
// several bands; it is reported at the first of them only.
func (x *Index) verify(dst []Hit, lo, hi int, r *run, q *words, radius int, dead *bitmap) []Hit {
	for p := lo; p < hi; p++ {
		c := &x.codes[p]
		if c.band(int(r.band)) != r.value {
			continue
		}
		d := q.distance(c)
		if d > radius || firstBand(q, c, radius) != int(r.band) || dead.has(uint32(p)) {
			continue
		}
		dst = append(dst, Hit{x.ids[p], d, x.perm.invert(c)})
	}
	return dst
}

// firstBand is the first band at which c passes both tests for q.
func firstBand(q, c *words, radius int) int {
	x := words{q[0] ^ c[0], q[1] ^ c[1], q[2] ^ c[2], q[3] ^ c[3]}
	var d [bands + 1]int
	for b := range bands {
		d[b] = ones16(x.band(b))
	}
	d[bands] = d[0]
	for b := range bands {
		if d[b] <= radius/bands && d[b]+d[b+1] <= 2*radius/bands {
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
	var out [block]uint32
	t := &x.bands[0]
	v := int(w.band(0))
	shift := groupShift(len(x.codes))
	for lo, hi := t.dir[v], t.dir[v+1]; lo < hi; lo += min(block, hi-lo) {
		for _, k := range out[:scan(&out, t.next[lo:hi], w.band(1), 0)] {
			first := t.place(lo+k) << shift
			for p := first; p < min(first+1<<shift, uint32(len(x.codes))); p++ {
				if x.ids[p] == id && x.codes[p] == *w && accept(p) {
					return true
				}
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
			dst = append(dst, Hit{x.ids[p], d, x.perm.invert(c)})
		}
	}
	return dst
}
