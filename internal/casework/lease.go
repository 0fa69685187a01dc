package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Lease is a case in the hands of one person.
type Lease struct {
	Case  int64
	Actor string
	// Fence numbers the leases of the case. What was decided under an older
	// one is refused.
	Fence int64
	Until time.Time // when it ends unless it is renewed
}

// AgeShare is the reserved capacity: of every AgeShare cases that are handed
// out for the same queues, one is the oldest that waits, whatever its risk.
// Cases that come later are never older, so one that has n older ones before it
// is handed out after at most AgeShare*(n+1) cases.
const AgeShare = 4

// most is how many requests one transaction serves.
const most = 256

// spare is how many more cases are looked at than people ask for, for those
// that somebody skipped.
const spare = 64

// want is a person who asks for a case.
type want struct {
	actor  string
	queues []string // sorted, without repetitions
	key    string   // queues in one text
	lease  Lease
	err    error
	done   chan struct{}
}

// Next hands out the case that is most urgent among those that wait in the
// queues, or, in the reserved share, the oldest; a case that is assigned to the
// person comes first. Whoever has a case of the queues gets that one again. A
// case is never handed to two people, to somebody it is not assigned to, or to
// somebody who skipped it or has decided on it. The error is not_found when
// nothing waits.
//
// Those who ask at the same time are served together, in one transaction.
func (s *Service) Next(ctx context.Context, actor string, queues []string) (Lease, error) {
	if err := checkActor(actor); err != nil {
		return Lease{}, err
	}
	if len(queues) == 0 || len(queues) > 100 {
		return Lease{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "queues", Msg: "name between 1 and 100 queues"}
	}
	for _, q := range queues {
		if err := checkQueue(q); err != nil {
			return Lease{}, err
		}
	}
	queues = slices.Compact(slices.Sorted(slices.Values(queues)))
	w := &want{actor: actor, queues: queues, key: strings.Join(queues, ","), done: make(chan struct{})}
	s.mu.Lock()
	s.wanting = append(s.wanting, w)
	if !s.serving {
		s.serving = true
		go s.serve(context.WithoutCancel(ctx))
	}
	s.mu.Unlock()
	select {
	case <-w.done:
		return w.lease, w.err
	case <-ctx.Done():
		// The case, if there is one, is theirs when they ask again.
		return Lease{}, ctx.Err()
	}
}

