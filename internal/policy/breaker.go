package policy

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// DefaultLimits bound one rule. They are our own: a rule that acts by itself
// more than four times an hour, all day long, is one that people should look
// at again. The share catches a rule that suddenly fires for everything.
func DefaultLimits() Limits { return Limits{PerHour: 100, PerDay: 1000, Share: 0.2} }

// actionFactor is how much more than one rule all rules together may do of one
// action.
const actionFactor = 3

// shareBase is how many evaluations there must be within the hour before a
// share says anything.
const shareBase = 100

func (l Limits) or(d Limits) Limits {
	if l.PerHour == 0 {
		l.PerHour = d.PerHour
	}
	if l.PerDay == 0 {
		l.PerDay = d.PerDay
	}
	if l.Share == 0 {
		l.Share = d.Share
	}
	return l
}

func (l Limits) times(n int64) Limits {
	return Limits{l.PerHour * n, l.PerDay * n, min(1, l.Share*float64(n))}
}

// Breaker is one that is open: the automatic actions of the rule, or the action
// for all rules, are stopped until a person closes it. Findings go on to open
// cases.
type Breaker struct {
	// What is rule:NAME or act:ACTION.
	What     string `json:"what"`
	OpenedAt int64  `json:"opened_at"` // microseconds
	// Why is hour, day or share.
	Why string `json:"why"`
	// N is what was reached, and Most what is allowed; of a share in parts of
	// [ShareUnit].
	N    int64 `json:"n"`
	Most int64 `json:"most"`
}

func whatRule(name string) string { return "rule:" + name }
func whatAct(a Act) string        { return "act:" + string(a) }

// whatAll counts everything that was evaluated.
const whatAll = "all"

// hourOf is a time in hours since 1970. Quotas count by the hour of the clock,
// so that within any 60 minutes at most twice the quota can be reached.
func hourOf(micros int64) int64 { return micros / time.Hour.Microseconds() }

// count adds to a column of what happened in this hour.
func count(tx *store.Tx, what string, version int64, column string) error {
	// The column is one of our own words, never what somebody sent.
	_, err := tx.Exec(`INSERT INTO policy_counts (what, version, hour, `+column+`) VALUES ($1, $2, $3, 1)
		ON CONFLICT (what, version, hour) DO UPDATE SET `+column+` = policy_counts.`+column+` + 1`, what, version, hourOf(tx.Now()))
	if err != nil {
		return fmt.Errorf("count what rules do: %w", err)
	}
	return nil
}

// breakers are those that are open.
func breakers(tx *store.Tx) (map[string]Breaker, error) {
	rows, err := OpenBreakers(tx)
	out := map[string]Breaker{}
	for _, b := range rows {
		out[b.What] = b
	}
	return out, err
}

// spent is how often something acted this hour and within 24 hours.
func spent(tx *store.Tx, what string) (hour, day int64, err error) {
	now := hourOf(tx.Now())
	rows, err := store.All[struct{ Hour, N int64 }](tx, `SELECT hour, SUM(acted) FROM policy_counts WHERE what = $1 AND hour > $2 AND hour <= $3 GROUP BY hour`, what, now-24, now)
	for _, r := range rows {
		day += r.N
		if r.Hour == now {
			hour = r.N
		}
	}
	return hour, day, err
}

// over says which limit one more act would break.
func over(tx *store.Tx, what string, l Limits) (Breaker, bool, error) {
	hour, day, err := spent(tx, what)
	if err != nil {
		return Breaker{}, false, err
	}
	b := Breaker{What: what, OpenedAt: tx.Now()}
	switch {
	case hour+1 > l.PerHour:
		b.Why, b.N, b.Most = "hour", hour+1, l.PerHour
		return b, true, nil
	case day+1 > l.PerDay:
		b.Why, b.N, b.Most = "day", day+1, l.PerDay
		return b, true, nil
	}
	all, err := store.One[int64](tx, `SELECT COALESCE(SUM(fired), 0) FROM policy_counts WHERE what = $1 AND hour = $2`, whatAll, hourOf(tx.Now()))
	if err != nil {
		return b, false, err
	}
	if all >= shareBase && float64(hour+1) > l.Share*float64(all) {
		b.Why, b.N, b.Most = "share", (hour+1)*ShareUnit/all, int64(l.Share*ShareUnit)
		return b, true, nil
	}
	return b, false, nil
}

