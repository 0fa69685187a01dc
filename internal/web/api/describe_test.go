package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga/internal/auth"
)

// watch checks every answer of a test against the OpenAPI document: the status
// is described, and the body is as its schema says.
func watch(t *testing.T, s *server) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		_, pattern := s.mux.Handler(r)
		s.ServeHTTP(rec, r)
		if path.Clean(r.URL.Path) != r.URL.Path {
			return // answered before it is routed
		}
		method, path, _ := strings.Cut(pattern, " ")
		op := operationAt(s.api.OpenAPI(), method, path)
		if op == nil || rec.status == 0 {
			return
		}
		for _, fault := range against(s, op, rec) {
			t.Errorf("%s: the answer is not as described: %s\n%d %s", pattern, fault, rec.status, rec.body.String())
		}
	})
}

type recorder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

func against(s *server, op *huma.Operation, rec *recorder) (faults []string) {
	resp := op.Responses[strconv.Itoa(rec.status)]
	if resp == nil {
		return []string{"the status is not described"}
	}
	kind, _, _ := mime.ParseMediaType(rec.Header().Get("Content-Type"))
	media := resp.Content[kind]
	if media == nil {
		if rec.body.Len() == 0 && len(resp.Content) == 0 {
			return nil
		}
		return []string{"the type " + kind + " is not described"}
	}
	if kind != "application/json" && kind != "application/problem+json" {
		return nil
	}
	var parsed any
	if err := json.Unmarshal(rec.body.Bytes(), &parsed); err != nil {
		return []string{err.Error()}
	}
	var res huma.ValidateResult
	place := huma.NewPathBuffer([]byte{}, 0)
	huma.Validate(s.api.OpenAPI().Components.Schemas, media.Schema, place, huma.ModeReadFromServer, parsed, &res)
	for _, err := range res.Errors {
		faults = append(faults, err.Error())
	}
	return faults
}

// Every operation is closed to those who have no name, and to keys without its
// scope.
func TestEveryOperationNeedsItsScope(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		all := operations(c.s.api.OpenAPI())
		if len(all) < 25 {
			t.Fatalf("%d operations", len(all))
		}
		secrets := map[auth.Scope]string{}
		for _, scope := range auth.Scopes() {
			// The key that has everything but the scope.
			rest := slices.DeleteFunc(auth.Scopes(), func(x auth.Scope) bool { return x == scope })
			_, secret, err := c.s.Auth.CreateKey(t.Context(), "system", "without "+string(scope), rest, timeNever)
			if err != nil {
				t.Fatal(err)
			}
			secrets[scope] = secret
		}
		full := c.key
		for _, op := range all {
			path := strings.NewReplacer("{name}", "A", "{id}", "999").Replace(op.Path)
			scope := scopeOf(op.Operation)
			if !slices.Contains(auth.Scopes(), scope) || len(op.Security) != 2 {
				t.Errorf("%s %s declares the scope %q and %v", op.Method, op.Path, scope, op.Security)
			}
			for _, key := range []string{"", "jaga_CANARY", strings.ToUpper(full)} {
				c.key = key
				a := c.call(op.Method, path, "")
				c.refused(a, 401, "denied", "")
				if a.header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s %s: no WWW-Authenticate", op.Method, op.Path)
				}
			}
			c.key = secrets[scope]
			a := c.call(op.Method, path, "")
			c.refused(a, 403, "denied", "")
			if !strings.Contains(a.body, string(scope)) {
				t.Errorf("%s %s does not name the scope: %s", op.Method, op.Path, a.body)
			}
			c.key = full
			if a := c.call(op.Method, path, ""); a.status == 401 || a.status == 403 {
				t.Errorf("%s %s with all scopes: %d", op.Method, op.Path, a.status)
			}
		}
	})
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		for _, path := range []string{"/v1", "/v1/", "/v1/CANARY", "/v1/banks/", "/v1/banks/A/CANARY", "/v2/items", "/v1//items", "/v1/items/../banks", "/v1/./items"} {
			c.refused(c.call("GET", path, ""), 404, "not_found", "")
		}
		a := c.call("PUT", "/v1/items", "")
		c.refused(a, 405, "invalid", "")
		if allow := a.header.Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "POST") {
			t.Errorf("Allow %q", allow)
		}
		for accept, status := range map[string]int{"": 200, "*/*": 200, "application/json": 200, "application/*": 200, "text/html, application/json;q=0.5": 200,
			"text/html": 406, "application/json;q=0": 406, "CANARY": 406, "text/*, image/png": 406} {
			if a := c.do("GET", "/v1/banks", nil, "Accept", accept); a.status != status {
				t.Errorf("Accept %q: %d, want %d", accept, a.status, status)
			}
		}
		if a := c.do("HEAD", "/v1/banks", nil); a.status != 200 || a.body != "" {
			t.Errorf("HEAD: %d %q", a.status, a.body)
		}
		for path, owns := range map[string]bool{"/v1": true, "/v1/items": true, "/openapi.json": true, "/openapi.yaml": true, "/docs": true, "/docs/api.css": true,
			"/": false, "/v1x": false, "/docsx": false, "/openapi": false, "/c/banks": false} {
			if Owns(path) != owns {
				t.Errorf("Owns(%q) = %v", path, !owns)
			}
		}
	})
}

