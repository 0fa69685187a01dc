package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

var event = custody.Event{Actor: "person:1", Action: "test.write", Subject: "meta"}

func put(name, value string) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ($1, $2)`, name, value)
		return err
	}
}

func names(t *testing.T, db *store.DB) (out []string) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		out, err = store.All[string](tx, `SELECT name FROM meta ORDER BY name`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func records(t *testing.T, db *store.DB) int64 {
	t.Helper()
	n, err := db.VerifyCustody(t.Context(), storetest.Verifier(t), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestUpdateWritesBothOrNeither(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.Update(ctx, event, put("a", "1")); err != nil {
			t.Fatal(err)
		}
		boom := errors.New("boom")
		if err := db.Update(ctx, event, func(tx *store.Tx) error {
			if err := put("b", "1")(tx); err != nil {
				return err
			}
			return boom
		}); !errors.Is(err, boom) {
			t.Fatalf("error %v", err)
		}
		err := db.Update(ctx, event, put("a", "again"))
		if jaga.CodeOf(err) != jaga.CodeConflict {
			t.Fatalf("a second row with the same key: code %q, error %v", jaga.CodeOf(err), err)
		}
		if err := db.Update(ctx, custody.Event{Action: "no actor"}, put("c", "1")); err == nil {
			t.Fatal("an update without an actor was made")
		}
		func() {
			defer func() { _ = recover() }()
			_ = db.Update(ctx, event, func(*store.Tx) error { panic("in the middle") })
		}()
		if got := names(t, db); !slices.Equal(got, []string{"a"}) {
			t.Errorf("rows %v", got)
		}
		if n := records(t, db); n != 1 {
			t.Errorf("%d custody records, want 1", n)
		}
	})
}

func TestViewCannotWrite(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.View(t.Context(), put("a", "1")); err == nil {
			t.Error("a view wrote a row")
		}
		if got := names(t, db); len(got) != 0 {
			t.Errorf("rows %v", got)
		}
	})
}

func TestOneAndAll(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			for i := range 3 {
				if err := put(fmt.Sprint(i), "v")(tx); err != nil {
					return err
				}
			}
			type row struct{ Name, Value string }
			all, err := store.All[row](tx, `SELECT name, value FROM meta WHERE name > $1 AND value = $2 AND $1 < name ORDER BY name`, "0", "v")
			if err != nil || !slices.Equal(all, []row{{"1", "v"}, {"2", "v"}}) {
				t.Errorf("%v, error %v", all, err)
			}
			_, err = store.One[string](tx, `SELECT value FROM meta WHERE name = $1`, "absent")
			if !errors.Is(err, store.ErrNotFound) || jaga.CodeOf(err) != jaga.CodeNotFound {
				t.Errorf("an absent row: %v", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestManyWritersLeaveOneVerifiedLog(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const writers, each = 4, 25
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					if err := db.Update(t.Context(), event, put(fmt.Sprintf("%d-%d", w, i), "v")); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		if n := records(t, db); n != writers*each {
			t.Errorf("%d records, want %d", n, writers*each)
		}
		if _, err := db.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := db.Update(t.Context(), event, put("later", "v")); err != nil {
			t.Fatal(err)
		}
		if n := records(t, db); n != writers*each+1 {
			t.Errorf("%d records after the checkpoint", n)
		}
	})
}

func TestVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]string{
		"changed record":     `UPDATE custody_records SET actor = 'person:2' WHERE seq = 3`,
		"deleted record":     `DELETE FROM custody_records WHERE seq = 3`,
		"deleted last":       `DELETE FROM custody_records WHERE seq = 9`,
		"changed tree":       `UPDATE custody_hashes SET hash = (SELECT hash FROM custody_hashes WHERE id = 0) WHERE id = 2`,
		"changed head":       `UPDATE custody_head SET size = 9`,
		"changed checkpoint": `UPDATE custody_checkpoints SET note = 'x'`,
		"log cut off":        `UPDATE custody_head SET size = 0`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				for i := range 10 {
					if err := db.Update(t.Context(), event, put(fmt.Sprint(i), "v")); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := db.Checkpoint(t.Context()); err != nil {
					t.Fatal(err)
				}
				records(t, db)
				if err := db.Bulk(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(harm); return err }); err != nil {
					t.Fatal(err)
				}
				_, err := db.VerifyCustody(t.Context(), storetest.Verifier(t), "", nil)
				var d *custody.Damage
				if !errors.As(err, &d) {
					t.Errorf("not found; error %v", err)
				}
			})
		})
	}
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		db := storetest.Open(t, url)
		if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO schema_versions (version, name, digest, applied_at) VALUES (9000, '9000_future.sql', 'x', 0)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		_ = db.Close()
		_, err := store.Open(t.Context(), url, store.Options{})
		if err == nil || !strings.Contains(err.Error(), "newer version") || !strings.Contains(err.Error(), "9000_future") {
			t.Errorf("error %v", err)
		}
	})
}

func TestOpenRefusesOtherAddresses(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "mysql://x", "/tmp/x.db", "sqlite:/no/such/directory/x.db"} {
		if _, err := store.Open(t.Context(), url, store.Options{}); err == nil {
			t.Errorf("%q was opened", url)
		}
	}
}

func TestCancelledQueriesPoisonNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := range 200 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration((w*200+i)%40)*10*time.Microsecond)
					_ = db.View(ctx, func(tx *store.Tx) error {
						_, err := store.All[int64](tx, `WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n WHERE x < 2000) SELECT CAST(x AS BIGINT) FROM n`)
						return err
					})
					cancel()
				}
			})
		}
		wg.Wait()
		for range 10 {
			if err := db.Update(t.Context(), event, func(*store.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
			names(t, db)
		}
	})
}

func TestBulkInsert(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, n := range []int{0, 1, 199, 200, 201, 1234} {
			i := 0
			err := db.Bulk(t.Context(), func(tx *store.Tx) error {
				got, err := tx.BulkInsert("custody_hashes", []string{"id", "hash"}, func() ([]any, error) {
					if i == n {
						return nil, nil
					}
					i++
					return []any{int64(10000*n + i), []byte{byte(i)}}, nil
				})
				if got != int64(n) {
					t.Errorf("%d rows reported, want %d", got, n)
				}
				if err != nil {
					return err
				}
				have, err := store.One[int64](tx, `SELECT COUNT(*) FROM custody_hashes WHERE id > $1 AND id <= $2`, int64(10000*n), int64(10000*n+n))
				if have != int64(n) {
					t.Errorf("%d rows there, want %d", have, n)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		boom := errors.New("boom")
		err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			_, err := tx.BulkInsert("meta", []string{"name", "value"}, func() ([]any, error) { return nil, boom })
			return err
		})
		if !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
	})
}

func TestNotifyOnlyAfterCommit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		keys, cancel := db.Subscribe("topic")
		defer cancel()
		_ = db.Bulk(t.Context(), func(tx *store.Tx) error { tx.Notify("topic", "lost"); return errors.New("no") })
		_ = db.Bulk(t.Context(), func(tx *store.Tx) error { tx.Notify("topic", "kept"); return nil })
		if got := <-keys; got != "kept" {
			t.Errorf("received %q", got)
		}
	})
}

func TestJobs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		_ = db.Bulk(ctx, func(tx *store.Tx) error {
			if err := tx.Enqueue(store.Job{Kind: "aborted"}); err != nil {
				t.Error(err)
			}
			return errors.New("aborted")
		})
		if err := db.Bulk(ctx, func(tx *store.Tx) error {
			return errors.Join(
				tx.Enqueue(store.Job{Kind: "ok", Args: 41, Unique: "one"}),
				tx.Enqueue(store.Job{Kind: "ok", Args: 41, Unique: "one"}),
				tx.Enqueue(store.Job{Kind: "flaky"}),
				tx.Enqueue(store.Job{Kind: "hopeless"}),
				tx.Enqueue(store.Job{Kind: "panics"}))
		}); err != nil {
			t.Fatal(err)
		}
		var ok, flaky, aborted atomic.Int64
		stopped := make(chan error)
		go func() {
			stopped <- db.Work(ctx, 2, map[string]store.Handler{
				"ok": func(ctx context.Context, r *store.Running) error {
					var n int64
					if err := r.Args(&n); err != nil {
						return err
					}
					r.Progress(ctx, 5, 5, "five of five")
					ok.Add(n)
					return nil
				},
				"flaky": func(context.Context, *store.Running) error {
					if flaky.Add(1) == 1 {
						return errors.New("the first time")
					}
					return nil
				},
				"hopeless": func(context.Context, *store.Running) error { return store.Permanent(errors.New("no way")) },
				"panics":   func(context.Context, *store.Running) error { panic("ouch") },
				"aborted":  func(context.Context, *store.Running) error { aborted.Add(1); return nil },
			})
		}()
		want := map[string]store.JobState{"ok": store.JobDone, "flaky": store.JobDone, "hopeless": store.JobFailed, "panics": store.JobFailed}
		deadline := time.Now().Add(20 * time.Second)
		for {
			list, err := db.Jobs(ctx, 100)
			if err != nil {
				t.Fatal(err)
			}
			finished := 0
			for _, j := range list {
				if j.State == want[j.Kind] {
					finished++
				}
				if j.Kind == "ok" && j.State == store.JobDone && (j.Done != 5 || j.Text != "five of five") {
					t.Errorf("progress %d %q", j.Done, j.Text)
				}
			}
			if finished == len(want) && len(list) == len(want) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("jobs %+v", list)
			}
			time.Sleep(20 * time.Millisecond)
		}
		cancel()
		<-stopped
		if ok.Load() != 41 || flaky.Load() != 2 || aborted.Load() != 0 {
			t.Errorf("ok %d, flaky %d, aborted %d", ok.Load(), flaky.Load(), aborted.Load())
		}
	})
}

func BenchmarkBulkInsertSQLite(b *testing.B) {
	db := storetest.Open(b, storetest.SQLite(b))
	if err := db.Bulk(b.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`CREATE TABLE bench (bank_id BIGINT, id BIGINT, type BIGINT, source_id BIGINT, at BIGINT, value BLOB, PRIMARY KEY (bank_id, id, type)) WITHOUT ROWID`)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	const rows = 200_000
	id := int64(0)
	value := make([]byte, 32)
	row := make([]any, 6)
	for b.Loop() {
		n := 0
		if err := db.Bulk(b.Context(), func(tx *store.Tx) error {
			_, err := tx.BulkInsert("bench", []string{"bank_id", "id", "type", "source_id", "at", "value"}, func() ([]any, error) {
				if n == rows {
					return nil, nil
				}
				n++
				id++
				row[0], row[1], row[2], row[3], row[4], row[5] = int64(1), id, int64(1), int64(1), int64(1), value
				return row, nil
			})
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}

// A second process may read while the first one writes, and cannot write.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		if _, err := store.Open(t.Context(), url, store.Options{ReadOnly: true}); err == nil {
			t.Error("a database that nobody made was opened for reading")
		}
		db := storetest.Open(t, url)
		ro, err := store.Open(t.Context(), url, store.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer ro.Close()
		for range 3 {
			if err := db.Update(t.Context(), event, func(*store.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if h, err := ro.CustodyHead(t.Context()); err != nil || h.Size != 3 {
			t.Errorf("read %d records, %v; want 3", h.Size, err)
		}
		if n, err := ro.VerifyCustody(t.Context(), storetest.Verifier(t), "", nil); err != nil || n != 3 {
			t.Errorf("verified %d records, %v; want 3", n, err)
		}
		if err := ro.Bulk(t.Context(), func(tx *store.Tx) error { return nil }); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("writing: %v, want denied", err)
		}
	})
}
