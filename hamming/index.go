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

// run is one bucket to scan: the entries lo to hi of a band, whose codes have
// value there. The next band of what is looked for is key, and limit is how many
// bits may differ from it. The assembly knows that a run has 16 bytes.
type run struct {
	lo, hi uint32
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
		for _, m := range masks16[n] {
			v := key ^ m
			if lo, hi := dir[v], dir[int(v)+1]; lo < hi {
				runs = append(runs, run{lo: lo, hi: hi, value: v, key: next, limit: limit, band: uint8(b), query: uint16(query)})
			}
		}
	}
	return runs
}

// candidate is an entry that passed both tests.
type candidate struct{ run, entry uint32 }

const (
	// ahead is how many buckets are asked for before they are read.
	ahead = 24
	// room is how many candidates are found before they are looked at.
	room = 512
	// few is how much of that room makes it worth going on.
	few = 32
)

// searchRuns goes through buckets in three rounds, each of which asks for the
// memory that the next one reads: next bands, places, codes. found,
// if it is not nil, is given the hits query by query, in place of dst.
func (x *Index) searchRuns(dst []Hit, runs []run, qs []words, radius int, dead *bitmap, found func(query int, hits []Hit)) []Hit {
	var buf [room]candidate
	for i := range min(ahead, len(runs)) {
		x.prefetchNext(&runs[i])
	}
	shift := groupShift(len(x.codes))
	last := candidate{run: 1<<32 - 1}
	for from := 0; from < len(runs); {
		var n int
		n, from = x.scanRuns(&buf, runs, from)
		kept := buf[:0]
		for _, c := range buf[:n] {
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
			r := &runs[c.run]
			before := len(dst)
			dst = x.verify(dst, lo, hi, r, &qs[r.query], radius, dead)
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
		for r.lo < r.hi {
			if room-n < few {
				return n, i
			}
			hi := min(r.hi, r.lo+uint32(room-n))
			for _, k := range found[:scan(&found, t.next[r.lo:hi], r.key, int(r.limit))] {
				prefetch(unsafe.Pointer(&t.places[3*uint64(r.lo+k)]), 3)
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
