package media

import (
	"bytes"
	"encoding/binary"
)

// several reports whether a file holds, or may hold, more pictures than the one
// that is decoded: the frames of an animation, the pages of a document. It
// reads the structure only. Where that breaks off behind the first picture,
// other programs may read on and show more, so the answer is yes.
func several(data []byte, t Type) bool {
	n, whole := pictures(data, t)
	return n > 1 || !whole
}

// pictures returns how many pictures a file holds by its structure; whole is false
// where that breaks off.
func pictures(data []byte, t Type) (n int, whole bool) {
	switch t {
	case GIF:
		return gifFrames(data)
	case PNG:
		return apngFrames(data), true
	case WebP:
		return webpPictures(data)
	case TIFF:
		if tiffPages(data) {
			return 2, false
		}
	}
	return 1, true
}

// gifFrames counts image descriptors (GIF89a, sections 18 to 26).
func gifFrames(data []byte) (n int, whole bool) {
	if len(data) < 13 {
		return 0, true
	}
	at := 13
	if data[10]&0x80 != 0 {
		at += 3 << (1 + data[10]&7)
	}
	// blocks skips data sub-blocks up to their terminator.
	blocks := func() {
		for at < len(data) && data[at] != 0 {
			at += 1 + int(data[at])
		}
		at++
	}
	for at < len(data) {
		switch data[at] {
		case 0x3b: // trailer
			return n, true
		case 0x21: // extension
			at += 2
			blocks()
		case 0x2c: // image
			n++
			if at+10 > len(data) {
				return n, false
			}
			flags := data[at+9]
			at += 10
			if flags&0x80 != 0 {
				at += 3 << (1 + flags&7)
			}
			at++ // code size
			blocks()
		default:
			return n, false
		}
	}
	return n, false
}

// apngFrames returns the number of frames in the chunk acTL, which stands before
// the image data (PNG, third edition, 11.3.6), or 1.
func apngFrames(data []byte) int {
	for at := 8; at+12 <= len(data); {
		n := int64(binary.BigEndian.Uint32(data[at:]))
		switch kind := string(data[at+4 : at+8]); {
		case kind == "IDAT":
			return 1
		case kind == "acTL" && n >= 4 && int64(len(data)-at-8) >= 4:
			return int(binary.BigEndian.Uint32(data[at+8:]))
		}
		if n > int64(len(data)-at-12) {
			return 1
		}
		at += 12 + int(n)
	}
	return 1
}

// tiffPages looks for a second image file directory (TIFF 6.0, section 2).
func tiffPages(data []byte) bool {
	if len(data) < 8 {
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.HasPrefix(data, []byte("MM")) {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(data[4:]))
	if at+2 > int64(len(data)) {
		return false
	}
	next := at + 2 + 12*int64(order.Uint16(data[at:]))
	return next+4 <= int64(len(data)) && order.Uint32(data[next:]) != 0
}
