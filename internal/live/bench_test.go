package live_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/need"
)

// ticks is the processor time of a process, in hundredths of a second.
func ticks(pid string) (n int) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	for _, i := range []int{11, 12} {
		v, _ := strconv.Atoi(f[i])
		n += v
	}
	return n
}

// BenchmarkWatch tells what watching one stream of 720p at 30 frames a second
// costs: the share of a core of each process, over twenty seconds.
//
//	go test -run '^$' -bench 'Watch$' -benchtime 1x ./internal/live
func BenchmarkWatch(b *testing.B) {
	need.Tool(b, "ffmpeg")
	for _, keys := range []string{"30", "60", "300"} {
		b.Run("key-every-"+keys, func(b *testing.B) {
			w := withFFmpeg(b, nil)
			path := filepath.Join(b.TempDir(), "film.ts")
			if out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=28", "-f", "lavfi", "-i", "sine=d=28",
				"-c:v", "libx264", "-preset", "veryfast", "-b:v", "2500k", "-g", keys, "-sc_threshold", "0", "-bf", "2", "-c:a", "aac", path).CombinedOutput(); err != nil {
				b.Fatalf("%v %s", err, out)
			}
			for b.Loop() {
				watch := w.start(b, live.New{Source: "push:realtime"})
				f, err := os.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				done := make(chan error, 1)
				go func() { done <- w.live.Push(b.Context(), watch.ID, f) }()
				time.Sleep(6 * time.Second) // until it has chosen what to decode
				self := strconv.Itoa(os.Getpid())
				children := func() (n int) {
					out, _ := exec.Command("pgrep", "-P", self, "-f", "pipe:1").Output()
					for pid := range strings.FieldsSeq(string(out)) {
						n += ticks(pid)
					}
					return n
				}
				own, theirs, begun := ticks(self), children(), time.Now()
				time.Sleep(18 * time.Second)
				long := time.Since(begun).Seconds()
				b.ReportMetric(float64(children()-theirs)/long, "%core-ffmpeg")
				b.ReportMetric(float64(ticks(self)-own)/long, "%core-own")
				if err := <-done; err != nil {
					b.Fatal(err)
				}
				_ = f.Close()
				b.ReportMetric(float64(w.get(b, watch.ID).Frames)/28, "frames/s")
			}
		})
	}
}

// BenchmarkIdle tells the memory that a watch takes in this process while its
// source sends 2.5 Mbit/s, the full ring with it.
func BenchmarkIdle(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		const n = 10
		rings := make([]*live.Ring, n)
		for i := range rings {
			rings[i] = live.NewRing(live.RingTime, 16<<20)
			at := time.Now()
			for range 30 * 10 {
				at = at.Add(100 * time.Millisecond)
				rings[i].Add(at, make([]byte, 2_500_000/8/10))
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n/1e6, "MB/watch")
		runtime.KeepAlive(rings)
	}
}

// BenchmarkAlert tells how long after the frame that completes a window came here
// its finding can be read: 20 streams at a time, in which the listed scene appears
// again and again. The wire is a pipe, so what is measured is everything after it.
//
//	go test -run '^$' -bench Alert -benchtime 1x ./internal/live
func BenchmarkAlert(b *testing.B) {
	w := withFFmpeg(b, nil)
	for b.Loop() {
		const n = 20
		var mu sync.Mutex
		var waits []time.Duration
		var all sync.WaitGroup
		for range n {
			watch := w.start(b, live.New{Source: "push"})
			r, wr := io.Pipe()
			all.Go(func() {
				if err := w.live.Push(b.Context(), watch.ID, r); err != nil {
					b.Error(err)
				}
			})
			all.Go(func() {
				sent := sendFilm(b, wr)
				for range 3000 {
					items := 0
					for _, m := range marksOf(w.get(b, watch.ID), live.MarkMatch) {
						if m.Item != "" {
							items++
						}
					}
					if items > 1 {
						mu.Lock()
						waits = append(waits, time.Since(sent))
						mu.Unlock()
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
			})
		}
		all.Wait()
		slices.Sort(waits)
		if len(waits) < n {
			b.Fatalf("%d of %d streams have a finding", len(waits), n)
		}
		b.ReportMetric(waits[len(waits)/2].Seconds(), "s-median")
		b.ReportMetric(waits[len(waits)-1].Seconds(), "s-worst")
	}
}

// sendFilm plays the film twice at its own speed and returns, while the rest goes on,
// when the frame was sent that completes the window in the second round: starting so
// many programs at once is not what is measured.
func sendFilm(b *testing.B, w *io.PipeWriter) (sent time.Time) {
	b.Helper()
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "1", "-i", filmFile(b), "-c", "copy", "-f", "mpegts", "-flush_packets", "1", "pipe:1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	begun := time.Now()
	go func() {
		_, err := io.Copy(w, bufio.NewReader(out))
		_ = w.CloseWithError(err)
		_ = cmd.Wait()
	}()
	time.Sleep(time.Until(begun.Add(15 * time.Second))) // key frames come each second; the second one of the scene
	return begun.Add(15 * time.Second)
}
