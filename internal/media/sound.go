package media

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/jail"
)

// SoundFacts is what is known of a sound after it was decoded.
type SoundFacts struct {
	Rate     int           // samples in a second, as stored
	Channels int           // as stored
	Duration time.Duration // of what was decoded
	Stated   time.Duration // as the file says of this stream; 0 when it does not
	Codec    string        // ffmpeg's name
	Others   int           // further streams of sound, which were not listened to
	// Damaged says that something could not be decoded: what was given is not
	// all of it.
	Damaged bool
}

// soundPiece is how many samples are given at a time.
const soundPiece = 16 << 10

// Sound decodes the first stream of sound of a file to one channel at the rate, in
// samples a second, and calls f for one piece after the other; samples are valid
// only during the call. Errors are as with [Decoder.Frames].
func (d *Decoder) Sound(ctx context.Context, s Source, rate int, f func(samples []int16) error) (SoundFacts, error) {
	if rate < 1000 || rate > 192_000 {
		return SoundFacts{}, jaga.Errorf(jaga.CodeInvalid, "decode sound: %d samples a second; between 1000 and 192000 are possible", rate)
	}
	in, info, err := d.begin(ctx, s, FrameOptions{})
	if err != nil {
		return SoundFacts{}, err
	}
	defer d.finish(in)
	return d.sound(ctx, in, info, rate, f)
}

// sound is Sound for a source that was begun.
func (d *Decoder) sound(ctx context.Context, in *input, info probed, rate int, f func(samples []int16) error) (SoundFacts, error) {
	a, others, ok := info.stream("audio")
	if !ok {
		return SoundFacts{}, notChecked(jaga.WhyNotGiven, "it has no sound")
	}
	facts := SoundFacts{Channels: a.Channels, Codec: a.Codec, Stated: info.soundDuration(a), Others: others}
	facts.Rate, _ = strconv.Atoi(a.Rate)

	args := append([]string{"-nostdin", "-nostats", "-loglevel", "level+error"}, before(in)...)
	args = append(args, "-max_streams", "100", "-threads", "1", "-vn", "-sn", "-dn", "-i", in.name, "-map", "0:"+strconv.Itoa(a.Index), "-filter_threads", "1",
		"-ac", "1", "-ar", strconv.Itoa(rate), "-map_metadata", "-1", "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1")
	g, err := d.startDecoding(ctx, in, args, 1)
	if err != nil {
		return facts, err
	}
	defer g.stop()
	n, err := samples(g.r, f)
	cancelled := ctx.Err()
	if err != nil {
		g.cancel() // nobody wants more of it
	}
	end, log := g.end(), g.log
	facts.Duration = seconds(float64(n) / float64(rate))
	facts.Damaged = end != nil || log.said() != "" || facts.Stated-facts.Duration > 2*time.Second
	var failed *jail.Failed
	switch {
	case cancelled != nil:
		return facts, cancelled
	case err != nil:
		return facts, err
	case end != nil && !errors.As(end, &failed):
		return facts, whyNotRun(end)
	case n == 0:
		return facts, complaint(log.said())
	}
	return facts, nil
}

// samples reads 16-bit samples and gives them to f, and tells how many.
func samples(r io.Reader, f func([]int16) error) (n int64, err error) {
	b, out := make([]byte, 2*soundPiece), make([]int16, soundPiece)
	for {
		got, err := io.ReadFull(r, b)
		for i := range got / 2 {
			out[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
		}
		if got >= 2 {
			n += int64(got / 2)
			if err := f(out[:got/2]); err != nil {
				return n, err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return n, nil
		case err != nil:
			return n, err
		}
	}
}
