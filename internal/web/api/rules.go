package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/policy"
)

// RuleVersion is a version of a rule.
type RuleVersion struct {
	Name       string       `json:"name" doc:"The name of the rule." example:"new-account-threat"`
	Version    int64        `json:"version" doc:"Its number, from 1." example:"2"`
	State      policy.State `json:"state" doc:"Where it stands." enum:"draft,shadow,canary,active,retired"`
	Share      float64      `json:"share" doc:"Of a canary: the share of accounts it acts for, 0 to 1."`
	Owner      string       `json:"owner" doc:"Who answers for it." example:"person:1"`
	Author     string       `json:"author" doc:"Who submitted it." example:"person:1"`
	Reason     string       `json:"reason" doc:"Why it exists." example:"New accounts that threaten are mostly made for that."`
	When       string       `json:"when" doc:"Its question, in CEL." example:"band >= REVIEW && account.age_days < 7"`
	Actions    []policy.Act `json:"actions" doc:"What it wants." nullable:"false" example:"[\"open_case\"]"`
	Cost       int64        `json:"cost" doc:"The most that asking it can cost, in CEL's units."`
	CreatedAt  time.Time    `json:"created_at" doc:"When it was submitted."`
	ChangedAt  time.Time    `json:"changed_at" doc:"When its state changed last."`
	Asked      policy.State `json:"asked,omitempty" doc:"The state for which approval was asked." example:"active"`
	AskedBy    string       `json:"asked_by,omitempty" doc:"Who asked." example:"person:1"`
	ApprovedBy string       `json:"approved_by,omitempty" doc:"The second person." example:"person:2"`
	Source     string       `json:"source" doc:"Its file, in TOML, as it was submitted." example:"name = \"new-account-threat\"\n…"`
}

func ruleOf(s policy.Standing) RuleVersion {
	v := RuleVersion{Name: s.Rule.Name, Version: s.Version, State: s.State, Share: float64(s.Share) / policy.ShareUnit, Owner: s.Rule.Owner, Author: s.Author, Reason: s.Rule.Reason,
		When: s.Rule.When, Actions: []policy.Act{}, Cost: int64(s.Cost), CreatedAt: micros(s.CreatedAt), ChangedAt: micros(s.ChangedAt), Asked: s.Asked, AskedBy: s.AskedBy, ApprovedBy: s.ApprovedBy, Source: s.Source}
	for _, a := range s.Rule.Then {
		v.Actions = append(v.Actions, a.Do)
	}
	return v
}

func rulesOf(list []policy.Standing) []RuleVersion {
	out := []RuleVersion{}
	for _, s := range list {
		out = append(out, ruleOf(s))
	}
	return out
}

// RuleBreaker is a breaker that is open.
type RuleBreaker struct {
	What     string    `json:"what" doc:"The rule, rule:NAME, or the action over all rules, act:ACTION." example:"rule:new-account-threat"`
	OpenedAt time.Time `json:"opened_at" doc:"When it opened."`
	Why      string    `json:"why" doc:"Which limit was reached." enum:"hour,day,share"`
	N        int64     `json:"n" doc:"What was reached; a share in parts of 1000."`
	Most     int64     `json:"most" doc:"What is allowed."`
}

// RuleList lists rules.
type RuleList struct {
	Rules    []RuleVersion `json:"rules" doc:"One version of each rule, by name: the active one, else the newest." nullable:"false"`
	Breakers []RuleBreaker `json:"breakers" doc:"The breakers that are open." nullable:"false"`
}

// RuleDetail is a rule with its versions and what it did.
type RuleDetail struct {
	Versions []RuleVersion `json:"versions" doc:"The newest first." nullable:"false"`
	Hours    []RuleHour    `json:"hours" doc:"What it did within 30 days, by the hour, oldest first; hours without anything are left out." nullable:"false"`
}

