package engine

import (
	"bytes"
	"fmt"
	"math/bits"
	"slices"
	"sync"

	"github.com/jaga-project/jaga"
)

// Exact finds entries by an exact hash of a file. It is a sorted immutable
// base with a directory over the leading bits, and a small delta on top. One
// hash may belong to many entries. All methods are safe for concurrent use.
//
// The values are cryptographic hashes, so the directory cells hold a handful
// each; crafted lists make a cell longer, and it is then searched by halving,
// so a look-up never costs more than the logarithm of the size.
type Exact struct {
	typ  jaga.SignalType
	size int

	mu    sync.RWMutex
	base  exactBase
	dead  map[uint32]struct{}   // positions of the base that are deleted
	delta map[[32]byte][]uint32 // value (padded) → entries
	added int
}

// exactBase is n values of size bytes in ascending order, their entries, and
// dir[c] = the position of the first value whose top bits are c or more.
type exactBase struct {
	values []byte
	ids    []uint32
	dir    []uint32
	shift  int // 64 - number of directory bits
}

// ExactBuilder collects values for an [Exact]. It is not safe for concurrent
// use.
type ExactBuilder struct {
	typ    jaga.SignalType
	values []byte
	ids    []uint32
}

// NewExactBuilder returns a builder for an exact signal type.
func NewExactBuilder(typ jaga.SignalType) (*ExactBuilder, error) {
	if !typ.Exact() {
		return nil, fmt.Errorf("new exact index: %q is not an exact signal type", typ)
	}
	return &ExactBuilder{typ: typ}, nil
}

// Add appends one value, which must have the type's size, and its entry.
func (b *ExactBuilder) Add(value []byte, entry uint32) error {
	if len(value) != b.typ.Size() {
		return fmt.Errorf("add %s: %d bytes, want %d", b.typ, len(value), b.typ.Size())
	}
	b.values = append(b.values, value...)
	b.ids = append(b.ids, entry)
	return nil
}

// Build returns the index. The builder must not be used afterwards.
func (b *ExactBuilder) Build() *Exact {
	size := b.typ.Size()
	x := &Exact{typ: b.typ, size: size}
	x.base = sortExact(b.values, b.ids, size)
	x.reset()
	return x
}

func (x *Exact) reset() {
	x.dead = map[uint32]struct{}{}
	x.delta = map[[32]byte][]uint32{}
	x.added = 0
}

// head returns the leading 64 bits of a value of at least 8 bytes.
func head(v []byte) uint64 {
	_ = v[7]
	return uint64(v[0])<<56 | uint64(v[1])<<48 | uint64(v[2])<<40 | uint64(v[3])<<32 |
		uint64(v[4])<<24 | uint64(v[5])<<16 | uint64(v[6])<<8 | uint64(v[7])
}

// directoryShift gives about four values a cell.
func directoryShift(n int) int { return 64 - max(1, bits.Len(uint(n))-2) }

// sortExact counts the values by their leading bits, scatters them into their
// cells, and sorts each cell: linear in n for real hashes.
func sortExact(values []byte, ids []uint32, size int) exactBase {
	n := len(ids)
	shift := directoryShift(n)
	dir := make([]uint32, (1<<(64-shift))+1)
	for i := range n {
		dir[(head(values[i*size:])>>shift)+1]++
	}
	for c := 1; c < len(dir); c++ {
		dir[c] += dir[c-1]
	}
	order := make([]uint32, n)
	next := slices.Clone(dir)
	for i := range n {
		c := head(values[i*size:]) >> shift
		order[next[c]] = uint32(i)
		next[c]++
	}
	at := func(i uint32) []byte { return values[int(i)*size : (int(i)+1)*size] }
	for c := 0; c+1 < len(dir); c++ {
		slices.SortFunc(order[dir[c]:dir[c+1]], func(a, b uint32) int {
			if d := bytes.Compare(at(a), at(b)); d != 0 {
				return d
			}
			return int(int64(ids[a]) - int64(ids[b]))
		})
	}
	out := exactBase{values: make([]byte, 0, n*size), ids: make([]uint32, 0, n), dir: dir, shift: shift}
	for _, i := range order {
		out.values = append(out.values, at(i)...)
		out.ids = append(out.ids, ids[i])
	}
	return out
}

func (b *exactBase) at(i, size int) []byte { return b.values[i*size : (i+1)*size] }

// run returns the positions lo..hi-1 that hold the value.
func (b *exactBase) run(value []byte, size int) (lo, hi int) {
	if len(b.ids) == 0 {
		return 0, 0
	}
	c := head(value) >> b.shift
	lo, end := int(b.dir[c]), int(b.dir[c+1])
	for l, r := lo, end; ; {
		if l >= r {
			lo = l
			break
		}
		m := int(uint(l+r) >> 1)
		if bytes.Compare(b.at(m, size), value) < 0 {
			l = m + 1
		} else {
			r = m
		}
	}
	for hi = lo; hi < end && bytes.Equal(b.at(hi, size), value); hi++ {
	}
	return lo, hi
}

func (x *Exact) key(value []byte) (k [32]byte, ok bool) {
	if len(value) != x.size {
		return k, false
	}
	copy(k[:], value)
	return k, true
}

// Lookup appends the entries that have the value to dst. A value of a wrong
// length has none.
func (x *Exact) Lookup(dst []uint32, value []byte) []uint32 {
	k, ok := x.key(value)
	if !ok {
		return dst
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	lo, hi := x.base.run(value, x.size)
	for i := lo; i < hi; i++ {
		if _, dead := x.dead[uint32(i)]; !dead {
			dst = append(dst, x.base.ids[i])
		}
	}
	return append(dst, x.delta[k]...)
}

// Insert adds a value and its entry, visible at once.
func (x *Exact) Insert(value []byte, entry uint32) error {
	k, ok := x.key(value)
	if !ok {
		return fmt.Errorf("insert %s: %d bytes, want %d", x.typ, len(value), x.size)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.delta[k] = append(x.delta[k], entry)
	x.added++
	return nil
}

// Delete removes one value of an entry and reports whether it was there.
func (x *Exact) Delete(value []byte, entry uint32) bool {
	k, ok := x.key(value)
	if !ok {
		return false
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if ids := x.delta[k]; len(ids) > 0 {
		if i := slices.Index(ids, entry); i >= 0 {
			// A reader may still hold the old slice, so it is not edited.
			if rest := slices.Concat(ids[:i], ids[i+1:]); len(rest) > 0 {
				x.delta[k] = rest
			} else {
				delete(x.delta, k)
			}
			x.added--
			return true
		}
	}
	lo, hi := x.base.run(value, x.size)
	for i := lo; i < hi; i++ {
		if _, dead := x.dead[uint32(i)]; !dead && x.base.ids[i] == entry {
			x.dead[uint32(i)] = struct{}{}
			return true
		}
	}
	return false
}

// Len is the number of values that can be found.
func (x *Exact) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.base.ids) - len(x.dead) + x.added
}

// Pending is the number of insertions and deletions that a rebuild would fold
// into the base.
func (x *Exact) Pending() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.dead) + x.added
}

// Bytes estimates the memory held.
func (x *Exact) Bytes() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return int64(len(x.base.values)) + 4*int64(len(x.base.ids)+len(x.base.dir)) + 72*int64(x.added) + 16*int64(len(x.dead))
}
