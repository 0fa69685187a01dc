package media

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/image/tiff"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
)

// mostPages is how many pages of one document are looked for.
const mostPages = 1000

// pages decodes the pages of a TIFF file behind the first. The decoder reads the
// one that the header points to, so each is put there. data is as it was afterwards.
func pages(data []byte, lim Limits, first pdq.Hash) *rest {
	r := &rest{}
	offsets, whole := directories(data)
	if !whole {
		r.not = notChecked(jaga.WhyDamaged, "its list of pages is damaged or too long; those behind were not compared")
	}
	if len(offsets) < 2 {
		return r
	}
	seen := map[pdq.Hash]bool{first: true}
	order := byteOrder(data)
	defer order.PutUint32(data[4:], offsets[0])
	for i, off := range offsets[1:] {
		if len(r.found) == mostPictures {
			r.not = notChecked(jaga.WhyTooBig, "it holds more than %d different pages; the others were not compared", mostPictures)
			break
		}
		order.PutUint32(data[4:], off)
		if _, err := admit(data, TIFF, lim); err != nil {
			r.not = notChecked(jaga.WhyUnsupported, "page %d could not be decoded", i+2)
			continue
		}
		m, err := tiff.Decode(bytes.NewReader(data))
		if err != nil {
			r.not = notChecked(why(err).Why, "page %d could not be decoded", i+2)
			continue
		}
		h := hashed(pixels(m), Options{})
		if hash := h.hashes[pdq.Original]; h.hashed && !seen[hash] {
			seen[hash] = true
			r.found = append(r.found, framed{i + 1, h.quality, hash})
		}
	}
	return r
}

func byteOrder(data []byte) binary.ByteOrder {
	if bytes.HasPrefix(data, []byte("MM")) {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// directories returns where the image file directories of a TIFF file are, one for
// each page (TIFF 6.0, section 2). whole is false where the list breaks off, goes in
// a circle or is too long.
func directories(data []byte) (offsets []uint32, whole bool) {
	if len(data) < 8 {
		return nil, true
	}
	order := byteOrder(data)
	seen := map[uint32]bool{}
	for off := order.Uint32(data[4:]); off != 0; {
		at := int64(off)
		if seen[off] || len(offsets) == mostPages || at+2 > int64(len(data)) {
			return offsets, len(offsets) == 0 // without a first page the decoder says what is wrong
		}
		seen[off] = true
		offsets = append(offsets, off)
		next := at + 2 + 12*int64(order.Uint16(data[at:]))
		if next+4 > int64(len(data)) {
			return offsets, len(offsets) == 1 // as files without a list end
		}
		off = order.Uint32(data[next:])
	}
	return offsets, true
}
