package console_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/store"
)

func TestHome(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		empty := w.page("/")
		want(t, "an empty installation", empty, "Create a bank", "Put entries into it", "Check something", `href="/banks/new"`)
		unwanted(t, "an empty installation", empty, "<figure", "Over time")
		w.newBank("KNOWN")
		want(t, "with a bank", w.page("/"), `href="/banks/KNOWN"`, "Add entries")
		w.addPhoto("KNOWN", 1)
		missed := w.take("early", smaller(5))
		w.take("", smaller(1))
		w.take("", []byte("words"))
		full := w.page("/")
		unwanted(t, "a busy installation", full, "First steps")
		want(t, "a busy installation", full, "3 items came in during the last 24 hours", "3 items in 48 hours. 1 has findings", "3 items in 30 days. 1 has findings",
			"no entry waits for a person", "everything runs", "1 of 3", "What came in last", "Figures")
		if n := strings.Count(full, "<figure"); n != 2 {
			t.Errorf("%d plots", n)
		}
		order := []int{strings.Index(full, `id="waiting"`), strings.Index(full, "everything runs"), strings.Index(full, `id="latest"`), strings.Index(full, "<figure")}
		for i := 1; i < len(order); i++ {
			if order[i] < order[i-1] {
				t.Errorf("waiting, broken, what came in and plots stand at %v", order)
			}
		}

		// A job that fails is broken, and a bank that grows makes late matches.
		w.addPhoto("KNOWN", 5)
		err := w.db.Update(t.Context(), custody.Event{Actor: "system", Action: "test.job", Subject: "test"}, func(tx *store.Tx) error {
			return tx.Enqueue(store.Job{Kind: "doomed", Args: 1})
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			done <- w.db.Work(ctx, 1, map[string]store.Handler{bank.GrewJob: w.in.Rematch,
				"doomed": func(context.Context, *store.Running) error { return store.Permanent(errors.New("<b>doomed</b>")) }})
		}()
		defer func() { stop(); <-done }()
		deadline := time.Now().Add(20 * time.Second)
		for {
			body := w.page("/")
			if strings.Contains(body, "1 job failed within 7 days") && strings.Contains(text(body), "1 matched later") {
				want(t, "late matches", body, "2 have findings", `class="latemark" x="`, "Matched later 1")
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("no late match or no failed job: %s", text(body))
			}
			time.Sleep(20 * time.Millisecond)
		}
		want(t, "the late item", w.page("/items/"+missed), "Matched later", "Matched later, after a bank grew")
		status := w.page("/system")
		want(t, "status", status, "Match recent items again", "&lt;b&gt;doomed", "Failed", "Done", "hashes are ready to match", "1.2.3-test")
		unwanted(t, "status", status, "<b>doomed")
	})
}

func TestStatusShowsTheLastCheckpoint(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want(t, "without one", w.page("/system"), "none yet")
		if _, err := w.db.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(t, "with one", w.page("/system"), "Under the checkpoint", "just now")
	})
}
