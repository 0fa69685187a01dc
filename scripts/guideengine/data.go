package main

import (
	"encoding/binary"
	"errors"
)

// The linker writes the data of a program in tens of thousands of small
// segments, to leave out runs of zeros. Their addresses compress badly and zeros
// compress to nothing, so that segments joined over short gaps make the
// compressed file a tenth smaller. Memory is the same.

// maxGap is the longest run of zeros that is written out.
const maxGap = 64

const dataSection = 11

var errShape = errors.New("the program is not as the linker of this version of Go writes it")

// segment is bytes and where they lie in memory.
type segment struct {
	at   int64
	data []byte
}

// joinData joins the data segments of a WebAssembly module.
func joinData(module []byte) ([]byte, error) {
	const header = 8
	if len(module) < header {
		return nil, errShape
	}
	out := append([]byte(nil), module[:header]...)
	for rest := module[header:]; len(rest) > 0; { // sections: number, size, content
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || uint64(len(rest)-1-n) < size {
			return nil, errShape
		}
		whole, body := rest[:1+n+int(size)], rest[1+n:1+n+int(size)]
		if rest[0] == dataSection {
			joined, err := joinSegments(body)
			if err != nil {
				return nil, err
			}
			out = append(out, dataSection)
			out = binary.AppendUvarint(out, uint64(len(joined)))
			out = append(out, joined...)
		} else {
			out = append(out, whole...)
		}
		rest = rest[len(whole):]
	}
	return out, nil
}

func joinSegments(body []byte) ([]byte, error) {
	count, n := binary.Uvarint(body)
	if n <= 0 {
		return nil, errShape
	}
	var list []segment
	for body = body[n:]; count > 0; count-- {
		// A segment: memory 0, i32.const address, end, length, bytes.
		if len(body) < 2 || body[0] != 0 || body[1] != 0x41 {
			return nil, errShape
		}
		at, n := signed(body[2:])
		if n <= 0 || len(body) < 3+n || body[2+n] != 0x0b {
			return nil, errShape
		}
		body = body[3+n:]
		size, n := binary.Uvarint(body)
		if n <= 0 || uint64(len(body)-n) < size {
			return nil, errShape
		}
		data := body[n : n+int(size)]
		body = body[n+int(size):]
		if k := len(list) - 1; k >= 0 {
			end := list[k].at + int64(len(list[k].data))
			if gap := at - end; gap >= 0 && gap <= maxGap {
				list[k].data = append(append(list[k].data, make([]byte, gap)...), data...)
				continue
			}
		}
		list = append(list, segment{at, append([]byte(nil), data...)})
	}
	if len(body) > 0 {
		return nil, errShape
	}
	out := binary.AppendUvarint(nil, uint64(len(list)))
	for _, s := range list {
		out = append(out, 0, 0x41)
		out = appendSigned(out, s.at)
		out = append(out, 0x0b)
		out = binary.AppendUvarint(out, uint64(len(s.data)))
		out = append(out, s.data...)
	}
	return out, nil
}

// signed reads a number in signed LEB128.
func signed(b []byte) (v int64, n int) {
	shift := 0
	for n < len(b) && n < 10 {
		c := b[n]
		n++
		v |= int64(c&0x7f) << shift
		shift += 7
		if c&0x80 == 0 {
			if c&0x40 != 0 {
				v |= -1 << shift
			}
			return v, n
		}
	}
	return 0, 0
}

func appendSigned(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}
