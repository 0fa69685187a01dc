package action

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// KeepFor is how long deliveries are kept after they ended, and KeepDead how
// long those that were given up.
const (
	KeepFor  = 30 * 24 * time.Hour
	KeepDead = 90 * 24 * time.Hour
)

// Delivery is one event on its way to one target.
type Delivery struct {
	ID       int64
	Event    string // its identifier, which the receiver sees
	Kind     string // of the event
	TargetID int64
	Target   string // its name
	State    State
	Attempts int64
	Status   int64  // of the last answer, 0 when there was none
	Error    string // why the last try failed, empty when it did not
	At       int64  // when the event happened, in microseconds
	TriedAt  int64  // 0 when it was not tried yet
	NextAt   int64  // when it is tried next, 0 when it is not
	// Case and Rule are those of an action; 0 and empty where there is none.
	Case int64
	Rule string
}

// Filter chooses deliveries.
type Filter struct {
	Target int64 // 0 is all
	State  State // empty is all
	Before int64 // the number of the delivery before which to begin; 0 is the newest
	Limit  int   // at most 500; 0 is 50
}

// Deliveries lists deliveries, newest first.
func (s *Service) Deliveries(ctx context.Context, f Filter) (out []Delivery, err error) {
	q := `SELECT d.id, d.event_id, e.kind, d.target_id, t.name, d.state, d.attempts, d.status, d.error, d.at, d.tried_at, d.next_at, COALESCE(a.case_id, 0), COALESCE(a.rule, '')
		FROM hook_deliveries d JOIN hook_events e ON e.id = d.event_id JOIN hook_targets t ON t.id = d.target_id LEFT JOIN actions a ON a.event_id = d.event_id WHERE 1 = 1`
	var args []any
	and := func(text string, v any) {
		args = append(args, v)
		q += fmt.Sprintf(text, len(args))
	}
	if f.Target > 0 {
		and(" AND d.target_id = $%d", f.Target)
	}
	if f.State != "" {
		and(" AND d.state = $%d", string(f.State))
	}
	if f.Before > 0 {
		and(" AND d.id < $%d", f.Before)
	}
	if f.Limit <= 0 || f.Limit > 500 {
		f.Limit = 50
	}
	and(" ORDER BY d.id DESC LIMIT $%d", f.Limit)
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out, err = store.All[Delivery](tx, q, args...)
		return err
	})
	return out, err
}

// Replay sends a delivery that ended once more, from the beginning, with the
// same identifier and body. Where it is about a case, the case's records say so
// too: deliveries are not kept for as long as cases.
func (s *Service) Replay(ctx context.Context, who string, id int64) error {
	return s.db.Update(ctx, custody.Event{Actor: who, Action: "hook.replay", Subject: "delivery:" + strconv.FormatInt(id, 10)}, func(tx *store.Tx) error {
		found, err := store.All[struct {
			TargetID int64
			State    string
			Body     string
		}](tx, `SELECT d.target_id, d.state, COALESCE(e.body, '{}') FROM hook_deliveries d LEFT JOIN hook_events e ON e.id = d.event_id WHERE d.id = $1`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return &jaga.Error{Code: jaga.CodeNotFound, Field: "delivery", Msg: "there is no such delivery"}
		}
		if _, err := readTarget(tx, found[0].TargetID); err != nil {
			return err
		}
		switch State(found[0].State) {
		case Waiting:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "delivery", Msg: "it is under way already"}
		case Dropped:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "delivery", Msg: "its target was removed"}
		}
		var told struct {
			Case *caseRef `json:"case"`
		}
		if err := json.Unmarshal([]byte(found[0].Body), &told); err != nil {
			return fmt.Errorf("replay delivery %d: %w", id, err)
		}
		if told.Case != nil {
			if err := tx.Record(custody.Event{Actor: who, Action: "hook.replay", Subject: "case:" + strconv.FormatInt(told.Case.ID, 10),
				Detail: map[string]string{"delivery": strconv.FormatInt(id, 10)}}); err != nil {
				return err
			}
		}
		return again(tx, id, found[0].TargetID)
	})
}

// ReplayDead sends everything once more that was given up for a target, and
// returns how much that is.
func (s *Service) ReplayDead(ctx context.Context, who string, target int64) (n int, err error) {
	err = s.change(ctx, who, "hook.replay", target, func(tx *store.Tx, _ targetRow) error {
		ids, err := store.All[int64](tx, `SELECT id FROM hook_deliveries WHERE target_id = $1 AND state = 'dead' ORDER BY id`, target)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := again(tx, id, target); err != nil {
				return err
			}
		}
		n = len(ids)
		return nil
	})
	return n, err
}