// serve serves until nobody waits.
func (s *Service) serve(ctx context.Context) {
	for {
		s.mu.Lock()
		batch := s.wanting[:min(len(s.wanting), most):min(len(s.wanting), most)]
		s.wanting = slices.Clone(s.wanting[len(batch):])
		if len(batch) == 0 {
			s.serving = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		// Two requests of one person are one after the other, so that the
		// second finds the case of the first.
		err := s.db.Bulk(ctx, func(tx *store.Tx) error { return s.hand(tx, batch) })
		for _, w := range batch {
			if err != nil {
				w.lease, w.err = Lease{}, err
			}
			close(w.done)
		}
	}
}

// waiting is a case that can be handed out.
type waiting struct {
	ID, Risk, OpenedAt int64
	Assignee           string
	Fence              int64
}

// hand serves a batch.
func (s *Service) hand(tx *store.Tx, batch []*want) error {
	if err := s.expire(tx); err != nil {
		return err
	}
	type leased struct {
		ID    int64
		Queue string
		By    string
		Fence int64
	}
	had, err := store.All[leased](tx, `SELECT id, queue, lease_by, fence FROM cases WHERE ready = 2`)
	if err != nil {
		return err
	}
	until := tx.Now() + s.opt.Lease.Microseconds()
	taken := map[int64]*want{}
	holds := map[string]*want{} // who is served in this batch already
	open := map[string][]*want{}
	var order []string
	for _, w := range batch {
		w.err = nil
		if first := holds[w.actor]; first != nil && first.key == w.key {
			continue // filled in below
		}
		holds[w.actor] = w
		if i := slices.IndexFunc(had, func(l leased) bool { return l.By == w.actor && slices.Contains(w.queues, l.Queue) }); i >= 0 {
			w.lease = Lease{had[i].ID, w.actor, had[i].Fence, time.UnixMicro(until)}
			taken[had[i].ID] = w
			continue
		}
		if open[w.key] == nil {
			order = append(order, w.key)
		}
		open[w.key] = append(open[w.key], w)
	}
	for _, key := range order {
		if err := s.handQueues(tx, open[key], taken, until); err != nil {
			return err
		}
	}
	if err := giveOut(tx, taken, until); err != nil {
		return err
	}
	for _, w := range batch {
		if first := holds[w.actor]; w.lease.Case == 0 && first.key == w.key {
			w.lease = first.lease
		}
		if w.lease.Case == 0 {
			w.err = &jaga.Error{Code: jaga.CodeNotFound, Field: "queue", Msg: "no case waits in these queues that you have not skipped or decided on"}
		}
	}
	return nil
}

// expire makes cases whose lease has ended wait again.
func (s *Service) expire(tx *store.Tx) error {
	if err := tx.Lock(); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE cases SET ready = 1, lease_by = '', lease_until = 0 WHERE ready = 2 AND lease_until <= $1`, tx.Now())
	return err
}

// handQueues serves people who ask for the same queues.
func (s *Service) handQueues(tx *store.Tx, people []*want, taken map[int64]*want, until int64) error {
	turn, err := store.One[int64](tx, `INSERT INTO case_turns (queues, n) VALUES ($1, $2) ON CONFLICT (queues) DO UPDATE SET n = case_turns.n + $2 RETURNING n`, people[0].key, int64(len(people)))
	if err != nil {
		return err
	}
	turn -= int64(len(people))
	limit := int64(len(people) + spare)
	var byRisk, byAge, mine []waiting
	for _, q := range people[0].queues {
		for _, list := range []struct {
			to    *[]waiting
			where string
			order string
		}{{&byRisk, `assignee = ''`, `risk, opened_at, id`}, {&byAge, `assignee = ''`, `opened_at, id`}, {&mine, `assignee <> ''`, `risk, opened_at, id`}} {
			rows, err := store.All[waiting](tx, `SELECT id, risk, opened_at, assignee, fence FROM cases WHERE queue = $1 AND ready = 1 AND `+list.where+` ORDER BY `+list.order+` LIMIT $2`, q, limit)
			if err != nil {
				return err
			}
			*list.to = append(*list.to, rows...)
		}
	}
	slices.SortFunc(byRisk, beforeByRisk)
	slices.SortFunc(byAge, beforeByAge)
	slices.SortFunc(mine, beforeByRisk)
	barred, err := barredFrom(tx, byRisk, byAge, mine)
	if err != nil {
		return err
	}
	for _, w := range people {
		may := func(c waiting) bool {
			return taken[c.ID] == nil && (c.Assignee == "" || c.Assignee == w.actor) && !barred[bar{c.ID, w.actor}]
		}
		turn++
		list := byRisk
		if turn%AgeShare == 0 {
			list = byAge
		}
		i, from := slices.IndexFunc(mine, may), mine
		if i < 0 {
			i, from = slices.IndexFunc(list, may), list
		}
		var c waiting
		switch {
		case i >= 0:
			c = from[i]
		case int64(len(list)) < limit:
			continue // these were all
		default:
			// Everything at the front was skipped by this person.
			if c, err = s.search(tx, w, taken, turn%AgeShare == 0); err != nil {
				return err
			}
		}
		if c.ID != 0 {
			taken[c.ID] = w
			w.lease = Lease{c.ID, w.actor, c.Fence + 1, time.UnixMicro(until)}
		}
	}
	return nil
}

func beforeByRisk(a, b waiting) int {
	if a.Risk != b.Risk {
		return int(a.Risk - b.Risk)
	}
	return beforeByAge(a, b)
}

func beforeByAge(a, b waiting) int {
	switch {
	case a.OpenedAt != b.OpenedAt:
		return sign(a.OpenedAt - b.OpenedAt)
	default:
		return sign(a.ID - b.ID)
	}
}

func sign(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

type bar struct {
	Case  int64
	Actor string
}

// barredFrom returns who is not offered which of the cases.
func barredFrom(tx *store.Tx, lists ...[]waiting) (map[bar]bool, error) {
	var args []any
	var marks []string
	seen := map[int64]bool{}
	for _, list := range lists {
		for _, c := range list {
			if !seen[c.ID] {
				seen[c.ID] = true
				args = append(args, c.ID)
				marks = append(marks, fmt.Sprintf("$%d", len(args)))
			}
		}
	}
	out := map[bar]bool{}
	if len(args) == 0 {
		return out, nil
	}
	rows, err := store.All[bar](tx, `SELECT case_id, actor FROM case_barred WHERE case_id IN (`+strings.Join(marks, ",")+`)`, args...)
	for _, r := range rows {
		out[r] = true
	}
	return out, err
}

// search looks through everything that waits for one person.
func (s *Service) search(tx *store.Tx, w *want, taken map[int64]*want, byAge bool) (best waiting, err error) {
	order, less := `c.risk, c.opened_at, c.id`, beforeByRisk
	if byAge {
		order, less = `c.opened_at, c.id`, beforeByAge
	}
	for _, q := range w.queues {
		rows, err := store.All[waiting](tx, `SELECT c.id, c.risk, c.opened_at, c.assignee, c.fence FROM cases c WHERE c.queue = $1 AND c.ready = 1 AND c.assignee = ''
			AND NOT EXISTS (SELECT 1 FROM case_barred b WHERE b.case_id = c.id AND b.actor = $2) ORDER BY `+order+` LIMIT $3`, q, w.actor, int64(len(taken)+1))
		if err != nil {
			return best, err
		}
		if i := slices.IndexFunc(rows, func(c waiting) bool { return taken[c.ID] == nil }); i >= 0 && (best.ID == 0 || less(rows[i], best) < 0) {
			best = rows[i]
		}
	}
	return best, nil
}

// giveOut writes all leases of a batch, new and renewed, in one statement. The
// fences say which cases are meant: one that changed hands is not touched.
func giveOut(tx *store.Tx, taken map[int64]*want, until int64) error {
	if len(taken) == 0 {
		return nil
	}
	args := []any{until}
	var rows []string
	for id, w := range taken {
		n := len(args)
		rows = append(rows, fmt.Sprintf("(CAST($%d AS BIGINT), CAST($%d AS TEXT), CAST($%d AS BIGINT))", n+1, n+2, n+3))
		args = append(args, id, w.actor, w.lease.Fence)
	}
	n, err := tx.Exec(`UPDATE cases SET ready = 2, lease_by = v.column2, lease_until = $1, fence = v.column3 FROM (VALUES `+strings.Join(rows, ", ")+`) AS v
		WHERE cases.id = v.column1 AND cases.ready > 0 AND (cases.fence = v.column3 - 1 OR cases.fence = v.column3 AND cases.lease_by = v.column2)`, args...)
	if err == nil && n != int64(len(taken)) {
		err = jaga.Errorf(jaga.CodeInternal, "hand out cases: %d of %d could be handed out", n, len(taken))
	}
	return err
}

// Take leases one case, such as from a list. It is refused while somebody else
// has it, and to whoever may not decide on it.
func (s *Service) Take(ctx context.Context, actor string, id int64) (l Lease, err error) {
	err = s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		switch {
		case r.MergedInto > 0:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: fmt.Sprintf("take case: it is part of case %d", r.MergedInto), Hint: "take that one"}
		case r.Ready == 0:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "take case: it is " + r.status().standing() + ", there is nothing to decide"}
		case r.Ready == 2 && r.LeaseBy != actor && r.LeaseUntil > tx.Now():
			return &jaga.Error{Code: jaga.CodeConflict, Field: "lease", Msg: "take case: somebody else has it until " + time.UnixMicro(r.LeaseUntil).UTC().Format(time.RFC3339)}
		case r.Assignee != "" && r.Assignee != actor:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "assignee", Msg: "take case: it is assigned to somebody else", Hint: "reassign it first"}
		}
		if n, err := store.One[int64](tx, `SELECT COUNT(*) FROM case_barred WHERE case_id = $1 AND actor = $2 AND why = 'decided'`, id, actor); err != nil {
			return err
		} else if n > 0 {
			return &jaga.Error{Code: jaga.CodeDenied, Field: "actor", Msg: "take case: you have decided on it; another person looks now"}
		}
		fence := r.Fence
		if r.Ready != 2 || r.LeaseBy != actor || r.LeaseUntil <= tx.Now() {
			fence++
		}
		l = Lease{id, actor, fence, time.UnixMicro(tx.Now() + s.opt.Lease.Microseconds())}
		_, err := tx.Exec(`UPDATE cases SET ready = 2, lease_by = $1, lease_until = $2, fence = $3 WHERE id = $4`, actor, l.Until.UnixMicro(), fence, id)
		return err
	})
	return l, err
}

// Renew lengthens a lease. It is refused once the lease was lost.
func (s *Service) Renew(ctx context.Context, l Lease) (Lease, error) {
	err := s.do(ctx, l.Actor, l.Case, func(tx *store.Tx, r *caseRow) error {
		if err := r.holds(tx, l); err != nil {
			return err
		}
		l.Until = time.UnixMicro(tx.Now() + s.opt.Lease.Microseconds())
		_, err := tx.Exec(`UPDATE cases SET lease_until = $1 WHERE id = $2`, l.Until.UnixMicro(), l.Case)
		return err
	})
	return l, err
}

// Release gives a case back. Giving back what was lost does nothing.
func (s *Service) Release(ctx context.Context, l Lease) error {
	return s.do(ctx, l.Actor, l.Case, func(tx *store.Tx, r *caseRow) error {
		if r.holds(tx, l) != nil {
			return nil
		}
		return drop(tx, l.Case)
	})
}

func drop(tx *store.Tx, id int64) error {
	_, err := tx.Exec(`UPDATE cases SET ready = 1, lease_by = '', lease_until = 0 WHERE id = $1 AND ready = 2`, id)
	return err
}

// Skip gives a case back that the person does not want to be offered again.
// Nobody has to say why.
func (s *Service) Skip(ctx context.Context, l Lease) error {
	return s.do(ctx, l.Actor, l.Case, func(tx *store.Tx, r *caseRow) error {
		if err := r.holds(tx, l); err != nil {
			return err
		}
		if err := ban(tx, l.Case, l.Actor, "skip"); err != nil {
			return err
		}
		return drop(tx, l.Case)
	})
}

func ban(tx *store.Tx, id int64, actor, why string) error {
	_, err := tx.Exec(`INSERT INTO case_barred (case_id, actor, why) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, actor, why)
	return err
}

