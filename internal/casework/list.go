package casework

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Case is a case as lists show it.
type Case struct {
	ID int64
	Status
	OpenedAt, DueAt int64 // microseconds; DueAt is the earliest clock that runs, 0 for none
	// LeasedBy has the case until LeasedUntil, in microseconds; empty when
	// nobody has.
	LeasedBy    string
	LeasedUntil int64
}

func (r caseRow) view(now int64) Case {
	c := Case{ID: r.ID, Status: r.status(), OpenedAt: r.OpenedAt, DueAt: r.DueAt}
	if r.Ready == 2 && r.LeaseUntil > now {
		c.LeasedBy, c.LeasedUntil = r.LeaseBy, r.LeaseUntil
	}
	return c
}

// Get returns a case. One that was merged says into which, and Root is the case
// that its links lead to.
func (s *Service) Get(ctx context.Context, id int64) (c Case, root int64, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[caseRow](tx, `SELECT `+caseColumns+` FROM cases WHERE id = $1`, id)
		if err == nil && len(rows) == 0 {
			err = notThere()
		}
		if err != nil {
			return err
		}
		c = rows[0].view(tx.Now())
		root, err = resolve(tx, id)
		return err
	})
	return c, root, err
}

// Order is the order of a list.
type Order string

// The orders of lists.
const (
	ByRisk   Order = "risk"   // most urgent first, in each risk the band urgent, then the oldest; the default
	ByDue    Order = "due"    // what is due first; cases without a clock are left out
	ByUpdate Order = "update" // what changed last first
)

// Filter chooses cases; what is empty does not restrict.
type Filter struct {
	Queues   []string  `json:"queues,omitempty"`
	States   []State   `json:"states,omitempty"`
	Open     bool      `json:"open,omitempty"` // all that is not closed
	Form     jaga.Form `json:"form,omitempty"`
	Risk     Risk      `json:"risk,omitempty"` // this one or a more urgent one
	Assignee string    `json:"assignee,omitempty"`
	With     string    `json:"with,omitempty"` // assigned to this person, or in their hands now
	Outcome  Outcome   `json:"outcome,omitempty"`
	Held     bool      `json:"held,omitempty"`    // only those on hold
	Overdue  bool      `json:"overdue,omitempty"` // only those past a clock
	Waits    bool      `json:"waits,omitempty"`   // only those that somebody can take now
	// Unacknowledged chooses escalations that nobody confirmed.
	Unacknowledged bool `json:"unacknowledged,omitempty"`
	// Real leaves gold cases out, for what leaves the house.
	Real bool `json:"-"`
	// Words must all be in the case, as whole words; see docs/cases.md for
	// what is indexed. A search also finds cases that were merged.
	Words string `json:"words,omitempty"`
	Order Order  `json:"order,omitempty"`
	// After is the place where the page before ended.
	After *Place `json:"-"`
	Limit int    `json:"-"` // at most 500; 0 is 50
}

// Place is where a page ends. Rank is where the case stands by risk and band, 0 in
// lists that are not in the order of risk.
type Place struct{ Rank, At, ID int64 }

// Page is part of a list. Next is nil on the last one.
type Page struct {
	Cases []Case
	Next  *Place
}

func bound(limit int) int64 {
	if limit <= 0 {
		return 50
	}
	return int64(min(limit, 500))
}

