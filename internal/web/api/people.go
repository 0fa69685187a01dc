package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

// Person is somebody who may sign in to the console.
type Person struct {
	ID         int64      `json:"id" doc:"Their number; records name them person:NUMBER."`
	Name       string     `json:"name" doc:"What colleagues call them." example:"Sari"`
	Login      string     `json:"login,omitempty" doc:"What they type to sign in with a password." example:"sari@example.org"`
	Roles      []string   `json:"roles" doc:"Their roles, each for a queue after @, or for all queues." nullable:"false" example:"[\"reviewer@default\"]"`
	Passkeys   int64      `json:"passkeys" doc:"How many passkeys they have." example:"2"`
	Password   bool       `json:"password" doc:"Whether they have a password."`
	Linked     bool       `json:"linked" doc:"Whether an account at the provider is theirs."`
	CreatedAt  time.Time  `json:"created_at" doc:"When they were added."`
	SeenAt     *time.Time `json:"seen_at,omitempty" doc:"When they signed in last."`
	DisabledAt *time.Time `json:"disabled_at,omitempty" doc:"When they were shut out."`
}

func personOf(p auth.Person) Person {
	out := Person{ID: p.ID, Name: p.Name, Login: p.Login, Roles: []string{}, Passkeys: p.Passkeys, Password: p.Password, Linked: p.Linked,
		CreatedAt: micros(p.CreatedAt), SeenAt: microsOrNil(p.SeenAt), DisabledAt: microsOrNil(p.DisabledAt)}
	for _, g := range p.Grants {
		out.Roles = append(out.Roles, g.String())
	}
	return out
}

// PersonList lists people.
type PersonList struct {
	People []Person `json:"people" doc:"In the order in which they were added, the disabled ones last." nullable:"false"`
}

// NewPerson is what is needed to invite somebody.
type NewPerson struct {
	Name  string   `json:"name" doc:"What colleagues call them." minLength:"1" maxLength:"100" example:"Sari"`
	Login string   `json:"login,omitempty" doc:"A mail address or a short name to sign in with." maxLength:"100" example:"sari@example.org"`
	Roles []string `json:"roles" doc:"Their roles: reviewer, senior, administrator, auditor, hotline or statistics; for one queue with its name after @." maxItems:"50" nullable:"false" example:"[\"reviewer@default\"]"`
	// NewQueues says that queues which there are not are meant.
	NewQueues bool `json:"new_queues,omitempty" doc:"Take queues that there are not yet. Without it a name that nobody knows is refused, as it is mostly a slip."`
}

// InvitedPerson is a new person with their first sign-in link.
type InvitedPerson struct {
	Person Person     `json:"person" doc:"The person."`
	Link   SignInLink `json:"link" doc:"Their sign-in link. It is shown this once."`
}

func (s *server) registerPeople() {
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/people", OperationID: "list-people", Tags: []string{tagKeys},
		Summary: "List people", Description: "Everybody who may sign in to the console, and who was shut out.", Security: needs(auth.PeopleWrite)}, s.listPeople)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/people", OperationID: "invite-person", Tags: []string{tagKeys}, DefaultStatus: http.StatusCreated,
		Summary: "Invite somebody", Description: "Adds a person and makes their first sign-in link, which the answer shows this once.", Security: needs(auth.PeopleWrite), Errors: []int{409}}, s.invitePerson)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/people/{id}/disable", OperationID: "disable-person", Tags: []string{tagKeys}, DefaultStatus: http.StatusNoContent,
		Summary: "Shut somebody out", Description: "Their sessions and links end at once. The last administrator cannot be shut out.", Security: needs(auth.PeopleWrite), Errors: []int{404, 409}}, s.disablePerson)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/people/{id}/sign-in-links", OperationID: "create-person-link", Tags: []string{tagKeys}, DefaultStatus: http.StatusCreated,
		Summary: "Make a sign-in link for somebody", Description: "For whoever lost their passkey. Whoever opens it first is signed in as this person.", Security: needs(auth.PeopleWrite), Errors: []int{404, 409}}, s.createPersonLink)
}

func (s *server) listPeople(ctx context.Context, _ *struct{}) (*struct{ Body PersonList }, error) {
	list, err := s.Auth.People(ctx)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body PersonList }{PersonList{[]Person{}}}
	for _, p := range list {
		out.Body.People = append(out.Body.People, personOf(p))
	}
	return out, nil
}

func (s *server) invitePerson(ctx context.Context, in *struct{ Body NewPerson }) (*struct{ Body InvitedPerson }, error) {
	if err := auth.Fresh(ctx); err != nil {
		return nil, err
	}
	var grants []auth.Grant
	for _, text := range in.Body.Roles {
		g, err := auth.ParseGrant(text)
		if err != nil {
			return nil, err
		}
		if !in.Body.NewQueues {
			if err := s.knownQueue(ctx, g.Queue); err != nil {
				return nil, err
			}
		}
		grants = append(grants, g)
	}
	id, token, err := s.Auth.Invite(ctx, actor(ctx), in.Body.Name, in.Body.Login, grants)
	if err != nil {
		return nil, err
	}
	p, err := s.Auth.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	return &struct{ Body InvitedPerson }{InvitedPerson{personOf(p), s.linkOf(token)}}, nil
}

// knownQueue refuses a queue that neither the settings name nor a case was ever
// in nor anybody has a role in.
func (s *server) knownQueue(ctx context.Context, queue string) error {
	if queue == auth.AllQueues || slices.Contains(s.Queues, queue) {
		return nil
	}
	cases, err := s.Cases.Queues(ctx)
	if err != nil {
		return err
	}
	roles, err := s.Auth.Queues(ctx)
	if err == nil && !slices.Contains(cases, queue) && !slices.Contains(roles, queue) {
		err = &jaga.Error{Code: jaga.CodeInvalid, Field: "roles", Msg: "there is no queue " + queue + " yet", Hint: "to make it, send new_queues true, or give jaga people invite --new-queue"}
	}
	return err
}

type personID struct {
	ID int64 `path:"id" doc:"The number of the person." minimum:"1" example:"2"`
}

func (s *server) disablePerson(ctx context.Context, in *personID) (*struct{}, error) {
	if err := auth.Fresh(ctx); err != nil {
		return nil, err
	}
	return nil, s.Auth.Disable(ctx, actor(ctx), in.ID)
}

func (s *server) createPersonLink(ctx context.Context, in *personID) (*struct{ Body SignInLink }, error) {
	if err := auth.Fresh(ctx); err != nil {
		return nil, err
	}
	token, err := s.Auth.NewLink(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body SignInLink }{s.linkOf(token)}, nil
}

// linkOf is the sign-in link with the token.
func (s *server) linkOf(token string) SignInLink {
	return SignInLink{s.PublicURL + "/sign-in?token=" + token, time.Now().Add(auth.LinkLife).UTC().Truncate(time.Second)}
}
