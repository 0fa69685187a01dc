package law

import "time"

// Reading is the clock of the machine, with what the installation knows of time
// besides: clocks jump, and evidence must neither be destroyed nor a deadline
// forgotten because one did.
type Reading struct {
	Now time.Time
	// Latest is the time of the newest record that was written, such as the
	// head of the custody log; zero where there is none.
	Latest time.Time
}

// How far the clock may be from the newest record before it is in doubt.
const (
	// BackMost is for a clock that was set back; the clocks of machines that
	// are looked after differ by far less.
	BackMost = 5 * time.Minute
	// AheadMost is for a clock that was set forward, and for an installation
	// that stood still for long: an installation that runs writes records every
	// day.
	AheadMost = 7 * 24 * time.Hour
)

// Doubtful reports whether the clock may have jumped.
func (r Reading) Doubtful() bool {
	if r.Latest.IsZero() {
		return false
	}
	d := r.Now.Sub(r.Latest)
	return d < -BackMost || d > AheadMost
}

// at is the later of both times: a clock that was set back does not give a
// deadline more time.
func (r Reading) at() time.Time {
	if r.Latest.After(r.Now) {
		return r.Latest
	}
	return r.Now
}

// Left is how much time there is until a deadline; negative when it is over.
func (r Reading) Left(at time.Time) time.Duration { return at.Sub(r.at()) }

// MayDestroy reports whether a keeping time is over: never while anything holds
// the evidence, never without a number, and never while the clock is in doubt.
// The earlier of both times counts.
func (r Reading) MayDestroy(keep Retention, held bool) bool {
	if held || r.Doubtful() || keep.Last.Until.IsZero() {
		return false
	}
	for _, k := range keep.All {
		if k.Until.IsZero() {
			return false
		}
	}
	now := r.Now
	if !r.Latest.IsZero() && r.Latest.Before(now) && now.Sub(r.Latest) > BackMost {
		now = r.Latest
	}
	return now.After(keep.Last.Until)
}
