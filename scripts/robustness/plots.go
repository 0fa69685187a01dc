package main

import (
	"fmt"
	"slices"

	"github.com/jaga-project/jaga/internal/report"
	"github.com/jaga-project/jaga/pdq"
)

// plots are the pictures of the page, by file name.
var plots = map[string]func(*results) string{
	"robustness-chance.svg": plotChance,
	"robustness-kept.svg":   plotKept,
	"robustness-moved.svg":  plotMoved,
	"robustness-cut.svg":    plotCut,
	"robustness-turned.svg": plotTurned,
}

// The groups that leave the picture where it is, and those that move it.
var (
	keptGroups  = []string{"Re-encoded", "Resized", "Blurred", "Noisy", "Contrast", "Brightness"}
	movedGroups = []string{"Cropped", "Framed", "Overlaid", "Tilted"}
)

func (r *results) group(names ...string) (out []variantResult) {
	for _, v := range r.Variants {
		if slices.Contains(names, v.Group) {
			out = append(out, v)
		}
	}
	return out
}

// named returns a change by its name. The page and plots speak of it, so its
// absence is a mistake in this program.
func (r *results) named(name string) variantResult {
	for _, v := range r.Variants {
		if v.Name == name {
			return v
		}
	}
	panic("robustness: no change is called " + name)
}

// ruler is a horizontal axis of distances.
type ruler struct{ x0, x1, most float64 }

func (a ruler) at(d float64) float64 { return a.x0 + (a.x1-a.x0)*min(d, a.most)/a.most }

// draw puts the axis over rows from y0 to y1, with the zone of matches.
func (a ruler) draw(d *report.Drawing, y0, y1 float64) {
	limit := a.at(pdq.MatchThreshold)
	d.Rect(a.x0, y0, limit-a.x0, y1-y0, "zone")
	for v := 0.0; v <= a.most; v += 32 {
		if v > pdq.MatchThreshold+8 {
			d.Line(a.at(v), y0, a.at(v), y1, "grid")
			d.Text(a.at(v), y0-8, "n", "middle", report.Num(v))
		}
	}
	d.Line(a.x0, y0, a.x0, y1, "axis")
	d.Line(limit, y0, limit, y1, "limit")
	d.Text(a.x0, y0-8, "n", "middle", "0")
	d.Text(limit, y0-8, "n accent", "middle", fmt.Sprint(pdq.MatchThreshold))
}

// plotRows draws one row a change: the median, nine of ten, and the farthest.
func plotRows(title string, rows []variantResult, groups []string) string {
	d := &report.Drawing{Title: title,
		About: "Bits changed. Dot: the median picture; thick line: to nine of ten; thin line: to the farthest."}
	axis := ruler{262, 630, 144}
	top := 104.0
	y := top + 10
	type place struct {
		v variantResult
		y float64
	}
	var places []place
	for _, g := range groups {
		y += 16
		d.Text(24, y, "g", "start", g)
		y += 22
		for _, v := range rows {
			if v.Group == g {
				places = append(places, place{v, y})
				y += 21
			}
		}
	}
	d.Height = y + 16
	end := y - 6
	axis.draw(d, top, end)
	d.Text(696, top-8, "", "end", "found")
	for _, p := range places {
		d.Text(24, p.y, "", "start", p.v.Name)
		mid := p.y - 4.5
		median := p.v.Plain.quantile(0.5)
		from := axis.at(float64(median))
		d.Line(from, mid, axis.at(float64(p.v.Plain.most())), mid, "far")
		d.Line(from, mid, axis.at(float64(p.v.Plain.quantile(0.9))), mid, "most")
		d.Dot(from, mid, 4.5, dotClass(median))
		d.Text(696, p.y, "n ink", "end", percent(p.v.Found, p.v.Plain.total()))
	}
	return d.String()
}

func dotClass(distance int) string {
	if distance <= pdq.MatchThreshold {
		return "dot"
	}
	return "out"
}

func plotKept(r *results) string {
	return plotRows("Saving, resizing, blur and noise hardly move the hash; clipped light does", r.group(keptGroups...), keptGroups)
}

func plotMoved(r *results) string {
	return plotRows("What moves the picture moves the hash", r.group(movedGroups...), movedGroups)
}

// plotTurned shows turned pictures by their own hash and by the best of eight.
func plotTurned(r *results) string {
	rows := r.group("Turned")
	d := &report.Drawing{Title: "Turned pictures are found only by comparing all eight hashes",
		About:  "Bits changed for the median picture: by its own hash, and by the nearest of the eight.",
		Height: 146 + 30*float64(len(rows))}
	axis := ruler{212, 630, 160}
	top := 122.0
	axis.draw(d, top, top+30*float64(len(rows)))
	d.Text(696, top-8, "", "end", "found")
	for i, v := range rows {
		y := top + 20 + 30*float64(i)
		best, plain := axis.at(float64(v.Best.quantile(0.5))), axis.at(float64(v.Plain.quantile(0.5)))
		d.Text(24, y, "", "start", v.Name)
		d.Line(best, y-4.5, plain, y-4.5, "far")
		d.Dot(best, y-4.5, 5.5, "dot")
		d.Dot(plain, y-4.5, 5.5, "out")
		n := v.Plain.total()
		d.Text(696, y, "n ink", "end", percent(v.FoundBest, n))
		if i == 0 {
			d.Text(best, top-28, "accent", "start", "nearest of eight")
			d.Text(plain, top-28, "review", "middle", "its own hash: "+percent(v.Found, n)+" found")
		}
	}
	return d.String()
}

