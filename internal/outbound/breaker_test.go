package outbound

import (
	"testing"
	"time"
)

// TestBreaker opens, stays open for longer each time, and forgets.
func TestBreaker(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	b := NewBreakers(func() time.Time { return now })
	for i := range breakAfter {
		if len(b.Open()) != 0 {
			t.Fatalf("open after %d failures", i)
		}
		b.Failed("a")
	}
	var before time.Duration
	for range 12 {
		until := b.Until("a")
		d := until.Sub(now)
		if len(b.Open()) != 1 || d <= 0 || d > breakMost*6/5 || d < before*5/9 {
			t.Fatalf("open for %s after %s", d, before)
		}
		b.Failed("a") // a try that was under way
		if b.Until("a") != until {
			t.Fatal("a try that was under way keeps it open for longer")
		}
		before, now = d, until
		if len(b.Open()) != 0 {
			t.Fatal("it does not close")
		}
		b.Failed("a")
	}
	if before < breakMost*4/5 {
		t.Errorf("at last open for %s", before)
	}
	if !b.Worked("a") || b.Worked("a") || len(b.Open()) != 0 {
		t.Error("it does not forget")
	}
	b.Failed("b")
	if b.Worked("b") {
		t.Error("a single failure opened it")
	}
}
