package action

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/outbound"
	"github.com/jaga-project/jaga/internal/store"
)

// deliverJob is the kind of the job of one delivery.
const deliverJob = "hook.deliver"

// deliverArgs are its arguments. A job of an older round than its delivery has
// was overtaken by a replay.
type deliverArgs struct{ Delivery, Round int64 }

// State is where a delivery stands.
type State string

// The states of a delivery.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	Dead      State = "dead"    // tried for the last time, until somebody replays it
	Dropped   State = "dropped" // its target was removed
)

// maxAnswer is how much of an answer is read; what counts is its status.
const maxAnswer = 16 << 10

// maxRetryAfter bounds how long a receiver can ask for.
const maxRetryAfter = time.Hour

// offWait is how often a delivery to a target that is off looks again.
const offWait = 10 * time.Minute

type deliveryRow struct {
	EventID             string
	TargetID            int64
	State, Body         string
	Attempts, Round     int64
	Enabled, TargetGone int64
}

// deliver is the job of one delivery. It may run again after it was cut off
// anywhere: the receiver tells repetitions by the identifier.
func (s *Service) deliver(ctx context.Context, r *store.Running) error {
	var args deliverArgs
	if err := r.Args(&args); err != nil {
		return store.Permanent(err)
	}
	var d deliveryRow
	var t targetRow
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		found, err := store.All[deliveryRow](tx, `SELECT d.event_id, d.target_id, d.state, e.body, d.attempts, d.round, t.enabled, t.removed_at
			FROM hook_deliveries d JOIN hook_events e ON e.id = d.event_id JOIN hook_targets t ON t.id = d.target_id WHERE d.id = $1`, args.Delivery)
		if err != nil || len(found) == 0 {
			return err
		}
		if d = found[0]; d.TargetGone == 0 {
			t, err = readTarget(tx, d.TargetID)
		}
		return err
	})
	switch {
	case err != nil:
		return store.Later(err, 5*time.Second) // the database was not there
	case State(d.State) != Waiting || d.Round != args.Round:
		return nil // done already, or purged, removed, or overtaken
	case d.Enabled == 0:
		return store.Later(errors.New("the target is switched off"), offWait)
	}
	a := s.send(ctx, t, d.EventID, []byte(d.Body))
	if ctx.Err() != nil {
		return ctx.Err() // the process stops; the queue gives it to the next one
	}
	return s.note(ctx, args, d, a)
}

// answer is what came of one try.
type answer struct {
	status int // of the HTTP answer, 0 when there was none
	why    string
	after  time.Duration // that the receiver asks to wait
}

func (a answer) ok() bool { return a.why == "" }

// send tries once.
func (s *Service) send(ctx context.Context, t targetRow, id string, body []byte) answer {
	secrets, err := s.secrets(t)
	if err != nil {
		return answer{why: err.Error()}
	}
	u, err := url.Parse(t.URL)
	if err != nil {
		return answer{why: "the address is not valid"}
	}
	// What was allowed when the target was added may not be so any more.
	if err := outbound.CheckURL(t.URL, s.internal(u.Hostname())); err != nil {
		return answer{why: "refused: " + err.Error()}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL, bytes.NewReader(body))
	if err != nil {
		return answer{why: "the address is not valid"}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "jaga")
	sign(r.Header, secrets, id, s.opt.Now(), body)
	resp, err := s.client(u.Hostname()).Do(r)
	if err != nil {
		return answer{why: outbound.Why(err)}
	}
	defer resp.Body.Close()
	// Read to the end, within bounds, so that the connection can be used again.
	_, readErr := io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer))
	a := answer{status: resp.StatusCode}
	switch {
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		a.why = fmt.Sprintf("answered %d: redirects are not followed", resp.StatusCode)
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		a.why = fmt.Sprintf("answered %d", resp.StatusCode)
		a.after = retryAfter(resp.Header.Get("Retry-After"))
	case readErr != nil:
		// It may have acted; it may also have failed in the middle of it.
		a.why = fmt.Sprintf("answered %d, but not to its end", resp.StatusCode)
	}
	return a
}

// retryAfter reads the header's form in seconds.
func retryAfter(text string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(min(n, int(maxRetryAfter/time.Second)))*time.Second, maxRetryAfter)
}

// note keeps what came of a try, and says when the next one is.
func (s *Service) note(ctx context.Context, args deliverArgs, d deliveryRow, a answer) error {
	way := lane(d.TargetID)
	recovered := false
	if a.ok() {
		recovered = s.breakers.Worked(way)
	} else {
		s.breakers.Failed(way)
	}
	n := int(d.Attempts)
	last := n >= len(s.opt.Waits)
	var wait time.Duration
	if !a.ok() && !last {
		wait = max(outbound.Jitter(s.opt.Waits[n]), a.after)
	}
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		state, done, next := Delivered, tx.Now(), int64(0)
		switch {
		case a.ok():
		case last:
			state = Dead
		default:
			state, done, next = Waiting, 0, tx.Now()+wait.Microseconds()
		}
		if _, err := tx.Exec(`UPDATE hook_deliveries SET state = $1, attempts = attempts + 1, status = $2, error = $3, tried_at = $4, next_at = $5, done_at = $6
			WHERE id = $7 AND round = $8 AND state = 'waiting'`, string(state), a.status, a.why, tx.Now(), next, done, args.Delivery, args.Round); err != nil {
			return err
		}
		if recovered {
			return tx.Hurry(way) // the others need not wait for hours
		}
		return nil
	})
	switch {
	case err != nil:
		return store.Later(err, 5*time.Second) // sent once more; the receiver knows it by its identifier
	case a.ok():
		return nil
	case last:
		s.opt.Log.Warn("a delivery is given up; replay it when the receiver works", "target", d.TargetID, "event", d.EventID, "tries", n+1, "why", a.why)
		return nil
	}
	return store.Later(errors.New(a.why), wait)
}
