package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
)

// Problem is what an error is answered with (RFC 9457). Nothing in it is from
// the request: neither values nor names that the server does not know.
type Problem struct {
	Title  string    `json:"title" doc:"The status in words." example:"Unprocessable Entity"`
	Status int       `json:"status" doc:"The HTTP status again." example:"422"`
	Code   jaga.Code `json:"code" doc:"The kind of the problem, for programs." enum:"invalid,not_found,conflict,denied,unavailable,busy,internal" example:"invalid"`
	Detail string    `json:"detail" doc:"What is wrong, for people." example:"it has more than 255 characters"`
	Field  string    `json:"field,omitempty" doc:"The field, parameter or line at fault." example:"note"`
	Hint   string    `json:"hint,omitempty" doc:"What to do about it."`
	// Errors lists all faults where there are several.
	Errors []Fault `json:"errors,omitempty" doc:"All faults, where several were found."`
	ID     string  `json:"id,omitempty" doc:"The number under which the server's log has more; only for faults of the server."`
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Field  string `json:"field" doc:"The field or parameter."`
	Detail string `json:"detail" doc:"What is wrong with it."`
}

// Error returns what is wrong.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of problem documents.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders adds the headers that belong to a status.
func (p *Problem) GetHeaders() http.Header {
	switch p.Status {
	case http.StatusUnauthorized:
		return http.Header{"Www-Authenticate": {"Bearer"}}
	case http.StatusServiceUnavailable:
		return http.Header{"Retry-After": {"2"}}
	}
	return nil
}

// problems turns errors into problems.
type problems struct {
	log   *slog.Logger
	names map[string]bool // of parameters and properties
}

// write answers with a problem.
func (ps *problems) write(w http.ResponseWriter, r *http.Request, p *Problem) {
	p.Title = http.StatusText(p.Status)
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Del("Content-Disposition")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(encode(p))
	}
}

// internal logs a fault of ours and returns the problem that names it.
func (ps *problems) internal(ctx context.Context, err error) *Problem {
	id := rand.Text()[:12]
	if ctx.Err() == nil { // otherwise nobody waits, and that is the fault
		ps.log.Error("api", "id", id, "error", err)
	}
	return &Problem{Title: http.StatusText(http.StatusInternalServerError), Status: http.StatusInternalServerError, Code: jaga.CodeInternal,
		Detail: "something went wrong here", Hint: "the server's log says more under this id", ID: id}
}

