package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/pdq"
)

// reels are the films that are measured: ffmpeg's own pictures that move, 720p,
// as cameras and sites encode.
var reels = []string{"testsrc2=size=1280x720:rate=30", "mandelbrot=size=1280x720:rate=30"}

// reelSeconds is how long they are, like what people send each other.
const reelSeconds = 30

// films makes what is missing of the films and names them.
func (in inputs) films() (names []string, err error) {
	for i, source := range reels {
		name := filepath.Join(in.dir, fmt.Sprintf("film-%d-%ds.mp4", i, reelSeconds))
		names = append(names, name)
		if _, err := os.Stat(name); err == nil {
			continue
		}
		out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-t", strconv.Itoa(reelSeconds),
			"-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", "23", name).CombinedOutput()
		if err != nil {
			return nil, fmt.Errorf("make a film: %w: %s", err, bytes.TrimSpace(out))
		}
	}
	return names, nil
}

// film answers for our side: the hashes of every frame, or nothing but the time
// that ffmpeg's decoding takes. All sides use as many processors as they like.
func film(r request) (a reply, err error) {
	runtime.GOMAXPROCS(runtime.NumCPU())
	defer runtime.GOMAXPROCS(1)
	d := media.NewDecoder(media.DefaultLimits(), 1)
	for _, name := range r.Files {
		begin := time.Now()
		var frames []pdq.Result
		if r.Do == "film decode" {
			err = exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", name, "-map", "0:v:0", "-f", "null", "-").Run()
		} else {
			frames, err = hashFilm(d, name, media.FrameOptions{Luma: r.Do == "film luma", Precise: r.Do == "film accurate"})
		}
		a.NS += float64(time.Since(begin)) / float64(len(r.Files))
		if err != nil {
			return a, err
		}
		for _, f := range frames {
			a.Answers = append(a.Answers, fmt.Sprintf("%s %d", f.Hash, f.Quality))
		}
	}
	return a, nil
}

func hashFilm(d *media.Decoder, name string, o media.FrameOptions) (out []pdq.Result, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	facts, err := d.Frames(context.Background(), media.Source{File: f}, o, func(f media.Frame) error {
		r, err := pdq.Sum(f.Pixels)
		out = append(out, r)
		return err
	})
	if err == nil && len(facts.Gaps) > 0 {
		err = errors.New("a film could not be decoded to its end")
	}
	return out, errors.Join(err, f.Close())
}

// films compares hashing every frame of films. The answers differ a little, by how
// colours are converted; how far is among the facts.
func (u *run) films(m *measured) error {
	files, err := u.in.films()
	if err != nil {
		return err
	}
	ask := func(do string) request { return request{Do: do, Files: files} }
	turns := []turn{
		{"decode", u.ours["jaga"], ask("film decode")},
		{"luma", u.ours["jaga"], ask("film luma")},
		{"accurate", u.ours["jaga"], ask("film accurate")},
	}
	m.With = map[string]string{}
	if u.vpdq != "" {
		turns = append(turns, turn{"vpdq", u.peers, ask("film vpdq")})
		m.With["vpdq"] = u.vpdq
	}
	version, err := exec.Command("ffmpeg", "-version").Output()
	if err != nil {
		return err
	}
	m.With["ffmpeg"] = strings.Fields(string(version))[2]
	answers, err := u.rounds(m, u.opt.rounds, turns)
	if err != nil {
		return err
	}
	m.Facts["frames"] = float64(len(answers["luma"])) / float64(len(files))
	for _, side := range []string{"luma", "accurate"} {
		far, err := apart(answers[side], answers["vpdq"])
		if err != nil {
			return err
		}
		if len(far) > 0 {
			m.Facts["median bits "+side], m.Facts["most bits "+side] = median(far), slices.Max(far)
		}
	}
	return nil
}

// apart is how many bits the hashes of each frame differ; nothing without a peer.
func apart(ours, theirs []string) (far []float64, err error) {
	if len(theirs) == 0 {
		return nil, nil
	}
	if len(ours) != len(theirs) {
		return nil, fmt.Errorf("%d frames, but the peer has %d", len(ours), len(theirs))
	}
	for i := range ours {
		var h [2]pdq.Hash
		for k, text := range []string{ours[i], theirs[i]} {
			hash, _, _ := strings.Cut(text, " ")
			if h[k], err = pdq.ParseHash(hash); err != nil {
				return nil, err
			}
		}
		far = append(far, float64(h[0].Distance(h[1])))
	}
	return far, nil
}
