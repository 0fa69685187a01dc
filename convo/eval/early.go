package eval

import (
	"fmt"
	"math"
	"slices"
)

// PenaltyRate is the p of the penalty for lateness with which Sadeque, Xu and
// Bethard (WSDM 2018) and, for chats, Vogt, Leser and Akbik (ACL 2021)
// measure: ln 3 / 89, chosen so that a warning at message 90 costs one half.
const PenaltyRate = 1.09861228866810969139524523692 / 89

// ERiskPenaltyRate is the p of the eRisk campaigns. Results under different p
// cannot be compared, so every result here carries its own.
const ERiskPenaltyRate = 0.0078

// Penalty is what a warning at message k costs, in [0, 1):
//
//	−1 + 2 / (1 + e^(−p·(k−1)))
//
// k counts the messages seen when the warning is raised, from 1; below 1 it
// is taken for 1.
func Penalty(k int, p float64) float64 {
	return -1 + 2/(1+math.Exp(-p*float64(max(k, 1)-1)))
}

// Latency is a result of [FLatency].
type Latency struct {
	F1            float64 `json:"f1"`
	P             float64 `json:"p"` // of the penalty
	TruePositives int     `json:"true_positives"`
	// MedianMessages is the median number of messages seen at the warning.
	MedianMessages float64 `json:"median_messages"`
	// Speed is 1 − the median penalty. Without a true positive it is
	// undefined: then it is 0 and SpeedDefined is false.
	Speed        float64 `json:"speed"`
	SpeedDefined bool    `json:"speed_defined"`
	FLatency     float64 `json:"f_latency"` // F1 · Speed
}

// String gives the result with the p it holds under.
func (l Latency) String() string {
	if !l.SpeedDefined {
		return fmt.Sprintf("F-latency 0 (p = %.5g, F1 %.3f, speed undefined: no true positive)", l.P, l.F1)
	}
	return fmt.Sprintf("F-latency %.3f (p = %.5g, F1 %.3f, speed %.3f, median %g messages, %d true positives)",
		l.FLatency, l.P, l.F1, l.Speed, l.MedianMessages, l.TruePositives)
}

// FLatency weighs an F1 by how early the true positives were found. at holds,
// for each of them, the number of messages seen at its warning.
func FLatency(f1 float64, at []int, p float64) Latency {
	l := Latency{F1: f1, P: p, TruePositives: len(at)}
	if len(at) == 0 {
		return l
	}
	penalties, messages := make([]float64, len(at)), make([]float64, len(at))
	for i, k := range at {
		penalties[i], messages[i] = Penalty(k, p), float64(k)
	}
	l.MedianMessages = median(messages)
	l.Speed, l.SpeedDefined = 1-median(penalties), true
	l.FLatency = f1 * l.Speed
	return l
}

// EarlyCase is one conversation of an early-detection run.
type EarlyCase struct {
	Positive bool
	Warned   bool
	At       int // messages seen at the warning, from 1, if Warned
}

// EarlyRisk is a result of [ERDE].
type EarlyRisk struct {
	O          int     `json:"o"`
	Cases      int     `json:"cases"`
	Prevalence float64 `json:"prevalence"` // of positives; the cost of a false positive
	Mean       float64 `json:"mean"`       // in [0, 1], lower is better; 0 without cases
}

// String gives the result with what it depends on.
func (e EarlyRisk) String() string {
	return fmt.Sprintf("ERDE_%d %.4f (%d cases, prevalence %.4g)", e.O, e.Mean, e.Cases, e.Prevalence)
}

// ERDE is the early risk detection error of Losada and Crestani (CLEF 2016),
// the mean cost of a case: a true positive at message k costs
// 1 − 1/(1 + e^(k−o)), a false negative 1, a false positive the prevalence of
// positives among the cases, a true negative nothing.
func ERDE(cases []EarlyCase, o int) EarlyRisk {
	e := EarlyRisk{O: o, Cases: len(cases)}
	positives := 0
	for _, c := range cases {
		if c.Positive {
			positives++
		}
	}
	e.Prevalence = ratio(positives, len(cases))
	var sum float64
	for _, c := range cases {
		switch {
		case c.Positive && c.Warned:
			sum += 1 - 1/(1+math.Exp(float64(c.At-o)))
		case c.Positive:
			sum++
		case c.Warned:
			sum += e.Prevalence
		}
	}
	if len(cases) > 0 {
		e.Mean = sum / float64(len(cases))
	}
	return e
}

// median is the middle value, of an even number the mean of the two; 0 of
// none.
func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(x))
	mid := len(s) / 2
	if len(s)%2 == 1 {
		return s[mid]
	}
	return (s[mid-1] + s[mid]) / 2
}
