package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
)

// NewEntry is an entry of which the hashes are known.
type NewEntry struct {
	Signals   []Signal   `json:"signals" doc:"The hashes of one file, one of a type at most." minItems:"1" maxItems:"4" nullable:"false"`
	Note      string     `json:"note,omitempty" doc:"What people should know about it." maxLength:"255"`
	Metadata  Object     `json:"metadata,omitempty" doc:"What a program keeps with it: a JSON object of at most 64 KiB."`
	Source    string     `json:"source,omitempty" doc:"Where it is from. Unless set: manual." maxLength:"255" example:"hotline"`
	Licence   string     `json:"licence,omitempty" doc:"The terms under which it may be used." maxLength:"255"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"When it stops matching. Unless set: never." example:"2030-01-01T00:00:00Z"`
}

// EntryChange says what to change of an entry; what is absent stays.
type EntryChange struct {
	Note          *string    `json:"note,omitempty" doc:"What people should know about it." maxLength:"255" example:"seen by two people"`
	Enabled       *bool      `json:"enabled,omitempty" doc:"false switches it off for good, true switches it on."`
	DisabledUntil *time.Time `json:"disabled_until,omitempty" doc:"Switches it off until then; at most five years ahead."`
	ExpiresAt     Never      `json:"expires_at,omitzero" doc:"When it stops matching; null is never."`
	Quarantine    *string    `json:"quarantine,omitempty" doc:"The reason why the entry has to wait for a person; an empty text releases it." maxLength:"255"`
}

// EntryList is a page of entries.
type EntryList struct {
	Entries []Entry `json:"entries" doc:"In the order of their numbers." nullable:"false"`
	Next    int64   `json:"next,omitempty" doc:"Send it as after to get the next page; absent on the last."`
}

// NewOpinion is what the one who asks says of an entry.
type NewOpinion struct {
	Verdict string `json:"verdict" doc:"Whether it belongs in the bank." enum:"confirm,reject,unsure" example:"confirm"`
	Note    string `json:"note,omitempty" doc:"Why." maxLength:"255"`
}

// Opinion is what somebody said of an entry.
type Opinion struct {
	Who     string    `json:"who" doc:"Who said it: a key or a person, by number." example:"key:1"`
	Verdict string    `json:"verdict" doc:"Whether it belongs in the bank." enum:"confirm,reject,unsure"`
	Note    string    `json:"note,omitempty" doc:"Why."`
	At      time.Time `json:"at" doc:"When."`
}

// OpinionList lists opinions.
type OpinionList struct {
	Opinions []Opinion `json:"opinions" doc:"Oldest first, one of each who asked." nullable:"false"`
}

// Object is a JSON object, kept as it was sent.
type Object []byte

// UnmarshalJSON keeps the text.
func (o *Object) UnmarshalJSON(data []byte) error {
	if string(data) != "null" {
		*o = append((*o)[:0], data...)
	}
	return nil
}

// MarshalJSON writes the text.
func (o Object) MarshalJSON() ([]byte, error) { return json.RawMessage(o).MarshalJSON() }

// Schema describes it.
func (Object) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Examples: []any{map[string]any{"case": 17}}}
}

type entryPath struct {
	Name string `path:"name" doc:"The name of the bank." maxLength:"255" example:"KNOWN_MATERIAL"`
	ID   int64  `path:"id" doc:"The number of the entry." minimum:"1" example:"1"`
}

type entryOutput struct{ Body Entry }

