package jaga_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
)

func score(v float64) jaga.Score {
	return jaga.Score{Name: "shapes", Version: "1.2", Category: "known-material", Value: v}
}

// TestAClassifierAloneMakesNoFinding keeps the scores of outside classifiers
// from becoming findings by any way in.
func TestAClassifierAloneMakesNoFinding(t *testing.T) {
	t.Parallel()
	sure := score(1)
	alone := []jaga.Reason{{Classifier: &sure}, {Classifier: &sure}}
	if _, err := jaga.NewFinding(jaga.FormCSAM, jaga.BandObserve, alone, nil); !errors.Is(err, jaga.ErrOnlyClassifiers) || !errors.Is(err, jaga.ErrNoReason) {
		t.Errorf("scores alone made a finding: %v", err)
	}
	var f jaga.Finding
	text := `{"form":"csam","band":"urgent","because":[{"classifier":{"name":"a","version":"1","category":"b","score":1}}]}`
	if err := json.Unmarshal([]byte(text), &f); !errors.Is(err, jaga.ErrOnlyClassifiers) {
		t.Errorf("scores alone were decoded as a finding: %v", err)
	}
	f, err := jaga.NewFinding(jaga.FormCSAM, jaga.BandReview, append(reason(), alone...), alone)
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(f)
	if err != nil || !strings.Contains(string(out), `"classifier":{"name":"shapes","version":"1.2","category":"known-material","score":1}`) {
		t.Errorf("%s, %v", out, err)
	}
	var back jaga.Finding
	if err := json.Unmarshal(out, &back); err != nil || len(back.Because()) != 3 || *back.Against()[0].Classifier != sure {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func TestScores(t *testing.T) {
	t.Parallel()
	for _, v := range []float64{0, 0.5, 1} {
		if !score(v).Valid() {
			t.Errorf("%v is refused", v)
		}
	}
	for _, v := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		s := score(v)
		if s.Valid() {
			t.Errorf("%v is a score", v)
		}
		if _, err := jaga.NewFinding(jaga.FormCSAM, jaga.BandReview, append(reason(), jaga.Reason{Classifier: &s}), nil); err == nil {
			t.Errorf("a finding holds the score %v", v)
		}
	}
	for _, name := range []string{"", "two words", "<b>", strings.Repeat("a", 65), "é", "a\n"} {
		for _, s := range []jaga.Score{{Name: name, Version: "1", Category: "c"}, {Name: "n", Version: name, Category: "c"}, {Name: "n", Version: "1", Category: name}} {
			if s.Valid() {
				t.Errorf("%+v is valid", s)
			}
		}
	}
	both := reason()[0]
	s := score(0)
	both.Classifier = &s
	if _, err := jaga.NewFinding(jaga.FormCSAM, jaga.BandReview, []jaga.Reason{both}, nil); err == nil {
		t.Error("a reason with two parts was accepted")
	}
}
