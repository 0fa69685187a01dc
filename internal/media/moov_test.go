package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// boxOf is a box of the ISO base media format.
func boxOf(kind string, body ...[]byte) []byte {
	all := bytes.Join(body, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(all))), kind...), all...)
}

// table is the body of stco with these offsets.
func table(offsets ...uint32) []byte {
	b := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 0}, uint32(len(offsets)))
	for _, o := range offsets {
		b = binary.BigEndian.AppendUint32(b, o)
	}
	return b
}

func TestIndexFirst(t *testing.T) {
	t.Parallel()
	head, media := boxOf("ftyp", []byte("isom\x00\x00\x00\x00")), boxOf("mdat", []byte("the media"))
	at := uint32(len(head) + 8) // of what is in the media
	index := func(offset uint32) []byte {
		return boxOf("moov", boxOf("trak", boxOf("mdia", boxOf("minf", boxOf("stbl", boxOf("stco", table(offset)),
			boxOf("co64", []byte{0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}, binary.BigEndian.AppendUint32(nil, offset)))))))
	}
	tail := boxOf("free", []byte("x"))
	file := bytes.Join([][]byte{head, media, index(at), tail}, nil)
	p, err := indexFirst(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(p.reader())
	want := bytes.Join([][]byte{head, index(at + uint32(len(index(at)))), media, tail}, nil)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q, %v", got, want, err)
	}
	// What is in order is left as it is, and so is what is not understood.
	for _, file := range [][]byte{want, head, []byte("no boxes at all"), boxOf("mdat", nil), append(head, 0xff, 0xff), nil} {
		p, err := indexFirst(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(p.reader()); err != nil || !bytes.Equal(got, file) {
			t.Errorf("%q became %q, %v", file, got, err)
		}
	}
	// An offset that does not fit any more.
	if err := shiftOffsets(index(1<<32-2), 0, 1<<33); err == nil {
		t.Error("an offset over the end of 32 bits was moved")
	}
}

func FuzzIndexFirst(f *testing.F) {
	f.Add(bytes.Join([][]byte{boxOf("ftyp", []byte("isom")), boxOf("mdat", []byte("x")), boxOf("moov", boxOf("trak", boxOf("stbl", boxOf("stco", table(12)))))}, nil))
	f.Add([]byte("\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := indexFirst(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if not := (*NotChecked)(nil); !errors.As(err, &not) && !errors.Is(err, io.EOF) {
				t.Fatal(err)
			}
			return
		}
		got, err := io.ReadAll(p.reader())
		if err != nil || len(got) != len(data) {
			t.Fatalf("%d bytes became %d, %v", len(data), len(got), err)
		}
	})
}
