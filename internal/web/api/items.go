package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/intake"
)

// NewItem is an item of which only hashes are handed in.
type NewItem struct {
	Signals  []Signal `json:"signals" doc:"The hashes." minItems:"1" maxItems:"32" nullable:"false"`
	Ref      string   `json:"ref,omitempty" doc:"The platform's own reference; it is returned unchanged." maxLength:"512" example:"post-4711"`
	Author   string   `json:"author,omitempty" doc:"A pseudonymous account identifier, never a name." maxLength:"512"`
	Audience string   `json:"audience,omitempty" doc:"How many could see it: private, group, public, live, or what the platform says." maxLength:"512"`
}

// ItemList is a page of items.
type ItemList struct {
	Items []intake.Record `json:"items" doc:"The items, newest first, without their signals." nullable:"false"`
	Next  string          `json:"next,omitempty" doc:"Send it as before to get the next page; absent on the last."`
}

func (s *server) registerItems() {
	json := s.api.OpenAPI().Components.Schemas
	s.manual(huma.Operation{Method: http.MethodPost, Path: "/v1/items", OperationID: "create-item", Tags: []string{tagItems},
		Summary: "Hand in a picture, or its hashes",
		Description: "The file is measured and compared with the banks; it is not kept. With the header `Prefer: wait` the answer, 200, is the whole record. " +
			"Without it the answer, 202, comes as soon as the item is stored, says *not checked*, and names in `Location` where the outcome will be. " +
			"Hashes are compared at once, so they are always answered with 200.\n\nIn a form, the other fields come before the file.",
		Security: needs(auth.ItemsWrite), Errors: []int{400, 413, 415, 503},
		RequestBody: body(formContent("The file.", "A picture with the platform's own reference.", "ref", "author", "audience"), jsonContent(schemaOf[NewItem](json), exampleItem())),
		Parameters:  []*huma.Param{{Name: "Prefer", In: "header", Description: "wait answers when the item is checked, and not before.", Schema: &huma.Schema{Type: "string", Examples: []any{"wait"}}}},
		Responses: map[string]*huma.Response{
			"200": answer("The item is checked.", schemaOf[intake.Record](json)),
			"202": withHeader(answer("The item is stored and will be checked.", schemaOf[intake.Record](json)), "Location", "Where the outcome will be."),
		}}, s.createItem)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/items", OperationID: "list-items", Tags: []string{tagItems},
		Summary: "List items", Description: "Newest first. Items are kept for as long as the installation is set to.", Security: needs(auth.ItemsRead)}, s.listItems)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/items/{id}", OperationID: "get-item", Tags: []string{tagItems},
		Summary: "Read one item", Description: "With its signals and its outcome.", Security: needs(auth.ItemsRead), Errors: []int{404}}, s.getItem)
}

// createItem is POST /v1/items.
func (s *server) createItem(c call) error {
	ctx := c.r.Context()
	wait := prefersWait(c.r)
	req := intake.Request{Source: actor(ctx)}
	if !isForm(c.r) {
		var n NewItem
		if err := readBody(s, c, &n); err != nil {
			return err
		}
		req.Ref, req.Author, req.Audience, req.Signals = n.Ref, n.Author, n.Audience, signals(n.Signals)
		rec, err := s.Intake.Take(ctx, req)
		if err != nil {
			return err
		}
		return c.sendRecord(http.StatusOK, rec)
	}
	f, err := openForm(c, s.MaxBytes, s.MaxFilm, s.MaxBytes+formOverhead, "ref", "author", "audience")
	if err != nil {
		return err
	}
	file, err := f.only()
	if err != nil {
		return err
	}
	req.Ref, req.Author, req.Audience = f.fields["ref"], f.fields["author"], f.fields["audience"]
	if wait {
		req.Body = file
		rec, err := s.Intake.Take(ctx, req)
		if err != nil {
			return readError(err)
		}
		c.w.Header().Set("Preference-Applied", "wait")
		return c.sendRecord(http.StatusOK, rec)
	}
	kept, err := s.accept(file)
	if err != nil {
		return err
	}
	req.Body = kept.Reader
	rec, err := s.Intake.Accept(ctx, req, kept.size, kept.give)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/v1/items/"+rec.Item.ID)
	return c.sendRecord(http.StatusAccepted, rec)
}

// sendRecord answers with an item. An empty list is not null.
func (c call) sendRecord(status int, rec intake.Record) error {
	if rec.Signals == nil {
		rec.Signals = []jaga.Signal{}
	}
	return c.send(status, rec)
}

// readError is the reason why a file could not be read, where it is ours to
// tell.
func readError(err error) error {
	var known *jaga.Error
	if errors.As(err, &known) && known.Field == "file" && known.Err != nil {
		var p *Problem
		var inner *jaga.Error
		var large *http.MaxBytesError
		switch {
		case errors.As(known.Err, &p):
			return p
		case errors.As(known.Err, &large):
			return large
		case errors.As(known.Err, &inner):
			return inner
		}
	}
	return err
}

// prefersWait reads the header of RFC 7240.
func prefersWait(r *http.Request) bool {
	for _, p := range strings.FieldsFunc(strings.Join(r.Header.Values("Prefer"), ","), func(c rune) bool { return c == ',' || c == ';' }) {
		name, _, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(name, "wait") {
			return true
		}
	}
	return false
}

// signals turns what was sent into what is looked up. Their text is checked
// by whoever looks them up.
func signals(list []Signal) []jaga.Signal {
	out := make([]jaga.Signal, len(list))
	for i, x := range list {
		out[i] = jaga.Signal{Type: x.Type, Value: strings.ToLower(x.Value), Quality: x.Quality}
	}
	return out
}

type listItemsInput struct {
	State  jaga.State `query:"state" doc:"Only items in this state." enum:"not_checked,findings,clear"`
	Ref    string     `query:"ref" doc:"Only items with this reference." maxLength:"512"`
	Before string     `query:"before" doc:"Only items older than the one with this id." maxLength:"36"`
	Limit  int        `query:"limit" doc:"How many at most." minimum:"1" maximum:"500" default:"50"`
}

type listItemsOutput struct{ Body ItemList }

func (s *server) listItems(ctx context.Context, in *listItemsInput) (*listItemsOutput, error) {
	if in.Before != "" {
		id, err := uuid.Parse(in.Before)
		if err != nil {
			return nil, invalid("before", "it is not the id of an item")
		}
		in.Before = id.String()
	}
	list, err := s.Intake.List(ctx, intake.Filter{State: in.State, Ref: in.Ref, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &listItemsOutput{Body: ItemList{Items: list}}
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].Item.ID
	}
	return out, nil
}

type itemPath struct {
	ID string `path:"id" doc:"The id of the item." maxLength:"36" example:"01900000-0000-7000-8000-000000000000"`
}

type recordOutput struct{ Body intake.Record }

func (s *server) getItem(ctx context.Context, in *itemPath) (*recordOutput, error) {
	rec, err := s.Intake.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &recordOutput{rec}, nil
}

func exampleItem() map[string]any {
	return map[string]any{"ref": "post-4711", "signals": exampleSignals()}
}
