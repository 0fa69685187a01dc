package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Waits is what a case still waits for before it can be closed.
type Waits struct {
	Actions []string // of decisions, that have not begun
	// Report is set where the decision asks for a report that nobody has begun,
	// and Again is when it can be, in microseconds.
	Report bool
	Again  int64
	// Reports were begun, and were neither sent nor dropped.
	Reports []Report
	// Clocks run, and somebody has to say what became of them.
	Clocks []Clock
	// ends are clocks that end with the case, because of what was decided.
	ends []Clock
}

// Any reports whether there is anything.
func (w Waits) Any() bool { return len(w.Actions)+len(w.Reports)+len(w.Clocks) > 0 || w.Report }

// OwesReport reports whether a report is asked for, begun, or due.
func (w Waits) OwesReport() bool {
	return w.Report || len(w.Reports) > 0 || slices.ContainsFunc(w.Clocks, func(c Clock) bool { return c.Kind() == ClockSendBy })
}

// OtherClocks reports whether a clock runs that no report meets.
func (w Waits) OtherClocks() bool {
	return slices.ContainsFunc(w.Clocks, func(c Clock) bool { return c.Kind() != ClockSendBy })
}

// Waits says what a case still waits for.
func (s *Service) Waits(ctx context.Context, id int64) (w Waits, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[caseRow](tx, `SELECT `+caseColumns+` FROM cases WHERE id = $1`, id)
		if err == nil && len(rows) == 0 {
			err = notThere()
		}
		if err != nil {
			return err
		}
		w, err = s.waits(tx, &rows[0])
		return err
	})
	return w, err
}

func (s *Service) waits(tx *store.Tx, r *caseRow) (w Waits, err error) {
	type row struct {
		Action string
		DueAt  int64
	}
	rows, err := store.All[row](tx, `SELECT action, due_at FROM case_outbox WHERE case_id = $1 AND state = 'waiting' AND follows = 0 ORDER BY id`, r.ID)
	if err != nil {
		return w, err
	}
	for _, o := range rows {
		if s.opt.Reports(o.Action) {
			w.Report, w.Again = true, max(w.Again, o.DueAt)
		} else {
			w.Actions = append(w.Actions, o.Action)
		}
	}
	list, err := s.reports(tx, r.ID)
	if err != nil {
		return w, err
	}
	w.Reports = openReports(list)
	running, err := s.running(tx, r.ID)
	if err != nil {
		return w, err
	}
	// Where nothing was confirmed and nobody asked for a report none is owed: the
	// outcome says so, and nobody has to write it down again.
	nothing := (Outcome(r.Outcome) == NotConfirmed || Outcome(r.Outcome) == Undetermined) && !w.Report && len(w.Reports) == 0
	for _, c := range running {
		if nothing && c.Kind() == ClockSendBy {
			w.ends = append(w.ends, c)
		} else {
			w.Clocks = append(w.Clocks, c)
		}
	}
	return w, nil
}

// Closing says, with the closing of a case, what became of what it waits for.
// Both reasons are sealed.
type Closing struct {
	NoReport string // why no report is owed
	Clocks   string // why the clocks that still run need not be met
}

// Close ends a case that waits for nothing.
func (s *Service) Close(ctx context.Context, actor string, id int64) error {
	return s.CloseWith(ctx, actor, id, Closing{})
}

// CloseWith ends a case. It is refused while something that was decided has not
// begun, while a report is owed or a clock runs and nobody says why not; the field
// of the error is waits_actions, waits_report or waits_clocks.
func (s *Service) CloseWith(ctx context.Context, actor string, id int64, c Closing) error {
	c.NoReport, c.Clocks = strings.TrimSpace(c.NoReport), strings.TrimSpace(c.Clocks)
	if err := checkText("no_report", c.NoReport, MaxText); err != nil {
		return err
	}
	if err := checkText("clocks", c.Clocks, MaxText); err != nil {
		return err
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		w, err := s.waits(tx, r)
		if err != nil {
			return err
		}
		if c.NoReport != "" && w.OwesReport() {
			if err := s.noReport(tx, r, actor, c.NoReport); err != nil {
				return err
			}
			if w, err = s.waits(tx, r); err != nil {
				return err
			}
		}
		if err := w.refuse(c.Clocks != ""); err != nil {
			return err
		}
		for _, k := range w.ends {
			if err := s.endClock(tx, r, actor, k, ClockDropped, Data{Why: "outcome"}, ""); err != nil {
				return err
			}
		}
		for _, k := range w.Clocks {
			if err := s.endClock(tx, r, actor, k, ClockDropped, Data{Why: string(Closed)}, c.Clocks); err != nil {
				return err
			}
		}
		if err := s.change(tx, r, actor, Closed, Data{}, ""); err != nil {
			return err
		}
		// A decision on a closed case can no longer be undone, so what follows from
		// it (see [Options]) waits no longer either.
		_, err = tx.Exec(`UPDATE case_outbox SET due_at = $1 WHERE case_id = $2 AND state = 'waiting' AND due_at > $1`, tx.Now(), id)
		return err
	})
}

// refuse says by name what a case waits for; clocks says that those are explained.
func (w Waits) refuse(clocks bool) error {
	no := func(field, hint, format string, args ...any) error {
		return &jaga.Error{Code: jaga.CodeConflict, Field: field, Msg: "close case: it waits for " + fmt.Sprintf(format, args...), Hint: hint}
	}
	switch {
	case len(w.Actions) > 0:
		return no("waits_actions", "they begin when the time to undo is over; a case on hold waits longer", "actions of the decision: %s", strings.Join(w.Actions, ", "))
	case w.Report:
		return no("waits_report", "report it, or say why no report is owed", "a report that the decision asks for")
	case len(w.Reports) > 0:
		return no("waits_report", "say that it was sent, or why no report is owed", "what becomes of report %d", w.Reports[0].ID)
	case len(w.Clocks) > 0 && !clocks:
		var names []string
		for _, c := range w.Clocks {
			names = append(names, c.What+" of "+c.Profile)
		}
		return no("waits_clocks", "do what they are for, or say why that is not needed", "clocks that run: %s", strings.Join(names, ", "))
	}
	return nil
}