// LostField is the field of the error that says that a lease is over.
const LostField = "lease"

// holds refuses a lease that is over, or that somebody else has since.
func (r *caseRow) holds(tx *store.Tx, l Lease) error {
	if r.Ready == 2 && r.LeaseBy == l.Actor && r.Fence == l.Fence && r.LeaseUntil > tx.Now() {
		return nil
	}
	msg := "your time with the case ran out"
	if r.Fence != l.Fence || r.Ready == 2 && r.LeaseBy != l.Actor {
		msg = "your time with the case ran out, and it was given to somebody since"
	} else if r.Ready == 0 {
		msg = "the case is " + r.status().standing() + " now"
	}
	return &jaga.Error{Code: jaga.CodeConflict, Field: LostField, Msg: msg, Hint: "take the case again if it is still there; what you wrote is kept as your draft"}
}

// free refuses while somebody else has the case.
func (r *caseRow) free(tx *store.Tx, actor string) error {
	if r.Ready == 2 && r.LeaseBy != actor && r.LeaseUntil > tx.Now() {
		return &jaga.Error{Code: jaga.CodeConflict, Field: LostField, Msg: "somebody else has the case open until " + time.UnixMicro(r.LeaseUntil).UTC().Format(time.RFC3339), Hint: "wait, or ask them to give it back"}
	}
	return nil
}
