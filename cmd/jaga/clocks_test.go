package main

import (
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
)

// The profiles in force set the clocks of a case, each under its own name, and
// the earliest of them is when the case is due.
func TestProfilesSetTheClocksOfCases(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_LAW_PROFILES=us-2258a,id-komdigi,uk-csea")
	add := func(f casework.Finding) (id int64) {
		t.Helper()
		if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error {
			a, err := s.work.cases.Add(tx, f)
			id = a.Case
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	for _, c := range []struct {
		f    casework.Finding
		want map[string]time.Duration // by what and profile
	}{
		{casework.Finding{Kind: casework.KindText, Ref: "1", Risk: casework.RiskLive, Band: jaga.BandUrgent},
			map[string]time.Duration{"send_by us-2258a": time.Hour, "send_by id-komdigi": time.Hour, "send_by uk-csea": 0}},
		{casework.Finding{Kind: casework.KindMedia, Ref: "2", Risk: casework.RiskKnown, Band: jaga.BandReview},
			map[string]time.Duration{"send_by us-2258a": 24 * time.Hour, "send_by id-komdigi": 24 * time.Hour}}, // uk-csea has words only
		{casework.Finding{Kind: casework.KindTakedown, Ref: "3", Risk: casework.RiskKnown, Band: jaga.BandReview},
			map[string]time.Duration{"send_by us-2258a": 24 * time.Hour, "send_by id-komdigi": 24 * time.Hour, "takedown id-komdigi": 4 * time.Hour}},
	} {
		id := add(c.f)
		clocks, err := s.work.cases.Clocks(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		first := clocks[0]
		for _, k := range clocks {
			want, ok := c.want[k.What+" "+k.Profile]
			if !ok || k.Due.Sub(k.Start) != want {
				t.Errorf("%s: clock %s of %s is %v, want %v", c.f.Ref, k.What, k.Profile, k.Due.Sub(k.Start), want)
			}
			if k.Due.Before(first.Due) {
				first = k
			}
		}
		if len(clocks) != len(c.want) {
			t.Errorf("%s: %d clocks, want %d", c.f.Ref, len(clocks), len(c.want))
		}
		got, _, err := s.work.cases.Get(t.Context(), id)
		if err != nil || got.DueAt != first.Due.UnixMicro() {
			t.Errorf("%s: due at %d, want the earliest, %d (%v)", c.f.Ref, got.DueAt, first.Due.UnixMicro(), err)
		}
	}
}

func TestKeepClocks(t *testing.T) {
	t.Parallel()
	all, err := law.BuiltInProfiles()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		profiles []string
		clocks   int
		ordered  bool
	}{
		{nil, 0, false}, {[]string{"id-komdigi"}, 0, true}, {[]string{"us-2258a"}, 1, false}, {[]string{"us-2258a", "id-komdigi"}, 1, false}, {[]string{"us-2258a", "uk-csea"}, 2, false},
	} {
		set, err := law.Choose(all, c.profiles)
		if err != nil {
			t.Fatal(err)
		}
		got := keepClocks(set, now)
		if len(got) != c.clocks || keepsOrderedOnly(set, now) != c.ordered {
			t.Errorf("%v: %d clocks, want %d; under an order only: %v, want %v", c.profiles, len(got), c.clocks, keepsOrderedOnly(set, now), c.ordered)
		}
		for _, k := range got {
			if k.Until.Before(now.AddDate(0, 0, 365)) || k.Version != "1" {
				t.Errorf("%v: %+v", c.profiles, k)
			}
		}
	}
}
