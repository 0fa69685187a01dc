package media

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/jail"
	"github.com/jaga-project/jaga/pdq"
)

// FrameOptions say which frames of a video are wanted.
type FrameOptions struct {
	// Every is one frame in so many: of the frames that are decoded, those whose
	// number is a multiple of m, the whole part of Every times the average number
	// of frames in a second, at least 1. So does vPDQ's reference
	// (ThreatExchange, vpdq/cpp/hashing). 0 is every frame.
	Every time.Duration
	// Side scales pictures to a square of so many pixels; 0 is their own size.
	Side int
	// MaxFrames ends after so many wanted frames; 0 is all.
	MaxFrames int
	// Precise converts colours with accurate rounding, which takes nearly as long
	// as decoding. Of 532 published hashes of vPDQ's samples at their own size 492
	// are equal then, and 313 without; the others differ in a bit or two. On
	// processors with vector instructions the reference does not round so itself.
	Precise bool
	// Luma gives the luma of videos that store it in bytes, as most do, without
	// converting colours: the pixels are then [pdq.Luma], or [pdq.Gray] where it
	// uses the whole range. It takes half the time of conversion and a third of
	// the bytes. The edges of blocks in frames that predict from both sides are not
	// smoothed, where that does not spread. Hashes are those of the colours but for
	// a few bits, see docs/video.md. Videos that store something else are
	// converted. It does not go with Side.
	Luma bool
}

// format is the format in which the pictures of a stream are wanted.
func (o FrameOptions) format(v stream) pdq.Format {
	if o.Luma && o.Side == 0 {
		return v.luma()
	}
	return pdq.RGB
}

// Frame is one picture of a video.
type Frame struct {
	Number int           // of the decoded frame, from 0
	At     time.Duration // when it is shown, from the beginning of the file
	Pixels pdq.Pixels    // RGB, or as [FrameOptions.Luma] says; valid only during the call
}

// VideoFacts is what is known of a video after it was decoded.
type VideoFacts struct {
	Width, Height int
	Duration      time.Duration // as the file says; 0 when it does not
	Rate          float64       // average frames in a second; 0 when not known
	Codec         string        // ffmpeg's name
	Container     string        // ffmpeg's name
	Sound         bool          // there is at least one stream of sound
	Frames        int           // that were decoded
	Others        int           // further streams of pictures, which were not looked at
	Gaps          []Gap         // that could not be decoded
}

// Gap is a range that was not looked at.
type Gap struct {
	From, To time.Duration // To is less than 0 when the end is not known
	Why      jaga.Why
}

// Frames decodes a video and calls f for the wanted frames, one after the other.
// What of it cannot be decoded is in Gaps. The error is f's, *[NotChecked] when it
// cannot be decoded at all or not to its end (the frames up to there were given to
// f), or that of ctx or of reading the source. It is safe for concurrent use; so
// many videos are decoded at a time as there are workers.
func (d *Decoder) Frames(ctx context.Context, s Source, o FrameOptions, f func(Frame) error) (VideoFacts, error) {
	in, info, err := d.begin(ctx, s, o)
	if err != nil {
		return VideoFacts{}, err
	}
	defer d.finish(in)
	return d.frames(ctx, in, info, o, f)
}

// frames is Frames for a source that was begun.
func (d *Decoder) frames(ctx context.Context, in *input, info probed, o FrameOptions, f func(Frame) error) (VideoFacts, error) {
	v, others, ok := info.stream("video")
	if !ok {
		return VideoFacts{}, notChecked(jaga.WhyNotAnImage, "it has no pictures")
	}
	_, _, sound := info.stream("audio")
	facts := VideoFacts{Width: v.Width, Height: v.Height, Duration: info.duration(v), Rate: rational(v.Average), Codec: v.Codec,
		Container: info.container(), Sound: sound, Others: others}
	if n := int64(v.Width) * int64(v.Height); n > d.limits.Pixels || v.Width > pdq.MaxSide || v.Height > pdq.MaxSide {
		return facts, notChecked(jaga.WhyTooManyPix, "%d x %d pixels", v.Width, v.Height)
	}
	step := 1
	if o.Every > 0 {
		step = max(1, int(o.Every.Seconds()*facts.Rate))
	}
	return d.decodeFrames(ctx, in, v, facts, step, o, f)
}

// begin takes a place among those that decode, and finds out what the source is. The
// options are those of [Decoder.frames].
func (d *Decoder) begin(ctx context.Context, s Source, o FrameOptions) (*input, probed, error) {
	select {
	case d.films <- struct{}{}:
	case <-ctx.Done():
		return nil, probed{}, ctx.Err()
	}
	in, err := d.prepare(ctx, s)
	if err != nil {
		<-d.films
		return nil, probed{}, err
	}
	if demuxers[in.typ] == "" {
		d.finish(in)
		if in.typ == "" {
			return nil, probed{}, notChecked(jaga.WhyUnsupported, "an unknown kind of file")
		}
		return nil, probed{}, notChecked(jaga.WhyUnsupported, "%s is not decoded as video or sound", in.typ)
	}
	d.guess(ctx, in, o)
	info, err := d.probe(ctx, in)
	if err != nil {
		d.finish(in)
		return nil, probed{}, err
	}
	return in, info, nil
}

func (d *Decoder) finish(in *input) {
	if in.guessed != nil {
		_ = in.guessed.stop()
	}
	in.close()
	<-d.films
}

