package console

import (
	"context"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/converse"
)

// talkHistory counts findings by the hour in which they were made or last
// raised, and by band.
func (c *console) talkHistory(ctx context.Context, since time.Time) (history, error) {
	h := history{"band", []string{jaga.BandUrgent.String(), jaga.BandReview.String(), jaga.BandObserve.String()}, map[int64]map[string]int64{}, nil}
	hours, err := c.Talk.Hours(ctx, since)
	for _, r := range hours {
		h.add(r.Hour, jaga.Band(r.Band).String(), r.N)
	}
	return h, err
}

// totals sums a history up.
func (h history) totals() map[string]int64 {
	out := map[string]int64{}
	for _, count := range h.hours {
		for key, n := range count {
			out[key] += n
		}
	}
	return out
}

// tally is a bar chart of findings by form.
type tally struct {
	Title  string
	Totals []plotTotal
	Rows   []tallyRow
}

type tallyRow struct {
	Form  jaga.Form
	N     int64
	Parts []tallyPart
	Count map[string]int64
}

type tallyPart struct{ Key, X, W string } // per cent of the longest bar

func makeTally(s *speaker, tallies []converse.Tally) tally {
	var out tally
	var all, most int64
	totals := map[string]int64{}
	for _, f := range talkForms() {
		row := tallyRow{Form: f, Count: map[string]int64{}}
		for _, t := range tallies {
			if jaga.Form(t.Form) == f {
				key := jaga.Band(t.Band).String()
				row.Count[key] += t.N
				totals[key] += t.N
				row.N += t.N
			}
		}
		all += row.N
		most = max(most, row.N)
		out.Rows = append(out.Rows, row)
	}
	bands := []jaga.Band{jaga.BandUrgent, jaga.BandReview, jaga.BandObserve}
	for _, b := range bands {
		out.Totals = append(out.Totals, plotTotal{b.String(), totals[b.String()]})
	}
	lead := out.Rows[0]
	for i := range out.Rows {
		row := &out.Rows[i]
		x := 0.0
		for _, b := range bands {
			if n := row.Count[b.String()]; n > 0 {
				w := 100 * float64(n) / float64(max(most, 1))
				row.Parts = append(row.Parts, tallyPart{b.String(), percent(x), percent(w)})
				x += w
			}
		}
		if row.N > lead.N {
			lead = *row
		}
	}
	out.Title = s.t("plot.tally_title", "All", all, "Form", s.word("form_short", lead.Form), "Part", lead.N)
	return out
}
