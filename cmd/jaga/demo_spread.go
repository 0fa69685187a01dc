package main

import (
	"fmt"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/spread"
)

// spread has the platform tell, at the end of every day, how often known pictures
// were seen there.
func (d *demoRun) spread() error {
	list, err := d.s.banks.Entries(d.ctx, demoBank, bank.Filter{Type: jaga.PDQ})
	if err != nil {
		return err
	}
	var hashes []jaga.Signal
	for _, e := range list {
		for _, x := range e.Signals {
			if x.Type == jaga.PDQ {
				hashes = append(hashes, x)
			}
		}
	}
	if len(hashes) == 0 {
		return nil
	}
	for end := d.from.AddDate(0, 0, 1); !end.After(d.now); end = end.AddDate(0, 0, 1) {
		d.later(end.Add(-time.Minute), func(at time.Time) error {
			b := spread.Batch{ID: "DEMO " + at.Format(time.DateOnly)}
			for i, hash := range hashes {
				if (at.YearDay()+i)%3 > 0 {
					continue // not everything is seen every day
				}
				for n, kind := range []spread.Kind{spread.Received, spread.Viewed, spread.Sent, spread.Reported} {
					if most := 9 - 3*n; d.some(4) > 0 || most == 9 {
						b.Seen = append(b.Seen, spread.Seen{Hash: hash, Kind: kind, At: at.Add(-d.between(0, 20*time.Hour)), Account: fmt.Sprintf("demo-account-%d", d.some(400)), Count: 1 + int64(d.some(max(1, most)))})
					}
				}
			}
			if len(b.Seen) == 0 {
				return nil
			}
			_, err := d.s.spread.Tell(d.at(at), d.platform, b)
			return err
		})
	}
	return nil
}
