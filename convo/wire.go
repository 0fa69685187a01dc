package convo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// errDamaged is what reading a state ends with that is not as it was written.
var errDamaged = errors.New("the bytes are damaged or of another version")

// errCatalogue is the same for a state that indicators of another catalogue
// are in.
var errCatalogue = errors.New("the state is of another catalogue of indicators")

// writer puts values one behind the other: integers as varints, texts with
// their length.
type writer struct{ b []byte }

func (w *writer) u(v uint64)   { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) i(v int64)    { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) f(v float64)  { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v)) }
func (w *writer) s(v string)   { w.u(uint64(len(v))); w.b = append(w.b, v...) }
func (w *writer) byte(v uint8) { w.b = append(w.b, v) }
func (w *writer) bools(vs ...bool) {
	var x uint8
	for i, v := range vs {
		if v {
			x |= 1 << i
		}
	}
	w.byte(x)
}

// reader takes them back. After the first fault everything is zero and err is
// set, so that callers check once.
type reader struct {
	b   []byte
	err error
	// packs are the numbers that the packs have now, by those they had.
	packs []uint8
}

func (r *reader) fail() {
	if r.err == nil {
		r.err = errDamaged
	}
	r.b = nil
}

func (r *reader) u() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) i() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) f() float64 {
	if len(r.b) < 8 {
		r.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.b))
	r.b = r.b[8:]
	if math.IsNaN(v) || math.IsInf(v, 0) {
		r.fail()
		return 0
	}
	return v
}

func (r *reader) u32() uint32 {
	if len(r.b) < 4 {
		r.fail()
		return 0
	}
	v := binary.LittleEndian.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

func (r *reader) s() string {
	n := r.u()
	if n > uint64(len(r.b)) {
		r.fail()
		return ""
	}
	v := string(r.b[:n])
	r.b = r.b[n:]
	return v
}

func (r *reader) byte() uint8 {
	if len(r.b) == 0 {
		r.fail()
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) flag(x uint8, i int) bool { return x>>i&1 != 0 }

// n reads a count of things that take at least one byte each.
func (r *reader) n(limit int) int {
	v := r.u()
	if v > uint64(len(r.b)) || v > uint64(limit) {
		r.fail()
		return 0
	}
	return int(v)
}

// below reads a number that must be below the limit.
func (r *reader) below(limit int) int {
	v := r.u()
	if v >= uint64(limit) {
		r.fail()
		return 0
	}
	return int(v)
}

func wrap(op string, err error) error { return fmt.Errorf("%s: %w", op, err) }
