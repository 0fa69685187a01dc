package engine

import "testing"

func TestFactsOn(t *testing.T) {
	t.Parallel()
	const now = 1_800_000_000
	for _, c := range []struct {
		name string
		f    Facts
		on   bool
	}{
		{"plain", PlainFacts(), true},
		{"off for good", Facts{DisabledUntil: 0}, false},
		{"off for a year", Facts{DisabledUntil: now + 1}, false},
		{"on again", Facts{DisabledUntil: now}, true},
		{"expired", Facts{DisabledUntil: 1, ExpiresAt: now}, false},
		{"expires later", Facts{DisabledUntil: 1, ExpiresAt: now + 1}, true},
		{"quarantined still matches", Facts{DisabledUntil: 1, Quarantined: true}, true},
	} {
		if got := c.f.On(now); got != c.on {
			t.Errorf("%s: on = %v", c.name, got)
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	s, err := newSpans([]Span{{100, 199, 2}, {1, 50, 1}})
	if err != nil {
		t.Fatal(err)
	}
	for entry, want := range map[uint32]int64{0: 0, 1: 1, 50: 1, 51: 0, 99: 0, 100: 2, 199: 2, 200: 0} {
		if got, _ := s.bank(entry); got != want {
			t.Errorf("entry %d is in bank %d, want %d", entry, got, want)
		}
	}
	for _, add := range []struct {
		entry uint32
		bank  int64
	}{{200, 2}, {201, 3}, {60, 3}, {61, 3}, {150, 2}} {
		if s, err = s.with(add.entry, add.bank); err != nil {
			t.Fatal(err)
		}
		if got, _ := s.bank(add.entry); got != add.bank {
			t.Errorf("entry %d is in bank %d, want %d", add.entry, got, add.bank)
		}
	}
	if _, err := s.with(150, 1); err == nil {
		t.Error("an entry moved to another bank")
	}
	for _, bad := range [][]Span{{{5, 4, 1}}, {{1, 10, 1}, {10, 12, 2}}} {
		if _, err := newSpans(bad); err == nil {
			t.Errorf("spans %v were accepted", bad)
		}
	}
}