// TestDescription checks the document by the rules of OpenAPI 3.1 that matter
// to programs that read it.
func TestDescription(t *testing.T) {
	t.Parallel()
	s := undatabased(t)
	data, err := s.api.OpenAPI().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if v, _ := doc["openapi"].(string); !strings.HasPrefix(v, "3.1.") {
		t.Errorf("openapi is %v", doc["openapi"])
	}
	components := doc["components"].(map[string]any)
	schemas := components["schemas"].(map[string]any)
	used := map[string]bool{}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				name := strings.TrimPrefix(ref, "#/components/schemas/")
				if _, there := schemas[name]; !there {
					t.Errorf("%s refers to %s, which is not there", at, ref)
				}
				used[name] = true
			}
			if props, ok := v["properties"].(map[string]any); ok {
				required, _ := v["required"].([]any)
				for _, r := range required {
					if _, there := props[r.(string)]; !there {
						t.Errorf("%s requires %s, which it does not have", at, r)
					}
				}
				for name, p := range props {
					if d, _ := p.(map[string]any)["description"].(string); d == "" {
						t.Errorf("%s.%s is not described", at, name)
					}
				}
			}
			for k, x := range v {
				walk(at+"/"+k, x)
			}
		case []any:
			for i, x := range v {
				walk(fmt.Sprint(at, "/", i), x)
			}
		}
	}
	walk("", doc)
	for name := range schemas {
		if !used[name] && name != "ImportLine" {
			t.Errorf("the schema %s is not used", name)
		}
		if strings.HasPrefix(name, "Described") || strings.Contains(name, "Error") {
			t.Errorf("the schema %s has a name for us and not for readers", name)
		}
	}
	tags := map[string]bool{}
	for _, x := range doc["tags"].([]any) {
		tags[x.(map[string]any)["name"].(string)] = true
	}
	ids := map[string]bool{}
	for _, op := range operations(s.api.OpenAPI()) {
		at := op.Method + " " + op.Path
		if op.OperationID == "" || ids[op.OperationID] || op.Summary == "" || len(op.Description) < 15 || len(op.Tags) != 1 || !tags[op.Tags[0]] {
			t.Errorf("%s is not described well: %q %q %q %v", at, op.OperationID, op.Summary, op.Description, op.Tags)
		}
		ids[op.OperationID] = true
		for _, status := range []string{"401", "403", "406", "500"} {
			if op.Responses[status] == nil {
				t.Errorf("%s does not describe %s", at, status)
			}
		}
		if len(produced(op.Operation)) == 0 && op.Responses["204"] == nil && op.Responses["101"] == nil {
			t.Errorf("%s has no answer", at)
		}
		for name := range strings.SplitSeq(op.Path, "{") {
			if name, _, in := strings.Cut(name, "}"); in && !slices.ContainsFunc(op.Parameters, func(p *huma.Param) bool { return p.Name == name && p.In == "path" && p.Required }) {
				t.Errorf("%s does not describe {%s}", at, name)
			}
		}
		for _, p := range op.Parameters {
			if p.Description == "" {
				t.Errorf("%s does not say what %s is", at, p.Name)
			}
		}
		for way := range slices.Values(op.Security) {
			for name := range way {
				if _, there := components["securitySchemes"].(map[string]any)[name]; !there {
					t.Errorf("%s: there is no security scheme %s", at, name)
				}
			}
		}
	}
}

func TestDescriptionIsServed(t *testing.T) {
	t.Parallel()
	s := undatabased(t)
	for path, begin := range map[string]string{"/openapi.json": `{"components":`, "/openapi.yaml": "components:"} {
		a := ask(s, "GET", path)
		if a.status != 200 || !strings.HasPrefix(a.body, begin) || strings.Contains(a.body, "unpkg") {
			t.Errorf("%s: %d %.80s", path, a.status, a.body)
		}
	}
}
