package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// goal is one number that the project set itself, and what became of it.
type goal struct {
	what, target, measured, ratio string
	met                           verdict
}

type verdict int

const (
	unmeasured verdict = iota
	missed
	met
)

func (v verdict) String() string {
	return [...]string{"not measured", "**missed**", "met"}[v]
}

// times is the goal that slow takes at least least times as long as fast.
func times(what string, m *measured, slow, fast string, least float64) goal {
	g := goal{what: what, target: "≥ " + factor(least), measured: "–", ratio: "–"}
	all := m.ratios(slow, fast)
	if len(all) == 0 {
		return g
	}
	g.measured = duration(m.median(fast)) + " beside " + duration(m.median(slow))
	g.ratio = spread(all)
	g.met = verdictOf(median(all) >= least)
	return g
}

// most is the goal that something costs at most limit; show prints both.
func most(what string, got, limit float64, show func(float64) string) goal {
	g := goal{what: what, target: "≤ " + show(limit), measured: "–", ratio: "–"}
	if got > 0 {
		g.measured, g.met = show(got), verdictOf(got <= limit)
	}
	return g
}

// least is the goal that a rate is at least limit.
func least(what string, got, limit float64, show func(float64) string) goal {
	g := goal{what: what, target: "≥ " + show(limit), measured: "–", ratio: "–"}
	if got > 0 {
		g.measured, g.met = show(got), verdictOf(got >= limit)
	}
	return g
}

func verdictOf(ok bool) verdict {
	if ok {
		return met
	}
	return missed
}

// goals are all of them, in the order of the page.
func goals(r *results) (out []goal) {
	fast := map[string][2]float64{"512x512": {60, 6}, "1024x768": {120, 15}, "4000x3000": {100, 10}}
	for _, s := range pixelSizes {
		m, limit := r.named("pixels "+s.String()), fast[s.String()]
		out = append(out,
			times(fmt.Sprintf("pixels to hash, %s, against the C++ reference", sides(s)), m, "reference", "jaga", limit[0]),
			times(fmt.Sprintf("the same against pdqhash (Python), %s", sides(s)), m, "pdqhash", "jaga", limit[0]),
			times(fmt.Sprintf("the same without SIMD against the C++ reference, %s", sides(s)), m, "reference", "portable", limit[1]))
	}
	for _, s := range jpegSizes {
		m := r.named("jpeg " + s.String())
		limit := 9.0
		if s.w*s.h > 2_000_000 {
			limit = 15
		}
		out = append(out,
			times(fmt.Sprintf("JPEG to hash, first tier, %s, against threatexchange", sides(s)), m, "threatexchange", "screen", limit),
			times(fmt.Sprintf("the same against the decoding of libjpeg-turbo alone, %s", sides(s)), m, m.decoder(), "screen", 1.2))
	}
	ten, hundred := r.named("index 10"), r.named("index 100")
	out = append(out,
		times("search among 10 million, radius 31, against FAISS IndexBinaryFlat", ten, "flat", "jaga", 400),
		times("the same against FAISS IndexBinaryMultiHash, 16 × 16", ten, "multi", "jaga", 1000),
		most("memory a hash, 10 million", ten.fact("counted jaga"), 132, bytesEach),
		most("building for 10 million, one core", ten.fact("build jaga")*1e7, 6e9, duration),
		most("insertion, seen by the next search", ten.median("insert"), 10e3, duration),
		most("deletion, seen by the next search", ten.median("delete"), 10e3, duration),
		most("search among 100 million", hundred.median("jaga"), 0.3e6, duration),
		least("import of a list into SQLite", rate(r.named("import").median("import")), 200_000, rows))
	films := r.named("film")
	extra := times("every frame of a film, 720p, against vpdq (Python)", films, "vpdq", "luma", 4)
	cost := most("the same against ffmpeg's decoding alone, what it costs more", films.ratio("luma", "decode")-1, 0.2, share)
	if all := films.ratios("luma", "decode"); len(all) > 0 {
		cost.ratio = spread(all)
	}
	out = append(out, extra, cost)
	g := least("`jaga scan` against the bare loop over the same files", r.named("scan").ratio("loop", "scan"), 0.9, share)
	if all := r.named("scan").ratios("loop", "scan"); len(all) > 0 {
		g.ratio = spread(all)
	}
	return append(out, g)
}

// decoder is the side that stands for libjpeg-turbo's decoding.
func (m *measured) decoder() string {
	if len(m.side("turbo")) > 0 {
		return "turbo"
	}
	return "pillow"
}

func sides(s size) string { return fmt.Sprintf("%d × %d", s.w, s.h) }

// factor prints how many times, with as many digits as mean something.
func factor(v float64) string {
	if v < 9.95 {
		return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") + "×"
	}
	return fmt.Sprintf("%.0f×", v)
}

// spread prints the median, and the lowest and highest of the rounds.
func spread(all []float64) string {
	return fmt.Sprintf("%s (%s to %s)", factor(median(all)), strings.TrimSuffix(factor(slices.Min(all)), "×"), factor(slices.Max(all)))
}

// duration prints nanoseconds with three digits.
func duration(ns float64) string {
	for _, u := range []struct {
		ns   float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if ns >= u.ns*0.9995 {
			return digits(ns/u.ns) + " " + u.name
		}
	}
	return digits(ns) + " ns"
}

func digits(v float64) string {
	prec := max(0, 2-int(math.Floor(math.Log10(max(v, 1e-9))+1e-9)))
	text := fmt.Sprintf("%.*f", prec, v)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}

func bytesEach(v float64) string { return fmt.Sprintf("%.0f bytes", v) }

func share(v float64) string { return fmt.Sprintf("%.0f %%", 100*v) }

func rows(v float64) string { return thousands(v) + " rows/s" }

func rate(ns float64) float64 {
	if ns == 0 {
		return 0
	}
	return 1e9 / ns
}
