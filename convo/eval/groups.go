package eval

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// Group is one source, with everything observed of it, and whether it belongs
// to the rare class. It is the shape that Sentinel's evaluation harness takes.
// Of Scores and Texts one is filled: what a detector has scored already, or
// what it has to score.
type Group struct {
	Name   string
	Label  int // 1 for the rare class, 0 otherwise
	Scores []float64
	Texts  []Text
}

// ReadGroups reads JSON lines
//
//	{"name": "…", "label": 0 or 1, "observations": […]}
//
// whose observations are either all numbers or all strings, and may be none.
// The names must differ. file is for messages only.
func ReadGroups(file string, r io.Reader, o ReadOptions) ([]Group, Skipped, error) {
	var groups []Group
	seen := map[string]int{}
	skipped, err := eachLine(file, r, o, func(line int, data []byte) error {
		g, err := parseGroup(data)
		if err != nil {
			return err
		}
		if first, ok := seen[g.Name]; ok {
			return wrongField("name", "the same as in line %d", first)
		}
		seen[g.Name] = line
		groups = append(groups, g)
		return nil
	})
	return groups, skipped, err
}

func parseGroup(data []byte) (Group, error) {
	var raw struct {
		Name         string             `json:"name"`
		Label        *int               `json:"label"`
		Observations *[]json.RawMessage `json:"observations"`
	}
	if err := decode(data, &raw); err != nil {
		return Group{}, err
	}
	switch {
	case raw.Name == "":
		return Group{}, wrongField("name", "missing or empty")
	case raw.Label == nil:
		return Group{}, wrongField("label", "missing")
	case *raw.Label != 0 && *raw.Label != 1:
		return Group{}, wrongField("label", "%d is neither 0 nor 1", *raw.Label)
	case raw.Observations == nil:
		return Group{}, wrongField("observations", "missing")
	}
	g := Group{Name: raw.Name, Label: *raw.Label}
	for i, o := range *raw.Observations {
		var score *float64
		var text *string
		switch {
		case json.Unmarshal(o, &score) == nil && score != nil:
			g.Scores = append(g.Scores, *score)
		case json.Unmarshal(o, &text) == nil && text != nil:
			g.Texts = append(g.Texts, NewText(*text))
		default:
			return Group{}, wrongField(fmt.Sprintf("observations[%d]", i), "neither a number nor a string")
		}
		if len(g.Scores) > 0 && len(g.Texts) > 0 {
			return Group{}, wrongField(fmt.Sprintf("observations[%d]", i), "numbers and strings are mixed")
		}
	}
	return g, nil
}

// WriteGroups writes groups with their scores as JSON lines. It refuses
// texts, which stay in the file they came from, and scores JSON cannot hold.
func WriteGroups(w io.Writer, groups []Group) error {
	enc := json.NewEncoder(w)
	for _, g := range groups {
		if len(g.Texts) > 0 {
			return fmt.Errorf("writing group %q: it holds texts, and only scores are written", g.Name)
		}
		for i, v := range g.Scores {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("writing group %q: score %d is %v", g.Name, i, v)
			}
		}
		line := struct {
			Name         string    `json:"name"`
			Label        int       `json:"label"`
			Observations []float64 `json:"observations"`
		}{g.Name, g.Label, append([]float64{}, g.Scores...)}
		if err := enc.Encode(line); err != nil {
			return fmt.Errorf("writing group %q: %w", g.Name, err)
		}
	}
	return nil
}
