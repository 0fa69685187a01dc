package hamming

const (
	bands = 16
	cells = 1 << 16
)

// band holds, in the order of one band's values, the positions of the codes
// and the value of the band that follows. dir[v] is where value v begins.
type band struct {
	dir  []uint32
	pos  []uint32
	next []uint16
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

// Bytes is the memory held, without the permutation's tables.
func (x *Index) Bytes() int64 {
	n := int64(len(x.codes)) * 36
	for i := range x.bands {
		b := &x.bands[i]
		n += 4*int64(len(b.dir)+len(b.pos)) + 2*int64(len(b.next))
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
	var cand []uint32
	for b := range bands {
		for i := range ws {
			cand = x.candidates(cand[:0], &ws[i], b, radius)
			hits = x.verify(hits, cand, &ws[i], b, radius, nil)
			emit(i)
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
	var buf [256]uint32
	cand := buf[:0]
	for b := range bands {
		cand = x.candidates(cand[:0], q, b, radius)
		dst = x.verify(dst, cand, q, b, radius, dead)
		if radius == 0 {
			break // an equal code passes at the first band
		}
	}
	return dst
}

// candidates appends the positions that pass both tests at band b.
func (x *Index) candidates(dst []uint32, q *words, b, radius int) []uint32 {
	t := &x.bands[b]
	key, next := q.band(b), q.band((b+1)%bands)
	for n := range radius/bands + 1 {
		limit := 2*radius/bands - n
		for _, m := range masks16[n] {
			v := int(key ^ m)
			lo, hi := t.dir[v], t.dir[v+1]
			dst = scanNext(dst, t.next[lo:hi], t.pos[lo:hi], next, limit)
		}
	}
	return dst
}

// verify compares candidates in full. A code may pass the tests at several
// bands; it is reported at the first of them only.
func (x *Index) verify(dst []Hit, cand []uint32, q *words, b, radius int, dead *bitmap) []Hit {
	for _, p := range cand {
		c := &x.codes[p]
		d := q.distance(c)
		if d > radius || firstBand(q, c, radius) != b || dead.has(p) {
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
