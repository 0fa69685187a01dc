package main

import (
	"strconv"
	"strings"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// belongs yields what belongs to a subject of custody records besides itself. To a
// case belongs all that was done about it: what became part of it, its findings and
// what they name, its files, who looked at them, its reports and its actions. A
// finding and a file are of one case at a time, so nothing of another case is among
// them. To other subjects nothing belongs.
func (s *site) belongs(tx *store.Tx, subject string, add func(subject string) error) error {
	number, ok := strings.CutPrefix(subject, "case:")
	id, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || id <= 0 || casework.Subject(id) != subject {
		return nil
	}
	if err := s.work.cases.EachSubject(tx, id, add); err != nil {
		return err
	}
	var calls []string
	err = s.work.cases.EachRef(tx, id, func(kind casework.Kind, ref string) error {
		switch kind {
		case casework.KindMedia, casework.KindLive, casework.KindTakedown:
			return add("item:" + ref)
		case casework.KindConversation:
			return add("finding:" + ref)
		case casework.KindUser, casework.KindText:
			return add("report:" + ref)
		case casework.KindHotline:
			if strings.HasPrefix(ref, "tell:") { // see handover
				return add(ref)
			}
			calls = append(calls, ref)
		}
		return nil
	})
	if err != nil {
		return err
	}
	called, err := s.reports.CallSubjects(tx, calls)
	if err != nil {
		return err
	}
	for _, c := range called {
		if err := add(c); err != nil {
			return err
		}
	}
	all, err := s.work.cases.Members(tx, id)
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := s.evidence.EachSubject(tx, m, add); err != nil {
			return err
		}
		if err := action.EachSubject(tx, m, add); err != nil {
			return err
		}
	}
	return nil
}
