package live

import (
	"slices"
	"time"
)

// What passes from the process that fetches to the one that decodes is an MPEG
// transport stream (ISO/IEC 13818-1), where that has a place for the codec: it can be entered at any packet, carries the
// codecs that live streams have, and says in its packets where a picture begins
// that needs no other.

// packetSize is the size of a packet, and packetSync its first byte.
const packetSize, packetSync = 188, 0x47

// scanner looks at the packets of a transport stream for key frames. It needs
// whole packets.
type scanner struct {
	tables   [2][]byte     // the last packets with the tables of programs and of streams
	mapped   int           // the packet identifier of the second
	lastKey  int64         // in 90 kHz, of the last key frame; -1 before the first
	interval time.Duration // between the last two; 0 when it is not known
	keys     int
	thin     thinner // for keep
	pictures tell
}

// tell says whether something is so.
type tell int

const (
	unknown tell = iota
	yes
	no
)

func newScanner() *scanner { return &scanner{lastKey: -1} }

// key looks at packets and returns the offset of the first one with which a key
// frame begins, or -1. A key frame is the beginning of an elementary packet of a
// video stream that is marked as random access.
func (s *scanner) key(packets []byte) int {
	first := -1
	for at := 0; at+packetSize <= len(packets); at += packetSize {
		p := packets[at : at+packetSize]
		if p[0] != packetSync || p[1]&0x40 == 0 {
			continue
		}
		s.table(p, p[3]>>4&3)
		pes, key, _ := pictureBegins(p)
		if !key {
			continue
		}
		if pes[7]&0x80 != 0 {
			s.saw(timestamp(pes[9:14]))
		}
		s.keys++
		if first < 0 {
			first = at
		}
	}
	return first
}

// pictureBegins reports whether a picture begins with the packet, and whether it is
// a key frame: the beginning of an elementary packet of a video stream, which is
// then marked as random access. pes is what the packet holds of it.
func pictureBegins(p []byte) (pes []byte, key, begins bool) {
	field := p[3] >> 4 & 3 // 1 payload, 2 adaptation field, 3 both
	at := 4
	if field == 3 {
		at = 5 + int(p[4])
	}
	if p[0] != packetSync || p[1]&0x40 == 0 || field&1 == 0 || at+14 > packetSize {
		return nil, false, false
	}
	pes = p[at:]
	if pes[0] != 0 || pes[1] != 0 || pes[2] != 1 || pes[3]&0xf0 != 0xe0 {
		return nil, false, false
	}
	return pes, field == 3 && p[4] > 0 && p[5]&0x40 != 0, true
}

// table keeps the packets that say what is in the stream: without them a decoder
// that starts in the middle waits for the next ones.
func (s *scanner) table(p []byte, field byte) {
	switch pid := int(p[1]&0x1f)<<8 | int(p[2]); {
	case field != 1:
	case pid == 0 && len(p) >= 17:
		// The section begins after a pointer; its first program follows eight
		// bytes of header.
		if at := 5 + int(p[4]) + 8; at+4 <= packetSize {
			s.mapped = int(p[at+2]&0x1f)<<8 | int(p[at+3])
		}
		s.tables[0] = append(s.tables[0][:0], p...)
	case pid == s.mapped && s.mapped != 0:
		s.tables[1] = append(s.tables[1][:0], p...)
		s.streams(p)
	}
}

// streams looks through the table of streams for a picture. What has no type of its
// own passes as private data, which a decoder does not recognise.
func (s *scanner) streams(p []byte) {
	at := 5 + int(p[4])
	if at+12 > packetSize || p[at] != 2 {
		return
	}
	end := min(at+3+int(p[at+1]&0x0f)<<8+int(p[at+2])-4, packetSize) // before the checksum
	s.pictures = no
	for at += 12 + int(p[at+10]&0x0f)<<8 + int(p[at+11]); at+5 <= end; at += 5 + int(p[at+3]&0x0f)<<8 + int(p[at+4]) {
		switch p[at] {
		case 0x01, 0x02, 0x10, 0x1b, 0x20, 0x21, 0x24, 0x33, 0x42, 0xd1, 0xd2, 0xea: // MPEG-1 to VVC, AVS, Dirac, VC-1
			s.pictures = yes
		}
	}
}

func (*scanner) format() string { return inTransport }

func (*scanner) whole(p []byte) int { return len(p) - len(p)%packetSize }

func (*scanner) enter(p []byte) []byte { return p } // any packet will do

func (*scanner) kept(p []byte) (head, units []byte) { return nil, p }

func (s *scanner) keep(p []byte) (out []byte, first int) { return s.thin.keep(p) }

func (s *scanner) rhythm() (int, time.Duration) { return s.keys, s.interval }

func (s *scanner) bare() (bare, known bool) { return s.pictures == no, s.pictures != unknown }

// head is what a decoder needs before it can enter the stream.
func (s *scanner) head() []byte { return slices.Concat(s.tables[0], s.tables[1]) }

// timestamp reads the 33 bits of a presentation time, in 90 kHz.
func timestamp(b []byte) int64 {
	return int64(b[0]>>1&7)<<30 | int64(b[1])<<22 | int64(b[2]>>1)<<15 | int64(b[3])<<7 | int64(b[4]>>1)
}

// saw notes the time of a key frame. A clock that jumps says nothing about the
// interval.
func (s *scanner) saw(pts int64) {
	if s.lastKey >= 0 {
		if d := pts - s.lastKey; d > 0 && d < 60*90_000 {
			s.interval = time.Duration(d) * time.Second / 90_000
		}
	}
	s.lastKey = pts
}
