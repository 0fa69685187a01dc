package media

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/jail"
	"github.com/jaga-project/jaga/pdq"
)

// probed is what ffprobe tells of a file.
type probed struct {
	Streams []stream `json:"streams"`
	Format  struct {
		Duration string `json:"duration"`
		Name     string `json:"format_name"`
	} `json:"format"`
}

type stream struct {
	Index       int    `json:"index"`
	Kind        string `json:"codec_type"`
	Codec       string `json:"codec_name"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	Pixels      string `json:"pix_fmt"`
	Range       string `json:"color_range"`
	Average     string `json:"avg_frame_rate"`
	Rate        string `json:"sample_rate"`
	Channels    int    `json:"channels"`
	Duration    string `json:"duration"`
	Disposition struct {
		Attached int `json:"attached_pic"`
	} `json:"disposition"`
}

// mostFacts bounds what ffprobe may tell; a file may have very many streams.
const mostFacts = 1 << 20

// probe finds out what streams a file has. Its error is *NotChecked, or that of the
// context.
func (d *Decoder) probe(ctx context.Context, in *input) (probed, error) {
	var out, said limited
	out.most, said.most = mostFacts, 64<<10
	args := append([]string{"-v", "error"}, before(in)...)
	args = append(args,
		"-max_streams", "100",
		"-show_entries", "stream=index,codec_type,codec_name,width,height,pix_fmt,color_range,avg_frame_rate,sample_rate,channels,duration:stream_disposition=attached_pic:format=duration,format_name",
		"-of", "json=compact=1", "-i", in.name)
	p, err := d.execute(ctx, "ffprobe", args, in, true, &out, &said)
	if err != nil {
		return probed{}, err
	}
	if err := p.Wait(); err != nil {
		if ctx.Err() != nil {
			return probed{}, ctx.Err()
		}
		var failed *jail.Failed
		if errors.As(err, &failed) {
			return probed{}, complaint(said.String())
		}
		return probed{}, whyNotRun(err)
	}
	var f probed
	if err := json.Unmarshal(out.Bytes(), &f); err != nil {
		return probed{}, notChecked(jaga.WhyDamaged, "what it holds cannot be told")
	}
	return f, nil
}

// stream returns the one of a kind that is decoded, and how many others there are.
// A picture that belongs to a sound counts when there is nothing else.
func (f probed) stream(kind string) (s stream, others int, ok bool) {
	for _, c := range f.Streams {
		switch {
		case c.Kind != kind:
		case !ok, s.Disposition.Attached > c.Disposition.Attached:
			if ok {
				others++
			}
			s, ok = c, true
		default:
			others++
		}
	}
	return s, others, ok
}

// unsmoothed is which frames are not smoothed at the edges of blocks, in ffmpeg's
// words, when only luma is wanted. H.264's frames of kind B are hardly ever
// predicted from for long; HEVC's often are, so of those only the ones that nothing
// is predicted from.
func (s stream) unsmoothed() string {
	switch s.Codec {
	case "h264":
		return "bidir"
	case "hevc":
		return "noref"
	}
	return "default"
}

// luma is the format in which the luma of a stream can be had without converting
// anything: RGB where it cannot.
func (s stream) luma() pdq.Format {
	switch s.Pixels {
	case "yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p":
		if s.Range == "pc" {
			return pdq.Gray
		}
		return pdq.Luma
	case "yuvj420p", "yuvj422p", "yuvj444p", "yuvj440p", "yuvj411p":
		return pdq.Gray
	}
	return pdq.RGB
}

// duration is that of the stream, or of the file; 0 when neither is stated.
func (f probed) duration(s stream) time.Duration {
	for _, text := range []string{s.Duration, f.Format.Duration} {
		if v, err := strconv.ParseFloat(text, 64); err == nil && v > 0 {
			return seconds(v)
		}
	}
	return 0
}

// soundDuration is that of a stream of sound, 0 when it is not stated: that of the
// file may be its pictures'.
func (f probed) soundDuration(s stream) time.Duration {
	if len(f.Streams) > 1 {
		f.Format.Duration = ""
	}
	return f.duration(s)
}

// container is the first of ffmpeg's names for the format.
func (f probed) container() string {
	name, _, _ := strings.Cut(f.Format.Name, ",")
	return name
}

// seconds is a duration; what no duration can be becomes 0, and what is longer
// than a year becomes that.
func seconds(v float64) time.Duration {
	if math.IsNaN(v) || v < 0 {
		return 0
	}
	return time.Duration(min(v, 366*24*3600) * float64(time.Second))
}

// limited keeps what is written up to a number of bytes, and drops the rest.
type limited struct {
	bytes.Buffer
	most int
}

func (l *limited) Write(p []byte) (int, error) {
	l.Buffer.Write(p[:max(0, min(len(p), l.most-l.Len()))])
	return len(p), nil
}
