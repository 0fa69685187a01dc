package live

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/converse"
)

// The types of events.
const (
	EventChat      = "chat"       // words in the chat of the stream
	EventGift      = "gift"       // a gift or game credit
	EventPayment   = "payment"    // money
	EventJoin      = "join"       // an account began to watch
	EventLeave     = "leave"      // an account stopped watching
	EventScreenOn  = "screen_on"  // an account was brought on screen
	EventScreenOff = "screen_off" // an account left the screen
	EventPerson    = "person"     // what the platform, or a classifier, knows of an account
	EventSpeech    = "speech"     // words that an outside speech-to-text heard
	EventAct       = "act"        // another act of a conversation, see convo.Acts
)

// EventTypes lists the types.
func EventTypes() []string {
	return []string{EventChat, EventGift, EventPayment, EventJoin, EventLeave, EventScreenOn, EventScreenOff, EventPerson, EventSpeech, EventAct}
}

// MaxEvent is the largest event, in bytes of JSON.
const MaxEvent = 64 << 10

// Event is one thing that happened in a stream beside its picture, as the platform
// tells it.
type Event struct {
	ID          string                `json:"id,omitempty" doc:"The platform's identifier; an event that was sent before is ignored." maxLength:"512"`
	Type        string                `json:"type" doc:"What happened." enum:"chat,gift,payment,join,leave,screen_on,screen_off,person,speech,act" example:"gift"`
	At          *time.Time            `json:"at,omitempty" doc:"When, RFC 3339; now when it is missing."`
	From        string                `json:"from,omitempty" doc:"The account that did it, by the platform's pseudonymous identifier. Not for speech, which has a speaker." maxLength:"512" example:"acc-7"`
	To          string                `json:"to,omitempty" doc:"The account that it is for; the broadcaster when it is missing." maxLength:"512"`
	Text        string                `json:"text,omitempty" doc:"The words of chat and speech."`
	Speaker     string                `json:"speaker,omitempty" doc:"For speech: a label that tells voices of the stream apart, or broadcaster where it is known to be theirs. Without it nobody knows who spoke." maxLength:"64" example:"s1"`
	Act         string                `json:"act,omitempty" doc:"For the type act: category, report, refusal, call …, or an indicator that the platform has seen by itself, such as L-07."`
	Category    string                `json:"category,omitempty" doc:"For the act category: direction or sexual."`
	Score       float64               `json:"score,omitempty" doc:"For the act category, 0 to 1."`
	Amount      float64               `json:"amount,omitempty" doc:"Of a gift or payment." example:"5"`
	Currency    string                `json:"currency,omitempty" doc:"ISO 4217." maxLength:"16" example:"USD"`
	Method      string                `json:"method,omitempty" doc:"How it was paid." maxLength:"64"`
	Payee       string                `json:"payee,omitempty" doc:"Who got it, when that is not the receiver." maxLength:"512"`
	Description string                `json:"description,omitempty" doc:"The descriptor of a payment." maxLength:"512"`
	Person      *converse.Participant `json:"person,omitempty" doc:"What is known of an account: its age band comes from the platform or from a classifier of yours, never from Jaga."`
	Relation    *converse.Relation    `json:"relation,omitempty" doc:"How two accounts are related."`
}

// ParseEvent reads one JSON object and checks it. The error is for whoever sent it
// and holds nothing of the content.
func ParseEvent(line []byte) (Event, error) {
	bad := func(field, format string, args ...any) (Event, error) {
		return Event{}, &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: fmt.Sprintf(format, args...)}
	}
	if len(line) > MaxEvent {
		return bad("", "the event is larger than %d KiB", MaxEvent>>10)
	}
	if !utf8.Valid(line) {
		return bad("", "the event is not UTF-8")
	}
	var e Event
	if err := json.Unmarshal(line, &e); err != nil {
		if te, ok := err.(*json.UnmarshalTypeError); ok {
			return bad(te.Field, "it has the wrong type: %s is wanted", te.Type)
		}
		return bad("", "it is not a JSON object of the format; see docs/live.md")
	}
	return e, e.check()
}

