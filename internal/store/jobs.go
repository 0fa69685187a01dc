package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
)

// Job is work to be done after the transaction that asks for it has committed,
// and again after a crash until it is done.
type Job struct {
	Kind string
	Args any // encoded as JSON
	// Unique, when not empty, makes enqueueing a no-op while a job with the
	// same text waits or runs.
	Unique string
	// Lane, when not empty, names what the job shares with others, such as the
	// server that they are sent to; see [DB.WorkLanes].
	Lane string
	// RunAt is when it may start at the earliest, in microseconds; 0 is now.
	RunAt int64
}

// Enqueue adds the job when the transaction commits.
func (tx *Tx) Enqueue(j Job) error {
	args, err := json.Marshal(j.Args)
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", j.Kind, err)
	}
	var unique *string
	if j.Unique != "" {
		unique = &j.Unique
	}
	_, err = tx.Exec(`INSERT INTO jobs (kind, args, unique_key, state, run_at, created_at, lane) VALUES ($1, $2, $3, 'ready', $4, $5, $6)
		ON CONFLICT DO NOTHING`, j.Kind, string(args), unique, max(j.RunAt, tx.now), tx.now, j.Lane)
	if err != nil {
		return fmt.Errorf("enqueue %s: %w", j.Kind, err)
	}
	tx.enqueued = true
	return nil
}

// JobState is where a job stands.
type JobState string

// The states of a job. A failed job was tried MaxAttempts times, or its handler
// gave up.
const (
	JobReady   JobState = "ready"
	JobRunning JobState = "running"
	JobDone    JobState = "done"
	JobFailed  JobState = "failed"
)

// MaxAttempts is how often a job that returns an error is tried, unless its
// handler decides that itself, see [Later].
const MaxAttempts = 5

// leaseTime is how long a job stays with a process that no longer says that it
// works on it.
const leaseTime = time.Minute

// JobInfo is a job as people see it.
type JobInfo struct {
	ID                             int64
	Kind                           string
	State                          JobState
	Attempts                       int64
	CreatedAt, StartedAt, FinishAt int64 // microseconds
	Done, Total                    int64 // progress in the job's own units
	Text, Error                    string
}

// Jobs lists the newest jobs first, without those of lanes: there may be very
// many, and whoever gives them shows them in a way of its own.
func (db *DB) Jobs(ctx context.Context, limit int) (out []JobInfo, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		out, err = All[JobInfo](tx, `SELECT id, kind, state, attempts, created_at, started_at, finished_at, done, total, text, error
			FROM jobs WHERE lane = '' ORDER BY id DESC LIMIT $1`, limit)
		return err
	})
	return out, err
}

// Running is a job that a handler works on.
type Running struct {
	ID       int64
	Kind     string
	Lane     string
	Attempts int64
	args     string
	db       *DB
	last     time.Time

	mu       sync.Mutex
	absorbed []int64 // jobs of the same kind that are done with this one
}

// Absorb takes the waiting jobs of the same kind, to be done together with this
// one, and calls args with the arguments of each. They end as this one ends.
func (r *Running) Absorb(ctx context.Context, args func(decode func(v any) error) error) error {
	var ids []int64
	err := r.db.Bulk(ctx, func(tx *Tx) error {
		more, err := All[struct {
			ID   int64
			Args string
		}](tx, `UPDATE jobs SET state = 'running', attempts = attempts + 1, started_at = $1, lease_until = $2, error = ''
			WHERE id IN (SELECT id FROM jobs WHERE kind = $3 AND run_at <= $1
				AND (state = 'ready' OR state = 'running' AND lease_until < $1) ORDER BY id LIMIT 10000 {{skiplocked}})
			RETURNING id, args`, tx.now, tx.now+leaseTime.Microseconds(), r.Kind)
		if err != nil {
			return err
		}
		for _, m := range more {
			if err := args(func(v any) error { return json.Unmarshal([]byte(m.Args), v) }); err != nil {
				return Permanent(fmt.Errorf("arguments of job %d: %w", m.ID, err))
			}
			ids = append(ids, m.ID)
		}
		return nil
	})
	if err == nil {
		r.mu.Lock()
		r.absorbed = append(r.absorbed, ids...)
		r.mu.Unlock()
	}
	return err
}

// jobs lists the job and those that are done with it.
func (r *Running) jobs() []int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]int64{r.ID}, r.absorbed...)
}

// PruneJobs removes jobs that were done before a time, in microseconds. Failed
// ones stay for people to see.
func (db *DB) PruneJobs(ctx context.Context, before int64) error {
	return db.Bulk(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`DELETE FROM jobs WHERE state = 'done' AND finished_at < $1`, before)
		return err
	})
}

