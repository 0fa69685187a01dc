package vpdq

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// binaryVersion begins the compact form: a byte that says how to read the rest.
const binaryVersion = 1

// Binary returns a compact form of the film, about 36 bytes a frame: the byte 1,
// the number of frames, and for each the difference of its number and of its
// time in milliseconds to those of the frame before (zigzag), its quality, one
// byte, and its hash, 32 bytes. Numbers are varints of encoding/binary. Times
// are rounded to milliseconds.
func (v Video) Binary() []byte {
	out := make([]byte, 0, 8+37*len(v))
	out = append(out, binaryVersion)
	out = binary.AppendUvarint(out, uint64(len(v)))
	var frame, at int64
	for _, f := range v {
		ms := int64(math.Round(f.At * 1000))
		out = binary.AppendVarint(out, int64(f.Frame)-frame)
		out = binary.AppendVarint(out, ms-at)
		out = append(out, byte(f.Quality))
		out = append(out, f.Hash[:]...)
		frame, at = int64(f.Frame), ms
	}
	return out
}

// ParseBinary reads what [Video.Binary] wrote, and refuses anything else.
func ParseBinary(data []byte) (Video, error) {
	bad := errors.New("vpdq: not the compact form of a film")
	if len(data) == 0 || data[0] != binaryVersion {
		return nil, bad
	}
	data = data[1:]
	n, k := binary.Uvarint(data)
	if k <= 0 || n > MaxFrames || n > uint64(len(data)) {
		return nil, bad
	}
	data = data[k:]
	v := make(Video, n)
	var frame, at int64
	for i := range v {
		for _, p := range []*int64{&frame, &at} {
			d, k := binary.Varint(data)
			if k <= 0 || d > 1<<40 || d < -1<<40 {
				return nil, bad
			}
			*p += d
			data = data[k:]
		}
		if len(data) < 33 {
			return nil, bad
		}
		v[i] = Feature{Frame: int(frame), Quality: int(data[0]), At: float64(at) / 1000}
		copy(v[i].Hash[:], data[1:33])
		data = data[33:]
		if err := v[i].check(); err != nil {
			return nil, fmt.Errorf("vpdq: frame %d of the list: %w", i+1, err)
		}
	}
	if len(data) != 0 {
		return nil, bad
	}
	return v, nil
}
