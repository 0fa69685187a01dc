package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v\n%s", err, svg)
		}
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	for _, a := range []Axis{{Name: "x"}, {Name: "x", Log: true}, {Name: "x", Lo: 0, Hi: 1}} {
		for _, points := range [][][2]float64{nil, {{1, 1}}, {{0, 0}, {1, 1}}, {{math.NaN(), 1}, {5, math.Inf(1)}, {3, .5}, {2000, .7}}} {
			got := Lines("A & B", "about", a, a, []Series{{"s", "sA", points}}).String()
			wellFormed(t, got)
			if strings.Contains(got, "NaN") || strings.Contains(got, "Inf") {
				t.Errorf("%+v %v: a place that is none\n%s", a, points, got)
			}
		}
	}
	got := Lines("t", "a", Axis{Name: "x", Hi: 1}, Axis{Name: "y", Hi: 1}, []Series{{"s", "sA", [][2]float64{{0, 0}, {1, 1}}}}).String()
	if strings.Contains(got, ">-0<") || !strings.Contains(got, ">0.2<") {
		t.Errorf("the steps are not those of a reader:\n%s", got)
	}
	if !strings.Contains(got, `M76 370L480 98`) {
		t.Errorf("the line does not go from corner to corner:\n%s", got)
	}
}

func TestIntervals(t *testing.T) {
	t.Parallel()
	got := Intervals("t", "a", []Interval{{Name: "en", Group: true}, {Name: "G-01", Note: "1 of 2", Value: .5, Lo: 0, Hi: 1, Other: -1, Bad: true}}, .9).String()
	wellFormed(t, got)
	for _, want := range []string{"G-01", "1 of 2", `class="barR"`, "limit"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	got := Steps([]float64{3, 1, 3}, 4)
	if want := [][2]float64{{1, 0}, {1, .25}, {3, .25}, {3, .75}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
