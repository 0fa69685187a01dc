package chatfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jaga-project/jaga/convo"
)

// conversationJSON is one line of the project's own format. The lists stay raw
// so that one of them cannot take more memory than its text.
type conversationJSON struct {
	Conversation str             `json:"conversation"`
	Channel      str             `json:"channel"`
	Participants json.RawMessage `json:"participants"`
	Relations    json.RawMessage `json:"relations"`
	Messages     json.RawMessage `json:"messages"`
}

type participantJSON struct {
	ID         str  `json:"id"`
	Name       str  `json:"name"`
	AgeBand    str  `json:"age_band"`
	Confidence num  `json:"age_confidence"`
	Role       str  `json:"role"`
	Verified   flag `json:"verified"`
	Followers  num  `json:"followers"`
	Created    str  `json:"created"`
}

type relationJSON struct {
	A        str  `json:"a"`
	B        str  `json:"b"`
	Kind     str  `json:"kind"`
	Verified flag `json:"verified"`
	Since    str  `json:"since"`
	Mutual   num  `json:"mutual"`
}

type messageJSON struct {
	ID          str   `json:"id"`
	From        str   `json:"from"`
	To          names `json:"to"`
	At          str   `json:"at"`
	Text        str   `json:"text"`
	Act         str   `json:"act"`
	Category    str   `json:"category"`
	Score       num   `json:"score"`
	Amount      num   `json:"amount"`
	Currency    str   `json:"currency"`
	Method      str   `json:"method"`
	Payee       str   `json:"payee"`
	Description str   `json:"description"`
	Media       str   `json:"media"`
}

// readJSONLines reads one conversation from each line.
func readJSONLines(r *Reader) {
	for l := (lines{r: r}); l.next(); {
		text := bytes.TrimSpace(l.text)
		if len(text) > 0 {
			r.conversation(text, l.number)
		}
	}
}

// conversation reads one conversation of the project's own format.
func (r *Reader) conversation(text []byte, line int) {
	if !utf8.Valid(text) {
		r.odd(line, "", "it is not valid UTF-8; the wrong bytes are shown as U+FFFD")
	}
	var in conversationJSON
	if err := json.Unmarshal(text, &in); err != nil {
		r.lose(line, "", "the line was left out: %v", plainly(err))
		return
	}
	own := &ownConversation{builder: r.build(), line: line}
	own.c.ID = own.text("conversation", in.Conversation)
	if own.c.ID == "" {
		own.c.ID = "line " + strconv.Itoa(line)
		r.odd(line, "conversation", "there is none; it is called %s", shown(own.c.ID))
	}
	r.remember(own.c.ID, line)
	own.c.Channel = own.word("channel", in.Channel)
	if !slices.Contains([]string{"", "private", "group", "public", "live"}, own.c.Channel) {
		r.odd(line, "channel", "%s is none of private, group, public and live; it is taken as unknown", shown(own.c.Channel))
		own.c.Channel = ""
	}
	elements(own, "participants", in.Participants, own.participant)
	elements(own, "relations", in.Relations, own.relation)
	if len(in.Messages) == 0 {
		r.odd(line, "messages", "there are none")
	}
	elements(own, "messages", in.Messages, own.message)
	r.emit(own.finish())
}

// remember tells of a conversation's id that a file has twice. Only so many ids
// are remembered.
func (r *Reader) remember(id string, line int) {
	if r.seen[id] {
		r.odd(line, "conversation", "an earlier line has the id %s too", shown(id))
	} else if len(r.seen) < MaxParticipants {
		r.seen[id] = true
	}
}

// ownConversation is a conversation of the project's own format being read.
type ownConversation struct {
	*builder
	line int
}

// elements calls do with every element of a JSON list that is known to be well
// formed. An element of another kind than T is lost.
func elements[T any](own *ownConversation, field string, list json.RawMessage, do func(T)) {
	if len(list) == 0 || isNull(list) {
		return
	}
	if list[0] != '[' {
		own.r.lose(own.line, field, "it is no list and was left out")
		return
	}
	n := 0
	for _, text := range each(list) {
		if n++; !own.r.live() {
			return
		}
		var element T
		if err := json.Unmarshal(text, &element); err != nil {
			own.r.lose(own.line, field, "number %d was left out: %v", n, plainly(err))
			if field == "messages" {
				own.skip()
			}
			continue
		}
		do(element)
	}
}