// RuleHour is what one version did within an hour.
type RuleHour struct {
	Hour      time.Time `json:"hour" doc:"When the hour began."`
	Version   int64     `json:"version" doc:"The version."`
	Fired     int64     `json:"fired" doc:"How often it fired and acted, or would have but for a breaker."`
	Shadow    int64     `json:"shadow" doc:"How often it fired without acting."`
	Undecided int64     `json:"undecided" doc:"How often a fact was missing."`
	Acted     int64     `json:"acted" doc:"How often automatic actions were wanted of it."`
	Stopped   int64     `json:"stopped" doc:"How often actions were stopped."`
}

// NewRule is the file of a rule.
type NewRule struct {
	Source string `json:"source" doc:"The file, in TOML." minLength:"1" maxLength:"262144" example:"name = 'new-account-threat'\nowner = 'person:1'\nreason = 'New accounts that threaten are mostly made for that.'\nwhen = 'band >= REVIEW && account.age_days < 7'\n[[then]]\ndo = 'open_case'\nqueue = 'default'\n[[test]]\nname = 'a new account'\nexpect = 'fires'\nfacts = { band = 'review', account = { age_days = 2 } }\n[[test]]\nname = 'an old account'\nexpect = 'does not fire'\nfacts = { band = 'review', account = { age_days = 400 } }\n"`
}

// RuleStep asks for the next state of a version.
type RuleStep struct {
	Version int64        `json:"version,omitempty" doc:"The version; unless set, the newest." minimum:"0" example:"1"`
	To      policy.State `json:"to" doc:"The state." enum:"shadow,canary,active,retired" example:"shadow"`
	Share   float64      `json:"share,omitempty" doc:"Of a canary: the share of accounts, above 0 and below 1." minimum:"0" maximum:"1" example:"0.05"`
}

// RuleApproval names the version that is approved.
type RuleApproval struct {
	Version int64 `json:"version,omitempty" doc:"The version; unless set, the newest." minimum:"0" example:"1"`
}

// RuleRefusal says why a version is not approved.
type RuleRefusal struct {
	Version int64  `json:"version,omitempty" doc:"The version; unless set, the newest." minimum:"0" example:"1"`
	Reason  string `json:"reason" doc:"Why." minLength:"1" maxLength:"2000" example:"It misses old accounts that were taken over."`
}

// RuleRollback says why the last step is taken back.
type RuleRollback struct {
	Reason string `json:"reason" doc:"Why." minLength:"1" maxLength:"2000" example:"It held accounts of a school."`
}

// ClosedBreaker names a breaker that a person closes.
type ClosedBreaker struct {
	What   string `json:"what" doc:"Which." minLength:"1" maxLength:"100" example:"rule:new-account-threat"`
	Reason string `json:"reason" doc:"Why the actions may go on." minLength:"1" maxLength:"2000" example:"A bank had a bad entry, which is removed."`
}

// NewBacktest says what is tried on what is stored.
type NewBacktest struct {
	Before int64 `json:"before,omitempty" doc:"The version to compare with; unless set, none." minimum:"0" example:"0"`
	After  int64 `json:"after" doc:"The version." minimum:"1" example:"1"`
	Days   int   `json:"days,omitempty" doc:"How many days to look back." minimum:"1" maximum:"366" default:"30" example:"30"`
}

// RuleBacktest is a back-test and what it found.
type RuleBacktest struct {
	ID         int64         `json:"id" doc:"Its number."`
	Before     int64         `json:"before" doc:"The version it is compared with; 0 for none."`
	After      int64         `json:"after" doc:"The version."`
	Since      time.Time     `json:"since" doc:"How far it looks back."`
	FinishedAt *time.Time    `json:"finished_at,omitempty" doc:"When it ended; it runs as a job until then."`
	Fault      string        `json:"fault,omitempty" doc:"Why it failed."`
	Found      *RuleFindings `json:"found,omitempty" doc:"What it found."`
}

