package eval

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// maximum is an aggregator whose numbers are easy to see.
var maximum = Aggregator{"max_score", MaxScore}

func groupsOf(positives, negatives []float64) []Group {
	var groups []Group
	for i, v := range positives {
		groups = append(groups, Group{Name: fmt.Sprint("p", i), Label: 1, Scores: []float64{v}})
	}
	for i, v := range negatives {
		groups = append(groups, Group{Name: fmt.Sprint("n", i), Scores: []float64{v}})
	}
	return groups
}

func TestScoreGroups(t *testing.T) {
	r, err := ScoreGroups(groupsOf([]float64{.9, .5, .4}, []float64{.5, .2, .05}), maximum, GroupOptions{MinScore: .1})
	if err != nil {
		t.Fatal(err)
	}
	// By affinity: .9⁺ 1, .5⁺ and .5⁻ 2½ each, .4⁺ 4, .2⁻ 5, 0⁻ 6.
	if want := 7.5 / 9; math.Abs(r.AUC-want) > 1e-12 {
		t.Errorf("AUC %v, wanted %v", r.AUC, want)
	}
	if r.N != 3 || math.Abs(r.PrecisionAtN-2./3) > 1e-12 || math.Abs(r.RecallAtN-2./3) > 1e-12 {
		t.Errorf("at %d: precision %v, recall %v", r.N, r.PrecisionAtN, r.RecallAtN)
	}
	if want := 7.5 / 13.5; math.Abs(r.RankRatio-want) > 1e-12 {
		t.Errorf("rank ratio %v, wanted %v", r.RankRatio, want)
	}
	if r.Cut != .4 || r.Counts != (Counts{TP: 3, FP: 1, TN: 2}) || math.Abs(r.F1-6./7) > 1e-12 {
		t.Errorf("cut %v, %+v, F1 %v", r.Cut, r.Counts, r.F1)
	}
	if want := .6 - .7/3; math.Abs(r.MeanDifference-want) > 1e-12 {
		t.Errorf("mean difference %v, wanted %v", r.MeanDifference, want)
	}
	// Squares around the means: .09+.01+.04 and .29−3·(.7/3)².
	if want := (.6 - .7/3) / math.Sqrt((.14+.29-.49/3)/4); r.CohensD == nil || math.Abs(*r.CohensD-want) > 1e-12 {
		t.Errorf("Cohen's d %v, wanted %v", r.CohensD, want)
	}
	if want := 2. / 3; math.Abs(r.KS-want) > 1e-12 {
		t.Errorf("KS %v, wanted %v", r.KS, want)
	}
}

