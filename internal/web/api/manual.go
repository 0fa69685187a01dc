package api

import (
	"context"
	"maps"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
)

// manual registers an operation that reads the body and writes the answer
// itself, because one of them is a form or a stream.
func (s *server) manual(op huma.Operation, fn func(c call) error) {
	manualWith(s, op, func(c call, _ *struct{}) error { return fn(c) })
}

type handled struct{ Body func(huma.Context) }

// manualWith is manual for an operation with parameters.
func manualWith[I any](s *server, op huma.Operation, fn func(c call, in *I) error) {
	requestBody, responses := op.RequestBody, op.Responses
	op.RequestBody = nil // or the framework would read it
	add(s, op, func(ctx context.Context, in *I) (*handled, error) {
		if err := fn(callOf(ctx).with(ctx), in); err != nil {
			return nil, err
		}
		return &handled{func(huma.Context) {}}, nil
	})
	// The operation is described, and admitted, by what it says itself.
	kept := operationAt(s.api.OpenAPI(), op.Method, op.Path)
	kept.RequestBody = requestBody
	for status := range kept.Responses {
		if n, _ := strconv.Atoi(status); n < 300 {
			delete(kept.Responses, status)
		}
	}
	maps.Copy(kept.Responses, responses)
}

func (c call) with(ctx context.Context) call { return call{c.w, c.r.WithContext(ctx)} }

// send writes a JSON answer.
func (c call) send(status int, v any) error {
	data := encode(v)
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(data) // a client that has gone
	return nil
}

// readBody reads a JSON body into v, after checking it against its schema, as
// the framework does for the operations that have no other kind of body.
func readBody[T any](s *server, c call, v *T) error {
	data, err := readJSON(c.w, c.r)
	if err != nil {
		return err
	}
	if len(data) == 0 {
		return &Problem{Status: http.StatusBadRequest, Code: jaga.CodeInvalid, Field: "body", Detail: "it is missing"}
	}
	bad := &Problem{Status: http.StatusBadRequest, Code: jaga.CodeInvalid, Field: "body", Detail: "it is not valid JSON"}
	var parsed any
	if err := unmarshal(data, &parsed); err != nil {
		return bad
	}
	schemas := s.api.OpenAPI().Components.Schemas
	var res huma.ValidateResult
	place := huma.NewPathBuffer([]byte("body"), 0)
	place.Reset()
	place.Push("body")
	huma.Validate(schemas, schemaOf[T](schemas), place, huma.ModeWriteToServer, parsed, &res)
	if len(res.Errors) > 0 {
		p := &Problem{Status: http.StatusUnprocessableEntity, Code: jaga.CodeInvalid}
		var details []*huma.ErrorDetail
		for _, err := range res.Errors {
			if d, ok := err.(*huma.ErrorDetail); ok {
				details = append(details, d)
			}
		}
		s.problem.faults(p, details)
		return p
	}
	if err := unmarshal(data, v); err != nil {
		return bad
	}
	if !textual(reflect.ValueOf(v)) {
		return notText()
	}
	return nil
}

// schemaOf returns the schema of a type, by reference.
func schemaOf[T any](r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}
