package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	driver driver
	opts   Options
	now    func() time.Time

	rewrites sync.Map // statement → statement of the engine

	mu    sync.Mutex
	subs  map[string][]chan string
	doubt []func()
	jobs  jobs
}

// Options configure [Open].
type Options struct {
	// Origin names the custody log in checkpoints, such as "jaga.example/1a2b".
	Origin string
	// Signer is the secret key of checkpoints (see [custody.NewKey]); when it
	// is empty no checkpoints are signed.
	Signer string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// ReadOnly opens a database that is there, perhaps in use by another
	// process, and never writes to it: Update and Bulk fail.
	ReadOnly bool
}

// driver is what differs between the engines.
type driver interface {
	name() string
	// begin starts a transaction. write asks for the engine's write lock.
	begin(ctx context.Context, write bool) (conn, error)
	// word is the engine's text for a dialect word.
	word(name string) (string, bool)
	// placeholder is the engine's text for parameter n.
	placeholder(n string) string
	// bulk inserts rows in the transaction and returns how many.
	bulk(ctx context.Context, c conn, table string, columns []string, next func() ([]any, error)) (int64, error)
	close() error
}

// conn is one transaction of an engine.
type conn interface {
	exec(ctx context.Context, q string, args []any) (int64, error)
	query(ctx context.Context, q string, args []any) (rows, error)
	commit(ctx context.Context) error
	rollback(ctx context.Context) error
}

type rows interface {
	Next() bool
	Scan(...any) error
	Err() error
	Close()
}

// Open opens the database at "sqlite:PATH" or "postgres://…", and brings its
// schema up to date. A database that a newer version of Jaga has written is
// refused.
func Open(ctx context.Context, url string, opts Options) (*DB, error) {
	var d driver
	var err error
	switch {
	case strings.HasPrefix(url, "sqlite:"):
		d, err = openSQLite(ctx, strings.TrimPrefix(url, "sqlite:"), opts.ReadOnly)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		d, err = openPostgres(ctx, url)
	default:
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "store", Msg: "open database: the address begins with neither sqlite: nor postgres://"}
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := &DB{driver: d, opts: opts, now: opts.Now, subs: map[string][]chan string{}}
	if db.now == nil {
		db.now = time.Now
	}
	bring := db.migrate
	if opts.ReadOnly {
		bring = db.checkSchema
	}
	if err := bring(ctx); err != nil {
		_ = d.close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

// Engine is "sqlite" or "postgres".
func (db *DB) Engine() string { return db.driver.name() }

// Close closes the database. Work that is under way fails.
func (db *DB) Close() error { return db.driver.close() }

// View runs fn on one consistent state; it cannot write.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	return db.run(ctx, false, fn)
}

// Bulk runs fn in a transaction without a custody record, for machine data
// only: items, imported entries, counters, jobs.
func (db *DB) Bulk(ctx context.Context, fn func(*Tx) error) error {
	return db.run(ctx, true, fn)
}

// Update appends the event to the custody log and runs fn, in one transaction:
// both take effect or neither.
func (db *DB) Update(ctx context.Context, e custody.Event, fn func(*Tx) error) error {
	return db.run(ctx, true, func(tx *Tx) error {
		if err := tx.Record(e); err != nil {
			return err
		}
		return fn(tx)
	})
}

func (db *DB) run(ctx context.Context, write bool, fn func(*Tx) error) error {
	if write && db.opts.ReadOnly {
		return &jaga.Error{Code: jaga.CodeDenied, Msg: "begin transaction: the database is open for reading only"}
	}
	c, err := db.driver.begin(ctx, write)
	if err != nil {
		return translate("begin transaction", err)
	}
	clock := db.now().UnixMicro()
	tx := &Tx{ctx: ctx, db: db, conn: c, now: clock, clock: clock}
	if at, ok := TimeOf(ctx); ok {
		tx.now = at.UnixMicro()
	}
	done := false
	defer func() {
		if !done { // fn failed or panicked
			// The transaction must end even when ctx has.
			_ = c.rollback(context.WithoutCancel(ctx))
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	// A caller who goes away now must not be told that nothing happened: the
	// driver would say so although the transaction has committed, and what is
	// kept in memory would no longer agree with the database.
	if err := c.commit(context.WithoutCancel(ctx)); err != nil {
		if write && db.Engine() == "postgres" && (kindOf(err) == kindOther || kindOf(err) == kindAway) {
			db.inDoubt()
		}
		return translate("commit", err)
	}
	done = true
	for _, n := range tx.notes {
		db.publish(n[0], n[1])
	}
	if tx.enqueued {
		db.jobs.poke()
	}
	return nil
}

// OnDoubt has fn called when the connection to the database was lost during a
// commit: nobody knows then whether the transaction took effect, so what is
// kept in memory must be read again. fn must return at once.
func (db *DB) OnDoubt(fn func()) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.doubt = append(db.doubt, fn)
}

func (db *DB) inDoubt() {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, fn := range db.doubt {
		fn()
	}
}

// Subscribe returns a channel that receives the key of every Notify of the
// topic, after its transaction has committed. A full channel misses keys, so
// receivers take a key as a hint to look. cancel ends the subscription.
func (db *DB) Subscribe(topic string) (keys <-chan string, cancel func()) {
	ch := make(chan string, 64)
	db.mu.Lock()
	defer db.mu.Unlock()
	db.subs[topic] = append(db.subs[topic], ch)
	return ch, func() {
		db.mu.Lock()
		defer db.mu.Unlock()
		for i, c := range db.subs[topic] {
			if c == ch {
				db.subs[topic] = append(db.subs[topic][:i:i], db.subs[topic][i+1:]...)
				return
			}
		}
	}
}

func (db *DB) publish(topic, key string) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, ch := range db.subs[topic] {
		select {
		case ch <- key:
		default:
		}
	}
}
