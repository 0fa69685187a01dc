package media

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
	// the bytes; hashes are those of the colours but for a few bits, see
	// docs/video.md. Videos that store something else are converted. It does
	// not go with Side.
	Luma bool
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
	in, info, err := d.begin(ctx, s)
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

// begin takes a place among those that decode, and finds out what the source is.
func (d *Decoder) begin(ctx context.Context, s Source) (*input, probed, error) {
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
	info, err := d.probe(ctx, in)
	if err != nil {
		d.finish(in)
		return nil, probed{}, err
	}
	return in, info, nil
}

func (d *Decoder) finish(in *input) {
	in.close()
	<-d.films
}

// decodeFrames runs ffmpeg and reads its pictures as PPM files in a row, which say
// how large each is, since a video may change that.
func (d *Decoder) decodeFrames(ctx context.Context, in *input, v stream, facts VideoFacts, step int, o FrameOptions, f func(Frame) error) (VideoFacts, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r, w, err := jail.Output()
	if err != nil {
		return facts, fmt.Errorf("decode video: %w", err)
	}
	defer r.Close()
	log := newFrameLog(step)
	format := pdq.RGB
	if o.Luma && o.Side == 0 {
		format = v.luma()
	}
	p, err := d.execute(ctx, "ffmpeg", d.frameArgs(in, v, step, o, format), in, false, w, log)
	w.Close()
	if err != nil {
		return facts, err
	}
	go func() {
		_ = p.Wait()
		log.close() // nothing more is announced
	}()
	given, err := deliver(ctx, r, log, d.limits, format, f)
	cancelled := ctx.Err()
	r.Close()
	if err != nil && !errors.Is(err, errCut) {
		cancel() // nobody wants more of it
	}
	end := p.Wait()
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
func (d *Decoder) frameArgs(in *input, v stream, step int, o FrameOptions, format pdq.Format) []string {
	threads := strconv.Itoa(d.tools.threads())
	args := append([]string{"-nostdin", "-nostats", "-loglevel", "level+info"}, before(in)...)
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
	if format == pdq.RGB {
		filter += ",scale=" + size + "flags=" + flags + ",format=rgb24"
	} else {
		codec, pixels = "pgm", "gray"
		filter += ",extractplanes=y,format=gray"
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

// buffers is how many pictures are on their way, so that one can be hashed while
// the next is decoded.
const buffers = 3

// deliver reads pictures and gives them to f, and tells how many.
func deliver(ctx context.Context, r io.Reader, log *frameLog, lim Limits, format pdq.Format, f func(Frame) error) (given int, err error) {
	channels, magic := format.Channels(), "P6"
	if channels == 1 {
		magic = "P5"
	}
	type picture struct {
		pix  []byte
		w, h int
	}
	free, full := make(chan []byte, buffers), make(chan picture, buffers)
	for range buffers {
		free <- nil
	}
	stop := make(chan struct{})
	defer close(stop)
	var broken error // set before full is closed
	go func() {
		defer close(full)
		in := bufio.NewReaderSize(r, 64<<10)
		for {
			w, h, err := ppmHeader(in, magic, lim)
			if err != nil {
				if !errors.Is(err, io.EOF) {
					broken = err
				}
				return
			}
			var b []byte
			select {
			case b = <-free:
			case <-stop:
				return
			}
			if n := channels * w * h; cap(b) < n {
				b = make([]byte, n)
			} else {
				b = b[:n]
			}
			if _, err := io.ReadFull(in, b); err != nil {
				broken = errCut
				return
			}
			select {
			case full <- picture{b, w, h}:
			case <-stop:
				return
			}
		}
	}()
	for p := range full {
		k, at, ok := log.next(ctx)
		if !ok {
			return given, ctx.Err()
		}
		if err := f(Frame{Number: k, At: at, Pixels: pdq.Pixels{Pix: p.pix, Stride: channels * p.w, Width: p.w, Height: p.h, Format: format}}); err != nil {
			return given, err
		}
		given++
		free <- p.pix
	}
	return given, broken
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
