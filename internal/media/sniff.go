package media

import (
	"bytes"
	"encoding/binary"

	"github.com/jaga-project/jaga"
)

// Type is what a file is, by its content: a media type such as "image/jpeg",
// or empty when it is not known.
type Type string

// Types that this package decodes.
const (
	JPEG Type = "image/jpeg"
	PNG  Type = "image/png"
	GIF  Type = "image/gif"
	WebP Type = "image/webp"
	BMP  Type = "image/bmp"
	TIFF Type = "image/tiff"
	AVIF Type = "image/avif" // by ffmpeg
	HEIC Type = "image/heic" // by ffmpeg
	JXL  Type = "image/jxl"  // by ffmpeg
	JP2  Type = "image/jp2"  // by ffmpeg
)

// SniffLen is how many bytes from the beginning Sniff looks at, at most.
const SniffLen = 1024

// signatures are the leading bytes of formats; the longest reach first.
var signatures = []struct {
	at   int
	text string
	typ  Type
}{
	{0, "\xff\xd8\xff", JPEG},
	{0, "\x89PNG\r\n\x1a\n", PNG},
	{0, "GIF87a", GIF},
	{0, "GIF89a", GIF},
	{0, "BM", BMP},
	{0, "II*\x00", TIFF},
	{0, "MM\x00*", TIFF},
	{0, "\x00\x00\x01\x00", "image/x-icon"},
	{0, "\xff\x0a", JXL},
	{0, "\x00\x00\x00\x0cJXL ", JXL},
	{0, "\x00\x00\x00\x0cjP  ", JP2},
	{0, "\xff\x4f\xff\x51", JP2},
	{0, "8BPS", "image/vnd.adobe.photoshop"},
	{0, "FLV\x01", "video/x-flv"},
	{0, "\x00\x00\x01\xba", "video/mpeg"},
	{0, "\x00\x00\x01\xb3", "video/x-mpegvideo"},
	{0, "0&\xb2u\x8ef\xcf\x11\xa6\xd9\x00\xaa\x00b\xcel", "video/x-ms-asf"},
	{0, "fLaC", "audio/flac"},
	{0, "#!AMR", "audio/amr"},
	{0, "caff\x00\x01", "audio/x-caf"},
	{0, "riff.\x91\xcf\x11\xa5\xd6(\xdb\x04\xc1\x00\x00", "audio/x-w64"},
	{0, "%PDF-", "application/pdf"},
	{0, "PK\x03\x04", "application/zip"},
	{0, "PK\x05\x06", "application/zip"}, // without files
	{0, "Rar!\x1a\x07", "application/vnd.rar"},
	{0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
	{0, "\x1f\x8b", "application/gzip"},
	{257, "ustar", "application/x-tar"},
}

// Sniff tells the type of a file from its first bytes.
func Sniff(head []byte) Type {
	head = head[:min(len(head), SniffLen)]
	if len(head) >= 12 {
		switch string(head[:4]) + string(head[8:12]) {
		case "RIFFWEBP":
			return WebP
		case "RIFFWAVE", "RF64WAVE":
			return "audio/wav"
		case "RIFFAVI ":
			return "video/x-msvideo"
		case "FORMAIFF", "FORMAIFC":
			return "audio/aiff"
		}
		if isBox(head) {
			return sniffISO(head)
		}
	}
	for _, s := range signatures {
		if len(head) >= s.at+len(s.text) && string(head[s.at:s.at+len(s.text)]) == s.text {
			return s.typ
		}
	}
	for _, f := range []func([]byte) Type{sniffEBML, sniffOgg, sniffTS, sniffFrames} {
		if t := f(head); t != "" {
			return t
		}
	}
	return ""
}

// isBox reports whether the file begins with a box of the ISO base media format:
// one with brands, or one of those that older QuickTime files begin with.
func isBox(head []byte) bool {
	switch string(head[4:8]) {
	case "ftyp":
		return true
	case "moov", "mdat", "wide", "free", "skip", "pnot":
		n := binary.BigEndian.Uint32(head)
		return n == 1 || n >= 8
	}
	return false
}

// sniffEBML tells Matroska from WebM by the document type, which stands in the
// first bytes (RFC 8794, 11.2.7).
func sniffEBML(head []byte) Type {
	switch {
	case !bytes.HasPrefix(head, []byte("\x1aE\xdf\xa3")):
		return ""
	case bytes.Contains(head[:min(len(head), 64)], []byte("webm")):
		return "video/webm"
	}
	return "video/x-matroska"
}

// sniffOgg tells pictures from sound by the first packet (RFC 3533, 6): that of
// Theora begins with 0x80 "theora"; skeletons and others may hold either.
func sniffOgg(head []byte) Type {
	if !bytes.HasPrefix(head, []byte("OggS")) {
		return ""
	}
	for _, sound := range []string{"OpusHead", "\x01vorbis", "\x7fFLAC", "Speex   "} {
		if len(head) > 28 && bytes.HasPrefix(head[28:], []byte(sound)) {
			return "audio/ogg"
		}
	}
	return "video/ogg"
}

// sniffTS looks for the first byte of three packets in a row (ISO/IEC 13818-1,
// 2.4.3), with or without the time stamps of Blu-ray discs.
func sniffTS(head []byte) Type {
	for _, p := range []struct{ first, size int }{{0, 188}, {4, 192}, {0, 204}} {
		n := 0
		for at := p.first; at < len(head) && head[at] == 0x47; at += p.size {
			n++
		}
		if n >= 3 {
			return "video/mp2t"
		}
	}
	return ""
}

// sniffFrames knows sound that is nothing but frames, by two headers that fit, and
// MP3 files by their tag.
func sniffFrames(head []byte) Type {
	if bytes.HasPrefix(head, []byte("ID3")) {
		return "audio/mpeg" // AAC with such a tag is read by its own name, below
	}
	if len(head) < 8 {
		return ""
	}
	switch {
	case head[0] == 0xff && head[1]&0xf6 == 0xf0: // ADTS (ISO/IEC 13818-7, 6.2)
		n := int(head[3]&3)<<11 | int(head[4])<<3 | int(head[5])>>5
		if n >= 7 && (n+2 > len(head) || head[n] == 0xff && head[n+1]&0xf6 == 0xf0) {
			return "audio/aac"
		}
	case head[0] == 0xff && head[1]&0xe0 == 0xe0: // MPEG audio (ISO/IEC 11172-3, 2.4.1.3)
		version, layer, rate, freq := head[1]>>3&3, head[1]>>1&3, head[2]>>4, head[2]>>2&3
		if version != 1 && layer != 0 && rate != 0 && rate != 15 && freq != 3 {
			return "audio/mpeg"
		}
	case head[0] == 0x0b && head[1] == 0x77: // ATSC A/52
		if head[5]>>3 > 10 {
			return "audio/eac3"
		}
		return "audio/ac3"
	}
	return ""
}

// sniffISO reads the brands of an ISO base media file (ISO/IEC 14496-12): the
// major one and the compatible ones say what is inside.
func sniffISO(head []byte) Type {
	if string(head[4:8]) != "ftyp" {
		return "video/quicktime"
	}
	n := int(min(uint32(len(head)), binary.BigEndian.Uint32(head)))
	brands := head[8:max(12, n)]
	for i := 0; i+4 <= len(brands); i += 4 {
		if i == 4 {
			continue // the minor version
		}
		switch b := string(brands[i : i+4]); {
		case b == "avif", b == "avis":
			return AVIF
		case b == "heic", b == "heix", b == "mif1", b == "heim", b == "hevc", b == "hevx", b == "msf1":
			return HEIC
		case b == "M4A ", b == "M4B ", b == "M4P ":
			return "audio/mp4"
		case b == "qt  ":
			return "video/quicktime"
		case b[:2] == "3g":
			return "video/3gpp"
		}
	}
	return "video/mp4"
}

// Kind is the kind of item that a file of the type is.
func (t Type) Kind() jaga.Kind {
	switch {
	case bytes.HasPrefix([]byte(t), []byte("image/")):
		return jaga.KindImage
	case bytes.HasPrefix([]byte(t), []byte("video/")):
		return jaga.KindVideo
	case bytes.HasPrefix([]byte(t), []byte("audio/")):
		return jaga.KindAudio
	}
	return jaga.KindOther
}
