package jpeg

// lookBits is how many bits the first table look-up covers. Codes in pictures
// are rarely longer, and the table (4 KB) stays in the first-level cache.
const lookBits = 10

// huffman is a decoding table of T.81, annex C.
//
// look, indexed with the next lookBits bits, holds for codes that fit:
//
//	bits 0-7   length of the code and its value together, 0 if the code is longer
//	bits 8-11  size of the value (the low half of the symbol)
//	bits 12-15 run (the high half)
//
// and for the others 0, after which slow finds the code length by length.
type huffman struct {
	look  [1 << lookBits]uint16
	limit [18]uint32 // first 16-bit prefix beyond the codes of each length
	first [17]int32  // index in symbols minus the first code, by length
	// symbols in the order of their codes; count of them is used
	symbols [256]byte
	count   int
}

// newHuffman builds the table from the number of codes of each length 1..16
// and their symbols. A DC table may not have sizes over 15.
func newHuffman(counts *[16]byte, symbols []byte, dc bool) (*huffman, error) {
	h := &huffman{count: len(symbols)}
	copy(h.symbols[:], symbols)
	code, index := uint32(0), 0
	for l := 1; l <= 16; l++ {
		n := uint32(counts[l-1])
		h.first[l] = int32(index) - int32(code)
		for range n {
			sym := symbols[index]
			if dc && sym > 15 {
				return nil, fail(ErrDamaged, "huffman table: DC size %d", sym)
			}
			if code >= 1<<l {
				return nil, fail(ErrDamaged, "huffman table: more codes than %d bits hold", l)
			}
			if l <= lookBits {
				h.enter(code, l, sym)
			}
			code++
			index++
		}
		h.limit[l] = code << (16 - l)
		code <<= 1
	}
	h.limit[17] = 1 << 16
	return h, nil
}

func (h *huffman) enter(code uint32, l int, sym byte) {
	e := uint16(sym>>4)<<12 | uint16(sym&15)<<8 | uint16(l+int(sym&15))
	at := code << (lookBits - l)
	for i := range uint32(1) << (lookBits - l) {
		h.look[at+i] = e
	}
}

// slow finds a code of more than lookBits bits; top is the next 64 bits. ok is
// false if no code begins so.
func (h *huffman) slow(top uint64) (entry uint32, ok bool) {
	prefix := uint32(top >> 48)
	for l := 1; l <= 16; l++ {
		if prefix < h.limit[l] {
			i := int32(prefix>>(16-l)) + h.first[l]
			if i < 0 || int(i) >= h.count {
				return 0, false
			}
			sym := h.symbols[i]
			return uint32(sym>>4)<<12 | uint32(sym&15)<<8 | uint32(l+int(sym&15)), true
		}
	}
	return 0, false
}

// symbol decodes one symbol without a value behind it.
func (h *huffman) symbol(b *bitReader) (byte, bool) {
	if b.n < 16 {
		b.fill()
	}
	e := uint32(h.look[b.acc>>(64-lookBits)])
	if e == 0 {
		var ok bool
		if e, ok = h.slow(b.acc); !ok {
			return 0, false
		}
	}
	size := e >> 8 & 15
	b.skip(int(e&0xff - size))
	return byte(e >> 8), true
}
