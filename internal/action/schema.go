package action

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schemaFile []byte

// Schema returns the JSON Schema (draft 2020-12) of what is sent, with the
// parameters of every kind of action and examples of them.
func Schema() []byte { return slices.Clone(schemaFile) }
