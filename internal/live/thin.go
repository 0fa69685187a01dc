package live

// picturesOfKey is how many pictures are decoded from each key frame on where key
// frames are what is wanted. A decoder gives a picture away when it knows that no
// later one is to be shown before it: with the two or three pictures that usual
// encoders reorder, and the two that wait at the end of a stream until the next
// one begins, a key frame comes out after seven pictures, a quarter of a second,
// and not after three key frames, three seconds.
const picturesOfKey = 10

// thinner leaves out of a transport stream most of what is not decoded: of its
// picture it keeps the first pictures from each key frame on.
type thinner struct {
	video int // the packet identifier of the picture; 0 before the first key frame
	left  int // pictures that are still kept
}

// keep returns a copy of the packets that are to be decoded, and where in it the
// first key frame begins, or -1.
func (t *thinner) keep(packets []byte) (out []byte, first int) {
	out, first = make([]byte, 0, len(packets)), -1
	for at := 0; at+packetSize <= len(packets); at += packetSize {
		p := packets[at : at+packetSize]
		pid := int(p[1]&0x1f)<<8 | int(p[2])
		_, key, begins := pictureBegins(p)
		switch {
		case key:
			if first < 0 {
				first = len(out)
			}
			t.video, t.left = pid, picturesOfKey
			out = append(out, p...)
			// What came before it is not missing by mistake (ISO/IEC 13818-1,
			// discontinuity_indicator).
			out[len(out)-packetSize+5] |= 0x80
			continue
		case begins && pid == t.video:
			t.left--
		}
		if pid != t.video || t.left > 0 {
			out = append(out, p...)
		}
	}
	return out, first
}