// decodeFrames runs ffmpeg and reads its pictures as PPM files in a row, which say
// how large each is, since a video may change that.
func (d *Decoder) decodeFrames(ctx context.Context, in *input, v stream, facts VideoFacts, step int, o FrameOptions, f func(Frame) error) (VideoFacts, error) {
	g, err := d.startedDecoding(ctx, in, d.frameArgs(in, v, step, o), step)
	if err != nil {
		return facts, err
	}
	defer g.stop()
	given, err := deliver(ctx, g.r, g.log, d.limits, o.format(v), f)
	cancelled := ctx.Err()
	if err != nil && !errors.Is(err, errCut) {
		g.cancel() // nobody wants more of it
	}
	end, log := g.end(), g.log
	facts.Frames, facts.Gaps = log.frames, log.gaps(facts.Duration, o.MaxFrames > 0 && given >= o.MaxFrames)
	var failed *jail.Failed
	switch {
	case cancelled != nil:
		return facts, cancelled
	case err != nil && !errors.Is(err, errCut):
		return facts, err
	case end != nil && !errors.As(end, &failed):
		return facts, whyNotRun(end)
	case given == 0 && log.frames == 0:
		return facts, complaint(log.said())
	case end != nil || errors.Is(err, errCut):
		facts.Gaps = addGap(facts.Gaps, Gap{log.last, -1, jaga.WhyDamaged}, facts.Duration)
	}
	return facts, nil
}

// frameArgs asks for the pictures of one stream and nothing else. showinfo says the
// time of every decoded frame; the area filter is what vPDQ scales with.
func (d *Decoder) frameArgs(in *input, v stream, step int, o FrameOptions) []string {
	threads := strconv.Itoa(d.tools.threads(v.Width, v.Height))
	args := append([]string{"-nostdin", "-nostats", "-loglevel", "level+info"}, before(in)...)
	luma := o.format(v) != pdq.RGB
	if luma {
		args = append(args, "-skip_loop_filter", v.unsmoothed())
	}
	args = append(args, "-max_pixels", strconv.FormatInt(d.limits.Pixels, 10), "-max_streams", "100",
		"-noautorotate", "-threads", threads, "-an", "-sn", "-dn", "-i", in.name)
	filter := "showinfo=checksum=0"
	if step > 1 {
		filter += fmt.Sprintf(",select='not(mod(n,%d))'", step)
	}
	size := ""
	if o.Side > 0 {
		size = fmt.Sprintf("%d:%d:", o.Side, o.Side)
	}
	flags := "area"
	if o.Precise {
		flags += "+accurate_rnd"
	}
	codec, pixels := "ppm", "rgb24"
	if luma {
		codec, pixels = "pgm", "gray"
		filter += ",extractplanes=y,format=gray"
	} else {
		filter += ",scale=" + size + "flags=" + flags + ",format=rgb24"
	}
	args = append(args, "-map", "0:"+strconv.Itoa(v.Index), "-filter_threads", "1", "-vf", filter,
		"-fps_mode", "passthrough", "-map_metadata", "-1")
	if o.MaxFrames > 0 {
		args = append(args, "-frames:v", strconv.Itoa(o.MaxFrames))
	}
	return append(args, "-c:v", codec, "-pix_fmt", pixels, "-f", "image2pipe", "-blocksize", "1048576", "pipe:1")
}

// errCut says that the pictures end in the middle of one.
var errCut = errors.New("the decoder ended in the middle of a picture")

// deliver reads pictures and gives them to f, and tells how many. Those that come
// meanwhile wait on their way, see [jail.Output].
func deliver(ctx context.Context, r io.Reader, log *frameLog, lim Limits, format pdq.Format, f func(Frame) error) (given int, err error) {
	channels, magic := format.Channels(), "P6"
	if channels == 1 {
		magic = "P5"
	}
	in := bufio.NewReaderSize(r, 64<<10)
	var pix []byte
	for {
		w, h, err := ppmHeader(in, magic, lim)
		if errors.Is(err, io.EOF) {
			return given, nil
		}
		if err != nil {
			return given, err
		}
		pix = slices.Grow(pix[:0], channels*w*h)[:channels*w*h]
		if _, err := io.ReadFull(in, pix); err != nil {
			return given, errCut
		}
		k, at, ok := log.next(ctx)
		if !ok {
			return given, ctx.Err()
		}
		if err := f(Frame{Number: k, At: at, Pixels: pdq.Pixels{Pix: pix, Stride: channels * w, Width: w, Height: h, Format: format}}); err != nil {
			return given, err
		}
		given++
	}
}

// ppmHeader reads the beginning of a picture in the form that ffmpeg writes it:
// "P6", or "P5" for one byte a pixel, width, height and 255, each on a line, width and height on one.
func ppmHeader(in *bufio.Reader, magic string, lim Limits) (w, h int, err error) {
	var lines [3][]byte
	for i := range lines {
		line, err := in.ReadSlice('\n')
		if err != nil {
			if i == 0 && len(line) == 0 && errors.Is(err, io.EOF) {
				return 0, 0, io.EOF
			}
			return 0, 0, errCut
		}
		lines[i] = bytes.Clone(bytes.TrimSpace(line))
	}
	a, b, _ := bytes.Cut(lines[1], []byte(" "))
	w, errW := strconv.Atoi(string(a))
	h, errH := strconv.Atoi(string(b))
	switch {
	case string(lines[0]) != magic, string(lines[2]) != "255", errW != nil, errH != nil, w <= 0, h <= 0:
		return 0, 0, errCut
	case w > pdq.MaxSide, h > pdq.MaxSide, int64(w)*int64(h) > lim.Pixels:
		return 0, 0, notChecked(jaga.WhyTooManyPix, "%d x %d pixels", w, h)
	}
	return w, h, nil
}
