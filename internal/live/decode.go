package live

import (
	"context"
	"io"
	"os"

	"github.com/jaga-project/jaga/pdq"
)

const (
	// frameSide is how wide and high frames are that come out of the decoder. PDQ
	// works on 64 by 64 averages of the picture, so a smaller picture that was
	// averaged well gives nearly the same hash.
	frameSide  = 256
	frameBytes = frameSide * frameSide
)

// Speed says how much of a stream is decoded.
type speed int

const (
	// speedKeys gives key frames only: about 2.5 % of a core for 720p with one a
	// second.
	speedKeys speed = iota
	// speedTwo gives two frames a second, from all frames that others refer to:
	// about 5 % of a core for 720p.
	speedTwo
)

// decoder is the process that decodes: it reads what a carrier holds and writes
// small grey frames. It has neither network nor files.
type decoder struct {
	*running
	in  *os.File // what is written here is decoded
	out *os.File
}

// decodeArgs are those of ffmpeg.
func decodeArgs(format string) []string {
	return []string{"-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "pipe",
		"-fflags", "+discardcorrupt", "-flags", "low_delay",
		// What the stream is shows in its tables and its first picture; looking
		// for more would hold up the first frames.
		"-probesize", "500000", "-analyzeduration", "300000", "-fpsprobesize", "0",
		// The loop filter smooths the edges of blocks, which a hash of averages
		// does not see, and costs a third of the decoding.
		"-skip_frame", "noref", "-skip_loop_filter", "all", "-threads", "1", "-f", format, "-i", "pipe:0",
		"-map", "0:v:0", "-an", "-sn", "-dn",
		"-vf", "select='isnan(prev_selected_t)+gte(t-prev_selected_t\\,0.45)+lt(t\\,prev_selected_t)',scale=256:256:flags=area,format=gray",
		// One thread here, too: several hold up a frame until the next one.
		"-fps_mode", "passthrough", "-flush_packets", "1", "-threads", "1", "-f", "rawvideo", "pipe:1"}
}

func startDecode(ctx context.Context, ff ffmpeg, format string) (*decoder, error) {
	run, in, out, err := ff.through(ctx, decodeArgs(format))
	if err != nil {
		return nil, err
	}
	return &decoder{run, in, out}, nil
}

// frames calls f with each frame, until there are no more.
func (d *decoder) frames(f func(pdq.Pixels)) error {
	buf := make([]byte, frameBytes)
	for {
		if _, err := io.ReadFull(d.out, buf); err != nil {
			return err
		}
		f(pdq.Pixels{Pix: buf, Stride: frameSide, Width: frameSide, Height: frameSide, Format: pdq.Gray})
	}
}
