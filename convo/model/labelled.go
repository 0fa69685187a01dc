//go:build !small

package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/indicator"
)

// Set is labelled conversations, in memory. It prints as counts only.
type Set struct {
	conversations []conversation
	digest        string
	skipped       eval.Skipped
}

// conversation is one labelled conversation.
type conversation struct {
	id       string
	positive bool
	persons  []string
	messages []message
}

// message is one message of it, in order.
type message struct {
	text      eval.Text
	act       int    // an indicator seen by the platform, or -1
	from, to  string // kinds of people
	ofChild   bool   // by a known child to somebody who is not known to be one
	readable  bool   // there is something to score
	evidences []int  // indicators
}

// Conversations is the number of conversations that were read.
func (s *Set) Conversations() int { return len(s.conversations) }

// Skipped counts the malformed lines, which are not in the set.
func (s *Set) Skipped() eval.Skipped { return s.skipped }

// String says how many conversations there are.
func (s *Set) String() string {
	return fmt.Sprintf("[%d labelled conversations]", len(s.conversations))
}

// Format prints what String says, under every verb.
func (s *Set) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// ReadSet reads JSON lines, each one of
//
//	{"conversation": id, "label": 0 or 1, "participants": […], "messages": […]}
//	{"name": id, "label": 0 or 1, "observations": ["text", …]}
//
// The first is the conversation format with a label. Messages count in the
// order of the file. An act that names an indicator is one; other acts are
// events that were seen and cannot be learned. Of the second, name is the
// person who wrote the observations.
//
// The ids of persons must mean the same person in the whole file, and nobody
// else, because people decide the split. Ids of conversations must differ.
//
// Malformed lines are left out and counted, or the first one is the error
// under strict options. No error quotes the file. The whole text stays in
// memory. file is for messages only.
func ReadSet(file string, r io.Reader, o eval.ReadOptions) (*Set, error) {
	sum := sha256.New()
	s := &Set{}
	seen := map[string]int{}
	skipped, err := eachLine(file, io.TeeReader(r, sum), o, func(line int, data []byte) *eval.LineError {
		c, fault := parse(data)
		if fault != nil {
			return fault
		}
		if first, ok := seen[c.id]; ok {
			return wrong("conversation", "the same id as in line %d", first)
		}
		seen[c.id] = line
		s.conversations = append(s.conversations, c)
		return nil
	})
	s.skipped = skipped
	s.digest = hex.EncodeToString(sum.Sum(nil))
	return s, err
}

func wrong(field, format string, args ...any) *eval.LineError {
	return &eval.LineError{Field: field, Msg: fmt.Sprintf(format, args...)}
}

// labelled is a line of either shape.
type labelled struct {
	Conversation *string          `json:"conversation"`
	Name         *string          `json:"name"`
	Label        *int             `json:"label"`
	Participants []participant    `json:"participants"`
	Messages     *[]labelledEntry `json:"messages"`
	Observations json.RawMessage  `json:"observations"`
}

type participant struct {
	ID      string `json:"id"`
	AgeBand string `json:"age_band"`
}

type labelledEntry struct {
	From string    `json:"from"`
	To   receivers `json:"to"`
	Text string    `json:"text"`
	Act  string    `json:"act"`
}

// receivers is one id or a list of them.
type receivers []string

func (r *receivers) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var one string
		err := json.Unmarshal(data, &one)
		if one != "" {
			*r = receivers{one}
		}
		return err
	}
	return json.Unmarshal(data, (*[]string)(r))
}

func parse(data []byte) (conversation, *eval.LineError) {
	if !utf8.Valid(data) {
		return conversation{}, wrong("", "not valid UTF-8")
	}
	var in labelled
	if err := json.Unmarshal(data, &in); err != nil {
		return conversation{}, worded(err)
	}
	switch {
	case in.Label == nil:
		return conversation{}, wrong("label", "missing")
	case *in.Label != 0 && *in.Label != 1:
		return conversation{}, wrong("label", "%d is neither 0 nor 1", *in.Label)
	case in.Conversation != nil && in.Name != nil:
		return conversation{}, wrong("name", "stands beside a conversation: a line is one or the other")
	case in.Conversation != nil:
		return in.conversation()
	case in.Name != nil:
		return group(data)
	}
	return conversation{}, wrong("conversation", "missing, and there is no name either")
}

