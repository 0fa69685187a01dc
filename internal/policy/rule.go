package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
)

// Rule is a question and what should happen when the answer is yes.
type Rule struct {
	// Name is how people call it: lower case letters, digits and dashes.
	Name string `json:"name"`
	// Owner is the person who answers for it, such as "person:1". Rules that
	// come with the program are owned by "jaga".
	Owner string `json:"owner"`
	// Reason says why the rule exists, for whoever reads it in two years.
	Reason string `json:"reason"`
	// When is the question, in CEL.
	When string `json:"when"`
	// Then are the actions that are wanted.
	Then []Action `json:"then"`
	// Limits bound what the rule may do by itself.
	Limits Limits `json:"limits"`
	// Tests are examples that the rule must answer rightly to be saved.
	Tests []Test `json:"tests"`
}

// Act is a kind of action.
type Act string

// The actions that a rule can want.
const (
	// OpenCase brings the finding to people, in the queue of the action.
	OpenCase Act = "open_case"
	// Raise lifts the band to the band of the action; it never lowers it.
	Raise Act = "raise"
	// Hold asks the platform to hold the item or account until a person has
	// decided.
	Hold Act = "hold"
	// LimitReach asks the platform to show it to fewer people meanwhile.
	LimitReach Act = "limit_reach"
	// WarnTarget asks the platform to show the person who may need help a
	// safety message.
	WarnTarget Act = "warn_target"
	// KeepEvidence asks for the evidence to be kept.
	KeepEvidence Act = "keep_evidence"
	// SendWebhook tells the webhook of the action, and no other, of the finding.
	SendWebhook Act = "webhook"
	// Ignore lets the finding open no case. It is the weakest action: see
	// [Set.Evaluate].
	Ignore Act = "ignore"
)

// Acts lists the actions in the order in which they are carried out.
func Acts() []Act {
	return []Act{Raise, KeepEvidence, OpenCase, Hold, LimitReach, WarnTarget, SendWebhook, Ignore}
}

// Automatic reports whether the action does something without a person: it is
// what quotas count and what an open breaker stops. Opening a case and keeping
// evidence are not, so that findings reach people whatever happens.
func (a Act) Automatic() bool { return a != OpenCase && a != KeepEvidence }

// Action is one thing that a rule wants.
type Action struct {
	Do Act `json:"do"`
	// Queue is the queue of an [OpenCase].
	Queue string `json:"queue,omitempty"`
	// Band is that of a [Raise]: review or urgent.
	Band jaga.Band `json:"band,omitempty"`
	// Webhook is the name of the webhook of a [SendWebhook], as people gave it.
	Webhook string `json:"webhook,omitempty"`
	// Why is why an [Ignore] is right.
	Why string `json:"why,omitempty"`
}

// Limits bound the automatic actions of a rule. A zero takes the default of
// the installation.
type Limits struct {
	// PerHour and PerDay are how often the rule may act.
	PerHour int64 `json:"per_hour,omitempty"`
	PerDay  int64 `json:"per_day,omitempty"`
	// Share is the largest part of what comes in, 0 to 1, that the rule may
	// act on within an hour.
	Share float64 `json:"share,omitempty"`
}

// Answer is what a rule says about facts.
type Answer string

// The answers. There is no quiet third way between yes and no: what hangs on
// an unknown fact, or could not be worked out, is undecided.
const (
	Fires     Answer = "fires"
	Quiet     Answer = "does not fire"
	Undecided Answer = "undecided"
)

// Test is an example that a rule must answer rightly.
type Test struct {
	Name   string `json:"name"`
	Expect Answer `json:"expect"`
	Facts  Facts  `json:"facts"`
}

// Limits of a rule's parts.
const (
	maxText  = 2000
	maxTests = 100
)