// again begins a new round of a delivery.
func again(tx *store.Tx, id, target int64) error {
	round, err := store.One[int64](tx, `UPDATE hook_deliveries SET state = 'waiting', round = round + 1, attempts = 0, next_at = $1, done_at = 0 WHERE id = $2 RETURNING round`, tx.Now(), id)
	if err != nil {
		return err
	}
	return tx.Enqueue(store.Job{Kind: deliverJob, Args: deliverArgs{id, round}, Lane: lane(target)})
}

// Tried is what came of a test.
type Tried struct {
	Event  string
	OK     bool
	Status int
	Error  string
	Took   time.Duration
}

// Test sends an event of the kind "test" to a target at once, once, also when
// it is switched off, and returns what came of it. It is listed with the
// deliveries, and not tried again.
func (s *Service) Test(ctx context.Context, who string, id int64) (Tried, error) {
	var t targetRow
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		t, err = readTarget(tx, id)
		return err
	}); err != nil {
		return Tried{}, err
	}
	body, event, err := s.body(s.opt.Now(), Event{Kind: EventTest}, nil)
	if err != nil {
		return Tried{}, err
	}
	start := time.Now()
	a := s.send(ctx, t, event, body)
	if ctx.Err() != nil {
		return Tried{}, ctx.Err()
	}
	out := Tried{event, a.ok(), a.status, a.why, time.Since(start)}
	state := Delivered
	if !a.ok() {
		state = Dead
	} else if s.breakers.Worked(lane(id)) {
		defer func() { _ = s.db.Bulk(ctx, func(tx *store.Tx) error { return tx.Hurry(lane(id)) }) }()
	}
	return out, s.change(ctx, who, "hook.test", id, func(tx *store.Tx, _ targetRow) error {
		if _, err := tx.Exec(`INSERT INTO hook_events (id, kind, body, at) VALUES ($1, $2, $3, $4)`, event, EventTest, string(body), tx.Now()); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO hook_deliveries (event_id, target_id, state, attempts, status, error, at, tried_at, done_at) VALUES ($1, $2, $3, 1, $4, $5, $6, $6, $6)`,
			event, id, string(state), a.status, a.why, tx.Now())
		return err
	})
}

// Sample lists an event for a target as one whose delivery has ended, delivered
// or dead, at the time of the transaction, without sending anything: for sample
// data. status and why are those of the last of tries. One that is waiting was not
// tried; it waits for as long as its target is off, as any delivery does.
func (s *Service) Sample(tx *store.Tx, target int64, e Event, state State, tries, status int64, why string) error {
	if state != Delivered && state != Dead && state != Waiting {
		return jaga.Errorf(jaga.CodeInternal, "list a sample delivery: it is %s", state)
	}
	body, id, err := s.body(time.UnixMicro(tx.Now()), e, nil)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO hook_events (id, kind, body, at) VALUES ($1, $2, $3, $4)`, id, e.Kind, string(body), tx.Now()); err != nil {
		return err
	}
	if state == Waiting {
		return deliverLater(tx, id, target)
	}
	_, err = tx.Exec(`INSERT INTO hook_deliveries (event_id, target_id, state, attempts, status, error, at, tried_at, done_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $7)`,
		id, target, string(state), tries, status, why, tx.Now())
	return err
}

// Hour counts the deliveries of the events of one hour.
type Hour struct {
	Hour  int64 // hours since 1970
	State State
	N     int64
}

// Hours counts deliveries by the hour of their events, from a time on, in
// microseconds.
func (s *Service) Hours(ctx context.Context, from int64) (out []Hour, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[struct {
			Hour  int64
			State string
			N     int64
		}](tx, `SELECT at / 3600000000, state, COUNT(*) FROM hook_deliveries WHERE at >= $1 GROUP BY 1, 2 ORDER BY 1, 2`, from)
		for _, r := range rows {
			out = append(out, Hour{r.Hour, State(r.State), r.N})
		}
		return err
	})
	return out, err
}

// Purge removes deliveries that are no longer kept, events that nothing
// delivers, and what [Once] remembers from long ago. Actions stay.
func (s *Service) Purge(ctx context.Context) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		for _, q := range []struct {
			text   string
			before time.Duration
		}{
			{`DELETE FROM hook_deliveries WHERE state IN ('delivered', 'dropped') AND done_at < $1`, KeepFor},
			{`DELETE FROM hook_deliveries WHERE state = 'dead' AND done_at < $1`, KeepDead},
			{`DELETE FROM action_once WHERE at < $1`, keepOnce},
			{`DELETE FROM hook_events WHERE at < $1 AND NOT EXISTS (SELECT 1 FROM hook_deliveries d WHERE d.event_id = hook_events.id)`, KeepFor},
		} {
			if _, err := tx.Exec(q.text, tx.Now()-q.before.Microseconds()); err != nil {
				return err
			}
		}
		return nil
	})
}
