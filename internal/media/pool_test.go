//go:build linux

package media

import (
	"bytes"
	"errors"
	"image"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/testpic"
)

// confined returns a decoder whose pictures are decoded in the jail.
func confined(t testing.TB, lim Limits, workers int) *Decoder {
	t.Helper()
	d := NewDecoder(lim, workers)
	d.Confine()
	t.Cleanup(d.Close)
	if err := d.Warm(t.Context()); err != nil {
		need.Missing(t, "jail", err.Error())
	}
	return d
}

// TestPoolSaysTheSame: where a picture is decoded changes nothing of what is said.
func TestPoolSaysTheSame(t *testing.T) {
	t.Parallel()
	here, there := NewDecoder(DefaultLimits(), 1), confined(t, DefaultLimits(), 2)
	photo := testpic.Photo(7, 640, 400)
	files := map[string][]byte{
		"jpeg":    testpic.JPEG(photo, 85),
		"png":     testpic.PNG(photo),
		"flat":    testpic.PNG(image.NewGray(image.Rect(0, 0, 64, 64))),
		"cut":     testpic.JPEG(photo, 85)[:3000],
		"damaged": append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{7}, 100)...),
		"text":    []byte("a line of text"),
		"empty":   nil,
	}
	for name, data := range files {
		for _, opts := range []Options{
			{}, {Rotations: true},
			{Rotations: true, Far: func([]jaga.Signal) bool { return true }},
			{Rotations: true, Far: func([]jaga.Signal) bool { return false }},
		} {
			if diff := cmp.Diff(measured(t, here, data, opts), measured(t, there, data, opts)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
	// The estimates are the same as well.
	var a, b []jaga.Signal
	measured(t, here, files["jpeg"], Options{Rotations: true, Far: func(s []jaga.Signal) bool { a = s; return true }})
	measured(t, there, files["jpeg"], Options{Rotations: true, Far: func(s []jaga.Signal) bool { b = s; return true }})
	if len(a) != 8 || !slices.Equal(a, b) {
		t.Errorf("estimates %v and %v", a, b)
	}
}

// TestPoolReplaces: a worker that is killed costs the file it has, and nothing else.
func TestPoolReplaces(t *testing.T) {
	t.Parallel()
	d := confined(t, DefaultLimits(), 1)
	data := testpic.JPEG(testpic.Photo(3, 320, 200), 85)
	w := <-d.pool.idle
	if err := unix.Kill(w.p.Pid(), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = w.p.Wait()
	d.pool.idle <- w
	m := measured(t, d, data, Options{})
	if m.Hashed() || len(m.Skipped) != 1 || m.Skipped[0].Why != jaga.WhyDamaged {
		t.Errorf("after kill -9: %+v", m.Skipped)
	}
	if m := measured(t, d, data, Options{}); !m.Hashed() {
		t.Errorf("the next file: %+v", m.Skipped)
	}
}

// TestPoolEndsTheSlow: a decoder that takes too long is ended, and its place free.
func TestPoolEndsTheSlow(t *testing.T) {
	t.Parallel()
	lim := DefaultLimits()
	lim.Time = time.Millisecond
	d := confined(t, lim, 1)
	slow := testpic.PNG(image.NewGray(image.Rect(0, 0, 6000, 6000)))
	if m := measured(t, d, slow, Options{}); len(m.Skipped) != 1 || m.Skipped[0].Why != jaga.WhyTimeout && m.Skipped[0].Why != jaga.WhyBusy {
		t.Errorf("%+v", m.Skipped)
	}
	if len(d.slots) != 0 {
		t.Error("its place is not free")
	}
}

func TestPoolWorksTogether(t *testing.T) {
	t.Parallel()
	d := confined(t, DefaultLimits(), 3)
	data := testpic.JPEG(testpic.Photo(3, 320, 200), 85)
	want := measured(t, d, data, Options{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				if m := measured(t, d, data, Options{}); !cmp.Equal(m, want) {
					t.Errorf("%+v", m)
				}
			}
		})
	}
	all.Wait()
}

func TestPoolCloses(t *testing.T) {
	t.Parallel()
	d := confined(t, DefaultLimits(), 1)
	w := <-d.pool.idle
	d.pool.idle <- w
	d.Close()
	if err := unix.Kill(w.p.Pid(), 0); !errors.Is(err, unix.ESRCH) {
		t.Errorf("the worker goes on: %v", err)
	}
	if m := measured(t, d, testpic.JPEG(testpic.Photo(3, 320, 200), 85), Options{}); m.Hashed() || len(m.Skipped) != 1 {
		t.Errorf("after the end: %+v", m)
	}
}

// BenchmarkPool is what the jail costs for each picture, beside decoding in this
// process, in one run: ms-more is how much longer a file takes.
func BenchmarkPool(b *testing.B) {
	for _, size := range [][2]int{{320, 200}, {1600, 1004}, {4000, 3000}} {
		data := testpic.JPEG(testpic.Photo(uint64(size[0]), size[0], size[1]), 85)
		here, there := NewDecoder(DefaultLimits(), 1), confined(b, DefaultLimits(), 1)
		b.Run(image.Pt(size[0], size[1]).String(), func(b *testing.B) {
			runtime.GC()
			for range 5 {
				measured(b, there, data, Options{Rotations: true})
			}
			alone := each(func() { measured(b, here, data, Options{Rotations: true}) })
			least := time.Hour
			for b.Loop() {
				start := time.Now()
				measured(b, there, data, Options{Rotations: true})
				least = min(least, time.Since(start))
			}
			b.ReportMetric(float64(least-alone)/1e6, "ms-more")
			b.ReportMetric(float64(least)/float64(alone), "x-here")
		})
	}
}
