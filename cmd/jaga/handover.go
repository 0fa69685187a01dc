package main

import (
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/tell"
)

// handover opens a case for a conversation of the guide that the team passes on.
// The case has the team's summary, sealed, and nothing that the writer wrote: who
// reads it there may not be who answers.
func (c *caseFeed) handover(queue string) func(tx *store.Tx, actor string, h tell.Handover) (int64, error) {
	return func(tx *store.Tx, actor string, h tell.Handover) (int64, error) {
		f := casework.Finding{Kind: casework.KindHotline, Ref: "tell:" + strconv.FormatInt(h.Thread, 10), Source: actor, Queue: queue, Band: jaga.BandReview, Risk: casework.RiskContact, Text: h.Summary}
		if h.Urgent {
			f.Band, f.Risk = jaga.BandUrgent, casework.RiskImminent
		}
		added, err := c.cases.Add(tx, f)
		return added.Case, err
	}
}
