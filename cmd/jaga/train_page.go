package main

import (
	"encoding/base64"
	"fmt"
	"html"
	"strings"

	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/model"
	"github.com/jaga-project/jaga/internal/report"
)

// trainStyle is in the page itself, so that it can be sent as one file.
const trainStyle = `:root{color-scheme:light dark}
body{font:16px/1.55 system-ui,"Noto Sans",sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1b2737;background:#fbfaf7}
h1{font-size:1.6rem;line-height:1.2}h2{font-size:1.15rem;margin-top:2.2rem}
.lead{border-left:4px solid #8a5100;padding:.1rem 1rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #ddd9d0;vertical-align:top}
th{font-weight:600}th[scope=row]{width:38%}td{overflow-wrap:anywhere}img{max-width:100%;height:auto}
code{font-size:.85em;overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){body{color:#eeebe4;background:#0f1720}th,td{border-color:#2d3642}.lead{border-color:#f2bd68}}`

// trainPage renders the report of a model as one self-contained page.
func trainPage(r *model.Report) []byte {
	p := &htmlPage{}
	p.f(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Report of a trained model</title><style>%s</style>`, raw(trainStyle))
	p.f(`<h1>Report of a trained model</h1>`)
	p.f(`<div class="lead"><p>Recall on real offending is unmeasured, unless the labelled data are real offending. These numbers say how well the model repeats the labels of one file for other people of the same file. A score accuses nobody: alone it can make somebody keep a conversation in mind, no more.</p>`)
	p.f(`<p lang="id">Daya temu terhadap kejahatan yang sebenarnya belum terukur, kecuali jika data berlabel itu memang berasal dari kasus nyata. Angka-angka ini hanya menunjukkan seberapa baik model mengulang label dari satu berkas pada orang lain di berkas yang sama. Skor tidak menuduh siapa pun: sendirian, skor hanya dapat membuat suatu percakapan diperhatikan, tidak lebih.</p></div>`)
	if len(r.Warnings) > 0 {
		p.f(`<h2>Notes</h2><ul>`)
		for _, w := range r.Warnings {
			p.f(`<li>%s</li>`, w)
		}
		p.f(`</ul>`)
	}
	p.f(`<h2>What was found</h2><p>By conversation, on %d conversations of people who were neither learned from nor calibrated on, at the threshold %.3f, which was chosen on others.</p>`, r.Info.Test.Conversations, r.Threshold)
	p.table([]string{"", "value"}, [][]string{
		{"precision", r.Precision.String()},
		{"recall", r.Recall.String()},
		{"false positives among label 0", r.FPR.String()},
		{"F0.5", fmt.Sprintf("%.3f", r.FHalf)},
		{"F1", fmt.Sprintf("%.3f", r.F1)},
		{"average precision", fmt.Sprintf("%.3f", r.AveragePrecision)},
		{"AUC", fmt.Sprintf("%.3f", r.AUC)},
		{"true and false positives", fmt.Sprintf("%d and %d", r.Counts.TP, r.Counts.FP)},
		{"false and true negatives", fmt.Sprintf("%d and %d", r.Counts.FN, r.Counts.TN)},
	})
	p.f(`<p>The intervals take conversations as independent. Conversations of the same people are not, so the true ones are wider.</p>`)
	p.picture(plotPR(r))

	p.f(`<h2>Where positives are rarer</h2><p>In the test part %d of %d conversations have the label 1. On a platform they are far rarer, and then most findings are wrong. The last column takes the worse ends of the intervals of recall and false positives.</p>`, r.Info.Test.Positives, r.Info.Test.Conversations)
	var rows [][]string
	for _, x := range r.Rarer {
		rows = append(rows, []string{"1 in " + report.Thousands(int(1/x.Prevalence+0.5)), percent(x.Measured), percent(x.Least)})
	}
	p.table([]string{"positives", "precision as counted", "at least"}, rows)

	p.f(`<h2>How early</h2>`)
	p.f(`<ul>`)
	for _, e := range r.ERDE {
		p.f(`<li>%s</li>`, e)
	}
	p.f(`<li>%s</li></ul>`, r.Latency)

	p.f(`<h2>Calibration</h2><p>Conversations: ECE %.3f over %d bins, Brier score %.3f. Messages: ECE %.3f, Brier score %.3f, over %d messages.</p>`,
		r.Conversations.ECE, len(r.Conversations.Bins), r.Conversations.Brier, r.Messages.ECE, r.Messages.Brier, r.Messages.Cases)
	p.picture(plotReliability("Conversations: what was promised and what came true", r.Conversations.Bins))
	p.picture(plotReliability("Messages: what was promised and what came true", r.Messages.Bins))

	p.f(`<h2>What knows nothing</h2><p>A property that has nothing to do with what is said, and tells the labels apart all the same, shows that the classes come from different places. AUC 0.5 is chance.</p>`)
	rows = nil
	for _, b := range r.Baselines {
		rows = append(rows, []string{b.Name, fmt.Sprintf("%.3f", b.AUC)})
	}
	p.table([]string{"alone", "AUC"}, rows)
	p.trainedOn(r)
	return []byte(p.b.String())
}

// trainedOn says what the model was made of.
func (p *htmlPage) trainedOn(r *model.Report) {
	i := r.Info
	p.f(`<h2>What it was trained on</h2>`)
	var rows [][]string
	for _, part := range []struct {
		name string
		model.Part
	}{{"learned from", i.Train}, {"calibrated on", i.Calibrate}, {"measured on", i.Test}} {
		rows = append(rows, []string{part.name, fmt.Sprint(part.Conversations), fmt.Sprint(part.Positives), fmt.Sprint(part.Messages), fmt.Sprint(part.PositiveMessages)})
	}
	p.table([]string{"", "conversations", "of them label 1", "messages", "of them label 1"}, rows)
	finder := i.Indicators
	if finder == "" {
		finder = "none"
	}
	settled := ""
	if !i.Settled {
		settled = ", not settled"
	}
	p.f(`<p></p>`)
	p.table([]string{"", "value"}, [][]string{
		{"groups of people who share no conversation", fmt.Sprintf("%d, the largest of %d conversations", i.Groups, i.Largest)},
		{"malformed lines left out", fmt.Sprint(i.LinesLeftOut)},
		{"conversations with the text of another", fmt.Sprint(i.Duplicates)},
		{"messages of known children, left out", fmt.Sprint(i.ChildMessages)},
		{"messages with nothing to read, left out", fmt.Sprint(i.Unread)},
		{"test conversations with nothing to read", fmt.Sprint(r.NotRead)},
		{"seed, cost, passes", fmt.Sprintf("%d, %g, %d%s", i.Seed, i.Cost, i.Passes, settled)},
		{"n-grams", fmt.Sprintf("1 to %d letters in %s buckets", i.MaxGram, report.Thousands(i.Buckets))},
		{"indicators by", finder},
		{"SHA-256 of the data", i.Data},
		{"SHA-256 of the model", r.Model},
	})
}

// htmlPage collects a page. Every argument is escaped but raw ones.
type htmlPage struct{ b strings.Builder }

// raw is text that is HTML already.
type raw string

func (p *htmlPage) f(format string, args ...any) {
	for i, v := range args {
		switch v := v.(type) {
		case raw, int, float64:
		default:
			args[i] = html.EscapeString(fmt.Sprint(v))
		}
	}
	fmt.Fprintf(&p.b, format+"\n", args...)
}

func (p *htmlPage) table(head []string, rows [][]string) {
	p.f(`<table><thead><tr>`)
	for _, h := range head {
		p.f(`<th scope="col">%s</th>`, h)
	}
	p.f(`</tr></thead><tbody>`)
	for _, row := range rows {
		p.f(`<tr>`)
		for i, cell := range row {
			if i == 0 {
				p.f(`<th scope="row">%s</th>`, cell)
				continue
			}
			p.f(`<td>%s</td>`, cell)
		}
		p.f(`</tr>`)
	}
	p.f(`</tbody></table>`)
}

// picture puts a drawing into the page as a file of its own, which keeps its
// colours and the ids in it apart from those of the others.
func (p *htmlPage) picture(d *report.Drawing) {
	p.f(`<p><img width="720" height="%d" alt="%s" src="data:image/svg+xml;base64,%s"></p>`,
		int(d.Height), d.Title+". "+d.About, base64.StdEncoding.EncodeToString([]byte(d.String())))
}

func percent(v float64) string { return fmt.Sprintf("%.3g %%", 100*v) }

// plane draws the square from 0 to 1 in both directions and returns the place
// of a point.
func plane(d *report.Drawing, across, up string) func(x, y float64) (float64, float64) {
	const left, right, top, bottom = 74.0, 690.0, 92.0, 400.0
	d.Height = 452
	at := func(x, y float64) (float64, float64) { return left + x*(right-left), bottom - y*(bottom-top) }
	for i := range 6 {
		v := float64(i) / 5
		x, y := at(v, v)
		d.Line(left, y, right, y, "grid")
		d.Line(x, top, x, bottom, "grid")
		d.Text(left-10, y+4, "n", "end", report.Num(v))
		d.Text(x, bottom+20, "n", "middle", report.Num(v))
	}
	d.Text((left+right)/2, bottom+40, "", "middle", across)
	d.Text(left, top-10, "", "start", up)
	return at
}

// plotPR draws precision against recall.
func plotPR(r *model.Report) *report.Drawing {
	d := &report.Drawing{
		Title: fmt.Sprintf("Precision against recall: average precision %.3f", r.AveragePrecision),
		About: "Each point is a threshold; the circle is the one that was chosen, the dashed line is chance.",
	}
	at := plane(d, "recall", "precision")
	share := float64(r.Info.Test.Positives) / float64(max(r.Info.Test.Conversations, 1))
	x0, y0 := at(0, share)
	x1, _ := at(1, share)
	d.Polyline("sR", [][2]float64{{x0, y0}, {x1, y0}})
	var points [][2]float64
	for i, p := range r.Curve {
		if i == 0 {
			x, y := at(0, p.Precision)
			points = append(points, [2]float64{x, y})
		}
		x, y := at(p.Recall, p.Precision)
		points = append(points, [2]float64{x, y})
	}
	d.Polyline("sA", points)
	x, y := at(r.Recall.Value, r.Precision.Value)
	d.Dot(x, y, 6, "out")
	return d
}

// plotReliability draws the share of positives against the mean probability,
// with the interval of each share.
func plotReliability(title string, bins []eval.Bin) *report.Drawing {
	d := &report.Drawing{
		Title: title,
		About: "A dot on the line keeps its promise. The bars are 95 % intervals, the numbers count cases.",
	}
	at := plane(d, "mean probability given", "share with the label 1")
	x0, y0 := at(0, 0)
	x1, y1 := at(1, 1)
	d.Line(x0, y0, x1, y1, "limit")
	for _, b := range bins {
		if b.Cases == 0 {
			continue
		}
		x, y := at(b.MeanScore, b.Positives.Value)
		_, low := at(0, b.Positives.Interval.Low)
		_, high := at(0, b.Positives.Interval.High)
		d.Line(x, low, x, high, "far")
		d.Dot(x, y, 5, "dot")
		d.Text(min(x+9, 650), min(y+16, 396), "n", "start", report.Thousands(b.Cases))
	}
	return d
}