func (e *Event) check() error {
	bad := func(field, msg string) error { return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: msg} }
	if !slices.Contains(EventTypes(), e.Type) {
		return bad("type", "it is none of "+strings.Join(EventTypes(), ", "))
	}
	switch e.Type {
	case EventSpeech:
		if e.From != "" {
			return bad("from", "of speech the account is not known; write a speaker, or broadcaster as the speaker")
		}
		if e.Text == "" {
			return bad("text", "it is missing")
		}
	case EventPerson:
		if e.Person == nil && e.Relation == nil {
			return bad("person", "it is missing")
		}
	case EventChat:
		if e.Text == "" {
			return bad("text", "it is missing")
		}
	case EventAct:
		if e.Act == "" {
			return bad("act", "it is missing")
		}
	}
	if e.From == "" && e.Type != EventSpeech && e.Type != EventPerson {
		return bad("from", "it is missing")
	}
	if e.Speaker != "" && e.Type != EventSpeech {
		return bad("speaker", "it is for the type speech")
	}
	if err := checkSpeaker(e.Speaker); err != nil {
		return bad("speaker", err.Error())
	}
	if e.Act != "" && e.Type != EventAct {
		return bad("act", "it is for the type act")
	}
	if e.Text != "" && e.Type != EventChat && e.Type != EventSpeech {
		return bad("text", "it is for the types chat and speech")
	}
	// What a conversation would refuse is refused with it: an entry that only the
	// journal finds wrong would hold back all that come after it.
	text, err := json.Marshal(e.entry("live", start0, nil))
	if err != nil {
		return bad("", "it holds what is no number")
	}
	_, err = converse.ParseEntry(text)
	return err
}

// start0 is any time; check needs one.
var start0 = time.Unix(0, 0).UTC()

// entry is the event as an entry of the stream's conversation. now is used where
// the event has no time; hosts are the accounts on screen beside the sender, to
// whom the broadcaster speaks.
func (e *Event) entry(conversation string, now time.Time, hosts []string) converse.Entry {
	at := now
	if e.At != nil {
		at = *e.At
	}
	out := converse.Entry{Conversation: conversation, Channel: string(convo.ChannelLive)}
	if e.Person != nil {
		out.Participants = append(out.Participants, *e.Person)
	}
	if e.Relation != nil {
		out.Relations = append(out.Relations, *e.Relation)
	}
	m := converse.Message{ID: e.ID, From: e.From, At: &at}
	if e.To != "" {
		m.To = converse.Receivers{e.To}
	} else {
		m.To = hosts
	}
	switch e.Type {
	case EventChat:
		m.Text = e.Text
	case EventSpeech:
		m.From, m.Text, m.Transcribed = cmp.Or(e.From, voice(conversation, e.Speaker)), e.Text, true
	case EventGift, EventPayment:
		m.Act, m.Amount, m.Currency, m.Method, m.Payee, m.Description = e.Type, e.Amount, e.Currency, e.Method, e.Payee, e.Description
	case EventJoin, EventLeave:
		m.Act, m.To = e.Type, nil
	case EventAct:
		m.Act, m.Category, m.Score = e.Act, e.Category, e.Score
	case EventScreenOn:
		// Whoever is on screen can be directed, as a broadcaster can.
		if e.Person == nil {
			out.Participants = append(out.Participants, converse.Participant{ID: e.From})
		}
		for i := range out.Participants {
			if out.Participants[i].ID == e.From {
				out.Participants[i].Role = roleBroadcaster
			}
		}
		return out
	case EventScreenOff, EventPerson:
		return out
	}
	out.Message = m
	return out
}

const roleBroadcaster = "broadcaster"
