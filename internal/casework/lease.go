package casework

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	second []string // those of queues in which they decide as a second person, too
	key    string   // both in one text
	// op is set on who gives a case back or keeps it longer: it is run in the
	// same transaction instead.
	op    func(tx *store.Tx) error
	lease Lease
	err   error
	done  chan struct{}
}

// Next hands out the case that is most urgent among those that wait in the
// queues, or, in the reserved share, the oldest; a case that is assigned to the
// person comes first. Whoever has a case of the queues gets that one again. A
// case is never handed to two people, to somebody it is not assigned to, or to
// somebody who skipped it or has decided on it. The error is not_found when
// nothing waits.
//
// Those who ask, or give back, at the same time are served together, in one
// transaction, so that two hundred people cost no more than a few.
func (s *Service) Next(ctx context.Context, actor string, queues []string) (Lease, error) {
	return s.NextWith(ctx, actor, queues, queues)
}

// NextWith is Next for somebody who decides as a second person in some of the
// queues only, named by second. Elsewhere they are offered no case that waits
// for a second review.
func (s *Service) NextWith(ctx context.Context, actor string, queues, second []string) (Lease, error) {
	if err := checkActor(actor); err != nil {
		return Lease{}, err
	}
	if len(queues) == 0 || len(queues) > 100 {
		return Lease{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "queues", Msg: "name between 1 and 100 queues"}
	}
	for _, q := range queues {
		if err := CheckQueue(q); err != nil {
			return Lease{}, err
		}
	}
	queues = slices.Compact(slices.Sorted(slices.Values(queues)))
	second = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(second))), func(q string) bool { return !slices.Contains(queues, q) })
	w := &want{actor: actor, queues: queues, second: second, key: strings.Join(queues, ",")}
	if len(second) < len(queues) {
		w.key += ";" + strings.Join(second, ",")
	}
	// When ctx ends first, the case, if there is one, is theirs when they ask
	// again.
	err := s.together(ctx, w)
	return w.lease, err
}

// together waits until a transaction that many share has served w.
func (s *Service) together(ctx context.Context, w *want) error {
	w.done = make(chan struct{})
	s.mu.Lock()
	s.wanting = append(s.wanting, w)
	if !s.serving {
		s.serving = true
		go s.serve(context.WithoutCancel(ctx))
	}
	s.mu.Unlock()
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		return ctx.Err()
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
		err := s.db.Bulk(ctx, func(tx *store.Tx) error {
			if err := tx.Lock(); err != nil {
				return err
			}
			var people []*want
			for _, w := range batch {
				if w.op == nil {
					people = append(people, w)
				} else if w.err = w.op(tx); w.err != nil && !refusal(w.err) {
					return w.err
				}
			}
			if len(people) == 0 {
				return nil
			}
			return s.hand(tx, people)
		})
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
	ID, Risk, Band, OpenedAt int64
	Assignee                 string
	Fence                    int64
	Queue, State             string
}

