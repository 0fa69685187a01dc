// Command picture computes the codes of a file in a browser, where worker.js
// runs it as WebAssembly. It hashes with the server's own packages, so that a
// code equals, bit for bit, what the server computes of the same file.
package main

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/png"
	"io"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/pdq/jpeg"
)

// What a small phone can bear. A picture over these has exact codes only.
const (
	maxBytes  = 64 << 20
	maxPixels = 64_000_000
	maxMemory = 1 << 30
)

// pieceSize is in what pieces a file is read that is not kept.
const pieceSize = 1 << 20

// measure reads a file of a size to its end and says its codes, one a line:
// "pdq", "sha256" or "md5", a space, and the hexadecimal digits. A line "why"
// says why there is no pdq. Nothing but JPEG and PNG is decoded here; for other
// files it says "why other", and the browser may know more.
func measure(r io.Reader, size int64) string {
	if size == 0 {
		return why(jaga.WhyEmpty)
	}
	s, m := sha256.New(), md5.New()
	in := io.TeeReader(io.LimitReader(r, size), io.MultiWriter(s, m))
	head := make([]byte, min(size, 8))
	if _, err := io.ReadFull(in, head); err != nil {
		return why(jaga.WhyUnreadable)
	}
	near := why("other")
	var read int64
	if decode := decoderOf(head); decode != nil && size <= maxBytes {
		data := make([]byte, size)
		copy(data, head)
		if _, err := io.ReadFull(in, data[len(head):]); err != nil {
			return why(jaga.WhyUnreadable)
		}
		read, near = size, sum(decode(data))
	} else {
		if decode != nil {
			near = why(jaga.WhyTooBig)
		}
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, in, make([]byte, pieceSize))
		read = n + int64(len(head))
		if err != nil {
			return why(jaga.WhyUnreadable)
		}
	}
	if read != size {
		return why(jaga.WhyUnreadable)
	}
	return near + code(jaga.SHA256, s.Sum(nil)) + code(jaga.MD5, m.Sum(nil))
}

func why(w jaga.Why) string { return "why " + string(w) + "\n" }

func code(t jaga.SignalType, raw []byte) string {
	return string(t) + " " + hex.EncodeToString(raw) + "\n"
}

// decoderOf returns what decodes a file that begins with head, or nil.
func decoderOf(head []byte) func([]byte) (pdq.Pixels, error) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return decodeJPEG
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return decodePNG
	}
	return nil
}

func decodeJPEG(data []byte) (pdq.Pixels, error) {
	w, h, err := jpeg.Size(data)
	if err == nil {
		err = admit(w, h)
	}
	if err != nil {
		return pdq.Pixels{}, err
	}
	m, err := jpeg.Decode(data, jpeg.Limits{Pixels: maxPixels, Memory: maxMemory})
	if err != nil {
		return pdq.Pixels{}, err
	}
	return m.Pixels(), nil
}

func decodePNG(data []byte) (pdq.Pixels, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err == nil {
		err = admit(c.Width, c.Height)
	}
	if err != nil {
		return pdq.Pixels{}, err
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return pdq.Pixels{}, err
	}
	if deep, ok := m.(*image.NRGBA64); ok { // the high bytes, as the server takes them
		flat := image.NewNRGBA(deep.Rect)
		for i := range flat.Pix {
			flat.Pix[i] = deep.Pix[2*i]
		}
		m = flat
	}
	return pdq.FromStd(m), nil
}

var errLarge = errors.New("more pixels than the limit")

// admit looks at the size that a file claims before memory is taken for it.
func admit(w, h int) error {
	if int64(w)*int64(h) > maxPixels || w > pdq.MaxSide || h > pdq.MaxSide {
		return errLarge
	}
	return nil
}

// sum says the code of what was decoded.
func sum(p pdq.Pixels, err error) string {
	switch {
	case errors.Is(err, errLarge), errors.Is(err, jpeg.ErrPixels), errors.Is(err, jpeg.ErrMemory):
		return why(jaga.WhyTooManyPix)
	case err != nil:
		return why(jaga.WhyDamaged)
	}
	r, err := pdq.Sum(p)
	switch {
	case err != nil:
		return why(jaga.WhyDamaged)
	case r.Quality < pdq.MinQuality:
		return why(jaga.WhyLowQuality)
	}
	return code(jaga.PDQ, r.Hash[:])
}

// decoded says the code of a picture that the browser decoded, four bytes for
// each pixel.
func decoded(r io.Reader, w, h int) string {
	if w < 1 || h < 1 || admit(w, h) != nil {
		return why(jaga.WhyTooManyPix)
	}
	pix := make([]byte, 4*w*h)
	if _, err := io.ReadFull(r, pix); err != nil {
		return why(jaga.WhyUnreadable)
	}
	return sum(pdq.Pixels{Pix: pix, Width: w, Height: h, Stride: 4 * w, Format: pdq.RGBX}, nil)
}
