package api

import (
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// The groups of operations, in the order in which people read them.
const (
	tagItems   = "Items"
	tagMatches = "Matches"
	tagTalk    = "Conversations"
	tagLive    = "Streams"
	tagReports = "Reports"
	tagCases   = "Cases"
	tagBanks   = "Banks"
	tagEntries = "Entries"
	tagLists   = "Lists"
	tagHooks   = "Webhooks"
	tagRules   = "Rules"
	tagStatus  = "Status"
	tagKeys    = "Keys"
)

// description is the OpenAPI document before the operations.
func (s *server) description() *huma.OpenAPI {
	version := s.Version
	if version == "" {
		version = "0"
	}
	doc := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Jaga", Version: version,
			Description: "Jaga finds known child sexual abuse material by its hashes. Send a picture or its hashes, and read what was found, what was checked, and what was not.\n\n" +
				"**Unknown is never clear.** An outcome is `findings`, `not_checked` or `clear`. Clear means that everything required was checked and nothing was found in it; it does not mean harmless.\n\n" +
				"Send an API key as `Authorization: Bearer jaga_…`. Errors are problem documents (RFC 9457); they never repeat what was sent. Times are in RFC 3339, hashes in hexadecimal digits.",
			License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
		},
		Tags: []*huma.Tag{
			{Name: tagItems, Description: "What was handed in to be checked, and what came of it."},
			{Name: tagMatches, Description: "Compare without storing anything."},
			{Name: tagTalk, Description: "Messages of conversations, and what was found in them."},
			{Name: tagLive, Description: "Streams that are watched while they happen: picture, chat and money together."},
			{Name: tagReports, Description: "What users of a platform report, how far it is, and their appeals."},
			{Name: tagCases, Description: "What people work on, without a word of what anybody said."},
			{Name: tagBanks, Description: "Collections of entries to compare with."},
			{Name: tagEntries, Description: "What banks hold: the hashes of one file each, and what people said of them."},
			{Name: tagLists, Description: "Whole lists of hashes, in and out, of any size."},
			{Name: tagHooks, Description: "Servers that are told of what happens, and what they did."},
			{Name: tagRules, Description: "What should happen to findings."},
			{Name: tagStatus, Description: "How the installation is."},
			{Name: tagKeys, Description: "Who may use this interface."},
		},
		Components: &huma.Components{
			Schemas: registry(),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				keyScheme:     {Type: "http", Scheme: "bearer", BearerFormat: "jaga_…", Description: "An API key. Each operation names the scope that the key must have."},
				sessionScheme: {Type: "apiKey", In: "cookie", Name: "jaga_session", Description: "The session of a person who is signed in to the console; they have all scopes. Over https the cookie is called __Host-jaga_session."},
			},
		},
	}
	if s.PublicURL != "" {
		doc.Servers = []*huma.Server{{URL: s.PublicURL}}
	} else {
		doc.Servers = []*huma.Server{{URL: "/"}}
	}
	return doc
}

// errorResponses describes the errors of an operation: its own, and those that
// every operation has.
func errorResponses(r huma.Registry, op huma.Operation) map[string]*huma.Response {
	problem := schemaOf[huma.ErrorModel](r)
	out := map[string]*huma.Response{}
	for _, status := range append([]int{401, 403, 406, 422, 500}, op.Errors...) {
		out[strconv.Itoa(status)] = &huma.Response{Description: meaning(status),
			Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}}
	}
	if op.Method != http.MethodGet && op.Method != http.MethodDelete {
		for _, status := range []int{400, 413, 415} {
			out[strconv.Itoa(status)] = &huma.Response{Description: meaning(status),
				Content: map[string]*huma.MediaType{"application/problem+json": {Schema: problem}}}
		}
	}
	return out
}

