package media

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/jail"
)

// Tools says how video and sound are decoded: by ffmpeg, in the jail. The zero
// value finds it.
type Tools struct {
	FFmpeg string // path of ffmpeg; empty is the one in PATH. ffprobe lies beside it
	// Unconfined decodes also where the kernel cannot confine ffmpeg, see
	// [jail.Spec].
	Unconfined bool
	Time       time.Duration // for one file, by the clock; 0 is 30 minutes
	Memory     int64         // for one file; 0 is that of the limits
	Spool      int64         // bytes of a stream that are kept on the disk; 0 is 8 GiB
	Threads    int           // that decode one film; 0 is four for each processor, up to 8, or with large pictures one, up to 4
	// Every is how much of a film is hashed where [Options.Every] does not say: one
	// frame in so much time; 0 is one a second, negative is every frame.
	Every time.Duration
}

func (t Tools) time() time.Duration { return cmp.Or(t.Time, 30*time.Minute) }
func (t Tools) spool() int64        { return cmp.Or(t.Spool, 8<<30) }

// processors is how many one film may use.
func processors() int { return min(4, runtime.NumCPU()) }

// threads is how many decode one film with pictures of the size. Threads wait for
// each other: a frame is predicted from others, and one thread writes them all. With
// more of them than processors no processor waits. Each has pictures of its own, so
// that large ones get fewer.
func (t Tools) threads(width, height int) int {
	switch {
	case t.Threads > 0:
		return t.Threads
	case width*height > 1920*1088:
		return processors()
	}
	return min(8, 4*processors())
}

// Use says how video and sound are decoded from now on. It must not be called
// while something is being decoded.
func (d *Decoder) Use(t Tools) { d.tools = t }

// tool returns the path of ffmpeg or ffprobe.
func (d *Decoder) tool(name string) (string, error) {
	if d.tools.FFmpeg != "" {
		return filepath.Join(filepath.Dir(d.tools.FFmpeg), strings.Replace(filepath.Base(d.tools.FFmpeg), "ffmpeg", name, 1)), nil
	}
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", notChecked(jaga.WhyUnsupported, "%s, which decodes it, is not installed", name)
	}
	return path, nil
}

// demuxers are the names that ffmpeg has for the readers of the formats. What a
// file is, is decided here and never by ffmpeg, so that none of its readers of
// playlists, scripts and devices is ever used.
var demuxers = map[Type]string{
	"video/mp4": "mov", "video/quicktime": "mov", "video/3gpp": "mov", "audio/mp4": "mov",
	AVIF: "mov", HEIC: "mov",
	"video/webm": "matroska", "video/x-matroska": "matroska",
	"video/x-msvideo": "avi", "video/mp2t": "mpegts", "video/x-flv": "flv",
	"video/mpeg": "mpeg", "video/x-mpegvideo": "mpegvideo", "video/ogg": "ogg", "video/x-ms-asf": "asf",
	"audio/mpeg": "mp3", "audio/aac": "aac", "audio/ogg": "ogg", "audio/flac": "flac", "audio/wav": "wav",
	"audio/x-w64": "w64", "audio/aiff": "aiff", "audio/amr": "amr", "audio/x-caf": "caf", "audio/ac3": "ac3", "audio/eac3": "eac3",
	JXL: "jpegxl_pipe", JP2: "j2k_pipe", PNG: "apng", GIF: "gif",
}

// before are the arguments of ffmpeg and ffprobe that say what may be read, and
// how: one file of one format, through a pipe or as it was handed over, without
// any file or address that is named in it.
func before(in *input) []string {
	return append([]string{
		"-hide_banner",
		"-protocol_whitelist", "pipe,file", // the jail has no other file than the one handed over
		"-format_whitelist", demuxers[in.typ],
		"-f", demuxers[in.typ],
	}, in.more...)
}

// execute starts a tool on the input.
func (d *Decoder) execute(ctx context.Context, name string, args []string, in *input, probe bool, stdout, stderr io.Writer) (*jail.Process, error) {
	path, err := d.tool(name)
	if err != nil {
		return nil, err
	}
	limit := d.tools.time()
	s := jail.Spec{
		Path: path, Args: args, Files: in.files, Stdout: stdout, Stderr: stderr, Unconfined: d.tools.Unconfined,
		Limits: jail.Limits{Memory: cmp.Or(d.tools.Memory, d.limits.Memory), Wall: limit, CPU: limit * time.Duration(processors())},
	}
	if in.open != nil {
		s.Stdin = in.open(probe)
	}
	p, err := jail.Start(ctx, s)
	if err != nil {
		return nil, whyNotRun(err)
	}
	return p, nil
}

// whyNotRun translates the errors of the jail.
func whyNotRun(err error) error {
	var un *jail.Unavailable
	var killed *jail.Killed
	switch {
	case errors.As(err, &un):
		return notChecked(jaga.WhyUnsupported, "%s", un.Error())
	case errors.As(err, &killed):
		switch killed.Cause {
		case jail.ByClock, jail.ByCPU:
			return notChecked(jaga.WhyTimeout, "decoding took too long")
		case jail.ByMemory:
			return notChecked(jaga.WhyTooManyPix, "decoding it takes more memory than is allowed")
		}
		return notChecked(jaga.WhyDamaged, "the decoder was ended by a signal")
	case errors.Is(err, os.ErrNotExist):
		return notChecked(jaga.WhyUnsupported, "the program that decodes it is not there")
	}
	return err
}

// complaint says what ffmpeg's words mean for a file that gave nothing.
func complaint(said string) *NotChecked {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(said, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("Picture size", "max_pixels", "Invalid dimensions"):
		return notChecked(jaga.WhyTooManyPix, "its pictures are larger than is allowed")
	case has("annot allocate memory"):
		return notChecked(jaga.WhyTooManyPix, "decoding it takes more memory than is allowed")
	case has("Decoder not found", "no decoder", "Decoder (codec", "ould not find codec parameters", "Unknown input format", "nsupported codec", "not supported"):
		return notChecked(jaga.WhyUnsupported, "the installed ffmpeg does not decode this variant")
	case has("moov atom not found", "End of file", "partial file", "truncat"):
		return notChecked(jaga.WhyTruncated, "the file ends too early")
	}
	return notChecked(jaga.WhyDamaged, "the file breaks the rules of its format")
}

// rational reads numbers such as 30000/1001; 0 for what is none.
func rational(s string) float64 {
	a, b, ok := strings.Cut(s, "/")
	x, err := strconv.ParseFloat(a, 64)
	if err != nil || !ok {
		return x
	}
	y, err := strconv.ParseFloat(b, 64)
	if err != nil || y == 0 {
		return 0
	}
	return x / y
}