// edgeChanges are the changes to the edge, by what was cut off or added.
var edgeChanges = []struct {
	class, text, label, form string
	parts                    []float64
}{
	{"sA", "accent", "cut off one side", "%g %% cut off one side", []float64{1, 2, 5, 10}},
	{"sI", "ink", "cut off all four sides", "%g %% cut off all sides", []float64{1, 2, 5, 10}},
	{"sR", "review", "white border all around", "white border of %g %%", []float64{1, 2, 5, 10}},
	{"sO", "observe", "black bars above and below", "black bars of %g %% above and below", []float64{2, 5, 10}},
}

// plotCut shows how the median distance grows with what was cut off or added.
func plotCut(r *results) string {
	most := 0
	for _, s := range edgeChanges {
		most = max(most, r.named(fmt.Sprintf(s.form, 5.0)).Found)
	}
	d := &report.Drawing{Title: fmt.Sprintf("With 5 %% of the edge cut off or added, %s of the pictures are found", atMost(most, r.Plan.Pictures)),
		About:  "Bits changed for the median picture, by the part of the side that was cut off or added.",
		Height: 396}
	x := func(part float64) float64 { return 64 + part/10*420 }
	y := func(bits float64) float64 { return 346 - bits/128*256 }
	d.Rect(x(0), y(pdq.MatchThreshold), x(10)-x(0), y(0)-y(pdq.MatchThreshold), "zone")
	for v := 0.0; v <= 128; v += 32 {
		if v == 32 {
			continue // the threshold's own line is there
		}
		if v > 0 {
			d.Line(x(0), y(v), x(10), y(v), "grid")
		}
		d.Text(x(0)-10, y(v)+4.5, "n", "end", report.Num(v))
	}
	d.Line(x(0), y(0), x(10), y(0), "axis")
	d.Line(x(0), y(pdq.MatchThreshold), x(10), y(pdq.MatchThreshold), "limit")
	d.Text(x(0)-10, y(pdq.MatchThreshold)+4.5, "n accent", "end", fmt.Sprint(pdq.MatchThreshold))
	d.Text(x(10)-8, y(pdq.MatchThreshold)+20, "accent", "end", "found up to here")
	for _, p := range []float64{0, 1, 2, 5, 10} {
		d.Line(x(p), y(0), x(p), y(0)+5, "axis")
		d.Text(x(p), y(0)+22, "n", "middle", report.Num(p)+map[bool]string{true: " %"}[p == 10])
	}
	type label struct {
		x, y        float64
		class, text string
	}
	var labels []label
	for _, s := range edgeChanges {
		points := [][2]float64{{x(0), y(0)}}
		for _, p := range s.parts {
			v := r.named(fmt.Sprintf(s.form, p))
			points = append(points, [2]float64{x(p), y(float64(v.Plain.quantile(0.5)))})
		}
		d.Polyline(s.class, points)
		for _, p := range points[1:] {
			d.Dot(p[0], p[1], 3, s.text)
		}
		last := points[len(points)-1]
		labels = append(labels, label{last[0], last[1], s.text, s.label})
	}
	// Labels stand at the ends of the lines, from the lowest up, far enough
	// apart to be read.
	slices.SortStableFunc(labels, func(a, b label) int { return int(b.y - a.y) })
	at := y(0)
	for _, l := range labels {
		at = min(at, l.y+4.5)
		d.Text(l.x+10, at, l.class, "start", l.text)
		at -= 19
	}
	return d.String()
}

// atMost says a share that is the largest of several.
func atMost(n, total int) string {
	if n == 0 {
		return "none"
	}
	return "at most " + percent(n, total)
}

// plotChance sets the distances of the same picture over those of unrelated
// ones, on one axis.
func plotChance(r *results) string {
	var resaved, cut histogram
	for _, v := range r.group("Re-encoded", "Resized") {
		resaved.merge(v.Plain)
	}
	for _, name := range []string{"5 % cut off one side", "5 % cut off all sides", "white border of 5 %", "black bars of 5 % above and below"} {
		cut.merge(r.named(name).Plain)
	}
	photos, cards := r.Pairs[0], r.Pairs[1]
	d := &report.Drawing{
		Title:  fmt.Sprintf("Of %s unrelated pairs the nearest are %d bits apart; a match needs %d", report.Thousands(photos.Plain.total()), photos.Plain.least(), pdq.MatchThreshold),
		About:  "Bits between two hashes. Each row is scaled to its own height.",
		Height: 500,
	}
	axis := ruler{24, 696, 192}
	const top, tall = 104.0, 92.0
	panels := []struct {
		name, class, text string
		h                 histogram
	}{
		{"the same picture, saved again or resized", "barA", "accent", resaved},
		{"the same picture, 5 % cut off or added", "barR", "review", cut},
		{photos.Name, "barI", "ink", photos.Plain},
		{cards.Name, "bar", "", cards.Plain},
	}
	axis.draw(d, top, top+float64(len(panels))*tall)
	for i, p := range panels {
		base := top + float64(i+1)*tall
		high := slices.Max(p.h)
		step := (axis.x1 - axis.x0) / axis.most
		for dist, n := range p.h {
			if n > 0 && float64(dist) < axis.most {
				tallness := max(0.6, 66*float64(n)/float64(high))
				d.Rect(axis.at(float64(dist)), base-tallness, max(0.8, step-0.8), tallness, p.class)
			}
		}
		d.Line(axis.x0, base, axis.x1, base, "axis")
		if p.h.mean() < 80 {
			d.Text(axis.x1, base-tall+26, p.text, "end", p.name)
		} else {
			d.Text(axis.at(pdq.MatchThreshold)+12, base-tall+26, p.text, "start", p.name)
		}
	}
	return d.String()
}
