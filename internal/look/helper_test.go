package look_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// clocks are two that a test moves: the one on the wall, which can be set, and
// the one that only goes forward.
type clocks struct {
	mu   sync.Mutex
	wall time.Time
	mono time.Duration
}

func (c *clocks) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall, c.mono = c.wall.Add(d), c.mono+d
}

func (c *clocks) jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wall = c.wall.Add(d)
}

func (c *clocks) options() look.Options {
	return look.Options{
		Now:  func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.wall },
		Mono: func() time.Duration { c.mu.Lock(); defer c.mu.Unlock(); return c.mono },
	}
}

type fatal interface {
	Helper()
	Fatalf(string, ...any)
	Errorf(string, ...any)
}

type keeper struct {
	*look.Service
	t   fatal
	ctx context.Context
	db  *store.DB
	c   *clocks
}

func open(t *testing.T, db *store.DB) *keeper {
	t.Helper()
	// A Thursday, 09:00.
	c := &clocks{wall: time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)}
	k := &keeper{t: t, ctx: t.Context(), db: db, c: c}
	k.restart()
	return k
}

// restart is another process on the same database.
func (k *keeper) restart() {
	k.t.Helper()
	s, err := look.New(k.ctx, k.db, k.c.options())
	if err != nil {
		k.t.Fatalf("%v", err)
	}
	k.Service = s
}

func each(t *testing.T, fn func(t *testing.T, k *keeper)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, open(t, db)) })
}

func key(n int) string { return fmt.Sprintf("%064x", n) }

func who(n int) string { return fmt.Sprintf("person:%d", n) }

func (k *keeper) fine(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatalf("%v", err)
	}
}

// refused wants an error with a code and a field.
func (k *keeper) refused(err error, code jaga.Code, field string) {
	k.t.Helper()
	if jaga.CodeOf(err) != code || !strings.HasPrefix(err.Error(), field+": ") {
		k.t.Errorf("%v, want %s of %s", err, code, field)
	}
}

func (k *keeper) session(person int, p look.Purpose) look.Session {
	k.t.Helper()
	s, err := k.Open(k.ctx, who(person), look.Ask{Case: 1, Purpose: p})
	k.fine(err)
	return s
}

var plain = look.Screen{On: true, Width: 320, Height: 240}

// show begins a reveal of whose bytes the browser has.
func (k *keeper) show(person int, session int64, file int, screen look.Screen) int64 {
	k.t.Helper()
	r, err := k.Begin(k.ctx, who(person), look.Show{Session: session, File: key(file), Kind: "image"})
	k.fine(err)
	err = k.Serve(k.ctx, who(person), r.ID, look.Bytes{To: 100, Size: 100})
	k.fine(err)
	_, err = k.Beat(k.ctx, who(person), r.ID, screen)
	k.fine(err)
	return r.ID
}

// watch shows a file for some seconds and ends it.
func (k *keeper) watch(person int, session int64, file int, seconds int) {
	k.t.Helper()
	r := k.show(person, session, file, plain)
	for range seconds {
		k.c.pass(time.Second)
		_, err := k.Beat(k.ctx, who(person), r, plain)
		k.fine(err)
	}
	k.fine(k.End(k.ctx, who(person), r))
}

func (k *keeper) mine(person int) look.Exposure {
	k.t.Helper()
	e, err := k.Mine(k.ctx, who(person), time.UTC)
	k.fine(err)
	return e
}

func (k *keeper) viewed(file int) look.View {
	k.t.Helper()
	v, err := k.Viewed(k.ctx, key(file))
	k.fine(err)
	return v
}

// limits sets limits that differ from the usual ones.
func (k *keeper) limits(change func(*look.Limits)) {
	k.t.Helper()
	l := look.DefaultLimits()
	change(&l)
	k.fine(k.SetLimits(k.ctx, who(99), l))
}
