package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
)

// Hook is a server that is told of what happens.
type Hook struct {
	ID            int64      `json:"id" doc:"Its number."`
	Name          string     `json:"name" doc:"What people call it." example:"forum"`
	URL           string     `json:"url" doc:"Where events are sent." example:"https://forum.example/jaga"`
	Kinds         []string   `json:"kinds" doc:"The kinds of events it takes; none is all." nullable:"false" example:"[\"action.hold\",\"action.undo\"]"`
	SecretFile    string     `json:"secret_file,omitempty" doc:"The file of its secret, when the secret is in one."`
	Enabled       bool       `json:"enabled" doc:"Whether it is told of anything."`
	CreatedAt     time.Time  `json:"created_at" doc:"When it was added."`
	RotatingUntil *time.Time `json:"rotating_until,omitempty" doc:"Until when the older secret signs as well."`
	Waiting       int64      `json:"waiting" doc:"How many deliveries wait."`
	Dead          int64      `json:"dead" doc:"How many deliveries were given up."`
	LastOK        *time.Time `json:"last_ok,omitempty" doc:"When something was delivered last."`
	LastFailure   *time.Time `json:"last_failure,omitempty" doc:"When a try failed last."`
	LastError     string     `json:"last_error,omitempty" doc:"Why it failed."`
	PausedUntil   *time.Time `json:"paused_until,omitempty" doc:"Until when nothing is sent, because too much failed in a row."`
}

// HookList lists hooks.
type HookList struct {
	Hooks []Hook `json:"hooks" doc:"Oldest first." nullable:"false"`
}

// NewHook is what is needed to add a hook.
type NewHook struct {
	Name       string   `json:"name" doc:"What people call it." minLength:"1" maxLength:"100" example:"forum"`
	URL        string   `json:"url" doc:"Where events are sent; https, unless the host is listed in hooks.internal." minLength:"1" maxLength:"1000" example:"https://forum.example/jaga"`
	Kinds      []string `json:"kinds,omitempty" doc:"The kinds of events it takes. Unless set: all." maxItems:"50" nullable:"false" example:"[\"action.hold\",\"action.undo\"]"`
	SecretFile string   `json:"secret_file,omitempty" doc:"A file in the folder secrets of the data directory. Unless set, a secret is made and kept sealed." maxLength:"100"`
}

// CreatedHook is a new hook with its secret.
type CreatedHook struct {
	Hook   Hook   `json:"hook" doc:"The hook."`
	Secret string `json:"secret,omitempty" doc:"The secret. It is shown this once; the receiver checks signatures with it." example:"whsec_…"`
}

// HookChange changes a hook.
type HookChange struct {
	Enabled bool `json:"enabled" doc:"Whether it is told of anything. What happens while it is not is not sent to it later." example:"true"`
}

// HookSecret is a new secret.
type HookSecret struct {
	Secret string `json:"secret" doc:"The new secret, shown this once. The old one signs as well for 24 hours." example:"whsec_…"`
}

// HookTest is what came of a test.
type HookTest struct {
	OK     bool   `json:"ok" doc:"Whether the receiver took it."`
	Status int    `json:"status,omitempty" doc:"The HTTP status of its answer."`
	Error  string `json:"error,omitempty" doc:"Why not."`
	Millis int64  `json:"milliseconds" doc:"How long it took."`
}

// Delivery is one event on its way to one hook.
type Delivery struct {
	ID       int64      `json:"id" doc:"Its number."`
	Event    string     `json:"event" doc:"The identifier that the receiver sees, the same at every try."`
	Kind     string     `json:"kind" doc:"The kind of the event." example:"action.hold"`
	HookID   int64      `json:"hook_id" doc:"The number of the hook."`
	Hook     string     `json:"hook" doc:"The name of the hook."`
	State    string     `json:"state" doc:"Where it stands: dead was tried for the last time, dropped lost its hook." enum:"waiting,delivered,dead,dropped"`
	Attempts int64      `json:"attempts" doc:"How often it was tried."`
	Status   int64      `json:"status,omitempty" doc:"The HTTP status of the last answer."`
	Error    string     `json:"error,omitempty" doc:"Why the last try failed."`
	At       time.Time  `json:"at" doc:"When the event happened."`
	TriedAt  *time.Time `json:"tried_at,omitempty" doc:"When it was tried last."`
	NextAt   *time.Time `json:"next_at,omitempty" doc:"When it is tried next."`
}

// DeliveryList lists deliveries.
type DeliveryList struct {
	Deliveries []Delivery `json:"deliveries" doc:"Newest first." nullable:"false"`
}

// Replayed counts what is sent again.
type Replayed struct {
	Replayed int `json:"replayed" doc:"How many deliveries are sent again."`
}

