package jpeg

import "bytes"

// feed unpacks the coded bytes of one restart interval at a time into a small
// buffer: without the stuffed zero bytes, and with room enough that the loops
// over bits need to look at neither markers nor the end while they are within
// one unit of blocks.
type feed struct {
	src  []byte // what is still to unpack
	buf  [feedSize]byte
	end  int  // bytes of buf that hold data
	done bool // a marker or the end of src follows; zeros stand behind end
}

const (
	feedSize = 16 << 10
	// unitBytes is more than the longest unit: 10 blocks of 64 codes with their
	// values, 31 bits each, and a word read ahead.
	unitBytes = 2560
	// refillAt is where a unit could come too close to the end of the buffer.
	refillAt = feedSize - 2*unitBytes
)

// start begins an interval.
func (f *feed) start(src []byte) {
	f.src, f.end, f.done = src, 0, false
	f.more(0)
}

// more moves what is left from pos on to the front and unpacks more. It
// returns the new position.
func (f *feed) more(pos int) int {
	if f.done {
		return pos
	}
	copy(f.buf[:], f.buf[pos:f.end])
	f.end -= pos
	const limit = feedSize - unitBytes
	for f.end < limit && !f.done {
		part := f.src[:min(len(f.src), limit-f.end)]
		at := bytes.IndexByte(part, 0xff)
		if at < 0 {
			f.end += copy(f.buf[f.end:], part)
			f.src = f.src[len(part):]
			f.done = len(f.src) == 0
			continue
		}
		f.end += copy(f.buf[f.end:], part[:at])
		f.src = f.src[at:]
		f.special()
	}
	if f.done {
		clear(f.buf[f.end:min(f.end+2*unitBytes, feedSize)])
	}
	return 0
}

// special takes what begins with 0xff: a stuffed byte, fill bytes, a marker.
func (f *feed) special() {
	for i := 1; i < len(f.src); i++ {
		switch f.src[i] {
		case 0xff: // fill bytes
		case 0:
			f.buf[f.end] = 0xff
			f.end++
			f.src = f.src[i+1:]
			return
		default:
			f.done = true
			return
		}
	}
	f.done = true
}

// marker skips to the next marker and returns its second byte, with src behind
// it, or 0 at the end.
func (f *feed) marker() byte {
	for i := 0; i+1 < len(f.src); i++ {
		if f.src[i] == 0xff && f.src[i+1] != 0 && f.src[i+1] != 0xff {
			m := f.src[i+1]
			f.src = f.src[i+2:]
			return m
		}
	}
	return 0
}
