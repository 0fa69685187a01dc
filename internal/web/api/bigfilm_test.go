package api

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/storetest"
)

// shortFilm is a film of three seconds as a transport stream, which may have any
// number of empty packets behind it.
func shortFilm(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "film.ts")
	cmd := exec.Command(need.Tool(t, "ffmpeg"), "-v", "error", "-nostdin", "-f", "lavfi", "-i", "mandelbrot=s=320x240:r=10,format=yuv420p", "-t", "3", "-c:v", "mpeg2video", "-q:v", "3", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// filled is a film with empty packets behind it, size bytes in all.
func filled(film []byte, size int64) io.Reader {
	return io.LimitReader(io.MultiReader(bytes.NewReader(film), &emptyPackets{packet: append([]byte{0x47, 0x1f, 0xff, 0x10}, bytes.Repeat([]byte{0xff}, 184)...)}), size/188*188)
}

type emptyPackets struct {
	packet []byte
	at     int
}

func (e *emptyPackets) Read(p []byte) (n int, err error) {
	for n < len(p) {
		k := copy(p[n:], e.packet[e.at:])
		n, e.at = n+k, (e.at+k)%len(e.packet)
	}
	return n, nil
}

// heapPeak runs fn and returns by how many bytes the heap in use grew at most.
func heapPeak(fn func()) uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	before, most := s.HeapInuse, uint64(0)
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			runtime.ReadMemStats(&s)
			most = max(most, s.HeapInuse)
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	fn()
	close(done)
	<-stopped
	return max(most, before) - before
}

// TestLargeFilms: a film of 300 MiB goes through in flat memory, with an answer
// that waits and with one that does not, and is found; what is larger than the
// limits is refused. It runs alone, since it looks at the memory of the process.
func TestLargeFilms(t *testing.T) {
	const size, most = 300 << 20, 48 << 20
	short := shortFilm(t)
	// Whatever is kept on the disk is gone in the end, and not in the clear.
	t.Setenv("TMPDIR", t.TempDir())
	c := open(t, storetest.Open(t, storetest.SQLite(t)), func(o *Options) { o.MaxBytes, o.MaxFilm = 2<<20, size })
	c.makeBank("KNOWN")
	m, err := c.s.Decoder.Measure(t.Context(), bytes.NewReader(short), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range m.Signals {
		if x.Type == jaga.VPDQ {
			v, err := engine.ParseSignal(x)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.s.Banks.Add(t.Context(), "test", "KNOWN", bank.NewEntry{Values: []engine.Value{v}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	send := func(path string, body io.Reader, headers ...string) reply {
		r, w := io.Pipe()
		form := multipart.NewWriter(w)
		go func() {
			part, err := form.CreateFormFile("file", "film")
			if err == nil {
				_, err = io.Copy(part, body)
			}
			if err == nil {
				err = form.Close()
			}
			w.CloseWithError(err)
		}()
		return c.do("POST", path, r, append(headers, "Content-Type", form.FormDataContentType())...)
	}
	found := func(what string, rec intake.Record) {
		t.Helper()
		if rec.Item.Kind != jaga.KindVideo || rec.Bytes != size/188*188 || rec.Outcome.State() != jaga.StateFindings {
			t.Errorf("%s: kind %s, %d bytes, %s: %+v", what, rec.Item.Kind, rec.Bytes, rec.Outcome.State(), rec.Outcome.Skipped)
		}
	}
	for what, path := range map[string]string{"waiting": "/v1/items", "looking": "/v1/matches"} {
		grew := heapPeak(func() {
			a := send(path, filled(short, size), "Prefer", "wait")
			var rec intake.Record
			if a.status != http.StatusOK || json.Unmarshal([]byte(a.body), &rec) != nil {
				t.Fatalf("%s: %d %s", what, a.status, a.body)
			}
			if rec.Item.Kind == "" { // an answer of a match has no item
				rec.Item.Kind = jaga.KindVideo
			}
			found(what, rec)
		})
		t.Logf("%s: %d MiB sent, the heap grew by %d MiB", what, size>>20, grew>>20)
		if grew > most {
			t.Errorf("%s: the heap grew by %d MiB", what, grew>>20)
		}
	}
	var rec intake.Record
	grew := heapPeak(func() {
		a := send("/v1/items", filled(short, size))
		if a.status != http.StatusAccepted || json.Unmarshal([]byte(a.body), &rec) != nil {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if rec.Outcome.State() != jaga.StateNotChecked {
			t.Errorf("before it is checked it is %s", rec.Outcome.State())
		}
		c.intake.Wait()
	})
	t.Logf("accepted: %d MiB sent, the heap grew by %d MiB", size>>20, grew>>20)
	if grew > most {
		t.Errorf("accepted: the heap grew by %d MiB", grew>>20)
	}
	found("accepted", want[intake.Record](c, http.StatusOK, "GET", "/v1/items/"+rec.Item.ID, ""))
	if left := c.s.films.used.Load(); left != 0 {
		t.Errorf("%d bytes still count as waiting", left)
	}
	if files, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(files) > 0 {
		t.Errorf("left on the disk: %v, %v", files, err)
	}
	for _, body := range []io.Reader{filled(short, size+1<<20), strings.NewReader(strings.Repeat("x", 3<<20))} {
		c.refused(send("/v1/items", body), http.StatusRequestEntityTooLarge, "invalid", "body")
	}
	if left := c.s.films.used.Load(); left != 0 {
		t.Errorf("%d bytes of what was refused still count as waiting", left)
	}
	if list := want[ItemList](c, http.StatusOK, "GET", "/v1/items", ""); len(list.Items) != 2 {
		t.Errorf("what was refused became an item: %d", len(list.Items))
	}
}
