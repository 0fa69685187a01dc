package policy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
)

// Choice is a rule as people put it together without writing CEL: which
// findings, what must be there, how many and within what time, and what then.
type Choice struct {
	Name, Owner, Reason string
	Form                string    // only this form; empty for all
	Least               jaga.Band // only findings of this band and above; none for all
	What                What
	Bank                string // of [WhatMatch]; empty for every bank to act on
	Exact               bool   // of [WhatMatch]: the very same bytes only
	Votes               int64  // of [WhatMatch]: confirmed by so many
	Indicators          []string
	EarlierForm         string // of [WhatEarlier]; empty for all
	Many                int64  // how many of what was chosen; at least 1
	Hours               int64  // of [WhatEarlier]: within so many hours
	Days                int64  // of [WhatAccount]: younger than so many days
	Then                []Action
}

// What is the kind of thing that must be there.
type What string

// What a rule without code can be about.
const (
	WhatMatch     What = "match"     // matches in banks
	WhatIndicator What = "indicator" // signs that were seen
	WhatReport    What = "report"    // reports of people
	WhatAccount   What = "account"   // a young account
	WhatEarlier   What = "earlier"   // earlier findings of the account
)

// Whats lists what a rule without code can be about.
func Whats() []What {
	return []What{WhatMatch, WhatIndicator, WhatReport, WhatAccount, WhatEarlier}
}

// maxMany bounds numbers that people choose.
const maxMany = 1000

// Compose writes the rule of a choice, with its tests: one in which it fires,
// one in which it does not, and one in which a fact is missing. The rule is
// checked as every other is.
func Compose(c Choice) (Rule, error) {
	ask, yes, no, err := c.question()
	if err != nil {
		return Rule{}, err
	}
	var all []string
	base := Facts{}
	if c.Form != "" {
		all = append(all, "form == "+strconv.Quote(c.Form))
		base.Form = Known(c.Form)
	}
	if c.Least > jaga.BandNone {
		all = append(all, "band >= "+strings.ToUpper(c.Least.String()))
		base.Band = Known(c.Least)
	}
	r := Rule{Name: c.Name, Owner: c.Owner, Reason: strings.TrimSpace(c.Reason), When: strings.Join(append(all, ask), "\n  && "), Then: c.Then}
	fires, quiet := base, base
	yes(&fires)
	no(&quiet)
	r.Tests = []Test{{"what is chosen is there", Fires, fires}, {"it is not there", Quiet, quiet}, {"nobody knows whether it is there", Undecided, base}}
	if err := r.check(); err != nil {
		return Rule{}, err
	}
	_, err = Compile(r)
	return r, err
}

// question is the part about what must be there, with facts in which it is and
// facts in which it is not.
func (c *Choice) question() (ask string, yes, no func(*Facts), err error) {
	if c.Many < 1 || c.Many > maxMany {
		return "", nil, nil, invalid("many", "", "how many is a number from 1 to %d", maxMany)
	}
	if c.Form != "" && !jaga.Form(c.Form).Valid() || c.EarlierForm != "" && !jaga.Form(c.EarlierForm).Valid() {
		return "", nil, nil, invalid("form", "", "there is no such form")
	}
	switch c.What {
	case WhatMatch:
		return c.match()
	case WhatIndicator:
		return c.indicator()
	case WhatReport:
		return fmt.Sprintf("reports.count >= %d", c.Many), func(f *Facts) { f.Reports.Count = Known(c.Many) }, func(f *Facts) { f.Reports.Count = Known(c.Many - 1) }, nil
	case WhatAccount:
		if c.Days < 1 || c.Days > 36500 {
			return "", nil, nil, invalid("days", "", "the age is a number of days from 1 to 36500")
		}
		return fmt.Sprintf("account.age_days < %d", c.Days), func(f *Facts) { f.Account.AgeDays = Known(c.Days - 1) }, func(f *Facts) { f.Account.AgeDays = Known(c.Days) }, nil
	case WhatEarlier:
		return c.earlier()
	}
	return "", nil, nil, invalid("what", "", "choose what the rule is about")
}

// many asks for a number of things in a list.
func many(list, variable, condition string, n int64) string {
	if n == 1 {
		return fmt.Sprintf("%s.exists(%s, %s)", list, variable, condition)
	}
	return fmt.Sprintf("%s.filter(%s, %s).size() >= %d", list, variable, condition, n)
}

// repeat is a list of n times the same.
func repeat[T any](v T, n int64) Opt[[]T] {
	list := make([]T, n)
	for i := range list {
		list[i] = v
	}
	return Known(list)
}

func (c *Choice) match() (string, func(*Facts), func(*Facts), error) {
	if c.Votes < 0 || c.Votes > maxMany {
		return "", nil, nil, invalid("votes", "", "it is a number from 0 to %d", maxMany)
	}
	parts := []string{`m.role == "match"`, "!m.suppressed"}
	m := Match{Role: Known("match"), Suppressed: Known(false), Bank: Known("A")}
	if c.Bank != "" {
		if len(c.Bank) > longestText {
			return "", nil, nil, invalid("bank", "", "there is no such bank")
		}
		parts, m.Bank = append(parts, "m.bank == "+strconv.Quote(c.Bank)), Known(c.Bank)
	}
	if c.Exact {
		parts, m.Exact = append(parts, "m.exact"), Known(true)
	}
	if c.Votes > 0 {
		parts, m.VotesFor = append(parts, fmt.Sprintf("m.votes_for >= %d", c.Votes)), Known(c.Votes)
	}
	return many("matches", "m", strings.Join(parts, " && "), c.Many),
		func(f *Facts) { f.Matches = repeat(m, c.Many) }, func(f *Facts) { f.Matches = Known([]Match{}) }, nil
}

func (c *Choice) indicator() (string, func(*Facts), func(*Facts), error) {
	if len(c.Indicators) == 0 {
		return "", nil, nil, invalid("indicator", "", "choose at least one sign")
	}
	if c.Many > int64(len(c.Indicators)) {
		return "", nil, nil, invalid("many", "choose more signs, or a smaller number", "%d of %d signs can never be there", c.Many, len(c.Indicators))
	}
	quoted, seen := []string{}, []Indicator{}
	for i, id := range c.Indicators {
		quoted = append(quoted, strconv.Quote(id))
		if int64(i) < c.Many {
			seen = append(seen, Indicator{ID: Known(id)})
		}
	}
	return many("indicators", "i", "i.id in ["+strings.Join(quoted, ", ")+"]", c.Many),
		func(f *Facts) { f.Indicators = Known(seen) }, func(f *Facts) { f.Indicators = Known([]Indicator{}) }, nil
}

func (c *Choice) earlier() (string, func(*Facts), func(*Facts), error) {
	if c.Hours < 1 || c.Hours > earlierDays*24 {
		return "", nil, nil, invalid("hours", "", "within is a number of hours from 1 to %d", earlierDays*24)
	}
	if c.Many > earlierMost {
		return "", nil, nil, invalid("many", "", "at most %d earlier findings are looked at", earlierMost)
	}
	parts := []string{fmt.Sprintf("e.hours_ago <= %d", c.Hours)}
	e := Earlier{HoursAgo: Known(int64(1))}
	if c.EarlierForm != "" {
		parts, e.Form = append(parts, "e.form == "+strconv.Quote(c.EarlierForm)), Known(c.EarlierForm)
	}
	return many("account.earlier", "e", strings.Join(parts, " && "), c.Many),
		func(f *Facts) { f.Account.Earlier = repeat(e, c.Many) }, func(f *Facts) { f.Account.Earlier = Known([]Earlier{}) }, nil
}
