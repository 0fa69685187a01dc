package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
)

// NewBank is what is needed to make a bank: a name.
type NewBank struct {
	Name         string     `json:"name" doc:"Capital letters, digits and underscores; it does not begin with a digit." minLength:"1" maxLength:"255" example:"KNOWN_MATERIAL"`
	Role         *jaga.Role `json:"role,omitempty" doc:"match: material to act on; allow: known-benign look-alikes. Unless set: match." enum:"match,allow"`
	Form         *jaga.Form `json:"form,omitempty" doc:"The form of exploitation that a match is about. Unless set: csam." enum:"csam,grooming,live_stream,sextortion"`
	Band         *jaga.Band `json:"band,omitempty" doc:"How soon a person should look at a match. Unless set: review." enum:"observe,review,urgent"`
	EnabledRatio *float64   `json:"enabled_ratio,omitempty" doc:"The share of look-ups in which the bank takes part. Unless set: 1." minimum:"0" maximum:"1"`
	Threshold    *int       `json:"threshold,omitempty" doc:"The largest PDQ distance that matches, in bits. Unless set: 31." minimum:"0" maximum:"64"`
	FilmQuery    *int       `json:"film_query,omitempty" doc:"The least share, in percent, of the frames of a film that came in that match an entry's: finds what was cut from a known film. Unless set: 50." minimum:"0" maximum:"100"`
	FilmStored   *int       `json:"film_stored,omitempty" doc:"The least share, in percent, of an entry's frames that match: finds a film with a known one in it. Unless set: 50." minimum:"0" maximum:"100"`
	FilmBoth     *bool      `json:"film_both,omitempty" doc:"Whether both shares must be reached, 0 asking for nothing; otherwise one is enough, and 0 is not asked for."`
	Note         *string    `json:"note,omitempty" doc:"What people should know about it." maxLength:"1000"`
}

// BankChange says what to change of a bank; what is absent stays.
type BankChange struct {
	Name         *string    `json:"name,omitempty" doc:"A new name." minLength:"1" maxLength:"255"`
	Role         *jaga.Role `json:"role,omitempty" doc:"A new role." enum:"match,allow"`
	Form         *jaga.Form `json:"form,omitempty" doc:"Another form of exploitation." enum:"csam,grooming,live_stream,sextortion"`
	Band         *jaga.Band `json:"band,omitempty" doc:"Another band." enum:"observe,review,urgent" example:"urgent"`
	EnabledRatio *float64   `json:"enabled_ratio,omitempty" doc:"The share of look-ups in which the bank takes part; 0 switches it off." minimum:"0" maximum:"1"`
	Threshold    *int       `json:"threshold,omitempty" doc:"The largest PDQ distance that matches, in bits." minimum:"0" maximum:"64" example:"31"`
	FilmQuery    *int       `json:"film_query,omitempty" doc:"The least share, in percent, of the frames of a film that came in that match an entry's: finds what was cut from a known film." minimum:"0" maximum:"100"`
	FilmStored   *int       `json:"film_stored,omitempty" doc:"The least share, in percent, of an entry's frames that match: finds a film with a known one in it." minimum:"0" maximum:"100"`
	FilmBoth     *bool      `json:"film_both,omitempty" doc:"Whether both shares must be reached, 0 asking for nothing; otherwise one is enough, and 0 is not asked for."`
	Note         *string    `json:"note,omitempty" doc:"What people should know about it." maxLength:"1000"`
}

