package live

import (
	"encoding/binary"
	"slices"
	"time"
)

// Elements of Matroska (RFC 9559) and of EBML (RFC 8794) that matter here.
const (
	mkvEBML         = 0x1A45DFA3
	mkvSegment      = 0x18538067
	mkvTracks       = 0x1654AE6B
	mkvTrack        = 0xAE
	mkvTrackNumber  = 0xD7
	mkvTrackType    = 0x83
	mkvCluster      = 0x1F43B675
	mkvTime         = 0xE7
	mkvSimpleBlock  = 0xA3
	mkvBlockGroup   = 0xA0
	mkvBlock        = 0xA1
	mkvReference    = 0xFB
	mkvVideo        = 1    // of a track type
	mkvKey          = 0x80 // of the flags of a simple block
	mkvUnknownSize  = -1
	mkvMostElements = 1 << 16 // in a cluster
)

// mostUnit bounds a unit of a stream: a cluster holds a tenth of a second.
const mostUnit = ringBytes / 2

// element reads the head of an element: its identifier, how long the head is, and how
// long what follows. ok is false where the bytes do not hold it, or where they are
// none: then n is negative.
func element(p []byte) (id uint32, n int, size int64, ok bool) {
	if len(p) == 0 {
		return 0, 0, 0, false
	}
	wide := 1
	for ; wide <= 4 && p[0]&(0x80>>(wide-1)) == 0; wide++ {
	}
	if wide > 4 {
		return 0, -1, 0, false
	}
	if len(p) < wide+1 {
		return 0, 0, 0, false
	}
	for _, b := range p[:wide] {
		id = id<<8 | uint32(b)
	}
	q := p[wide:]
	long := 1
	for ; long <= 8 && q[0]&(0x80>>(long-1)) == 0; long++ {
	}
	if long > 8 {
		return 0, -1, 0, false
	}
	if len(q) < long {
		return 0, 0, 0, false
	}
	size = int64(q[0] & (0xff >> long))
	all := size == int64(0xff>>long)
	for _, b := range q[1:long] {
		size = size<<8 | int64(b)
		all = all && b == 0xff
	}
	if all {
		size = mkvUnknownSize
	}
	return id, wide + long, size, true
}

// children calls f with the elements in p, until f returns false or they are no more.
func children(p []byte, f func(id uint32, body []byte) bool) {
	for range mkvMostElements {
		id, n, size, ok := element(p)
		if !ok || size < 0 || size > int64(len(p)-n) || !f(id, p[n:n+int(size)]) {
			return
		}
		p = p[n+int(size):]
	}
}

func unsigned(body []byte) (v uint64) {
	for _, b := range body[:min(len(body), 8)] {
		v = v<<8 | uint64(b)
	}
	return v
}

// matroska is a carrier. Its units are the elements of the segment; key frames are
// entered with the cluster that holds them.
type matroska struct {
	start    []byte // everything before the first cluster
	begun    bool   // a cluster came
	video    uint64 // the number of the picture's track; 0 is unknown
	lastKey  int64  // in milliseconds; -1 before the first
	interval time.Duration
	keys     int
	left     int // pictures that keep still keeps
}

func (*matroska) format() string { return inMatroska }

func (*matroska) whole(p []byte) (n int) {
	for n < len(p) {
		id, head, size, ok := element(p[n:])
		switch {
		case head < 0:
			return -1
		case !ok:
			return n
		case id == mkvSegment:
			size = 0 // its elements are units of their own
		case size < 0 || size > mostUnit:
			return -1
		}
		if n+head+int(size) > len(p) {
			return n
		}
		n += head + int(size)
	}
	return n
}

// units calls f with each unit of p, and where it begins and ends.
func (*matroska) units(p []byte, f func(id uint32, body []byte, from, to int)) {
	for at := 0; at < len(p); {
		id, n, size, ok := element(p[at:])
		if !ok {
			return
		}
		if id == mkvSegment {
			size = 0
		}
		if size < 0 || size > int64(len(p)-at-n) {
			return
		}
		f(id, p[at+n:at+n+int(size)], at, at+n+int(size))
		at += n + int(size)
	}
}

