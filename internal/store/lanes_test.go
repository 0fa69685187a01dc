package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

func enqueue(t *testing.T, db *store.DB, jobs ...store.Job) {
	t.Helper()
	if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
		for _, j := range jobs {
			if err := tx.Enqueue(j); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not happen: %s", what)
		}
	}
}

// TestALaneThatHangsLeavesTheOthersFree fills a lane with jobs that do not end
// and expects those of another one to be done.
func TestALaneThatHangsLeavesTheOthersFree(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var jobs []store.Job
		for range 30 {
			jobs = append(jobs, store.Job{Kind: "send", Lane: "hangs", Args: "hangs"})
		}
		for range 20 {
			jobs = append(jobs, store.Job{Kind: "send", Lane: "works", Args: "works"}, store.Job{Kind: "send", Args: "none"})
		}
		enqueue(t, db, jobs...)
		ctx, stop := context.WithCancel(t.Context())
		var hanging, most, works, none atomic.Int64
		var mu sync.Mutex
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = db.WorkLanes(ctx, store.Lanes{Workers: 4, Each: 2}, map[string]store.Handler{"send": func(ctx context.Context, r *store.Running) error {
				var lane string
				if err := r.Args(&lane); err != nil {
					return err
				}
				switch lane {
				case "hangs":
					mu.Lock()
					most.Store(max(most.Load(), hanging.Add(1)))
					mu.Unlock()
					<-ctx.Done()
					return ctx.Err()
				case "works":
					works.Add(1)
				default:
					none.Add(1)
				}
				return nil
			}})
		}()
		until(t, "the other lanes are done", func() bool { return works.Load() == 20 && none.Load() == 20 })
		stop()
		<-done
		if most.Load() != 2 {
			t.Errorf("%d jobs of one lane ran at a time, want 2", most.Load())
		}
	})
}

// TestAClosedLaneWaits opens a lane only later.
func TestAClosedLaneWaits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		enqueue(t, db, store.Job{Kind: "send", Lane: "a"}, store.Job{Kind: "send", Lane: "b"})
		var open atomic.Bool
		var a, b atomic.Int64
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = db.WorkLanes(ctx, store.Lanes{Workers: 2, Closed: func() []string {
				if open.Load() {
					return nil
				}
				return []string{"a"}
			}}, map[string]store.Handler{"send": func(_ context.Context, r *store.Running) error {
				map[string]*atomic.Int64{"a": &a, "b": &b}[r.Lane].Add(1)
				return nil
			}})
		}()
		until(t, "b is done", func() bool { return b.Load() == 1 })
		time.Sleep(50 * time.Millisecond)
		if a.Load() != 0 {
			t.Error("a closed lane ran")
		}
		open.Store(true)
		until(t, "a is done", func() bool { return a.Load() == 1 })
		stop()
		<-done
	})
}

// TestHurry brings a job of a lane forward, and no other.
func TestHurry(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		far := time.Now().Add(time.Hour).UnixMicro()
		enqueue(t, db, store.Job{Kind: "send", Lane: "a", RunAt: far}, store.Job{Kind: "send", Lane: "b", RunAt: far})
		var a, b atomic.Int64
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = db.WorkLanes(ctx, store.Lanes{Workers: 2}, map[string]store.Handler{"send": func(_ context.Context, r *store.Running) error {
				map[string]*atomic.Int64{"a": &a, "b": &b}[r.Lane].Add(1)
				return nil
			}})
		}()
		time.Sleep(50 * time.Millisecond)
		if a.Load() != 0 {
			t.Error("a job ran before its time")
		}
		if err := db.Bulk(ctx, func(tx *store.Tx) error { return tx.Hurry("a") }); err != nil {
			t.Fatal(err)
		}
		until(t, "a is done", func() bool { return a.Load() == 1 })
		stop()
		<-done
		if b.Load() != 0 {
			t.Error("a job of another lane was hurried")
		}
	})
}

// TestLaterIsTriedAsOftenAsTheHandlerSays goes beyond MaxAttempts, waits, and
// gives up when the handler does.
func TestLaterIsTriedAsOftenAsTheHandlerSays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		enqueue(t, db, store.Job{Kind: "send"})
		const tries = store.MaxAttempts + 3
		var times [tries]time.Time
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = db.WorkLanes(ctx, store.Lanes{Workers: 1}, map[string]store.Handler{"send": func(_ context.Context, r *store.Running) error {
				times[r.Attempts-1] = time.Now()
				if err := fmt.Errorf("try %d", r.Attempts); r.Attempts < tries {
					return store.Later(err, 40*time.Millisecond)
				}
				return store.Permanent(errors.New("given up"))
			}})
		}()
		until(t, "it is given up", func() bool {
			list, err := db.Jobs(t.Context(), 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range list {
				if j.Kind == "send" && j.State == store.JobFailed {
					return j.Attempts == tries && j.Error == "given up"
				}
			}
			return false
		})
		stop()
		<-done
		for i := 1; i < tries; i++ {
			if d := times[i].Sub(times[i-1]); d < 40*time.Millisecond {
				t.Errorf("try %d came after %s", i+1, d)
			}
		}
	})
}