func (s *Service) where(tx *store.Tx, f Filter) (string, []any, error) {
	var where []string
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	among := func(column string, list []string) {
		if len(list) > 0 {
			marks := make([]string, len(list))
			for i, v := range list {
				marks[i] = arg(v)
			}
			where = append(where, column+" IN ("+strings.Join(marks, ", ")+")")
		}
	}
	if len(f.Queues)+len(f.States) > 100 {
		return "", nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "filter", Msg: "list cases: it names more than 100 queues and states"}
	}
	among("c.queue", f.Queues)
	var states []string
	for _, st := range f.States {
		states = append(states, string(st))
	}
	among("c.state", states)
	if f.Open {
		where = append(where, "c.state <> 'closed'")
	}
	if f.Form != "" {
		where = append(where, "c.form = "+arg(string(f.Form)))
	}
	if f.Risk != 0 {
		where = append(where, "c.risk <= "+arg(int64(f.Risk)))
	}
	if f.Assignee != "" {
		where = append(where, "c.assignee <> '' AND c.assignee = "+arg(f.Assignee))
	}
	if f.With != "" {
		p := arg(f.With)
		where = append(where, "(c.assignee <> '' AND c.assignee = "+p+" OR c.ready = 2 AND c.lease_by = "+p+" AND c.lease_until > "+arg(tx.Now())+")")
	}
	if f.Outcome != "" {
		where = append(where, "c.outcome = "+arg(string(f.Outcome)))
	}
	if f.Real {
		where = append(where, "c.gold = 0")
	}
	if f.Held {
		where = append(where, "c.held = 1")
	}
	if f.Waits {
		where = append(where, "(c.ready = 1 OR c.ready = 2 AND c.lease_until <= "+arg(tx.Now())+")")
	}
	if f.Overdue {
		where = append(where, "c.due_at > 0 AND c.due_at < "+arg(tx.Now()))
	}
	if f.Unacknowledged {
		where = append(where, "c.assignee <> '' AND c.escalated <> '' AND c.acknowledged = 0")
	}
	asked := s.asked(f.Words)
	if strings.TrimSpace(f.Words) != "" && len(asked) == 0 {
		return "", nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "words", Msg: "search: write a word of at least two letters or digits"}
	}
	if len(asked) > 20 {
		return "", nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "words", Msg: "search: there are more than 20 words"}
	}
	for _, w := range asked {
		where = append(where, "c.id IN (SELECT case_id FROM case_words WHERE word = "+arg(w)+")")
	}
	if len(asked) == 0 {
		where = append(where, "c.merged_into = 0")
	}
	return strings.Join(where, " AND "), args, nil
}

// List returns a page of cases.
func (s *Service) List(ctx context.Context, f Filter) (p Page, err error) {
	p.Cases = []Case{}
	limit := bound(f.Limit)
	err = s.db.View(ctx, func(tx *store.Tx) error {
		where, args, err := s.where(tx, f)
		if err != nil {
			return err
		}
		after, order := "", rankOf+", c.opened_at, c.id"
		place := func(c caseRow) *Place { return &Place{rank(c.Risk, c.Band), c.OpenedAt, c.ID} }
		n := len(args)
		switch f.Order {
		case ByRisk, "":
			if f.After != nil {
				after = fmt.Sprintf(" AND "+rankOf+" >= $%d AND ("+rankOf+", c.opened_at, c.id) > ($%d, $%d, $%d)", n+1, n+1, n+2, n+3)
				args = append(args, f.After.Rank, f.After.At, f.After.ID)
			}
		case ByDue:
			order, after = "c.due_at, c.id", " AND c.due_at > 0"
			place = func(c caseRow) *Place { return &Place{0, c.DueAt, c.ID} }
			if f.After != nil {
				after += fmt.Sprintf(" AND (c.due_at, c.id) > ($%d, $%d)", n+1, n+2)
				args = append(args, f.After.At, f.After.ID)
			}
		case ByUpdate:
			order = "c.updated_at DESC, c.id DESC"
			place = func(c caseRow) *Place { return &Place{0, c.UpdatedAt, c.ID} }
			if f.After != nil {
				after = fmt.Sprintf(" AND (c.updated_at, c.id) < ($%d, $%d)", n+1, n+2)
				args = append(args, f.After.At, f.After.ID)
			}
		default:
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "order", Msg: "list cases: there is no such order"}
		}
		args = append(args, limit+1)
		rows, err := store.All[caseRow](tx, `SELECT `+caseColumns+` FROM cases c WHERE `+where+after+` ORDER BY `+order+fmt.Sprintf(" LIMIT $%d", len(args)), args...)
		if err != nil {
			return err
		}
		if int64(len(rows)) > limit {
			rows = rows[:limit]
			p.Next = place(rows[limit-1])
		}
		for _, r := range rows {
			p.Cases = append(p.Cases, r.view(tx.Now()))
		}
		return nil
	})
	return p, err
}

