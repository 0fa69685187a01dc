package report

import (
	"math"
	"slices"
	"strconv"
)

// Series is one line of a chart.
type Series struct {
	Name   string
	Class  string // sA, sI, sR or sO, see the style
	Points [][2]float64
}

// Axis is one side of a chart.
type Axis struct {
	Name   string
	Lo, Hi float64 // at most Lo when the points decide
	Log    bool    // steps are factors of ten
}

// Lines draws lines over two axes. Points that are not finite, and on a
// logarithmic axis those that are not above 0, are left out.
func Lines(title, about string, x, y Axis, series []Series) *Drawing {
	d := &Drawing{Title: title, About: about, Height: 430}
	const x0, x1, y0, y1 = 76.0, 480.0, 370.0, 98.0
	x.fit(series, 0)
	y.fit(series, 1)
	px := func(v float64) float64 { return x0 + (x1-x0)*x.at(v) }
	py := func(v float64) float64 { return y0 - (y0-y1)*y.at(v) }
	for _, v := range y.ticks() {
		d.Line(x0, py(v), x1, py(v), "grid")
		d.Text(x0-8, py(v)+4.5, "n", "end", short(v))
	}
	for _, v := range x.ticks() {
		d.Line(px(v), y0, px(v), y0+5, "axis")
		d.Text(px(v), y0+20, "n", "middle", short(v))
	}
	d.Line(x0, y0, x1, y0, "axis")
	d.Text(x0, y1-12, "", "start", y.Name)
	d.Text(x1, y0+40, "", "end", x.Name)
	at := y1 + 12
	for _, s := range series {
		var points [][2]float64
		for _, p := range s.Points {
			if x.has(p[0]) && y.has(p[1]) {
				points = append(points, [2]float64{px(p[0]), py(p[1])})
			}
		}
		if len(points) > 1 {
			d.Polyline(s.Class, points)
		}
		if len(points) > 0 && len(points) <= 12 {
			for _, p := range points {
				d.Dot(p[0], p[1], 3.5, dotClass(s.Class))
			}
		}
		d.Line(498, at-4.5, 522, at-4.5, s.Class)
		d.Text(530, at, "ink", "start", s.Name)
		at += 22
	}
	return d
}

func dotClass(class string) string {
	switch class {
	case "sA":
		return "dot"
	case "sR":
		return "barR"
	case "sO":
		return "observe"
	}
	return "barI"
}

func (a *Axis) has(v float64) bool {
	return !math.IsNaN(v) && !math.IsInf(v, 0) && (!a.Log || v > 0)
}

// fit takes the ends from the points where none are given.
func (a *Axis) fit(series []Series, side int) {
	if a.Hi > a.Lo {
		return
	}
	a.Lo, a.Hi = math.Inf(1), math.Inf(-1)
	for _, s := range series {
		for _, p := range s.Points {
			if a.has(p[side]) {
				a.Lo, a.Hi = min(a.Lo, p[side]), max(a.Hi, p[side])
			}
		}
	}
	switch {
	case a.Lo > a.Hi && a.Log:
		a.Lo, a.Hi = 1, 10
	case a.Lo > a.Hi:
		a.Lo, a.Hi = 0, 1
	}
	if a.Log {
		a.Lo = math.Pow(10, math.Floor(math.Log10(a.Lo)))
		a.Hi = max(math.Pow(10, math.Ceil(math.Log10(a.Hi))), 10*a.Lo)
		return
	}
	if a.Lo == a.Hi {
		a.Hi++
	}
}

// at is where a value lies between the ends, from 0 to 1.
func (a *Axis) at(v float64) float64 {
	if a.Log {
		return math.Log(v/a.Lo) / math.Log(a.Hi/a.Lo)
	}
	return (v - a.Lo) / (a.Hi - a.Lo)
}

func (a *Axis) ticks() []float64 {
	var out []float64
	if a.Log {
		for v := a.Lo; v <= a.Hi*1.001; v *= 10 {
			out = append(out, v)
		}
		return out
	}
	step := math.Pow(10, math.Floor(math.Log10(a.Hi-a.Lo)))
	for _, k := range []float64{.2, .5, 1} {
		if (a.Hi-a.Lo)/(step*k) <= 8 {
			step *= k
			break
		}
	}
	for i := math.Ceil(a.Lo/step - 1e-9); i*step <= a.Hi+step*1e-9; i++ {
		out = append(out, i*step+0) // + 0, so that there is no −0
	}
	return out
}

// short prints a number of an axis with at most three digits that mean
// something.
func short(v float64) string {
	if v >= 1000 {
		return Thousands(int(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// Interval is one row of [Intervals]: a share with its interval, and another
// one to compare it with, if Other is not negative.
type Interval struct {
	Name          string
	Note          string // at the end of the row, such as "12 of 14"
	Value, Lo, Hi float64
	Other         float64
	Bad           bool // drawn in the colour of what needs a look
	Group         bool // a heading, nothing else
}

// Intervals draws shares from 0 to 1 as dots with their intervals, and a line
// at each limit.
func Intervals(title, about string, rows []Interval, limits ...float64) *Drawing {
	d := &Drawing{Title: title, About: about}
	const x0, x1, top = 150.0, 580.0, 100.0
	px := func(v float64) float64 { return x0 + (x1-x0)*min(max(v, 0), 1) }
	bottom := top + 4
	for _, r := range rows {
		bottom += rowHeight(r)
	}
	d.Height = bottom + 22
	for i := range 6 {
		v := float64(i) / 5
		d.Line(px(v), top-6, px(v), bottom, "grid")
		d.Text(px(v), top-14, "n", "middle", strconv.Itoa(20*i)+" %")
	}
	for _, v := range limits {
		d.Line(px(v), top-6, px(v), bottom, "limit")
	}
	y := top + 4
	for _, r := range rows {
		y += rowHeight(r)
		if r.Group {
			d.Text(24, y-6, "g", "start", r.Name)
			continue
		}
		d.Text(24, y-6, "n ink", "start", r.Name)
		d.Line(px(r.Lo), y-10.5, px(r.Hi), y-10.5, "far")
		if r.Other >= 0 {
			d.Dot(px(r.Other), y-10.5, 3.5, "bar")
		}
		class := "dot"
		if r.Bad {
			class = "barR"
		}
		d.Dot(px(r.Value), y-10.5, 5, class)
		d.Text(696, y-6, "n ink", "end", r.Note)
	}
	return d
}

func rowHeight(r Interval) float64 {
	if r.Group {
		return 28
	}
	return 19
}

// Steps returns the points of an empirical distribution: the share of all
// values, out of the given number, that are at most each value.
func Steps(values []float64, of int) [][2]float64 {
	v := slices.Sorted(slices.Values(values))
	var out [][2]float64
	for i, x := range v {
		if i+1 < len(v) && v[i+1] == x {
			continue
		}
		before := 0.0
		if len(out) > 0 {
			before = out[len(out)-1][1]
		}
		out = append(out, [2]float64{x, before}, [2]float64{x, float64(i+1) / float64(of)})
	}
	return out
}
