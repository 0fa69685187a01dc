package tip

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
)

// Call is what somebody told the hotline, as the person who listened writes it
// down. Everything but Safe and What may be empty: a caller may stay anonymous
// and need not know anything.
type Call struct {
	Safe     Safe      `json:"safe"`
	Country  string    `json:"country,omitempty"` // where the child is, such as "ID"
	Relation string    `json:"relation,omitempty"`
	Reach    string    `json:"reach,omitempty"` // how to reach the caller
	Lang     string    `json:"lang,omitempty"`  // they speak
	Form     jaga.Form `json:"form,omitempty"`  // what happened
	What     string    `json:"what,omitempty"`  // in words
	ChildAge string    `json:"child_age,omitempty"`
	OtherAge string    `json:"other_age,omitempty"`
	Platform string    `json:"platform,omitempty"`
	// Accounts and Links are text, one a line. Nobody opens a link.
	Accounts []string `json:"accounts,omitempty"`
	Links    []string `json:"links,omitempty"`
	When     string   `json:"when,omitempty"` // it happened, in words
	Wants    []string `json:"wants,omitempty"`
	// CallBack is when the caller expects a call; zero is never.
	CallBack time.Time `json:"call_back,omitzero"`
	// Same are cases that it may be the same as.
	Same []int64 `json:"same,omitempty"`
}

// Relations lists who calls.
func Relations() []string { return []string{"child", "parent", "teacher", "other"} }

// Ages lists the bands of ages; the last two are no child's.
func Ages() []string {
	return []string{"0-5", "6-9", "10-12", "13-15", "16-17", "adult", "unknown"}
}

// Wants lists what callers want.
func Wants() []string { return []string{"listen", "advice", "police", "removal", "unsure"} }

// longestCallBack is how far ahead a call can be promised.
const longestCallBack = 90 * 24 * time.Hour

// maxReach is the longest way to reach somebody, in bytes.
const maxReach = 500

// Check refuses a call with a fault in it, whose field is as in the form.
func (c Call) Check(now time.Time) error {
	if !slices.Contains(Safes(), c.Safe) {
		return invalid("safe", "it is not said whether the child is safe now")
	}
	if strings.TrimSpace(c.What) == "" {
		return invalid("what", "it is missing")
	}
	if err := words("what", c.What); err != nil {
		return err
	}
	for _, f := range []struct {
		name, v string
		most    int
	}{{"country", c.Country, 2}, {"reach", c.Reach, maxReach}, {"call_lang", c.Lang, 35}, {"platform", c.Platform, 100}, {"time", c.When, 200}} {
		if err := line(f.name, f.v, f.most); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		name, v string
		set     []string
	}{{"relation", c.Relation, Relations()}, {"child_age", c.ChildAge, Ages()}, {"other_age", c.OtherAge, Ages()}} {
		if f.v != "" && !slices.Contains(f.set, f.v) {
			return invalid(f.name, "it is none of those on the page")
		}
	}
	for _, w := range c.Wants {
		if !slices.Contains(Wants(), w) {
			return invalid("wants", "it is none of those on the page")
		}
	}
	if c.Form != "" && !c.Form.Valid() {
		return invalid("form", "it is none of the four forms")
	}
	for _, l := range []struct {
		name string
		list []string
		most int
	}{{"accounts", c.Accounts, maxID - 100}, {"links", c.Links, maxLink}} {
		if err := lines(l.name, l.list, l.most); err != nil {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: l.name, Msg: "a line is too long, or there are too many"}
		}
	}
	if len(c.Wants) > len(Wants()) || len(c.Same) > 20 {
		return invalid("same", "there are too many")
	}
	if !c.CallBack.IsZero() && (c.CallBack.Before(now.Add(-time.Hour)) || c.CallBack.After(now.Add(longestCallBack))) {
		return invalid("call_back", "it is not within the next 90 days")
	}
	return nil
}

// text is what the case keeps, sealed, as [Report.text] is.
func (c Call) text(number string) string {
	var h header
	h.add("call", number)
	h.add("child-safe", string(c.Safe))
	h.add("country", c.Country)
	h.add("caller", c.Relation)
	h.add("reach", c.Reach)
	h.add("language", c.Lang)
	h.add("child-age", c.ChildAge)
	h.add("other-age", c.OtherAge)
	h.add("platform", c.Platform)
	h.add("account", c.Accounts...)
	h.add("link", c.Links...)
	h.add("when", c.When)
	h.add("wants", c.Wants...)
	for _, id := range c.Same {
		h.add("perhaps-case", strconv.FormatInt(id, 10))
	}
	return h.with(c.What)
}

// name is what a call is joined by: an account that the caller names, on a
// platform. It is a name that people gave and not the platform's own identifier,
// so calls join each other by it and nothing else; empty where there is none.
func (c Call) name() string {
	if len(c.Accounts) == 0 || c.Platform == "" {
		return ""
	}
	fold := func(v string) string { return strings.ToLower(strings.Join(strings.Fields(v), " ")) }
	return fold(c.Platform) + "\n" + fold(c.Accounts[0])
}

// finding is what the call is to those who work on cases. account is the digest
// of name: what callers call somebody may be a real name, and is sealed.
func (c Call) finding(actor, number, queue, account string) casework.Finding {
	f := casework.Finding{Kind: casework.KindHotline, Ref: number, Source: actor, Queue: queue, Form: c.Form, Account: account, Text: c.text(number)}
	f.Band, f.Risk = urgency(c.Form, c.Safe)
	child := func(band string) bool { return slices.Contains(Ages()[:len(Ages())-2], band) }
	if child(c.ChildAge) && child(c.OtherAge) {
		f.Path = casework.PathWelfare
	}
	return f
}
