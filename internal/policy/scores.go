package policy

import (
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/jaga-project/jaga"
)

// Scores are what plugins said of an item: by plugin and category, between 0 and
// 1. What is not in it is unknown, and not 0.
type Scores map[string]map[string]float64

func scoresOf(list []jaga.Score) Scores {
	out := Scores{}
	for _, s := range list {
		if out[s.Name] == nil {
			out[s.Name] = map[string]float64{}
		}
		out[s.Name][s.Category] = s.Value
	}
	return out
}

// scoreTable is a part of [Scores] as CEL sees it: typed as a map, but a key that
// is not there is unknown instead of an error, so that a rule about it is
// undecided. It has no size and no list of keys: rules name what they want.
type scoreTable struct {
	scores   Scores
	plugin   string // set for the scores of one plugin
	ofPlugin bool
}

var (
	_ ref.Val            = scoreTable{}
	_ traits.Indexer     = scoreTable{}
	_ traits.FieldTester = scoreTable{}
)

func (t scoreTable) find(index ref.Val) (ref.Val, bool) {
	key, isText := index.(types.String)
	if !isText {
		return types.NewErr("a score has a name"), true
	}
	if !t.ofPlugin {
		if _, ok := t.scores[string(key)]; !ok {
			return unknown("scores", string(key)), false
		}
		return scoreTable{t.scores, string(key), true}, true
	}
	value, ok := t.scores[t.plugin][string(key)]
	if !ok {
		return unknown("scores", t.plugin, string(key)), false
	}
	return types.Double(value), true
}

// Get returns the scores of a plugin, or one score.
func (t scoreTable) Get(index ref.Val) ref.Val {
	v, _ := t.find(index)
	return v
}

// IsSet answers has(): whether the score is known.
func (t scoreTable) IsSet(index ref.Val) ref.Val {
	_, ok := t.find(index)
	return types.Bool(ok)
}

func (t scoreTable) ConvertToNative(reflect.Type) (any, error) {
	return nil, fmt.Errorf("facts are not converted")
}

func (t scoreTable) ConvertToType(to ref.Type) ref.Val {
	if to == types.TypeType {
		return types.MapType
	}
	return types.NewErr("facts are not converted")
}

// Equal is refused, as for other objects of facts.
func (t scoreTable) Equal(ref.Val) ref.Val {
	return types.NewErr("objects are not compared; compare one fact")
}

func (t scoreTable) Type() ref.Type { return types.MapType }

func (t scoreTable) Value() any { return t }
