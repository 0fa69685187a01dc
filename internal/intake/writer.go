package intake

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// writer stores records of many callers in one transaction: one fsync serves
// all who wait for it.
type writer struct {
	db    *store.DB
	queue chan write
	ctx   context.Context
	hooks hooks
}

// hooks are those of [Options].
type hooks struct {
	matched func(tx *store.Tx, before, after []jaga.Match) error
	found   func(tx *store.Tx, rec Record) error
}

type write struct {
	rec  *Record
	done chan error
}

// writeBatch is the largest number of records in one transaction.
const writeBatch = 256

func newWriter(ctx context.Context, db *store.DB, h hooks) *writer {
	w := &writer{db: db, queue: make(chan write, writeBatch), ctx: ctx, hooks: h}
	go w.run()
	return w
}

// put returns when the record is durable, or could not be stored.
func (w *writer) put(ctx context.Context, rec *Record) error {
	if _, ok := store.TimeOf(ctx); ok {
		// Others, who come now, are in no transaction of another time.
		return w.db.Bulk(ctx, func(tx *store.Tx) error { return insert(tx, rec, w.hooks) })
	}
	one := write{rec, make(chan error, 1)}
	stopping := &jaga.Error{Code: jaga.CodeUnavailable, Msg: "store item: the server is stopping"}
	select {
	case w.queue <- one:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.ctx.Done():
		return stopping
	}
	select {
	case err := <-one.done:
		return err
	case <-w.ctx.Done():
		return stopping
	}
}

func (w *writer) run() {
	batch := make([]write, 0, writeBatch)
	for {
		select {
		case first := <-w.queue:
			batch = append(batch[:0], first)
		case <-w.ctx.Done():
			return
		}
	more:
		for len(batch) < writeBatch {
			select {
			case next := <-w.queue:
				batch = append(batch, next)
			default:
				break more
			}
		}
		err := w.db.Bulk(w.ctx, func(tx *store.Tx) error {
			for _, one := range batch {
				if err := insert(tx, one.rec, w.hooks); err != nil {
					return err
				}
			}
			return nil
		})
		for _, one := range batch {
			one.done <- err
		}
	}
}

// insert stores a record. One with a finding is also a custody record.
func insert(tx *store.Tx, rec *Record, h hooks) error {
	outcome, err := json.Marshal(rec.Outcome)
	if err != nil {
		return fmt.Errorf("store item: %w", err)
	}
	i := rec.Item
	state := rec.Outcome.State()
	if _, err := tx.Exec(`INSERT INTO items (id, at, source, ref, kind, type, bytes, width, height, orientation, author, audience, state, band, late, outcome)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		i.ID, i.At.UnixMicro(), i.Source, i.Ref, string(i.Kind), rec.Type, rec.Bytes, int64(rec.Width), int64(rec.Height), int64(rec.Orientation),
		i.Author, i.Audience, string(state), int64(rec.Outcome.Band()), int64(0), string(outcome)); err != nil {
		return fmt.Errorf("store item: %w", err)
	}
	for _, s := range rec.Signals {
		raw, err := hex.DecodeString(s.Value)
		if err != nil {
			return fmt.Errorf("store item: %w", err)
		}
		if _, err := tx.Exec(`INSERT INTO item_signals (item_id, type, variant, quality, value) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
			i.ID, typeNumbers[s.Type], s.Variant, int64(s.Quality), raw); err != nil {
			return fmt.Errorf("store item: %w", err)
		}
		switch s.Type {
		case jaga.VPDQ:
			_, err = tx.Exec(`INSERT INTO item_films (item_id, frames) VALUES ($1, $2) ON CONFLICT DO NOTHING`, i.ID, []byte(s.Frames))
		case jaga.Chromaprint:
			_, err = tx.Exec(`INSERT INTO item_sounds (item_id, words) VALUES ($1, $2) ON CONFLICT DO NOTHING`, i.ID, []byte(s.Words))
		}
		if err != nil {
			return fmt.Errorf("store item: %w", err)
		}
	}
	if err := tally(tx, i.At, state, 1); err != nil {
		return fmt.Errorf("store item: %w", err)
	}
	if len(rec.Outcome.Matches) > 0 {
		if err := h.matched(tx, nil, rec.Outcome.Matches); err != nil {
			return fmt.Errorf("store item: %w", err)
		}
	}
	tx.Notify("items", i.ID)
	if state != jaga.StateFindings {
		if len(rec.Outcome.Scores) > 0 {
			return h.found(tx, *rec)
		}
		return nil
	}
	if err := tx.Record(custody.Event{Actor: orSystem(i.Source), Action: "item.finding", Subject: "item:" + i.ID, Detail: map[string]string{
		"band": rec.Outcome.Band().String(), "findings": strconv.Itoa(len(rec.Outcome.Findings)), "index": rec.Outcome.Index}}); err != nil {
		return err
	}
	return h.found(tx, *rec)
}

func orSystem(actor string) string {
	if actor == "" {
		return "system"
	}
	return actor
}

// hourOf is the hour of a time, in hours since 1970.
func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

func tally(tx *store.Tx, at time.Time, state jaga.State, n int64) error {
	_, err := tx.Exec(`INSERT INTO item_hours (hour, state, n) VALUES ($1, $2, $3) ON CONFLICT (hour, state) DO UPDATE SET n = item_hours.n + excluded.n`,
		hourOf(at), string(state), n)
	return err
}

// The numbers of signal types in the database, as in package bank.
var typeNumbers = map[jaga.SignalType]int64{jaga.PDQ: 1, jaga.MD5: 2, jaga.SHA1: 3, jaga.SHA256: 4, jaga.VPDQ: 5, jaga.Chromaprint: 6, jaga.URL: 7, jaga.Domain: 8, jaga.Keyword: 9}

func typeName(n int64) jaga.SignalType {
	for t, x := range typeNumbers {
		if x == n {
			return t
		}
	}
	return ""
}
