package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"time"

	"golang.org/x/image/webp"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
)

// An animated WebP file is a canvas and frames that are drawn on it one after the
// other, each a still WebP picture with a place ("WebP Container Specification",
// developers.google.com/speed/webp/docs/riff_container). The decoder that we have
// reads still ones, so the frames are handed to it one by one.

// webpFrame is a frame of an animation.
type webpFrame struct {
	at         image.Rectangle // on the canvas
	clear      bool            // its place is cleared afterwards
	overwrites bool            // what is transparent in it hides what was there
	file       []byte          // the frame as a still file
}

var errWebPFrame = errors.New("a frame of the animation is damaged")

// webpChunk is the next chunk of a RIFF file: its name, what is in it, and what
// follows it; ok is false where there is none that is whole.
func webpChunk(data []byte) (name string, body, after []byte, ok bool) {
	if len(data) < 8 {
		return "", nil, nil, false
	}
	n := int64(binary.LittleEndian.Uint32(data[4:]))
	if n > int64(len(data)-8) {
		return "", nil, nil, false
	}
	end := 8 + n
	after = data[min(end+n&1, int64(len(data))):] // chunks begin at even places
	return string(data[:4]), data[8:end], after, true
}

// webpCanvas returns the size of an animation's canvas and the chunks behind its
// header; ok is false for a still picture.
func webpCanvas(data []byte) (w, h int, chunks []byte, ok bool) {
	if len(data) < 12 {
		return 0, 0, nil, false
	}
	name, head, chunks, ok := webpChunk(data[12:])
	if !ok || name != "VP8X" || len(head) < 10 || head[0]&2 == 0 {
		return 0, 0, nil, false
	}
	return 1 + int(uint24(head[4:])), 1 + int(uint24(head[7:])), chunks, true
}

func uint24(b []byte) uint32 { return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 }

// webpFrames calls f for every frame of an animation until it returns false. whole
// is false where the file breaks off or a frame breaks the rules.
func webpFrames(data []byte, f func(webpFrame) bool) (whole bool) {
	w, h, chunks, ok := webpCanvas(data)
	if !ok {
		return true
	}
	for len(chunks) > 0 {
		name, body, after, ok := webpChunk(chunks)
		if !ok {
			return false
		}
		chunks = after
		if name != "ANMF" {
			continue
		}
		if len(body) < 16 {
			return false
		}
		x, y := 2*int(uint24(body)), 2*int(uint24(body[3:]))
		fr := webpFrame{at: image.Rect(x, y, x+1+int(uint24(body[6:])), y+1+int(uint24(body[9:]))), clear: body[15]&1 != 0, overwrites: body[15]&2 != 0}
		if !fr.at.In(image.Rect(0, 0, w, h)) {
			return false
		}
		fr.file = stillWebP(body[16:])
		if !f(fr) {
			return true
		}
	}
	return true
}

