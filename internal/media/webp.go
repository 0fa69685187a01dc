package media

import (
	"image"
	"io"

	"golang.org/x/image/webp"
)

// decodeWebP decodes with golang.org/x/image/webp, which gives the luma and
// chroma of lossy files as the format stores them: with black at 16 and white at
// 235, and not at 0 and 255 as the pictures of the standard library have it. Read
// as those, pictures would be too pale and their hashes up to ten bits off.
func decodeWebP(r io.Reader) (image.Image, error) {
	m, err := webp.Decode(r)
	if err != nil {
		return nil, err
	}
	switch m := m.(type) {
	case *image.YCbCr:
		return studio(m), nil
	case *image.NYCbCrA: // alpha is ignored
		return studio(&m.YCbCr), nil
	}
	return m, nil
}

// studio converts 4:2:0 samples of the studio range (ITU-R BT.601) to RGB with
// the fixed-point arithmetic that WebP decoders share, and interpolates chroma
// as they do: each sample of the four around a pixel counts by its nearness,
// 9 : 3 : 3 : 1.
func studio(m *image.YCbCr) image.Image {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if m.SubsampleRatio != image.YCbCrSubsampleRatio420 || m.Rect.Min != (image.Point{}) {
		return m // no WebP file is like that
	}
	cw, ch := (w+1)/2, (h+1)/2
	us, vs := make([]int, w), make([]int, w)
	for y := range h {
		// The nearer row of chroma, and the one on the other side of the pixel.
		near := y / 2
		far := min(max(near-1+2*(y&1), 0), ch-1)
		interpolate(us, m.Cb[near*m.CStride:][:cw], m.Cb[far*m.CStride:][:cw])
		interpolate(vs, m.Cr[near*m.CStride:][:cw], m.Cr[far*m.CStride:][:cw])
		luma, dst := m.Y[y*m.YStride:][:w], out.Pix[y*out.Stride:]
		for x, l := range luma {
			bright := int(l) * 19077 >> 8
			u, v := us[x], vs[x]
			dst[4*x] = clip(bright + v*26149>>8 - 14234)
			dst[4*x+1] = clip(bright - u*6419>>8 - v*13320>>8 + 8708)
			dst[4*x+2] = clip(bright + u*33050>>8 - 17685)
			dst[4*x+3] = 255
		}
	}
	return out
}

// clip drops the six bits of fraction and limits to a byte.
func clip(v int) byte { return byte(min(max(v>>6, 0), 255)) }

// interpolate widens a row of chroma to dst. The rounding is in two steps, as in
// the decoders that hashes were made with.
func interpolate(dst []int, near, far []byte) {
	edge := func(i int) int { return (3*int(near[i]) + int(far[i]) + 2) >> 2 }
	dst[0] = edge(0)
	for i := 1; 2*i-1 < len(dst); i++ {
		if i == len(near) { // an even width ends half a sample behind the last
			dst[2*i-1] = edge(i - 1)
			break
		}
		a, b, c, d := int(near[i-1]), int(near[i]), int(far[i-1]), int(far[i])
		sum := a + b + c + d + 8
		dst[2*i-1] = ((sum+2*(b+c))>>3 + a) >> 1
		if 2*i < len(dst) {
			dst[2*i] = ((sum+2*(a+d))>>3 + b) >> 1
		}
	}
}
