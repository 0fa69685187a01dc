package converse

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
)

// Limits of what is taken.
const (
	// MaxEntry is the largest entry, in bytes of JSON.
	MaxEntry = 1 << 20
	// MaxText is the longest text of a message, in bytes; 64 KiB of it are
	// looked at.
	MaxText = 512 << 10
	// MaxIDLength bounds identifiers, in bytes.
	MaxIDLength = 512
	// maxParticipants bounds the participants of one entry.
	maxParticipants = 10_000
	// maxMessages bounds the messages of one entry.
	maxMessages = 25_000
)

// Entry is one line of what platforms send: a message of a conversation, what
// is known of its participants, or both. A conversation in the format of
// jaga check is an entry, too.
type Entry struct {
	Conversation string        `json:"conversation" doc:"The platform's own identifier of the conversation." example:"c1"`
	Channel      string        `json:"channel,omitempty" doc:"Who can read along: private, group, public or live." enum:"private,group,public,live,"`
	Participants []Participant `json:"participants,omitempty" doc:"What is known of the people; later entries replace earlier ones." nullable:"false"`
	Relations    []Relation    `json:"relations,omitempty" doc:"What is known of how people are related." nullable:"false"`
	UnderReview  []string      `json:"under_review,omitempty" doc:"Accounts about which a case is open already." nullable:"false"`
	Messages     []Message     `json:"messages,omitempty" doc:"Several messages of the conversation, in order." nullable:"false"`
	Message
}

// Participant is what is known of an account.
type Participant struct {
	ID         string     `json:"id" doc:"The account."`
	AgeBand    string     `json:"age_band,omitempty" doc:"adult, minor, unknown, or a range of years such as 13-15." example:"13-15"`
	Confidence *float64   `json:"age_confidence,omitempty" doc:"0 to 1; below 0.5 the age counts as unknown. Without it the age is certain." minimum:"0" maximum:"1"`
	Role       string     `json:"role,omitempty" doc:"parent, teacher, coach, moderator, helpline, famous, broadcaster …"`
	Verified   bool       `json:"verified,omitempty" doc:"Whether the platform has verified the role."`
	Followers  int64      `json:"followers,omitempty" doc:"The size of the audience."`
	Created    *time.Time `json:"created,omitempty" doc:"When the account was made."`
}

// Relation is what is known of two people.
type Relation struct {
	A        string     `json:"a" doc:"One account."`
	B        string     `json:"b" doc:"The other."`
	Kind     string     `json:"kind" doc:"family, guardian, household, friend, classmate, team, none …"`
	Verified bool       `json:"verified,omitempty" doc:"Whether the platform knows the tie by itself."`
	Since    *time.Time `json:"since,omitempty" doc:"When the tie, or mutual ordinary contact, began."`
	Mutual   *int       `json:"mutual,omitempty" doc:"Shared contacts."`
}

// Message is words or an act.
type Message struct {
	ID          string     `json:"id,omitempty" doc:"The platform's identifier; a message that was sent before is ignored."`
	From        string     `json:"from,omitempty" doc:"Who sent it."`
	To          Receivers  `json:"to,omitempty" doc:"One receiver, or a list; everybody when it is missing."`
	At          *time.Time `json:"at,omitempty" doc:"RFC 3339."`
	Text        string     `json:"text,omitempty" doc:"The words."`
	Transcribed bool       `json:"transcribed,omitempty" doc:"Whether the words are what a machine heard somebody say, and may be wrong."`
	Act         string     `json:"act,omitempty" doc:"What happened, when it is not words: category, payment, gift, report, block, refusal, call …, or an indicator such as G-15."`
	Category    string     `json:"category,omitempty" doc:"For the act category: sexual or direction."`
	Score       float64    `json:"score,omitempty" doc:"For the act category, 0 to 1."`
	Amount      float64    `json:"amount,omitempty" doc:"Of a payment or gift."`
	Currency    string     `json:"currency,omitempty" doc:"ISO 4217."`
	Method      string     `json:"method,omitempty" doc:"How it was paid."`
	Payee       string     `json:"payee,omitempty" doc:"Who got it, when that is not the receiver."`
	Description string     `json:"description,omitempty" doc:"The descriptor of a payment."`
}

