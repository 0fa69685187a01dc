package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
)

// The kinds of clocks. How long each runs is for the profiles of jurisdictions to
// say, and for people, not for this package.
const (
	ClockSendBy   = "send_by"                // a report is to be sent
	ClockTakedown = string(law.TakeDown)     // an order, or a wish, to take content down
	ClockQuestion = string(law.Question)     // an authority asks
	ClockLetter   = string(law.Preservation) // a letter asks to preserve evidence
	ClockBreach   = string(law.Breach)       // notice of a breach of personal data
	ClockCallBack = "call_back"              // somebody was promised a call
)

// ClockKinds lists the kinds of clocks; no other one can be started.
func ClockKinds() []string {
	return []string{ClockSendBy, ClockTakedown, ClockQuestion, ClockLetter, ClockBreach, ClockCallBack}
}

// Clock is something that has to be done by a time.
type Clock struct {
	// What is the kind; where a case has several of a kind and profile, with a
	// number behind a dot, such as "question.2".
	What    string
	Profile string // such as "id-komdigi"
	Start   time.Time
	Due     time.Time
	Met     time.Time // zero unless it was met
	Dropped time.Time // zero unless it ended without being met
	Case    int64     // whose it is: the case, or one that was merged into it
	// Authority is whose demand it is, and Letter the number of their letter;
	// both are empty for clocks that start by themselves.
	Authority, Letter string
}

// Kind is what a clock is for, without its number.
func (c Clock) Kind() string {
	kind, _, _ := strings.Cut(c.What, ".")
	return kind
}

// Runs reports whether it has not ended.
func (c Clock) Runs() bool { return c.Met.IsZero() && c.Dropped.IsZero() }

// ClockState says how a clock stands.
type ClockState string

// The states of a clock. One that has less than a quarter of its time left, or
// less than an hour, is due soon.
const (
	ClockRuns    ClockState = "runs"
	ClockSoon    ClockState = "soon"
	ClockOverdue ClockState = "overdue"
	ClockIsMet   ClockState = "met"
	ClockIsOff   ClockState = "dropped"
)

// ClockStates lists the states of a clock.
func ClockStates() []ClockState {
	return []ClockState{ClockRuns, ClockSoon, ClockOverdue, ClockIsMet, ClockIsOff}
}

// State says how the clock stands at a time.
func (c Clock) State(now time.Time) ClockState {
	left := c.Due.Sub(now)
	switch {
	case !c.Met.IsZero():
		return ClockIsMet
	case !c.Dropped.IsZero():
		return ClockIsOff
	case left < 0:
		return ClockOverdue
	case left < time.Hour || left < c.Due.Sub(c.Start)/4:
		return ClockSoon
	}
	return ClockRuns
}

