package live

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/need"
)

// passed is what the process that fetches makes of two seconds of film, with a key
// frame every half second.
func passed(t testing.TB, format, codec string) []byte {
	t.Helper()
	need.Tool(t, "ffmpeg")
	args := []string{"-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=2", "-f", "lavfi", "-i", "sine=d=2", "-c:v", codec, "-g", "5", "-c:a", "libopus"}
	out, err := exec.Command("ffmpeg", append(append(args, carrierArgs(format)...), "pipe:1")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// walk feeds a carrier as a connection does, in pieces of sizes that next chooses.
func walk(c carrier, p []byte, next func() int) (keys, kept, thin int, begins bool) {
	var buf []byte
	for len(p) > 0 {
		n := min(max(next(), 1), len(p))
		buf, p = append(buf, p[:n]...), p[n:]
		w := c.whole(buf)
		if w < 0 {
			return keys, kept, thin, begins
		}
		unit := buf[:w]
		key := c.key(unit)
		if key >= 0 {
			keys++
		}
		if key == 0 {
			begins = true
		}
		_, units := c.kept(unit)
		out, _ := c.keep(unit)
		kept, thin = kept+len(units), thin+len(out)
		buf = buf[w:]
	}
	return keys, kept, thin, begins
}

// However a stream is cut into pieces, its key frames are found, and nothing of it is
// lost.
func TestCarriers(t *testing.T) {
	t.Parallel()
	for format, codec := range map[string]string{inMatroska: "libvpx", inTransport: "mpeg2video"} {
		p := passed(t, format, codec)
		r := rand.New(rand.NewPCG(1, 2))
		for range 20 {
			c := newCarrier(format)
			_, kept, thin, begins := walk(c, p, func() int { return 1 + r.IntN(900) })
			keys, every := c.rhythm()
			bare, known := c.bare()
			if keys != 4 || every.Milliseconds() != 500 || bare || !known || !begins && format == inMatroska || thin == 0 || thin > kept {
				t.Errorf("%s: %d key frames, every %s, bare %v, known %v, %d kept, %d thin", format, keys, every, bare, known, kept, thin)
			}
			if format == inMatroska && kept+len(c.head()) != len(p) || format == inTransport && kept != len(p) {
				t.Errorf("%s: %d of %d bytes", format, kept, len(p))
			}
		}
	}
	// What a transport stream has no place for is told apart from a picture.
	c := newCarrier(inTransport)
	walk(c, passed(t, inTransport, "libvpx"), func() int { return 5000 })
	if bare, known := c.bare(); !bare || !known {
		t.Errorf("VP8 in a transport stream: %v, %v", bare, known)
	}
}

func FuzzMatroska(f *testing.F) {
	f.Add([]byte("\x1aE\xdf\xa3\x80\x18S\x80g\x01\xff\xff\xff\xff\xff\xff\xff\x1fC\xb6u\x89\xe7\x81\x00\xa3\x84\x81\x00\x00\x80"), uint8(3))
	f.Add([]byte{0xff, 0, 0x1f}, uint8(1))
	f.Fuzz(func(t *testing.T, p []byte, n uint8) {
		c := newCarrier(inMatroska)
		walk(c, p, func() int { return int(n) })
		m := newCarrier(inMatroska).(*matroska)
		m.key(p)
		m.keep(p)
		if out := m.enter(p); out != nil && !bytes.HasPrefix(out, m.head()) {
			t.Fatal("an ear begins with something else than the head")
		}
	})
}

// What was read of a stream is read again, also what a reader took that was left.
func TestRewind(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0123456789", 100)
	pr, pw := io.Pipe()
	r := newRewind(pr)
	first := r.open()
	go func() { _, _ = io.WriteString(pw, text[:300]) }()
	buf := make([]byte, 100)
	for range 2 {
		if _, err := io.ReadFull(first, buf); err != nil {
			t.Fatal(err)
		}
	}
	left := make(chan []byte, 1)
	go func() {
		all, _ := io.ReadAll(first) // it waits for more while another one reads
		left <- all
	}()
	second := r.open()
	r.forget()
	go func() {
		_, _ = io.WriteString(pw, text[300:])
		_ = pw.Close()
	}()
	got, err := io.ReadAll(second)
	if err != nil || string(got) != text {
		t.Errorf("%d of %d bytes, %v", len(got), len(text), err)
	}
	<-left
	if r.whole() || len(r.saved) != 0 {
		t.Errorf("%d bytes are kept", len(r.saved))
	}
	// Too much is not kept.
	r = newRewind(io.LimitReader(zeros{}, mostRewound+100<<10))
	if _, err := io.Copy(io.Discard, r.open()); err != nil || r.whole() {
		t.Errorf("%d bytes are kept, %v", len(r.saved), err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
