package chatlook

import (
	"strings"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/chatfile"
)

// people finds participants and messages by the identifiers of a finding.
type people struct {
	say   func(indicator.L) string
	who   map[string]*chatfile.Participant
	index map[string]int
}

// newPeople finds all participants, and those messages that the findings name.
func newPeople(c *chatfile.Conversation, found []convo.Finding, say func(indicator.L) string) *people {
	p := &people{say: say, who: make(map[string]*chatfile.Participant, len(c.Participants)), index: map[string]int{}}
	for i := range c.Participants {
		p.who[convo.ShortID(c.Participants[i].ID)] = &c.Participants[i]
	}
	for _, f := range found {
		p.index[f.FirstAt] = -1
		for _, r := range f.Because {
			p.index[r.Message] = -1
		}
	}
	for i := range c.Messages {
		id := convo.ShortID(c.Messages[i].ID)
		if _, named := p.index[id]; named {
			p.index[id] = i
		}
	}
	return p
}

// longestName is how many columns of a name are shown.
const longestName = 32

// name returns what a person is called in the file.
func (p *people) name(id string) string {
	if id == "*" {
		return p.say(everybody)
	}
	if w := p.who[convo.ShortID(id)]; w != nil && strings.TrimSpace(w.Name) != "" {
		return shorten(w.Name, longestName)
	}
	return shorten(id, longestName)
}

// age returns what is known of a person's age, in brackets. said is what the
// finding knows from the conversation itself.
func (p *people) age(id, said string) string {
	switch said {
	case "said minor":
		return "(" + p.say(saidMinor) + ")"
	case "said adult":
		return "(" + p.say(saidAdult) + ")"
	}
	if id == "*" {
		return ""
	}
	band := ""
	if w := p.who[convo.ShortID(id)]; w != nil {
		band = w.AgeBand
	}
	switch band {
	case "", "unknown":
		return "(" + p.say(ageUnknown) + ")"
	case "adult":
		return "(" + p.say(ageAdult) + ")"
	case "minor", "child":
		return "(" + p.say(ageMinor) + ")"
	}
	if from, to, _ := strings.Cut(band, "-"); from == to {
		band = from
	}
	return "(" + shorten(strings.ReplaceAll(band, "-", "–"), longestName) + ")"
}

// at returns the place of a message in the conversation, -1 if it has none.
func (p *people) at(id string) int {
	if i, ok := p.index[id]; ok && id != "" {
		return i
	}
	return -1
}
