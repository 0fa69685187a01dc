package casework

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// Options configure a [Service].
type Options struct {
	// Key is the installation's secret, at least 16 bytes, required.
	Key []byte
	// Lease is how long a person has a case without renewing; 0 is 10
	// minutes.
	Lease time.Duration
	// Undo is how long a decision can be taken back, during which nothing
	// goes out; 0 is 5 minutes. Where a child is in danger now it is a tenth.
	Undo time.Duration
	// Window is how long after its last finding a case still takes
	// another one; 0 is 30 days.
	Window time.Duration
	// Most is how many findings a case takes before another one is opened;
	// 0 is 50,000.
	Most int64
	// SecondPercent is the share of cases that get a second review although
	// no rule asks for it, 0 to 100.
	SecondPercent int
	// Second replaces the rule for which decisions need a second person
	// besides the share; nil is [NeedsSecond].
	Second func(d Decision, first bool) bool
	// Reports says whether the action of this name is a report to somebody
	// outside; the first one of an installation always needs a second person.
	// nil takes "report" and all that begins with "report.".
	Reports func(action string) bool
	// Clocks returns the clocks that start with a finding, as the profiles of
	// the installation have it; nil is none.
	Clocks func(f Finding, now time.Time) []Clock
	// Seen counts the files of a case and those that somebody viewed, for what a
	// decision may say of them; nil is for installations that keep no files.
	Seen func(tx *store.Tx, id int64) (Seen, error)
	// Changed is called after every event of a case, in its transaction, with
	// how the case stands then; an error of it undoes the change. It is not
	// called for gold cases, of which nothing goes out. nil does nothing.
	Changed func(tx *store.Tx, id int64, now Status, e Event) error
	// Follows returns what a final decision brings with it besides what the
	// person asked for, such as telling others of it and taking back what was
	// done before; it goes into the outbox with the rest. o says what was
	// decided, and no action. It is not called for gold cases. nil is nothing.
	Follows func(tx *store.Tx, o Outgoing) ([]string, error)
	// Preserve holds what a letter asks to preserve in the case of the clock; it
	// is called in the transaction that starts the clock, and an error of it
	// undoes that. It is not called for gold cases. nil does nothing.
	Preserve func(tx *store.Tx, actor string, letter Clock, reason string) error
	// Receiver names a receiver of a law profile in force; nil knows none.
	Receiver func(profile, receiver string) (name string, ok bool)
	// KeepReference is until when laws have the reference of a report kept that
	// was sent at a time; zero where none says so. nil is zero.
	KeepReference func(sent time.Time) time.Time
	// KeepClosed is how long a closed case still needs its findings; 0 is 365
	// days.
	KeepClosed time.Duration
}

// Service keeps cases. It is safe for concurrent use, and by several processes
// on one database.
type Service struct {
	db   *store.DB
	opt  Options
	keys *keys

	// acts holds one value while an act on a case runs: acts of this process
	// queue here and not in the database, so that whoever asks for a case
	// waits for one of them at most.
	acts chan struct{}

	keepClosed atomic.Int64 // a time.Duration

	mu      sync.Mutex // guards the following
	wanting []*want    // people who wait for a case
	serving bool
}

// Open returns a service.
func Open(db *store.DB, opt Options) (*Service, error) {
	k, err := newKeys(opt.Key)
	if err != nil {
		return nil, err
	}
	if opt.SecondPercent < 0 || opt.SecondPercent > 100 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "second_percent", Msg: "open cases: the share of second reviews is not between 0 and 100"}
	}
	opt.Lease = cmp.Or(max(opt.Lease, 0), 10*time.Minute)
	opt.Undo = cmp.Or(max(opt.Undo, 0), 5*time.Minute)
	opt.Window = cmp.Or(max(opt.Window, 0), 30*24*time.Hour)
	opt.KeepClosed = cmp.Or(max(opt.KeepClosed, 0), 365*24*time.Hour)
	opt.Most = cmp.Or(max(opt.Most, 0), 50_000)
	if opt.Second == nil {
		opt.Second = NeedsSecond
	}
	if opt.Reports == nil {
		opt.Reports = func(a string) bool { return a == "report" || strings.HasPrefix(a, "report.") }
	}
	s := &Service{db: db, opt: opt, keys: k, acts: make(chan struct{}, 1)}
	s.KeepClosed(opt.KeepClosed)
	return s, nil
}

// KeepClosed sets how long a closed case still needs its findings.
func (s *Service) KeepClosed(d time.Duration) { s.keepClosed.Store(int64(d)) }

// Subject names a case in custody records.
func Subject(id int64) string { return "case:" + strconv.FormatInt(id, 10) }

// caseRow is a row of cases.
type caseRow struct {
	ID                                  int64
	State                               string
	Round, Cycle                        int64
	Queue, Form                         string
	Band, Risk                          int64
	Path                                string
	Held, HoldUntil                     int64
	Assignee, Escalated                 string
	Acknowledged, MergedInto            int64
	Outcome                             string
	Findings, Events                    int64
	OpenedAt, UpdatedAt, FoundAt, DueAt int64
	Gold, Ready                         int64
	LeaseBy                             string
	LeaseUntil, Fence                   int64
}

