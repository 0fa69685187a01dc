package main

import (
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
)

// mostReason is how much of what a letter demands is kept with a hold; all of it
// stays with the clock.
const mostReason = 900

// preserve holds a case, with all that are part of it, because a letter asks to
// preserve it. The hold has the letter's date and number, shows until when the
// letter asks, and ends when a person releases it: a letter is renewed more often
// than not, and what was destroyed in between is gone.
func (s *site) preserve(tx *store.Tx, actor string, letter casework.Clock, reason string) error {
	parts, err := s.work.cases.Members(tx, letter.Case)
	for _, part := range parts {
		if err == nil {
			_, err = s.evidence.AddHold(tx, actor, evidence.Scope{Case: part}, evidence.NewHold{
				Reason: shortened(reason, mostReason), Authority: letter.Authority, Letter: letter.Letter, From: letter.Start, Asked: letter.Due})
		}
	}
	return err
}

// shortened is the beginning of a text, in whole characters, of at most so many
// bytes.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	const more = "…"
	cut := 0
	for i := range text {
		if i > most-len(more) {
			break
		}
		cut = i
	}
	return text[:cut] + more
}
