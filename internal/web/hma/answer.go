package hma

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
)

// refusal is an error with the status it is answered with. Its text must not
// hold anything that was sent.
type refusal struct {
	status int
	text   string
}

func (e *refusal) Error() string { return e.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

func bad(format string, args ...any) error { return refuse(http.StatusBadRequest, format, args...) }

// errInternal begins as Flask's sentence does, which scripts look for.
var errInternal = &refusal{http.StatusInternalServerError, "The server encountered an internal error and could not answer the request."}

// malformed says which declared parameters are missing or of a wrong type;
// it is answered with 422 and an array.
type malformed []flaw

// flaw is one of them. Input and URL are there because HMA has them; what was
// sent is not repeated.
type flaw struct {
	Input any      `json:"input"`
	Loc   []string `json:"loc"`
	Msg   string   `json:"msg"`
	Type  string   `json:"type"`
	URL   string   `json:"url"`
}

func (e malformed) Error() string { return "malformed parameters" }

func (e *malformed) add(kind, name, msg string) {
	*e = append(*e, flaw{Type: kind, Loc: []string{name}, Msg: msg, URL: "about:blank"})
}

func (e *malformed) missing(name string) { e.add("missing", name, "Field required") }

// err is e as an error, nil when there are no flaws.
func (e malformed) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// fail answers an error.
func (s *server) fail(w http.ResponseWriter, r *http.Request, rt route, err error) {
	var flaws malformed
	if errors.As(err, &flaws) {
		send(w, http.StatusUnprocessableEntity, flaws)
		return
	}
	status, msg := describe(err)
	if status == http.StatusInternalServerError && r.Context().Err() == nil {
		s.Log.Error("hma", "path", rt.template, "error", err)
	}
	s.sendError(w, r, rt, status, msg)
}

// sendError answers with a message. A client takes any JSON object from GET
// /m/lookup for bank names, whatever the status, and so "could not look" for
// "no match": there it gets text.
func (s *server) sendError(w http.ResponseWriter, r *http.Request, rt route, status int, msg string) {
	if rt.path == "/m/lookup" && (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		(status >= 500 || status == http.StatusUnauthorized || status == http.StatusForbidden) {
		text(w, status, "text/plain; charset=utf-8", msg)
		return
	}
	if strings.HasPrefix(rt.path, "/ui") {
		pageWith(w, status, msg)
		return
	}
	send(w, status, map[string]string{"message": msg})
}

// deny answers a caller who may not do it.
func (s *server) deny(w http.ResponseWriter, r *http.Request, rt route, err error) {
	if jaga.CodeOf(err) != jaga.CodeDenied {
		s.fail(w, r, rt, err)
		return
	}
	status := http.StatusForbidden
	if r.Header.Get("Authorization") == "" {
		status = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	text(w, status, "text/plain; charset=utf-8", err.Error())
}

// describe gives the status and the message of an error.
func describe(err error) (int, string) {
	var own *refusal
	var known *jaga.Error
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &own):
		return own.status, own.text
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, "Content too large"
	case errors.Is(err, engine.ErrNotLoaded):
		return http.StatusServiceUnavailable, "the index is not loaded yet; try again in a moment"
	case errors.As(err, &known):
		status, found := map[jaga.Code]int{
			jaga.CodeInvalid: http.StatusBadRequest, jaga.CodeNotFound: http.StatusNotFound,
			jaga.CodeConflict: http.StatusForbidden, jaga.CodeDenied: http.StatusForbidden,
			jaga.CodeUnavailable: http.StatusServiceUnavailable, jaga.CodeBusy: http.StatusServiceUnavailable,
		}[known.Code]
		if found {
			return status, known.Error()
		}
	}
	return errInternal.status, errInternal.text
}

// ratio is written with a decimal point, as Python writes a float.
type ratio float64

func (f ratio) MarshalJSON() ([]byte, error) {
	out := strconv.FormatFloat(float64(f), 'g', -1, 64)
	if !strings.ContainsAny(out, ".eN") {
		out += ".0"
	}
	return []byte(out), nil
}

func ok(w http.ResponseWriter, v any) error {
	send(w, http.StatusOK, v)
	return nil
}

// send writes JSON. The keys of every value that is sent are sorted, as HMA's
// are.
func send(w http.ResponseWriter, status int, v any) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(fmt.Errorf("encode an answer: %w", err)) // all types are ours
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(buf.Bytes())
}

func text(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// page answers what no route does. It is not JSON, so that a client does not
// take a wrong address for a missing bank.
func page(w http.ResponseWriter, status int) { pageWith(w, status, "") }

// pageWith is page with a sentence of ours.
func pageWith(w http.ResponseWriter, status int, msg string) {
	t := http.StatusText(status)
	if msg != "" {
		msg = "<p>" + html.EscapeString(msg) + "</p>\n"
	}
	text(w, status, "text/html; charset=utf-8", "<!doctype html>\n<html lang=en>\n<title>"+strconv.Itoa(status)+" "+t+"</title>\n<h1>"+t+"</h1>\n"+msg)
}
