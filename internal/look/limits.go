package look

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// ShiftWindow and WeekWindow are what budgets are counted over: the last twelve
// hours and the last seven days, at any moment. Windows that roll cannot be
// emptied by waiting for midnight.
const (
	ShiftWindow = 12 * time.Hour
	WeekWindow  = 7 * 24 * time.Hour
)

// Budget is how much one person may see.
type Budget struct {
	// Seconds on the screen, and different files.
	ShiftSeconds int64 `json:"shift_seconds"`
	WeekSeconds  int64 `json:"week_seconds"`
	ShiftFiles   int64 `json:"shift_files"`
	WeekFiles    int64 `json:"week_files"`
}

// Limits are what administrators set.
type Limits struct {
	// All counts everything; a class in Classes is counted by itself as well.
	All     Budget            `json:"all"`
	Classes map[string]Budget `json:"classes,omitempty"`
	// BreakAfter is how many minutes after the first reveal a break is due, and
	// BreakFor how many minutes it lasts. A pause of that length is a break.
	BreakAfter int64 `json:"break_after"`
	BreakFor   int64 `json:"break_for"`
	// Support says in one line whom people can talk to. It may be empty.
	Support string `json:"support,omitempty"`
}

// DefaultLimits are cautious guesses of this project; no study gives numbers.
func DefaultLimits() Limits {
	return Limits{All: Budget{ShiftSeconds: 45 * 60, WeekSeconds: 3 * 3600, ShiftFiles: 150, WeekFiles: 600}, BreakAfter: 25, BreakFor: 10}
}

// What administrators cannot go over.
const (
	mostShiftSeconds = 3 * 3600
	mostWeekSeconds  = 12 * 3600
	mostShiftFiles   = 1000
	mostWeekFiles    = 4000
	mostBreakAfter   = 50
	leastBreakFor    = 5
	mostBreakFor     = 120
)

func invalid(field, format string, args ...any) error {
	e := jaga.Errorf(jaga.CodeInvalid, format, args...)
	e.Field = field
	return e
}

func (b Budget) check(field string) error {
	for _, v := range []struct {
		name string
		n    int64
		most int64
	}{{"shift_seconds", b.ShiftSeconds, mostShiftSeconds}, {"week_seconds", b.WeekSeconds, mostWeekSeconds}, {"shift_files", b.ShiftFiles, mostShiftFiles}, {"week_files", b.WeekFiles, mostWeekFiles}} {
		if v.n < 0 || v.n > v.most {
			return invalid(field+v.name, "set limits: %d is not between 0 and %d", v.n, v.most)
		}
	}
	return nil
}

var classText = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,24}$`)

// Check refuses limits that are out of bounds.
func (l Limits) Check() error {
	if err := l.All.check(""); err != nil {
		return err
	}
	for class, b := range l.Classes {
		if !classText.MatchString(class) {
			return invalid("class", "set limits: %q is no class", class)
		}
		if err := b.check(class + "."); err != nil {
			return err
		}
	}
	switch {
	case len(l.Classes) > 50:
		return invalid("class", "set limits: more than 50 classes")
	case l.BreakAfter < 1 || l.BreakAfter > mostBreakAfter:
		return invalid("break_after", "set limits: a break is due after 1 to %d minutes", mostBreakAfter)
	case l.BreakFor < leastBreakFor || l.BreakFor > mostBreakFor:
		return invalid("break_for", "set limits: a break lasts %d to %d minutes", leastBreakFor, mostBreakFor)
	case utf8.RuneCountInString(l.Support) > 200 || !utf8.ValidString(l.Support) || containsControl(l.Support):
		return invalid("support", "set limits: it is longer than 200 characters, or no text")
	}
	return nil
}

func containsControl(s string) bool {
	for _, r := range s {
		if unicode.IsControl(r) {
			return true
		}
	}
	return false
}

// Limits returns the limits in force.
func (s *Service) Limits(ctx context.Context) (l Limits, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		l, err = limits(tx)
		return err
	})
	return l, err
}

func limits(tx *store.Tx) (Limits, error) {
	rows, err := store.All[string](tx, `SELECT limits FROM look_limits ORDER BY id DESC LIMIT 1`)
	if err != nil {
		return Limits{}, err
	}
	if len(rows) == 0 {
		return DefaultLimits(), nil
	}
	var l Limits
	if err := json.Unmarshal([]byte(rows[0]), &l); err != nil {
		return Limits{}, fmt.Errorf("read limits: %w", err)
	}
	// What was stored before a bound was lowered must not outlive it.
	if err := l.Check(); err != nil {
		return DefaultLimits(), nil
	}
	return l, nil
}

// SetLimits puts limits in force from the next beat on. The caller has made sure
// that the actor is an administrator.
func (s *Service) SetLimits(ctx context.Context, actor string, l Limits) error {
	if err := l.Check(); err != nil {
		return err
	}
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("set limits: %w", err)
	}
	now, _ := s.clock.now()
	e := custody.Event{Actor: actor, Action: "look.limits", Subject: "look:limits", Detail: map[string]string{
		"shift_seconds": strconv.FormatInt(l.All.ShiftSeconds, 10), "week_seconds": strconv.FormatInt(l.All.WeekSeconds, 10),
		"shift_files": strconv.FormatInt(l.All.ShiftFiles, 10), "week_files": strconv.FormatInt(l.All.WeekFiles, 10),
		"classes": strconv.Itoa(len(l.Classes)), "break_after": strconv.FormatInt(l.BreakAfter, 10), "break_for": strconv.FormatInt(l.BreakFor, 10),
	}}
	return s.db.Update(ctx, e, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO look_limits (at, person, limits) VALUES ($1, $2, $3)`, now.UnixMicro(), actor, string(text))
		return err
	})
}