// fits reports whether the case is of a kind that w may decide on.
func (w *want) fits(c waiting) bool {
	return State(c.State) != StateSecondReview || slices.Contains(w.second, c.Queue)
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
	barred := map[bar]bool{}
	for _, q := range people[0].queues {
		for _, list := range []struct {
			to   *[]waiting
			from string
		}{{&byRisk, nextByRisk}, {&byAge, nextByAge}, {&mine, nextMine}} {
			rows, err := store.All[waiting](tx, `SELECT id, risk, band, opened_at, assignee, fence, queue, state `+list.from, q, limit)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				continue
			}
			*list.to = append(*list.to, rows...)
			bars, err := store.All[bar](tx, `SELECT case_id, actor FROM case_barred WHERE case_id IN (SELECT id `+list.from+`)`, q, limit)
			if err != nil {
				return err
			}
			for _, b := range bars {
				barred[b] = true
			}
		}
	}
	slices.SortFunc(byRisk, beforeByRisk)
	slices.SortFunc(byAge, beforeByAge)
	slices.SortFunc(mine, beforeByRisk)
	for _, w := range people {
		may := func(c waiting) bool {
			return taken[c.ID] == nil && w.fits(c) && (c.Assignee == "" || c.Assignee == w.actor) && !barred[bar{c.ID, w.actor}]
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
	if r := rank(a.Risk, a.Band) - rank(b.Risk, b.Band); r != 0 {
		return int(r)
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

// rankOf is the order of cases, beside their age: by risk, and within a risk those
// of the band urgent first. The indexes have the same words in them.
const rankOf = `risk * 2 - band / 3`

func rank(risk, band int64) int64 { return risk*2 - band/3 }

// What waits in a queue; the indexes are made for these.
const (
	nextByRisk = `FROM cases WHERE queue = $1 AND ready = 1 AND assignee = '' ORDER BY ` + rankOf + `, opened_at, id LIMIT $2`
	nextByAge  = `FROM cases WHERE queue = $1 AND ready = 1 AND assignee = '' ORDER BY opened_at, id LIMIT $2`
	nextMine   = `FROM cases WHERE queue = $1 AND ready = 1 AND assignee <> '' ORDER BY ` + rankOf + `, opened_at, id LIMIT $2`
)

// bar keeps a case from a person.
type bar struct {
	Case  int64
	Actor string
}

// search looks through everything that waits for one person.
func (s *Service) search(tx *store.Tx, w *want, taken map[int64]*want, byAge bool) (best waiting, err error) {
	order, less := rankOf+`, c.opened_at, c.id`, beforeByRisk
	if byAge {
		order, less = `c.opened_at, c.id`, beforeByAge
	}
	for _, q := range w.queues {
		kinds := ""
		if !slices.Contains(w.second, q) {
			kinds = ` AND c.state <> 'second_review'`
		}
		rows, err := store.All[waiting](tx, `SELECT c.id, c.risk, c.band, c.opened_at, c.assignee, c.fence, c.queue, c.state FROM cases c WHERE c.queue = $1 AND c.ready = 1 AND c.assignee = ''`+kinds+`
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

// giveOut writes all leases of a batch, new and renewed, in few statements, of
// few shapes, which the engines keep prepared. The fences say which cases are
// meant: one that changed hands is not touched.
func giveOut(tx *store.Tx, taken map[int64]*want, until int64) error {
	ids := slices.Sorted(maps.Keys(taken))
	for _, size := range []int{64, 16, 4, 1} {
		for len(ids) >= size {
			args := []any{until}
			rows := make([]string, size)
			for i, id := range ids[:size] {
				n := len(args)
				rows[i] = fmt.Sprintf("(CAST($%d AS BIGINT), CAST($%d AS TEXT), CAST($%d AS BIGINT))", n+1, n+2, n+3)
				args = append(args, id, taken[id].actor, taken[id].lease.Fence)
			}
			n, err := tx.Exec(`UPDATE cases SET ready = 2, lease_by = v.column2, lease_until = $1, fence = v.column3 FROM (VALUES `+strings.Join(rows, ", ")+`) AS v
				WHERE cases.id = v.column1 AND cases.ready > 0 AND (cases.fence = v.column3 - 1 OR cases.fence = v.column3 AND cases.lease_by = v.column2)`, args...)
			if err == nil && n != int64(size) {
				err = jaga.Errorf(jaga.CodeInternal, "hand out cases: %d of %d could be handed out", n, size)
			}
			if err != nil {
				return err
			}
			ids = ids[size:]
		}
	}
	return nil
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

// leased runs a statement on a case of which the person still has the lease: $1
// to $4 are the case, the person, the fence and the time, and then come args.
// Many share a transaction.
func (s *Service) leased(ctx context.Context, l Lease, update string, also func(*store.Tx) error, args ...any) error {
	if err := checkActor(l.Actor); err != nil {
		return err
	}
	return s.together(ctx, &want{op: func(tx *store.Tx) error {
		n, err := tx.Exec(update+` WHERE id = $1 AND lease_by = $2 AND fence = $3 AND ready = 2 AND lease_until > $4`, append([]any{l.Case, l.Actor, l.Fence, tx.Now()}, args...)...)
		if err != nil {
			return err
		}
		if n == 1 {
			if also == nil {
				return nil
			}
			return also(tx)
		}
		r, err := load(tx, l.Case)
		if err != nil {
			return err
		}
		return r.holds(tx, l)
	}})
}

const giveUp = `UPDATE cases SET ready = 1, lease_by = '', lease_until = 0`

// Renew lengthens a lease. It is refused once the lease was lost.
func (s *Service) Renew(ctx context.Context, l Lease) (Lease, error) {
	err := s.leased(ctx, l, `UPDATE cases SET lease_until = $4 + $5`, func(tx *store.Tx) error {
		l.Until = time.UnixMicro(tx.Now() + s.opt.Lease.Microseconds())
		return nil
	}, s.opt.Lease.Microseconds())
	if err != nil {
		return Lease{}, err
	}
	return l, nil
}

// Release gives a case back. Giving back what was lost does nothing.
func (s *Service) Release(ctx context.Context, l Lease) error {
	err := s.leased(ctx, l, giveUp, nil)
	var lost *jaga.Error
	if errors.As(err, &lost) && lost.Field == LostField {
		return nil
	}
	return err
}

// Skip gives a case back that the person does not want to be offered again.
// Nobody has to say why.
func (s *Service) Skip(ctx context.Context, l Lease) error {
	return s.leased(ctx, l, giveUp, func(tx *store.Tx) error { return ban(tx, l.Case, l.Actor, "skip") })
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