// trip opens a breaker: it is stored and recorded, and an administrator is told.
func (s *Service) trip(tx *store.Tx, b Breaker) error {
	n, err := tx.Exec(`INSERT INTO policy_breakers (what, opened_at, why, n, most) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, b.What, b.OpenedAt, b.Why, b.N, b.Most)
	if err != nil || n == 0 {
		return err
	}
	if err := tx.Record(custody.Event{Actor: system, Action: "rule.breaker_open", Subject: b.What, Detail: map[string]string{
		"why": b.Why, "n": strconv.FormatInt(b.N, 10), "most": strconv.FormatInt(b.Most, 10)}}); err != nil {
		return err
	}
	tx.Notify("policy", "breaker")
	s.opt.Log.Warn("a breaker opened: automatic actions are stopped until a person closes it; findings go on to people", "what", b.What, "why", b.Why, "n", b.N, "most", b.Most)
	if s.opt.Alarm != nil {
		return s.opt.Alarm(tx, b)
	}
	return nil
}

// Breakers lists the breakers that are open, the oldest first.
func (s *Service) Breakers(ctx context.Context) (out []Breaker, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out, err = OpenBreakers(tx)
		return err
	})
	return out, err
}

// OpenBreakers is [Service.Breakers] in the caller's transaction.
func OpenBreakers(tx *store.Tx) ([]Breaker, error) {
	return store.All[Breaker](tx, `SELECT what, opened_at, why, n, most FROM policy_breakers ORDER BY opened_at, what`)
}

// CloseBreaker lets the actions go on. Only a person can: whoever closes it has
// looked at why it opened. What was counted in this hour is not forgotten, so
// it opens again at once while the limit is still exceeded; raise the limit or
// mend the rule first.
func (s *Service) CloseBreaker(ctx context.Context, actor, what, reason string) error {
	if !Person(actor) {
		return &jaga.Error{Code: jaga.CodeDenied, Field: "actor", Msg: "close breaker: only a person can", Hint: "sign in to the console"}
	}
	if err := needReason(reason); err != nil {
		return err
	}
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "rule.breaker_close", Subject: what, Detail: map[string]string{"reason": digest(reason)}}, func(tx *store.Tx) error {
		n, err := tx.Exec(`DELETE FROM policy_breakers WHERE what = $1`, what)
		if err == nil && n == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "breaker", Msg: "close breaker: it is not open"}
		}
		if err != nil {
			return err
		}
		return keepReason(tx, what, actor, "rule.breaker_close", reason)
	})
}

// Reason is why somebody took a step, in their words.
type Reason struct {
	At     int64 // microseconds
	Actor  string
	Step   string // the action of the custody record
	Reason string
}

func keepReason(tx *store.Tx, what, actor, step, reason string) error {
	_, err := tx.Exec(`INSERT INTO policy_reasons (what, at, actor, step, reason) VALUES ($1, $2, $3, $4, $5)`, what, tx.Now(), actor, step, strings.TrimSpace(reason))
	return err
}

// Reasons returns why steps were taken with a rule, the newest first.
func (s *Service) Reasons(ctx context.Context, rule string) (out []Reason, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out, err = store.All[Reason](tx, `SELECT at, actor, step, reason FROM policy_reasons WHERE what = $1 ORDER BY at DESC LIMIT 100`, whatRule(rule))
		return err
	})
	return out, err
}

func needReason(reason string) error {
	if strings.TrimSpace(reason) == "" || len(reason) > maxText {
		return invalid("reason", "", "say why, in at most %d bytes", maxText)
	}
	return nil
}
