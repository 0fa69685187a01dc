package media

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/jail"
	"github.com/jaga-project/jaga/pdq"
)

// decoding is ffmpeg while it decodes pictures or sound.
type decoding struct {
	args   []string // of ffmpeg
	r      *os.File // what was decoded
	log    *frameLog
	p      *jail.Process
	cancel context.CancelFunc
}

// startDecoding starts ffmpeg, whose arguments ask for one frame in step. The caller
// calls stop.
func (d *Decoder) startDecoding(ctx context.Context, in *input, args []string, step int) (*decoding, error) {
	r, w, err := jail.Output()
	if err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	g := &decoding{args: args, r: r, log: newFrameLog(step)}
	ctx, g.cancel = context.WithCancel(ctx)
	g.p, err = d.execute(ctx, "ffmpeg", args, in, false, w, g.log)
	w.Close()
	if err != nil {
		g.cancel()
		r.Close()
		return nil, err
	}
	go func() {
		_ = g.p.Wait()
		g.log.close() // nothing more is announced
	}()
	return g, nil
}

// stop ends ffmpeg, if it still runs, and returns how it ended.
func (g *decoding) stop() error {
	g.cancel()
	return g.end()
}

// end waits for ffmpeg, which does not wait for a reader any more.
func (g *decoding) end() error {
	g.r.Close()
	return g.p.Wait()
}

// usual is what most films are that people send each other.
var usual = stream{Codec: "h264", Width: 1920, Height: 1080, Pixels: "yuv420p"}

// guess starts decoding a film while ffprobe still looks what it is, when every
// frame is wanted: each of the two programs takes a tenth of a second to start, in
// which thirty frames could be decoded. [Decoder.startedDecoding] takes what it
// started, if that is what is needed.
func (d *Decoder) guess(ctx context.Context, in *input, o FrameOptions) {
	if o.Every > 0 || o.format(usual) == pdq.RGB || in.files == nil || in.typ.Kind() != jaga.KindVideo {
		return
	}
	// What hinders it hinders the real start, too, which tells.
	in.guessed, _ = d.startDecoding(ctx, in, d.frameArgs(in, usual, 1, o), 1)
}

// startedDecoding is startDecoding, or what was guessed if that is the same. One that
// was guessed for nothing ends.
func (d *Decoder) startedDecoding(ctx context.Context, in *input, args []string, step int) (*decoding, error) {
	g := in.guessed
	in.guessed = nil
	if g != nil && slices.Equal(g.args, args) {
		return g, nil
	}
	if g != nil {
		_ = g.stop()
	}
	return d.startDecoding(ctx, in, args, step)
}
