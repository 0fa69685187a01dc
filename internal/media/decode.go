package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/png"
	"io"
	"slices"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/pdq/jpeg"
)

// NotChecked says why a file could not be looked at.
type NotChecked struct {
	Why    jaga.Why
	Detail string // plain words, never content
}

// Error returns reason and detail.
func (e *NotChecked) Error() string {
	if e.Detail == "" {
		return string(e.Why)
	}
	return string(e.Why) + ": " + e.Detail
}

func notChecked(why jaga.Why, format string, args ...any) *NotChecked {
	return &NotChecked{why, fmt.Sprintf(format, args...)}
}

// picture is what decoding gives.
type picture struct {
	pixels      pdq.Pixels
	orientation int // EXIF, 1..8; 0 when not stated
}

// looked is what looking at a picture tells, without its pixels.
type looked struct {
	width, height int
	orientation   int  // EXIF, 1..8; 0 when not stated
	screened      bool // nothing is near it, so it was not decoded
	several       bool // it holds, or may hold, more pictures
	hashed        bool // quality and hashes are there
	quality       int
	hashes        pdq.Dihedral // the first only, unless rotations are wanted
	rest          *rest        // of several pictures
}

// examine screens, decodes and hashes a picture. Its error is a *NotChecked. It may
// go on for a while when ctx ends.
func examine(ctx context.Context, run func(context.Context, []byte, Type, Limits) (picture, error), data []byte, t Type, lim Limits, opts Options) (looked, error) {
	if t == JPEG && opts.Far != nil {
		if l, ok := screen(ctx, data, lim, opts); ok {
			return l, nil
		}
	}
	p, err := run(ctx, data, t, lim)
	if err != nil {
		return looked{}, err
	}
	l := hashed(p.pixels, opts)
	l.orientation, l.several = p.orientation, several(data, t)
	switch {
	case l.several && t == TIFF:
		l.rest = pages(data, lim, l.hashes[pdq.Original])
	case l.several && t == WebP:
		l.rest = webpRest(ctx, data, lim, l.hashes[pdq.Original])
	}
	return l, nil
}

// hashed is a picture with its hashes.
func hashed(p pdq.Pixels, opts Options) looked {
	l := looked{width: p.Width, height: p.Height}
	var r pdq.Result
	var err error
	if opts.Rotations {
		r, l.hashes, err = pdq.SumAll(p)
	} else {
		r, err = pdq.Sum(p)
		l.hashes[pdq.Original] = r.Hash
	}
	l.quality, l.hashed = r.Quality, err == nil
	return l
}

// codec is one format's header reader and decoder.
type codec struct {
	size   func(data []byte) (width, height int, err error)
	decode func(ctx context.Context, data []byte, lim Limits) (pdq.Pixels, error)
}

func codecOf(t Type) (codec, bool) {
	c, ok := map[Type]codec{
		JPEG: {jpeg.Size, decodeJPEG},
		PNG:  std(png.DecodeConfig, png.Decode),
		GIF:  std(gif.DecodeConfig, gif.Decode), // the first frame
		WebP: {webpSize, decodeWebPFile},
		BMP:  std(bmp.DecodeConfig, bmp.Decode),
		TIFF: std(tiff.DecodeConfig, tiff.Decode),
	}[t]
	return c, ok
}

// std makes a codec of a decoder in the manner of the standard library.
func std(config func(io.Reader) (image.Config, error), decode func(io.Reader) (image.Image, error)) codec {
	return codec{
		size: func(data []byte) (int, int, error) {
			c, err := config(bytes.NewReader(data))
			return c.Width, c.Height, err
		},
		decode: func(_ context.Context, data []byte, _ Limits) (pdq.Pixels, error) {
			m, err := decode(bytes.NewReader(data))
			if err != nil {
				return pdq.Pixels{}, err
			}
			return pixels(m), nil
		},
	}
}