const caseColumns = `id, state, round, cycle, queue, form, band, risk, path, held, hold_until, assignee, escalated, acknowledged, merged_into, outcome,
	findings, events, opened_at, updated_at, found_at, due_at, gold, ready, lease_by, lease_until, fence`

func (r caseRow) status() Status {
	return Status{State: State(r.State), Round: r.Round, Cycle: r.Cycle, Queue: r.Queue, Form: jaga.Form(r.Form), Band: jaga.Band(r.Band), Risk: Risk(r.Risk),
		Path: r.Path, Held: r.Held != 0, HoldUntil: r.HoldUntil, Assignee: r.Assignee, Escalated: r.Escalated, Acknowledged: r.Acknowledged != 0,
		MergedInto: r.MergedInto, Outcome: Outcome(r.Outcome), Findings: r.Findings, Events: r.Events, UpdatedAt: r.UpdatedAt}
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// load reads a case to change it. The transaction holds the lock of writers.
func load(tx *store.Tx, id int64) (caseRow, error) { return readRow(tx, id, "{{forupdate}}") }

// peek is load for a transaction that only reads.
func peek(tx *store.Tx, id int64) (caseRow, error) { return readRow(tx, id, "") }

func readRow(tx *store.Tx, id int64, lock string) (caseRow, error) {
	rows, err := store.All[caseRow](tx, `SELECT `+caseColumns+` FROM cases WHERE id = $1 `+lock, id)
	if err == nil && len(rows) == 0 {
		err = notThere()
	}
	if err != nil {
		return caseRow{}, err
	}
	return rows[0], nil
}

func notThere() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "case", Msg: "there is no case of this number"}
}

// resolve follows a case to the one that it was merged into.
func resolve(tx *store.Tx, id int64) (int64, error) {
	for range 1000 {
		into, err := store.All[int64](tx, `SELECT merged_into FROM cases WHERE id = $1`, id)
		if err != nil {
			return 0, err
		}
		if len(into) == 0 {
			return 0, notThere()
		}
		if into[0] == 0 {
			return id, nil
		}
		id = into[0]
	}
	return 0, jaga.Errorf(jaga.CodeInternal, "case %d is merged in a circle", id)
}

// change appends an event to the case of r, stores what follows from it, and
// records it. text is what a person wrote, to be sealed; it may be empty.
// r is changed to the new row.
func (s *Service) change(tx *store.Tx, r *caseRow, actor string, kind EventKind, d Data, text string) error {
	if r.Gold != 0 && (kind == Reporting || kind == Reported) {
		return &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "the case is a made-up one, to see how well people decide; nothing is reported of it"}
	}
	e := Event{Seq: r.Events + 1, At: max(tx.Now(), r.UpdatedAt), Actor: actor, Kind: kind, Data: d}
	next, err := apply(r.status(), e)
	if err != nil {
		return err
	}
	if err := s.write(tx, r.ID, e, text); err != nil {
		return err
	}
	was := *r
	ready := number(next.Workable())
	if ready == 1 && r.Ready == 2 {
		ready = 2 // it stays with whoever has it
	}
	if ready != 2 && r.Ready == 2 {
		r.LeaseBy, r.LeaseUntil = "", 0
	}
	if kind == Joined || kind == Raised {
		r.FoundAt = e.At
	}
	r.State, r.Round, r.Cycle, r.Queue, r.Form, r.Band, r.Risk, r.Path = string(next.State), next.Round, next.Cycle, next.Queue, string(next.Form), int64(next.Band), int64(next.Risk), next.Path
	r.Held, r.HoldUntil, r.Assignee, r.Escalated, r.Acknowledged = number(next.Held), next.HoldUntil, next.Assignee, next.Escalated, number(next.Acknowledged)
	r.MergedInto, r.Outcome, r.Findings, r.Events, r.UpdatedAt, r.Ready = next.MergedInto, string(next.Outcome), next.Findings, next.Events, next.UpdatedAt, ready
	if _, err := tx.Exec(`UPDATE cases SET state = $1, round = $2, cycle = $3, queue = $4, form = $5, band = $6, risk = $7, path = $8, held = $9, hold_until = $10,
		assignee = $11, escalated = $12, acknowledged = $13, merged_into = $14, outcome = $15, findings = $16, events = $17, updated_at = $18, found_at = $19,
		ready = $20, lease_by = $21, lease_until = $22 WHERE id = $23`,
		r.State, r.Round, r.Cycle, r.Queue, r.Form, r.Band, r.Risk, r.Path, r.Held, r.HoldUntil, r.Assignee, r.Escalated, r.Acknowledged, r.MergedInto,
		r.Outcome, r.Findings, r.Events, r.UpdatedAt, r.FoundAt, r.Ready, r.LeaseBy, r.LeaseUntil, r.ID); err != nil {
		return err
	}
	if was.State != "" && (was.Queue != r.Queue || was.MergedInto != r.MergedInto) {
		if err := place(tx, r.ID); err != nil {
			return err
		}
	}
	if err := recount(tx, was, *r); err != nil || r.Gold != 0 {
		return err
	}
	if r.State != was.State {
		if err := tally(tx, e.At, r.State); err != nil {
			return err
		}
	}
	if s.opt.Changed == nil {
		return nil
	}
	return s.opt.Changed(tx, r.ID, r.status(), e)
}