// RuleFindings is what a back-test found.
type RuleFindings struct {
	Looked          int64            `json:"looked" doc:"Findings, and items without one."`
	FiredBefore     int64            `json:"fired_before" doc:"How often the earlier version fires."`
	FiredAfter      int64            `json:"fired_after" doc:"How often the version fires."`
	UndecidedBefore int64            `json:"undecided_before" doc:"How often the earlier version lacks a fact."`
	UndecidedAfter  int64            `json:"undecided_after" doc:"How often the version lacks a fact."`
	NewlyFired      int64            `json:"newly_fired" doc:"Where it fires and the earlier one does not."`
	NoLongerFired   int64            `json:"no_longer_fired" doc:"Where the earlier one fires and it does not."`
	Newly           []RuleExample    `json:"newly" doc:"At most 50 of them, the newest first." nullable:"false"`
	Gone            []RuleExample    `json:"gone" doc:"At most 50 of them, the newest first." nullable:"false"`
	Needs           map[string]int64 `json:"needs" doc:"The facts that were missing, and how often." example:"{\"account.age_days\":12}"`
	Unread          int64            `json:"unread" doc:"Stored outcomes that could not be read, and were not looked at."`
}

// RuleExample is something stored.
type RuleExample struct {
	ID   string    `json:"id" doc:"Its identifier." example:"0197f0e0-0000-7000-8000-000000000000"`
	Talk bool      `json:"conversation" doc:"A finding in a conversation; otherwise an item."`
	At   time.Time `json:"at" doc:"When it was."`
	Form string    `json:"form" doc:"Its form, empty without a finding." example:"grooming"`
	Band jaga.Band `json:"band" doc:"Its band." enum:"none,observe,review,urgent"`
}

func exampleRows(list []policy.Example) []RuleExample {
	out := []RuleExample{}
	for _, e := range list {
		out = append(out, RuleExample{e.ID, e.Talk, micros(e.At), e.Form, e.Band})
	}
	return out
}

// RuleAnswers is what a rule says about something stored.
type RuleAnswers struct {
	Answers []RuleAnswer `json:"answers" doc:"One for each finding." nullable:"false"`
}

// RuleAnswer is what a rule says about one finding.
type RuleAnswer struct {
	RuleExample
	Answer  policy.Answer `json:"answer" doc:"What it says." enum:"fires,does not fire,undecided"`
	Needs   []string      `json:"needs" doc:"The facts that are missing, when it is undecided." nullable:"false" example:"[]"`
	Fault   string        `json:"fault,omitempty" doc:"What went wrong, when it is undecided for another reason."`
	Because []RulePart    `json:"because" doc:"The parts of the question with their values." nullable:"false"`
	Facts   any           `json:"facts" doc:"The facts that are known." example:"{\"band\":\"review\"}"`
}

// RulePart is a part of a question with its value.
type RulePart struct {
	Depth int    `json:"depth" doc:"How far it lies inside."`
	Text  string `json:"text" doc:"The part." example:"band >= REVIEW"`
	Value string `json:"value" doc:"Its value; unknown, or not asked." example:"true"`
}

// RulePath is the part of an address that names a rule.
type RulePath struct {
	Name string `path:"name" doc:"The name of the rule." maxLength:"64" example:"new-account-threat"`
}

