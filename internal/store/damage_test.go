package store_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/damagetable"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// damagedLog is the log that is broken: small, since every trial reads it whole,
// with a checkpoint every eight records.
const damagedLog = 24

// errUndo ends the transaction of a trial.
var errUndo = errors.New("undo")

// TestLogDamage breaks the log in every way of the table in docs/custody.md, a
// hundred times each (a thousand when the table is written) and on both engines, and every time the verifier must say
// so and where. In the ways that end in "and the hashes are made anew" somebody
// with the whole database at hand also makes every stored hash fit.
func TestLogDamage(t *testing.T) {
	t.Parallel()
	trials := damagetable.Trials(t)
	tables := map[string][]damagetable.Row{}
	var mu sync.Mutex
	t.Run("engines", func(t *testing.T) {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			rows := breakLog(t, db, trials)
			mu.Lock()
			defer mu.Unlock()
			tables[db.Engine()] = rows
		})
	})
	for _, engine := range []string{"sqlite", "postgres"} {
		if rows := tables[engine]; rows != nil {
			damagetable.Compare(t, "../../docs/custody.md", engine, rows)
		}
	}
}

func breakLog(t *testing.T, db *store.DB, trials int) []damagetable.Row {
	ctx := t.Context()
	kept := ""
	for i := range damagedLog {
		err := db.Update(ctx, custody.Event{Actor: fmt.Sprint("person:", i%3), Action: "bank.update", Subject: fmt.Sprint("bank:", i),
			Detail: map[string]string{"name": fmt.Sprint("list ", i)}}, func(*store.Tx) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if i%8 == 7 {
			if kept, err = db.Checkpoint(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	var rows []damagetable.Row
	for _, kind := range logDamage {
		row := damagetable.Row{What: kind.what, Trials: trials}
		for seed := range trials {
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			var found error
			var at int64
			err := db.Bulk(ctx, func(tx *store.Tx) error {
				l := readLog(t, tx)
				at = kind.do(t, tx, l, r)
				outside := ""
				if kind.outside {
					outside = kept
				}
				_, found = store.VerifyTx(tx, storetest.Verifier(t), outside)
				return errUndo
			})
			if !errors.Is(err, errUndo) {
				t.Fatal(err)
			}
			var d *custody.Damage
			if !errors.As(found, &d) {
				t.Errorf("%s, seed %d: not found; error %v", kind.what, seed, found)
				continue
			}
			row.Found++
			if named(d, at) {
				row.Named++
			} else {
				t.Errorf("%s, seed %d: the place %d is not named: %+v", kind.what, seed, at, d)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// named reports whether the damage names the place at: the record itself, a
// stretch that holds it, or a checkpoint when at is below 0.
func named(d *custody.Damage, at int64) bool {
	switch {
	case at < 0:
		return d.Seq >= 0 || d.To > 0 || strings.Contains(d.What, "checkpoint over ")
	case d.To > 0:
		return d.From <= at && at < d.To
	}
	return d.Seq == at
}

type logRow struct {
	custody.Record
	Leaf []byte
}

// logTables is the log as it stands in the database.
type logTables struct{ rows []logRow }

func readLog(t *testing.T, tx *store.Tx) *logTables {
	t.Helper()
	l := &logTables{}
	err := store.Each(tx, func(r *struct {
		Seq, At                        int64
		Actor, Action, Subject, Detail string
		Leaf                           []byte
	}) error {
		l.rows = append(l.rows, logRow{custody.Record{Seq: r.Seq, At: r.At, Actor: r.Actor, Action: r.Action, Subject: r.Subject, Detail: r.Detail}, slices.Clone(r.Leaf)})
		return nil
	}, `SELECT seq, at, actor, action, subject, detail, leaf FROM custody_records ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func must(t *testing.T, tx *store.Tx, q string, args ...any) {
	t.Helper()
	if _, err := tx.Exec(q, args...); err != nil {
		t.Fatal(err)
	}
}

// write puts the rows back. anew renumbers them and makes all hashes fit, as
// somebody does who wants not to be found out.
func (l *logTables) write(t *testing.T, tx *store.Tx, anew bool) {
	t.Helper()
	must(t, tx, `DELETE FROM custody_records`)
	if anew {
		must(t, tx, `DELETE FROM custody_hashes`)
		must(t, tx, `UPDATE custody_head SET size = $1`, len(l.rows))
	}
	var v custody.Verifier
	var hashes []tlog.Hash
	for i := range l.rows {
		if anew {
			l.rows[i].Seq = int64(i)
			leaf := l.rows[i].Record.Leaf()
			l.rows[i].Leaf = leaf[:]
			if err := v.Add(l.rows[i].Record, leaf); err != nil {
				t.Fatal(err)
			}
			hashes = append(hashes, v.Stored()...)
		}
	}
	n := 0
	_, err := tx.BulkInsert("custody_records", []string{"seq", "at", "actor", "action", "subject", "detail", "leaf"}, func() ([]any, error) {
		if n == len(l.rows) {
			return nil, nil
		}
		r := l.rows[n]
		n++
		return []any{r.Seq, r.At, r.Actor, r.Action, r.Subject, r.Detail, r.Leaf}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n = 0
	if _, err := tx.BulkInsert("custody_hashes", []string{"id", "hash"}, func() ([]any, error) {
		if n == len(hashes) {
			return nil, nil
		}
		n++
		return []any{int64(n - 1), hashes[n-1][:]}, nil
	}); err != nil {
		t.Fatal(err)
	}
}

// two picks two different places, the lower first.
func (l *logTables) two(r *rand.Rand) (int, int) {
	i, k := r.IntN(len(l.rows)), r.IntN(len(l.rows)-1)
	if k >= i {
		k++
	}
	return min(i, k), max(i, k)
}

// flipLow flips a low bit of an ASCII letter of the text, which stays valid
// UTF-8 and without NUL.
func flipLow(r *rand.Rand, text string) string {
	b := []byte(text)
	for {
		i := r.IntN(len(b))
		if b[i] >= ' ' && b[i] < 0x7f {
			b[i] ^= 1 << r.IntN(4)
			return string(b)
		}
	}
}

func (l *logTables) swap(i, k int) {
	a, b := l.rows[i], l.rows[k]
	a.Seq, b.Seq = b.Seq, a.Seq
	l.rows[i], l.rows[k] = b, a
}

// logDamage lists the ways. do returns the first record at fault, or -1 when it
// is a checkpoint.
var logDamage = []struct {
	what    string
	outside bool // a checkpoint was kept elsewhere
	do      func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64
}{
	{"one bit of a record is flipped", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i := r.IntN(len(l.rows))
		row := &l.rows[i]
		switch r.IntN(6) {
		case 0:
			row.At ^= 1 << r.IntN(50)
		case 1:
			row.Actor = flipLow(r, row.Actor)
		case 2:
			row.Action = flipLow(r, row.Action)
		case 3:
			row.Subject = flipLow(r, row.Subject)
		case 4:
			row.Detail = flipLow(r, row.Detail)
		default:
			row.Leaf[r.IntN(32)] ^= 1 << r.IntN(8)
		}
		must(t, tx, `UPDATE custody_records SET at = $1, actor = $2, action = $3, subject = $4, detail = $5, leaf = $6 WHERE seq = $7`,
			row.At, row.Actor, row.Action, row.Subject, row.Detail, row.Leaf, row.Seq)
		return int64(i)
	}},
	{"one bit of a record is flipped and the hashes are made anew", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i := r.IntN(len(l.rows))
		l.rows[i].Subject = flipLow(r, l.rows[i].Subject)
		l.write(t, tx, true)
		return int64(i)
	}},
	{"one bit of a stored hash of the tree is flipped", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		id := r.Int64N(tlog.StoredHashCount(damagedLog))
		h, err := store.One[[]byte](tx, `SELECT hash FROM custody_hashes WHERE id = $1`, id)
		if err != nil {
			t.Fatal(err)
		}
		h = slices.Clone(h)
		h[r.IntN(32)] ^= 1 << r.IntN(8)
		must(t, tx, `UPDATE custody_hashes SET hash = $1 WHERE id = $2`, h, id)
		n := int64(0) // the record that added the hash
		for tlog.StoredHashCount(n+1) <= id {
			n++
		}
		return n
	}},
	{"one bit of a checkpoint is flipped", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		size := 8 * (1 + r.IntN(3))
		n, err := store.One[string](tx, `SELECT note FROM custody_checkpoints WHERE size = $1`, size)
		if err != nil {
			t.Fatal(err)
		}
		must(t, tx, `UPDATE custody_checkpoints SET note = $1 WHERE size = $2`, flipLow(r, n), size)
		return -1
	}},
	{"the end is cut off", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		k := r.IntN(len(l.rows))
		l.rows = l.rows[:k]
		l.write(t, tx, false)
		return int64(k)
	}},
	{"the end is cut off and the hashes are made anew", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		k := r.IntN(len(l.rows))
		l.rows = l.rows[:k]
		l.write(t, tx, true)
		return int64(k)
	}},
	{"the end is cut off with its checkpoints; one was kept elsewhere", true, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		k := r.IntN(len(l.rows))
		l.rows = l.rows[:k]
		l.write(t, tx, true)
		must(t, tx, `DELETE FROM custody_checkpoints WHERE size > $1`, k)
		return int64(k)
	}},
	{"two records are exchanged", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i, k := l.two(r)
		l.swap(i, k)
		l.write(t, tx, false)
		return int64(i)
	}},
	{"two records are exchanged and the hashes are made anew", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i, k := l.two(r)
		l.swap(i, k)
		l.write(t, tx, true)
		return int64(i)
	}},
	{"a record is deleted", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i := r.IntN(len(l.rows))
		must(t, tx, `DELETE FROM custody_records WHERE seq = $1`, i)
		return int64(i)
	}},
	{"a record is deleted and the hashes are made anew", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i := r.IntN(len(l.rows))
		l.rows = slices.Delete(l.rows, i, i+1)
		l.write(t, tx, true)
		if i >= 16 {
			return damagedLog - 1 // the log is now too short for its last checkpoint
		}
		return int64(i)
	}},
	{"the records are put in another order and the hashes are made anew", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i, k := l.two(r)
		slices.Reverse(l.rows[i : k+1])
		l.write(t, tx, true)
		return int64(i)
	}},
	{"a record is inserted and the hashes are made anew", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i := r.IntN(len(l.rows))
		extra := l.rows[i]
		extra.Subject = "bank:999"
		l.rows = slices.Insert(l.rows, i, extra)
		l.write(t, tx, true)
		return int64(i)
	}},
	{"an older checkpoint takes the place of a newer one", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		old := 8 * (1 + r.IntN(2))
		newer := old + 8*(1+r.IntN(3-old/8))
		must(t, tx, `UPDATE custody_checkpoints SET note = (SELECT note FROM custody_checkpoints WHERE size = $1) WHERE size = $2`, old, newer)
		return -1
	}},
	{"the log of another installation is spliced in and the hashes are made anew", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i, k := l.two(r)
		for n := i; n <= k; n++ {
			l.rows[n].Actor, l.rows[n].At = "person:77", l.rows[n].At+5
		}
		l.write(t, tx, true)
		return int64(i)
	}},
	{"the same, and the checkpoints are those of the other installation", false, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i := r.IntN(len(l.rows))
		for n := i; n < len(l.rows); n++ {
			l.rows[n].Actor = "person:77"
		}
		l.write(t, tx, true)
		signer, _, err := custody.NewKey("jaga.test")
		if err != nil {
			t.Fatal(err)
		}
		for size := int64(8); size <= damagedLog; size += 8 {
			root, err := tlog.TreeHash(size, store.CustodyHashes(tx))
			if err != nil {
				t.Fatal(err)
			}
			n, err := custody.Checkpoint{Origin: "jaga.test", Size: size, Root: root}.Sign(signer)
			if err != nil {
				t.Fatal(err)
			}
			must(t, tx, `UPDATE custody_checkpoints SET note = $1 WHERE size = $2`, n, size)
		}
		return -1
	}},
	{"whoever has the key rewrites the log; a checkpoint was kept elsewhere", true, func(t *testing.T, tx *store.Tx, l *logTables, r *rand.Rand) int64 {
		i := r.IntN(len(l.rows))
		l.rows[i].Actor = "person:77"
		l.write(t, tx, true)
		must(t, tx, `DELETE FROM custody_checkpoints`)
		return int64(i)
	}},
}
