package policy

import (
	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
)

// kindConversation is the kind of a finding that was made in a conversation.
const kindConversation = "conversation"

// wordsOf lists what a fact with a closed set of words can be, and nothing for
// one that can be anything.
func wordsOf(set string) []string {
	switch set {
	case "kind":
		return []string{string(jaga.KindImage), string(jaga.KindVideo), string(jaga.KindAudio), string(jaga.KindText), string(jaga.KindMessage),
			string(jaga.KindFrame), string(jaga.KindHash), string(jaga.KindOther), kindConversation}
	case "form", "Match.form", "Earlier.form":
		return append(formWords(), "")
	case "Match.role":
		return []string{string(jaga.RoleMatch), string(jaga.RoleAllow)}
	case "Match.type":
		var out []string
		for _, t := range jaga.SignalTypes() {
			out = append(out, string(t))
		}
		return out
	case "Pair.relation":
		return []string{"family", "peers", "educator", "helper", "stranger"}
	case "Pair.power":
		return []string{"age", "fame", "authority", "money", "secret", "skill", "family"}
	case "Indicator.id":
		return IndicatorIDs()
	}
	return nil
}

func formWords() []string {
	var out []string
	for _, f := range jaga.Forms() {
		out = append(out, string(f))
	}
	return out
}

// IndicatorIDs lists what [Indicator].ID can be: the catalogue, its modifiers,
// and what else stands among the reasons of a finding.
func IndicatorIDs() []string {
	var out []string
	for _, i := range indicator.All() {
		out = append(out, string(i.ID))
	}
	for _, m := range indicator.Modifiers() {
		out = append(out, string(m.ID))
	}
	for _, b := range convo.Beside() {
		out = append(out, string(b.ID))
	}
	return out
}
