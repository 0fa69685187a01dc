package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
)

// mixed is ordinary chat with drawn sequences among it, of which nothing is
// known beforehand on either side.
type mixed struct {
	Drawn    int              `json:"drawn"`
	Ordinary int              `json:"ordinary"`
	Report   eval.WatchReport `json:"report"`
}

// mixedDrawn is how many sequences of each kind are mixed in.
const mixedDrawn = 500

// measureMixed calibrates by conversation and not by person: nearly everybody
// in the collections has talked with somebody who has talked with everybody
// else, so persons cannot be divided.
func measureMixed(d *convo.Detector, talks []talk) (*mixed, error) {
	var cases []eval.Watched
	for i, t := range talks {
		h := convo.Head{ID: fmt.Sprint("t", i), Channel: t.channel}
		for _, id := range t.people {
			h.People = append(h.People, convo.Person{ID: id})
		}
		cases = append(cases, watch(d, h, t.messages, false))
	}
	for k, kind := range kinds {
		if kind.quiet || k%2 == 0 {
			continue // the kinds in which ages are unknown
		}
		for i := range mixedDrawn {
			draw := &drawer{r: rand.New(rand.NewPCG(seed, uint64(k*drawn+i))), at: evening}
			kind.draw(draw)
			draw.s.head.ID = fmt.Sprint("k", k, "-", i)
			cases = append(cases, watch(d, draw.s.head, draw.s.messages, true))
		}
	}
	r, err := eval.ScoreWatched(cases, []string{jaga.BandObserve.String(), jaga.BandReview.String(), jaga.BandUrgent.String()}, seed)
	if err != nil {
		return nil, err
	}
	for i := range r.Bands {
		r.Bands[i].At = nil // the plot of the drawn ones has them
	}
	return &mixed{Drawn: r.Positives, Ordinary: r.Negatives, Report: r}, nil
}

// watch observes a conversation and notes when it reached which band.
func watch(d *convo.Detector, h convo.Head, messages []convo.Message, positive bool) eval.Watched {
	out := eval.Watched{Participants: eval.Participants{Conversation: h.ID}, Positive: positive, Messages: len(messages), Reached: make([]eval.Reached, 3)}
	s := d.Open(h, nil)
	for i, m := range messages {
		top := jaga.BandNone
		for _, f := range s.Observe(m) {
			top = max(top, f.Band)
		}
		for b := range int(top) {
			if !out.Reached[b].OK {
				out.Reached[b] = eval.Reached{OK: true, Message: i + 1, Seconds: math.Max(0, m.At.Sub(messages[0].At).Seconds())}
			}
		}
	}
	return out
}
