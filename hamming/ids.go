package hamming

import "encoding/binary"

// ids is a list of identifiers: three bytes each where that is enough for all
// of them, else four.
type ids struct {
	data []byte
	wide bool
}

// packIDs returns the identifiers packed.
func packIDs(list []uint32, alloc func(int) []byte) ids {
	var all uint32
	for _, id := range list {
		all |= id
	}
	p := ids{wide: all >= 1<<24}
	p.data = makeSlice[byte](p.width()*len(list), alloc)
	for i, id := range list {
		p.set(i, id)
	}
	return p
}

// width is the number of bytes of one identifier.
func (p *ids) width() int {
	if p.wide {
		return 4
	}
	return 3
}

func (p *ids) at(i int) uint32 {
	if p.wide {
		return binary.LittleEndian.Uint32(p.data[4*i:])
	}
	b := p.data[3*i:][:3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16
}

func (p *ids) set(i int, id uint32) {
	if p.wide {
		binary.LittleEndian.PutUint32(p.data[4*i:], id)
		return
	}
	b := p.data[3*i:][:3]
	b[0], b[1], b[2] = byte(id), byte(id>>8), byte(id>>16)
}
