package taxonomy

import (
	_ "embed" // the words are a file
	"encoding/json"
	"sync"
)

// Word is what screens say for a value, and what goes over the wire. The two
// are apart because schemas keep legacy wording that no screen shows.
type Word struct {
	EN string `json:"en"`
	ID string `json:"id"`
	// Wire is the exact text of the scale's own schema; empty where the
	// scale has no code for it that we know.
	Wire string `json:"wire,omitempty"`
}

// In returns the words in a language: "id" is Indonesian, all else English.
func (w Word) In(lang string) string {
	if lang == "id" {
		return w.ID
	}
	return w.EN
}

//go:embed words.json
var wordsFile []byte

var words = sync.OnceValue(func() map[string]Word {
	m := map[string]Word{}
	if err := json.Unmarshal(wordsFile, &m); err != nil {
		panic("taxonomy: the embedded words: " + err.Error()) // the tests read them first
	}
	return m
})

// FactWord is the name of a fact.
func FactWord(f Fact) Word { return words()["fact/"+string(f)] }

// ValueWord is the word for a value of a fact.
func ValueWord(f Fact, value string) Word { return words()["fact/"+string(f)+"/"+value] }

// ScaleWord is the name of a scale.
func ScaleWord(s Scale) Word { return words()["scale/"+string(s)] }

// ReasonWord says why a scale has no value.
func ReasonWord(reason string) Word { return words()["reason/"+reason] }

// Word is the word for what a scale says: its value, or the reason for none.
func (r Result) Word() Word {
	if r.Kind != KindValue {
		return ReasonWord(r.Reason)
	}
	return words()[string(r.Scale)+"/"+r.Value]
}

// Word is the word for an annotation.
func (m Mark) Word() Word { return words()["mark/"+string(m.Scale)+"/"+m.Name] }
