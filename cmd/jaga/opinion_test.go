package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/sealed"
	"github.com/jaga-project/jaga/internal/store"
)

// With `[opinion] automatic` a language model is asked by itself about findings in
// the band review that became a case, once each, and about no others. One that
// fails gives no opinion, which changes nothing.
func TestOpinionsAreAskedForByThemselves(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "down", http.StatusInternalServerError)
	}))
	t.Cleanup(srv.Close)
	s := openPluggedSite(t, []PluginConfig{{Name: "model", URL: srv.URL, Kind: "opinion", Model: "m"}}, "JAGA_OPINION_AUTOMATIC=true", "JAGA_CASES_BAND=observe")
	ctx := t.Context()
	key, err := s.dir.Identity.Key()
	if err != nil {
		t.Fatal(err)
	}
	seal, err := sealed.New(key[:], "jaga conversations")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := json.Marshal([]converse.Line{{Message: "m1", From: "a", At: time.Now(), Text: "dont tell anyone"}})
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]jaga.Band{"observe": jaga.BandObserve, "review": jaga.BandReview, "urgent": jaga.BandUrgent}
	for id, band := range ids {
		f := convo.Finding{Conversation: "talk-" + id, From: "a-" + id, To: "b", Form: jaga.FormGrooming, Band: band, Because: []convo.Reason{{Indicator: "G-13", Message: "m1"}}}
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // found again, it is not asked about again
			if err := s.db.Bulk(ctx, func(tx *store.Tx) error {
				if _, err := tx.Exec(`INSERT INTO talk_findings (id, conversation, account, target, form, band, source, at, updated_at, finding, excerpt) VALUES ($1, $2, $3, 'b', 'grooming', $4, 'key:1', $5, $5, $6, $7) ON CONFLICT DO NOTHING`,
					id, f.Conversation, f.From, int64(band), tx.Now(), string(text), seal.Seal("talk excerpt", lines)); err != nil {
					return err
				}
				return s.conversation(tx, converse.Finding{ID: id, Source: "key:1", At: time.Now(), Finding: f})
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	work, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.db.Work(work, 1, map[string]store.Handler{opinionJob: s.opinionWork}) // its error is that of work
	}()
	defer func() { stop(); <-ended }()
	until(t, "the job is done", func() bool {
		jobs, err := s.db.Jobs(ctx, 10)
		return err == nil && len(jobs) == 1 && jobs[0].State == store.JobDone
	})
	all := casesOf(t, s)
	if len(all) != len(ids) || asked.Load() == 0 {
		t.Fatalf("%d cases, asked %d times", len(all), asked.Load())
	}
	var cases []int64
	for _, c := range all {
		cases = append(cases, c.ID)
		if c.Band != ids[findingOf(t, s, c.ID)] {
			t.Errorf("case %d has the band %s", c.ID, c.Band)
		}
	}
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		got, err := plugin.Opinions(tx, cases, 10)
		if err != nil || len(got) != 1 || got[0].Finding != "review" || got[0].Said || got[0].Why == "" || got[0].Who != "system" || len(got[0].Scores) != 0 {
			t.Errorf("%+v (%v)", got, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// findingOf is the one finding of a case.
func findingOf(t *testing.T, s *site, id int64) string {
	t.Helper()
	list, err := s.work.cases.Findings(t.Context(), id, 0, 2)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v (%v)", list, err)
	}
	return list[0].Ref
}
