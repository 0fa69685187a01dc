package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/jaga-project/jaga"
)

// Tx is a transaction. It must be used by one goroutine only and not after the
// function it was given to has returned.
type Tx struct {
	ctx      context.Context
	db       *DB
	conn     conn
	now      int64
	clock    int64 // what custody records say, whatever [At] chose
	notes    [][2]string
	enqueued bool
}

// Now is the time of the transaction in microseconds since 1970; it stands
// still while the transaction runs.
func (tx *Tx) Now() int64 { return tx.now }

// Exec runs a statement and returns how many rows it touched.
func (tx *Tx) Exec(q string, args ...any) (int64, error) {
	n, err := tx.conn.exec(tx.ctx, tx.db.rewrite(q), args)
	if err != nil {
		return 0, translate(verb(q), err)
	}
	return n, nil
}

// Notify sends the key to the subscribers of the topic once the transaction
// has committed.
func (tx *Tx) Notify(topic, key string) { tx.notes = append(tx.notes, [2]string{topic, key}) }

// BulkInsert inserts rows as fast as the engine can: next returns the values of
// one row in the order of columns, and nil after the last. The slice that next
// returns may be reused by it.
func (tx *Tx) BulkInsert(table string, columns []string, next func() ([]any, error)) (int64, error) {
	n, err := tx.db.driver.bulk(tx.ctx, tx.conn, table, columns, next)
	if err != nil {
		return n, translate("insert into "+table, err)
	}
	return n, nil
}

// All runs a query and reads every row. T is a struct, whose exported fields
// take the columns in order, or a single column's type.
func All[T any](tx *Tx, q string, args ...any) ([]T, error) {
	var out []T
	err := Each(tx, func(v *T) error {
		out = append(out, *v)
		return nil
	}, q, args...)
	return out, err
}

// Each runs a query and calls fn for every row, as [All] reads them. fn must
// not use the transaction, nor keep the pointer.
func Each[T any](tx *Tx, fn func(*T) error, q string, args ...any) error {
	r, err := tx.conn.query(tx.ctx, tx.db.rewrite(q), args)
	if err != nil {
		return translate(verb(q), err)
	}
	defer r.Close()
	var v T
	dest := fields(&v)
	for r.Next() {
		if err := r.Scan(dest...); err != nil {
			return translate(verb(q), err)
		}
		if err := fn(&v); err != nil {
			return err
		}
		var zero T
		v = zero
	}
	if err := r.Err(); err != nil {
		return translate(verb(q), err)
	}
	return nil
}

// ErrNotFound is returned by [One] when there is no row.
var ErrNotFound = errors.New("not found")

// One runs a query and reads its first row, or returns [ErrNotFound].
func One[T any](tx *Tx, q string, args ...any) (T, error) {
	all, err := All[T](tx, q, args...)
	if err == nil && len(all) == 0 {
		err = &jaga.Error{Code: jaga.CodeNotFound, Msg: verb(q) + ": not found", Err: ErrNotFound}
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return all[0], nil
}

func fields(v any) []any {
	r := reflect.ValueOf(v).Elem()
	if r.Kind() != reflect.Struct {
		return []any{v}
	}
	out := make([]any, 0, r.NumField())
	for i := range r.NumField() {
		if r.Type().Field(i).IsExported() {
			out = append(out, r.Field(i).Addr().Interface())
		}
	}
	return out
}

// rewrite puts the engine's words and placeholders in place.
func (db *DB) rewrite(q string) string {
	if s, ok := db.rewrites.Load(q); ok {
		return s.(string)
	}
	var b strings.Builder
	for i := 0; i < len(q); i++ {
		switch {
		case strings.HasPrefix(q[i:], "{{"):
			end := strings.Index(q[i:], "}}")
			if end < 0 {
				panic("store: unclosed word in: " + q)
			}
			w, ok := db.driver.word(q[i+2 : i+end])
			if !ok {
				panic("store: unknown word " + q[i:i+end+2])
			}
			b.WriteString(w)
			i += end + 1
		case q[i] == '$' && i+1 < len(q) && q[i+1] >= '1' && q[i+1] <= '9':
			end := i + 1
			for end < len(q) && q[end] >= '0' && q[end] <= '9' {
				end++
			}
			b.WriteString(db.driver.placeholder(q[i+1 : end]))
			i = end - 1
		default:
			b.WriteByte(q[i])
		}
	}
	s := b.String()
	if len(q) < 4096 { // statements are constants; large generated ones are not kept
		db.rewrites.Store(q, s)
	}
	return s
}

// verb names a statement in errors by its first words, never by its values.
func verb(q string) string {
	f := strings.Fields(q)
	return strings.ToLower(strings.Join(f[:min(3, len(f))], " "))
}

// translate maps engine errors to codes and to messages with a hint.
func translate(op string, err error) error {
	switch kind := kindOf(err); kind {
	case kindConflict:
		return &jaga.Error{Code: jaga.CodeConflict, Msg: op + ": it exists already", Err: err}
	case kindFull:
		return &jaga.Error{Code: jaga.CodeUnavailable, Msg: op + ": the disk is full", Hint: "make room where the data directory lies; nothing that was acknowledged is lost", Err: err}
	case kindDamaged:
		return &jaga.Error{Code: jaga.CodeUnavailable, Field: "store", Msg: op + ": the database is damaged, or is no database of Jaga",
			Hint: "stop the server, keep a copy of the files as they are, and restore a backup; docs/operate.md says how", Err: err}
	case kindAway:
		e := &jaga.Error{Code: jaga.CodeUnavailable, Field: "database", Msg: op + ": the database does not answer", Hint: "try again in a moment; nothing that was acknowledged is lost", Err: err}
		if op == "commit" {
			e.Msg, e.Hint = "commit: the database went away, and whether this was stored is not known", "look whether it is there before you do it again; nothing that was acknowledged is lost"
		}
		return e
	case kindBusy:
		return &jaga.Error{Code: jaga.CodeBusy, Msg: op + ": the database is busy", Hint: "try again", Err: err}
	}
	return fmt.Errorf("%s: %w", op, err)
}

type kind int

const (
	kindOther kind = iota
	kindConflict
	kindFull
	kindBusy
	kindDamaged
	kindAway // the server is gone
)

func kindOf(err error) kind {
	if k := sqliteKind(err); k != kindOther {
		return k
	}
	return postgresKind(err)
}
