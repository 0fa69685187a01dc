package casework

import (
	"context"
	"time"
)

// Week is what came in and was decided in a week; [Suppressed] stands for a number
// that is too small to be told.
type Week struct {
	From            time.Time // its Monday
	CameIn, Decided int64
}

// Weeks counts the last n weeks, the oldest first, by the zone of now. Everybody is
// told of the same weeks: others, laid over them, would give small numbers away.
func (s *Service) Weeks(ctx context.Context, now time.Time, n int) ([]Week, error) {
	monday := time.Date(now.Year(), now.Month(), now.Day()-(int(now.Weekday())+6)%7, 0, 0, 0, 0, now.Location())
	out := make([]Week, n)
	for i := range out {
		out[i].From = monday.AddDate(0, 0, 7*(i-n+1))
	}
	hours, err := s.Hours(ctx, out[0].From)
	if err != nil {
		return nil, err
	}
	i := 0
	for _, h := range hours { // in order
		at := time.Unix(h.Hour*3600, 0)
		if at.Before(out[0].From) {
			continue // where a day begins within an hour
		}
		for i+1 < n && !at.Before(out[i+1].From) {
			i++
		}
		switch h.What {
		case StateNew:
			out[i].CameIn += h.N
		case StateDecided:
			out[i].Decided += h.N
		}
	}
	for i := range out {
		out[i].CameIn, out[i].Decided = TellOne(out[i].CameIn), TellOne(out[i].Decided)
	}
	return out, nil
}
