package law_test

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga/internal/law"
)

// TestClockChanges looks at the days on which the clocks change: seven days to
// the same time of the clock are 167 or 169 hours, and the law says neither.
func TestClockChanges(t *testing.T) {
	t.Parallel()
	uk, us := builtIn(t, "uk-csea"), builtIn(t, "us-2258a")
	// London, 24 October 2026 09:00 (+01:00); the clocks go back on the 25th.
	began := at(t, "2026-10-24T08:00:00Z")
	is(t, "a question over the end of summer time", uk.By(law.Question, "", began).First.At, "2026-10-31T08:00:00Z")
	// London, 27 March 2027 09:00; the clocks go forward on the 28th.
	began = at(t, "2027-03-27T09:00:00Z")
	is(t, "a question over the beginning of summer time", uk.By(law.Question, "", began).First.At, "2027-04-03T08:00:00Z")
	// New York, an hour is an hour: 1 November 2026, in the hour that comes twice.
	began = at(t, "2026-11-01T05:30:00Z")
	is(t, "an hour in the hour that comes twice", us.Report(law.P1, began).First.At, "2026-11-01T06:30:00Z")
	// A year is kept to the later end: 365 days from July to July.
	k := us.KeepUntil(law.Content, at(t, "2026-10-31T12:00:00Z"), false)
	is(t, "365 days", k.Last.Until, "2027-10-31T12:00:00Z")
	// 365 days that end after the clocks went back: the calendar is an hour
	// later than 8,760 hours.
	k = us.KeepUntil(law.Content, at(t, "2027-11-02T12:00:00-04:00"), false)
	is(t, "365 days over a change", k.Last.Until, "2028-11-01T16:00:00Z")
	// 29 February and five years.
	k = us.KeepUntil(law.Reference, at(t, "2028-02-29T12:00:00-05:00"), false)
	is(t, "five years from a leap day", k.Last.Until, "2033-03-01T17:00:00Z")
}

// TestTheSafeSide holds for every zone and time: what must be done is never due
// later, and what is kept never over earlier, than days counted as 24 hours or
// by the calendar.
func TestTheSafeSide(t *testing.T) {
	t.Parallel()
	zones := []string{"America/New_York", "Europe/London", "Asia/Jakarta", "Asia/Manila", "Europe/Brussels", "Australia/Lord_Howe", "Pacific/Apia", "America/Santiago"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		from := time.Unix(rapid.Int64Range(1_262_304_000, 2_500_000_000).Draw(t, "from"), 0)
		days := rapid.IntRange(0, 800).Draw(t, "days")
		span, err := law.ParseSpan(strconv.Itoa(days) + "d")
		if err != nil {
			t.Fatal(err)
		}
		calendar, elapsed := from.In(zone).AddDate(0, 0, days), from.Add(time.Duration(days)*24*time.Hour)
		before, after, back := span.Before(from, zone), span.After(from, zone), span.Back(from, zone)
		if before.After(calendar) || before.After(elapsed) || after.Before(calendar) || after.Before(elapsed) {
			t.Fatalf("%s + %d d in %s: by %s, until %s", from, days, zone, before, after)
		}
		if before.Before(from) || after.Before(before) || back.After(from) || after.Sub(before) > 25*time.Hour {
			t.Fatalf("%s + %d d in %s: by %s, until %s, back %s", from, days, zone, before, after, back)
		}
	})
}

// TestEarliestAndLongest is the rule for several profiles, against every one of
// them alone.
func TestEarliestAndLongest(t *testing.T) {
	t.Parallel()
	all := builtIn(t, "us-2258a", "uk-csea", "id-komdigi", "ph-11930", "eu-dsa18")
	rapid.Check(t, func(t *rapid.T) {
		set := law.Set(rapid.SliceOfDistinct(rapid.SampledFrom(all), func(p *law.Profile) string { return p.ID }).Draw(t, "profiles"))
		began := time.Unix(rapid.Int64Range(1_600_000_000, 1_900_000_000).Draw(t, "began"), 0)
		pr := rapid.SampledFrom(law.Priorities()).Draw(t, "priority")
		d := set.Report(pr, began)
		for _, p := range set {
			alone := (law.Set{p}).Report(pr, began)
			if alone.First.At.IsZero() {
				continue
			}
			if d.First.At.IsZero() || d.First.At.After(alone.First.At) {
				t.Fatalf("together %s, %s alone %s", d.First.At, p.ID, alone.First.At)
			}
			if !d.First.At.Equal(alone.First.At) && len(d.Conflicts) == 0 {
				t.Fatal("laws differ and nobody is told")
			}
		}
		ordered := rapid.Bool().Draw(t, "ordered")
		k := set.KeepUntil(law.Content, began, ordered)
		for _, p := range set {
			if alone := (law.Set{p}).KeepUntil(law.Content, began, ordered); k.Last.Until.Before(alone.Last.Until) || k.Since.After(alone.Since) {
				t.Fatalf("together until %s, %s alone %s", k.Last.Until, p.ID, alone.Last.Until)
			}
		}
	})
}

// TestJumpingClocks: a clock that jumps destroys nothing and gives no deadline
// more time.
func TestJumpingClocks(t *testing.T) {
	t.Parallel()
	us := builtIn(t, "us-2258a")
	began := at(t, "2026-01-10T10:00:00Z")
	keep := us.KeepUntil(law.Content, began, false)
	over := keep.Last.Until.Add(time.Hour)
	for _, c := range []struct {
		name string
		r    law.Reading
		held bool
		want bool
	}{
		{"over", law.Reading{Now: over, Latest: over.Add(-time.Minute)}, false, true},
		{"over, and nothing is known of the clock", law.Reading{Now: over}, false, true},
		{"held", law.Reading{Now: over, Latest: over}, true, false},
		{"not over", law.Reading{Now: over.Add(-2 * time.Hour), Latest: over.Add(-2 * time.Hour)}, false, false},
		{"the clock jumped a year ahead", law.Reading{Now: over, Latest: began}, false, false},
		{"the clock jumped a day ahead, over the end", law.Reading{Now: over, Latest: over.Add(-24 * time.Hour)}, false, false},
		{"the clock was set back", law.Reading{Now: began, Latest: over}, false, false},
	} {
		if got := c.r.MayDestroy(keep, c.held); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	// A profile without a number keeps for good.
	open := builtIn(t, "us-2258a", "ph-11930").KeepUntil(law.Content, began, false)
	if (law.Reading{Now: over}).MayDestroy(open, false) {
		t.Error("destroyed although one law has no number")
	}
	if (law.Reading{Now: over}).MayDestroy(law.Retention{}, false) {
		t.Error("destroyed although no law says until when")
	}
	due := us.Report(law.P2, began).First.At
	if left := (law.Reading{Now: began, Latest: due.Add(time.Hour)}).Left(due); left > 0 {
		t.Errorf("a clock that was set back gives %s more", left)
	}
}