func (s *server) registerEntries() {
	schemas := s.api.OpenAPI().Components.Schemas
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/banks/{name}/entries", OperationID: "list-entries", Tags: []string{tagEntries},
		Summary: "List entries", Description: "In the order of their numbers. To get a whole bank, export it.", Security: needs(auth.BanksRead), Errors: []int{404}}, s.listEntries)
	manualWith(s, huma.Operation{Method: http.MethodPost, Path: "/v1/banks/{name}/entries", OperationID: "add-entries", Tags: []string{tagEntries},
		Summary: "Add entries, as files or as hashes",
		Description: "Hashes, as JSON, are one entry, answered with 201.\n\nFiles, in a form, are one entry each, with the hashes pdq, md5, sha1 and sha256, answered with 200 and one result for each file in their order. " +
			"A file that cannot be hashed perceptually is refused with the reason; with `exact_only=true` it is added with its exact hashes alone. A refused file takes nothing back that was added. The other fields of the form come before the files and hold for all of them. The files are not kept.\n\n" +
			"An entry matches as soon as the answer is there.",
		Security: needs(auth.BanksWrite), Errors: []int{404, 503},
		RequestBody: body(formContent("A picture; the field may be there several times.", "Pictures, with what holds for all of them.", "note", "metadata", "source", "licence", "expires_at"),
			jsonContent(schemaOf[NewEntry](schemas), map[string]any{"signals": exampleSignals(), "note": "from the hotline"})),
		Responses: map[string]*huma.Response{
			"200": answer("What became of each file.", schemaOf[FileResults](schemas)),
			"201": withHeader(answer("The entry.", schemaOf[Entry](schemas)), "Location", "The address of the entry."),
		}}, s.addEntries)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/banks/{name}/entries/{id}", OperationID: "get-entry", Tags: []string{tagEntries},
		Summary: "Read one entry", Description: "With all its hashes.", Security: needs(auth.BanksRead), Errors: []int{404}}, s.getEntry)
	add(s, huma.Operation{Method: http.MethodPatch, Path: "/v1/banks/{name}/entries/{id}", OperationID: "change-entry", Tags: []string{tagEntries},
		Summary: "Change an entry", Description: "What is absent stays as it is. Matching follows at once.", Security: needs(auth.BanksWrite), Errors: []int{404}}, s.changeEntry)
	add(s, huma.Operation{Method: http.MethodDelete, Path: "/v1/banks/{name}/entries/{id}", OperationID: "delete-entry", Tags: []string{tagEntries}, DefaultStatus: http.StatusNoContent,
		Summary: "Delete an entry", Description: "It matches no more from this moment. This cannot be undone.", Security: needs(auth.BanksWrite), Errors: []int{404}}, s.deleteEntry)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/banks/{name}/entries/{id}/opinions", OperationID: "list-opinions", Tags: []string{tagEntries},
		Summary: "List what was said of an entry", Description: "Oldest first; one opinion of each key or person.", Security: needs(auth.BanksRead), Errors: []int{404}}, s.listOpinions)
	add(s, huma.Operation{Method: http.MethodPut, Path: "/v1/banks/{name}/entries/{id}/opinion", OperationID: "set-opinion", Tags: []string{tagEntries},
		Summary: "Say whether an entry belongs in the bank", Description: "In place of what the same key or person said before.", Security: needs(auth.BanksWrite), Errors: []int{404}}, s.setOpinion)
}

func (s *server) listEntries(ctx context.Context, in *struct {
	Name  string          `path:"name" doc:"The name of the bank." maxLength:"255" example:"KNOWN_MATERIAL"`
	Type  jaga.SignalType `query:"type" doc:"Only entries with a hash of this type." enum:"pdq,md5,sha1,sha256,vpdq,chromaprint,url,domain,keyword"`
	State string          `query:"state" doc:"Only entries that wait for a person (quarantined), or that are or were switched off (disabled)." enum:"quarantined,disabled"`
	After int64           `query:"after" doc:"Only entries with larger numbers." minimum:"0"`
	Limit int             `query:"limit" doc:"How many at most." minimum:"1" maximum:"1000" default:"50"`
}) (*struct{ Body EntryList }, error) {
	list, err := s.Banks.Entries(ctx, in.Name, bank.Filter{Type: in.Type, After: in.After, Limit: in.Limit,
		Quarantined: in.State == "quarantined", Disabled: in.State == "disabled"})
	if err != nil {
		return nil, err
	}
	out := &struct{ Body EntryList }{EntryList{Entries: []Entry{}}}
	for _, e := range list {
		out.Body.Entries = append(out.Body.Entries, entryOf(e, time.Now()))
	}
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].ID
	}
	return out, nil
}

