package console

import (
	"context"

	"github.com/jaga-project/jaga/internal/tip"
)

// crowd is how many people report what a case is about: one voice, many, or many
// at once.
type crowd struct {
	tip.Crowd
	plot
}

// crowdOf counts the reports that came to a case; nil when there are none.
func (c *console) crowdOf(ctx context.Context, s *speaker, id int64) (*crowd, error) {
	n, err := c.Reports.Crowd(ctx, id)
	if err != nil || n.Reports == 0 {
		return nil, err
	}
	days := map[int64]int64{}
	for _, h := range n.Hours {
		days[h.Hour/24] += h.N
	}
	out := &crowd{n, dayBars(s, "casefile_crowd", days)}
	out.ID, out.Title = "crowd", s.t("casefile.crowd_title", "N", n.Reports)
	return out, nil
}