func (s *server) registerRules() {
	op := func(method, path, id, summary, description string, scope auth.Scope, status int, errors ...int) huma.Operation {
		return huma.Operation{Method: method, Path: path, OperationID: id, Tags: []string{tagRules}, Summary: summary, Description: description, Security: needs(scope), DefaultStatus: status, Errors: errors}
	}
	const get, post = http.MethodGet, http.MethodPost
	add(s, op(get, "/v1/rules", "list-rules", "List rules", "One version of each rule, and the breakers that are open.", auth.RulesRead, 200), s.listRules)
	add(s, op(post, "/v1/rules", "submit-rule", "Submit a rule", "Saves a new version, as a draft. It is refused when its own tests fail or when it can cost too much.", auth.RulesWrite, 201), s.submitRule)
	add(s, op(get, "/v1/rules/{name}", "get-rule", "Read a rule", "All versions, and what the rule did.", auth.RulesRead, 200, 404), s.getRule)
	add(s, op(post, "/v1/rules/{name}/promote", "promote-rule", "Move a version on", "To shadow and retired at once; canary and active wait for the approval of a second person.", auth.RulesWrite, 200, 404, 409), s.promoteRule)
	add(s, op(post, "/v1/rules/{name}/approve", "approve-rule", "Approve a version", "Only a person who is signed in can, and not the one who wrote it, answers for it, or asked.", auth.RulesWrite, 200, 404, 409), s.approveRule)
	add(s, op(post, "/v1/rules/{name}/decline", "decline-rule", "Do not approve a version", "What was asked for is taken back.", auth.RulesWrite, 200, 404, 409), s.declineRule)
	add(s, op(post, "/v1/rules/{name}/rollback", "roll-back-rule", "Roll a rule back", "A canary ends; an active version gives way to the one before it. It needs no approval.", auth.RulesWrite, 200, 404, 409), s.rollbackRule)
	add(s, op(post, "/v1/rules/{name}/backtests", "start-backtest", "Try a version on what is stored", "It runs as a job. With an earlier version it says what changes.", auth.RulesWrite, 202, 404), s.startBacktest)
	add(s, op(get, "/v1/rules/{name}/backtests/{id}", "get-backtest", "Read a back-test", "What it found, once it has ended.", auth.RulesRead, 200, 404), s.getBacktest)
	add(s, op(get, "/v1/rules/{name}/explain", "explain-rule", "Explain a rule", "What it says about an item or a finding that is stored, part by part.", auth.RulesRead, 200, 404), s.explainRule)
	add(s, op(post, "/v1/breakers/close", "close-breaker", "Close a breaker", "Lets automatic actions go on. Only a person who is signed in can.", auth.RulesWrite, 204, 404), s.closeBreaker)
}

func (s *server) listRules(ctx context.Context, _ *struct{}) (*struct{ Body RuleList }, error) {
	list, err := s.Policy.List(ctx)
	if err != nil {
		return nil, err
	}
	open, err := s.Policy.Breakers(ctx)
	if err != nil {
		return nil, err
	}
	out := RuleList{rulesOf(list), []RuleBreaker{}}
	for _, b := range open {
		out.Breakers = append(out.Breakers, RuleBreaker{b.What, micros(b.OpenedAt), b.Why, b.N, b.Most})
	}
	return &struct{ Body RuleList }{out}, nil
}

func (s *server) submitRule(ctx context.Context, in *struct{ Body NewRule }) (*struct{ Body RuleVersion }, error) {
	return version(s.Policy.Submit(ctx, actor(ctx), []byte(in.Body.Source)))
}

func version(st policy.Standing, err error) (*struct{ Body RuleVersion }, error) {
	if err != nil {
		return nil, err
	}
	return &struct{ Body RuleVersion }{ruleOf(st)}, nil
}

