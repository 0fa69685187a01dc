// Command sound measures what sound may go through and still be found by
// package chroma, and how near unrelated sound comes by chance. It writes the
// tables of docs/audio.md and the plot beside them.
//
//	go run ./scripts/sound        measure (minutes; needs ffmpeg) and write
//	go run ./scripts/sound -page  write the page from results.json again
//
// All sound is made by internal/testsound. What was measured is kept in
// results.json beside this file, and the page is made from that alone.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/testsound"
)

const (
	pieces  = 16 // half music, half speech
	rate    = 44100
	seconds = 70.0
	others  = 60 // unrelated recordings in the set, and as many again as queries
)

// lengths of excerpts, in seconds.
var lengths = []int{5, 10, 20}

// change is what an excerpt goes through.
type change struct {
	Name, Ext string
	Arg       []string
	Noise     float64 // decibels below the sound; 0 is none
}

func speed(percent float64) string {
	f := strconv.FormatFloat(rate*(1+percent/100), 'f', 0, 64)
	return "asetrate=" + f + ",aresample=" + strconv.Itoa(rate)
}

var changes = []change{
	{Name: "as it is", Ext: "wav"},
	{Name: "MP3, 128 kbit/s", Ext: "mp3", Arg: []string{"-b:a", "128k"}},
	{Name: "MP3, 64 kbit/s", Ext: "mp3", Arg: []string{"-b:a", "64k"}},
	{Name: "MP3, 32 kbit/s", Ext: "mp3", Arg: []string{"-b:a", "32k"}},
	{Name: "AAC, 64 kbit/s", Ext: "m4a", Arg: []string{"-b:a", "64k"}},
	{Name: "AAC, 32 kbit/s", Ext: "m4a", Arg: []string{"-b:a", "32k"}},
	{Name: "Opus, 64 kbit/s", Ext: "opus", Arg: []string{"-b:a", "64k"}},
	{Name: "Opus, 16 kbit/s", Ext: "opus", Arg: []string{"-b:a", "16k"}},
	{Name: "8,000 samples a second", Ext: "wav", Arg: []string{"-ar", "8000"}},
	{Name: "1 % faster, MP3 64", Ext: "mp3", Arg: []string{"-af", speed(1), "-b:a", "64k"}},
	{Name: "2 % faster, MP3 64", Ext: "mp3", Arg: []string{"-af", speed(2), "-b:a", "64k"}},
	{Name: "2 % slower, MP3 64", Ext: "mp3", Arg: []string{"-af", speed(-2), "-b:a", "64k"}},
	{Name: "1.8 % slower, AAC 64", Ext: "m4a", Arg: []string{"-af", speed(-1.8), "-b:a", "64k"}},
	{Name: "2 % faster, Opus 64", Ext: "opus", Arg: []string{"-af", speed(2), "-b:a", "64k"}},
	{Name: "3 % faster", Ext: "wav", Arg: []string{"-af", speed(3)}},
	{Name: "noise 20 dB below", Ext: "wav", Noise: 20},
	{Name: "noise 10 dB below", Ext: "wav", Noise: 10},
	{Name: "noise 5 dB below", Ext: "wav", Noise: 5},
}

// result is one row of the table.
type result struct {
	Name   string
	Of     int
	Found  []int   // by length
	Wrong  []int   // matches with another recording
	Flat   []int   // refused for too little detail
	Errors float64 // median part of differing bits of those found, at 10 seconds
}

type results struct {
	Changes []result
	Chance  []chance
}

// chance is how near unrelated sound comes.
type chance struct {
	Kind     string
	Queries  int
	Searched int
	Matches  int
	// Nearest is the smallest part of differing bits of ten seconds over all
	// alignments with all other recordings of the kind, before any rule.
	Nearest float64
	Aligned int
}

