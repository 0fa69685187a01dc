package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/jaga-project/jaga/internal/report"
)

// plots are the pictures of the page, by file name.
var plots = map[string]func(*results) string{
	"bench-pixels.svg": plotPixels,
	"bench-jpeg.svg":   plotJPEG,
	"bench-index.svg":  plotIndex,
}

// label is a side in words and in colour.
type label struct{ side, text, class string }

// plotSizes draws, for each size of picture, one row a side on an axis of times
// whose steps are factors of ten.
func plotSizes(r *results, title, about, prefix string, sizes []size, labels []label) string {
	d := &report.Drawing{Title: title, About: about}
	low, high := math.Inf(1), 0.0
	for _, s := range sizes {
		for _, l := range labels {
			if v := r.named(prefix + s.String()).median(l.side); v > 0 {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	from, to := math.Floor(math.Log10(low)-0.15), math.Ceil(math.Log10(high))
	const x0, x1, top = 236.0, 610.0, 104.0
	x := func(ns float64) float64 { return x0 + (x1-x0)*(math.Log10(ns)-from)/(to-from) }
	y := top + 10.0
	type place struct {
		l  label
		ns float64
		y  float64
	}
	var places []place
	var heads []float64
	for _, s := range sizes {
		y += 16
		heads = append(heads, y)
		y += 22
		for _, l := range labels {
			if v := r.named(prefix + s.String()).median(l.side); v > 0 {
				places = append(places, place{l, v, y})
				y += 21
			}
		}
	}
	d.Height = y + 16
	for e := from; e <= to; e++ {
		at := x(math.Pow(10, e))
		d.Line(at, top, at, y-6, "grid")
		d.Text(at, top-8, "n", "middle", duration(math.Pow(10, e)))
	}
	for i, s := range sizes {
		d.Text(24, heads[i], "g", "start", sides(s))
	}
	for _, p := range places {
		d.Text(24, p.y, p.l.class, "start", p.l.text)
		d.Line(x0, p.y-4.5, x(p.ns), p.y-4.5, "far")
		class := "bar"
		if p.l.class != "" {
			class = p.l.class
		}
		d.Dot(x(p.ns), p.y-4.5, 5, class)
		d.Text(696, p.y, "n ink", "end", duration(p.ns))
	}
	return d.String()
}

func plotPixels(r *results) string {
	big := r.named("pixels " + pixelSizes[len(pixelSizes)-1].String())
	title := "Pixels to hash, the same bits on all sides"
	if v := big.ratio("reference", "jaga"); v > 0 {
		title = fmt.Sprintf("Pixels to hash: the same bits, %s faster at 12 megapixels", factor(v))
	}
	return plotSizes(r, title, "Mean time a picture, one thread; every step of the axis is a factor of ten.", "pixels ", pixelSizes, []label{
		{"jaga", "Jaga", "accent"}, {"portable", "Jaga without SIMD", "ink"}, {"reference", "C++ reference", ""}, {"pdqhash", "pdqhash (Python)", ""},
	})
}

func plotJPEG(r *results) string {
	title := "From a JPEG file to its hash"
	if jpegFirst(r) {
		title = "JPEG file to hash: done before libjpeg-turbo has decoded it"
	}
	return plotSizes(r, title,
		"Mean time a file, one thread; every step of the axis is a factor of ten.", "jpeg ", jpegSizes, []label{
			{"screen", "Jaga, first tier", "accent"}, {"full", "Jaga, second tier", "ink"}, {"turbo", "libjpeg-turbo, decoding only", ""},
			{"pillow", "Pillow, decoding only", ""}, {"threatexchange", "threatexchange (HMA's way)", ""},
		})
}

// jpegFirst reports whether the first tier takes less than decoding at every size.
func jpegFirst(r *results) bool {
	for _, s := range jpegSizes {
		m := r.named("jpeg " + s.String())
		if m.ratio(m.decoder(), "screen") <= 1 {
			return false
		}
	}
	return true
}

// growth says how the time of a search grows with the number of hashes.
func growth(r *results, millions []int) string {
	first, last := 0, 0
	for _, n := range millions {
		if r.named(fmt.Sprintf("index %d", n)).median("jaga") > 0 {
			if first == 0 {
				first = n
			}
			last = n
		}
	}
	if first == last {
		return "One search against the number of hashes"
	}
	more := r.named(fmt.Sprintf("index %d", last)).median("jaga") / r.named(fmt.Sprintf("index %d", first)).median("jaga")
	return fmt.Sprintf("One search: %d times the hashes take %s times as long", last/first, strings.TrimSuffix(factor(more), "×"))
}

// plotIndex draws how the time of a search grows with the number of hashes.
func plotIndex(r *results) string {
	millions := []int{1, 10, 100}
	d := &report.Drawing{Title: growth(r, millions),
		About: "Radius 31, all answers found, one thread; both axes in factors of ten.", Height: 420}
	const x0, x1, y0, y1 = 92.0, 470.0, 372.0, 96.0
	low, high := 4.0, 8.0 // 10 µs to 100 ms
	labels := []label{{"multi", "FAISS IndexBinaryMultiHash", "sR"}, {"flat", "FAISS IndexBinaryFlat", "sI"}, {"jaga", "Jaga", "sA"}}
	for _, n := range millions {
		for _, l := range labels {
			if v := r.named(fmt.Sprintf("index %d", n)).median(l.side); v > 0 {
				low, high = min(low, math.Floor(math.Log10(v))), max(high, math.Ceil(math.Log10(v)))
			}
		}
	}
	x := func(n int) float64 { return x0 + 20 + (x1-x0-40)*math.Log10(float64(n))/2 }
	y := func(ns float64) float64 { return y0 - (y0-y1)*(math.Log10(ns)-low)/(high-low) }
	for e := low; e <= high; e++ {
		at := y(math.Pow(10, e))
		d.Line(x0, at, x1, at, "grid")
		d.Text(x0-10, at+4.5, "n", "end", duration(math.Pow(10, e)))
	}
	d.Line(x0, y0, x1, y0, "axis")
	for _, n := range millions {
		d.Line(x(n), y0, x(n), y0+5, "axis")
		d.Text(x(n), y0+22, "n", "middle", fmt.Sprintf("%d million", n))
	}
	type name struct {
		x, y        float64
		class, text string
	}
	var ends []name
	text := map[string]string{"sR": "review", "sI": "ink", "sA": "accent"}
	for _, l := range labels {
		var points [][2]float64
		last := 0.0
		for _, n := range millions {
			if v := r.named(fmt.Sprintf("index %d", n)).median(l.side); v > 0 {
				points = append(points, [2]float64{x(n), y(v)})
				last = v
			}
		}
		if len(points) == 0 {
			continue
		}
		d.Polyline(l.class, points)
		for _, p := range points {
			d.Dot(p[0], p[1], 4, text[l.class])
		}
		end := points[len(points)-1]
		ends = append(ends, name{end[0] + 12, end[1] + 4.5, text[l.class], l.text + ", " + duration(last)})
	}
	// From the top down, far enough apart to be read.
	slices.SortFunc(ends, func(a, b name) int { return cmp.Compare(a.y, b.y) })
	above := 0.0
	for _, e := range ends {
		e.y = max(e.y, above+19)
		d.Text(e.x, e.y, e.class, "start", e.text)
		above = e.y
	}
	return d.String()
}
