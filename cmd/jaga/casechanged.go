package main

import (
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// caseChanged keeps what follows from an event of a case, in its transaction.
func (s *site) caseChanged(tx *store.Tx, id int64, now casework.Status, e casework.Event) error {
	if err := s.emit(tx, id, now, e); err != nil {
		return err
	}
	if e.Kind == casework.Reported {
		if err := s.files.reported(tx, s.laws, id, e); err != nil {
			return err
		}
	}
	return s.files.changed(tx, s.look, id, now, e)
}

// caseSeen counts the files of a case and those that somebody viewed.
func (s *site) caseSeen(tx *store.Tx, id int64) (casework.Seen, error) { return s.files.seen(tx, id) }
