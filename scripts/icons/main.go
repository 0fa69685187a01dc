// Icons draws the mark of the guide, as it stands in mark.svg, for home screens
// that take no SVG:
//
//	go run ./scripts/icons internal/web/guide/static
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: icons DIR")
		os.Exit(2)
	}
	for _, size := range sizes() {
		var b bytes.Buffer
		enc := png.Encoder{CompressionLevel: png.BestCompression}
		err := enc.Encode(&b, draw(size))
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], fileName(size)), b.Bytes(), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "icons: draw the icon:", err)
			os.Exit(1)
		}
	}
}

// sizes are those that phones ask for, in pixels.
func sizes() []int { return []int{192, 512} }

func fileName(size int) string { return fmt.Sprintf("icon-%d.png", size) }

// The colours of the light theme.
var (
	paper  = color.NRGBA{0xfc, 0xfa, 0xf6, 0xff}
	accent = color.NRGBA{0x00, 0x69, 0x6f, 0xff}
	sun    = color.NRGBA{0xf7, 0xc1, 0x5f, 0xff}
)

// draw paints the mark on paper that reaches every edge, small enough that a
// phone may cut the corners off round.
func draw(size int) image.Image {
	// Few colours compress best: paper, and the two others in steps of how
	// much of a pixel they cover.
	const steps = 15
	palette := color.Palette{paper}
	for _, ink := range []color.NRGBA{sun, accent} {
		for i := 1; i <= steps; i++ {
			palette = append(palette, blend(paper, ink, float64(i)/steps))
		}
	}
	img := image.NewPaletted(image.Rect(0, 0, size, size), palette)
	unit := float64(size) / 24 * 0.62 // pixels for one unit of mark.svg, which is 24 wide
	from := float64(size)/2 - 12*unit
	for y := range size {
		for x := range size {
			p := point{(float64(x) + 0.5 - from) / unit, (float64(y) + 0.5 - from) / unit}
			cover := func(away float64) int {
				return int(math.Round(steps * min(max(0.5-away*unit, 0), 1)))
			}
			light := cover(p.to(point{12, 14.2}) - 3.4)
			line := math.Inf(1)
			for _, s := range [][2]point{{{2.8, 11.6}, {12, 3.6}}, {{12, 3.6}, {21.2, 11.6}}, {{4.6, 20.6}, {19.4, 20.6}}} {
				line = min(line, p.toLine(s[0], s[1])-1.1)
			}
			switch roof := cover(line); {
			case roof > 0:
				img.SetColorIndex(x, y, uint8(steps+roof))
			case light > 0:
				img.SetColorIndex(x, y, uint8(light))
			}
		}
	}
	return img
}

func blend(a, b color.NRGBA, share float64) color.NRGBA {
	mix := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + (float64(y)-float64(x))*share)) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}

type point struct{ x, y float64 }

func (p point) to(q point) float64 { return math.Hypot(p.x-q.x, p.y-q.y) }

// toLine is how far the point is from the line between two others.
func (p point) toLine(a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	along := ((p.x-a.x)*dx + (p.y-a.y)*dy) / (dx*dx + dy*dy)
	along = min(max(along, 0), 1)
	return p.to(point{a.x + along*dx, a.y + along*dy})
}
