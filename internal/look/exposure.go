package look

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// Exposure is what one person has seen. It is for that person alone.
type Exposure struct {
	Limits Limits
	// Of the rolling windows:
	ShiftSeconds, WeekSeconds int64
	ShiftFiles, WeekFiles     int64
	Break                     Break
	// Days are the last fourteen, the oldest first, in the zone asked for.
	Days []Day
	// Classes are those of the rolling week, the most first.
	Classes []ClassUse
}

// Day is what was seen on one day.
type Day struct {
	Date           string // "2026-11-26"
	Seconds, Files int64
}

// ClassUse is what was seen of a class; its name is empty where the class was
// not known.
type ClassUse struct {
	Class          string
	Seconds, Files int64
}

const ownDays = 14

// Mine returns the exposure of the person who asks. There is no call for that of
// somebody else.
func (s *Service) Mine(ctx context.Context, actor string, zone *time.Location) (e Exposure, err error) {
	now, _ := s.clock.now()
	type row struct {
		Began, Held int64
		File, Class string
	}
	first := now.In(zone).AddDate(0, 0, 1-ownDays)
	first = time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, zone)
	var rows []row
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if e.Limits, err = limits(tx); err != nil {
			return err
		}
		for _, w := range []struct {
			span           time.Duration
			seconds, files *int64
		}{{ShiftWindow, &e.ShiftSeconds, &e.ShiftFiles}, {WeekWindow, &e.WeekSeconds, &e.WeekFiles}} {
			u, err := usage(tx, actor, "", now.Add(-w.span).UnixMicro())
			if err != nil {
				return err
			}
			*w.seconds, *w.files = u.Held/1_000_000, u.Files
		}
		if e.Break, err = breakOf(tx, actor, e.Limits, now); err != nil {
			return err
		}
		rows, err = store.All[row](tx, `SELECT began_at, `+held+`, file_key, class FROM look_reveals WHERE person = $1 AND began_at >= $2 AND served = 1 ORDER BY id`, actor, first.UnixMicro())
		return err
	})
	if err != nil {
		return Exposure{}, err
	}
	days, classes := map[string]*tally{}, map[string]*tally{}
	for _, r := range rows {
		add(days, time.UnixMicro(r.Began).In(zone).Format(time.DateOnly), r.File, r.Held)
		if r.Began > now.Add(-WeekWindow).UnixMicro() {
			add(classes, r.Class, r.File, r.Held)
		}
	}
	for i := range ownDays {
		d := Day{Date: first.AddDate(0, 0, i).Format(time.DateOnly)}
		if t := days[d.Date]; t != nil {
			d.Seconds, d.Files = t.held/1_000_000, int64(len(t.files))
		}
		e.Days = append(e.Days, d)
	}
	for class, t := range classes {
		e.Classes = append(e.Classes, ClassUse{class, t.held / 1_000_000, int64(len(t.files))})
	}
	slices.SortFunc(e.Classes, func(a, b ClassUse) int {
		return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Class, b.Class))
	})
	return e, nil
}

type tally struct {
	held  int64
	files map[string]bool
}

func add(to map[string]*tally, key, file string, held int64) {
	t := to[key]
	if t == nil {
		t = &tally{files: map[string]bool{}}
		to[key] = t
	}
	t.held += held
	t.files[file] = true
}
