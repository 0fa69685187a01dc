package auth

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
)

// Scope is one thing that a key may be used for.
type Scope string

// The scopes. A person who is signed in has those that their roles come to.
const (
	// ItemsWrite hands items in to be checked and stored.
	ItemsWrite Scope = "items:write"
	// ItemsRead reads items and their outcomes.
	ItemsRead Scope = "items:read"
	// Match compares files and hashes with the banks without storing anything.
	Match Scope = "match"
	// MessagesWrite hands in messages of conversations to be observed.
	MessagesWrite Scope = "messages:write"
	// FindingsRead reads what was found in conversations, without text.
	FindingsRead Scope = "findings:read"
	// ExcerptsRead opens the sealed lines of a finding, which is recorded.
	ExcerptsRead Scope = "excerpts:read"
	// BanksRead reads banks and their entries, hashes included.
	BanksRead Scope = "banks:read"
	// BanksWrite changes banks and their entries.
	BanksWrite Scope = "banks:write"
	// LiveRead lists watches of live streams and reads what happened in them.
	LiveRead Scope = "live:read"
	// LiveWrite starts and stops watches, and hands in what belongs to them.
	LiveWrite Scope = "live:write"
	// ReportsWrite hands in what a platform's users report.
	ReportsWrite Scope = "reports:write"
	// CasesRead reads cases, in all queues, without evidence.
	CasesRead Scope = "cases:read"
	// CasesWrite notes and decides cases, in all queues.
	CasesWrite Scope = "cases:write"
	// EvidenceWrite hands evidence in to be sealed; it cannot read it back.
	EvidenceWrite Scope = "evidence:write"
	// EvidenceRead reads facts about sealed files, and their digests, which is
	// recorded; never content.
	EvidenceRead Scope = "evidence:read"
	// RulesRead reads the rules of the policy.
	RulesRead Scope = "rules:read"
	// RulesWrite drafts rules; it approves none.
	RulesWrite Scope = "rules:write"
	// StatisticsRead reads figures in which nobody can be recognised.
	StatisticsRead Scope = "statistics:read"
	// CustodyRead reads the custody log.
	CustodyRead Scope = "custody:read"
	// StatusRead reads the state of the index and the jobs.
	StatusRead Scope = "status:read"
	// PeopleWrite lists, invites and disables people.
	PeopleWrite Scope = "people:write"
	// HooksWrite adds, tests, rotates and removes webhooks, and reads and
	// replays their deliveries.
	HooksWrite Scope = "hooks:write"
	// ActionsResult reads actions and says what became of them.
	ActionsResult Scope = "actions:result"
	// KeysWrite makes and revokes keys; whoever has it can get every scope.
	KeysWrite Scope = "keys:write"
)

// Scopes lists all scopes in the order in which people read them.
func Scopes() []Scope {
	return []Scope{ItemsWrite, ItemsRead, Match, MessagesWrite, FindingsRead, ExcerptsRead, LiveRead, LiveWrite, BanksRead, BanksWrite,
		ReportsWrite, CasesRead, CasesWrite, EvidenceWrite, EvidenceRead, RulesRead, RulesWrite, HooksWrite, ActionsResult, StatisticsRead, CustodyRead,
		StatusRead, PeopleWrite, KeysWrite}
}

// capability is what a person must be able to do to have the scope, and what a
// key with the scope can do in every queue.
func (s Scope) capability() Capability {
	switch s {
	case ItemsWrite, Match, MessagesWrite, LiveWrite:
		return CheckItems
	case ItemsRead:
		return ReadItems
	case FindingsRead, LiveRead:
		return ReadFindings
	case ExcerptsRead:
		return OpenExcerpts
	case BanksRead:
		return ReadBanks
	case BanksWrite:
		return WriteBanks
	case ReportsWrite, EvidenceWrite:
		return HotlineIntake
	case CasesRead:
		return ReadCases
	case CasesWrite:
		return Decide
	case EvidenceRead:
		return ExportEvidence
	case RulesRead:
		return ReadRules
	case RulesWrite:
		return WriteRules
	case HooksWrite, ActionsResult:
		return Webhooks
	case StatisticsRead:
		return Statistics
	case CustodyRead:
		return ReadCustody
	case StatusRead:
		return ReadSystem
	case PeopleWrite:
		return ManagePeople
	case KeysWrite:
		return ManageKeys
	}
	return ""
}