// pages reads a page over a case and all that were merged into it: the rows
// of each come in the order of their numbers.
func pages[T any](tx *store.Tx, id int64, limit int, read func(member, limit int64) ([]T, error), key func(T) int64) ([]T, error) {
	ids, err := members(tx, id)
	if err != nil {
		return nil, err
	}
	var all []T
	for _, m := range ids {
		rows, err := read(m, bound(limit))
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return all[:min(int64(len(all)), bound(limit))], nil
}

// Linked is a finding of a case.
type Linked struct {
	ID, Case              int64 // Case is the one that it came to, which may have been merged
	Kind                  Kind
	Ref                   string
	At                    int64 // microseconds
	Form                  jaga.Form
	Band                  jaga.Band
	Risk                  Risk
	Account, Conversation string
	Source                string
	HasText               bool
}

// Findings lists the findings of a case, and of those merged into it, in the
// order in which they came. after is the last one of the page before.
func (s *Service) Findings(ctx context.Context, id, after int64, limit int) (out []Linked, err error) {
	type row struct {
		ID, Case              int64
		Kind, Ref             string
		At                    int64
		Form                  string
		Band, Risk            int64
		Account, Conversation string
		Source                string
		HasText               int64
	}
	out = []Linked{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := pages(tx, id, limit, func(member, limit int64) ([]row, error) {
			return store.All[row](tx, `SELECT id, case_id, kind, ref, at, form, band, risk, account, conversation, source, CASE WHEN sealed IS NULL THEN 0 ELSE 1 END
				FROM case_findings WHERE case_id = $1 AND id > $2 ORDER BY id LIMIT $3`, member, after, limit)
		}, func(r row) int64 { return r.ID })
		for _, r := range rows {
			out = append(out, Linked{r.ID, r.Case, Kind(r.Kind), r.Ref, r.At, jaga.Form(r.Form), jaga.Band(r.Band), Risk(r.Risk), r.Account, r.Conversation, r.Source, r.HasText != 0})
		}
		return err
	})
	return out, err
}

// FindingText opens what a reporter wrote, and records who read it.
func (s *Service) FindingText(ctx context.Context, actor string, id, finding int64) (text string, err error) {
	err = s.db.Update(ctx, custody.Event{Actor: actor, Action: "case.read_text", Subject: Subject(id), Detail: map[string]string{"finding": fmt.Sprint(finding)}}, func(tx *store.Tx) error {
		type row struct {
			Case   int64
			Sealed []byte
		}
		rows, err := store.All[row](tx, `SELECT case_id, sealed FROM case_findings WHERE id = $1`, finding)
		if err != nil {
			return err
		}
		ids, err := members(tx, id)
		if err != nil {
			return err
		}
		if len(rows) == 0 || !slices.Contains(ids, rows[0].Case) {
			return &jaga.Error{Code: jaga.CodeNotFound, Field: "finding", Msg: "the case has no such finding"}
		}
		if len(rows[0].Sealed) == 0 {
			return nil
		}
		plain, err := s.keys.Open(findingPurpose(finding), rows[0].Sealed)
		text = string(plain)
		return err
	})
	return text, err
}

// Logged is an event of a case as it is stored.
type Logged struct {
	ID, Case int64
	Event
	HasText bool // somebody gave a reason
}

