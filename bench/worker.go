package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/pdq/jpeg"
)

// work is our side of the comparison: it answers requests as
// bench/peers/worker.py does, in one thread.
func work(in io.Reader, out io.Writer) error {
	runtime.GOMAXPROCS(1)
	indexes := map[string]*codeIndex{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	enc := json.NewEncoder(out)
	for lines.Scan() {
		var r request
		err := json.Unmarshal(lines.Bytes(), &r)
		var a reply
		if err == nil {
			a, err = do(r, indexes)
		}
		if err != nil {
			a = reply{Error: r.Do + ": " + err.Error()}
		}
		if err := enc.Encode(a); err != nil {
			return err
		}
	}
	return lines.Err()
}

func do(r request, indexes map[string]*codeIndex) (reply, error) {
	switch r.Do {
	case "pixels jaga":
		return sweep(r, func(name string) (pdq.Pixels, error) {
			rgb, err := os.ReadFile(name)
			return pdq.Pixels{Pix: rgb, Stride: 3 * r.Width, Width: r.Width, Height: r.Height, Format: pdq.RGB}, err
		}, func(p pdq.Pixels) (pdq.Result, error) { return pdq.Sum(p) })
	case "jpeg screen":
		return sweep(r, same, func(name string) (pdq.Result, error) {
			data, err := os.ReadFile(name)
			if err != nil {
				return pdq.Result{}, err
			}
			res, _, err := jpeg.Screen(data)
			return res, err
		})
	case "jpeg full":
		return sweep(r, same, func(name string) (pdq.Result, error) {
			data, err := os.ReadFile(name)
			if err != nil {
				return pdq.Result{}, err
			}
			img, err := jpeg.Decode(data, jpeg.Limits{})
			if err != nil {
				return pdq.Result{}, err
			}
			return pdq.Sum(img.Pixels())
		})
	case "film decode", "film luma", "film accurate":
		return film(r)
	case "index build":
		delete(indexes, r.Kind) // an earlier one makes room
		runtime.GC()
		x, a, err := buildIndex(r)
		indexes[r.Kind] = x
		return a, err
	case "index drop":
		delete(indexes, r.Kind)
		runtime.GC()
		return reply{}, nil
	case "index query", "index batch", "index change":
		x := indexes[r.Kind]
		if x == nil {
			return reply{}, fmt.Errorf("no index %q was built", r.Kind)
		}
		switch r.Do {
		case "index query":
			return x.query(r)
		case "index batch":
			return x.batch(r)
		}
		return x.change(r)
	}
	return reply{}, fmt.Errorf("unknown request")
}

func same(name string) (string, error) { return name, nil }

// sweep does the work for every file, r.Reps times; only work is timed. The
// repetitions follow each other, so that a picture is in the processor's caches
// as if it had just been decoded.
func sweep[T any](r request, load func(string) (T, error), work func(T) (pdq.Result, error)) (reply, error) {
	things := make([]T, len(r.Files))
	for i, name := range r.Files {
		var err error
		if things[i], err = load(name); err != nil {
			return reply{}, err
		}
	}
	var a reply
	var total time.Duration
	for _, t := range things {
		for rep := range r.Reps {
			begin := time.Now()
			res, err := work(t)
			total += time.Since(begin)
			if err != nil {
				return reply{}, err
			}
			if rep == 0 {
				a.Answers = append(a.Answers, fmt.Sprintf("%s %d", res.Hash, res.Quality))
			}
		}
	}
	a.NS = float64(total.Nanoseconds()) / float64(len(things)*r.Reps)
	return a, nil
}

// summed shortens the hits of one query if they are many.
func summed(hits []string) string {
	text := strings.Join(hits, " ")
	if len(hits) <= 4 {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf("%d hits %s", len(hits), hex.EncodeToString(sum[:])[:16])
}
