package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/testpic"
)

// demoFilms is the bank that knows a film of the demonstration.
const demoFilms = "DEMO_FILMS"

// The size of the films of the demonstration, in pixels.
const demoFilmWidth, demoFilmHeight = 480, 320

// demoShot is a drawn picture that a film shows for so many seconds.
type demoShot struct {
	picture *image.RGBA
	seconds int
}

// demoShots draws pictures that nobody knows, by their numbers.
func demoShots(seconds int, from, to uint64) (out []demoShot) {
	for n := from; n < to; n++ {
		out = append(out, demoShot{testpic.Photo(50_000+n, demoFilmWidth, demoFilmHeight), seconds})
	}
	return out
}

// demoDark is a picture with nothing in it.
func demoDark(seconds int) demoShot {
	return demoShot{testpic.Flat(demoFilmWidth, demoFilmHeight, color.RGBA{12, 12, 14, 255}), seconds}
}

// makeFilm has ffmpeg make a film of pictures, with a key frame every second. What
// it reads is drawn here, so it runs outside the jail.
func makeFilm(ctx context.Context, ffmpeg, format string, shots []demoShot) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	args := []string{"-nostdin", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgba", "-video_size", fmt.Sprintf("%dx%d", demoFilmWidth, demoFilmHeight), "-framerate", "1", "-i", "pipe:0",
		"-vf", "fps=5", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "5", "-sc_threshold", "0", "-f", format}
	if format == "mp4" {
		args = append(args, "-movflags", "frag_keyframe+empty_moov") // a pipe cannot be gone back in
	}
	cmd := exec.CommandContext(ctx, ffmpeg, append(args, "pipe:1")...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	wrote := writeShots(in, shots)
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return out.Bytes(), wrote
}

func writeShots(to io.WriteCloser, shots []demoShot) error {
	defer to.Close()
	for _, s := range shots {
		for range s.seconds {
			if _, err := to.Write(s.picture.Pix); err != nil {
				return err
			}
		}
	}
	return nil
}

// film has a film come in that shows a part of a known one between scenes that
// nobody knows. Without ffmpeg there is none.
func (d *demoRun) film() error {
	ffmpeg := d.s.ffmpeg
	if ffmpeg == "" {
		return nil
	}
	known := demoShots(3, 0, 8)
	stored, err := makeFilm(d.ctx, ffmpeg, "mp4", known)
	if err != nil {
		d.s.log.Warn("the demonstration goes on without a film", "error", err)
		return nil
	}
	came, err := makeFilm(d.ctx, ffmpeg, "mp4", append(append(demoShots(3, 20, 24), known[1:7]...), demoShots(3, 24, 29)...))
	if err != nil {
		return err
	}
	b := bank.Defaults(demoFilms)
	b.Note = "One film, drawn by jaga demo. Nothing in it is real."
	ctx := d.at(d.from.Add(-time.Hour))
	if _, err := d.s.banks.Create(ctx, d.operator, b); err != nil {
		return err
	}
	got, err := d.s.decoder.Measure(ctx, bytes.NewReader(stored), media.Options{})
	if err != nil {
		return err
	}
	e := bank.NewEntry{Note: "film 1", Source: "jaga demo"}
	for _, sig := range got.Usable() {
		v, err := engine.ParseSignal(sig)
		if err != nil {
			return err
		}
		e.Values = append(e.Values, v)
	}
	if len(e.Values) == 0 {
		d.s.log.Warn("the demonstration goes on without a film", "why", "this kernel cannot confine the decoder") // jaga doctor tells more
		return nil
	}
	if _, err := d.s.banks.Add(ctx, d.operator, demoFilms, e); err != nil {
		return err
	}
	d.later(d.now.Add(-3*time.Hour), func(at time.Time) error {
		_, err := d.s.intake.Take(d.at(at), intake.Request{Source: d.platform, Ref: "film 1, cut and shown again", Author: "demo-account-140", Audience: "public", Body: bytes.NewReader(came)})
		return err
	})
	return nil
}
