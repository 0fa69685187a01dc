package indicator

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	type catalogue struct {
		Indicators   []Indicator
		Modifiers    []Modifier
		Combinations []Combination
		Sources      []Reference
	}
	want := catalogue{All(), Modifiers(), Combinations(), Sources()}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got catalogue
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("the catalogue changes on its way through JSON")
	}
}

func TestJSONForm(t *testing.T) {
	t.Parallel()
	e, _ := Get("L-03")
	data, err := json.Marshal(struct {
		C Channel
		N Capability
		S Strength
	}{e.Channels, e.Needs, e.Alone})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"C":["text","payment"],"N":["payment","classifier"],"S":"strong"}`
	if string(data) != want {
		t.Errorf("got %s, want %s", data, want)
	}
	if _, err := json.Marshal(Strength(0)); err == nil {
		t.Error("no strength was written as one")
	}
}

// FuzzJSON reads hostile sets and strengths; what is accepted reads back as
// the same.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`["text","payment"]`, `["graph"]`, `["nothing"]`, `[]`, `null`, `"strong"`, `"x"`, `[1]`, `{`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		again[Channel](t, data)
		again[Capability](t, data)
		var s Strength
		if json.Unmarshal(data, &s) == nil && s != 0 {
			again[Strength](t, data)
		}
	})
}

func again[T comparable](t *testing.T, data []byte) {
	t.Helper()
	var first, second T
	if json.Unmarshal(data, &first) != nil {
		return
	}
	out, err := json.Marshal(first)
	if err != nil {
		t.Fatalf("%s was read and cannot be written: %v", data, err)
	}
	if err := json.Unmarshal(out, &second); err != nil || first != second {
		t.Fatalf("%s became %v, then %v (%v)", data, first, second, err)
	}
}
