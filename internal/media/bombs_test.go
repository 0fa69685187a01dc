//go:build linux

package media

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/jail"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/testpic"
)

const bombsBegin = "<!-- made by internal/media/bombs_test.go -->\n"

// bomb is a file that is made to do harm.
type bomb struct {
	name string
	open func(t testing.TB) io.Reader
	why  []jaga.Why // one of these is said; none is that it is decoded
}

func of(data []byte) func(testing.TB) io.Reader {
	return func(testing.TB) io.Reader { return bytes.NewReader(data) }
}

// parentGrows is how much memory this process may take while a bomb goes off: its
// bytes in memory once, and what is on its way.
const parentGrows = 64 << 20

// peak runs fn and returns by how many bytes the memory of this process grew at
// most meanwhile (proc_pid_clear_refs(5): 5 resets the peak).
func peak(t testing.TB, fn func()) int64 {
	t.Helper()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Fatal(err)
	}
	before := rss(t, "VmRSS:")
	fn()
	return rss(t, "VmHWM:") - before
}

func rss(t testing.TB, field string) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), field)
	kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib << 10
}

// pngOf is a PNG file of a size, with as many rows as data has, one bit for
// each pixel.
func pngOf(w, h uint32, data []byte) []byte {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(data)
	_ = z.Close()
	head := binary.BigEndian.AppendUint32(nil, w)
	head = append(binary.BigEndian.AppendUint32(head, h), 1, 0, 0, 0, 0)
	out := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range []struct {
		kind string
		data []byte
	}{{"IHDR", head}, {"IDAT", packed.Bytes()}, {"IEND", nil}} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(c.data)))
		from := len(out)
		out = append(append(out, c.kind...), c.data...)
		out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[from:]))
	}
	return out
}

// manyFrames is a GIF of n frames of one pixel.
func manyFrames(n int) []byte {
	var b bytes.Buffer
	p := image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White})
	if err := gif.Encode(&b, p, nil); err != nil {
		panic(err)
	}
	one := b.Bytes()
	at := bytes.IndexByte(one, 0x2c)
	frame := one[at : len(one)-1]
	return append(append(slices.Clone(one[:at]), bytes.Repeat(frame, n)...), 0x3b)
}