// Receivers is a list that may be written as a single text.
type Receivers []string

// UnmarshalJSON takes a text or a list of texts.
func (r *Receivers) UnmarshalJSON(b []byte) error {
	*r = nil
	b = bytes.TrimSpace(b)
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	if len(b) > 0 && b[0] == '"' {
		var one string
		if err := json.Unmarshal(b, &one); err != nil {
			return err
		}
		if one != "" {
			*r = Receivers{one}
		}
		return nil
	}
	var list []string
	if err := json.Unmarshal(b, &list); err != nil {
		return fmt.Errorf("to is a text or a list of texts")
	}
	*r = list
	return nil
}

// ParseEntry reads one JSON object and checks it. The error is for whoever
// sent it and holds nothing of the content.
func ParseEntry(line []byte) (Entry, error) {
	var e Entry
	bad := func(field, format string, args ...any) (Entry, error) {
		return Entry{}, &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: fmt.Sprintf(format, args...)}
	}
	if len(line) > MaxEntry {
		return bad("", "the entry is larger than %d KiB", MaxEntry>>10)
	}
	if !utf8.Valid(line) {
		return bad("", "the entry is not UTF-8")
	}
	if err := json.Unmarshal(line, &e); err != nil {
		if te, ok := err.(*json.UnmarshalTypeError); ok {
			return bad(te.Field, "it has the wrong type: %s is wanted", te.Type)
		}
		return bad("", "it is not a JSON object of the format; see docs/conversations.md")
	}
	return e, e.check()
}

func (e *Entry) check() error {
	bad := func(field, format string, args ...any) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: fmt.Sprintf(format, args...)}
	}
	id := func(field, v string, need bool) error {
		switch {
		case v == "" && need:
			return bad(field, "it is missing")
		case len(v) > MaxIDLength:
			return bad(field, "it is longer than %d bytes", MaxIDLength)
		case strings.ContainsRune(v, 0):
			return bad(field, "it holds a zero byte")
		}
		return nil
	}
	if err := id("conversation", e.Conversation, true); err != nil {
		return err
	}
	switch convo.Channel(e.Channel) {
	case convo.ChannelUnknown, convo.ChannelPrivate, convo.ChannelGroup, convo.ChannelPublic, convo.ChannelLive:
	default:
		return bad("channel", "it is not private, group, public or live")
	}
	if len(e.Messages) > maxMessages {
		return bad("messages", "there are more than %d; send them in several entries", maxMessages)
	}
	if len(e.Relations) > maxParticipants || len(e.UnderReview) > maxParticipants {
		return bad("relations", "there are more than %d of them or of under_review; send them in several entries", maxParticipants)
	}
	if len(e.Participants) > maxParticipants {
		return bad("participants", "there are more than %d; send them in several entries", maxParticipants)
	}
	for i, p := range e.Participants {
		at := fmt.Sprintf("participants[%d].", i)
		if err := id(at+"id", p.ID, true); err != nil {
			return err
		}
		if _, err := convo.ParseAgeBand(p.AgeBand); err != nil {
			return bad(at+"age_band", `write "adult", "minor", "unknown" or a range of years such as "13-15"`)
		}
		if p.Confidence != nil && (*p.Confidence < 0 || *p.Confidence > 1) {
			return bad(at+"age_confidence", "it is not between 0 and 1")
		}
		if err := id(at+"role", p.Role, false); err != nil {
			return err
		}
	}
	for i, r := range e.Relations {
		at := fmt.Sprintf("relations[%d].", i)
		for _, err := range []error{id(at+"a", r.A, true), id(at+"b", r.B, true), id(at+"kind", r.Kind, false)} {
			if err != nil {
				return err
			}
		}
	}
	for i, account := range e.UnderReview {
		if err := id(fmt.Sprintf("under_review[%d]", i), account, true); err != nil {
			return err
		}
	}
	if e.From != "" || e.Text != "" || e.Act != "" {
		if err := e.Message.check(""); err != nil {
			return err
		}
	} else if len(e.Messages) == 0 && len(e.Participants) == 0 && len(e.Relations) == 0 && e.Channel == "" && len(e.UnderReview) == 0 {
		return bad("from", "the entry says nothing: it has no message and no participants")
	}
	for i := range e.Messages {
		if err := e.Messages[i].check(fmt.Sprintf("messages[%d].", i)); err != nil {
			return err
		}
	}
	return nil
}

