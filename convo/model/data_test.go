package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo/eval"
)

// The two topics that the tests tell apart, both harmless.
var (
	cooking  = strings.Fields("onion garlic simmer oven flour dough recipe pepper saucepan boil bake butter bawang kukus wajan tepung")
	football = strings.Fields("goal striker keeper penalty corner offside league stadium referee dribble midfield kick gol kiper wasit lapangan")
	filler   = strings.Fields("the we then today maybe really good ok later my your it with after before that some more tomorrow and yang itu besok juga")
)

// talk makes labelled conversations: label 1 talks of cooking with the given
// chance per word, label 0 of football. Every pair of people talks twice.
func talk(seed uint64, conversations int, chance float64) []byte {
	rnd := rand.New(rand.NewPCG(seed, 7))
	var out bytes.Buffer
	for i := range conversations {
		pair, label := i/2, i/2%2
		topic := football
		if label == 1 {
			topic = cooking
		}
		type line struct {
			From string `json:"from"`
			Text string `json:"text"`
		}
		var messages []line
		for k := range 6 + rnd.IntN(10) {
			var words []string
			for range 4 + rnd.IntN(6) {
				from := filler
				if rnd.Float64() < chance {
					from = topic
				}
				words = append(words, from[rnd.IntN(len(from))])
			}
			messages = append(messages, line{fmt.Sprintf("p%d-%d", pair, k%2), strings.Join(words, " ")})
		}
		data, err := json.Marshal(map[string]any{"conversation": fmt.Sprint("c", i), "label": label, "messages": messages})
		if err != nil {
			panic(err)
		}
		out.Write(append(data, '\n'))
	}
	return out.Bytes()
}

func readSet(t testing.TB, data []byte) *Set {
	t.Helper()
	s, err := ReadSet("test.jsonl", bytes.NewReader(data), eval.ReadOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func trained(t testing.TB, data []byte, seed uint64) (*Model, *Report) {
	t.Helper()
	m, r, err := Train(t.Context(), readSet(t, data), Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return m, r
}

func written(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