// ForgetDone removes the jobs of a kind that are done, where there are very many
// and nobody looks at them.
func (db *DB) ForgetDone(ctx context.Context, kind string) error {
	return db.Bulk(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`DELETE FROM jobs WHERE kind = $1 AND state = 'done'`, kind)
		return err
	})
}

// Hurry lets the waiting jobs of a lane run now, whatever they wait for.
func (tx *Tx) Hurry(lane string) error {
	_, err := tx.Exec(`UPDATE jobs SET run_at = $1 WHERE lane = $2 AND state = 'ready' AND run_at > $1`, tx.now, lane)
	tx.enqueued = true
	return err
}

// Args decodes the arguments.
func (r *Running) Args(v any) error {
	if err := json.Unmarshal([]byte(r.args), v); err != nil {
		return fmt.Errorf("arguments of job %d: %w", r.ID, err)
	}
	return nil
}

// Progress tells people how far the job is; it writes at most twice a second.
func (r *Running) Progress(ctx context.Context, done, total int64, text string) {
	if now := r.db.now(); done < total && now.Sub(r.last) < 500*time.Millisecond {
		return
	} else {
		r.last = now
	}
	// Progress is for the eye; a failure to write it must not fail the job.
	_ = r.db.Bulk(ctx, func(tx *Tx) error {
		_, err := tx.Exec(`UPDATE jobs SET done = $1, total = $2, text = $3, lease_until = $4 WHERE id = $5`,
			done, total, text, tx.now+leaseTime.Microseconds(), r.ID)
		return err
	})
}

// Handler does a job. It must be safe to run again after it was cut off at any
// point. A permanent error, made by [Permanent], is not tried again.
type Handler func(ctx context.Context, r *Running) error

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent marks an error of a job as final.
func Permanent(err error) error { return permanentError{err} }

type laterError struct {
	error
	wait time.Duration
}

func (e laterError) Unwrap() error { return e.error }

// Later marks an error of a job with how long to wait before the next try. Such
// a job is tried as often as its handler says so, whatever MaxAttempts is: the
// handler gives up by returning a [Permanent] error.
func Later(err error, wait time.Duration) error { return laterError{err, wait} }

// jobs wakes the workers when there may be work.
type jobs struct {
	mu    sync.Mutex
	wakes []chan struct{}
}

// join returns a channel that receives something when jobs were added. Every
// pool of workers has its own, so that none takes the wake-up of another.
func (j *jobs) join() (wake chan struct{}, leave func()) {
	wake = make(chan struct{}, 1)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.wakes = append(j.wakes, wake)
	return wake, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.wakes = slices.DeleteFunc(j.wakes, func(c chan struct{}) bool { return c == wake })
	}
}

func (j *jobs) poke() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, wake := range j.wakes {
		nudge(wake)
	}
}