// pictureBombs are files that claim to be pictures.
func pictureBombs() []bomb {
	small := testpic.Photo(1, 64, 48)
	jpg := testpic.JPEG(small, 80)
	huge := slices.Clone(jpg)
	binary.BigEndian.PutUint32(huge[bytes.Index(huge, []byte{0xff, 0xc0})+5:], 0xffffffff)
	var g bytes.Buffer
	if err := gif.Encode(&g, small, nil); err != nil {
		panic(err)
	}
	wide := g.Bytes()
	copy(wide[6:], "\xff\xff\xff\xff")
	bmp := slices.Concat([]byte("BM"), make([]byte, 8), []byte{54, 0, 0, 0, 40, 0, 0, 0}, binary.LittleEndian.AppendUint32(nil, 100_000),
		binary.LittleEndian.AppendUint32(nil, 100_000), []byte{1, 0, 24, 0}, make([]byte, 64))
	tif := []byte("II*\x00\x08\x00\x00\x00\x04\x00")
	for _, e := range [][4]uint32{{256, 4, 1, 100_000}, {257, 4, 1, 100_000}, {258, 3, 1, 8}, {277, 3, 1, 1}} {
		tif = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(tif, uint16(e[0])), uint16(e[1]))
		tif = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(tif, e[2]), e[3])
	}
	tif = append(tif, 0, 0, 0, 0)
	webp := []byte("RIFF\x20\x00\x00\x00WEBPVP8L\x14\x00\x00\x00\x2f\xff\xff\xff\x0f")
	webp = append(webp, make([]byte, 16)...)
	big := []jaga.Why{jaga.WhyTooManyPix}
	broken := []jaga.Why{jaga.WhyDamaged, jaga.WhyTruncated, jaga.WhyUnsupported, jaga.WhyTooManyPix}
	return []bomb{
		{"JPEG that says 65535 x 65535", of(huge), big},
		{"PNG that says 100000 x 100000", of(pngOf(100_000, 100_000, nil)), big},
		{"GIF that says 65535 x 65535", of(wide), big},
		{"BMP that says 100000 x 100000", of(bmp), big},
		{"TIFF that says 100000 x 100000", of(tif), big},
		{"WebP that says 16384 x 16384", of(webp), big},
		{"JPEG XL that is nothing but a size", of(append([]byte("\xff\x0a"), bytes.Repeat([]byte{0xff}, 64)...)), broken},
		{"AVIF without anything", of([]byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1")), broken},
		{"PNG, 12 KB that unpack to 100 million pixels", of(pngOf(10_000, 10_000, make([]byte, 10_000*1251))), []jaga.Why{jaga.WhyTooManyPix, jaga.WhyLowQuality}},
		{"PNG that unpacks to more than it says", of(pngOf(8, 8, make([]byte, 200<<20))), []jaga.Why{jaga.WhyLowQuality, jaga.WhyDamaged}},
		{"WebP of 9,000 frames", func(t testing.TB) io.Reader {
			photo, err := os.ReadFile("testdata/photo-11.webp")
			if err != nil {
				t.Fatal(err)
			}
			return bytes.NewReader(webpAnimation(161, 120, slices.Repeat([][]byte{webpFrameOf(photo[:len(photo):len(photo)], 0, 0, 161, 120, 0)}, 9000)...))
		}, []jaga.Why{jaga.WhyTimeout}},
		{"GIF of 300,000 frames", of(manyFrames(300_000)), []jaga.Why{jaga.WhyTimeout, jaga.WhyLowQuality}},
		{"JPEG with an archive behind it", of(append(slices.Clone(jpg), "PK\x03\x04 and so on"...)), nil},
		{"GIF that is a script as well", of(append([]byte("GIF89a/*"), "*/=1;alert(1)"...)), broken},
		{"JPEG of 64 MiB, of which 16 are allowed", func(testing.TB) io.Reader { return endless("\xff\xd8\xff\xe0", 64<<20) }, []jaga.Why{jaga.WhyTooBig}},
	}
}

// again is a file that begins again whenever it ends.
type again struct {
	data []byte
	at   int
}

func (a *again) Read(p []byte) (int, error) {
	n := copy(p, a.data[a.at:])
	if a.at += n; a.at == len(a.data) {
		a.at = 0
	}
	return n, nil
}

// filmBombs are files that claim to be videos.
func filmBombs() []bomb {
	made := func(name string, change func([]byte) io.Reader, args ...string) func(testing.TB) io.Reader {
		return func(t testing.TB) io.Reader {
			data, err := os.ReadFile(film(t, name, args...))
			if err != nil {
				t.Fatal(err)
			}
			return change(data)
		}
	}
	short := []string{"-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1"}
	size := func(find string, put func([]byte)) func([]byte) io.Reader {
		return func(data []byte) io.Reader {
			at := bytes.Index(data, []byte(find))
			put(data[at+len(find):])
			return bytes.NewReader(data)
		}
	}
	broken := []jaga.Why{jaga.WhyDamaged, jaga.WhyTruncated, jaga.WhyUnsupported, jaga.WhyTooManyPix, jaga.WhyTimeout, jaga.WhyNotAnImage}
	return []bomb{
		{"AVI that says 100000 x 100000", made("x.avi", size("strf", func(b []byte) {
			binary.LittleEndian.PutUint32(b[8:], 100_000)
			binary.LittleEndian.PutUint32(b[12:], 100_000)
		}), append(short, "-c:v", "rawvideo", "-pix_fmt", "bgr24")...), broken},
		{"MPEG-TS without an end", made("x.ts", func(data []byte) io.Reader { return &again{data: data} }, append(short, "-c:v", "mpeg2video")...), []jaga.Why{jaga.WhyTimeout}},
		{"MP4 without an end or an index", func(testing.TB) io.Reader {
			return io.MultiReader(strings.NewReader("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\x00\x01mdat\x00\x00\x01\x00\x00\x00\x00\x00"), zeros{})
		}, []jaga.Why{jaga.WhyTooBig}},
		{"Matroska of nothing without an end", func(testing.TB) io.Reader {
			return io.MultiReader(strings.NewReader("\x1aE\xdf\xa3"), zeros{})
		}, broken},
		{"MPEG-PS of nothing", of(append([]byte("\x00\x00\x01\xba"), make([]byte, 1<<20)...)), broken},
		{"Ogg of nothing", of(append([]byte("OggS"), make([]byte, 1<<20)...)), broken},
		{"HLS playlist", of([]byte("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")), broken},
		{"list of files to join", of([]byte("ffconcat version 1.0\nfile /etc/passwd\n")), broken},
		{"DASH manifest", of([]byte(`<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://127.0.0.1/</BaseURL></MPD>`)), broken},
	}
}

// TestBombs lets every bomb go off. Each ends in time, says why it was not checked,
// and leaves the memory of this process as it was.
func TestBombs(t *testing.T) {
	need.Tool(t, "ffmpeg")
	lim := Limits{Bytes: 16 << 20, Pixels: 120_000_000, Memory: 512 << 20, Time: 4 * time.Second}
	d := confined(t, lim, 1)
	d.Use(Tools{Time: 2 * time.Second, Spool: 64 << 20, Threads: 1})
	type line struct {
		name string
		why  string
		took time.Duration
		more int64
	}
	var lines []line
	note := func(b bomb, why string, took time.Duration, more int64) {
		if more > parentGrows {
			t.Errorf("%s: this process grew by %d MiB", b.name, more>>20)
		}
		if took > 60*time.Second {
			t.Errorf("%s: took %s", b.name, took)
		}
		lines = append(lines, line{b.name, why, took, more})
	}
	for _, b := range pictureBombs() {
		r := b.open(t)
		var m Measured
		start := time.Now()
		more := peak(t, func() {
			var err error
			if m, err = d.Measure(t.Context(), r, Options{}); err != nil {
				t.Fatal(err)
			}
		})
		said := "decoded"
		for i, s := range m.Skipped {
			if !slices.Contains(b.why, s.Why) {
				t.Errorf("%s: not checked: %s, %s", b.name, s.Why, s.Detail)
			}
			if i == 0 {
				said = string(s.Why)
			}
		}
		if len(m.Skipped) == 0 && b.why != nil {
			t.Errorf("%s: nothing is said: %+v", b.name, m)
		}
		note(b, said, time.Since(start), more)
	}
	for _, b := range filmBombs() {
		r := b.open(t)
		var err error
		start := time.Now()
		more := peak(t, func() {
			_, err = d.Frames(t.Context(), Source{Reader: onlyReader{r}}, FrameOptions{}, func(Frame) error { return nil })
		})
		var not *NotChecked
		if !errors.As(err, &not) || !slices.Contains(b.why, not.Why) {
			t.Errorf("%s: %v", b.name, err)
			continue
		}
		note(b, string(not.Why), time.Since(start), more)
	}
	const head = "| file | not checked | time | memory |\n|---|---|---|---|\n"
	var table strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&table, "| %s | %s | %.2f s | %d MiB |\n", l.name, strings.ReplaceAll(l.why, "_", " "), l.took.Seconds(), max(0, l.more>>20))
	}
	// Times differ from run to run, and with them sometimes the reason, so of the
	// page's table the files and whether the reasons are allowed is compared.
	_, old, _ := strings.Cut(pagePart(t, bombsBegin, head+table.String()), "|---|---|---|---|\n")
	all := append(pictureBombs(), filmBombs()...)
	if rows := strings.Split(strings.TrimSpace(old), "\n"); !*update && len(rows) != len(all) {
		t.Errorf("docs/media.md lists %d bombs, want %d; write it again with go test ./internal/media -run TestBombs -update", len(rows), len(all))
	} else if !*update {
		for i, b := range all {
			cells := strings.Split(rows[i], " | ")
			if len(cells) < 2 || cells[0] != "| "+b.name || cells[1] != "decoded" && !slices.Contains(b.why, jaga.Why(strings.ReplaceAll(cells[1], " ", "_"))) {
				t.Errorf("docs/media.md says %q of %s; write it again", rows[i], b.name)
			}
		}
	}
}