func (c BankChange) apply(s *bank.Settings) {
	set(&s.Name, c.Name)
	set(&s.Role, c.Role)
	set(&s.Form, c.Form)
	set(&s.Band, c.Band)
	set(&s.EnabledRatio, c.EnabledRatio)
	set(&s.Threshold, c.Threshold)
	set(&s.FilmQuery, c.FilmQuery)
	set(&s.FilmStored, c.FilmStored)
	set(&s.FilmBoth, c.FilmBoth)
	set(&s.Note, c.Note)
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// BankList lists banks.
type BankList struct {
	Banks []Bank `json:"banks" doc:"All banks, by name." nullable:"false"`
}

// DeletedBank says how to undo a deletion.
type DeletedBank struct {
	ID           int64     `json:"id" doc:"The number by which it can be restored."`
	Name         string    `json:"name" doc:"Its name."`
	RestoreUntil time.Time `json:"restore_until" doc:"Until when it can be restored; then its entries are removed for good."`
}

// defaultThreshold is that of a bank for which nobody set another.
const defaultThreshold = 31

func (s *server) registerBanks() {
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/banks", OperationID: "list-banks", Tags: []string{tagBanks},
		Summary: "List banks", Description: "All banks, by name.", Security: needs(auth.BanksRead)}, s.listBanks)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/banks", OperationID: "create-bank", Tags: []string{tagBanks}, DefaultStatus: http.StatusCreated,
		Summary: "Make a bank", Description: "It takes part in matching as soon as it has entries.", Security: needs(auth.BanksWrite), Errors: []int{409}}, s.createBank)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/banks/{name}", OperationID: "get-bank", Tags: []string{tagBanks},
		Summary: "Read one bank", Description: "Its settings, and how many entries it has.", Security: needs(auth.BanksRead), Errors: []int{404}}, s.getBank)
	add(s, huma.Operation{Method: http.MethodPatch, Path: "/v1/banks/{name}", OperationID: "change-bank", Tags: []string{tagBanks},
		Summary: "Change a bank", Description: "What is absent stays as it is. Matching follows at once.", Security: needs(auth.BanksWrite), Errors: []int{404, 409}}, s.changeBank)
	add(s, huma.Operation{Method: http.MethodDelete, Path: "/v1/banks/{name}", OperationID: "delete-bank", Tags: []string{tagBanks}, DefaultStatus: http.StatusOK,
		Summary: "Delete a bank", Description: "It matches no more from this moment. For seven days it can be restored.", Security: needs(auth.BanksWrite), Errors: []int{404}}, s.deleteBank)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/deleted-banks/{id}/restore", OperationID: "restore-bank", Tags: []string{tagBanks},
		Summary: "Restore a deleted bank", Description: "By the number that the deletion answered with. It matches again at once.", Security: needs(auth.BanksWrite), Errors: []int{404, 409}}, s.restoreBank)
}

type bankPath struct {
	Name string `path:"name" doc:"The name of the bank." maxLength:"255" example:"KNOWN_MATERIAL"`
}

type bankOutput struct{ Body Bank }

type createdBankOutput struct {
	Location string `header:"Location" doc:"The address of the bank."`
	Body     Bank
}

func (s *server) listBanks(ctx context.Context, _ *struct{}) (*struct{ Body BankList }, error) {
	list, err := s.Banks.List(ctx)
	out := &struct{ Body BankList }{BankList{[]Bank{}}}
	for _, b := range list {
		out.Body.Banks = append(out.Body.Banks, bankOf(b))
	}
	return out, err
}

func (s *server) createBank(ctx context.Context, in *struct{ Body NewBank }) (*createdBankOutput, error) {
	settings := bank.Defaults(in.Body.Name)
	n := in.Body
	BankChange{nil, n.Role, n.Form, n.Band, n.EnabledRatio, n.Threshold, n.FilmQuery, n.FilmStored, n.FilmBoth, n.Note}.apply(&settings)
	b, err := s.Banks.Create(ctx, actor(ctx), settings)
	if err != nil {
		return nil, err
	}
	return &createdBankOutput{bankAddress(b.Name), bankOf(b)}, nil
}

func bankAddress(name string) string { return "/v1/banks/" + url.PathEscape(name) }

func (s *server) getBank(ctx context.Context, in *bankPath) (*bankOutput, error) {
	b, err := s.Banks.Get(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	return &bankOutput{bankOf(b)}, nil
}

func (s *server) changeBank(ctx context.Context, in *struct {
	Name string `path:"name" doc:"The name of the bank." maxLength:"255" example:"KNOWN_MATERIAL"`
	Body BankChange
}) (*bankOutput, error) {
	b, err := s.Banks.Update(ctx, actor(ctx), in.Name, in.Body.apply)
	if err != nil {
		return nil, err
	}
	return &bankOutput{bankOf(b)}, nil
}

func (s *server) deleteBank(ctx context.Context, in *bankPath) (*struct{ Body DeletedBank }, error) {
	at := time.Now()
	id, err := s.Banks.Delete(ctx, actor(ctx), in.Name)
	if err != nil {
		return nil, err
	}
	return &struct{ Body DeletedBank }{DeletedBank{id, in.Name, at.Add(bank.UndoWindow * time.Microsecond).UTC().Truncate(time.Second)}}, nil
}

func (s *server) restoreBank(ctx context.Context, in *struct {
	ID int64 `path:"id" doc:"The number of the bank." minimum:"1" example:"1"`
}) (*bankOutput, error) {
	b, err := s.Banks.Restore(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &bankOutput{bankOf(b)}, nil
}
