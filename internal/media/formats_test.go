package media

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/testpic"
)

var update = flag.Bool("update", false, "write the table of docs/media.md again instead of comparing it")

// format is a row of the table: a file that is made for the test, what it is told
// to be, and how it is decoded.
type format struct {
	name string // for people
	file string
	args []string // of ffmpeg, behind its input; nil for pictures that are made here
	typ  Type
}

const (
	picturesOf = "picture"
	filmsOf    = "video"
	soundsOf   = "sound"
)

func formats() map[string][]format {
	still := []string{"-frames:v", "1"}
	with := func(base []string, more ...string) []string { return append(base[:len(base):len(base)], more...) }
	return map[string][]format{
		picturesOf: {
			{"JPEG, all kinds (baseline, progressive, grey, CMYK)", "x.jpg", nil, JPEG},
			{"PNG", "x.png", nil, PNG},
			{"APNG, every frame", "x.apng", []string{}, PNG},
			{"GIF, every frame", "x.gif", []string{}, GIF},
			{"WebP, still", "x.webp", with(still, "-c:v", "libwebp"), WebP},
			{"WebP, animated, every frame", "a.webp", []string{"-c:v", "libwebp_anim"}, WebP},
			{"BMP", "x.bmp", still, BMP},
			{"TIFF, every page", "x.tiff", with(still, "-compression_algo", "raw", "-pix_fmt", "rgb24"), TIFF},
			{"AVIF", "x.avif", with(still, "-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"), AVIF},
			{"JPEG XL", "x.jxl", with(still, "-c:v", "libjxl"), JXL},
			{"JPEG 2000", "x.jp2", with(still, "-c:v", "jpeg2000"), JP2},
		},
		filmsOf: {
			{"MP4 with H.264", "x.mp4", []string{"-c:v", "libx264", "-preset", "ultrafast"}, "video/mp4"},
			{"MP4 with HEVC", "h.mp4", []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"}, "video/mp4"},
			{"QuickTime (MOV)", "x.mov", []string{"-c:v", "mpeg4"}, "video/quicktime"},
			{"3GP", "x.3gp", []string{"-s", "176x144", "-c:v", "h263"}, "video/3gpp"},
			{"WebM with VP8", "x.webm", []string{"-c:v", "libvpx", "-deadline", "realtime"}, "video/webm"},
			{"Matroska (MKV) with VP9", "x.mkv", []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"}, "video/x-matroska"},
			{"Matroska with AV1", "a.mkv", []string{"-c:v", "libaom-av1", "-cpu-used", "8"}, "video/x-matroska"},
			{"AVI", "x.avi", []string{"-c:v", "mpeg4"}, "video/x-msvideo"},
			{"MPEG transport stream (TS)", "x.ts", []string{"-c:v", "mpeg2video"}, "video/mp2t"},
			{"MPEG transport stream of discs (M2TS)", "x.m2ts", []string{"-c:v", "mpeg2video"}, "video/mp2t"},
			{"Flash Video (FLV)", "x.flv", []string{"-c:v", "flv"}, "video/x-flv"},
			{"MPEG program stream (MPG)", "x.mpg", []string{"-c:v", "mpeg2video"}, "video/mpeg"},
			{"MPEG video without a container", "x.m1v", []string{"-r", "25", "-c:v", "mpeg1video"}, "video/x-mpegvideo"},
			{"Ogg with Theora", "x.ogv", []string{"-c:v", "libtheora"}, "video/ogg"},
			{"Windows Media (WMV)", "x.wmv", []string{"-c:v", "wmv2"}, "video/x-ms-asf"},
		},
		soundsOf: {
			{"MP3", "x.mp3", []string{}, "audio/mpeg"},
			{"MP3 without tags", "y.mp3", []string{"-id3v2_version", "0", "-write_xing", "0"}, "audio/mpeg"},
			{"AAC (ADTS)", "x.aac", []string{}, "audio/aac"},
			{"M4A", "x.m4a", []string{}, "audio/mp4"},
			{"Ogg with Vorbis", "x.ogg", []string{"-c:a", "libvorbis"}, "audio/ogg"},
			{"Opus", "x.opus", []string{"-c:a", "libopus"}, "audio/ogg"},
			{"FLAC", "x.flac", []string{}, "audio/flac"},
			{"WAV", "x.wav", []string{}, "audio/wav"},
			{"Wave64", "x.w64", []string{}, "audio/x-w64"},
			{"AIFF", "x.aiff", []string{}, "audio/aiff"},
			{"Core Audio (CAF)", "x.caf", []string{"-c:a", "pcm_s16be"}, "audio/x-caf"},
			{"Windows Media (WMA)", "x.wma", []string{"-c:a", "wmav2"}, "video/x-ms-asf"},
			{"AC-3", "x.ac3", []string{}, "audio/ac3"},
			{"E-AC-3", "x.eac3", []string{}, "audio/eac3"},
		},
	}
}

// TestFormats makes a file of every format, tells what it is by its content, and
// decodes it; the table of docs/media.md is what was found.
func TestFormats(t *testing.T) {
	t.Parallel()
	d := NewDecoder(DefaultLimits(), 1)
	d.Use(Tools{Threads: 1})
	about, err := d.About(t.Context())
	if err != nil {
		film(t, "x.mp4") // says what is missing
		t.Fatal(err)
	}
	if about.Version == "" || !about.Decoders["h264"] {
		t.Errorf("about ffmpeg: %+v", about)
	}
	var table strings.Builder
	fmt.Fprint(&table, "| | format | taken for | decoded by |\n|---|---|---|---|\n")
	all := formats()
	for _, kind := range []string{picturesOf, filmsOf, soundsOf} {
		for _, f := range all[kind] {
			data := made(t, kind, f)
			if got := Sniff(data); got != f.typ {
				t.Errorf("%s is taken for %q", f.name, got)
			}
			s := Source{At: bytes.NewReader(data), Size: int64(len(data))}
			by := "ffmpeg, reader " + demuxers[f.typ]
			switch kind {
			case picturesOf:
				m := measured(t, d, data, Options{})
				if !m.Hashed() || len(m.Skipped) > 0 {
					t.Errorf("%s: %+v", f.name, m.Skipped)
				}
				if _, ok := codecOf(f.typ); ok {
					by = "Jaga itself"
					if m.Several && f.typ != WebP {
						by = "Jaga itself, the other frames ffmpeg"
					}
				}
			case filmsOf:
				if got, facts, err := look(t, d, s, FrameOptions{}); err != nil || len(got) < 9 || len(facts.Gaps) > 0 {
					t.Errorf("%s: %d frames, %+v, %v", f.name, len(got), facts, err)
				}
			case soundsOf:
				n := 0
				facts, err := d.Sound(t.Context(), s, 8000, func(s []int16) error { n += len(s); return nil })
				if err != nil || n < 7000 || n > 10_000 {
					t.Errorf("%s: %d samples, %+v, %v", f.name, n, facts, err)
				}
			}
			fmt.Fprintf(&table, "| %s | %s | `%s` | %s |\n", kind, f.name, f.typ, by)
		}
	}
	compare(t, table.String(), about.Version)
}

func made(t *testing.T, kind string, f format) []byte {
	t.Helper()
	if f.args == nil {
		if f.typ == PNG {
			return testpic.PNG(testpic.Photo(1, 96, 64))
		}
		return testpic.JPEG(testpic.Photo(1, 96, 64), 85)
	}
	input := []string{"-f", "lavfi", "-i", "testsrc2=s=192x144:r=10:d=1"}
	if kind == soundsOf {
		input = []string{"-f", "lavfi", "-i", "sine=f=440:r=44100:d=1"}
	}
	data, err := os.ReadFile(film(t, f.file, append(input, f.args...)...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

const (
	tableBegins = "<!-- made by internal/media/formats_test.go -->\n"
	tableEnds   = "<!-- end -->\n"
)

// compare compares the table with the one of the page, or writes it.
func compare(t *testing.T, table, version string) {
	t.Helper()
	number, _, _ := strings.Cut(version, "-")
	old := pagePart(t, tableBegins, table+"\nAs tested with ffmpeg "+number+".\n")
	if old, _, _ = strings.Cut(old, "\nAs tested with"); !*update && old != table {
		t.Errorf("the table of docs/media.md is not what was found; write it again with scripts/gen")
	}
}

// pagePart returns the part of docs/media.md that begins with a mark, and with
// -update puts another in its place.
func pagePart(t *testing.T, mark, other string) string {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "media.md")
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), mark)
	old, after, ok2 := strings.Cut(rest, tableEnds)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", path)
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+mark+other+tableEnds+after), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return old
}

// TestSniffOdd: what begins like something else is not taken for it.
func TestSniffOdd(t *testing.T) {
	t.Parallel()
	tar := make([]byte, 512)
	copy(tar[257:], "ustar")
	for name, c := range map[string]struct {
		head string
		want Type
	}{
		"nothing":                  {"", ""},
		"text":                     {"Hello, this is a letter.", ""},
		"a byte order mark":        {"\xff\xfe\x00\x00h\x00\x00\x00", ""},
		"one letter of a stream":   {"G" + strings.Repeat("x", 600), ""},
		"a stream":                 {strings.Repeat("G"+strings.Repeat("x", 187), 4), "video/mp2t"},
		"tar":                      {string(tar), "application/x-tar"},
		"old QuickTime":            {"\x00\x00\x00\x08wide\x00\x00\x01\x00mdat", "video/quicktime"},
		"a word":                   {"freemoviesfreemovies", ""},
		"HEIC":                     {"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", HEIC},
		"AVIF, sequence":           {"\x00\x00\x00\x18ftypavis\x00\x00\x00\x00avifmif1", AVIF},
		"AIFF":                     {"FORM\x00\x00\x00\x00AIFF", "audio/aiff"},
		"a playlist":               {"#EXTM3U\n", ""},
		"a playlist in a subtitle": {"1\n00:00:01,000 --> 00:00:02,000\n#EXTM3U\n", ""},
	} {
		if got := Sniff([]byte(c.head)); got != c.want {
			t.Errorf("%s is taken for %q, want %q", name, got, c.want)
		}
		if c.want == "" && Sniff([]byte(c.head)).Kind() != jaga.KindOther {
			t.Errorf("%s is some kind", name)
		}
	}
}
