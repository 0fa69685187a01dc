package look

import (
	"sync"
	"time"
)

// clock is the time by which exposure is counted. It follows the wall clock but
// goes only forward, and takes a jump of the wall clock over at a tenth of the
// speed of time: an hour's correction takes ten hours. Budgets count over days,
// so they neither forget nor repeat anything because somebody set a clock.
type clock struct {
	mu   sync.Mutex
	wall func() time.Time
	mono func() time.Duration

	last  time.Time     // what now returned
	since time.Duration // when, by mono
}

// slew is how much of the time that passes may go into a correction.
const slew = 10

func newClock(wall func() time.Time, mono func() time.Duration, latest time.Time) *clock {
	c := &clock{wall: wall, mono: mono, last: wall(), since: mono()}
	if latest.After(c.last) {
		c.last = latest // the wall clock was set back while nobody looked
	}
	return c
}

// now is the time by this clock, and the monotonic reading it belongs to.
func (c *clock) now() (time.Time, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	mono := c.mono()
	passed := max(0, mono-c.since)
	c.since += passed
	next := c.last.Add(passed)
	off := c.wall().Sub(next)
	next = next.Add(max(-passed/slew, min(passed/slew, off)))
	c.last = next
	return next, c.since
}
