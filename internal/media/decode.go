package media

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
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

// codec is one format's header reader and decoder.
type codec struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

func codecOf(t Type) (codec, bool) {
	c, ok := map[Type]codec{
		JPEG: {jpeg.DecodeConfig, jpeg.Decode},
		PNG:  {png.DecodeConfig, png.Decode},
		GIF:  {gif.DecodeConfig, gif.Decode}, // the first frame
		WebP: {webp.DecodeConfig, webp.Decode},
		BMP:  {bmp.DecodeConfig, bmp.Decode},
		TIFF: {tiff.DecodeConfig, tiff.Decode},
	}[t]
	return c, ok
}

// bytesPerPixel is what decoders need at most for one pixel: 16 bits for each
// of four channels, and the eight-bit copy that is hashed.
const bytesPerPixel = 12

// decode decodes a picture within the limits. Its error is a *NotChecked.
func decode(data []byte, t Type, lim Limits) (p picture, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = picture{}, notChecked(jaga.WhyDamaged, "the decoder gave up")
		}
	}()
	c, ok := codecOf(t)
	if !ok {
		if t.Kind() == jaga.KindImage {
			return picture{}, notChecked(jaga.WhyUnsupported, "no decoder for %s in this version", t)
		}
		return picture{}, notChecked(jaga.WhyNotAnImage, "%s", describe(t))
	}
	cfg, err := c.config(bytes.NewReader(data))
	if err != nil {
		return picture{}, why(err)
	}
	if cfg.Width <= 0 || cfg.Height <= 0 {
		return picture{}, notChecked(jaga.WhyDamaged, "it claims %d x %d pixels", cfg.Width, cfg.Height)
	}
	pixels := int64(cfg.Width) * int64(cfg.Height)
	if pixels > lim.Pixels || pixels > lim.Memory/bytesPerPixel || cfg.Width > pdq.MaxSide || cfg.Height > pdq.MaxSide {
		return picture{}, notChecked(jaga.WhyTooManyPix, "%d x %d pixels", cfg.Width, cfg.Height)
	}
	img, err := c.decode(bytes.NewReader(data))
	if err != nil {
		return picture{}, why(err)
	}
	p.pixels = pdq.FromStd(img)
	if t == JPEG {
		p.orientation = orientation(data)
	}
	return p, nil
}

func describe(t Type) string {
	switch t.Kind() {
	case jaga.KindVideo:
		return "video matching is not available in this version"
	case jaga.KindAudio:
		return "audio matching is not available in this version"
	}
	if t == "" {
		return "an unknown kind of file"
	}
	return string(t)
}

func why(err error) *NotChecked {
	var unsupportedJPEG jpeg.UnsupportedError
	var unsupportedPNG png.UnsupportedError
	var unsupportedTIFF tiff.UnsupportedError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return notChecked(jaga.WhyTruncated, "the file ends too early")
	case errors.As(err, &unsupportedJPEG), errors.As(err, &unsupportedPNG), errors.As(err, &unsupportedTIFF), errors.Is(err, bmp.ErrUnsupported):
		return notChecked(jaga.WhyUnsupported, "a variant of the format that this version does not decode")
	}
	return notChecked(jaga.WhyDamaged, "the file breaks the rules of its format")
}