// recount keeps the numbers of cases.
func recount(tx *store.Tx, was, is caseRow) error {
	type place struct {
		Queue, State, Form string
		Risk               int64
	}
	of := func(r caseRow) place {
		if r.Gold != 0 || r.MergedInto != 0 || r.State == "" {
			return place{}
		}
		return place{r.Queue, r.State, r.Form, r.Risk}
	}
	from, to := of(was), of(is)
	if from == to {
		return nil
	}
	for p, n := range map[place]int64{from: -1, to: 1} {
		if p == (place{}) {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO case_counts (queue, state, form, risk, n) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (queue, state, form, risk) DO UPDATE SET n = case_counts.n + excluded.n`, p.Queue, p.State, p.Form, p.Risk, n); err != nil {
			return err
		}
	}
	return nil
}

// write stores an event and its custody record.
func (s *Service) write(tx *store.Tx, id int64, e Event, text string) error {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return err
	}
	var sealed []byte
	if text != "" {
		sealed = s.keys.Seal(purpose("event", id), []byte(text))
	}
	if _, err := tx.Exec(`INSERT INTO case_events (case_id, seq, at, actor, kind, data, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, e.Seq, e.At, e.Actor, string(e.Kind), string(data), sealed); err != nil {
		return err
	}
	tx.Notify("cases", strconv.FormatInt(id, 10))
	detail := map[string]string{"event": strconv.FormatInt(e.Seq, 10)}
	for name, v := range map[string]int64{"decision": e.Data.Decision, "finding": e.Data.Finding, "case": e.Data.Case, "note": e.Data.Note, "report": e.Data.Report, "bulk": e.Data.Bulk} {
		if v != 0 {
			detail[name] = strconv.FormatInt(v, 10)
		}
	}
	return tx.Record(custody.Event{Actor: e.Actor, Action: "case." + string(e.Kind), Subject: Subject(id), Detail: detail})
}

func purpose(what string, id int64) string { return what + " of case " + strconv.FormatInt(id, 10) }

func hourOf(micros int64) int64 { return micros / time.Hour.Microseconds() }

func tally(tx *store.Tx, at int64, what string) error {
	_, err := tx.Exec(`INSERT INTO case_hours (hour, what, n) VALUES ($1, $2, 1) ON CONFLICT (hour, what) DO UPDATE SET n = case_hours.n + 1`, hourOf(at), what)
	return err
}

// do runs one act on one case: it takes the lock of writers, reads the case and
// calls fn.
func (s *Service) do(ctx context.Context, actor string, id int64, fn func(*store.Tx, *caseRow) error) error {
	if err := checkActor(actor); err != nil {
		return err
	}
	select {
	case s.acts <- struct{}{}:
		defer func() { <-s.acts }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.db.Bulk(ctx, func(tx *store.Tx) error { // every act records itself, see write
		if err := tx.Lock(); err != nil {
			return err
		}
		r, err := load(tx, id)
		if err != nil {
			return err
		}
		return fn(tx, &r)
	})
}

func checkActor(actor string) error {
	if actor == "" || len(actor) > 200 || strings.ContainsRune(actor, 0) {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "actor", Msg: "it is not said who does this"}
	}
	return nil
}

var queueName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)

// CheckQueue refuses what is no name of a queue: small letters, digits, - and _, at
// most 40, the first one a letter.
func CheckQueue(name string) error {
	if !queueName.MatchString(name) {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "queue", Msg: "a queue has a short name of small letters, digits, - and _"}
	}
	return nil
}

// Risks lists the risks, the most urgent first.
func Risks() []Risk {
	return []Risk{RiskImminent, RiskLive, RiskThreat, RiskContact, RiskNew, RiskKnown}
}

func checkRisk(r Risk) error {
	if r < RiskImminent || r > RiskKnown {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "risk", Msg: fmt.Sprintf("it is not between %d and %d", RiskImminent, RiskKnown)}
	}
	return nil
}

// checkText bounds what people write.
func checkText(field, text string, most int) error {
	switch {
	case len(text) > most:
		return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: fmt.Sprintf("it is longer than %d bytes", most)}
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: "it is not text"}
	}
	return nil
}

// table is the table of derivations in use.
func table() *taxonomy.Table { return taxonomy.Current() }
