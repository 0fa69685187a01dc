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
)

// SniffLen is how many bytes from the beginning Sniff looks at, at most.
const SniffLen = 64

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
	{0, "\xff\x0a", "image/jxl"},
	{0, "\x00\x00\x00\x0cJXL ", "image/jxl"},
	{0, "8BPS", "image/vnd.adobe.photoshop"},
	{0, "\x1aE\xdf\xa3", "video/webm"},
	{0, "FLV\x01", "video/x-flv"},
	{0, "\x00\x00\x01\xba", "video/mpeg"},
	{0, "\x00\x00\x01\xb3", "video/mpeg"},
	{0, "OggS", "audio/ogg"},
	{0, "fLaC", "audio/flac"},
	{0, "ID3", "audio/mpeg"},
	{0, "\xff\xfb", "audio/mpeg"},
	{0, "\xff\xf3", "audio/mpeg"},
	{0, "#!AMR", "audio/amr"},
	{0, "%PDF-", "application/pdf"},
	{0, "PK\x03\x04", "application/zip"},
	{0, "Rar!\x1a\x07", "application/vnd.rar"},
	{0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
	{0, "\x1f\x8b", "application/gzip"},
}

// Sniff tells the type of a file from its first bytes.
func Sniff(head []byte) Type {
	if len(head) >= 12 && string(head[:4]) == "RIFF" {
		switch string(head[8:12]) {
		case "WEBP":
			return WebP
		case "WAVE":
			return "audio/wav"
		case "AVI ":
			return "video/x-msvideo"
		}
	}
	if len(head) >= 12 && string(head[4:8]) == "ftyp" {
		return sniffISO(head)
	}
	for _, s := range signatures {
		if len(head) >= s.at+len(s.text) && string(head[s.at:s.at+len(s.text)]) == s.text {
			return s.typ
		}
	}
	return ""
}

// sniffISO reads the brands of an ISO base media file (ISO/IEC 14496-12): the
// major one and the compatible ones say what is inside.
func sniffISO(head []byte) Type {
	n := int(min(uint32(len(head)), binary.BigEndian.Uint32(head)))
	brands := head[8:max(12, n)]
	for i := 0; i+4 <= len(brands); i += 4 {
		if i == 4 {
			continue // the minor version
		}
		switch b := brands[i : i+4]; {
		case bytes.Equal(b, []byte("avif")), bytes.Equal(b, []byte("avis")):
			return "image/avif"
		case bytes.Equal(b, []byte("heic")), bytes.Equal(b, []byte("heix")), bytes.Equal(b, []byte("mif1")), bytes.Equal(b, []byte("heim")):
			return "image/heic"
		case bytes.Equal(b, []byte("M4A ")), bytes.Equal(b, []byte("M4B ")):
			return "audio/mp4"
		case bytes.Equal(b, []byte("qt  ")):
			return "video/quicktime"
		case b[0] == '3' && b[1] == 'g':
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
