package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/proof"
)

// Outside is a place besides the database to which checkpoints go.
type Outside struct {
	Kind      string     `json:"kind" doc:"A file on another medium, or a time-stamp authority." enum:"file,stamp"`
	Where     string     `json:"where" doc:"The path, or the address."`
	Records   int64      `json:"records" doc:"How many records the last checkpoint that arrived there covers."`
	ArrivedAt *time.Time `json:"arrived_at,omitempty" doc:"When it arrived."`
	TriedAt   *time.Time `json:"tried_at,omitempty" doc:"When it was tried last."`
	Error     string     `json:"error,omitempty" doc:"Why the last try failed."`
	Grave     bool       `json:"grave,omitempty" doc:"Whether the place contradicts the log: it was cut off, restored from an old backup, or rewritten."`
}

// ExportRequest says what goes into an evidence bundle.
type ExportRequest struct {
	Subjects  []string `json:"subjects" doc:"What the records are about." minItems:"1" maxItems:"500" example:"[\"case:12\"]" nullable:"false"`
	Reference string   `json:"reference,omitempty" doc:"The receiver's own number for the matter." maxLength:"200"`
	To        []string `json:"to,omitempty" doc:"Public keys of age to which the whole bundle is encrypted. Without any it comes in the clear." maxItems:"20"`
}

func (s *server) registerCustody() {
	if s.Proof == nil {
		return
	}
	schemas := s.api.OpenAPI().Components.Schemas
	zip := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	s.manual(huma.Operation{Method: http.MethodPost, Path: "/v1/custody/bundles", OperationID: "export-bundle", Tags: []string{tagStatus},
		Summary:     "Make an evidence bundle",
		Description: "The records about the subjects with what proves them, as one file that `jaga verify` checks off line. The export is itself a record. An answer that is cut off ends the connection, so a bundle that arrives is whole.",
		Security:    needs(auth.CustodyRead), Errors: []int{404},
		RequestBody: body(content{"application/json", &huma.MediaType{Schema: schemaOf[ExportRequest](schemas)}}),
		Responses: map[string]*huma.Response{"200": {Description: "The bundle.", Content: map[string]*huma.MediaType{
			"application/zip": zip, "application/age": zip}}},
	}, s.exportBundle)
}

// exportBundle is POST /v1/custody/bundles.
func (s *server) exportBundle(c call) error {
	var in ExportRequest
	if err := readBody(s, c, &in); err != nil {
		return err
	}
	ctx := c.r.Context()
	kind, end := "application/zip", ".zip"
	if len(in.To) > 0 {
		kind, end = "application/age", ".zip.age"
	}
	name := "bundle-" + time.Now().UTC().Format("20060102-150405") + end
	out := &download{w: c.w, deadline: http.NewResponseController(c.w), begin: func(h http.Header) {
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}}
	_, err := s.Proof.Export(ctx, out, proof.Export{Actor: actor(ctx), Subjects: in.Subjects, Reference: in.Reference, To: in.To})
	switch {
	case err == nil:
		return nil
	case !out.begun:
		return err
	case ctx.Err() == nil && !errors.Is(err, context.Canceled):
		s.Log.Error("api", "operation", "export-bundle", "error", err)
	}
	// Half a bundle must not look like a whole one.
	panic(http.ErrAbortHandler)
}

// outside lists where checkpoints go.
func (s *server) outside(ctx context.Context) ([]Outside, error) {
	out := []Outside{}
	if s.Proof == nil {
		return out, nil
	}
	all, err := s.Proof.Outside(ctx)
	if err != nil {
		return nil, &jaga.Error{Code: jaga.CodeUnavailable, Msg: "read where checkpoints are kept", Err: err}
	}
	for _, o := range all {
		out = append(out, Outside{o.Kind, o.Where, o.Size, microsOrNil(o.ArrivedAt), microsOrNil(o.Tried), o.Error, o.Grave})
	}
	return out, nil
}