// scopesOf lists the scopes of a person. A scope knows no queues, so one that
// stands for a queue's capability is had only by whoever has it in all of them.
func scopesOf(w Who) (out []Scope) {
	for _, s := range Scopes() {
		if w.Can(s.capability(), "") {
			out = append(out, s)
		}
	}
	return out
}

// ParseScopes reads scopes, each of which must exist.
func ParseScopes(list []string) ([]Scope, error) {
	var out []Scope
	for _, text := range list {
		s := Scope(strings.TrimSpace(text))
		if !slices.Contains(Scopes(), s) {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "scopes", Msg: "there is no such scope", Hint: "the scopes are " + join(Scopes())}
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "scopes", Msg: "a key needs at least one scope", Hint: "the scopes are " + join(Scopes())}
	}
	return out, nil
}

func join(scopes []Scope) string {
	text := make([]string, len(scopes))
	for i, s := range scopes {
		text[i] = string(s)
	}
	return strings.Join(text, " ")
}

// Who is somebody whose secret was checked. The zero value is nobody and may
// nothing.
type Who struct {
	// Actor names them in custody records: "key:7", "person:1", or
	// "network" for a caller from a network that needs no key.
	Actor string
	// Name is what people call them: a key's label, a person's name.
	Name string
	// Person is true for a person who is signed in.
	Person bool
	// ID is the person's number; 0 for a program.
	ID     int64
	Scopes []Scope
	// Grants are a person's roles; a program has none.
	Grants []Grant
	// Fresh is true when the person has proved within [FreshFor] who they
	// are, with a passkey, a password, a link or at their provider.
	Fresh bool
	// Session names the person's session, as [Service.Sessions] does.
	Session string
}

// May reports whether they may do it.
func (w Who) May(s Scope) bool { return slices.Contains(w.Scopes, s) }

// Need returns an error unless the one who asks may do it.
func Need(ctx context.Context, s Scope) error {
	who, ok := From(ctx)
	if !ok {
		return &jaga.Error{Code: jaga.CodeDenied, Msg: "nobody is signed in, and no valid API key was sent", Hint: "send the header Authorization: Bearer jaga_…"}
	}
	if who.May(s) {
		return nil
	}
	if who.Person {
		return &jaga.Error{Code: jaga.CodeDenied, Msg: "your roles do not come to the scope " + string(s), Hint: "an administrator gives roles, on the page People"}
	}
	return &jaga.Error{Code: jaga.CodeDenied, Msg: "this key may not do that: it lacks the scope " + string(s), Hint: "make a key with this scope, on the page Keys or with `jaga key create`"}
}

// ErrStale says that a person must prove again who they are.
var ErrStale = errors.New("not proved lately")

// Fresh returns an error that wraps [ErrStale] unless the person who asks has
// proved lately who they are: a session that was left open must not be enough
// for acts that cannot be taken back. A program proves itself with every
// request.
func Fresh(ctx context.Context) error {
	who, ok := From(ctx)
	if ok && (who.Fresh || !who.Person) {
		return nil
	}
	return &jaga.Error{Code: jaga.CodeDenied, Field: "fresh", Msg: "that needs a proof of who you are that is not older than ten minutes", Hint: "confirm with your passkey or password", Err: ErrStale}
}

type contextKey struct{}

// With returns a context that says who asks.
func With(ctx context.Context, w Who) context.Context {
	return context.WithValue(ctx, contextKey{}, w)
}

// From returns who asks; ok is false when nobody was identified.
func From(ctx context.Context) (w Who, ok bool) {
	w, ok = ctx.Value(contextKey{}).(Who)
	return w, ok
}
