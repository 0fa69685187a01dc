package casework

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Merge makes a case part of another one. Nothing of it moves: its findings,
// notes and events stay its own and are listed with those of the other, its
// number leads there from now on, and [Service.Unmerge] puts all back. Both
// must be cases that nobody decided on.
func (s *Service) Merge(ctx context.Context, actor string, id, into int64) error {
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		root, err := resolve(tx, into)
		if err != nil {
			return err
		}
		if root == id {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "into", Msg: "merge cases: they are one case already"}
		}
		to, err := load(tx, root)
		if err != nil {
			return err
		}
		for _, one := range []*caseRow{r, &to} {
			if err := one.free(tx, actor); err != nil {
				return err
			}
		}
		if r.Gold != to.Gold {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "into", Msg: "merge cases: they have nothing in common"}
		}
		d := Data{Case: id, Form: jaga.Form(r.Form), Band: jaga.Band(r.Band), Risk: Risk(r.Risk), Path: r.Path}
		if err := s.change(tx, r, actor, Merged, Data{Case: root}, ""); err != nil {
			return err
		}
		if err := s.change(tx, &to, actor, Absorbed, d, ""); err != nil {
			return err
		}
		return s.due(tx, &to)
	})
}

// Unmerge takes a case out of the one that it was merged into.
func (s *Service) Unmerge(ctx context.Context, actor string, id int64) error {
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		if r.MergedInto == 0 {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "unmerge case: it is not part of another one"}
		}
		from, err := load(tx, r.MergedInto)
		if err != nil {
			return err
		}
		if err := from.free(tx, actor); err != nil {
			return err
		}
		if err := s.change(tx, r, actor, Unmerged, Data{Case: r.MergedInto}, ""); err != nil {
			return err
		}
		if from.MergedInto == 0 {
			if err := s.change(tx, &from, actor, Parted, Data{Case: id}, ""); err != nil {
				return err
			}
		}
		return s.due(tx, &from)
	})
}

// mostSplit is how many findings one split takes.
const mostSplit = 1000

// Split makes findings of a case a case of their own, with the same queue, and
// returns it. To undo it, merge that one back.
func (s *Service) Split(ctx context.Context, actor string, id int64, findings []int64) (fresh int64, err error) {
	findings = slices.Compact(slices.Sorted(slices.Values(findings)))
	if len(findings) == 0 || len(findings) > mostSplit {
		return 0, &jaga.Error{Code: jaga.CodeInvalid, Field: "findings", Msg: fmt.Sprintf("split case: name between 1 and %d findings", mostSplit)}
	}
	err = s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		if err := r.free(tx, actor); err != nil {
			return err
		}
		type part struct {
			Form             string
			Band, Risk, Case int64
			Account, Ref     string
		}
		d := Data{Queue: r.Queue, Risk: RiskKnown, Path: r.Path, Case: id, Findings: int64(len(findings))}
		var parts []part
		for _, f := range findings {
			p, err := store.One[part](tx, `SELECT form, band, risk, case_id, account, ref FROM case_findings WHERE id = $1`, f)
			if err != nil {
				return err
			}
			if p.Case != id {
				return &jaga.Error{Code: jaga.CodeConflict, Field: "findings", Msg: fmt.Sprintf("split case: finding %d is not one of its own", f), Hint: "a part of a merged case is unmerged instead"}
			}
			if Risk(p.Risk) <= d.Risk {
				d.Risk, d.Form = Risk(p.Risk), jaga.Form(p.Form)
			}
			d.Band = max(d.Band, jaga.Band(p.Band))
			parts = append(parts, p)
		}
		own, err := s.open(tx, Finding{Queue: r.Queue})
		if err != nil {
			return err
		}
		fresh = own.ID
		own.Gold = r.Gold
		if _, err := tx.Exec(`UPDATE cases SET gold = $1 WHERE id = $2`, r.Gold, fresh); err != nil {
			return err
		}
		if err := s.change(tx, &own, actor, Opened, d, ""); err != nil {
			return err
		}
		if err := s.carryClocks(tx, &own, actor, id); err != nil {
			return err
		}
		for i, f := range findings {
			if _, err := tx.Exec(`UPDATE case_findings SET case_id = $1 WHERE id = $2`, fresh, f); err != nil {
				return err
			}
			if err := s.index(tx, fresh, parts[i].Account, parts[i].Ref); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`INSERT INTO case_related (case_id, other_id, why) VALUES ($1, $2, 'split')`, fresh, id); err != nil {
			return err
		}
		// Last, so that whoever is told of it finds everything in its place.
		return s.change(tx, r, actor, Split, Data{Case: fresh, Findings: int64(len(findings))}, "")
	})
	return fresh, err
}

// carryClocks starts, on a case that was split off, the clocks that run on the
// one that it came from: splitting gives nobody more time.
func (s *Service) carryClocks(tx *store.Tx, own *caseRow, actor string, from int64) error {
	running, err := s.running(tx, from)
	for _, c := range running {
		// Those of cases that were merged into it stay with them.
		if err == nil && c.Case == from {
			err = s.setClock(tx, own, actor, c)
		}
	}
	return err
}

// Members are a case and all that were merged into it, itself first.
func (s *Service) Members(tx *store.Tx, id int64) ([]int64, error) { return members(tx, id) }

// Root is the case that a number leads to: itself, or the one it was merged into.
func (s *Service) Root(tx *store.Tx, id int64) (int64, error) { return resolve(tx, id) }

// Refs lists what the findings of a case, and of those merged into it, name
// within kinds, in the order in which they came, at most limit.
func (s *Service) Refs(tx *store.Tx, id int64, kinds []Kind, limit int) ([]string, error) {
	args := []any{id, int64(limit)}
	marks := make([]string, len(kinds))
	for i, k := range kinds {
		args = append(args, string(k))
		marks[i] = "$" + strconv.Itoa(len(args))
	}
	return store.All[string](tx, `WITH RECURSIVE m(id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT c.id FROM cases c JOIN m ON c.merged_into = m.id)
		SELECT f.ref FROM case_findings f JOIN m ON m.id = f.case_id WHERE f.kind IN (`+strings.Join(marks, ", ")+`) ORDER BY f.id LIMIT $2`, args...)
}

// Accounts lists the accounts that the findings of a case, and of those merged
// into it, are about, at most limit.
func (s *Service) Accounts(tx *store.Tx, id int64, limit int) ([]string, error) {
	return store.All[string](tx, `WITH RECURSIVE m(id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT c.id FROM cases c JOIN m ON c.merged_into = m.id)
		SELECT DISTINCT f.account FROM case_findings f JOIN m ON m.id = f.case_id WHERE f.account <> '' ORDER BY f.account LIMIT $2`, id, int64(limit))
}

// members are a case and all that were merged into it, itself first.
func members(tx *store.Tx, id int64) ([]int64, error) {
	return store.All[int64](tx, `WITH RECURSIVE m(id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT c.id FROM cases c JOIN m ON c.merged_into = m.id) SELECT id FROM m ORDER BY id <> $1, id`, id)
}

// Standing returns how a case stands, in the caller's transaction.
func (s *Service) Standing(tx *store.Tx, id int64) (Status, error) {
	rows, err := store.All[caseRow](tx, `SELECT `+caseColumns+` FROM cases WHERE id = $1`, id)
	if err == nil && len(rows) == 0 {
		err = notThere()
	}
	if err != nil {
		return Status{}, err
	}
	return rows[0].status(), nil
}
