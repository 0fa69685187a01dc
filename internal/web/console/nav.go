package console

import (
	"slices"

	"github.com/jaga-project/jaga/internal/auth"
)

// place is an entry of the navigation. Its word is nav.NAME, and g with Key goes
// there.
type place struct {
	Name, Href, Icon, Key string
	need                  auth.Capability
}

// places are the entries in groups, in the order of a day's work: what waits,
// what is known, what one does for others and oneself, the installation.
func places() [][]place {
	return [][]place{
		{
			{"home", "/", "home", "h", auth.OwnAccount},
			{"cases", "/cases", "cases", "q", auth.ReadCases},
			{"items", "/items", "items", "i", auth.ReadItems},
			{"conversations", "/conversations", "talk", "c", auth.ReadFindings},
			{"live", "/live", "live", "n", auth.ReadFindings},
			{"messages", "/messages", "letter", "m", auth.AnswerMessages},
			{"intake", "/intake", "plus", "t", auth.HotlineIntake},
		}, {
			{"banks", "/banks", "banks", "b", auth.ReadBanks},
			{"why", "/why", "compare", "w", auth.ReadItems},
			{"rules", "/rules", "rules", "r", auth.ReadRules},
		}, {
			{"evidence", "/evidence", "seal", "v", auth.ReadEvidence},
			{"directory", "/directory", "help", "d", auth.ReadDirectory},
			{"look", "/look/me", "look", "l", auth.OwnExposure},
		}, {
			{"statistics", "/statistics", "chart", "a", auth.Statistics},
			{"custody", "/custody", "custody", "u", auth.ReadCustody},
			{"status", "/system", "pulse", "s", auth.ReadSystem},
			{"webhooks", "/webhooks", "send", "o", auth.Webhooks},
			{"plugins", "/plugins", "plug", "p", auth.Plugins},
			{"keys", "/keys", "key", "k", auth.ManageKeys},
			{"people", "/people", "people", "e", auth.ManagePeople},
		},
	}
}

// barMost is how many entries fit the bar of a narrow phone, beside More.
const barMost = 4

// navigation is what the reader may go to.
func (c *console) navigation(who auth.Who) (groups [][]place) {
	for _, group := range places() {
		group = slices.DeleteFunc(group, func(p place) bool {
			return !who.CanSomewhere(p.need) && p.need != auth.OwnAccount || p.Name == "messages" && c.Tell == nil || p.Name == "evidence" && c.Evidence == nil || p.Name == "live" && c.Live == nil
		})
		if len(group) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// NavBar is what stands in the bar of a phone, and [page.NavMore] what opens above it.
func (p *page) NavBar() []place {
	all := slices.Concat(p.Places...)
	return all[:min(len(all), barMost)]
}

// NavMore is what a phone shows when asked.
func (p *page) NavMore() []place {
	all := slices.Concat(p.Places...)
	return all[min(len(all), barMost):]
}

// InNavMore reports whether the page that is shown is one of those.
func (p *page) InNavMore() bool {
	return slices.ContainsFunc(p.NavMore(), func(x place) bool { return x.Name == p.Active })
}
