package converse

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
)

// Scanning says whether messages of private channels are read.
type Scanning struct {
	// Allowed is set where they are.
	Allowed bool
	// By are the profiles of the law that say so: those that forbid it, or, where
	// none does, those that leave it to the operator. Without any nobody has
	// chosen.
	By []string
	// Despite are profiles that forbid it and were set aside by people.
	Despite []string
}

// Scanning says whether messages of private channels are read now.
func (s *Service) Scanning() Scanning {
	if s.opt.Scanning == nil {
		return Scanning{Allowed: true}
	}
	return s.opt.Scanning(time.Now())
}

// ErrPrivate is in the error for messages that are not read because their
// channel is, or may be, private.
var ErrPrivate = errors.New("a private channel")

// allowed refuses entries that must not be read, all of them where one must not.
// A channel that nobody states counts as private unless the conversation is
// known to be open to more than two.
func (s *Service) allowed(ctx context.Context, entries []Entry) error {
	now := s.Scanning()
	if now.Allowed {
		return nil
	}
	stated := map[string]convo.Channel{}
	for i := range entries {
		e := &entries[i]
		ch := convo.Channel(e.Channel)
		if ch == convo.ChannelUnknown {
			ch = stated[e.Conversation]
		}
		if ch == convo.ChannelUnknown {
			var err error
			if ch, err = s.channel(ctx, e.Conversation); err != nil {
				return err
			}
		}
		if ch != convo.ChannelUnknown && ch != convo.ChannelPrivate {
			stated[e.Conversation] = ch
			continue
		}
		field := "channel"
		if len(entries) > 1 {
			field = fmt.Sprintf("[%d].channel", i)
		}
		msg := "messages of private channels are not read here"
		if ch == convo.ChannelUnknown {
			msg = "the channel is not stated, and messages of private channels are not read here"
		}
		return &jaga.Error{Code: jaga.CodeConflict, Field: field, Msg: msg + ": the profile " + strings.Join(now.By, ", ") + " does not allow it, and nothing of them was kept", Err: ErrPrivate,
			Hint: "state the channel group, public or live where it is one; what somebody reports themself may be sent to POST /v1/reports; which profiles are in force is the setting law.profiles"}
	}
	return nil
}

// channel is what is known of a conversation's channel.
func (s *Service) channel(ctx context.Context, id string) (convo.Channel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ctx, s.fault = ctx, nil
	c, err := s.conversation(id)
	if err != nil {
		return convo.ChannelUnknown, err
	}
	return c.state.Channel(), nil
}
