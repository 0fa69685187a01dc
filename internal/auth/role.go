package auth

import (
	"regexp"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
)

// Role is a set of capabilities with a name.
type Role string

// The roles. What each may do is in [Role.Capabilities].
const (
	// Reviewer decides cases.
	Reviewer Role = "reviewer"
	// Senior does that, reviews a second time, leads a queue and writes rules.
	Senior Role = "senior"
	// Administrator runs the installation. It decides no case and sees no
	// evidence; whoever does both holds two roles.
	Administrator Role = "administrator"
	// Auditor reads the record and changes nothing.
	Auditor Role = "auditor"
	// Hotline takes calls and messages, and answers.
	Hotline Role = "hotline"
	// Reader sees statistics and nothing else.
	Reader Role = "statistics"
)

// Roles lists all roles in the order in which people read them.
func Roles() []Role { return []Role{Reviewer, Senior, Administrator, Auditor, Hotline, Reader} }

// AllQueues in a grant stands for every queue, those of the future too.
const AllQueues = "*"

// Capabilities lists what a role may do. OwnAccount is not among them: it is
// everybody's.
func (r Role) Capabilities() []Capability {
	switch r {
	case Reviewer:
		return []Capability{ReadCases, Decide, Escalate, Hold, LookEvidence, ReadEvidence,
			OwnExposure, ReadItems, CheckItems, ReadFindings, OpenExcerpts, ReadBanks, DecideReported, ReadDirectory}
	case Senior:
		return append(Reviewer.Capabilities(), SecondReview, Assign, Merge, ExportEvidence, DestroyEvidence, LegalHolds, AnswerMessages,
			WriteBanks, WriteDirectory, ReadRules, WriteRules, ApproveRules, Statistics, ReadSystem)
	case Administrator:
		return []Capability{OwnExposure, ReadItems, ReadBanks, WriteBanks, ReadDirectory, WriteDirectory, ReadRules, ApproveRules, Statistics, ReadCustody,
			ReadSystem, Settings, ReadEvidence, LegalHolds, DestroyEvidence, VaultKeys, Webhooks, Plugins, ManageKeys, ManagePeople}
	case Auditor:
		return []Capability{ReadCases, ReadEvidence, ReadItems, ReadFindings, ReadBanks, ReadDirectory, ReadRules, Statistics, ReadCustody, ReadSystem}
	case Hotline:
		return []Capability{ReadCases, HotlineIntake, AnswerMessages, OwnExposure, ReadDirectory, WriteDirectory}
	case Reader:
		return []Capability{Statistics}
	}
	return nil
}

// Everywhere reports whether the role is given for all queues only, because
// most of what it may do has no queue.
func (r Role) Everywhere() bool { return r == Administrator || r == Auditor || r == Reader }

// Grant gives a role in a queue, or in all of them.
type Grant struct {
	Role  Role   `json:"role"`
	Queue string `json:"queue"` // a queue's short name, or [AllQueues]
}

// String is "reviewer@default"; for all queues it is the role alone.
func (g Grant) String() string {
	if g.Queue == AllQueues {
		return string(g.Role)
	}
	return string(g.Role) + "@" + g.Queue
}

var queueName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

// ParseGrant reads "reviewer@default", or "reviewer" for all queues.
func ParseGrant(text string) (Grant, error) {
	role, queue, one := strings.Cut(strings.TrimSpace(text), "@")
	if !one {
		queue = AllQueues
	}
	g := Grant{Role(role), queue}
	return g, g.check()
}

func (g Grant) check() error {
	bad := func(msg, hint string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "roles", Msg: msg, Hint: hint}
	}
	switch {
	case !slices.Contains(Roles(), g.Role):
		return bad("there is no such role", "the roles are "+joinRoles(Roles()))
	case g.Queue != AllQueues && !queueName.MatchString(g.Queue):
		return bad("a queue's name has 1 to 40 small letters, digits, - and _", "such as reviewer@default")
	case g.Role.Everywhere() && g.Queue != AllQueues:
		return bad("the role "+string(g.Role)+" is given for all queues only", "leave the queue out")
	}
	return nil
}

func joinRoles(list []Role) string {
	text := make([]string, len(list))
	for i, r := range list {
		text[i] = string(r)
	}
	return strings.Join(text, ", ")
}

// Can reports whether they may do it in the queue. For a capability that has
// no queue, the queue is not looked at. For one that has, the empty queue asks
// for all queues: it is true only for whoever may do it everywhere.
func (w Who) Can(c Capability, queue string) bool {
	all, list := w.Queues(c)
	return all || c.PerQueue() && slices.Contains(list, queue)
}

// CanSomewhere reports whether they may do it in at least one queue. It is for
// showing a way in; the thing itself is asked with [Who.Can] and its queue.
func (w Who) CanSomewhere(c Capability) bool {
	all, list := w.Queues(c)
	return all || len(list) > 0
}

// Queues lists the queues in which they may do it, sorted; all is true for
// every queue, and for a capability that has none.
func (w Who) Queues(c Capability) (all bool, list []string) {
	if !w.Person {
		// A program's scopes know no queues. Those that only hand something
		// in come to no capability.
		return slices.ContainsFunc(w.Scopes, func(s Scope) bool {
			return s.capability() == c && s != EvidenceWrite && s != Match && s != MessagesWrite
		}), nil
	}
	if c == OwnAccount {
		return true, nil
	}
	for _, g := range w.Grants {
		switch {
		case !slices.Contains(g.Role.Capabilities(), c):
		case g.Queue == AllQueues || !c.PerQueue():
			return true, nil
		case !slices.Contains(list, g.Queue):
			list = append(list, g.Queue)
		}
	}
	slices.Sort(list)
	return false, list
}
