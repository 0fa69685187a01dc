package live

import "time"

// carrier reads what passes from the process that fetches to those that decode, in
// the container that it has.
//
// An MPEG transport stream carries what nearly all live streams have. It has no place
// for VP8, VP9 and AV1: those pass as Matroska.
type carrier interface {
	// format is its name for ffmpeg.
	format() string
	// whole is how many of the bytes are whole units; the others wait for more. It
	// is negative for what is no such container.
	whole(p []byte) int
	// key looks at whole units and returns the offset of the first one with which a
	// key frame begins, or -1.
	key(p []byte) int
	// head is what a decoder needs before it can enter the stream.
	head() []byte
	// enter is what a decoder of sound needs that begins with these units, which
	// key has looked at; nil where none can.
	enter(p []byte) []byte
	// kept are the units of p that are kept as the end of the stream, and the head
	// that they need before them.
	kept(p []byte) (head, units []byte)
	// keep leaves out most of what is not decoded where key frames are what is
	// wanted: it returns a copy of the rest, and where in it the first key frame
	// begins, or -1.
	keep(p []byte) (out []byte, first int)
	// rhythm says how many key frames there were, and how long it was between the
	// last two; 0 when that is not known.
	rhythm() (keys int, every time.Duration)
	// bare reports whether the stream is known to have no picture that this
	// container carries, and known, whether that is known.
	bare() (bare, known bool)
}

// The containers, by the names that ffmpeg has for them.
const (
	inTransport = "mpegts"
	inMatroska  = "matroska"
)

func newCarrier(format string) carrier {
	if format == inMatroska {
		return &matroska{lastKey: -1}
	}
	return newScanner()
}

// carrierArgs are those of the process that fetches.
func carrierArgs(format string) []string {
	if format == inMatroska {
		// A cluster is written when it is full, so it is to be short. Heads are to be
		// the same each time.
		return []string{"-f", "matroska", "-live", "1", "-fflags", "+bitexact", "-cluster_time_limit", "100", "-write_crc32", "0", "-flush_packets", "1"}
	}
	return []string{"-f", "mpegts", "-mpegts_flags", "+resend_headers", "-flush_packets", "1"}
}