func (m *Message) check(at string) error {
	bad := func(field, format string, args ...any) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: at + field, Msg: fmt.Sprintf(format, args...)}
	}
	switch {
	case m.From == "":
		return bad("from", "it is missing")
	case len(m.From) > MaxIDLength || strings.ContainsRune(m.From, 0):
		return bad("from", "it is longer than %d bytes, or holds a zero byte", MaxIDLength)
	case len(m.ID) > MaxIDLength || strings.ContainsRune(m.ID, 0):
		return bad("id", "it is longer than %d bytes, or holds a zero byte", MaxIDLength)
	case len(m.Payee) > MaxIDLength || strings.ContainsRune(m.Payee, 0):
		return bad("payee", "it is longer than %d bytes, or holds a zero byte", MaxIDLength)
	case len(m.Text) > MaxText:
		return bad("text", "it is longer than %d KiB", MaxText>>10)
	case m.Text != "" && m.Act != "":
		return bad("act", "a message is words or an act, not both")
	case !(m.Score >= 0 && m.Score <= 1):
		return bad("score", "it is not between 0 and 1")
	case m.Amount < 0:
		return bad("amount", "it is negative")
	case len(m.To) > maxParticipants:
		return bad("to", "there are more than %d receivers; leave it out when everybody is meant", maxParticipants)
	}
	for _, to := range m.To {
		if to == "" || len(to) > MaxIDLength || strings.ContainsRune(to, 0) {
			return bad("to", "a receiver is empty, longer than %d bytes, or holds a zero byte", MaxIDLength)
		}
	}
	if m.Act != "" && !convo.KnownAct(m.Act) {
		return bad("act", "it is no act and no indicator; the acts are %s", strings.Join(slices.Sorted(maps.Keys(convo.Acts())), ", "))
	}
	if m.Act == "category" && m.Category == "" {
		return bad("category", "it is missing")
	}
	return nil
}

// All returns the messages of an entry, in their order.
func (e *Entry) All() []*Message {
	var out []*Message
	if e.From != "" {
		out = append(out, &e.Message)
	}
	for i := range e.Messages {
		out = append(out, &e.Messages[i])
	}
	return out
}

// introduce tells the state what the entry knows of people.
func (e *Entry) introduce(s *convo.State) {
	if e.Channel != "" {
		s.SetChannel(convo.Channel(e.Channel))
	}
	for _, p := range e.Participants {
		age, _ := convo.ParseAgeBand(p.AgeBand) // checked when it came
		confidence := 1.0
		if p.Confidence != nil {
			if confidence = *p.Confidence; confidence == 0 {
				age = convo.AgeBand{} // known not to be known, which is not the same as unstated
			}
		}
		person := convo.Person{ID: p.ID, Age: age, Confidence: confidence, Role: p.Role, Verified: p.Verified, Followers: p.Followers}
		if p.Created != nil {
			person.Created = *p.Created
		}
		s.Introduce(person)
	}
	for _, r := range e.Relations {
		t := convo.Tie{A: r.A, B: r.B, Kind: r.Kind, Verified: r.Verified, Mutual: -1}
		if r.Since != nil {
			t.Since = *r.Since
		}
		if r.Mutual != nil {
			t.Mutual = *r.Mutual
		}
		s.Relate(t)
	}
	for _, id := range e.UnderReview {
		s.Review(id)
	}
}

func (m *Message) convo() convo.Message {
	out := convo.Message{
		ID: m.ID, From: m.From, To: m.To, Text: m.Text, Act: m.Act, Category: m.Category, Score: m.Score,
		Amount: m.Amount, Currency: m.Currency, Method: m.Method, Payee: m.Payee, Description: m.Description,
	}
	if m.At != nil {
		out.At = *m.At
	}
	return out
}
