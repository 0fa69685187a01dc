package live

import "time"

// The reasons for which a stretch of a stream was not checked.
const (
	GapSource    = "source"      // the source did not answer, or ended and came back
	GapDecoder   = "decoder"     // the decoder stopped, and was started again
	GapStalled   = "stalled"     // nothing that can be decoded came
	GapBusy      = "busy"        // more streams than the machine can decode
	GapQuality   = "low_quality" // too little detail to compare: a dark or empty picture
	GapDamaged   = "damaged"     // a picture could not be decoded
	GapRestart   = "restart"     // the program was not running
	GapNotLoaded = "not_loaded"  // the banks were not loaded yet, or there are none
)

// Gaps lists the reasons.
func Gaps() []string {
	return []string{GapSource, GapDecoder, GapStalled, GapBusy, GapQuality, GapDamaged, GapRestart, GapNotLoaded}
}

// Gap is a stretch of a stream that was not checked, and why.
type Gap struct {
	From  time.Time
	Until time.Time
	Why   string
}

// gapAfter is how long no frame may be compared before that counts as a gap: a
// scene that is shorter than the window needs would not have been found anyway.
const gapAfter = 3 * time.Second

// Coverage keeps when frames were compared, and makes gaps of when none were. It
// is for one goroutine at a time.
type Coverage struct {
	last  time.Time // up to when everything is accounted for
	after time.Duration
	why   string // why there is nothing now
}

// NewCoverage begins at a time.
func NewCoverage(at time.Time) *Coverage {
	return &Coverage{last: at, after: gapAfter, why: GapSource}
}

// Every says how far apart frames are in this stream: a gap is longer than two
// of them.
func (c *Coverage) Every(d time.Duration) { c.after = max(gapAfter, 2*d) }

// Because says why no frames come from now on, where that is known.
func (c *Coverage) Because(why string) { c.why = why }

// Checked says that a frame was compared, and returns the gap before it, if there
// is one.
func (c *Coverage) Checked(at time.Time) (Gap, bool) {
	g, ok := c.gap(at)
	if at.After(c.last) {
		c.last = at
	}
	c.why = GapStalled
	return g, ok
}

// Open is the gap as it stands, when no frame was compared for long.
func (c *Coverage) Open(now time.Time) (Gap, bool) { return c.gap(now) }

// End closes the account at a time: what comes after it is another matter.
func (c *Coverage) End(at time.Time) (Gap, bool) {
	g, ok := c.gap(at)
	if at.After(c.last) {
		c.last = at
	}
	return g, ok
}

func (c *Coverage) gap(at time.Time) (Gap, bool) {
	if at.Sub(c.last) <= c.after {
		return Gap{}, false
	}
	return Gap{c.last, at, c.why}, true
}