// TestDamagedFilms cuts and damages films: nothing hangs, no error is of a
// kind that nobody expects, and what is missing at the end is told where the file
// says how long it is.
func TestDamagedFilms(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	d.Use(Tools{Time: 20 * time.Second, Threads: 1})
	for name, args := range map[string][]string{
		"x.mp4": {"-c:v", "libx264", "-preset", "ultrafast", "-movflags", "+faststart"}, "x.webm": {"-c:v", "libvpx", "-deadline", "realtime"},
		"x.avi": {"-c:v", "mpeg4"}, "x.ts": {"-c:v", "mpeg2video"}, "x.flv": {"-c:v", "flv"}, "x.wmv": {"-c:v", "wmv2"}, "x.ogv": {"-c:v", "libtheora"},
	} {
		data, err := os.ReadFile(film(t, name, append([]string{"-f", "lavfi", "-i", "testsrc2=s=96x64:r=10:d=4"}, args...)...))
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, uint64(len(data))))
		flipped := slices.Clone(data)
		for range 200 {
			flipped[r.IntN(len(flipped))] ^= 1 << r.IntN(8)
		}
		for what, bad := range map[string][]byte{"cut": data[:len(data)/2], "flipped": flipped} {
			_, facts, err := look(t, d, Source{At: bytes.NewReader(bad), Size: int64(len(bad))}, FrameOptions{})
			var not *NotChecked
			switch {
			case err != nil && !errors.As(err, &not):
				t.Errorf("%s, %s: %v", name, what, err)
			case what == "cut" && err == nil && len(facts.Gaps) == 0 && slices.Contains([]string{".mp4", ".webm", ".flv"}, filepath.Ext(name)):
				t.Errorf("%s, cut: nothing is missing: %+v", name, facts)
			}
		}
	}
}

