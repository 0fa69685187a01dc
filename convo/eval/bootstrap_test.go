package eval

import (
	"math"
	"slices"
	"testing"
)

func mean(x []float64) float64 { return meanOf(x) }

func TestBootstrap(t *testing.T) {
	var persons []float64
	for i := range 400 {
		persons = append(persons, float64(i%20))
	}
	o := BootstrapOptions{Seed: 7, Resamples: 1000, Confidence: .95}
	one, err := Bootstrap(persons, mean, o)
	if err != nil {
		t.Fatal(err)
	}
	// The mean is 9.5, its standard error √(33.25/400) = .288.
	if math.Abs(one.Low-(9.5-1.96*.288)) > .1 || math.Abs(one.High-(9.5+1.96*.288)) > .1 {
		t.Errorf("%+v", one)
	}
	two, _ := Bootstrap(persons, mean, o)
	if one != two {
		t.Errorf("the same seed gives %+v and %+v", one, two)
	}
	o.Seed++
	if other, _ := Bootstrap(persons, mean, o); other.Interval == one.Interval {
		t.Error("another seed gives the same interval")
	}
}

// TestBootstrapDrawsPersons has one person with everything: messages drawn
// singly would give a narrow interval, persons give a wide one.
func TestBootstrapDrawsPersons(t *testing.T) {
	type counts struct{ alerts, messages int }
	persons := make([]counts, 20)
	for i := range persons {
		persons[i].messages = 100
	}
	persons[0].alerts = 100
	rate := func(s []counts) float64 {
		var all counts
		for _, p := range s {
			all.alerts += p.alerts
			all.messages += p.messages
		}
		return ratio(all.alerts, all.messages)
	}
	r, err := Bootstrap(persons, rate, BootstrapOptions{Seed: 1, Resamples: 2000, Confidence: .95})
	if err != nil || r.Low != 0 || r.High < .1 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestBootstrapCountsUndefined(t *testing.T) {
	o := BootstrapOptions{Seed: 1, Resamples: 200, Confidence: .9}
	onlyWithTwo := func(s []int) float64 {
		if slices.Contains(s, 2) {
			return 1
		}
		return math.NaN()
	}
	r, err := Bootstrap([]int{1, 2}, onlyWithTwo, o)
	if err != nil || r.Undefined < 20 || r.Undefined > 80 || r.Low != 1 || r.High != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := Bootstrap([]int{1}, onlyWithTwo, o); err == nil {
		t.Error("never a number: no error")
	}
	if _, err := Bootstrap(nil, onlyWithTwo, o); err == nil {
		t.Error("no persons: no error")
	}
	if _, err := Bootstrap([]int{2}, onlyWithTwo, BootstrapOptions{Resamples: 0, Confidence: .9}); err == nil {
		t.Error("no resamples: no error")
	}
	if _, err := Bootstrap([]int{2}, onlyWithTwo, BootstrapOptions{Resamples: 1, Confidence: 1}); err == nil {
		t.Error("confidence 1: no error")
	}
}
