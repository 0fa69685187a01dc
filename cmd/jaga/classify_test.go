package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/plugin/plugintest"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/trouble"
)

// Messages are accepted while a classifier hangs; what it says comes in later, as
// a fact of its own; one that fails, or is not set up for messages, says nothing,
// and nothing counts as a score of zero.
func TestClassifiersReadMessagesBehindTheirAcceptance(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	answers := &plugintest.Double{
		About: &plugin.About{Contract: plugin.Contract, Name: "words", Version: "1", Kind: plugin.Classifier, Items: []jaga.Kind{jaga.KindMessage}},
		Fault: func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				<-release
			}
			return false
		},
		Answer: func(_ plugin.Facts, body []byte) plugin.Signals {
			return plugin.Signals{Signals: []plugin.Signal{{Category: "sexual", Score: 0.9}, {Category: "else", Score: 1}}}
		},
	}
	var failed atomic.Int64
	uninvited := &plugintest.Double{About: answers.About}
	var urls []string
	for _, h := range []http.Handler{answers, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { failed.Add(1); w.WriteHeader(500) }), uninvited} {
		srv := httptest.NewServer(h)
		t.Cleanup(srv.Close)
		urls = append(urls, srv.URL)
	}
	s := openPluggedSite(t, []PluginConfig{PluginConfig{Name: "words", URL: urls[0], Kind: "classifier", Items: []string{"message"}, Timeout: Duration(30 * time.Second)},
		PluginConfig{Name: "broken", URL: urls[1], Kind: "classifier", Items: []string{"message"}}, PluginConfig{Name: "uninvited", URL: urls[2], Kind: "classifier"}})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.classifier.run(ctx) }()
	defer func() { stop(); <-ended }()
	at := time.Now().Add(-time.Hour)
	entry := converse.Entry{Conversation: "c1", Participants: []converse.Participant{{ID: "a", AgeBand: "adult"}, {ID: "b", AgeBand: "13-15"}},
		Message: converse.Message{ID: "m1", From: "a", To: converse.Receivers{"b"}, At: &at, Text: "hello there"}}
	if got, err := s.talk.Observe(t.Context(), "key:1", []converse.Entry{entry}); err != nil || got.Messages != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	until(t, "the broken one was asked", func() bool { return failed.Load() > 0 })
	if n := s.talk.Counts().Messages; n != 1 {
		t.Errorf("%d facts while nobody has answered", n)
	}
	close(release)
	until(t, "the score came in", func() bool { return s.talk.Counts().Messages == 2 })
	seen := answers.Seen()
	if len(seen) != 1 || seen[0].Kind != jaga.KindMessage || seen[0].ID != "" || len(uninvited.Seen()) != 0 {
		t.Errorf("asked %+v, and one that is not set up for messages %d times", seen, len(uninvited.Seen()))
	}
}

// More than can wait is not asked about, and is told as not checked; nobody waits
// for it. What waits is sealed, outlives a restart, and is forgotten where no
// classifier is set up any more.
func TestWhatWaitsForClassifiersIsNotLost(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		answers := &plugintest.Double{
			About: &plugin.About{Contract: plugin.Contract, Name: "words", Version: "1", Kind: plugin.Classifier, Items: []jaga.Kind{jaga.KindMessage}},
			Answer: func(plugin.Facts, []byte) plugin.Signals {
				return plugin.Signals{Signals: []plugin.Signal{{Category: "sexual", Score: 0.9}}}
			},
		}
		set := []PluginConfig{{Name: "words", URL: double(t, answers), Kind: "classifier", Items: []string{"message"}}}
		s := openPluggedSite(t, set, "JAGA_STORE_URL="+url)
		ctx := t.Context()
		at := time.Now().Add(-time.Hour)
		entry := func(text, act string) converse.Entry {
			return converse.Entry{Conversation: "c1", Message: converse.Message{From: "a", To: converse.Receivers{"b"}, At: &at, Text: text, Act: act}}
		}
		observe := func(list ...converse.Entry) {
			t.Helper()
			if _, err := s.talk.Observe(ctx, "key:1", list); err != nil {
				t.Fatal(err)
			}
		}
		state := func(s *site) (waiting, missed int64) {
			t.Helper()
			if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
				if waiting, err = store.One[int64](tx, `SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM classify_waiting`); err == nil {
					missed, _, err = plugin.Missed(tx)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return waiting, missed
		}
		observe(entry("canary one", ""), entry("canary two", ""), entry("", "image"))
		if waiting, missed := state(s); waiting != 2 || missed != 0 {
			t.Fatalf("%d wait, %d missed", waiting, missed)
		}
		if err := s.db.View(ctx, func(tx *store.Tx) error {
			rows, err := store.All[[]byte](tx, `SELECT sealed FROM classify_waiting`)
			for _, r := range rows {
				if bytes.Contains(r, []byte("canary")) {
					t.Error("the words are not sealed")
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		s.classifier.waiting.Store(classifyAhead)
		observe(entry("one too many", ""))
		if waiting, missed := state(s); waiting != 2 || missed != 1 {
			t.Errorf("%d wait, %d missed", waiting, missed)
		}
		list, err := trouble.List(ctx, s.db, s.plugins)
		if err != nil || len(list) != 1 || list[0].Kind != trouble.Messages || list[0].N != 1 {
			t.Errorf("%+v (%v)", list, err)
		}
		// Another process takes up what waits, and counts anew.
		secret, err := s.dir.Identity.Key()
		if err != nil {
			t.Fatal(err)
		}
		again, err := newClassifier(s, secret[:])
		if err != nil {
			t.Fatal(err)
		}
		run, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() { defer close(ended); again.run(run) }()
		until(t, "both were asked about", func() bool { waiting, _ := state(s); return waiting == 0 && len(answers.Seen()) == 2 })
		stop()
		<-ended
		if n := s.talk.Counts().Messages; n != 6 {
			t.Errorf("%d messages, want four and two facts", n)
		}
		s.classifier.waiting.Store(0)
		observe(entry("canary three", ""))
		s.classifier = nil
		if err := s.unclassified(ctx); err != nil {
			t.Fatal(err)
		}
		if waiting, missed := state(s); waiting != 0 || missed != 2 {
			t.Errorf("without a classifier %d wait, %d missed", waiting, missed)
		}
	})
}
