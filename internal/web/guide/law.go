package guide

import (
	"fmt"
	"time"
)

// lawStaleAfter is how old the facts of a law card may be: twelve months.
const lawStaleAfter = 365 * 24 * time.Hour

// lawCard is what is known about the card of one country; its words are
// Markdown, one file for each language.
type lawCard struct {
	Country  string   `toml:"country"`
	Dated    string   `toml:"dated"`    // day of which the facts are
	Reviewer string   `toml:"reviewer"` // lawyer who has read the card, or ""
	Sources  []string `toml:"sources"`
}

func loadLaws(src source) ([]lawCard, error) {
	const file = "law.toml"
	var list struct {
		Card []lawCard `toml:"card"`
	}
	if err := src.table(file, &list); err != nil {
		return nil, err
	}
	for _, c := range list.Card {
		if _, err := time.Parse(time.DateOnly, c.Dated); err != nil {
			return nil, fmt.Errorf("%s: %s: dated %q is no date", file, c.Country, c.Dated)
		}
		if !country.MatchString(c.Country) || len(c.Sources) == 0 {
			return nil, fmt.Errorf("%s: card %q needs a country of two small letters and a source", file, c.Country)
		}
	}
	return list.Card, nil
}

// stale reports whether the facts are older than a card may be.
func (c lawCard) stale(now time.Time) bool {
	at, err := time.Parse(time.DateOnly, c.Dated)
	return err != nil || now.Sub(at) > lawStaleAfter
}