func meaning(status int) string {
	switch status {
	case 400:
		return "The body is damaged or incomplete."
	case 401:
		return "Nobody is signed in, and no valid key was sent."
	case 403:
		return "The key lacks the scope."
	case 404:
		return "There is no such thing."
	case 406:
		return "The answer is not in any of the types of the header Accept."
	case 409:
		return "It exists already."
	case 413:
		return "The body, or the file in it, is larger than the server takes."
	case 415:
		return "The body is not in a type that is taken here."
	case 422:
		return "A field or parameter is wrong; the problem names it."
	case 500:
		return "A fault of the server; its log has more under the problem's id."
	case 503:
		return "Something needed is not there, or too much is going on; try again."
	}
	return http.StatusText(status)
}

type content struct {
	kind  string
	media *huma.MediaType
}

func body(parts ...content) *huma.RequestBody {
	b := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, p := range parts {
		b.Content[p.kind] = p.media
	}
	return b
}

func jsonContent(schema *huma.Schema, example any) content {
	return content{"application/json", &huma.MediaType{Schema: schema, Example: example}}
}

// formContent describes a form with text fields and a file.
func formContent(file, note string, fields ...string) content {
	schema := &huma.Schema{Type: huma.TypeObject, Description: note, Required: []string{"file"}, Properties: map[string]*huma.Schema{
		"file": {Type: huma.TypeString, Format: "binary", Description: file},
	}}
	for _, f := range fields {
		schema.Properties[f] = &huma.Schema{Type: huma.TypeString, Description: fieldMeaning(f)}
	}
	return content{"multipart/form-data", &huma.MediaType{Schema: schema}}
}

func fieldMeaning(name string) string {
	switch name {
	case "ref":
		return "The platform's own reference; it is returned unchanged."
	case "id":
		return "The platform's own name of the file; sent again under it, the file is kept once."
	case "case":
		return "The number of the case that it is for."
	case "account":
		return "In place of a case: a pseudonymous account identifier, for the newest case about it that is not closed."
	case "origin":
		return "Where the file was, such as the platform's number of the post. It is sealed."
	case "name":
		return "The file's name, as it was. It is sealed."
	case "media_type":
		return "What the file is said to be. It is sealed, and nothing relies on it."
	case "acquired_at":
		return "When the file was taken, by the sender's clock, such as 2026-11-01T09:00:00Z; without it, now."
	case "author":
		return "A pseudonymous account identifier, never a name."
	case "audience":
		return "How many could see it: private, group, public, live, or what the platform says."
	case "note":
		return "What people should know about it."
	case "metadata":
		return "What a program keeps with it: a JSON object."
	case "source":
		return "Where it is from."
	case "licence":
		return "The terms under which it may be used."
	case "expires_at":
		return "When it stops matching, such as 2030-01-01T00:00:00Z."
	}
	return ""
}

func answer(text string, schema *huma.Schema) *huma.Response {
	return &huma.Response{Description: text, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

func withHeader(r *huma.Response, name, text string) *huma.Response {
	r.Headers = map[string]*huma.Param{name: {Description: text, Schema: &huma.Schema{Type: huma.TypeString}}}
	return r
}

// described is an operation with its address.
type described struct {
	Method, Path string
	*huma.Operation
}

// operations lists all operations by path and method.
func operations(doc *huma.OpenAPI) (out []described) {
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		item := doc.Paths[path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				out = append(out, described{op.Method, path, op})
			}
		}
	}
	return out
}

func operationAt(doc *huma.OpenAPI, method, path string) *huma.Operation {
	for _, op := range operations(doc) {
		if op.Method == method && op.Path == path {
			return op.Operation
		}
	}
	return nil
}

// serveDescription writes the OpenAPI document once and serves it. It needs no
// key: it holds nothing of the installation but its version.
func (s *server) serveDescription() error {
	data, err := s.api.OpenAPI().MarshalJSON()
	if err != nil {
		return err
	}
	yaml, err := s.api.OpenAPI().YAML()
	if err != nil {
		return err
	}
	serve := func(path, kind string, data []byte) {
		s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(data)
		})
	}
	serve("/openapi.json", "application/json", data)
	serve("/openapi.yaml", "application/yaml", yaml)
	return nil
}
