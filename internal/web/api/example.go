package api

import (
	"maps"
	"slices"

	"github.com/danielgtaylor/huma/v2"
)

// exampleHash is the hash of no picture.
const exampleHash = "00254a6f94b9de03284d7297bce1062b50759abfe4092e53789dc2e70c31567b"

// exampleSignals are hashes of no picture.
func exampleSignals() []any {
	return []any{map[string]any{"type": "pdq", "value": exampleHash}, map[string]any{"type": "md5", "value": exampleHash[:32]}}
}

// giveExamples puts an example beside every JSON body and answer that has none.
func giveExamples(doc *huma.OpenAPI) {
	for _, op := range operations(doc) {
		if op.RequestBody != nil {
			give(doc, op.RequestBody.Content["application/json"])
		}
		for _, r := range op.Responses {
			give(doc, r.Content["application/json"])
		}
	}
}

func give(doc *huma.OpenAPI, m *huma.MediaType) {
	if m != nil && m.Example == nil {
		m.Example = exampleOf(doc.Components.Schemas, m.Schema, 0)
	}
}

// exampleOf makes an example of a schema: what it has to hold, and what the
// schema gives an example of.
func exampleOf(r huma.Registry, s *huma.Schema, depth int) any {
	if len(s.Examples) > 0 {
		return s.Examples[0]
	}
	if s.Ref != "" {
		return exampleOf(r, r.SchemaFromRef(s.Ref), depth+1)
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	switch s.Type {
	case huma.TypeObject:
		out := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			p := s.Properties[name]
			if depth < 24 && (slices.Contains(s.Required, name) || len(p.Examples) > 0) {
				out[name] = exampleOf(r, p, depth+1)
			}
		}
		return out
	case huma.TypeArray:
		return []any{exampleOf(r, s.Items, depth+1)}
	case huma.TypeInteger:
		if s.Minimum != nil {
			return int(*s.Minimum)
		}
		return 1
	case huma.TypeNumber:
		return 1.0
	case huma.TypeBoolean:
		return true
	}
	if s.Format == "date-time" {
		return "2026-01-31T12:00:00Z"
	}
	return "text"
}