func (s *server) getRule(ctx context.Context, in *RulePath) (*struct{ Body RuleDetail }, error) {
	list, err := s.Policy.Versions(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	hours, err := s.Policy.Counts(ctx, in.Name, time.Now().AddDate(0, 0, -30))
	if err != nil {
		return nil, err
	}
	out := RuleDetail{rulesOf(list), []RuleHour{}}
	for _, h := range hours {
		out.Hours = append(out.Hours, RuleHour{time.Unix(h.Hour*3600, 0).UTC(), h.Version, h.Fired, h.Shadow, h.Undecided, h.Acted, h.Stopped})
	}
	return &struct{ Body RuleDetail }{out}, nil
}

func (s *server) promoteRule(ctx context.Context, in *struct {
	RulePath
	Body RuleStep
}) (*struct{ Body RuleVersion }, error) {
	return version(s.Policy.Promote(ctx, actor(ctx), in.Name, in.Body.Version, in.Body.To, int64(in.Body.Share*policy.ShareUnit+0.5)))
}

func (s *server) approveRule(ctx context.Context, in *struct {
	RulePath
	Body RuleApproval
}) (*struct{ Body RuleVersion }, error) {
	return version(s.Policy.Approve(ctx, actor(ctx), in.Name, in.Body.Version))
}

func (s *server) declineRule(ctx context.Context, in *struct {
	RulePath
	Body RuleRefusal
}) (*struct{ Body RuleVersion }, error) {
	return version(s.Policy.Decline(ctx, actor(ctx), in.Name, in.Body.Version, in.Body.Reason))
}

func (s *server) rollbackRule(ctx context.Context, in *struct {
	RulePath
	Body RuleRollback
}) (*struct{ Body RuleVersion }, error) {
	return version(s.Policy.Rollback(ctx, actor(ctx), in.Name, in.Body.Reason))
}

func (s *server) startBacktest(ctx context.Context, in *struct {
	RulePath
	Body NewBacktest
}) (*struct{ Body RuleBacktest }, error) {
	id, err := s.Policy.StartBacktest(ctx, actor(ctx), in.Name, in.Body.Before, in.Body.After, time.Now().AddDate(0, 0, -in.Body.Days))
	if err != nil {
		return nil, err
	}
	return s.backtest(ctx, in.Name, id)
}

func (s *server) getBacktest(ctx context.Context, in *struct {
	RulePath
	ID int64 `path:"id" doc:"The number of the back-test." minimum:"1" example:"1"`
}) (*struct{ Body RuleBacktest }, error) {
	return s.backtest(ctx, in.Name, in.ID)
}

func (s *server) backtest(ctx context.Context, rule string, id int64) (*struct{ Body RuleBacktest }, error) {
	b, err := s.Policy.Backtest(ctx, id)
	if err == nil && b.Rule != rule {
		err = &jaga.Error{Code: jaga.CodeNotFound, Field: "id", Msg: "the rule has no such back-test"}
	}
	if err != nil {
		return nil, err
	}
	out := RuleBacktest{ID: b.ID, Before: b.Before, After: b.After, Since: micros(b.Since), FinishedAt: microsOrNil(b.FinishedAt), Fault: b.Fault}
	if f := b.Found; f != nil {
		out.Found = &RuleFindings{f.Looked, f.FiredBefore, f.FiredAfter, f.UndecidedBefore, f.UndecidedAfter, f.NewlyFired, f.NoLongerFired, exampleRows(f.Newly), exampleRows(f.Gone), f.Needs, f.Unread}
	}
	return &struct{ Body RuleBacktest }{out}, nil
}

func (s *server) explainRule(ctx context.Context, in *struct {
	RulePath
	ID      string `query:"id" doc:"The item, or the finding." required:"true" maxLength:"64" example:"0197f0e0-0000-7000-8000-000000000000"`
	Version int64  `query:"version" doc:"The version; unless set, the one that matters most." minimum:"0" example:"2"`
}) (*struct{ Body RuleAnswers }, error) {
	if in.Version == 0 {
		list, err := s.Policy.List(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			if r.Rule.Name == in.Name {
				in.Version = r.Version
			}
		}
	}
	list, err := s.Policy.Explain(ctx, in.Name, in.Version, in.ID)
	if err != nil {
		return nil, err
	}
	out := RuleAnswers{[]RuleAnswer{}}
	for _, e := range list {
		a := RuleAnswer{RuleExample: exampleRows([]policy.Example{e.Example})[0], Answer: e.Answer, Needs: e.Needs, Fault: e.Fault, Because: []RulePart{}, Facts: e.Facts}
		if a.Needs == nil {
			a.Needs = []string{}
		}
		for _, p := range e.Because {
			a.Because = append(a.Because, RulePart(p))
		}
		out.Answers = append(out.Answers, a)
	}
	return &struct{ Body RuleAnswers }{out}, nil
}

func (s *server) closeBreaker(ctx context.Context, in *struct{ Body ClosedBreaker }) (*struct{}, error) {
	return nil, s.Policy.CloseBreaker(ctx, actor(ctx), in.Body.What, in.Body.Reason)
}