var (
	ruleName  = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	shortName = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,62}$`)
	person    = regexp.MustCompile(`^person:[1-9][0-9]{0,17}$`)
)

// Person reports whether an actor is a person who signed in.
func Person(actor string) bool { return person.MatchString(actor) }

// shipped is the owner of the rules that come with the program.
const shipped = "jaga"

// check refuses a rule whose parts are missing or contradict each other.
func (r *Rule) check() error {
	switch {
	case !ruleName.MatchString(r.Name) || len(r.Name) > 64:
		return invalid("name", "such as new-account-threat", "a name has 1 to 64 lower case letters, digits and single dashes, and begins with a letter")
	case r.Owner != shipped && !person.MatchString(r.Owner):
		return invalid("owner", `write a person's number, as in owner = "person:1"`, "a rule has a person who answers for it")
	case strings.TrimSpace(r.Reason) == "":
		return invalid("reason", "say what harm it is about, and what it may get wrong", "a rule says why it exists")
	case utf8.RuneCountInString(r.Reason) > maxText:
		return invalid("reason", "", "it is longer than %d characters", maxText)
	case len(r.Then) == 0:
		return invalid("then", "the actions are "+join(Acts()), "a rule wants at least one action")
	case len(r.Then) > len(Acts()):
		return invalid("then", "", "a rule wants at most %d actions", len(Acts()))
	case len(r.Tests) > maxTests:
		return invalid("test", "", "a rule has at most %d tests", maxTests)
	case r.Limits.PerHour < 0 || r.Limits.PerDay < 0 || !(r.Limits.Share >= 0 && r.Limits.Share <= 1):
		return invalid("limits", "", "per_hour and per_day are not negative, and share lies between 0 and 1")
	}
	seen := map[Action]bool{}
	for i, a := range r.Then {
		if err := a.check(fmt.Sprintf("then[%d]", i+1)); err != nil {
			return err
		}
		key := a
		key.Why = ""
		if seen[key] {
			return invalid(fmt.Sprintf("then[%d]", i+1), "", "it stands there twice")
		}
		seen[key] = true
	}
	if r.ignores() && len(r.Then) > 1 {
		return invalid("then", "write two rules", "a rule that ignores wants nothing else")
	}
	return r.checkTests()
}

// checkTests asks for an example of each answer a rule can give.
func (r *Rule) checkTests() error {
	has := map[Answer]bool{}
	for i, t := range r.Tests {
		field := fmt.Sprintf("test[%d]", i+1)
		switch {
		case strings.TrimSpace(t.Name) == "" || utf8.RuneCountInString(t.Name) > 200:
			return invalid(field+".name", "", "a test has a name of at most 200 characters")
		case t.Expect != Fires && t.Expect != Quiet && t.Expect != Undecided:
			return invalid(field+".expect", fmt.Sprintf("it is one of %q, %q, %q", Fires, Quiet, Undecided), "%q is no answer", t.Expect)
		}
		has[t.Expect] = true
	}
	if !has[Fires] || !has[Quiet] && strings.TrimSpace(r.When) != "true" {
		return invalid("test", "add one of each", "a rule has a test in which it fires and one in which it does not")
	}
	return nil
}

func (a Action) check(field string) error {
	extra := func(name string) error {
		return invalid(field+"."+name, "", "%s has no %s", a.Do, name)
	}
	switch {
	case a.Do == "remove" || a.Do == "suspend":
		return invalid(field+".do", "let the rule hold it or limit the reach until a person has decided", "what cannot be made good again is for people to decide, not for rules: %s", a.Do)
	case !slices.Contains(Acts(), a.Do):
		return invalid(field+".do", "the actions are "+join(Acts()), "there is no such action")
	case a.Do != OpenCase && a.Queue != "":
		return extra("queue")
	case a.Do != Raise && a.Band != 0:
		return extra("band")
	case a.Do != SendWebhook && a.Webhook != "":
		return extra("webhook")
	case a.Do != Ignore && a.Why != "":
		return extra("why")
	case a.Do == OpenCase && !shortName.MatchString(a.Queue):
		return invalid(field+".queue", `write queue = "default" where there is only one`, "a case opens in a queue")
	case a.Do == Raise && a.Band != jaga.BandReview && a.Band != jaga.BandUrgent:
		return invalid(field+".band", "it is review or urgent", "a band can be raised to review or urgent")
	case a.Do == SendWebhook && !hookName(a.Webhook):
		return invalid(field+".webhook", "write its name as it stands on the page Webhooks", "the webhook has no name, or one that no webhook can have")
	case a.Do == Ignore && strings.TrimSpace(a.Why) == "":
		return invalid(field+".why", "say what makes it certain that nobody is harmed", "ignoring needs a reason")
	case utf8.RuneCountInString(a.Why) > maxText:
		return invalid(field+".why", "", "it is longer than %d characters", maxText)
	}
	return nil
}

// hookName reports whether a webhook can be called so.
func hookName(name string) bool {
	return name != "" && name == strings.TrimSpace(name) && utf8.ValidString(name) && utf8.RuneCountInString(name) <= 100 &&
		!strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func (r *Rule) ignores() bool {
	return slices.ContainsFunc(r.Then, func(a Action) bool { return a.Do == Ignore })
}

func join(acts []Act) string {
	var out []string
	for _, a := range acts {
		out = append(out, string(a))
	}
	return strings.Join(out, ", ")
}
