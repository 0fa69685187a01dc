package plugin_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/plugin/plugintest"
	"github.com/jaga-project/jaga/internal/storetest"
)

// A plugin that fails and fails is told of once, is said to have stopped until it
// answers, and is told of again when that happens again.
func TestAlarmOncePerOutage(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	down.Store(true)
	srv := httptest.NewServer(&plugintest.Double{Fault: func(w http.ResponseWriter, _ *http.Request) bool {
		if down.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		return down.Load()
	}})
	t.Cleanup(srv.Close)
	var mu sync.Mutex
	now, told, refuse := time.Now(), []string{}, true
	s, err := plugin.New(t.Context(), storetest.Open(t, storetest.SQLite(t)), []plugin.Config{{Name: "shapes", URL: srv.URL, Kind: plugin.Classifier}}, plugin.Options{
		Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now },
		Alarm: func(_ context.Context, name string) error {
			mu.Lock()
			defer mu.Unlock()
			if refuse {
				refuse = false
				return errors.New("the database was not there")
			}
			told = append(told, name)
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	later := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	round := func() {
		if err := s.Flush(t.Context()); err != nil {
			t.Error(err)
		}
	}
	outage := func() {
		for range 5 {
			s.Ask(t.Context(), "key:1", plugin.Facts{Kind: jaga.KindText, Bytes: 1}, bytesOf("x"))
		}
	}
	outage()
	for range 3 {
		round()
	}
	later(time.Hour) // it is tried once, and fails again
	s.Ask(t.Context(), "key:1", plugin.Facts{Kind: jaga.KindText, Bytes: 1}, bytesOf("x"))
	later(time.Hour)
	round()
	if st := s.States()[0]; len(told) != 1 || !st.Tripped || !st.PausedUntil.IsZero() {
		t.Errorf("told %v, %+v", told, st)
	}
	down.Store(false)
	if a := s.Ask(t.Context(), "key:1", plugin.Facts{Kind: jaga.KindText, Bytes: 1}, bytesOf("x")); len(a.Checked) != 1 || s.States()[0].Tripped {
		t.Errorf("it answers: %+v, %+v", a, s.States()[0])
	}
	round()
	down.Store(true)
	outage()
	round()
	if len(told) != 2 {
		t.Errorf("told %v", told)
	}
}
