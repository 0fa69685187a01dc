package hma

import (
	"encoding/json"

	"github.com/jaga-project/jaga/internal/engine"
)

// pair reads the two hashes of a comparison.
func pair(t signalType, raw json.RawMessage) ([2]engine.Value, error) {
	var out [2]engine.Value
	var list []*string
	if json.Unmarshal(raw, &list) != nil || len(list) != 2 || list[0] == nil || list[1] == nil {
		return out, bad("%s must be a list of two hashes", t.name)
	}
	for i, text := range list {
		v, err := t.parse(*text)
		if err != nil {
			return out, err
		}
		out[i] = v
	}
	return out, nil
}
