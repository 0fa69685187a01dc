package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/converse"
)

// FindingList is a page of findings.
type FindingList struct {
	Findings []converse.Finding `json:"findings" doc:"The findings, newest first." nullable:"false"`
	Next     string             `json:"next,omitempty" doc:"Send it as before to get the next page; absent on the last."`
}

// ExcerptAnswer is what a finding's sealed excerpt holds.
type ExcerptAnswer struct {
	Lines []converse.Line `json:"lines" doc:"The messages that count and the last few before, in order of time. The spans of the reasons are byte offsets into their texts." nullable:"false"`
}

type findingsInput struct {
	Band         string `query:"band" doc:"This band or a more urgent one." enum:"observe,review,urgent"`
	Form         string `query:"form" doc:"Only this form." enum:"csam,grooming,live_stream,sextortion"`
	Conversation string `query:"conversation" doc:"Only this conversation." maxLength:"512"`
	Before       string `query:"before" doc:"Continue behind this finding." maxLength:"64"`
	Limit        int    `query:"limit" doc:"How many." minimum:"1" maximum:"500" default:"50"`
	Lang         string `query:"lang" doc:"The language of the sentences." enum:"en,id" default:"en"`
}

type findingInput struct {
	ID   string `path:"id" doc:"The number of the finding." maxLength:"64"`
	Lang string `query:"lang" doc:"The language of the sentences." enum:"en,id" default:"en"`
}

func (s *server) registerFindings() {
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/findings", OperationID: "list-findings", Tags: []string{tagTalk},
		Summary: "List what was found in conversations", Description: "Newest first. A finding names an account under review and says why; it holds no text.", Security: needs(auth.FindingsRead)}, s.listFindings)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/findings/{id}", OperationID: "get-finding", Tags: []string{tagTalk},
		Summary: "Read one finding", Description: "With its reasons, its counter-evidence and what was not checked.", Security: needs(auth.FindingsRead), Errors: []int{404}}, s.getFinding)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/findings/{id}/excerpt", OperationID: "open-excerpt", Tags: []string{tagTalk},
		Summary: "Open the sealed excerpt of a finding", Description: "The messages themselves. That it was opened, and by whom, is recorded in the custody log.", Security: needs(auth.ExcerptsRead), Errors: []int{404}}, s.openExcerpt)
}

func (s *server) listFindings(ctx context.Context, in *findingsInput) (*struct{ Body FindingList }, error) {
	f := converse.Filter{Form: jaga.Form(in.Form), Conversation: in.Conversation, Before: in.Before, Limit: in.Limit}
	if in.Band != "" {
		if err := f.Band.UnmarshalText([]byte(in.Band)); err != nil {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "band", Msg: "it is not observe, review or urgent"}
		}
	}
	list, err := s.Talk.List(ctx, f)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Finding = list[i].Finding.Explained(in.Lang)
	}
	out := &struct{ Body FindingList }{FindingList{Findings: list}}
	if len(list) == in.Limit {
		out.Body.Next = list[len(list)-1].ID
	}
	return out, nil
}

func (s *server) getFinding(ctx context.Context, in *findingInput) (*struct{ Body converse.Finding }, error) {
	f, err := s.Talk.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	f.Finding = f.Finding.Explained(in.Lang)
	return &struct{ Body converse.Finding }{f}, nil
}

func (s *server) openExcerpt(ctx context.Context, in *findingInput) (*struct{ Body ExcerptAnswer }, error) {
	lines, err := s.Talk.Excerpt(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body ExcerptAnswer }{ExcerptAnswer{lines}}, nil
}
