package eval

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// Item is one short utterance that shows certain indicators, or that looks as
// if it did and does not.
type Item struct {
	ID        string   `json:"id"`
	Family    string   `json:"family"` // items made after the same pattern
	Lang      string   `json:"lang"`
	Text      string   `json:"text"`
	Speaker   string   `json:"speaker"` // adult, minor or unknown
	Target    string   `json:"target"`  // adult, minor or unknown
	Expect    []string `json:"expect"`
	ExpectNot []string `json:"expect_not"`
	Lookalike string   `json:"lookalike,omitempty"` // of a twin: the harmless case it is
}

// ReadItems reads items as JSON lines. Ids must differ, and an item must
// expect something or expect something not. file is for messages only.
func ReadItems(file string, r io.Reader, o ReadOptions) ([]Item, Skipped, error) {
	var items []Item
	seen := map[string]int{}
	skipped, err := eachLine(file, r, o, func(line int, data []byte) error {
		var it Item
		if err := decode(data, &it); err != nil {
			return err
		}
		if err := it.check(); err != nil {
			return err
		}
		if first, ok := seen[it.ID]; ok {
			return wrongField("id", "the same as in line %d", first)
		}
		seen[it.ID] = line
		items = append(items, it)
		return nil
	})
	return items, skipped, err
}

func (it *Item) check() error {
	for _, f := range []struct{ name, value string }{
		{"id", it.ID}, {"family", it.Family}, {"lang", it.Lang}, {"text", it.Text},
	} {
		if strings.TrimSpace(f.value) == "" {
			return wrongField(f.name, "missing or empty")
		}
	}
	for _, f := range []struct{ name, value string }{{"speaker", it.Speaker}, {"target", it.Target}} {
		if !slices.Contains([]string{"adult", "minor", "unknown"}, f.value) {
			return wrongField(f.name, "not one of adult, minor, unknown")
		}
	}
	if err := checkIndicators("expect", it.Expect); err != nil {
		return err
	}
	if err := checkIndicators("expect_not", it.ExpectNot); err != nil {
		return err
	}
	if len(it.Expect)+len(it.ExpectNot) == 0 {
		return wrongField("expect", "empty, as is expect_not: the item cannot fail")
	}
	for i, id := range it.ExpectNot {
		if slices.Contains(it.Expect, id) {
			return wrongField(fmt.Sprintf("expect_not[%d]", i), "also in expect")
		}
	}
	return nil
}

// checkIndicators takes any id without blanks, so that packs may have their
// own, but none twice.
func checkIndicators(field string, ids []string) error {
	for i, id := range ids {
		switch {
		case id == "" || strings.ContainsFunc(id, unicode.IsSpace):
			return wrongField(fmt.Sprintf("%s[%d]", field, i), "empty, or with a blank in it")
		case slices.Contains(ids[:i], id):
			return wrongField(fmt.Sprintf("%s[%d]", field, i), "named twice")
		}
	}
	return nil
}

// Answer is what a detector found in one item; no indicators means that it
// looked and found none.
type Answer struct {
	ID         string   `json:"id"`
	Indicators []string `json:"indicators"`
}

// ReadAnswers reads answers as JSON lines. Ids must differ, and indicators
// must be given, be it as an empty list. file is for messages only.
func ReadAnswers(file string, r io.Reader, o ReadOptions) ([]Answer, Skipped, error) {
	var answers []Answer
	seen := map[string]int{}
	skipped, err := eachLine(file, r, o, func(line int, data []byte) error {
		var a Answer
		if err := decode(data, &a); err != nil {
			return err
		}
		if a.ID == "" {
			return wrongField("id", "missing or empty")
		}
		if a.Indicators == nil {
			return wrongField("indicators", "missing")
		}
		if err := checkIndicators("indicators", a.Indicators); err != nil {
			return err
		}
		if first, ok := seen[a.ID]; ok {
			return wrongField("id", "the same as in line %d", first)
		}
		seen[a.ID] = line
		answers = append(answers, a)
		return nil
	})
	return answers, skipped, err
}