func (m *matroska) key(p []byte) int {
	first := -1
	m.units(p, func(id uint32, body []byte, from, to int) {
		if id != mkvCluster {
			if !m.begun && len(m.start)+to-from <= mostUnit {
				m.start = append(m.start, p[from:to]...)
			}
			if id == mkvTracks {
				m.tracks(body)
			}
			return
		}
		m.begun = true
		at, _, key := m.cluster(body)
		if !key {
			return
		}
		m.saw(at)
		if first < 0 {
			first = from
		}
	})
	return first
}

// tracks finds the picture.
func (m *matroska) tracks(body []byte) {
	children(body, func(id uint32, body []byte) bool {
		if id == mkvTrack && m.video == 0 {
			var number, kind uint64
			children(body, func(id uint32, body []byte) bool {
				switch id {
				case mkvTrackNumber:
					number = unsigned(body)
				case mkvTrackType:
					kind = unsigned(body)
				}
				return true
			})
			if kind == mkvVideo {
				m.video = number
			}
		}
		return true
	})
}

// cluster looks at the blocks of one: the time of its first key frame in
// milliseconds, if it has any, and how many pictures it holds.
func (m *matroska) cluster(body []byte) (at int64, pictures int, key bool) {
	var base int64
	picture := func(block []byte, is func(flags byte) bool) {
		track, time, flags, ok := blockHead(block)
		if !ok || track != m.video {
			return
		}
		pictures++
		if is(flags) && !key {
			key, at = true, base+time
		}
	}
	children(body, func(id uint32, body []byte) bool {
		switch id {
		case mkvTime:
			base = int64(unsigned(body))
		case mkvSimpleBlock:
			picture(body, func(flags byte) bool { return flags&mkvKey != 0 })
		case mkvBlockGroup:
			var block []byte
			refers := false
			children(body, func(id uint32, body []byte) bool {
				switch id {
				case mkvBlock:
					block = body
				case mkvReference:
					refers = true
				}
				return true
			})
			picture(block, func(byte) bool { return !refers })
		}
		return true
	})
	return at, pictures, key
}

// blockHead reads the track of a block, its time relative to the cluster in
// milliseconds, and its flags.
func blockHead(p []byte) (track uint64, at int64, flags byte, ok bool) {
	if len(p) == 0 {
		return 0, 0, 0, false
	}
	wide := 1
	for ; wide <= 8 && p[0]&(0x80>>(wide-1)) == 0; wide++ {
	}
	if wide > 8 || len(p) < wide+3 {
		return 0, 0, 0, false
	}
	track = uint64(p[0] & (0xff >> wide))
	for _, b := range p[1:wide] {
		track = track<<8 | uint64(b)
	}
	return track, int64(int16(binary.BigEndian.Uint16(p[wide:]))), p[wide+2], true
}

// saw notes the time of a key frame, as the one of a transport stream does.
func (m *matroska) saw(at int64) {
	m.keys++
	if m.lastKey >= 0 {
		if d := at - m.lastKey; d > 0 && d < 60_000 {
			m.interval = time.Duration(d) * time.Millisecond
		}
	}
	m.lastKey = at
}

func (m *matroska) head() []byte { return m.start }

func (m *matroska) enter(p []byte) []byte {
	if head, q := m.kept(p); len(q) > 0 {
		return slices.Concat(head, q)
	}
	return nil
}

// kept is everything from the first cluster on: what comes before is the head.
func (m *matroska) kept(p []byte) (head, units []byte) {
	from := len(p)
	m.units(p, func(id uint32, _ []byte, at, _ int) {
		if id == mkvCluster {
			from = min(from, at)
		}
	})
	return m.start, p[from:]
}

func (m *matroska) keep(p []byte) (out []byte, first int) {
	out, first = make([]byte, 0, len(p)), -1
	m.units(p, func(id uint32, body []byte, from, to int) {
		if id != mkvCluster {
			return
		}
		_, pictures, key := m.cluster(body)
		if key {
			if first < 0 {
				first = len(out)
			}
			m.left = picturesOfKey
		}
		if m.left > 0 {
			out = append(out, p[from:to]...)
		}
		m.left -= pictures
	})
	return out, first
}

func (m *matroska) rhythm() (int, time.Duration) { return m.keys, m.interval }

func (m *matroska) bare() (bare, known bool) { return m.begun && m.video == 0, m.begun }
