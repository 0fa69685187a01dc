package main

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/media"
)

// BenchmarkScan measures a whole scan beside its baseline, the bare loop that
// opens and hashes the same files in the same way, by screening, with as many
// workers. Everything a scan adds (walk, order, matching, output, reading the
// configuration) is the difference; the aim is to keep at least 90 % of the
// loop's rate, and x-loop says what is kept. The two take turns, so that both see
// the same machine.
func BenchmarkScan(b *testing.B) {
	const files = 400
	dir := b.TempDir()
	var names []string
	for i := range files {
		var buf bytes.Buffer
		if err := jpeg.Encode(&buf, scene(uint64(i%20), 640+i, 480, false), &jpeg.Options{Quality: 85}); err != nil {
			b.Fatal(err)
		}
		name := filepath.Join(dir, fmt.Sprintf("%04d.jpg", i))
		if err := os.WriteFile(name, buf.Bytes(), 0o600); err != nil {
			b.Fatal(err)
		}
		names = append(names, name)
	}
	list := filepath.Join(b.TempDir(), "list.txt")
	if err := os.WriteFile(list, []byte("pdq\nf8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22\n"), 0o600); err != nil {
		b.Fatal(err)
	}

	scan := func() {
		code := Main(context.Background(), []string{"scan", "-q", "--rotations=false", "--list", list, dir},
			Streams{Out: io.Discard, Err: io.Discard}, []string{"JAGA_DATA=" + dir + "/none"})
		if code != exitOK {
			b.Fatalf("exit status %d", code)
		}
	}
	var loop time.Duration
	for b.Loop() {
		start := time.Now()
		hashLoop(b, names)
		loop += time.Since(start)
		scan()
	}
	each := (b.Elapsed() - loop) / time.Duration(b.N)
	b.ReportMetric(float64(loop)/float64(b.N)/float64(each), "x-loop")
	b.ReportMetric(files/each.Seconds(), "files/s")
}

func hashLoop(b *testing.B, names []string) {
	d := media.NewDecoder(media.DefaultLimits(), 0)
	far := func([]jaga.Signal) bool { return true }
	next := make(chan string)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for name := range next {
				f, err := os.Open(name)
				if err != nil {
					b.Error(err)
					return
				}
				if _, err := d.Measure(context.Background(), f, media.Options{Far: far}); err != nil {
					b.Error(err)
				}
				f.Close()
			}
		})
	}
	for _, name := range names {
		next <- name
	}
	close(next)
	workers.Wait()
}