var clockName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,79}$`)

func (c Clock) check() error {
	switch {
	case !clockName.MatchString(c.What) || !slices.Contains(ClockKinds(), c.Kind()):
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "what", Msg: "there is no such kind of clock"}
	case !clockName.MatchString(c.Profile):
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "profile", Msg: "a profile has a short name of small letters"}
	case c.Start.IsZero() || c.Due.Before(c.Start):
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "due", Msg: "a clock ends after it starts"}
	}
	return nil
}

// SetClock starts a clock, or sets one that runs already anew.
func (s *Service) SetClock(ctx context.Context, actor string, id int64, c Clock) error {
	if err := c.check(); err != nil {
		return err
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error { return s.setClock(tx, r, actor, c) })
}

// clockWords is what of a clock is sealed.
type clockWords struct {
	Authority string `json:"authority,omitempty"`
	Letter    string `json:"letter,omitempty"`
}

func (s *Service) setClock(tx *store.Tx, r *caseRow, actor string, c Clock) error {
	return s.setClockFor(tx, r, actor, c, "")
}

// setClockFor is setClock with a reason, to be sealed.
func (s *Service) setClockFor(tx *store.Tx, r *caseRow, actor string, c Clock, reason string) error {
	var words []byte
	if c.Authority != "" || c.Letter != "" {
		text, err := json.Marshal(clockWords{c.Authority, c.Letter})
		if err != nil {
			return err
		}
		words = s.keys.Seal(purpose("clock", r.ID), text)
	}
	if _, err := tx.Exec(`INSERT INTO case_clocks (case_id, what, profile, start_at, due_at, words) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (case_id, what, profile) DO UPDATE SET start_at = excluded.start_at, due_at = excluded.due_at, words = excluded.words, met_at = 0, ended = ''`,
		r.ID, c.What, c.Profile, c.Start.UnixMicro(), c.Due.UnixMicro(), words); err != nil {
		return err
	}
	if err := s.change(tx, r, actor, ClockSet, Data{Clock: c.What, Profile: c.Profile, Until: c.Due.UnixMicro()}, reason); err != nil {
		return err
	}
	return s.dueUp(tx, r)
}

// mostOfAKind is how many clocks of a kind and profile a case has.
const mostOfAKind = 50

// AddClock starts a clock that somebody entered, such as an order of an authority,
// beside those of its kind that are there, and returns it under its own name.
// Reason says what is demanded, and is sealed. A letter that asks to preserve has
// the evidence of the case held, by [Options.Preserve]. A case that was closed is
// to be followed up again.
func (s *Service) AddClock(ctx context.Context, actor string, id int64, c Clock, reason string) (Clock, error) {
	c.Authority, c.Letter, reason = strings.TrimSpace(c.Authority), strings.TrimSpace(c.Letter), strings.TrimSpace(reason)
	if err := c.check(); err != nil {
		return Clock{}, err
	}
	if c.What != c.Kind() {
		return Clock{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "what", Msg: "add clock: name a kind"}
	}
	for field, v := range map[string]string{"authority": c.Authority, "letter": c.Letter} {
		if err := checkText(field, v, 200); err != nil {
			return Clock{}, err
		}
	}
	if err := checkText("reason", reason, MaxText); err != nil {
		return Clock{}, err
	}
	switch {
	case reason == "":
		return Clock{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "reason", Msg: "add clock: say what is demanded"}
	case c.Authority == "" && slices.Contains([]string{ClockTakedown, ClockQuestion, ClockLetter}, c.What):
		return Clock{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "authority", Msg: "add clock: say whose demand it is"}
	}
	err := s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		if ahead := c.Start.UnixMicro() - tx.Now(); ahead > (5 * time.Minute).Microseconds() {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "start", Msg: "add clock: it begins in the future"}
		}
		kind := c.What
		for n := 2; ; n++ {
			taken, err := store.One[int64](tx, `SELECT COUNT(*) FROM case_clocks WHERE case_id = $1 AND what = $2 AND profile = $3`, id, c.What, c.Profile)
			if err != nil {
				return err
			}
			if taken == 0 {
				break
			}
			if n > mostOfAKind {
				return &jaga.Error{Code: jaga.CodeConflict, Field: "what", Msg: fmt.Sprintf("add clock: the case has %d of the kind", mostOfAKind)}
			}
			c.What = fmt.Sprintf("%s.%d", kind, n)
		}
		if State(r.State) == StateClosed {
			if err := s.change(tx, r, actor, FollowedUp, Data{}, ""); err != nil {
				return err
			}
		}
		c.Case = id
		if err := s.setClockFor(tx, r, actor, c, reason); err != nil {
			return err
		}
		if kind != ClockLetter || r.Gold != 0 || s.opt.Preserve == nil {
			return nil
		}
		return s.opt.Preserve(tx, actor, c, reason)
	})
	return c, err
}

// MeetClock says that what a clock is about was done, in the caller's
// transaction.
func (s *Service) MeetClock(tx *store.Tx, actor string, id int64, what, profile string) error {
	return s.within(tx, actor, id, func(r *caseRow) error {
		return s.endClock(tx, r, actor, Clock{Case: id, What: what, Profile: profile}, ClockMet, Data{}, "")
	})
}

// EndClock says that what a clock is about was done, or that it need not be, which
// takes a reason; the reason is sealed. of names the clock: its case, which is id
// or was merged into it, what and profile.
func (s *Service) EndClock(ctx context.Context, actor string, id int64, of Clock, met bool, reason string) error {
	reason = strings.TrimSpace(reason)
	if err := checkText("reason", reason, MaxText); err != nil {
		return err
	}
	kind := ClockMet
	if !met {
		kind = ClockDropped
		if reason == "" {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "reason", Msg: "end clock: say why it need not be met"}
		}
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		ids, err := members(tx, id)
		if err != nil {
			return err
		}
		if !slices.Contains(ids, of.Case) {
			return noClock()
		}
		return s.endClock(tx, r, actor, of, kind, Data{}, reason)
	})
}

func noClock() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "clock", Msg: "end clock: no such clock runs on the case"}
}

// endClock ends a clock of the case of r, or of one that was merged into it.
func (s *Service) endClock(tx *store.Tx, r *caseRow, actor string, c Clock, kind EventKind, d Data, text string) error {
	one := r
	if c.Case != r.ID {
		part, err := load(tx, c.Case)
		if err != nil {
			return err
		}
		one = &part
	}
	ended := map[EventKind]ClockState{ClockMet: ClockIsMet, ClockDropped: ClockIsOff}[kind]
	n, err := tx.Exec(`UPDATE case_clocks SET met_at = $1, ended = $2 WHERE case_id = $3 AND what = $4 AND profile = $5 AND met_at = 0`,
		max(tx.Now(), 1), string(ended), c.Case, c.What, c.Profile)
	if err == nil && n == 0 {
		err = noClock()
	}
	if err != nil {
		return err
	}
	d.Clock, d.Profile = c.What, c.Profile
	if err := s.change(tx, one, actor, kind, d, text); err != nil {
		return err
	}
	if err := s.dueUp(tx, one); err != nil || one == r {
		return err
	}
	return s.due(tx, r)
}

// dueUp is due for a case and for those that it is part of.
func (s *Service) dueUp(tx *store.Tx, r *caseRow) error {
	if err := s.due(tx, r); err != nil {
		return err
	}
	for into := r.MergedInto; into > 0; {
		up, err := load(tx, into)
		if err != nil {
			return err
		}
		if err := s.due(tx, &up); err != nil {
			return err
		}
		into = up.MergedInto
	}
	return nil
}

// due writes the earliest time by which something has to be done on a case, or
// on one that was merged into it.
func (s *Service) due(tx *store.Tx, r *caseRow) error {
	ids, err := members(tx, r.ID)
	if err != nil {
		return err
	}
	r.DueAt = 0
	for _, id := range ids {
		at, err := store.One[int64](tx, `SELECT COALESCE(MIN(due_at), 0) FROM case_clocks WHERE case_id = $1 AND met_at = 0`, id)
		if err != nil {
			return err
		}
		if at > 0 && (r.DueAt == 0 || at < r.DueAt) {
			r.DueAt = at
		}
	}
	_, err = tx.Exec(`UPDATE cases SET due_at = $1 WHERE id = $2`, r.DueAt, r.ID)
	return err
}

// startClocks starts those that come with a finding. One that runs already is
// set anew only when it ends earlier now: a case that became more urgent is due
// sooner, and never later. One that was met stays met; one that was dropped starts
// anew, because what it was dropped for is not all that there is any more.
func (s *Service) startClocks(tx *store.Tx, r *caseRow, f Finding) error {
	if s.opt.Clocks == nil {
		return nil
	}
	for _, c := range s.opt.Clocks(f, time.UnixMicro(tx.Now())) {
		if err := c.check(); err != nil {
			return err
		}
		later, err := store.One[int64](tx, `SELECT COUNT(*) FROM case_clocks WHERE case_id = $1 AND what = $2 AND profile = $3 AND (ended = 'met' OR ended = '' AND due_at <= $4)`,
			r.ID, c.What, c.Profile, c.Due.UnixMicro())
		if err != nil {
			return err
		}
		if later > 0 {
			continue
		}
		if err := s.setClock(tx, r, "system", c); err != nil {
			return err
		}
	}
	return nil
}

// Clocks lists the clocks of a case and of those merged into it, the earliest
// first.
func (s *Service) Clocks(ctx context.Context, id int64) (out []Clock, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) { out, err = s.clocks(tx, id); return err })
	return out, err
}

func (s *Service) clocks(tx *store.Tx, id int64) (out []Clock, err error) {
	type row struct {
		Case            int64
		What, Profile   string
		Start, Due, Met int64
		Ended           string
		Words           []byte
	}
	rows, err := store.All[row](tx, `WITH RECURSIVE m(id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT c.id FROM cases c JOIN m ON c.merged_into = m.id)
		SELECT k.case_id, k.what, k.profile, k.start_at, k.due_at, k.met_at, k.ended, k.words FROM case_clocks k JOIN m ON m.id = k.case_id ORDER BY k.due_at, k.what, k.profile, k.case_id`, id)
	for _, r := range rows {
		c := Clock{What: r.What, Profile: r.Profile, Start: time.UnixMicro(r.Start), Due: time.UnixMicro(r.Due), Case: r.Case}
		switch {
		case r.Met == 0:
		case r.Ended == string(ClockIsOff):
			c.Dropped = time.UnixMicro(r.Met)
		default:
			c.Met = time.UnixMicro(r.Met)
		}
		if len(r.Words) > 0 {
			text, err := s.keys.Open(purpose("clock", r.Case), r.Words)
			if err != nil {
				return nil, err
			}
			var w clockWords
			if err := json.Unmarshal(text, &w); err != nil {
				return nil, fmt.Errorf("stored clock of case %d: %w", r.Case, err)
			}
			c.Authority, c.Letter = w.Authority, w.Letter
		}
		out = append(out, c)
	}
	return out, err
}

// running are the clocks of a case, and of those merged into it, that run.
func (s *Service) running(tx *store.Tx, id int64) ([]Clock, error) {
	all, err := s.clocks(tx, id)
	return slices.DeleteFunc(all, func(c Clock) bool { return !c.Runs() }), err
}
