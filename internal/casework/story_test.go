package casework_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/storetest"
)

// TestStory: what a page tells of a case is counted over all that belongs to it.
func TestStory(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		w := open(t, url, casework.Options{})
		day := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
		var first int64
		for i := range 5 {
			first = w.add(func(f *casework.Finding) {
				f.Account, f.Entries, f.At = "acc", []string{"7", "9"}, day.AddDate(0, 0, i/2)
			}).Case
		}
		second := w.add(func(f *casework.Finding) {
			f.Kind, f.Account, f.Entries, f.At = casework.KindText, "other", []string{"8"}, day
		}).Case
		if err := w.s.Merge(t.Context(), "person:1", second, first); err != nil {
			t.Fatal(err)
		}
		o, err := w.s.Overview(t.Context(), first)
		if err != nil {
			t.Fatal(err)
		}
		if len(o.Kinds) != 2 || o.Kinds[0] != (casework.KindCount{Kind: casework.KindMedia, N: 5}) || o.Parties != 2 || o.Accounts[0] != (casework.Party{Name: "acc", N: 5}) {
			t.Errorf("%+v", o)
		}
		if o.First != day.UnixMicro() || o.Last != day.AddDate(0, 0, 2).UnixMicro() {
			t.Errorf("from %d to %d", o.First, o.Last)
		}
		seen, all, err := w.s.Sightings(t.Context(), []string{"7", "8", "9", "none"})
		if err != nil || len(seen) != 4 || seen[0].N != 5 || seen[0].Cases != 1 || len(seen[0].Days) != 3 || seen[1].N != 1 || seen[2].N != 5 || seen[3].N != 0 || all.N != 6 || all.Cases != 2 {
			t.Errorf("%+v, %+v, %v", seen, all, err)
		}
		if _, _, err := w.s.Sightings(t.Context(), make([]string, 51)); err == nil {
			t.Error("51 entries at once")
		}
		acts, more, err := w.s.Acts(t.Context(), first, 100)
		if err != nil || more {
			t.Fatal(more, err)
		}
		var kinds []casework.EventKind
		for _, a := range acts {
			kinds = append(kinds, a.Kind)
		}
		if fmt.Sprint(kinds) != "[opened opened merged absorbed]" {
			t.Errorf("%v", kinds)
		}
		if acts, more, err = w.s.Acts(t.Context(), first, 2); err != nil || !more || len(acts) != 2 || acts[1].Kind != casework.Absorbed {
			t.Errorf("the newest two: %+v, %v, %v", acts, more, err)
		}
		if _, ok, err := w.s.Mine(t.Context(), "person:1", first); ok || err != nil {
			t.Error("a lease that nobody took", err)
		}
		l, err := w.s.Take(t.Context(), "person:1", first)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok, err := w.s.Mine(t.Context(), "person:1", first); !ok || err != nil || got.Fence != l.Fence || !got.Until.Equal(l.Until) {
			t.Errorf("%+v, want %+v, %v", got, l, err)
		}
		if _, ok, _ := w.s.Mine(t.Context(), "person:2", first); ok {
			t.Error("somebody else's lease")
		}
		w.now.Store(l.Until.UnixMicro())
		if _, ok, _ := w.s.Mine(t.Context(), "person:1", first); ok {
			t.Error("a lease that ran out")
		}
	})
}
