package live

import (
	"testing"
	"time"
)

func TestCoverageMakesGaps(t *testing.T) {
	t.Parallel()
	c := NewCoverage(at(0))
	if g, ok := c.Checked(at(2)); ok {
		t.Errorf("two seconds until the first frame are a gap: %v", g)
	}
	for i := 3; i < 10; i++ {
		if g, ok := c.Checked(at(i)); ok {
			t.Errorf("gap %v among frames", g)
		}
	}
	c.Because(GapDecoder)
	if g, ok := c.Open(at(11)); ok {
		t.Errorf("a gap too early: %v", g)
	}
	if g, ok := c.Open(at(20)); !ok || g != (Gap{at(9), at(20), GapDecoder}) {
		t.Errorf("open %v %v", g, ok)
	}
	if g, ok := c.Checked(at(21)); !ok || g != (Gap{at(9), at(21), GapDecoder}) {
		t.Errorf("%v %v", g, ok)
	}
	// The reason was that of one gap.
	if g, ok := c.End(at(40)); !ok || g != (Gap{at(21), at(40), GapStalled}) {
		t.Errorf("%v %v", g, ok)
	}
	if g, ok := c.End(at(41)); ok {
		t.Errorf("told of twice: %v", g)
	}
}

// Where key frames lie far apart, that they do is no gap.
func TestCoverageGoesByTheStream(t *testing.T) {
	t.Parallel()
	c := NewCoverage(at(0))
	c.Every(4 * time.Second)
	for i := 4; i < 40; i += 4 {
		if g, ok := c.Checked(at(i)); ok {
			t.Errorf("gap %v", g)
		}
	}
	if _, ok := c.Checked(at(49)); !ok {
		t.Error("13 seconds are no gap")
	}
}
