package engine

import (
	"encoding/hex"
	"slices"
)

// names are the values of entries that are compared by something larger, of which
// the value is the digest: by entry and the other way round.
type names struct {
	of map[uint32][32]byte
	by map[[32]byte][]uint32
}

func newNames(of map[uint32][32]byte) names {
	n := names{make(map[uint32][32]byte, len(of)), make(map[[32]byte][]uint32, len(of))}
	for entry, digest := range of {
		n.put(entry, digest)
	}
	return n
}

func (n names) put(entry uint32, digest [32]byte) {
	n.of[entry] = digest
	n.by[digest] = append(n.by[digest], entry)
}

func (n names) drop(entry uint32) {
	digest, ok := n.of[entry]
	if !ok {
		return
	}
	delete(n.of, entry)
	if rest := slices.DeleteFunc(n.by[digest], func(e uint32) bool { return e == entry }); len(rest) > 0 {
		n.by[digest] = rest
	} else {
		delete(n.by, digest)
	}
}

// text is the value of an entry in hexadecimal digits.
func (n names) text(entry uint32) string {
	d := n.of[entry]
	return hex.EncodeToString(d[:])
}
