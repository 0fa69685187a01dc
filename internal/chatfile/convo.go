package chatfile

import (
	"fmt"

	"github.com/jaga-project/jaga/convo"
)

// Head returns what the detector is told before the messages, and what of the
// conversation could not be understood. An age band that cannot be read is
// unknown, never a guess.
func (c *Conversation) Head() (convo.Head, []Problem) {
	h := convo.Head{ID: c.ID, Channel: convo.Channel(c.Channel)}
	var problems []Problem
	switch h.Channel {
	case convo.ChannelUnknown, convo.ChannelPrivate, convo.ChannelGroup, convo.ChannelPublic, convo.ChannelLive:
	default:
		problems = append(problems, Problem{Field: "channel", What: fmt.Sprintf(`%q is not private, group, public or live; taken as private`, c.Channel)})
		h.Channel = convo.ChannelUnknown
	}
	for _, p := range c.Participants {
		age, err := convo.ParseAgeBand(p.AgeBand)
		if err != nil {
			problems = append(problems, Problem{Field: "participants.age_band", What: err.Error() + "; taken as unknown"})
		}
		h.People = append(h.People, convo.Person{
			ID: p.ID, Age: age, Confidence: p.Confidence, Role: p.Role, Verified: p.Verified,
			Followers: int64(p.Followers), Created: p.Created,
		})
	}
	for _, r := range c.Relations {
		h.Ties = append(h.Ties, convo.Tie{A: r.A, B: r.B, Kind: r.Kind, Verified: r.Verified, Since: r.Since, Mutual: r.Mutual})
	}
	return h, problems
}

// Convo returns the message as the detector takes it: an attachment alone is
// an act.
func (m *Message) Convo() convo.Message {
	out := m.Message
	if out.Act == "" && out.Text == "" && m.Media != "" {
		out.Act = "media"
	}
	return out
}