func (s *server) getEntry(ctx context.Context, in *entryPath) (*entryOutput, error) {
	e, err := s.Banks.Entry(ctx, in.Name, in.ID)
	if err != nil {
		return nil, err
	}
	return &entryOutput{entryOf(e, time.Now())}, nil
}

func (s *server) changeEntry(ctx context.Context, in *struct {
	Name string `path:"name" doc:"The name of the bank." maxLength:"255" example:"KNOWN_MATERIAL"`
	ID   int64  `path:"id" doc:"The number of the entry." minimum:"1" example:"1"`
	Body EntryChange
}) (*entryOutput, error) {
	c := bank.EntryChange{Note: in.Body.Note, Quarantine: in.Body.Quarantine}
	switch on, until := in.Body.Enabled, in.Body.DisabledUntil; {
	case on != nil && until != nil:
		return nil, invalid("disabled_until", "it cannot be sent together with enabled")
	case on != nil:
		c.DisableUntil = new(int64)
		if *on {
			*c.DisableUntil = 1
		}
	case until != nil:
		if !until.After(time.Now()) {
			return nil, invalid("disabled_until", "that time has passed")
		}
		c.DisableUntil = new(until.Unix())
	}
	if in.Body.ExpiresAt.Set {
		at := in.Body.ExpiresAt.unix()
		if err := checkExpiry(at); err != nil {
			return nil, err
		}
		c.ExpiresAt = &at
	}
	e, err := s.Banks.UpdateEntry(ctx, actor(ctx), in.Name, in.ID, c)
	if err != nil {
		return nil, err
	}
	return &entryOutput{entryOf(e, time.Now())}, nil
}

func checkExpiry(at int64) error {
	if at < 0 {
		return invalid("expires_at", "it is before 1970")
	}
	return nil
}

func (s *server) deleteEntry(ctx context.Context, in *entryPath) (*struct{}, error) {
	gone, err := s.Banks.DeleteEntry(ctx, actor(ctx), in.Name, in.ID)
	if err == nil && !gone {
		err = &jaga.Error{Code: jaga.CodeNotFound, Field: "entry", Msg: "the bank has no entry of this number"}
	}
	if err != nil {
		return nil, err
	}
	return nil, nil
}

func (s *server) listOpinions(ctx context.Context, in *entryPath) (*struct{ Body OpinionList }, error) {
	list, err := s.opinions(ctx, in.Name, in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body OpinionList }{OpinionList{list}}, nil
}

func (s *server) opinions(ctx context.Context, name string, id int64) ([]Opinion, error) {
	if _, err := s.Banks.Entry(ctx, name, id); err != nil {
		return nil, err
	}
	list, err := s.Banks.Opinions(ctx, id)
	out := []Opinion{}
	for _, o := range list {
		out = append(out, Opinion{o.Who, o.Verdict, o.Note, micros(o.At)})
	}
	return out, err
}

func (s *server) setOpinion(ctx context.Context, in *struct {
	Name string `path:"name" doc:"The name of the bank." maxLength:"255" example:"KNOWN_MATERIAL"`
	ID   int64  `path:"id" doc:"The number of the entry." minimum:"1" example:"1"`
	Body NewOpinion
}) (*struct{ Body OpinionList }, error) {
	if err := s.Banks.SetOpinion(ctx, actor(ctx), in.Name, in.ID, in.Body.Verdict, in.Body.Note); err != nil {
		return nil, err
	}
	list, err := s.opinions(ctx, in.Name, in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body OpinionList }{OpinionList{list}}, nil
}

func entryAddress(e bank.Entry) string {
	return bankAddress(e.Bank) + "/entries/" + strconv.FormatInt(e.ID, 10)
}