// Action is something that the platform was asked to do.
type Action struct {
	ID        string         `json:"id" doc:"Its identifier."`
	Kind      string         `json:"kind" doc:"What is to be done." example:"hold"`
	Case      int64          `json:"case" doc:"The number of its case."`
	Account   string         `json:"account,omitempty" doc:"The platform's own name of the account."`
	Decision  string         `json:"decision,omitempty" doc:"The decision that it follows from."`
	Rule      string         `json:"rule,omitempty" doc:"The rule that asked for it."`
	Reason    string         `json:"reason" doc:"A short name of why." example:"sextortion.threat"`
	Who       string         `json:"who" doc:"Who started it." example:"person:1"`
	Automatic bool           `json:"automatic" doc:"True when a rule decided and no person."`
	Undoes    string         `json:"undoes,omitempty" doc:"The action that it takes back."`
	UndoneBy  string         `json:"undone_by,omitempty" doc:"The action that takes it back."`
	At        time.Time      `json:"at" doc:"When it was started."`
	Results   []ActionResult `json:"results" doc:"What the platform answered, oldest first." nullable:"false"`
}

// ActionResult is what the platform did.
type ActionResult struct {
	Status string    `json:"status" doc:"What became of it." enum:"done,refused,failed"`
	Note   string    `json:"note,omitempty" doc:"More, in the platform's own words."`
	At     time.Time `json:"at" doc:"When it was said."`
}

// NewActionResult is what the platform says.
type NewActionResult struct {
	Status string `json:"status" doc:"What became of the action: done, refused (it will not be done) or failed (it could not be done)." enum:"done,refused,failed" example:"done"`
	Note   string `json:"note,omitempty" doc:"More, for the people of the case; no names, and nothing of what was said." maxLength:"255"`
}

type hookID struct {
	ID int64 `path:"id" doc:"The number of the hook." minimum:"1" example:"1"`
}

type actionID struct {
	ID string `path:"id" doc:"The identifier of the action, as it was sent." maxLength:"64" example:"0193a1e6-0000-7000-8000-000000000000"`
}

func hookOf(t action.Target) Hook {
	if t.Kinds == nil {
		t.Kinds = []string{}
	}
	return Hook{t.ID, t.Name, t.URL, t.Kinds, t.SecretFile, t.Enabled, micros(t.CreatedAt), microsOrNil(t.RotatingUntil), t.Waiting, t.Dead,
		microsOrNil(t.LastOK), microsOrNil(t.LastFailure), t.LastError, microsOrNil(t.PausedUntil)}
}

func (s *server) registerHooks() {
	hooks := needs(auth.HooksWrite)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/hooks", OperationID: "list-hooks", Tags: []string{tagHooks},
		Summary: "List webhooks", Description: "Oldest first, with how they are. Secrets cannot be shown again.", Security: hooks}, s.listHooks)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/hooks", OperationID: "add-hook", Tags: []string{tagHooks}, DefaultStatus: http.StatusCreated,
		Summary: "Add a webhook", Description: "The answer shows the secret, this once. Every delivery is signed with it, as Standard Webhooks describes.", Security: hooks, Errors: []int{409}}, s.addHook)
	add(s, huma.Operation{Method: http.MethodPatch, Path: "/v1/hooks/{id}", OperationID: "change-hook", Tags: []string{tagHooks}, DefaultStatus: http.StatusNoContent,
		Summary: "Switch a webhook on or off", Description: "What waits for it is sent when it is on again.", Security: hooks, Errors: []int{404}}, s.changeHook)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/hooks/{id}/test", OperationID: "test-hook", Tags: []string{tagHooks},
		Summary: "Test a webhook", Description: "Sends an event of the kind test at once, and says what came of it.", Security: hooks, Errors: []int{404}}, s.testHook)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/hooks/{id}/secret", OperationID: "rotate-hook", Tags: []string{tagHooks},
		Summary: "Rotate the secret of a webhook", Description: "For 24 hours deliveries carry signatures with the old and the new secret.", Security: hooks, Errors: []int{404, 409}}, s.rotateHook)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/hooks/{id}/replay", OperationID: "replay-hook", Tags: []string{tagHooks},
		Summary: "Send again what was given up", Description: "Everything that was given up for this hook is sent again, with the same identifiers.", Security: hooks, Errors: []int{404}}, s.replayHook)
	add(s, huma.Operation{Method: http.MethodDelete, Path: "/v1/hooks/{id}", OperationID: "remove-hook", Tags: []string{tagHooks}, DefaultStatus: http.StatusNoContent,
		Summary: "Remove a webhook", Description: "It ends at once and for good; what waits for it is not sent.", Security: hooks, Errors: []int{404}}, s.removeHook)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/deliveries", OperationID: "list-deliveries", Tags: []string{tagHooks},
		Summary: "List deliveries", Description: "Newest first. They are kept for 30 days after they ended, those that were given up for 90.", Security: hooks}, s.listDeliveries)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/deliveries/{id}/replay", OperationID: "replay-delivery", Tags: []string{tagHooks}, DefaultStatus: http.StatusNoContent,
		Summary: "Send a delivery again", Description: "With the same identifier and the same body, also when it arrived before.", Security: hooks, Errors: []int{404, 409}}, s.replayDelivery)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/actions/{id}", OperationID: "get-action", Tags: []string{tagHooks},
		Summary: "Read an action", Description: "What the platform was asked to do, by whom, and what it answered.", Security: needs(auth.ActionsResult), Errors: []int{404}}, s.getAction)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/actions/{id}/result", OperationID: "report-action", Tags: []string{tagHooks}, DefaultStatus: http.StatusNoContent,
		Summary: "Say what became of an action", Description: "A platform that got an action says here what it did. The people of the case see it. Saying the same again changes nothing.", Security: needs(auth.ActionsResult), Errors: []int{404, 409}}, s.reportAction)
}

