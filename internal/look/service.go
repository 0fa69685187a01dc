package look

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Options configure a Service.
type Options struct {
	// Now is the wall clock, and Mono the time since some beginning by a clock
	// that nobody can set; nil are those of the machine.
	Now  func() time.Time
	Mono func() time.Duration
	// Work says what a person has to do with a case; it is asked before a session
	// is opened, before anything is shown in it, and before bytes are sent. nil
	// lets everybody look for every purpose.
	Work func(ctx context.Context, tx *store.Tx, actor string, caseID int64) (Work, error)
}

// Service keeps view sessions and exposure. It is safe for concurrent use, by
// one process at a time.
type Service struct {
	db    *store.DB
	clock *clock
	work  func(ctx context.Context, tx *store.Tx, actor string, caseID int64) (Work, error)

	mu      sync.Mutex
	running map[int64]*running // reveals, by id
}

// running is what is known of a reveal by the monotonic clock only.
type running struct {
	person string
	beat   time.Duration // of the last beat
	on     bool          // something was on the screen from then on
	clear  bool          // without blur
	loud   bool          // with sound

	served   bool // bytes were sent, first at servedAt
	servedAt time.Duration
	sent     sent
}

// New returns a service over the database. Reveals that a process before it left
// running are ended at their last beats.
func New(ctx context.Context, db *store.DB, opt Options) (*Service, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Mono == nil {
		began := time.Now()
		opt.Mono = func() time.Duration { return time.Since(began) }
	}
	s := &Service{db: db, work: opt.Work, running: map[int64]*running{}}
	var latest int64
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		latest, err = store.One[int64](tx, `SELECT at FROM look_clock WHERE id = 1`)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.clock = newClock(opt.Now, opt.Mono, time.UnixMicro(latest))
	_, err = s.Sweep(ctx)
	return s, err
}

// Purpose is why somebody looks.
type Purpose string

// The purposes. Those of the first line are the team's one look at a file; the
// others are further looks, each with a reason of its own.
const (
	Triage, Review Purpose = "triage", "review"
	SecondReview   Purpose = "second_review"
	Report         Purpose = "report"    // what a report must say cannot be said otherwise
	Appeal         Purpose = "appeal"    // somebody asks for the decision to be looked at again
	Quality        Purpose = "quality"   // the quality of decisions is checked
	Authority      Purpose = "authority" // an authority asks, by order or letter
	Integrity      Purpose = "integrity" // whether the evidence can be read is in doubt
)

// Purposes lists the purposes.
func Purposes() []Purpose {
	return []Purpose{Triage, Review, SecondReview, Report, Appeal, Quality, Authority, Integrity}
}

// First reports whether the purpose is one for a file that nobody decided yet.
func (p Purpose) First() bool { return p == Triage || p == Review }

// SessionMost is how long a view session lasts at most.
const SessionMost = 15 * time.Minute

// Session is a view session.
type Session struct {
	ID      int64
	Case    int64
	Person  string
	Purpose Purpose
	// NeedsSecond is set where a second person must consent; Second is who did,
	// or empty.
	NeedsSecond bool
	Second      string
	OpenedAt    int64 // microseconds since 1970, as all times
	ExpiresAt   int64
	ClosedAt    int64 // 0 while it is open
}

type sessionRow struct {
	ID, Case            int64
	Person, Purpose     string
	Needs               int64
	Second              string
	Opened, Expires, At int64
}

const sessionColumns = `id, case_id, person, purpose, needs_second, second, opened_at, expires_at, closed_at`

func (r sessionRow) session() Session {
	return Session{r.ID, r.Case, r.Person, Purpose(r.Purpose), r.Needs != 0, r.Second, r.Opened, r.Expires, r.At}
}

// Ask is what a session is asked for.
type Ask struct {
	Case    int64
	Purpose Purpose
	// Life is how long it is to last; 0 is [SessionMost], and more is refused.
	Life time.Duration
	// NeedsSecond is set by the caller for the hardest classes.
	NeedsSecond bool
}

// Subject names a case in custody records.
func Subject(id int64) string { return "case:" + strconv.FormatInt(id, 10) }

// person reports whether an actor is a person: programs look at nothing.
func person(actor string) bool {
	n, ok := strings.CutPrefix(actor, "person:")
	_, err := strconv.ParseInt(n, 10, 64)
	return ok && err == nil
}

func denied(field, msg, hint string) error {
	return &jaga.Error{Code: jaga.CodeDenied, Field: field, Msg: msg, Hint: hint}
}

