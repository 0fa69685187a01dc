package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
)

// rest is what is known of the pictures of a file behind the first.
type rest struct {
	found []framed
	not   *NotChecked // what was not looked at
}

// framed is the hash of one of several pictures.
type framed struct {
	number, quality int
	hash            pdq.Hash
}

func (r *rest) signals() (out []jaga.Signal) {
	for _, f := range r.found {
		out = append(out, jaga.Signal{Type: jaga.PDQ, Value: f.hash.String(), Quality: f.quality, Variant: "frame " + strconv.Itoa(f.number), By: "pdq/1"})
	}
	return out
}

// mostPictures is how many different pictures of one file are compared. An
// animation that people send each other has some dozens.
const mostPictures = 200

// onlyFirst is what is said when nothing is known of the others.
func onlyFirst() *rest {
	return &rest{not: notChecked(jaga.WhyUnsupported, "it holds or may hold several pictures; only the first was compared")}
}

// byFFmpeg reports whether pictures of the type are decoded by ffmpeg.
func byFFmpeg(t Type) bool { return t == AVIF || t == HEIC || t == JXL || t == JP2 }

// errPictures says that there are more pictures than are compared.
var errPictures = errors.New("too many pictures")

// rest looks at the other frames of an animation, which ffmpeg decodes.
func (d *Decoder) rest(ctx context.Context, data []byte, t Type, l looked) *rest {
	if t != GIF && t != PNG {
		return onlyFirst()
	}
	_, decoded, r, err := d.moving(ctx, data, Options{}, l.hashes[pdq.Original])
	var not *NotChecked
	switch {
	case errors.As(err, &not):
		return &rest{not: notChecked(not.Why, "only the first picture was compared: %s", not.Detail)}
	case err != nil:
		return onlyFirst()
	}
	if n, whole := pictures(data, t); r.not == nil && (!whole || decoded < n) {
		r.not = notChecked(jaga.WhyUnsupported, "it holds or may hold more pictures than the %d that could be decoded and compared", decoded)
	}
	return r
}

// decodeOdd decodes a picture, or an animation, of a kind that ffmpeg decodes. It
// is decode for those.
func (d *Decoder) decodeOdd(ctx context.Context, data []byte, t Type, opts Options, _ *bool) (looked, error) {
	l, n, r, err := d.moving(ctx, data, opts, pdq.Hash{})
	var not *NotChecked
	if errors.As(err, &not) && t == HEIC && (not.Why == jaga.WhyTruncated || not.Why == jaga.WhyDamaged) {
		// Before version 7.1 ffmpeg takes such a file for a broken film.
		return looked{}, notChecked(jaga.WhyUnsupported, "the installed ffmpeg does not decode it, or it is damaged")
	}
	if err != nil {
		return looked{}, err
	}
	if t == AVIF || t == HEIC {
		// Large pictures are stored as tiles. Decoders that do not join them give
		// one of them.
		if w, h := statedSize(data); w*h > 0 && w*h != l.width*l.height {
			return looked{}, notChecked(jaga.WhyUnsupported, "it is stored as tiles, which the installed ffmpeg does not join")
		}
	}
	l.several = n > 1 || r.not != nil
	l.rest = r
	return l, nil
}

// moving looks at all pictures of a file, by ffmpeg, and tells how many it decoded.
// The first is hashed as the options say; of the others those are kept that are
// different from all before, and from the one that is known.
func (d *Decoder) moving(ctx context.Context, data []byte, opts Options, known pdq.Hash) (l looked, n int, r *rest, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.limits.Time)
	defer cancel()
	r = &rest{}
	seen := map[pdq.Hash]bool{known: true}
	facts, err := d.Frames(ctx, Source{At: bytes.NewReader(data), Size: int64(len(data))}, FrameOptions{}, func(f Frame) error {
		if n++; n == 1 {
			l = hashed(f.Pixels, opts)
			first := l.hashes[pdq.Original]
			if known != (pdq.Hash{}) && first != known { // a picture for programs that know no animations
				r.found = append(r.found, framed{0, l.quality, first})
			}
			seen[first] = true
			return nil
		}
		one, err := pdq.Sum(f.Pixels)
		switch {
		case err != nil || seen[one.Hash]:
			return nil
		case len(r.found) == mostPictures:
			return errPictures
		}
		seen[one.Hash] = true
		r.found = append(r.found, framed{f.Number, one.Quality, one.Hash})
		return nil
	})
	switch {
	case errors.Is(err, errPictures):
		r.not = notChecked(jaga.WhyTooBig, "it holds more than %d different pictures; the others were not compared", mostPictures)
	case err != nil && n > 0 && ctx.Err() != nil:
		r.not = notChecked(jaga.WhyTimeout, "it holds more pictures than could be decoded within %s; the others were not compared", d.limits.Time)
	case err != nil && ctx.Err() != nil:
		return l, n, r, notChecked(jaga.WhyTimeout, "decoding took longer than %s", d.limits.Time)
	case err != nil:
		return l, n, r, err
	case len(facts.Gaps) > 0:
		r.not = notChecked(jaga.WhyDamaged, "some of its pictures could not be decoded")
	}
	return l, n, r, nil
}

// statedSize returns the largest size that an ISO file states for a picture: that
// of the whole, where it is stored as tiles (ISO/IEC 23008-12, 6.5.3, box ispe).
func statedSize(data []byte) (w, h int) {
	for at := 0; ; {
		i := bytes.Index(data[at:], []byte("ispe"))
		if i < 0 {
			return w, h
		}
		at += i + 4
		if at+12 > len(data) {
			return w, h
		}
		a, b := int(binary.BigEndian.Uint32(data[at+4:])), int(binary.BigEndian.Uint32(data[at+8:]))
		if i := at - 8; i >= 0 && binary.BigEndian.Uint32(data[i:]) == 20 && a > 0 && b > 0 && a <= pdq.MaxSide && b <= pdq.MaxSide && a*b > w*h {
			w, h = a, b
		}
	}
}
