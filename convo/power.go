package convo

import (
	"slices"

	"github.com/jaga-project/jaga/convo/indicator"
)

// PowerAxes lists the ways to have power over somebody that [Finding.Power]
// names, in the order in which findings list them.
func PowerAxes() []string {
	return []string{"age", "fame", "authority", "money", "secret", "skill", "family"}
}

// PowerSigns lists the indicators that show power of one way. It is empty where
// only what the platform states of an account does.
func PowerSigns(axis string) (out []indicator.ID) {
	if axis == "age" {
		return []indicator.ID{"W-01"}
	}
	all := indicator.All()
	for _, code := range powerCodes(axis) {
		out = append(out, all[code].ID)
	}
	return out
}

// powerCodes is the evidence of power of one way.
func powerCodes(axis string) []uint8 {
	switch axis {
	case "authority":
		return []uint8{w02, s14}
	case "money":
		return []uint8{g07, l03, l09, l10, l11, w04}
	case "secret":
		return []uint8{s04, s06, s12, s13}
	case "skill":
		return []uint8{s13, s12, g16}
	}
	return nil
}

// power lists the axes of power that show, in fixed order.
func (s *State) power(p *pair, c *context) (out []string) {
	from := &s.people[p.from]
	for _, axis := range PowerAxes() {
		shows := p.evidence != nil && slices.ContainsFunc(powerCodes(axis), p.evidence.now.has)
		switch axis {
		case "age":
			shows = c.gap
		case "fame":
			shows = c.fame
		case "authority":
			switch from.Role {
			case "teacher", "coach", "religious", "moderator", "official", "scout", "employer":
				shows = true
			}
		case "family":
			shows = c.family || c.familyClaimed || from.Role == "parent" || from.Role == "guardian" || from.Role == "relative"
		}
		if shows {
			out = append(out, axis)
		}
	}
	return out
}
