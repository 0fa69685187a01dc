package eval

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// ItemReport is a result of [ScoreItems].
type ItemReport struct {
	Items    int `json:"items"`
	Answered int `json:"answered"`
	// NotAnswered are the items that no answer names. They are in no rate:
	// neither found nor rightly left alone.
	NotAnswered int `json:"not_answered"`
	// Foreign are the answers that name no item.
	Foreign int `json:"foreign"`
	// Unjudged are the indicators in answers of which their item says
	// nothing, neither that they are there nor that they are not.
	Unjudged  int              `json:"unjudged"`
	Languages []LanguageReport `json:"languages"`
}

// LanguageReport is the report of one language.
type LanguageReport struct {
	Lang       string            `json:"lang"`
	Total      IndicatorReport   `json:"total"` // over all indicators
	Indicators []IndicatorReport `json:"indicators"`
}

// IndicatorReport is the report of one indicator. Its intervals are 95 %
// Clopper–Pearson; they take items for independent, which items of one family
// are only in part, so the number of families stands beside them.
type IndicatorReport struct {
	Indicator string `json:"indicator,omitempty"`
	// Recall is over the answered items that expect the indicator.
	Recall           Rate `json:"recall"`
	PositiveFamilies int  `json:"positive_families"`
	// FalseHits is over the answered items that expect it not.
	FalseHits         Rate `json:"false_hits"`
	LookalikeFamilies int  `json:"lookalike_families"`
	// NotAnswered are the expectations of items without an answer.
	NotAnswered int `json:"not_answered"`
}

// tally collects the counts of one indicator.
type tally struct {
	hits, positives, falseHits, lookalikes, notAnswered int
	positiveFamilies, lookalikeFamilies                 Set[string]
}

func newTally() *tally {
	return &tally{positiveFamilies: Set[string]{}, lookalikeFamilies: Set[string]{}}
}

func (t *tally) expected(family string, found bool) {
	t.positives++
	t.positiveFamilies[family] = struct{}{}
	if found {
		t.hits++
	}
}

func (t *tally) expectedNot(family string, found bool) {
	t.lookalikes++
	t.lookalikeFamilies[family] = struct{}{}
	if found {
		t.falseHits++
	}
}

func (t *tally) report(indicator string) IndicatorReport {
	return IndicatorReport{
		Indicator:         indicator,
		Recall:            NewRate(t.hits, t.positives),
		PositiveFamilies:  len(t.positiveFamilies),
		FalseHits:         NewRate(t.falseHits, t.lookalikes),
		LookalikeFamilies: len(t.lookalikeFamilies),
		NotAnswered:       t.notAnswered,
	}
}

// ScoreItems compares answers with items, by language and indicator, both in
// the order of their names. The ids of items must differ, and those of answers
// too, as the readers see to; a second answer is an error.
func ScoreItems(items []Item, answers []Answer) (ItemReport, error) {
	byID := make(map[string][]string, len(answers))
	for _, a := range answers {
		if _, ok := byID[a.ID]; ok {
			return ItemReport{}, fmt.Errorf("scoring items: two answers to %q", a.ID)
		}
		byID[a.ID] = a.Indicators
	}
	r := ItemReport{Items: len(items)}
	tallies := map[string]map[string]*tally{} // "" is the total
	seen := Set[string]{}
	for _, it := range items {
		if seen.Has(it.ID) {
			return ItemReport{}, fmt.Errorf("scoring items: two items %q", it.ID)
		}
		seen[it.ID] = struct{}{}
		lang := tallies[it.Lang]
		if lang == nil {
			lang = map[string]*tally{"": newTally()}
			tallies[it.Lang] = lang
		}
		of := func(indicator string) [2]*tally {
			if lang[indicator] == nil {
				lang[indicator] = newTally()
			}
			return [2]*tally{lang[indicator], lang[""]}
		}
		found, answered := byID[it.ID]
		if !answered {
			r.NotAnswered++
			for _, id := range slices.Concat(it.Expect, it.ExpectNot) {
				for _, t := range of(id) {
					t.notAnswered++
				}
			}
			continue
		}
		r.Answered++
		for _, id := range it.Expect {
			for _, t := range of(id) {
				t.expected(it.Family, slices.Contains(found, id))
			}
		}
		for _, id := range it.ExpectNot {
			for _, t := range of(id) {
				t.expectedNot(it.Family, slices.Contains(found, id))
			}
		}
		for _, id := range found {
			if !slices.Contains(it.Expect, id) && !slices.Contains(it.ExpectNot, id) {
				r.Unjudged++
			}
		}
	}
	r.Foreign = len(byID) - r.Answered
	for _, lang := range slices.Sorted(maps.Keys(tallies)) {
		l := LanguageReport{Lang: lang, Indicators: []IndicatorReport{}}
		for indicator, t := range tallies[lang] {
			if indicator == "" {
				l.Total = t.report("")
			} else {
				l.Indicators = append(l.Indicators, t.report(indicator))
			}
		}
		slices.SortFunc(l.Indicators, func(a, b IndicatorReport) int { return cmp.Compare(a.Indicator, b.Indicator) })
		r.Languages = append(r.Languages, l)
	}
	return r, nil
}