func TestScoreGroupsTakesTheLowestOfEqualCuts(t *testing.T) {
	// F1 is 2/3 both at .9 (1 of 2, nothing wrong) and at .2 (2 of 2, two wrong).
	r, err := ScoreGroups(groupsOf([]float64{.9, .2}, []float64{.5, .3, .1}), maximum, GroupOptions{})
	if err != nil || r.Cut != .2 || math.Abs(r.F1-2./3) > 1e-12 {
		t.Errorf("cut %v, F1 %v, %v", r.Cut, r.F1, err)
	}
	cut := .9
	r, err = ScoreGroups(groupsOf([]float64{.9, .2}, []float64{.5, .3, .1}), maximum, GroupOptions{Cut: &cut, N: 1})
	if err != nil || r.Counts != (Counts{TP: 1, FN: 1, TN: 3}) || r.PrecisionAtN != 1 || r.RecallAtN != .5 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestScoreGroupsOfEqualAffinities(t *testing.T) {
	same := make([]float64, 20)
	for i := range same {
		same[i] = .4
	}
	r, err := ScoreGroups(groupsOf(same, same), maximum, GroupOptions{})
	if err != nil || r.AUC != .5 || r.RankRatio != 1 || r.KS != 0 || r.CohensD != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestScoreGroupsRefusesWhatItCannotScore(t *testing.T) {
	if _, err := ScoreGroups(groupsOf([]float64{1}, nil), maximum, GroupOptions{}); !errors.Is(err, ErrOneClass) {
		t.Errorf("one class: %v", err)
	}
	texts := append(groupsOf([]float64{1}, []float64{0}), Group{Name: "unscored", Texts: []Text{NewText("hello")}})
	if _, err := ScoreGroups(texts, maximum, GroupOptions{}); err == nil || !strings.Contains(err.Error(), `"unscored"`) {
		t.Errorf("texts without scores: %v", err)
	}
	if _, err := ScoreGroups(groupsOf([]float64{math.NaN()}, []float64{0}), maximum, GroupOptions{}); err == nil {
		t.Error("a score that is no number: no error")
	}
}

const groupLines = `{"name":"a","label":1,"observations":[0,0.5,1e-3]}
{"name":"b","label":0,"observations":["good morning","see you"]}
{"name":"c","label":0,"observations":[]}
`

func TestReadGroups(t *testing.T) {
	groups, skipped, err := ReadGroups("g.jsonl", strings.NewReader("\ufeff"+groupLines+"\n  \n"), ReadOptions{Strict: true})
	if err != nil || skipped.Count != 0 || len(groups) != 3 {
		t.Fatalf("%v %+v %v", groups, skipped, err)
	}
	if len(groups[0].Scores) != 3 || groups[0].Label != 1 || len(groups[1].Texts) != 2 || groups[1].Texts[0].ForClassifier() != "good morning" {
		t.Errorf("%+v", groups)
	}
	var out bytes.Buffer
	if err := WriteGroups(&out, []Group{groups[0], groups[2]}); err != nil {
		t.Fatal(err)
	}
	if want := `{"name":"a","label":1,"observations":[0,0.5,0.001]}` + "\n" + `{"name":"c","label":0,"observations":[]}` + "\n"; out.String() != want {
		t.Errorf("written: %s", out.String())
	}
	if err := WriteGroups(&out, groups); err == nil {
		t.Error("texts were written")
	}
	if err := WriteGroups(&out, groupsOf([]float64{math.Inf(1)}, nil)); err == nil {
		t.Error("an infinite score was written")
	}
}

func TestReadGroupsNamesFileLineAndField(t *testing.T) {
	for line, want := range map[string]string{
		`{"label":1,"observations":[]}`:                            `g.jsonl:2: field "name": missing or empty`,
		`{"name":"x","observations":[]}`:                           `g.jsonl:2: field "label": missing`,
		`{"name":"x","label":2,"observations":[]}`:                 `g.jsonl:2: field "label": 2 is neither 0 nor 1`,
		`{"name":"x","label":"1","observations":[]}`:               `g.jsonl:2: field "label": wants int, has another type`,
		`{"name":"x","label":1}`:                                   `g.jsonl:2: field "observations": missing`,
		`{"name":"x","label":1,"observations":[1,"hello secret"]}`: `g.jsonl:2: field "observations[1]": numbers and strings are mixed`,
		`{"name":"x","label":1,"observations":[null]}`:             `g.jsonl:2: field "observations[0]": neither a number nor a string`,
		`{"name":"x","label":1,"observations":[1e999]}`:            `g.jsonl:2: field "observations[0]": neither a number nor a string`,
		`{"name":"first","label":1,"observations":[]}`:             `g.jsonl:2: field "name": the same as in line 1`,
		`{"name":`:  `g.jsonl:2: not JSON, at byte 8 of the line`,
		"{\"\xff\"": `g.jsonl:2: not valid UTF-8`,
		`[1]`:       `g.jsonl:2: field "": wants`,
	} {
		in := `{"name":"first","label":1,"observations":[]}` + "\n" + line + "\n" + `{"name":"last","label":0,"observations":[]}`
		groups, skipped, err := ReadGroups("g.jsonl", strings.NewReader(in), ReadOptions{})
		if err != nil || len(groups) != 2 || skipped.Count != 1 {
			t.Errorf("%s: %d groups, %+v, %v", line, len(groups), skipped, err)
			continue
		}
		want = strings.Replace(want, ` field "":`, "", 1)
		if got := skipped.First[0].Error(); !strings.HasPrefix(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", line, got, want)
		}
		var fault *LineError
		if _, _, err := ReadGroups("g.jsonl", strings.NewReader(in), ReadOptions{Strict: true}); !errors.As(err, &fault) || fault.Line != 2 {
			t.Errorf("%s, strict: %v", line, err)
		}
	}
}

func TestALineTooLongIsSkipped(t *testing.T) {
	in := strings.Repeat("x", maxLine+1) + "\n" + `{"name":"last","label":0,"observations":[]}`
	groups, skipped, err := ReadGroups("g", strings.NewReader(in), ReadOptions{})
	if err != nil || len(groups) != 1 || skipped.Count != 1 || skipped.First[0].Error() != "g:1: longer than 16777216 bytes" {
		t.Errorf("%v %+v %v", groups, skipped, err)
	}
}

func FuzzReadGroups(f *testing.F) {
	f.Add([]byte(groupLines))
	f.Add([]byte(`{"name":"a","label":1,"observations":[1,"x",null,{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		groups, skipped, err := ReadGroups("f", bytes.NewReader(data), ReadOptions{})
		if err != nil {
			t.Fatalf("reading cannot fail here: %v", err)
		}
		if lines := bytes.Count(data, []byte("\n")) + 1; len(groups)+skipped.Count > lines {
			t.Fatalf("%d groups and %d faults of %d lines", len(groups), skipped.Count, lines)
		}
		for i := range groups {
			groups[i].Texts = nil
		}
		var out bytes.Buffer
		if err := WriteGroups(&out, groups); err != nil {
			t.Fatal(err)
		}
		again, _, err := ReadGroups("f", &out, ReadOptions{Strict: true})
		if err != nil || len(again) != len(groups) {
			t.Fatalf("written and read: %d of %d groups, %v", len(again), len(groups), err)
		}
		_, _ = ScoreGroups(groups, SentinelAggregators()[0], GroupOptions{})
	})
}
