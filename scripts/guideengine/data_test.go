package main

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// module is one with a section that is kept and segments of data.
func module(segments ...segment) []byte {
	data := binary.AppendUvarint(nil, uint64(len(segments)))
	for _, s := range segments {
		data = appendSigned(append(data, 0, 0x41), s.at)
		data = binary.AppendUvarint(append(data, 0x0b), uint64(len(s.data)))
		data = append(data, s.data...)
	}
	out := []byte("\x00asm\x01\x00\x00\x00\x01\x02ab")
	out = binary.AppendUvarint(append(out, dataSection), uint64(len(data)))
	return append(out, data...)
}

func TestJoinData(t *testing.T) {
	t.Parallel()
	got, err := joinData(module(segment{4096, []byte("one")}, segment{4101, []byte("two")}, segment{9000, []byte("three")}, segment{8, []byte("four")}))
	if err != nil {
		t.Fatal(err)
	}
	if want := module(segment{4096, []byte("one\x00\x00two")}, segment{9000, []byte("three")}, segment{8, []byte("four")}); !bytes.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, v := range []int64{0, 1, 63, 64, 127, 128, 1 << 31, -1, -64, -65, -1 << 40} {
		if back, n := signed(appendSigned(nil, v)); back != v || n != len(appendSigned(nil, v)) {
			t.Errorf("%d becomes %d", v, back)
		}
	}
	whole := module(segment{1, []byte("x")})
	for i := range whole {
		if _, err := joinData(whole[:i]); err == nil && i != 8 && i != 12 {
			t.Errorf("a module that ends at byte %d is no error", i)
		}
	}
}
