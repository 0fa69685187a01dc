package live_test

import (
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
				rings[i].Add(at, nil, make([]byte, 2_500_000/8/10))
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n/1e6, "MB/watch")
		runtime.KeepAlive(rings)
	}
}

// BenchmarkAlert tells how long after the frame that completes a window came here
// its finding can be read: 20 streams of 720p at a time, in which the listed scene appears
// again and again. The wire is a pipe, so what is measured is everything after it.
//
//	go test -run '^$' -bench Alert -benchtime 1x ./internal/live
func BenchmarkAlert(b *testing.B) {
	w := withFFmpeg(b, nil)
	path := filepath.Join(b.TempDir(), "twice.ts")
	if out, err := exec.Command("ffmpeg", "-v", "error", "-i", filmFile(b), "-f", "lavfi", "-i", "sine=d=20", "-map", "0:v", "-map", "1:a",
		"-vf", "fps=30,trim=duration=10,loop=1:300,setpts=N/30/TB,scale=1280:720", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "2500k", "-g", "30", "-sc_threshold", "0", "-bf", "2",
		"-c:a", "aac", path).CombinedOutput(); err != nil {
		b.Fatalf("%v %s", err, out)
	}
	packets, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
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
				sent := <-play(packets, wr, 15)

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

// BenchmarkMany watches many small streams at once, on purpose more than are watched
// well, and tells what each of them gets: every stream's turn comes, or the share of
// the slowest says otherwise.
//
//	go test -run '^$' -bench Many -benchtime 1x ./internal/live
func BenchmarkMany(b *testing.B) {
	for _, n := range []int{50, 200} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			w := withFFmpeg(b, nil)
			path := filepath.Join(b.TempDir(), "long.ts")
			if out, err := exec.Command("ffmpeg", "-v", "error", "-stream_loop", "3", "-i", filmFile(b), "-c", "copy", path).CombinedOutput(); err != nil {
				b.Fatalf("%v %s", err, out)
			}
			packets, err := os.ReadFile(path)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				var ids []string
				var all sync.WaitGroup
				for range n {
					watch := w.start(b, live.New{Source: "push"})
					ids = append(ids, watch.ID)
					r, wr := io.Pipe()
					all.Go(func() {
						if err := w.live.Push(b.Context(), watch.ID, r); err != nil {
							b.Error(err)
						}
					})
					play(packets, wr, 3600)
				}
				all.Wait()
				var frames, unchecked []float64
				found := 0
				for _, id := range ids {
					d := w.get(b, id)
					frames = append(frames, float64(d.Frames))
					if isFound(d) {
						found++
					}
					gone := 0.0
					for _, m := range marksOf(d, live.MarkGap) {
						gone += m.Until.Sub(m.From).Seconds()
					}
					unchecked = append(unchecked, gone)
				}
				slices.Sort(frames)
				slices.Sort(unchecked)
				b.ReportMetric(frames[0], "frames-least")
				b.ReportMetric(frames[n/2], "frames-median")
				b.ReportMetric(unchecked[n-1], "s-unchecked-most")
				b.ReportMetric(float64(found)/float64(n), "found")
			}
		})
	}
}

// play writes a transport stream at its own speed, and says when the first key frame
// from the given second on was written whole.
func play(packets []byte, w *io.PipeWriter, from int) (sent <-chan time.Time) {
	begun, whole := time.Now(), make(chan time.Time, 1)
	go func() {
		first, at, due, is := int64(-1), 0, false, false
		for i := 0; i < len(packets); i += 188 {
			dts, key, ok := pictureAt(packets[i : i+188])
			if !ok {
				continue
			}
			if first < 0 {
				first = dts
			}
			if _, err := w.Write(packets[at:i]); err != nil { // the picture before this one
				break
			}
			at = i
			if due {
				whole <- time.Now()
				due, is = false, true
			}
			after := time.Duration(dts-first) * time.Second / 90_000
			due = key && !is && after >= time.Duration(from)*time.Second-time.Second/30
			time.Sleep(time.Until(begun.Add(after)))
		}
		_, _ = w.Write(packets[at:]) // who read may have gone
		_ = w.Close()
	}()
	return whole
}

// pictureAt returns the decoding time of the picture that begins with a packet of a
// transport stream, in 90 kHz, and whether it is a key frame.
func pictureAt(p []byte) (dts int64, key, ok bool) {
	at := 4
	if p[3]&0x20 != 0 {
		at += 1 + int(p[4])
	}
	if p[1]&0x40 == 0 || at+19 > len(p) || p[at+3]&0xf0 != 0xe0 || p[at] != 0 || p[at+1] != 0 || p[at+2] != 1 {
		return 0, false, false
	}
	b := p[at+9:] // its time of showing
	if p[at+7]&0x40 != 0 {
		b = p[at+14:]
	}
	dts = int64(b[0]>>1&7)<<30 | int64(b[1])<<22 | int64(b[2]>>1)<<15 | int64(b[3])<<7 | int64(b[4]>>1)
	return dts, p[3]&0x20 != 0 && p[4] > 0 && p[5]&0x40 != 0, true
}
