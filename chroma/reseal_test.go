package chroma

import (
	"encoding/binary"
	"hash/crc32"
)

// reseal writes a number into a snapshot and makes all checksums right again,
// as somebody who crafts a file would.
func reseal(data []byte, at int, value uint32) {
	if at = at % len(data) &^ 3; at+4 <= len(data) {
		binary.LittleEndian.PutUint32(data[at:], value)
	}
	words, recordings, postings := binary.LittleEndian.Uint64(data[8:]), binary.LittleEndian.Uint64(data[16:]), binary.LittleEndian.Uint64(data[24:])
	bits := binary.LittleEndian.Uint32(data[32:])
	if most := uint64(len(data)); words > most || recordings > most || postings > most || bits > mostBits {
		return
	}
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	place := page
	for i, size := range []int{4 * int(words), 4 * int(recordings+1), 4 * int(recordings), 4 * (1<<bits + 1), 4 * int(postings), int(postings)} {
		if place+pad(size) > len(data) {
			return
		}
		binary.LittleEndian.PutUint32(data[36+4*i:], crc32.Checksum(data[place:place+size], castagnoli))
		place += pad(size)
	}
	binary.LittleEndian.PutUint32(data[headLen:], crc32.Checksum(data[:headLen], castagnoli))
}
