package main

import (
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
)

// heard compares messages with the lists of addresses and words, in the
// transaction that acknowledges them. One with something of a list becomes an
// item; the others leave nothing here.
func (s *site) heard(tx *store.Tx, source string, entries []converse.Entry) error {
	for i := range entries {
		e := &entries[i]
		for _, m := range e.All() {
			if m.Text == "" {
				continue
			}
			if _, err := s.intake.Heard(tx, intake.Said{Source: source, Ref: messageRef(e.Conversation, m.ID), Author: m.From, Audience: e.Channel, Text: m.Text, Once: m.ID != ""}); err != nil {
				return err
			}
		}
	}
	return nil
}

// messageRef names a message in what an item refers to: its conversation and,
// where the platform gave it one, its identifier.
func messageRef(conversation, id string) string {
	if id == "" {
		return conversation
	}
	return conversation + "/" + id
}
