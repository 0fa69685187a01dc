package indicator

import (
	"encoding/json"
	"fmt"
	"slices"
)

// words names the bits that are set in a small set; names are in bit order.
func words(set uint, names []string) []string {
	out := []string{}
	for i, name := range names {
		if set&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

func marshalSet(set uint, names []string) ([]byte, error) {
	return json.Marshal(words(set, names))
}

func unmarshalSet(data []byte, names []string) (uint, error) {
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return 0, err
	}
	var set uint
	for _, w := range list {
		i := slices.Index(names, w)
		if i < 0 {
			return 0, fmt.Errorf("%q is none of %q", w, names)
		}
		set |= 1 << i
	}
	return set, nil
}
