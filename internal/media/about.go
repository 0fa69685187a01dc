package media

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/jaga-project/jaga/internal/jail"
)

// About is what the installed ffmpeg can do.
type About struct {
	Path    string
	Version string
	// Missing names what people send and it has no decoder for.
	Missing []string
	// Decoders are its names for formats of pictures, video and sound that it
	// decodes.
	Decoders map[string]bool
}

// wanted are the formats that people send, by ffmpeg's names for them, in the order
// they are told.
var wanted = []struct{ codec, name string }{
	{"h264", "H.264"}, {"hevc", "HEVC"}, {"av1", "AV1"}, {"vp8", "VP8"}, {"vp9", "VP9"}, {"mpeg4", "MPEG-4 part 2"}, {"mpeg2video", "MPEG-2"},
	{"wmv2", "WMV"}, {"flv1", "FLV"}, {"theora", "Theora"}, {"mjpeg", "Motion JPEG"},
	{"aac", "AAC"}, {"mp3", "MP3"}, {"opus", "Opus"}, {"vorbis", "Vorbis"}, {"flac", "FLAC"}, {"amrnb", "AMR"}, {"ac3", "AC-3"}, {"wmav2", "WMA"}, {"alac", "ALAC"},
	{"gif", "GIF"}, {"apng", "APNG"}, {"jpegxl", "JPEG XL"}, {"jpeg2000", "JPEG 2000"},
}

// About runs ffmpeg in the jail and asks it. Its error is *NotChecked when there is
// none that can be run.
func (d *Decoder) About(ctx context.Context) (About, error) {
	path, err := d.tool("ffmpeg")
	if err != nil {
		return About{}, err
	}
	if _, err := d.tool("ffprobe"); err != nil {
		return About{}, err
	}
	a := About{Path: path, Decoders: map[string]bool{}}
	var out limited
	out.most = 1 << 20
	for _, arg := range []string{"-version", "-decoders"} {
		p, err := jail.Start(ctx, jail.Spec{Path: path, Args: []string{"-hide_banner", arg}, Stdout: &out, Unconfined: d.tools.Unconfined})
		if err != nil {
			return About{}, whyNotRun(err)
		}
		if err := p.Wait(); err != nil {
			return About{}, fmt.Errorf("%s %s: %w", path, arg, err)
		}
	}
	for lines := bufio.NewScanner(bytes.NewReader(out.Bytes())); lines.Scan(); {
		f := strings.Fields(lines.Text())
		switch {
		case len(f) > 2 && f[0] == "ffmpeg" && f[1] == "version":
			a.Version = f[2]
		case len(f) > 2 && len(f[0]) == 6 && strings.ContainsAny(f[0][:1], "VA"): // " V....D libdav1d  dav1d … (codec av1)"
			a.Decoders[f[1]] = true
			if _, codec, ok := strings.Cut(lines.Text(), "(codec "); ok {
				a.Decoders[strings.TrimSuffix(codec, ")")] = true
			}
		}
	}
	for _, w := range wanted {
		if !a.Decoders[w.codec] {
			a.Missing = append(a.Missing, w.name)
		}
	}
	return a, nil
}
