package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jaga-project/jaga/internal/jail"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/testsound"
)

func TestMain(m *testing.M) {
	jail.Main(media.Worker())
	testscript.Main(m, map[string]func(){"jaga": main})
}

// TestScript runs the promises of the command line, one file each.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			// Nothing of the machine's own settings, and no data directory
			// but the script's.
			env.Setenv("JAGA_DATA", filepath.Join(env.WorkDir, "data"))
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			if cond == "ffmpeg" {
				_, err := exec.LookPath(cond)
				if err != nil && need.Required(cond) {
					return false, fmt.Errorf("required but missing: %w", err)
				}
				return err == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"picture":  pictureCmd,
			"tune":     tuneCmd,
			"status":   statusCmd,
			"retry":    retryCmd,
			"cutfile":  cutCmd,
			"appendto": appendCmd,
			"pack":     packCmd,
		},
	})
}

// tuneCmd writes a WAV file of generated sound: tune KIND NUMBER SECONDS FILE. The
// kinds are music, speech, noise and silence; a number gives each its own.
func tuneCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: tune KIND NUMBER SECONDS FILE")
	}
	seed, err := strconv.ParseUint(args[1], 10, 64)
	ts.Check(err)
	seconds, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	const rate = 22050
	var sound []float64
	switch args[0] {
	case "music":
		sound = testsound.Music(seed, rate, seconds)
	case "speech":
		sound = testsound.Speech(seed, rate, seconds)
	case "noise":
		sound = testsound.Noise(seed, rate, seconds)
	case "silence":
		sound = make([]float64, int(seconds*rate))
	default:
		ts.Fatalf("there is no sound %q", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), testsound.WAV(testsound.Samples(sound), rate, 1), 0o600))
}

// statusCmd runs a program and compares its exit status:
//
//	status 3 jaga scan .
func statusCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if err != nil {
		if _, serr := fmt.Sscanf(err.Error(), "exit status %d", &got); serr != nil {
			ts.Fatalf("%v", err)
		}
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// retryCmd runs a program until it succeeds, for half a minute at most:
//
//	retry jaga status
func retryCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: retry command…")
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[0], args[1:]...)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%v", err)
		}
	}
}

// pictureCmd makes a picture of soft shapes; equal seeds give the same scene
// at any size:
//
//	picture FILE SEED WIDTH HEIGHT [mirror]
func pictureCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 || len(args) > 5 {
		ts.Fatalf("usage: picture FILE SEED WIDTH HEIGHT [mirror]")
	}
	var n [3]int
	for i := range n {
		var err error
		n[i], err = strconv.Atoi(args[i+1])
		ts.Check(err)
	}
	img := scene(uint64(n[0]), n[1], n[2], len(args) == 5)
	var b bytes.Buffer
	switch filepath.Ext(args[0]) {
	case ".png":
		ts.Check(png.Encode(&b, img))
	case ".gif":
		ts.Check(gif.Encode(&b, img, nil))
	default:
		ts.Check(jpeg.Encode(&b, img, &jpeg.Options{Quality: 88}))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// cutCmd copies the beginning of a file: cutfile FROM TO BYTES
func cutCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cutfile FROM TO BYTES")
	}
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(ts.ReadFile(args[0]))[:n], 0o666))
}

// packCmd makes an archive of files, a tar when its name ends so and else a ZIP
// file: pack ARCHIVE FILE…
func packCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pack ARCHIVE FILE…")
	}
	var b bytes.Buffer
	if filepath.Ext(args[0]) == ".tar" {
		w := tar.NewWriter(&b)
		for _, name := range args[1:] {
			text := ts.ReadFile(name)
			ts.Check(w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text))}))
			_, err := io.WriteString(w, text)
			ts.Check(err)
		}
		ts.Check(w.Close())
	} else {
		z := zip.NewWriter(&b)
		for _, name := range args[1:] {
			w, err := z.Create(name)
			ts.Check(err)
			_, err = io.WriteString(w, ts.ReadFile(name))
			ts.Check(err)
		}
		ts.Check(z.Close())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o666))
}

// appendCmd adds text to a file, without a line end: appendto FILE TEXT
func appendCmd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: appendto FILE TEXT")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile(args[0])+args[1]), 0o666))
}

// scene sums waves of random direction, length and colour.
func scene(seed uint64, w, h int, mirror bool) image.Image {
	r := rand.New(rand.NewPCG(seed, 1))
	const waves = 24
	var fx, fy, phase, amp [waves]float64
	for i := range waves {
		f := 1 + 22*r.Float64()
		a := 2 * math.Pi * r.Float64()
		fx[i], fy[i] = f*math.Cos(a), f*math.Sin(a)
		phase[i], amp[i] = 2*math.Pi*r.Float64(), 90/math.Sqrt(f)
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := (float64(x)+0.5)/float64(w), (float64(y)+0.5)/float64(h)
			if mirror {
				u = 1 - u
			}
			sum := 128.0
			for i := range waves {
				sum += amp[i] * math.Sin(2*math.Pi*(fx[i]*u+fy[i]*v)/2+phase[i]) / 2
			}
			l := uint8(max(0, min(255, sum)))
			img.SetRGBA(x, y, color.RGBA{l, uint8(int(l)*3/4 + 20), uint8(220 - int(l)/2), 255})
		}
	}
	return img
}

// TestMainTakesItsStreams keeps tests and other callers able to run commands
// inside their own process.
func TestMainTakesItsStreams(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	code := Main(t.Context(), []string{"version", "--json"}, Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, nil)
	if code != exitOK || !strings.Contains(out.String(), `"version"`) || errs.Len() != 0 {
		t.Errorf("exit %d, out %q, err %q", code, out.String(), errs.String())
	}
}