// Events lists the events of a case, and of those merged into it, oldest first.
// after is the last one of the page before.
func (s *Service) Events(ctx context.Context, id, after int64, limit int) (out []Logged, err error) {
	out = []Logged{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := pages(tx, id, limit, func(member, limit int64) ([]eventRow, error) {
			return store.All[eventRow](tx, `SELECT `+eventColumns+` FROM case_events WHERE case_id = $1 AND id > $2 ORDER BY id LIMIT $3`, member, after, limit)
		}, func(r eventRow) int64 { return r.ID })
		if err != nil {
			return err
		}
		for _, r := range rows {
			e, err := r.event()
			if err != nil {
				return err
			}
			out = append(out, Logged{r.ID, r.Case, e, len(r.Sealed) > 0})
		}
		return nil
	})
	return out, err
}

// Reason opens what a person gave as a reason with an event, and records who
// read it.
func (s *Service) Reason(ctx context.Context, actor string, event int64) (text string, err error) {
	err = s.db.Update(ctx, custody.Event{Actor: actor, Action: "case.read_reason", Subject: fmt.Sprintf("case_event:%d", event)}, func(tx *store.Tx) error {
		rows, err := store.All[eventRow](tx, `SELECT `+eventColumns+` FROM case_events WHERE id = $1`, event)
		if err == nil && len(rows) == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "event", Msg: "there is no such event"}
		}
		if err != nil || len(rows[0].Sealed) == 0 {
			return err
		}
		plain, err := s.keys.Open(purpose("event", rows[0].Case), rows[0].Sealed)
		text = string(plain)
		return err
	})
	return text, err
}

type eventRow struct {
	ID, Case, Seq, At int64
	Actor, Kind, Data string
	Sealed            []byte
}

const eventColumns = `id, case_id, seq, at, actor, kind, data, sealed`

func (r eventRow) event() (Event, error) {
	e := Event{Seq: r.Seq, At: r.At, Actor: r.Actor, Kind: EventKind(r.Kind)}
	if err := json.Unmarshal([]byte(r.Data), &e.Data); err != nil {
		return e, fmt.Errorf("stored event %d: %w", r.ID, err)
	}
	return e, nil
}

// Related lists the cases that have something in common with a case and are
// not part of it, or were split from it; links of merged ones lead on.
func (s *Service) Related(ctx context.Context, id int64) (out []int64, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		ids, err := members(tx, id)
		if err != nil {
			return err
		}
		for _, m := range ids {
			others, err := store.All[int64](tx, `SELECT other_id FROM case_related WHERE case_id = $1 UNION SELECT case_id FROM case_related WHERE other_id = $1`, m)
			if err != nil {
				return err
			}
			for _, o := range others {
				root, err := resolve(tx, o)
				if err != nil {
					return err
				}
				if root != id && !slices.Contains(out, root) {
					out = append(out, root)
				}
			}
		}
		slices.Sort(out)
		return nil
	})
	return out, err
}

// Check replays the events of a case and returns an error when its row says
// something else than they do: then one of them was changed.
func (s *Service) Check(ctx context.Context, id int64) error {
	return s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[caseRow](tx, `SELECT `+caseColumns+` FROM cases WHERE id = $1`, id)
		if err == nil && len(rows) == 0 {
			err = notThere()
		}
		if err != nil {
			return err
		}
		logged, err := store.All[eventRow](tx, `SELECT `+eventColumns+` FROM case_events WHERE case_id = $1 ORDER BY seq`, id)
		if err != nil {
			return err
		}
		var events []Event
		for _, l := range logged {
			e, err := l.event()
			if err != nil {
				return err
			}
			events = append(events, e)
		}
		status, err := Replay(events)
		if err == nil && status != rows[0].status() {
			err = fmt.Errorf("the row says %+v, the events %+v", rows[0].status(), status)
		}
		if err != nil {
			return &jaga.Error{Code: jaga.CodeUnavailable, Field: "case", Msg: fmt.Sprintf("case %d does not agree with its events: %v", id, err), Err: err}
		}
		return nil
	})
}
