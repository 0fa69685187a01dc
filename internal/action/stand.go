package action

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// Standing says where an action is.
type Standing string

// Where an action can be. The platform's own answer goes before what became of
// the delivery, and that it was taken back before both.
const (
	StandsUndone   Standing = "undone"   // taken back
	StandsNobody   Standing = "nobody"   // no target took actions of its kind
	StandsSending  Standing = "sending"  // on its way
	StandsRetried  Standing = "retried"  // it failed at least once, and is tried again
	StandsGivenUp  Standing = "given_up" // tried for the last time
	StandsArrived  Standing = "arrived"  // delivered; the platform said nothing more
	StandsSent     Standing = "sent"     // told so long ago that deliveries are not kept
	StandsDid      Standing = "done"     // the platform did it
	StandsRefused  Standing = "refused"  // it will not be done
	StandsCouldNot Standing = "failed"   // it could not be done
)

// Standings lists where an action can be.
func Standings() []Standing {
	return []Standing{StandsUndone, StandsNobody, StandsSending, StandsRetried, StandsGivenUp, StandsArrived, StandsSent, StandsDid, StandsRefused, StandsCouldNot}
}

// Standing returns where the action is. When several servers are told, the one
// that needs a person's eye most is what counts.
func (a Action) Standing() Standing {
	switch {
	case a.UndoneBy != "":
		return StandsUndone
	case len(a.Results) > 0:
		return Standing(a.Results[len(a.Results)-1].Status)
	}
	return a.Reached()
}

// Reached returns whether the platform knows of the action: nobody, sending,
// retried, given_up, arrived or sent.
func (a Action) Reached() Standing {
	switch {
	case a.Dead > 0:
		return StandsGivenUp
	case a.Retrying > 0:
		return StandsRetried
	case a.Waiting > 0:
		return StandsSending
	case a.Delivered > 0:
		return StandsArrived
	case a.Told > 0:
		return StandsSent
	}
	return StandsNobody
}

// InForce reports whether the action holds, as far as anybody here knows: it was
// not taken back, somebody was told, and nobody said that it was not done.
func (a Action) InForce() bool {
	switch a.Standing() {
	case StandsUndone, StandsNobody, StandsGivenUp, StandsRefused, StandsCouldNot:
		return false
	}
	return true
}

// Covers reports whether an action that is in force does already what a request
// asks for, at the time now, so that it need not be done again. To call somebody,
// and to tell one webhook, is new each time.
func (a Action) Covers(r Request, now time.Time) bool {
	if !a.InForce() || a.Kind != r.Params.Kind() || r.Account != "" && r.Account != a.Account {
		return false
	}
	switch want := r.Params.(type) {
	case Hold:
		var was Hold
		return json.Unmarshal(a.Params, &was) == nil && within(want.Items, was.Items)
	case Remove:
		var was Remove
		return json.Unmarshal(a.Params, &was) == nil && within(want.Items, was.Items)
	case KeepEvidence:
		var was KeepEvidence
		// Less than a day longer is not longer.
		return json.Unmarshal(a.Params, &was) == nil && within(want.Items, was.Items) && now.AddDate(0, 0, want.Days).Before(a.Time().AddDate(0, 0, was.Days+1))
	case LimitReach:
		var was LimitReach
		return json.Unmarshal(a.Params, &was) == nil && want == was
	case Suspend:
		var was Suspend
		return json.Unmarshal(a.Params, &was) == nil && want == was
	case WarnTarget:
		return true
	}
	return false
}

// Taken lists the kinds of actions that at least one target takes.
func (s *Service) Taken(ctx context.Context) (out []Kind, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		targets, err := store.All[targetRow](tx, targetColumns+` WHERE removed_at = 0 AND enabled = 1`)
		for _, k := range Kinds() {
			if slices.ContainsFunc(targets, func(t targetRow) bool { return t.takes(eventOf(k)) }) {
				out = append(out, k)
			}
		}
		return err
	})
	return out, err
}

// within reports whether all items are among those that there were. None stands
// for everything new of an account, which is among nothing else.
func within(want, was []string) bool {
	if len(want) == 0 || len(was) == 0 {
		return len(want) == len(was)
	}
	return !slices.ContainsFunc(want, func(id string) bool { return !slices.Contains(was, id) })
}
