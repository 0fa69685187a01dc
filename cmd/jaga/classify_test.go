package main

import (
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

// More than can wait is not asked about; nobody waits for it.
func TestClassifiersAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	c := newClassifier(s)
	for range classifyAhead + 50 {
		c.taken("key:1", "c1", converse.Message{From: "a", Text: "x"})
	}
	c.taken("key:1", "c1", converse.Message{From: "a", Act: "category", Category: "sexual", Score: 1, Text: "x"})
	if len(c.waiting) != classifyAhead || c.dropped.Load() != 50 {
		t.Errorf("%d wait, %d were left out", len(c.waiting), c.dropped.Load())
	}
}