// plainly words a failure of the JSON package without Go's types.
func plainly(err error) error {
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) {
		return fmt.Errorf("a %s stands where an object is expected", kind.Value)
	}
	return fmt.Errorf("it is no well-formed JSON (%w)", err)
}

// text returns a text field and tells if it is none.
func (own *ownConversation) text(field string, v str) string {
	if v.bad {
		own.r.odd(own.line, field, "it is no string and is taken as missing")
	}
	return v.s
}

// word is text for a field that holds a term: without spaces around it and in
// lower case.
func (own *ownConversation) word(field string, v str) string {
	return strings.ToLower(strings.TrimSpace(own.text(field, v)))
}

// flag returns a field that is true or false, and tells if it is neither.
func (own *ownConversation) flag(field string, v flag) bool {
	if v.bad {
		own.r.odd(own.line, field, "it is neither true nor false and is taken as missing")
	}
	return v.is
}

// count returns a field that holds a number of things.
func (own *ownConversation) count(field string, v num) int {
	n, ok := v.count()
	if !ok {
		own.r.odd(own.line, field, "it is no whole number from 0 on and is taken as missing")
	}
	return n
}

func (own *ownConversation) participant(in participantJSON) {
	p := Participant{
		ID:        own.text("participants.id", in.ID),
		Name:      own.text("participants.name", in.Name),
		Role:      own.word("participants.role", in.Role),
		Verified:  own.flag("participants.verified", in.Verified),
		Followers: own.count("participants.followers", in.Followers),
	}
	if p.ID == "" {
		own.r.lose(own.line, "participants.id", "it is empty; the participant was left out")
		return
	}
	if own.people[p.ID] {
		own.r.odd(own.line, "participants.id", "%s is there twice; the first is kept", shown(p.ID))
		return
	}
	age, err := convo.ParseAgeBand(own.text("participants.age_band", in.AgeBand))
	if err != nil {
		own.r.odd(own.line, "participants.age_band", "%s is neither adult, minor, unknown nor a range of years; it is taken as unknown", shown(in.AgeBand.s))
	}
	p.AgeBand = age.String()
	if c := in.Confidence; c.set {
		if c.bad || c.v < 0 || c.v > 1 {
			own.r.odd(own.line, "participants.age_confidence", "it is no number from 0 to 1 and is taken as missing")
		} else {
			p.Confidence = c.v
			if c.v == 0 {
				p.AgeBand = "unknown" // an age that nobody vouches for is none
			}
		}
	}
	if s := own.text("participants.created", in.Created); s != "" {
		var why string
		if p.Created, why = parseTime(s, own.r.opt.Location); why != "" {
			own.r.odd(own.line, "participants.created", "%s", why)
		}
	}
	own.join(p, own.line)
}

func (own *ownConversation) relation(in relationJSON) {
	rel := Relation{
		A:        own.text("relations.a", in.A),
		B:        own.text("relations.b", in.B),
		Kind:     own.word("relations.kind", in.Kind),
		Verified: own.flag("relations.verified", in.Verified),
		Mutual:   own.count("relations.mutual", in.Mutual),
	}
	if !in.Mutual.set {
		rel.Mutual = -1 // not said is not none
	}
	if rel.A == "" || rel.B == "" || rel.A == rel.B {
		own.r.lose(own.line, "relations", "a relation needs two different participants; it was left out")
		return
	}
	if s := own.text("relations.since", in.Since); s != "" {
		var why string
		if rel.Since, why = parseTime(s, own.r.opt.Location); why != "" {
			own.r.odd(own.line, "relations.since", "%s", why)
		}
	}
	if own.stranger("relations.a", rel.A) && own.stranger("relations.b", rel.B) {
		own.c.Relations = append(own.c.Relations, rel)
	}
}

// stranger sees to it that an id is a participant's and reports whether it is.
func (own *ownConversation) stranger(field, id string) bool {
	if own.people[id] {
		return true
	}
	ok := own.join(Participant{ID: id}, own.line)
	if ok {
		own.r.odd(own.line, field, "%s is no participant and was added as unknown", shown(id))
	}
	return ok
}