// of returns the problem of an error. What is not known is a fault of ours.
func (ps *problems) of(ctx context.Context, err error) *Problem {
	var own *Problem
	var known *jaga.Error
	var large *http.MaxBytesError
	var slow net.Error
	p := &Problem{}
	switch {
	case errors.As(err, &own):
		p = own
	case errors.As(err, &large):
		p.Status, p.Code, p.Field = http.StatusRequestEntityTooLarge, jaga.CodeInvalid, "body"
		p.Detail = "it is larger than the server takes"
		p.Hint = "the settings media.max_bytes and, for films and sounds, media.max_film_bytes are the limits for files; other bodies have at most 1 MiB"
	case errors.As(err, &slow) && slow.Timeout() && ctx.Err() == nil && !errors.Is(err, context.DeadlineExceeded):
		p.Status, p.Code, p.Field = http.StatusRequestTimeout, jaga.CodeInvalid, "body"
		p.Detail = "it did not arrive in time"
	case errors.Is(err, engine.ErrNotLoaded):
		p.Status, p.Code, p.Detail = http.StatusServiceUnavailable, jaga.CodeUnavailable, "the index is not loaded yet"
		p.Hint = "try again in a moment"
	case errors.As(err, &known) && known.Code != jaga.CodeInternal:
		p.Status, p.Code, p.Detail, p.Field, p.Hint = known.Code.HTTPStatus(), known.Code, known.Msg, known.Field, known.Hint
	default:
		return ps.internal(ctx, err)
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// transform puts our problems in the place of the framework's, which repeat
// the value at fault.
func (ps *problems) transform(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &Problem{Title: http.StatusText(m.Status), Status: m.Status, Code: jaga.CodeInvalid}
	switch {
	case m.Status == http.StatusBadRequest && len(m.Errors) == 0:
		p.Field, p.Detail = "body", "it is missing"
	case m.Status == http.StatusBadRequest:
		p.Field, p.Detail = "body", "it is not valid JSON"
		p.Hint = "is it complete, with at most 32 levels?"
	default:
		ps.faults(p, m.Errors)
	}
	return p, nil
}

// faults fills in what the validation found.
func (ps *problems) faults(p *Problem, list []*huma.ErrorDetail) {
	for _, d := range list {
		f := Fault{Field: ps.place(d.Location), Detail: words(d.Message)}
		if name, ok := missing(d.Message); ok {
			f = Fault{Field: strings.TrimPrefix(f.Field+"."+name, "body."), Detail: "it is missing"}
		}
		if !slices.Contains(p.Errors, f) {
			p.Errors = append(p.Errors, f)
		}
	}
	slices.SortFunc(p.Errors, func(a, b Fault) int { return strings.Compare(a.Field, b.Field) })
	if len(p.Errors) == 0 {
		p.Errors = []Fault{{"body", "it is not valid"}}
	}
	p.Field, p.Detail = p.Errors[0].Field, p.Errors[0].Detail
	if len(p.Errors) == 1 {
		p.Errors = nil
	}
	p.Hint = "/docs shows what is expected"
}

var missingProperty = regexp.MustCompile(`^expected required property (\w+) to be present$`)

// missing returns the name of a property that is not there; it is a name of
// the schema.
func missing(message string) (string, bool) {
	if m := missingProperty.FindStringSubmatch(message); m != nil {
		return m[1], true
	}
	return "", false
}

// words says a message of the validation in plain words. Those that may hold a
// value are not passed on.
func words(message string) string {
	switch {
	case message == "unexpected property", message == "unknown query parameter":
		return "there is something here that the server does not know"
	case strings.HasSuffix(message, "parameter is missing"):
		return "it is missing"
	case strings.HasPrefix(message, "invalid date/time"):
		return "it is not a time as in 2026-01-31T12:00:00Z"
	}
	for _, safe := range []string{"invalid integer", "invalid boolean", "invalid float", "expected boolean", "expected number", "expected integer", "expected string to be RFC 3339",
		"expected array", "expected object", "expected value to be one of", "expected length", "expected string to match pattern"} {
		if strings.HasPrefix(message, safe) {
			return message
		}
	}
	if message == "expected string" {
		return message
	}
	return "it is not valid"
}

var placePart = regexp.MustCompile(`[^.\[\]]+`)

// place returns the part of a location that is made of names of ours.
func (ps *problems) place(location string) string {
	end := 0
	for i, at := range placePart.FindAllStringIndex(location, -1) {
		part := location[at[0]:at[1]]
		digits := strings.Trim(part, "0123456789") == "" && len(part) < 10
		if i > 0 && !ps.names[part] && !digits {
			break
		}
		end = at[1]
		if digits && end < len(location) && location[end] == ']' {
			end++
		}
	}
	place := location[:end]
	for _, where := range []string{"body.", "query.", "path.", "header."} {
		place = strings.TrimPrefix(place, where)
	}
	return place
}

// knownNames collects the names of all parameters and properties.
func knownNames(doc *huma.OpenAPI) map[string]bool {
	names := map[string]bool{}
	for _, schema := range doc.Components.Schemas.Map() {
		for name := range schema.Properties {
			names[name] = true
		}
	}
	for _, op := range operations(doc) {
		for _, p := range op.Parameters {
			names[p.Name] = true
		}
	}
	return names
}

// encode writes JSON as all answers are written. All types are ours, so it
// cannot fail except by a fault of ours.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return b.Bytes()
}
