package live

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/pdq"
)

// TestKeyFramesComeAtOnce gives a decoder what is kept of a stream with reordered
// pictures, up to each key frame's successor and no further, and wants its picture.
func TestKeyFramesComeAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "film.ts")
	tool := need.Tool(t, "ffmpeg")
	if out, err := exec.Command(tool, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=30:d=6", "-f", "lavfi", "-i", "sine=d=6",
		"-c:v", "libx264", "-g", "30", "-sc_threshold", "0", "-bf", "4", "-b-pyramid", "normal", "-c:a", "aac", path).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	packets, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var parts [][]byte // each begins with a key frame
	scan := newScanner()
	for rest := packets; len(rest) > 0; {
		next := len(rest)
		for at := packetSize; at < len(rest); at += packetSize {
			if _, key, _ := pictureBegins(rest[at : at+packetSize]); key {
				next = at
				break
			}
		}
		if scan.key(rest[:next]) >= 0 {
			parts = append(parts, rest[:next])
		}
		rest = rest[next:]
	}
	if len(parts) != 6 {
		t.Fatalf("%d key frames, want 6", len(parts))
	}
	d, err := startDecode(t.Context(), ffmpeg{path: tool}, inTransport)
	if err != nil {
		t.Fatal(err)
	}
	frames := make(chan struct{}, 100)
	go func() {
		_ = d.frames(func(pdq.Pixels) { frames <- struct{}{} })
		close(frames)
	}()
	var thin thinner
	if _, err := d.in.Write(scan.head()); err != nil {
		t.Fatal(err)
	}
	for i, p := range parts {
		kept, key := thin.keep(p)
		if key < 0 || len(kept) >= len(p) {
			t.Fatalf("part %d: %d of %d bytes are kept, the key frame is at %d", i, len(kept), len(p), key)
		}
		if _, err := d.in.Write(kept); err != nil {
			t.Fatal(err)
		}
		select {
		case <-frames:
		case <-time.After(20 * time.Second):
			t.Fatalf("key frame %d did not come out before the next one went in", i)
		}
	}
	if err := d.in.Close(); err != nil {
		t.Fatal(err)
	}
	for range frames {
		t.Error("a frame came that nobody asked for")
	}
	_ = d.Wait()
}

// TestThinnerKeepsWhatIsNotPicture looks at every packet that is left out.
func TestThinnerKeepsWhatIsNotPicture(t *testing.T) {
	packet := func(pid int, begins, key bool) []byte {
		p := make([]byte, packetSize)
		p[0], p[1], p[2], p[3] = packetSync, byte(pid>>8), byte(pid), 0x30
		p[4] = 1 // one byte of adaptation field
		if key {
			p[5] = 0x40
		}
		if begins {
			p[1] |= 0x40
			copy(p[6:], []byte{0, 0, 1, 0xe0})
		}
		return p
	}
	const video, sound = 0x100, 0x101
	var in []byte
	pictures := 0
	for i := range 90 {
		in = append(in, packet(video, true, i%30 == 5)...)
		in = append(in, packet(video, false, false)...)
		in = append(in, packet(sound, false, false)...)
	}
	out, first := new(thinner).keep(in)
	got := map[int]int{}
	for at := 0; at < len(out); at += packetSize {
		p := out[at : at+packetSize]
		got[int(p[1]&0x1f)<<8|int(p[2])]++
		if _, key, begins := pictureBegins(p); begins {
			pictures++
			if key && p[5]&0x80 == 0 {
				t.Error("a key frame after what was left out is not marked as a discontinuity")
			}
		}
	}
	// What comes before the first key frame is not known to be picture, and passes.
	if got[sound] != 90 || pictures != 5+3*picturesOfKey || got[video] != 2*pictures {
		t.Errorf("%d packets of sound, %d of pictures, %d pictures", got[sound], got[video], pictures)
	}
	if _, key, _ := pictureBegins(out[first : first+packetSize]); !key || first != 5*3*packetSize {
		t.Errorf("the first key frame is at %d", first)
	}
}
