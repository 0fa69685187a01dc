package tip

import (
	"context"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Appeal is somebody's objection to a decision, which their platform forwards.
type Appeal struct {
	Ref  string // the platform's own id of the appeal; required
	Text string // their words; required
	Lang string
}

// Appeal has a case decided on again, by another person. A source can appeal
// against what came of its own reports and items; anyCase lets it name any. The
// same appeal again changes nothing. The error is a conflict while nobody has
// decided, also on an earlier appeal.
func (s *Service) Appeal(ctx context.Context, source string, anyCase bool, id int64, a Appeal) error {
	if a.Ref == "" {
		return invalid("id", "it is missing")
	}
	if a.Text == "" {
		return invalid("text", "it is missing")
	}
	for _, f := range []struct {
		name, v string
		most    int
	}{{"id", a.Ref, maxRef}, {"language", a.Lang, 35}} {
		if err := line(f.name, f.v, f.most); err != nil {
			return err
		}
	}
	if err := words("text", a.Text); err != nil {
		return err
	}
	ref, content := s.keys.digest("appeal", a.Ref), s.keys.digest("appeal says", a.Lang, a.Text)
	return s.db.Bulk(ctx, func(tx *store.Tx) error { // the case records the appeal
		if err := tx.Lock(); err != nil {
			return err
		}
		root, err := s.cases.Root(tx, id)
		if err != nil {
			return err
		}
		if gave, err := s.cases.Gave(tx, source, root); err != nil {
			return err
		} else if !gave && !anyCase {
			return &jaga.Error{Code: jaga.CodeNotFound, Field: "case", Msg: "there is no case of this number"}
		}
		type row struct {
			Case    int64
			Content string
		}
		rows, err := store.All[row](tx, `SELECT case_id, content FROM tip_appeals WHERE source = $1 AND ref = $2`, source, ref)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			if rows[0] != (row{id, content}) {
				return &jaga.Error{Code: jaga.CodeConflict, Field: "id", Msg: "an appeal of this id was sent before, and said something else", Hint: "send it with another id"}
			}
			return nil
		}
		var h header
		h.add("appeal", a.Ref)
		h.add("language", a.Lang)
		if err := s.cases.Appeal(tx, source, root, h.with(a.Text)); err != nil {
			if jaga.CodeOf(err) == jaga.CodeConflict {
				return &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "nobody has decided on it yet, or an appeal is being looked at", Hint: "send it again when it is decided"}
			}
			return err
		}
		_, err = tx.Exec(`INSERT INTO tip_appeals (source, ref, case_id, at, content) VALUES ($1, $2, $3, $4, $5)`, source, ref, id, tx.Now(), content)
		return err
	})
}