// TestPlaylistsReachNothing runs ffmpeg's own readers of playlists, which Jaga never
// uses, in the jail, with every protocol allowed: still no file is read, and nobody
// connects.
func TestPlaylistsReachNothing(t *testing.T) {
	t.Parallel()
	secret := film(t, "secret.ts", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1", "-c:v", "mpeg2video")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var calls atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			calls.Add(1)
			c.Close()
		}
	}()
	url := "http://" + l.Addr().String() + "/x.ts"
	ffmpeg := need.Tool(t, "ffmpeg")
	for _, c := range []struct{ reader, text string }{
		{"hls", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + url + "\n#EXT-X-ENDLIST\n"},
		{"hls", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://" + secret + "\n#EXT-X-ENDLIST\n"},
		{"concat", "ffconcat version 1.0\nfile " + secret + "\n"},
		{"concat", "ffconcat version 1.0\nfile " + url + "\n"},
	} {
		list, err := jail.Memory([]byte(c.text))
		if err != nil {
			need.Missing(t, "jail", err.Error())
		}
		var out, said bytes.Buffer
		p, err := jail.Start(t.Context(), jail.Spec{Path: ffmpeg, Files: []*os.File{list}, Stdout: &out, Stderr: &said,
			Args: []string{"-nostdin", "-v", "error", "-protocol_whitelist", "file,http,tcp,pipe,data,subfile,crypto", "-safe", "0", "-f", c.reader, "-i", "/proc/self/fd/3", "-f", "framecrc", "pipe:1"}})
		if err != nil {
			t.Fatal(err)
		}
		if c.reader == "hls" { // it has no option safe
			_ = p.Wait()
			p, err = jail.Start(t.Context(), jail.Spec{Path: ffmpeg, Files: []*os.File{list}, Stdout: &out, Stderr: &said,
				Args: []string{"-nostdin", "-v", "error", "-protocol_whitelist", "file,http,tcp,pipe,data,subfile,crypto", "-f", c.reader, "-i", "/proc/self/fd/3", "-f", "framecrc", "pipe:1"}})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Wait(); err == nil || strings.Contains(out.String(), "0,") {
			t.Errorf("%s: %v: %s", c.text, err, out.String())
		}
		list.Close()
	}
	if n := calls.Load(); n > 0 {
		t.Errorf("%d connections", n)
	}
	// A subtitle that says what it likes is not read at all.
	sub := filepath.Join(t.TempDir(), "x.srt")
	if err := os.WriteFile(sub, []byte("1\n00:00:00,000 --> 00:00:09,000\n{\\fn"+strings.Repeat("A", 60_000)+"}"+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, film(t, "x.mkv", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1", "-i", sub, "-c:v", "mpeg4", "-c:s", "ass"))
	if got, _, err := look(t, NewDecoder(DefaultLimits(), 1), Source{File: f}, FrameOptions{}); err != nil || len(got) != 10 {
		t.Errorf("with subtitles: %d frames, %v", len(got), err)
	}
}

// TestFramesAfterKill: when somebody kills the decoder, what was decoded stays, and
// the rest is not checked. It is not parallel, since it looks for the program among
// all that this process started.
func TestFramesAfterKill(t *testing.T) {
	f := open(t, film(t, "x.mkv", "-f", "lavfi", "-i", "testsrc2=s=640x480:r=25:d=20", "-c:v", "mpeg4"))
	n := 0
	_, err := NewDecoder(DefaultLimits(), 1).Frames(t.Context(), Source{File: f}, FrameOptions{}, func(Frame) error {
		if n++; n == 3 {
			killed := false
			for _, pid := range children(t) {
				killed = unix.Kill(pid, unix.SIGKILL) == nil || killed
			}
			if !killed {
				return errors.New("the decoder was not found")
			}
		}
		return nil
	})
	if not := (*NotChecked)(nil); !errors.As(err, &not) || not.Why != jaga.WhyDamaged || n < 3 || n > 100 {
		t.Errorf("after %d frames: %v", n, err)
	}
}

// children are the processes called ffmpeg that this one started.
func children(t testing.TB) (pids []int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		f := strings.Fields(string(data))
		if len(f) > 3 && f[1] == "(ffmpeg)" && f[3] == strconv.Itoa(os.Getpid()) {
			pid, _ := strconv.Atoi(f[0])
			pids = append(pids, pid)
		}
	}
	return pids
}
