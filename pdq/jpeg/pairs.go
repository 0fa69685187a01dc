package jpeg

// pairBits is how many bits one look-up of the screening tables covers.
const pairBits = 12

// blockEnd is the advance of an end-of-block code: more than any block holds.
// noCode marks prefixes whose first code, with its value, is longer.
const (
	blockEnd = 128
	noCode   = 255
)

// pairTable decodes up to two AC coefficients with their values at once. An
// entry, indexed with the next pairBits bits:
//
//	bits 0-7   length of everything it decodes
//	bits 8-15  advance to the first coefficient, blockEnd or noCode
//	bits 16-23 advance from there to the second, blockEnd, or 0 for none
//	bits 24-31 length of the first alone
//	bits 32-47 value of the first
//	bits 48-63 value of the second
type pairTable [1 << pairBits]uint64

// skipTable passes over as many AC codes as fit, for blocks whose values are
// not needed. An entry holds
//
//	bits 0-3   length of all, 0 if the first code with its value is longer
//	bits 4-10  advance of all
//	bit  15    the last is an end-of-block code
type skipTable [1 << pairBits]uint16

const skipEnd = 1 << 15

// single is one AC code with its value: bits 0-7 length, 8-15 advance as
// above, 16-31 value.
type single [1 << pairBits]uint32

func (h *huffman) singles() *single {
	t := new(single)
	for i := range t {
		t[i] = noCode << 8
	}
	h.each(func(code uint32, l int, sym byte) {
		run, size := int(sym>>4), int(sym&15)
		total := l + size
		if total > pairBits {
			return
		}
		advance := uint32(run + 1)
		if sym == 0 {
			advance = blockEnd
		} else if size == 0 && run != 15 {
			// Reserved in sequential files; libjpeg-turbo, too, ends the block.
			advance = blockEnd
		}
		n := 1 << (pairBits - total)
		at := int(code) << (pairBits - l)
		for v := range int32(1) << size {
			e := uint32(extend(v, size))<<16 | advance<<8 | uint32(total)
			for i := range n {
				t[at+i] = e
			}
			at += n
		}
	})
	return t
}

// each calls fn for each code that is used.
func (h *huffman) each(fn func(code uint32, l int, sym byte)) {
	for l := 1; l <= 16; l++ {
		low := uint32(0)
		if l > 1 {
			low = h.limit[l-1] >> (16 - l)
		}
		for code := low; code < h.limit[l]>>(16-l); code++ {
			fn(code, l, h.symbols[int32(code)+h.first[l]])
		}
	}
}

func (t *single) pairs() *pairTable {
	p := new(pairTable)
	for i, e := range t {
		length, advance := e&0xff, e>>8&0xff
		out := uint64(length)<<24 | uint64(advance)<<8 | uint64(e>>16)<<32 | uint64(length)
		if advance < blockEnd {
			s := t[uint32(i)<<length&(1<<pairBits-1)]
			if s>>8&0xff != noCode && length+s&0xff <= pairBits {
				out += uint64(s & 0xff)
				out |= uint64(s>>8&0xff)<<16 | uint64(s>>16)<<48
			}
		}
		p[i] = out
	}
	return p
}

func (t *single) skips() *skipTable {
	p := new(skipTable)
	// Shorter prefixes of later codes are looked up in entries not yet made,
	// so each entry is followed through the single codes.
	for i := range t {
		at, length, advance, end := uint32(i), uint32(0), uint32(0), uint32(0)
		for {
			e := t[at]
			l, a := e&0xff, e>>8&0xff
			if a == noCode || length+l > pairBits {
				break
			}
			length += l
			if a == blockEnd {
				end = skipEnd
				break
			}
			if advance+a > 63 {
				length -= l
				break
			}
			advance += a
			at = at << l & (1<<pairBits - 1)
		}
		p[i] = uint16(end | advance<<4 | length)
	}
	return p
}