// worded words a fault of the JSON without its content.
func worded(err error) *eval.LineError {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return wrong(t.Field, "of another type than it should be")
	}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return wrong("", "not JSON, at byte %d of the line", s.Offset)
	}
	return wrong("", "not JSON of the expected form")
}

// conversation checks a line of the first shape.
func (in *labelled) conversation() (conversation, *eval.LineError) {
	c := conversation{id: *in.Conversation, positive: *in.Label == 1}
	switch {
	case c.id == "":
		return c, wrong("conversation", "empty")
	case in.Messages == nil || len(*in.Messages) == 0:
		return c, wrong("messages", "there are none")
	}
	kinds := map[string]string{}
	for i, p := range in.Participants {
		kind, ok := kindOf(p.AgeBand)
		switch _, twice := kinds[p.ID]; {
		case p.ID == "":
			return c, wrong(fmt.Sprintf("participants[%d].id", i), "missing or empty")
		case twice:
			return c, wrong(fmt.Sprintf("participants[%d].id", i), "there twice")
		case !ok:
			return c, wrong(fmt.Sprintf("participants[%d].age_band", i), `neither "adult", "minor", "unknown" nor a range of years such as "13-15"`)
		}
		kinds[p.ID] = kind
		c.persons = append(c.persons, p.ID)
	}
	join := func(id string) {
		if _, ok := kinds[id]; !ok {
			kinds[id] = unknown
			c.persons = append(c.persons, id)
		}
	}
	for i, m := range *in.Messages {
		if m.From == "" {
			return c, wrong(fmt.Sprintf("messages[%d].from", i), "missing or empty")
		}
		join(m.From)
		for _, id := range m.To {
			if id == "" {
				return c, wrong(fmt.Sprintf("messages[%d].to", i), "an empty id")
			}
			join(id)
		}
	}
	all := crowd{}
	for _, kind := range kinds {
		all[kind]++
	}
	for _, m := range *in.Messages {
		out := message{text: eval.NewText(m.Text), act: indicator.Index(indicator.ID(m.Act)), from: kinds[m.From]}
		to := crowd{}
		for _, id := range m.To {
			to[kinds[id]]++
		}
		if len(m.To) > 0 {
			out.to = to.kind()
		} else { // to everybody else
			all[out.from]--
			out.to = all.kind()
			all[out.from]++
		}
		out.ofChild = out.from == minor && out.to != minor
		c.messages = append(c.messages, out)
	}
	return c, nil
}

// crowd counts persons by kind.
type crowd map[string]int

// kind is the one that all have, or unknown.
func (c crowd) kind() string {
	kind := unknown
	for k, n := range c {
		switch {
		case n == 0:
		case kind != unknown && kind != k:
			return unknown
		case k == unknown:
			return unknown
		default:
			kind = k
		}
	}
	return kind
}

// group reads a line of the second shape as the package eval does.
func group(data []byte) (conversation, *eval.LineError) {
	groups, _, err := eval.ReadGroups("", bytes.NewReader(data), eval.ReadOptions{Strict: true})
	if fault, ok := errors.AsType[*eval.LineError](err); ok {
		return conversation{}, fault
	}
	if err != nil || len(groups) != 1 {
		return conversation{}, wrong("", "not JSON of the expected form")
	}
	g := groups[0]
	c := conversation{id: g.Name, positive: g.Label == 1, persons: []string{g.Name}}
	if len(g.Texts) == 0 {
		return c, wrong("observations", "there is no text to learn from")
	}
	for _, t := range g.Texts {
		c.messages = append(c.messages, message{text: t, act: -1, from: unknown, to: unknown})
	}
	return c, nil
}
