package hma

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxJSON bounds a JSON body: the longest that makes sense is metadata of
// 64 KiB with a few hashes.
const maxJSON = 1 << 20

// isJSON reports whether the request says that its body is JSON.
func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json"))
}

// readJSON reads a JSON body for the endpoints that read it themselves.
func readJSON(w http.ResponseWriter, r *http.Request) (json.RawMessage, error) {
	if !isJSON(r) {
		return nil, refuse(http.StatusUnsupportedMediaType, "the body must be JSON, with Content-Type: application/json")
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxJSON))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, err
	case err != nil:
		return nil, bad("the body could not be read to its end")
	case !json.Valid(data):
		return nil, bad("the body is not valid JSON")
	}
	return data, nil
}

// readObject is readJSON for a JSON object.
func readObject(w http.ResponseWriter, r *http.Request) (map[string]json.RawMessage, error) {
	data, err := readJSON(w, r)
	if err != nil {
		return nil, err
	}
	fields, ok := jsonObject(data)
	if !ok {
		return nil, bad("the body must be a JSON object")
	}
	return fields, nil
}

// readDeclared is readObject for the endpoints with a declared body, where
// everything that is wrong with it is answered with 422.
func readDeclared(w http.ResponseWriter, r *http.Request) (map[string]json.RawMessage, error) {
	fields, err := readObject(w, r)
	var own *refusal
	if errors.As(err, &own) {
		var flaws malformed
		flaws.add("model_type", "body", "Input should be a JSON object")
		return nil, flaws
	}
	return fields, err
}