func (s *server) listHooks(ctx context.Context, _ *struct{}) (*struct{ Body HookList }, error) {
	list, err := s.Actions.Targets(ctx)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body HookList }{HookList{[]Hook{}}}
	for _, t := range list {
		out.Body.Hooks = append(out.Body.Hooks, hookOf(t))
	}
	return out, nil
}

func (s *server) addHook(ctx context.Context, in *struct{ Body NewHook }) (*struct{ Body CreatedHook }, error) {
	t, secret, err := s.Actions.AddTarget(ctx, actor(ctx), action.NewTarget{Name: in.Body.Name, URL: in.Body.URL, Kinds: in.Body.Kinds, SecretFile: in.Body.SecretFile})
	if err != nil {
		return nil, err
	}
	return &struct{ Body CreatedHook }{CreatedHook{hookOf(t), secret}}, nil
}

func (s *server) changeHook(ctx context.Context, in *struct {
	ID   int64 `path:"id" doc:"The number of the hook." minimum:"1" example:"1"`
	Body HookChange
}) (*struct{}, error) {
	return nil, s.Actions.Enable(ctx, actor(ctx), in.ID, in.Body.Enabled)
}

func (s *server) testHook(ctx context.Context, in *hookID) (*struct{ Body HookTest }, error) {
	r, err := s.Actions.Test(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body HookTest }{HookTest{r.OK, r.Status, r.Error, r.Took.Milliseconds()}}, nil
}

func (s *server) rotateHook(ctx context.Context, in *hookID) (*struct{ Body HookSecret }, error) {
	secret, err := s.Actions.Rotate(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body HookSecret }{HookSecret{secret}}, nil
}

func (s *server) replayHook(ctx context.Context, in *hookID) (*struct{ Body Replayed }, error) {
	n, err := s.Actions.ReplayDead(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body Replayed }{Replayed{n}}, nil
}

func (s *server) removeHook(ctx context.Context, in *hookID) (*struct{}, error) {
	return nil, s.Actions.Remove(ctx, actor(ctx), in.ID)
}

func (s *server) listDeliveries(ctx context.Context, in *struct {
	Hook   int64  `query:"hook" doc:"Only those of this hook." minimum:"1"`
	State  string `query:"state" doc:"Only those of this state." enum:"waiting,delivered,dead,dropped"`
	Before int64  `query:"before" doc:"Only those with a lower number, to page on." minimum:"1"`
	Limit  int    `query:"limit" doc:"At most this many." minimum:"1" maximum:"500" default:"50"`
}) (*struct{ Body DeliveryList }, error) {
	list, err := s.Actions.Deliveries(ctx, action.Filter{Target: in.Hook, State: action.State(in.State), Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &struct{ Body DeliveryList }{DeliveryList{[]Delivery{}}}
	for _, d := range list {
		out.Body.Deliveries = append(out.Body.Deliveries, Delivery{d.ID, d.Event, d.Kind, d.TargetID, d.Target, string(d.State), d.Attempts, d.Status, d.Error,
			micros(d.At), microsOrNil(d.TriedAt), microsOrNil(d.NextAt)})
	}
	return out, nil
}

func (s *server) replayDelivery(ctx context.Context, in *struct {
	ID int64 `path:"id" doc:"The number of the delivery." minimum:"1" example:"1"`
}) (*struct{}, error) {
	return nil, s.Actions.Replay(ctx, actor(ctx), in.ID)
}

func (s *server) getAction(ctx context.Context, in *actionID) (*struct{ Body Action }, error) {
	a, err := s.Actions.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body Action }{Action{a.ID, string(a.Kind), a.Case, a.Account, a.Decision, a.Rule, a.Reason, a.Who, a.Automatic, a.Undoes, a.UndoneBy, micros(a.At), []ActionResult{}}}
	for _, r := range a.Results {
		out.Body.Results = append(out.Body.Results, ActionResult{string(r.Status), r.Note, micros(r.At)})
	}
	return out, nil
}

func (s *server) reportAction(ctx context.Context, in *struct {
	ID   string `path:"id" doc:"The identifier of the action, as it was sent." maxLength:"64" example:"0193a1e6-0000-7000-8000-000000000000"`
	Body NewActionResult
}) (*struct{}, error) {
	return nil, s.Actions.Result(ctx, actor(ctx), in.ID, action.Result{Status: action.Status(in.Body.Status), Note: in.Body.Note})
}
