package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

// keyScheme and sessionScheme name the two ways to say who asks.
const (
	keyScheme     = "key"
	sessionScheme = "session"
)

// needs is the security of an operation: a key with the scope, or somebody who
// is signed in. It is the one place where an operation's scope is written.
func needs(scope auth.Scope) []map[string][]string {
	return []map[string][]string{{keyScheme: {string(scope)}}, {sessionScheme: {}}}
}

// scopeOf returns the scope that an operation needs.
func scopeOf(op *huma.Operation) auth.Scope {
	for _, way := range op.Security {
		if list := way[keyScheme]; len(list) == 1 {
			return auth.Scope(list[0])
		}
	}
	return ""
}

// bodyTime is how long a JSON body may take to arrive, and a stream may stand
// still.
const bodyTime = 30 * time.Second

// add registers an operation. op has method, path, ID, tag, texts, security
// and the statuses of errors that are its own.
func add[I, O any](s *server, op huma.Operation, fn func(ctx context.Context, in *I) (*O, error)) {
	s.order = append(s.order, op.OperationID)
	op.BodyReadTimeout, op.MaxBodyBytes = -1, -1 // admit has read the body
	op.Responses = errorResponses(s.api.OpenAPI().Components.Schemas, op)
	op.Errors = nil
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		if !textual(reflect.ValueOf(in)) {
			return nil, s.problem.of(ctx, notText())
		}
		out, err := fn(ctx, in)
		if err != nil {
			return nil, s.problem.of(ctx, err)
		}
		return out, nil
	})
}

// call is the request under way, for operations that read the body or write
// the answer themselves.
type call struct {
	w http.ResponseWriter
	r *http.Request
}

type callKey struct{}

func callOf(ctx context.Context) call { return ctx.Value(callKey{}).(call) }

// actor names who asks in records.
func actor(ctx context.Context) string {
	who, _ := auth.From(ctx)
	return who.Actor
}

// framework sets huma up: JSON only, strict, and without its own pages.
func (s *server) framework() huma.API {
	format := huma.Format{
		Marshal: func(w io.Writer, v any) error {
			// A writer that fails is a client that has gone.
			_, _ = w.Write(encode(v))
			return nil
		},
		Unmarshal: unmarshal,
	}
	cfg := huma.Config{OpenAPI: s.description(), Formats: map[string]huma.Format{"application/json": format, "application/problem+json": format},
		DefaultFormat: "application/json", RejectUnknownQueryParameters: true,
		Transformers: []huma.Transformer{s.problem.transform}}
	api := humago.New(s.mux, cfg)
	api.UseMiddleware(s.admit)
	return api
}

// admit lets a request through to an operation if whoever asks may use it, and
// if the types of body and answer are ones it has.
func (s *server) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	op := ctx.Operation()
	if err := auth.Need(r.Context(), scopeOf(op)); err != nil {
		p := s.problem.of(r.Context(), err)
		if _, known := auth.From(r.Context()); !known {
			p.Status = http.StatusUnauthorized
		}
		s.problem.write(w, r, p)
		return
	}
	if types := produced(op); !acceptable(r.Header.Values("Accept"), types) {
		s.problem.write(w, r, &Problem{Status: http.StatusNotAcceptable, Code: jaga.CodeInvalid, Field: "Accept",
			Detail: "the answer is not in any of the types that are asked for", Hint: "this address answers with " + strings.Join(types, ", ")})
		return
	}
	if op.RequestBody != nil {
		if types := slices.Sorted(maps.Keys(op.RequestBody.Content)); !sentAs(r, types) {
			s.problem.write(w, r, &Problem{Status: http.StatusUnsupportedMediaType, Code: jaga.CodeInvalid, Field: "Content-Type",
				Detail: "the body is not in a type that this address takes", Hint: "it takes " + strings.Join(types, ", ")})
			return
		}
		if _, whole := op.RequestBody.Content["application/json"]; whole && len(op.RequestBody.Content) == 1 {
			if err := readWhole(w, r); err != nil {
				s.problem.write(w, r, s.problem.of(r.Context(), err))
				return
			}
		}
	}
	next(huma.WithContext(ctx, context.WithValue(r.Context(), callKey{}, call{w, r})))
}

// readWhole puts a JSON body into memory, within its limits.
func readWhole(w http.ResponseWriter, r *http.Request) error {
	data, err := readJSON(w, r)
	r.Body = io.NopCloser(bytes.NewReader(data))
	return err
}

func readJSON(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	deadline := http.NewResponseController(w)
	_ = deadline.SetReadDeadline(time.Now().Add(bodyTime)) // not every writer has one
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxJSON))
	_ = deadline.SetReadDeadline(time.Time{})
	return data, bodyError(err)
}

// bodyError keeps the errors of limits; the others are the client's.
func bodyError(err error) error {
	var large *http.MaxBytesError
	var slow net.Error
	if err == nil || errors.As(err, &large) || errors.As(err, &slow) && slow.Timeout() {
		return err
	}
	return &Problem{Status: http.StatusBadRequest, Code: jaga.CodeInvalid, Field: "body", Detail: "it could not be read to its end"}
}

// produced lists the types of a successful answer.
func produced(op *huma.Operation) (types []string) {
	for status, resp := range op.Responses {
		if strings.HasPrefix(status, "2") {
			for t := range resp.Content {
				if !slices.Contains(types, t) {
					types = append(types, t)
				}
			}
		}
	}
	slices.Sort(types)
	return types
}

// acceptable reports whether one of the types is asked for. Without the header
// everything is.
func acceptable(headers, types []string) bool {
	asked := strings.Join(headers, ",")
	if strings.TrimSpace(asked) == "" || len(types) == 0 {
		return true
	}
	for part := range strings.SplitSeq(asked, ",") {
		kind, params, err := mime.ParseMediaType(part)
		if err != nil || params["q"] == "0" {
			continue
		}
		for _, t := range types {
			family, _, _ := strings.Cut(t, "/")
			if kind == t || kind == "*/*" || kind == family+"/*" {
				return true
			}
		}
	}
	return false
}

// anything is the body type of a list, whose form is found out by reading it.
const anything = "application/octet-stream"

func sentAs(r *http.Request, types []string) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if slices.Contains(types, anything) {
		return err != nil && r.Header.Get("Content-Type") == "" || err == nil && !strings.HasPrefix(kind, "multipart/")
	}
	return err == nil && slices.Contains(types, kind)
}

const maxDepth = 32

var errTooDeep = errors.New("too many levels")

// unmarshal is json.Unmarshal for bodies with few levels.
func unmarshal(data []byte, v any) error {
	depth, text := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return errTooDeep
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return json.Unmarshal(data, v)
}

func notText() error {
	return &jaga.Error{Code: jaga.CodeInvalid, Msg: "a text holds bytes that no text has", Hint: "send UTF-8 without zero bytes"}
}

// textual reports whether all texts of an input can be stored: databases take
// neither zero bytes nor broken UTF-8.
func textual(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return utf8.ValidString(v.String()) && !strings.ContainsRune(v.String(), 0)
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || textual(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && !textual(v.Field(i)) {
				return false
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return true
		}
		for i := range v.Len() {
			if !textual(v.Index(i)) {
				return false
			}
		}
	}
	return true
}
