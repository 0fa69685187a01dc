package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/intake"
)

// NewText is a text that is compared with lists of addresses and words.
type NewText struct {
	Text     string `json:"text" doc:"The words: a profile, a post, a comment, a playlist (M3U8)." minLength:"1" maxLength:"1000000" example:"more at https://example.org/a"`
	Base     string `json:"base,omitempty" doc:"Of a playlist, its own address, to which short addresses in it belong." maxLength:"8192"`
	Ref      string `json:"ref,omitempty" doc:"The platform's own reference; it is returned unchanged." maxLength:"512" example:"profile-4711"`
	Author   string `json:"author,omitempty" doc:"A pseudonymous account identifier, never a name." maxLength:"512"`
	Audience string `json:"audience,omitempty" doc:"How many could see it: private, group, public, live, or what the platform says." maxLength:"512"`
}

type newTextInput struct{ Body NewText }

func (s *server) registerTexts() {
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/texts", OperationID: "create-text", Tags: []string{tagItems},
		Summary: "Hand in a text",
		Description: "Its addresses and words are compared with the banks' lists of addresses, domains and words. The text is not kept: the item has what is on a list, as digests, " +
			"and where in the text it stands. An entry that is added later is not looked for in it. Messages of conversations go to `POST /v1/messages`, which compares them, too.",
		Security: needs(auth.ItemsWrite), Errors: []int{503}}, s.createText)
}

func (s *server) createText(ctx context.Context, in *newTextInput) (*recordOutput, error) {
	b := in.Body
	rec, err := s.Intake.Take(ctx, intake.Request{Source: actor(ctx), Ref: b.Ref, Author: b.Author, Audience: b.Audience, Text: b.Text, Base: b.Base})
	if err != nil {
		return nil, err
	}
	return &recordOutput{rec}, nil
}
