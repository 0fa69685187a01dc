package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/jaga-project/jaga"
)

// mostIndex is the largest index of an MP4 or MOV file that is moved in memory. An
// hour at 60 frames a second has one of about 4 MB.
const mostIndex = 64 << 20

// mostBoxes is how many boxes a file may have on its outermost level: a stream of
// a day in pieces of one second has 172,800.
const mostBoxes = 1 << 20

// box is one box of the outermost level of an ISO base media file (ISO/IEC
// 14496-12, 4.2).
type box struct {
	kind     string
	off, len int64 // with its header
}

// pieces is a file as the pieces that are read one after the other. Those without
// data come from the file.
type pieces struct {
	at   io.ReaderAt
	list []piece
}

type piece struct {
	data     []byte
	off, len int64
}

func (p pieces) reader() io.Reader {
	var all []io.Reader
	for _, c := range p.list {
		if c.data != nil {
			all = append(all, bytes.NewReader(c.data))
		} else {
			all = append(all, io.NewSectionReader(p.at, c.off, c.len))
		}
	}
	return io.MultiReader(all...)
}

// indexFirst returns the file with its index (the box moov) before the media
// (mdat), so that it can be decoded as it is read. Its error is *NotChecked for a
// file without an index, or that of reading.
func indexFirst(at io.ReaderAt, size int64) (pieces, error) {
	whole := pieces{at, []piece{{off: 0, len: size}}}
	list, err := boxes(at, size)
	if err != nil {
		return pieces{}, err
	}
	var moov, media *box
	for i, b := range list {
		switch {
		case b.kind == "moov" && moov == nil:
			moov = &list[i]
		case b.kind == "mdat" && media == nil:
			media = &list[i]
		}
	}
	switch {
	case media == nil, moov != nil && moov.off < media.off:
		return whole, nil
	case moov == nil: // fragments, or pictures, carry what they need themselves
		return whole, nil
	case moov.len > mostIndex:
		return pieces{}, notChecked(jaga.WhyTooBig, "its index alone has %d bytes", moov.len)
	}
	index := make([]byte, moov.len)
	if _, err := at.ReadAt(index, moov.off); err != nil && !errors.Is(err, io.EOF) {
		return pieces{}, err
	}
	if err := shiftOffsets(index, media.off, moov.off); err != nil {
		return pieces{}, err
	}
	return pieces{at, []piece{
		{off: 0, len: media.off},
		{data: index},
		{off: media.off, len: moov.off - media.off},
		{off: moov.off + moov.len, len: size - moov.off - moov.len},
	}}, nil
}

// InOrder returns the bytes of a file in an order in which they can be decoded as
// they are read: the index of an MP4 or MOV file stands before its media, where it
// is often last. Other files are as they are. The error is *[NotChecked], or that of
// reading.
func InOrder(at io.ReaderAt, size int64) (io.Reader, error) {
	head := make([]byte, min(SniffLen, size))
	if _, err := at.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if demuxers[Sniff(head)] != "mov" {
		return io.NewSectionReader(at, 0, size), nil
	}
	p, err := indexFirst(at, size)
	if err != nil {
		return nil, err
	}
	return p.reader(), nil
}

// streamable reports whether the index comes before the media, by the head of a
// file.
func streamable(head []byte) bool {
	list, _ := boxes(bytes.NewReader(head), int64(len(head)))
	for _, b := range list {
		switch b.kind {
		case "moov", "moof", "meta":
			return true
		case "mdat":
			return false
		}
	}
	return false
}

// boxes lists the outermost boxes. A last one that says it goes on behind the end
// is cut there.
func boxes(at io.ReaderAt, size int64) (list []box, err error) {
	var h [16]byte
	for off := int64(0); off+8 <= size; {
		if len(list) == mostBoxes {
			return nil, notChecked(jaga.WhyDamaged, "it is cut into too many pieces")
		}
		n, err := at.ReadAt(h[:min(16, size-off)], off)
		if n < 8 {
			return nil, err
		}
		b := box{kind: string(h[4:8]), off: off, len: int64(binary.BigEndian.Uint32(h[:]))}
		least := int64(8)
		switch b.len {
		case 0: // to the end
			b.len = size - off
		case 1:
			least = 16
			if n < 16 {
				return list, nil
			}
			b.len = int64(min(binary.BigEndian.Uint64(h[8:]), 1<<62))
		}
		if b.len < least {
			return list, nil // what follows is not a box
		}
		b.len = min(b.len, size-off)
		list = append(list, b)
		off += b.len
	}
	return list, nil
}

// shiftOffsets adds the length of the index to all offsets into the media that it
// is now before: those from first up to its old place. index is the whole box moov.
func shiftOffsets(index []byte, first, old int64) error {
	var walk func(b []byte, depth int) error
	by := uint64(len(index))
	moves := func(v uint64) bool { return v >= uint64(first) && v < uint64(old) }
	walk = func(b []byte, depth int) error {
		for len(b) >= 8 {
			n, header := int64(binary.BigEndian.Uint32(b)), int64(8)
			switch {
			case n == 0:
				n = int64(len(b))
			case n == 1 && len(b) >= 16:
				n, header = int64(min(binary.BigEndian.Uint64(b[8:]), 1<<62)), 16
			}
			if n < header || n > int64(len(b)) {
				return nil // damaged; the decoder says so
			}
			body := b[header:n]
			switch string(b[4:8]) {
			case "moov", "trak", "mdia", "minf", "stbl":
				if depth < 8 {
					if err := walk(body, depth+1); err != nil {
						return err
					}
				}
			case "stco":
				for e := entries(body, 4); len(e) >= 4; e = e[4:] {
					if v := uint64(binary.BigEndian.Uint32(e)); moves(v) {
						if v+by > 1<<32-1 {
							return notChecked(jaga.WhyTooBig, "its index cannot be moved to its beginning")
						}
						binary.BigEndian.PutUint32(e, uint32(v+by))
					}
				}
			case "co64":
				for e := entries(body, 8); len(e) >= 8; e = e[8:] {
					if v := binary.BigEndian.Uint64(e); moves(v) {
						binary.BigEndian.PutUint64(e, v+by)
					}
				}
			}
			b = b[n:]
		}
		return nil
	}
	return walk(index, 0)
}

// entries returns the table of a box with a version, a count and entries of size
// bytes, as far as it goes.
func entries(body []byte, size int) []byte {
	if len(body) < 8 {
		return nil
	}
	n := int64(binary.BigEndian.Uint32(body[4:]))
	return body[8 : 8+min(n*int64(size), int64(len(body)-8))]
}