func nudge(wake chan struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// idle is how often workers look for jobs whose time has come.
const idle = 2 * time.Second

// Work runs jobs with the handlers of their kinds, workers at a time, until ctx
// ends. Kinds without a handler wait.
func (db *DB) Work(ctx context.Context, workers int, handlers map[string]Handler) error {
	return db.WorkLanes(ctx, Lanes{Workers: workers}, handlers)
}

// Lanes says how many jobs run at a time.
type Lanes struct {
	// Workers is how many run in all.
	Workers int
	// Each is how many jobs of one lane this process runs at a time, so that a
	// lane whose jobs hang leaves the other workers free; 0 is no limit. Jobs
	// without a lane are not limited.
	Each int
	// Closed lists the lanes that must wait at present; nil is none. Their
	// jobs stay as they are.
	Closed func() []string
}

// WorkLanes is [DB.Work] with limits for lanes.
func (db *DB) WorkLanes(ctx context.Context, l Lanes, handlers map[string]Handler) error {
	wake, leave := db.jobs.join()
	defer leave()
	p := &pool{db: db, wake: wake, lanes: l, handlers: handlers, running: map[string]int{}}
	var wg sync.WaitGroup
	for range l.Workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				worked, err := p.workOne(ctx)
				if worked && err == nil {
					nudge(wake) // there may be more for the others
					continue
				}
				select {
				case <-ctx.Done():
				case <-wake:
				case <-time.After(idle):
				}
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// pool is the workers of one call of WorkLanes.
type pool struct {
	db       *DB
	wake     chan struct{}
	lanes    Lanes
	handlers map[string]Handler

	mu      sync.Mutex
	running map[string]int // jobs under way, by lane
}

// claim takes the next job that may run, or returns nil.
func (p *pool) claim(ctx context.Context) (r *Running, err error) {
	p.mu.Lock() // the lanes are counted and the job is taken in one step
	defer p.mu.Unlock()
	var shut []any
	if p.lanes.Closed != nil {
		for _, lane := range p.lanes.Closed() {
			shut = append(shut, lane)
		}
	}
	if p.lanes.Each > 0 {
		for lane, n := range p.running {
			if n >= p.lanes.Each && !slices.Contains(shut, any(lane)) {
				shut = append(shut, lane)
			}
		}
	}
	var open strings.Builder
	for i := range shut {
		fmt.Fprintf(&open, " AND lane <> $%d", i+4)
	}
	err = p.db.Bulk(ctx, func(tx *Tx) error {
		for kind := range p.handlers {
			found, err := All[struct {
				ID, Attempts int64
				Lane, Args   string
			}](tx, `UPDATE jobs SET state = 'running', attempts = attempts + 1, started_at = $1, lease_until = $2, error = ''
				WHERE id = (SELECT id FROM jobs WHERE kind = $3 AND run_at <= $1 AND state IN ('ready', 'running')
					AND (state = 'ready' OR lease_until < $1)`+open.String()+` ORDER BY id LIMIT 1 {{skiplocked}})
				RETURNING id, attempts, lane, args`, append([]any{tx.now, tx.now + leaseTime.Microseconds(), kind}, shut...)...)
			if err != nil {
				return err
			}
			if len(found) == 1 {
				r = &Running{ID: found[0].ID, Kind: kind, Lane: found[0].Lane, Attempts: found[0].Attempts, args: found[0].Args, db: p.db}
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if r != nil && r.Lane != "" {
		p.running[r.Lane]++
	}
	return r, nil
}

// release gives the job's place in its lane back.
func (p *pool) release(r *Running) {
	if r.Lane == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running[r.Lane]--; p.running[r.Lane] == 0 {
		delete(p.running, r.Lane)
	}
}

func (p *pool) workOne(ctx context.Context) (worked bool, err error) {
	r, err := p.claim(ctx)
	if err != nil || r == nil {
		return false, err
	}
	defer p.release(r)
	db := p.db
	work, stop := context.WithCancel(ctx)
	var beat sync.WaitGroup
	beat.Go(func() { db.keepLease(work, r) })
	failure := runHandler(work, p.handlers[r.Kind], r)
	stop()
	beat.Wait()
	if ctx.Err() != nil {
		// The process is stopping. The lease lapses and the job is taken up
		// again; it is given back at once when that can still be written.
		return true, db.finish(context.WithoutCancel(ctx), r, JobReady, 0, "")
	}
	var final permanentError
	var later laterError
	switch {
	case failure == nil:
		return true, db.finish(ctx, r, JobDone, 0, "")
	case errors.As(failure, &final):
		return true, db.finish(ctx, r, JobFailed, 0, failure.Error())
	case errors.As(failure, &later):
		if later.wait < idle {
			time.AfterFunc(later.wait, func() { nudge(p.wake) })
		}
		return true, db.finish(ctx, r, JobReady, max(0, later.wait), failure.Error())
	case r.Attempts >= MaxAttempts:
		return true, db.finish(ctx, r, JobFailed, 0, failure.Error())
	}
	wait := time.Second << min(r.Attempts, 6)
	return true, db.finish(ctx, r, JobReady, wait, failure.Error())
}

func runHandler(ctx context.Context, h Handler, r *Running) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = Permanent(jaga.Errorf(jaga.CodeInternal, "job %s: panic: %v", r.Kind, p))
		}
	}()
	return h(ctx, r)
}

func (db *DB) keepLease(ctx context.Context, r *Running) {
	t := time.NewTicker(leaseTime / 4)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			_ = db.Bulk(ctx, func(tx *Tx) error {
				for _, id := range r.jobs() {
					if _, err := tx.Exec(`UPDATE jobs SET lease_until = $1 WHERE id = $2`, tx.now+leaseTime.Microseconds(), id); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
}

func (db *DB) finish(ctx context.Context, r *Running, s JobState, wait time.Duration, failure string) error {
	return db.Bulk(ctx, func(tx *Tx) error {
		finished := int64(0)
		if s == JobDone || s == JobFailed {
			finished = tx.now
		}
		for _, id := range r.jobs() {
			if s == JobDone && id != r.ID {
				// Done with this one, which tells of it.
				if _, err := tx.Exec(`DELETE FROM jobs WHERE id = $1`, id); err != nil {
					return err
				}
				continue
			}
			if _, err := tx.Exec(`UPDATE jobs SET state = $1, run_at = $2, lease_until = 0, finished_at = $3, error = $4 WHERE id = $5`,
				string(s), tx.now+wait.Microseconds(), finished, failure, id); err != nil {
				return err
			}
		}
		return nil
	})
}