// Open opens a view session for a person who may look at the files of the case
// for the purpose now, see [Work.Allow]. The caller has made sure that they may
// see the case.
func (s *Service) Open(ctx context.Context, actor string, ask Ask) (Session, error) {
	if ask.Life == 0 {
		ask.Life = SessionMost
	}
	switch {
	case !person(actor):
		return Session{}, denied("actor", "open view session: only people look", "")
	case ask.Case <= 0:
		return Session{}, invalid("case", "open view session: there is no such case")
	case !slices.Contains(Purposes(), ask.Purpose):
		return Session{}, invalid("purpose", "open view session: there is no such purpose")
	case ask.Life < time.Second || ask.Life > SessionMost:
		return Session{}, invalid("life", "open view session: it lasts at most %s", SessionMost)
	}
	now, _ := s.clock.now()
	out := Session{Case: ask.Case, Person: actor, Purpose: ask.Purpose, NeedsSecond: ask.NeedsSecond, OpenedAt: now.UnixMicro(), ExpiresAt: now.Add(ask.Life).UnixMicro()}
	err := s.db.Bulk(ctx, func(tx *store.Tx) (err error) {
		if err := s.allow(ctx, tx, actor, ask.Case, ask.Purpose); err != nil {
			return err
		}
		if out.ID, err = store.One[int64](tx, `INSERT INTO look_sessions (case_id, person, purpose, needs_second, opened_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
			out.Case, out.Person, string(out.Purpose), bit(out.NeedsSecond), out.OpenedAt, out.ExpiresAt); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: actor, Action: "look.open", Subject: Subject(out.Case), Detail: map[string]string{
			"session": id(out.ID), "purpose": string(out.Purpose), "second": strconv.FormatBool(out.NeedsSecond), "seconds": id(int64(ask.Life / time.Second))}})
	})
	return out, err
}

func id(n int64) string { return strconv.FormatInt(n, 10) }

func bit(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

// Session returns a session.
func (s *Service) Session(ctx context.Context, session int64) (out Session, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out, err = find(tx, session)
		return err
	})
	return out, err
}

func find(tx *store.Tx, session int64) (Session, error) {
	rows, err := store.All[sessionRow](tx, `SELECT `+sessionColumns+` FROM look_sessions WHERE id = $1`, session)
	if err != nil {
		return Session{}, err
	}
	if len(rows) == 0 {
		return Session{}, &jaga.Error{Code: jaga.CodeNotFound, Field: "session", Msg: "there is no such view session"}
	}
	return rows[0].session(), nil
}

// live returns a session of the actor that is open now.
func live(tx *store.Tx, actor string, session, now int64) (Session, error) {
	v, err := find(tx, session)
	switch {
	case err != nil:
		return v, err
	case v.Person != actor:
		return v, denied("session", "the view session is another person's", "open one of your own")
	case v.ClosedAt != 0 || now >= v.ExpiresAt:
		return v, &jaga.Error{Code: jaga.CodeConflict, Field: "expired", Msg: "the view session is over", Hint: "open a new one"}
	}
	return v, nil
}

// Consent is the second person's consent to a session of somebody else.
func (s *Service) Consent(ctx context.Context, actor string, session int64) error {
	if !person(actor) {
		return denied("actor", "consent to view session: only people can", "")
	}
	now, _ := s.clock.now()
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		v, err := find(tx, session)
		switch {
		case err != nil:
			return err
		case v.Person == actor:
			return denied("second", "consent to view session: it must be another person", "ask a colleague")
		case !v.NeedsSecond || v.Second != "":
			return &jaga.Error{Code: jaga.CodeConflict, Field: "second", Msg: "consent to view session: none is needed any more"}
		case v.ClosedAt != 0 || now.UnixMicro() >= v.ExpiresAt:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "expired", Msg: "the view session is over"}
		}
		n, err := tx.Exec(`UPDATE look_sessions SET second = $1, second_at = $2 WHERE id = $3 AND second = ''`, actor, now.UnixMicro(), session)
		if err != nil {
			return err
		}
		if n == 0 {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "second", Msg: "consent to view session: none is needed any more"}
		}
		return tx.Record(custody.Event{Actor: actor, Action: "look.consent", Subject: Subject(v.Case), Detail: map[string]string{"session": id(session), "for": v.Person}})
	})
}

// Waiting lists the sessions of other people that wait for a second person, the
// newest first, at most 50. Which of them the actor may know of is for the caller
// to say.
func (s *Service) Waiting(ctx context.Context, actor string) (out []Session, err error) {
	now, _ := s.clock.now()
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[sessionRow](tx, `SELECT `+sessionColumns+` FROM look_sessions WHERE opened_at > $1 AND expires_at > $2 AND closed_at = 0 AND needs_second = 1 AND second = '' AND person <> $3 ORDER BY id DESC LIMIT 50`,
			now.Add(-SessionMost).UnixMicro(), now.UnixMicro(), actor)
		for _, r := range rows {
			out = append(out, r.session())
		}
		return err
	})
	return out, err
}

// Over reports whether a session has ended, by being closed or by its time.
func (s *Service) Over(v Session) bool {
	now, _ := s.clock.now()
	return v.ClosedAt != 0 || now.UnixMicro() >= v.ExpiresAt
}

// Close ends a session and what is still shown in it. Closing it twice is one
// closing.
func (s *Service) Close(ctx context.Context, actor string, session int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, _ := s.clock.now()
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		v, err := find(tx, session)
		switch {
		case err != nil:
			return err
		case v.Person != actor:
			return denied("session", "the view session is another person's", "")
		case v.ClosedAt != 0:
			return nil
		}
		if err := s.endOpen(tx, `session_id = $1`, session); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE look_sessions SET closed_at = $1 WHERE id = $2`, now.UnixMicro(), session); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: actor, Action: "look.close", Subject: Subject(v.Case), Detail: map[string]string{"session": id(session)}})
	})
}

var keyText = regexp.MustCompile(`^[0-9a-f]{32,128}$`)