func main() {
	page := flag.Bool("page", false, "write the page from the kept results")
	root := flag.String("root", ".", "top of the repository")
	flag.Parse()
	file := filepath.Join(*root, "scripts/sound/results.json")
	var r results
	var err error
	if *page {
		var data []byte
		if data, err = os.ReadFile(file); err == nil {
			err = json.Unmarshal(data, &r)
		}
	} else if r, err = measure(); err == nil {
		data, _ := json.MarshalIndent(r, "", "\t")
		err = os.WriteFile(file, append(data, '\n'), 0o644)
	}
	if err == nil {
		err = write(*root, &r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func piece(i int, rate int, seconds float64) []float64 {
	if i%2 == 1 {
		return testsound.Speech(uint64(7000+i), rate, seconds)
	}
	return testsound.Music(uint64(7000+i), rate, seconds)
}

func measure() (r results, err error) {
	dir, err := os.MkdirTemp("", "sound")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	var b chroma.Builder
	for i := range pieces {
		src := filepath.Join(dir, fmt.Sprintf("%d.wav", i))
		if err := os.WriteFile(src, testsound.WAV(testsound.Samples(piece(i, rate, seconds)), rate, 1), 0o600); err != nil {
			return r, err
		}
		samples, err := decode(src)
		if err != nil {
			return r, err
		}
		if err := b.Add(uint32(i), chroma.Fingerprint(samples)); err != nil {
			return r, err
		}
	}
	for i := range others {
		if err := b.Add(uint32(1000+i), chroma.Fingerprint(testsound.Samples(piece(1000+i, chroma.Rate, seconds)))); err != nil {
			return r, err
		}
	}
	x, err := b.Build(context.Background())
	if err != nil {
		return r, err
	}
	set := chroma.NewSet(x)
	for _, c := range changes {
		row, err := tryChange(set, dir, c)
		if err != nil {
			return r, err
		}
		fmt.Fprintf(os.Stderr, "%+v\n", row)
		r.Changes = append(r.Changes, row)
	}
	for kind, make := range map[string]func(i int) []float64{
		"music":  func(i int) []float64 { return testsound.Music(uint64(90000+i), chroma.Rate, 10) },
		"speech": func(i int) []float64 { return testsound.Speech(uint64(90000+i), chroma.Rate, 10) },
		"noise":  func(i int) []float64 { return testsound.Noise(uint64(90000+i), chroma.Rate, 10) },
		"tones":  func(i int) []float64 { return testsound.Tone(60*float64(i+1), chroma.Rate, 10) },
		"sweeps": func(i int) []float64 { return testsound.Sweep(40*float64(i+1), 90*float64(others-i), chroma.Rate, 10) },
	} {
		r.Chance = append(r.Chance, byChance(set, kind, make))
	}
	slices.SortFunc(r.Chance, func(a, b chance) int { return strings.Compare(a.Kind, b.Kind) })
	return r, nil
}

func tryChange(set *chroma.Set, dir string, c change) (result, error) {
	row := result{Name: c.Name, Of: pieces, Found: make([]int, len(lengths)), Wrong: make([]int, len(lengths)), Flat: make([]int, len(lengths))}
	r := rand.New(rand.NewPCG(11, uint64(len(c.Name))))
	var errs []float64
	for i := range pieces {
		from := 2 + 40*r.Float64()
		out := filepath.Join(dir, "out."+c.Ext)
		arg := append([]string{"-v", "error", "-y", "-ss", strconv.FormatFloat(from, 'f', 4, 64), "-t", "23", "-i", filepath.Join(dir, fmt.Sprintf("%d.wav", i))}, c.Arg...)
		if msg, err := exec.Command("ffmpeg", append(arg, out)...).CombinedOutput(); err != nil {
			return row, fmt.Errorf("%s: %w: %s", c.Name, err, msg)
		}
		samples, err := decode(out)
		if err != nil {
			return row, err
		}
		if c.Noise > 0 {
			x := make([]float64, len(samples))
			for k, s := range samples {
				x[k] = float64(s) / (1 << 15)
			}
			samples = testsound.Samples(testsound.Mix(x, testsound.Noise(uint64(i), chroma.Rate, 23), c.Noise))
		}
		for k, n := range lengths {
			q, err := chroma.NewQuery(samples[:n*chroma.Rate])
			if err != nil {
				return row, err
			}
			if !q.Searched() {
				row.Flat[k]++
			}
			found := false
			for _, m := range set.Search(q) {
				if m.ID != uint32(i) {
					row.Wrong[k]++
					continue
				}
				apart := (m.Recording.From - m.Query.From - time.Duration(from*float64(time.Second))).Abs()
				if apart > time.Second {
					row.Wrong[k]++
				} else if !found {
					found = true
					row.Found[k]++
					if n == 10 {
						errs = append(errs, m.Errors)
					}
				}
			}
		}
	}
	if slices.Sort(errs); len(errs) > 0 {
		row.Errors = errs[len(errs)/2]
	}
	return row, nil
}

func byChance(set *chroma.Set, kind string, make func(i int) []float64) chance {
	c := chance{Kind: kind, Queries: others, Nearest: 1}
	var all [][]uint32
	for i := range others {
		samples := testsound.Samples(make(i))
		q, err := chroma.NewQuery(samples)
		if err != nil {
			continue
		}
		if q.Searched() {
			c.Searched++
		}
		c.Matches += len(set.Search(q))
		words := chroma.Fingerprint(samples)
		for _, o := range all {
			for d := -10; d <= 10; d++ {
				a, b := words[max(0, d):], o[max(0, -d):]
				n := min(len(a), len(b))
				differ := 0
				for k := range n {
					differ += bits.OnesCount32(a[k] ^ b[k])
				}
				c.Aligned++
				c.Nearest = min(c.Nearest, float64(differ)/float64(32*n))
			}
		}
		all = append(all, words)
	}
	return c
}

// decode lets ffmpeg make mono samples of the rate of fingerprints.
func decode(path string) ([]int16, error) {
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-ac", "1", "-ar", strconv.Itoa(chroma.Rate), "-f", "s16le", "pipe:1").Output()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("decode %s", filepath.Base(path)), err)
	}
	samples := make([]int16, len(out)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(out[2*i:]))
	}
	return samples, nil
}