// stillWebP puts the chunks of a frame into a file of their own.
func stillWebP(chunks []byte) []byte {
	var alpha, picture []byte
	var w, h []byte
	for rest := chunks; len(rest) > 0; {
		name, body, after, ok := webpChunk(rest)
		if !ok {
			break
		}
		whole := rest[:len(rest)-len(after)]
		switch {
		case name == "ALPH":
			alpha = whole
		case name == "VP8 " && len(body) >= 10: // its size stands behind the start code
			w = []byte{body[6], body[7] & 0x3f}
			h = []byte{body[8], body[9] & 0x3f}
			picture = whole
		case name == "VP8L":
			picture, alpha = whole, nil
		}
		rest = after
	}
	out := []byte("RIFF\x00\x00\x00\x00WEBP")
	if alpha != nil && w != nil {
		out = append(out, "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00"...)
		for _, side := range [][]byte{w, h} {
			n := binary.LittleEndian.Uint16(side) - 1
			out = append(out, byte(n), byte(n>>8), 0)
		}
		out = append(out, alpha...)
	}
	out = append(out, picture...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// decode decodes a frame, which must be as large as its place.
func (f webpFrame) decode() (image.Image, error) {
	c, err := webp.DecodeConfig(bytes.NewReader(f.file))
	if err != nil {
		return nil, err
	}
	if c.Width != f.at.Dx() || c.Height != f.at.Dy() {
		return nil, errWebPFrame
	}
	m, err := webp.Decode(bytes.NewReader(f.file))
	if err != nil {
		return nil, err
	}
	switch m := m.(type) {
	case *image.YCbCr:
		return studio(m), nil
	case *image.NYCbCrA:
		out, ok := studio(&m.YCbCr).(*image.NRGBA)
		if !ok {
			return nil, errWebPFrame
		}
		for y := range f.at.Dy() {
			for x := range f.at.Dx() {
				out.Pix[y*out.Stride+4*x+3] = m.A[y*m.AStride+x]
			}
		}
		return out, nil
	}
	return m, nil
}

// draw draws a frame on the canvas.
func (f webpFrame) draw(canvas *image.NRGBA, m image.Image) error {
	src, ok := m.(*image.NRGBA)
	if !ok {
		return errWebPFrame
	}
	for y := range f.at.Dy() {
		from := src.Pix[y*src.Stride:][:4*f.at.Dx()]
		to := canvas.Pix[canvas.PixOffset(f.at.Min.X, f.at.Min.Y+y):][:4*f.at.Dx()]
		if f.overwrites {
			copy(to, from)
			continue
		}
		for i := 0; i < len(from); i += 4 {
			blend(to[i:i+4:i+4], from[i:i+4:i+4])
		}
	}
	return nil
}

// blend puts a pixel over another; neither is multiplied by its alpha.
func blend(to, from []byte) {
	switch a := int(from[3]); a {
	case 255:
		copy(to, from)
	case 0:
	default:
		below := int(to[3]) * (255 - a) / 255
		all := a + below
		for i := range 3 {
			to[i] = byte((int(from[i])*a + int(to[i])*below + all/2) / all)
		}
		to[3] = byte(all)
	}
}

// clearAt makes a place of the canvas transparent.
func clearAt(canvas *image.NRGBA, at image.Rectangle) {
	for y := at.Min.Y; y < at.Max.Y; y++ {
		clear(canvas.Pix[canvas.PixOffset(at.Min.X, y):][:4*at.Dx()])
	}
}

// eachWebP calls show with the canvas after every frame until it returns false.
func eachWebP(data []byte, show func(number int, canvas *image.NRGBA) bool) error {
	w, h, _, ok := webpCanvas(data)
	if !ok {
		return errWebPFrame
	}
	canvas := image.NewNRGBA(image.Rect(0, 0, w, h))
	var err error
	n := 0
	whole := webpFrames(data, func(f webpFrame) bool {
		var m image.Image
		if m, err = f.decode(); err != nil {
			return false
		}
		if err = f.draw(canvas, m); err != nil {
			return false
		}
		if !show(n, canvas) {
			return false
		}
		if f.clear {
			clearAt(canvas, f.at)
		}
		n++
		return true
	})
	if err == nil && (!whole || n == 0) {
		err = errWebPFrame
	}
	return err
}

// webpSize is the size of a picture, or of an animation's canvas.
func webpSize(data []byte) (w, h int, err error) {
	if w, h, _, ok := webpCanvas(data); ok {
		return w, h, nil
	}
	c, err := webp.DecodeConfig(bytes.NewReader(data))
	return c.Width, c.Height, err
}

// decodeWebPFile decodes a picture, or the first of an animation.
func decodeWebPFile(_ context.Context, data []byte, _ Limits) (pdq.Pixels, error) {
	if _, _, _, ok := webpCanvas(data); !ok {
		m, err := decodeWebP(bytes.NewReader(data))
		if err != nil {
			return pdq.Pixels{}, err
		}
		return pixels(m), nil
	}
	var p pdq.Pixels
	err := eachWebP(data, func(_ int, canvas *image.NRGBA) bool {
		p = pixels(canvas)
		return false
	})
	if p.Pix != nil {
		err = nil // the others are looked at later
	}
	return p, err
}

// webpRest looks at the pictures of an animation behind the first, for half of the
// time that the file has, so that what was found is told in time.
func webpRest(ctx context.Context, data []byte, lim Limits, first pdq.Hash) (r *rest) {
	start := time.Now()
	r = &rest{}
	defer func() {
		if recover() != nil {
			r.not = notChecked(jaga.WhyDamaged, "some of its pictures could not be decoded")
		}
	}()
	seen := map[pdq.Hash]bool{first: true}
	err := eachWebP(data, func(n int, canvas *image.NRGBA) bool {
		if n == 0 {
			return true
		}
		switch {
		case ctx.Err() != nil || lim.Time > 0 && time.Since(start) > lim.Time/2:
			r.not = notChecked(jaga.WhyTimeout, "it holds more pictures than could be decoded within %s; the others were not compared", lim.Time)
			return false
		case len(r.found) == mostPictures:
			r.not = notChecked(jaga.WhyTooBig, "it holds more than %d different pictures; the others were not compared", mostPictures)
			return false
		}
		h := hashed(pixels(canvas), Options{})
		if hash := h.hashes[pdq.Original]; h.hashed && !seen[hash] {
			seen[hash] = true
			r.found = append(r.found, framed{n, h.quality, hash})
		}
		return true
	})
	if err != nil && r.not == nil {
		r.not = notChecked(jaga.WhyDamaged, "some of its pictures could not be decoded")
	}
	return r
}

// webpPictures counts the frames of an animation; whole is false where the file
// breaks off.
func webpPictures(data []byte) (n int, whole bool) {
	if _, _, _, ok := webpCanvas(data); !ok {
		return 1, true
	}
	whole = webpFrames(data, func(webpFrame) bool { n++; return true })
	return n, whole
}
