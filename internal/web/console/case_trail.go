package console

import (
	"context"
	"slices"
	"strings"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// mostTrail is how many records of the custody log a page shows, the newest.
const mostTrail = 30

// caseTrail tells what the custody log says of a case, in plain words, without
// what a reader must not know yet, and without who read what.
func (c *console) caseTrail(ctx context.Context, s *speaker, fold blindfold, names func(string) string, id int64, reports *reportPart) (out []trailLine, err error) {
	err = c.DB.View(ctx, func(tx *store.Tx) error {
		records, err := store.All[custody.Record](tx, `SELECT seq, at, actor, action, subject, detail FROM custody_records WHERE subject = $1 AND action NOT LIKE 'case.read%' ORDER BY seq DESC LIMIT $2`, casework.Subject(id), int64(mostTrail))
		slices.Reverse(records)
		for _, rec := range records {
			decision := rec.Action == "case.decided" || rec.Action == "case.undone"
			if fold.hides(rec.Actor) || fold.on && decision && rec.Actor != fold.me {
				continue
			}
			if rec.Action == "case.opened" {
				if rec.Actor, err = c.Cases.OpenedBy(tx, id, rec.Actor); err != nil {
					return err
				}
			}
			what := rec.Action
			if text, is := s.notDone(rec); is {
				what = text
			} else if key := "casefile_act." + strings.TrimPrefix(rec.Action, "case."); s.has(key) {
				what = s.t(key)
			} else if meaning, ok := custody.Meaning(s.tag, rec.Action); ok {
				what = strings.TrimSuffix(meaning, ".")
			}
			out = append(out, trailLine{rec.At, names(rec.Actor), what + reports.receipt(rec)})
		}
		return err
	})
	return out, err
}