// pixels returns the picture for hashing. Alpha is ignored; where the decoder
// keeps it apart from the colours, those are used as they are stored, also where
// they are transparent.
func pixels(m image.Image) pdq.Pixels {
	switch m := m.(type) {
	case *image.NYCbCrA:
		return pdq.FromStd(&m.YCbCr)
	case *image.NRGBA64: // the high bytes
		out := image.NewNRGBA(m.Rect)
		for i := range out.Pix {
			out.Pix[i] = m.Pix[2*i]
		}
		return pdq.FromStd(out)
	}
	return pdq.FromStd(m)
}

// decodeJPEG decodes to libjpeg-turbo's samples, so that hashes equal those of
// lists. It reads more than image/jpeg does, so that is not asked when it
// refuses a file.
func decodeJPEG(ctx context.Context, data []byte, lim Limits) (pdq.Pixels, error) {
	m, err := jpeg.Decode(data, jpeg.Limits{Pixels: lim.Pixels, Memory: lim.Memory, Stop: ctx.Err})
	if err != nil {
		return pdq.Pixels{}, err
	}
	return m.Pixels(), nil
}

// bytesPerPixel is what decoders need at most for one pixel: 16 bits for each
// of four channels, and the eight-bit copy that is hashed.
const bytesPerPixel = 12

// decode decodes a picture within the limits. Its error is a *NotChecked. It
// may go on for a while when ctx ends.
func decode(ctx context.Context, data []byte, t Type, lim Limits) (p picture, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = picture{}, notChecked(jaga.WhyDamaged, "the decoder gave up")
		}
	}()
	c, err := admit(data, t, lim)
	if err != nil {
		return picture{}, err
	}
	if p.pixels, err = c.decode(ctx, data, lim); err != nil {
		return picture{}, why(err)
	}
	if t == JPEG {
		p.orientation = orientation(data)
	}
	return p, nil
}

// admit finds the decoder of a file and compares what its header claims with
// the limits. Its error is a *NotChecked.
func admit(data []byte, t Type, lim Limits) (codec, error) {
	c, ok := codecOf(t)
	if !ok {
		if t.Kind() == jaga.KindImage {
			return c, notChecked(jaga.WhyUnsupported, "no decoder for %s in this version", t)
		}
		return c, notChecked(jaga.WhyNotAnImage, "%s", describe(t))
	}
	w, h, err := c.size(data)
	if err != nil {
		return c, why(err)
	}
	if w <= 0 || h <= 0 {
		return c, notChecked(jaga.WhyDamaged, "it claims %d x %d pixels", w, h)
	}
	if n := int64(w) * int64(h); n > lim.Pixels || n > lim.Memory/bytesPerPixel || w > pdq.MaxSide || h > pdq.MaxSide {
		return c, notChecked(jaga.WhyTooManyPix, "%d x %d pixels", w, h)
	}
	return c, nil
}

func describe(t Type) string {
	switch t.Kind() {
	case jaga.KindAudio:
		return "audio matching is not available in this version"
	}
	if t == "" {
		return "an unknown kind of file"
	}
	return string(t)
}

func why(err error) *NotChecked {
	var unsupportedPNG png.UnsupportedError
	var unsupportedTIFF tiff.UnsupportedError
	is := func(targets ...error) bool {
		return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
	}
	switch {
	case is(context.DeadlineExceeded, context.Canceled):
		return notChecked(jaga.WhyTimeout, "decoding took too long")
	case is(jpeg.ErrPixels, jpeg.ErrMemory):
		return notChecked(jaga.WhyTooManyPix, "decoding it takes more memory than is allowed")
	case is(jpeg.ErrTruncated, io.ErrUnexpectedEOF, io.EOF):
		return notChecked(jaga.WhyTruncated, "the file ends too early")
	case is(jpeg.ErrUnsupported, bmp.ErrUnsupported), errors.As(err, &unsupportedPNG), errors.As(err, &unsupportedTIFF):
		return notChecked(jaga.WhyUnsupported, "a variant of the format that this version does not decode")
	}
	return notChecked(jaga.WhyDamaged, "the file breaks the rules of its format")
}
