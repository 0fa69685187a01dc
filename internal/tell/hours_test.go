package tell_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/tell"
)

func hours(t testing.TB, zone string, closed []string, lines ...string) tell.Hours {
	t.Helper()
	h, err := tell.ParseHours(zone, lines, closed)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHours(t *testing.T) {
	t.Parallel()
	h := hours(t, "Asia/Jakarta", []string{"2026-12-25"}, "mon-fri 09:00-12:00", "mon-fri 13:00-17:00", "sat 10:00–14:00")
	at := func(s string) time.Time {
		x, err := time.ParseInLocation("2006-01-02 15:04", s, h.Zone())
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct {
		now, until, next, after string
		goal                    time.Duration
	}{
		{"2026-11-26 09:00", "2026-11-26 12:00", "2026-11-26 09:00", "2026-11-26 13:00", 3*time.Hour + time.Nanosecond},
		{"2026-11-26 12:30", "", "2026-11-26 13:00", "2026-11-26 14:00", time.Hour},
		{"2026-11-27 16:00", "2026-11-27 17:00", "2026-11-27 16:00", "2026-11-28 13:00", 4 * time.Hour},
		{"2026-11-28 14:00", "", "2026-11-30 09:00", "2026-11-30 11:00", 2 * time.Hour},
		{"2026-12-24 17:00", "", "2026-12-26 10:00", "2026-12-26 10:30", 30 * time.Minute}, // a day on which nobody reads
		{"2026-11-26 03:00", "", "2026-11-26 09:00", "2026-11-26 10:00", time.Hour},
	} {
		p, open := h.At(at(c.now))
		if open != (c.until != "") || open && !p.To.Equal(at(c.until)) {
			t.Errorf("%s: open %v, %v", c.now, open, p)
		}
		if got := h.Next(at(c.now)); !got.Equal(at(c.next)) {
			t.Errorf("%s: next %s, want %s", c.now, got, c.next)
		}
		if got := h.After(at(c.now), c.goal); got.Sub(at(c.after)).Abs() > time.Microsecond {
			t.Errorf("%s: %s of opening time are over at %s, want %s", c.now, c.goal, got, c.after)
		}
	}
	night := hours(t, "Europe/London", nil, "sat 20:00-24:00", "sun 00:00-06:00")
	if p, ok := night.At(time.Date(2027, 3, 27, 23, 0, 0, 0, time.UTC)); !ok || p.To.Sub(p.From) != 9*time.Hour { // the clocks go forward
		t.Errorf("%v, %v: hours over midnight are one period, an hour shorter when the clocks go forward", p, ok)
	}
	if always := hours(t, "UTC", nil, "daily 00:00-24:00"); always.Never() || !always.After(at("2026-11-26 09:00"), 4*time.Hour).Equal(at("2026-11-26 13:00")) {
		t.Error("a team that never closes")
	}
	none := hours(t, "UTC", nil)
	if _, ok := none.At(time.Now()); ok || !none.Never() || !none.Next(time.Now()).IsZero() || !none.After(time.Now(), 1).IsZero() {
		t.Error("no hours")
	}
	if zero := (tell.Hours{}); !zero.Never() || !zero.Next(time.Now()).IsZero() {
		t.Error("the zero value")
	}
}

func TestHoursRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, line, closed, field string }{
		{"Asia/Jakrta", "mon 09:00-10:00", "", "zone"}, {"", "mon 09:00-10:00", "", "zone"}, {"Local", "mon 09:00-10:00", "", "zone"},
		{"UTC", "mon 9-17", "", "hours"}, {"UTC", "mon 17:00-09:00", "", "hours"}, {"UTC", "moo 09:00-10:00", "", "hours"}, {"UTC", "mon 09:61-10:00", "", "hours"},
		{"UTC", "mon 09:00-24:01", "", "hours"}, {"UTC", "mon-xyz 09:00-10:00", "", "hours"}, {"UTC", "daily-mon 09:00-10:00", "", "hours"},
		{"UTC", "mon 09:00-10:00", "25.12.2026", "closed_days"},
	} {
		_, err := tell.ParseHours(c.zone, []string{c.line}, strings.Fields(c.closed))
		if jaga.CodeOf(err) != jaga.CodeInvalid || !strings.HasPrefix(err.Error(), c.field+": ") {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, err := tell.ParseHours("UTC", []string{"mon-wed 09:00-12:00", "tue 11:00-13:00"}, nil); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("hours that overlap: %v", err)
	}
}

// TestHoursAddUp: between a moment and After of it lies just the opening time
// that was asked for, minute by minute, whatever the clocks do.
func TestHoursAddUp(t *testing.T) {
	t.Parallel()
	all := []string{"mon-fri 09:00-17:00", "sat 00:00-03:30", "sun 01:15-02:45", "sun 22:00-24:00", "mon 00:00-01:00"}
	rapid.Check(t, func(rt *rapid.T) {
		zone := rapid.SampledFrom([]string{"Asia/Jakarta", "Europe/London", "America/St_Johns", "Australia/Lord_Howe"}).Draw(rt, "zone")
		lines := all[:rapid.IntRange(1, len(all)).Draw(rt, "lines")]
		h, err := tell.ParseHours(zone, lines, []string{"2027-03-29"})
		if err != nil {
			rt.Fatal(err)
		}
		at := time.Date(2027, 1, 1, 0, rapid.IntRange(0, 365*24*60).Draw(rt, "minute"), 0, 0, time.UTC)
		goal := time.Duration(rapid.IntRange(1, 40*60).Draw(rt, "goal")) * time.Minute
		then := h.After(at, goal)
		open := time.Duration(0)
		for m := at; m.Before(then); m = m.Add(time.Minute) {
			if _, ok := h.At(m); ok {
				open += time.Minute
			}
		}
		if open != goal {
			rt.Fatalf("%s from %s in %s: %s of opening time until %s", goal, at, zone, open, then)
		}
	})
}
