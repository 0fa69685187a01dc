package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/jaga-project/jaga/internal/report"
)

// plots are the pictures of the page, by file name.
var plots = map[string]func(*results) string{
	"detection-items-en.svg":    func(r *results) string { return plotItems(r, "en", goalRecallEN) },
	"detection-items-id.svg":    func(r *results) string { return plotItems(r, "id", goalRecallID) },
	"detection-chat.svg":        plotChats,
	"detection-tempo.svg":       plotTempo,
	"detection-reliability.svg": plotReliability,
}

// plotItems draws the recall of every indicator on held-out messages, or on the
// others while there are none.
func plotItems(r *results, lang string, goal float64) string {
	l, held := heldOut(r, lang)
	kind := "held-out"
	if !held {
		kind = "the packs' own"
		for _, s := range r.Items {
			for _, x := range s.Report.Languages {
				if x.Lang == lang {
					l = x
				}
			}
		}
	}
	var rows []report.Interval
	good, all := 0, 0
	for _, x := range l.Indicators {
		if x.Recall.Of == 0 {
			continue
		}
		all++
		if x.Recall.Value >= goal {
			good++
		}
		rows = append(rows, report.Interval{
			Name: x.Indicator, Note: fmt.Sprintf("%d of %d", x.Recall.Hits, x.Recall.Of), Value: x.Recall.Value,
			Lo: x.Recall.Interval.Low, Hi: x.Recall.Interval.High, Other: -1, Bad: x.Recall.Value < goal,
		})
	}
	return report.Intervals(
		fmt.Sprintf("%s: %d of %d indicators reach the goal on %s messages", language(lang), good, all, kind),
		fmt.Sprintf("Recall with its 95 %% interval; the line is the goal of %.0f %%, brown is below it.", 100*goal), rows, goal).String()
}

// plotChats draws, on steps of a factor of ten, the share of conversations in
// each band, and what it may be at most.
func plotChats(r *results) string {
	d := &report.Drawing{Title: chatTitle(r), About: "Share with its upper 95 % bound, on steps of a factor of ten; hollow: none did. The line is the goal for review."}
	const x0, x1, top = 330.0, 580.0, 104.0
	x := func(v float64) float64 { // 1e-5 … 1
		return x0 + (x1-x0)*min(max(1+math.Log10(max(v, 1e-5))/5, 0), 1)
	}
	y := top
	type row struct {
		text, note string
		b          chatBand
	}
	type block struct {
		head string
		y    float64
		rows []row
	}
	var blocks []block
	for _, c := range r.Chats {
		if c.About.Single {
			continue
		}
		bl := block{head: c.Name + ", " + c.Setting, y: y + 22}
		for _, b := range c.Bands {
			bl.rows = append(bl.rows, row{b.Band, fmt.Sprintf("%s of %s", report.Thousands(b.Conversations.Hits), report.Thousands(b.Conversations.Of)), b})
		}
		blocks = append(blocks, bl)
		y += 34 + 20*float64(len(bl.rows))
	}
	d.Height = y + 20
	for e := -5; e <= 0; e++ {
		v := math.Pow10(e)
		d.Line(x(v), top-4, x(v), y, "grid")
		d.Text(x(v), top-12, "n", "middle", percent(v))
	}
	d.Line(x(goalReview), top-4, x(goalReview), y, "limit")
	for _, bl := range blocks {
		d.Text(24, bl.y, "g", "start", bl.head)
		at := bl.y + 20
		for _, w := range bl.rows {
			d.Text(40, at, "ink", "start", w.text)
			share := w.b.Conversations.Value
			d.Line(x(max(share, 1e-5)), at-4.5, x(w.b.Upper), at-4.5, "far")
			if w.b.Conversations.Hits == 0 {
				d.Dot(x(w.b.Upper), at-4.5, 4, "out")
			} else {
				d.Dot(x(share), at-4.5, 5, map[string]string{"observe": "observe", "review": "barR", "urgent": "barI"}[w.b.Band])
			}
			d.Text(696, at, "n ink", "end", w.note)
			at += 20
		}
	}
	return d.String()
}

// chatTitle says the finding of the plot.
func chatTitle(r *results) string {
	reached, of := ordinary(r, settings[0].name)
	if reached[1] == 0 {
		return fmt.Sprintf("None of %s ordinary conversations reaches review", report.Thousands(of))
	}
	return fmt.Sprintf("1 in %s ordinary conversations reaches review; the goal is 1 in 10,000", report.Thousands(of/reached[1]))
}

// plotTempo draws how many drawn conversations reached their band by which act.
func plotTempo(r *results) string {
	var lines []report.Series
	classes := []string{"sA", "sI", "sR", "sO"}
	for _, s := range r.Skeletons {
		if s.Goal == "" {
			continue
		}
		b, name := s.Bands[1], "grooming: review"
		if strings.HasPrefix(s.Goal, "urgent") {
			b, name = s.Bands[2], "sextortion: urgent"
		}
		if len(lines)%2 == 1 {
			name = "the same, ages unknown"
		}
		var points [][2]float64
		sum := 0
		for n, k := range b.At {
			if n == len(b.At)-1 {
				break // all later ones together, at no place
			}
			sum += k
			points = append(points, [2]float64{float64(n), float64(sum) / float64(s.Conversations)})
		}
		lines = append(lines, report.Series{Name: name, Class: classes[len(lines)%4], Points: points})
	}
	return report.Lines(tempoTitle(r), "Acts of the account from its first sign of the harm; 1 is all of them.",
		report.Axis{Name: "acts", Lo: 0, Hi: 14}, report.Axis{Name: "share", Hi: 1}, lines).String()
}

// tempoTitle says the finding of the plot.
func tempoTitle(r *results) string {
	fast, ok := skeletonNamed(r, kinds[0].name)
	slow, ok2 := skeletonNamed(r, kinds[2].name)
	if !ok || !ok2 {
		return "Drawn conversations that reached their band, act by act"
	}
	return fmt.Sprintf("Half of the extortion is urgent at act %s, half of the grooming for review at act %s",
		report.Num(fast.Bands[2].Acts.Median), report.Num(slow.Bands[1].Acts.Median))
}

// plotReliability draws what was promised against what came true.
func plotReliability(r *results) string {
	title := "What was promised and what came true"
	points := [][2]float64{}
	if r.Mixed != nil && r.Mixed.Report.Calibration != nil {
		c := r.Mixed.Report.Calibration
		title = fmt.Sprintf("What was promised and what came true: on average %.1f points apart", 100*c.ECE)
		for _, b := range c.Bins {
			if b.Cases > 0 {
				points = append(points, [2]float64{b.MeanScore, b.Positives.Value})
			}
		}
	}
	return report.Lines(title, "Dots on the dark line keep their promise.",
		report.Axis{Name: "mean probability given", Hi: 1}, report.Axis{Name: "share that came true", Hi: 1}, []report.Series{
			{Name: "a kept promise", Class: "sI", Points: [][2]float64{{0, 0}, {1, 1}}}, {Name: "learned from bands", Class: "sA", Points: points},
		}).String()
}
