package testpic

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
)

// JPEG encodes with a quality of 1 to 100, baseline, 4:2:0. It panics for
// sides over 65535 pixels, which the format does not have.
func JPEG(m image.Image, quality int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		panic("testpic: " + err.Error())
	}
	return b.Bytes()
}

// PNG encodes without loss.
func PNG(m image.Image) []byte {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, m); err != nil {
		panic("testpic: " + err.Error())
	}
	return b.Bytes()
}

// Reencode returns what is left of a picture after being saved as a JPEG of
// the given quality and opened again.
func Reencode(m *image.RGBA, quality int) *image.RGBA {
	img, err := jpeg.Decode(bytes.NewReader(JPEG(m, quality)))
	if err != nil {
		panic("testpic: " + err.Error())
	}
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}
