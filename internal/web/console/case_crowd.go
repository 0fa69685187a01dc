package console

import (
	"context"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/tip"
)

// crowd is how many people report what a case is about: one voice, many, or many
// at once.
type crowd struct {
	tip.Crowd
	plot
}

// crowdOf counts the reports that came to a case; nil when there are none.
func (c *console) crowdOf(ctx context.Context, s *speaker, cs casework.Case, of casework.Overview) (*crowd, error) {
	n, err := c.Reports.Crowd(ctx, cs.ID)
	if err != nil {
		return nil, err
	}
	if n.Reports == 0 {
		// What users report is counted as one voice where no report of it is kept.
		if !slices.ContainsFunc(of.Kinds, func(k casework.KindCount) bool { return k.Kind == casework.KindUser }) {
			return nil, nil
		}
		n = tip.Crowd{Reports: 1, Different: 1, Reporters: 1, First: cs.OpenedAt, Last: cs.OpenedAt, Busiest: 1, Hours: []tip.CrowdHour{{Hour: cs.OpenedAt / time.Hour.Microseconds(), N: 1}}}
	}
	days := map[int64]map[string]int64{}
	for _, h := range n.Hours {
		if days[h.Hour/24] == nil {
			days[h.Hour/24] = map[string]int64{}
		}
		days[h.Hour/24]["met"] += h.N
	}
	out := &crowd{n, dayBars(s, "casefile_crowd", []string{"met"}, days)}
	out.ID, out.Title = "crowd", s.t("casefile.crowd_title", "N", n.Reports)
	return out, nil
}
