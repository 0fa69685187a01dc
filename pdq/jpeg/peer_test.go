package jpeg

import (
	"bytes"
	"fmt"
	"image"
	"os/exec"
	"testing"

	"github.com/jaga-project/jaga/internal/need"
)

// need's name for libjpeg-turbo's command line tools (Debian: libjpeg-turbo-progs).
const turbo = "libjpeg-turbo"

func cjpegPath(t testing.TB) string { return need.Tool(t, turbo, "cjpeg") }
func djpegPath(t testing.TB) string { return need.Tool(t, turbo, "djpeg") }

func run(t testing.TB, in []byte, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, errs.String())
	}
	return out.Bytes()
}

// encode writes a picture with cjpeg.
func encode(t testing.TB, cjpeg string, m *image.RGBA, args ...string) []byte {
	t.Helper()
	w, h := m.Rect.Dx(), m.Rect.Dy()
	ppm := fmt.Appendf(nil, "P6\n%d %d\n255\n", w, h)
	for i := range w * h {
		ppm = append(ppm, m.Pix[4*i:4*i+3]...)
	}
	return run(t, ppm, cjpeg, args...)
}

// peerDecode decodes with djpeg: 1 or 3 bytes a pixel.
func peerDecode(t testing.TB, djpeg string, data []byte) (pix []byte, w, h, n int) {
	t.Helper()
	out := run(t, data, djpeg, "-pnm")
	var kind byte
	var depth int
	if _, err := fmt.Sscanf(string(out[:min(len(out), 40)]), "P%c\n%d %d\n%d\n", &kind, &w, &h, &depth); err != nil {
		t.Fatalf("djpeg's output: %v", err)
	}
	n = 3
	if kind == '5' {
		n = 1
	}
	if len(out) < w*h*n {
		t.Fatalf("djpeg wrote %d bytes for %d x %d x %d", len(out), w, h, n)
	}
	return out[len(out)-w*h*n:], w, h, n
}

// sameAsPeer compares every sample of a file with djpeg's.
func sameAsPeer(t *testing.T, djpeg string, data []byte) {
	t.Helper()
	want, w, h, n := peerDecode(t, djpeg, data)
	img, err := Decode(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got := img.Pixels() // djpeg, too, turns CMYK into RGB
	if got.Width != w || got.Height != h || got.Format.Channels() != n {
		t.Fatalf("%d x %d x %d, djpeg gives %d x %d x %d", got.Width, got.Height, got.Format.Channels(), w, h, n)
	}
	bad := 0
	for y := range h {
		row := got.Pix[y*got.Stride:]
		for x := range w * n {
			if g, p := row[x], want[y*w*n+x]; g != p {
				if bad++; bad <= 5 {
					t.Errorf("row %d, column %d, channel %d: %d, djpeg has %d", y, x/n, x%n, g, p)
				}
			}
		}
	}
	if bad > 0 {
		t.Fatalf("%d of %d samples differ", bad, w*h*n)
	}
}
