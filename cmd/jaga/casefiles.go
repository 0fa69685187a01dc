package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/web/console"
)

// caseFiles shows the console the files of cases: what is known of each without
// opening it, and the content itself within a grant.
type caseFiles struct {
	db       *store.DB
	cases    *casework.Service
	evidence *evidence.Service
	banks    *bank.Service
}

// lookKey names a content in the view sessions: its keyed digest.
func lookKey(it evidence.Item) string { return hex.EncodeToString(it.Digest[:]) }

func noFile() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "evidence", Msg: "there is no such file in the case"}
}

// may makes sure that the person who asks may look at files in the queue of a
// case, and returns the case that the number leads to.
func (f *caseFiles) may(ctx context.Context, actor string, caseID int64) (casework.Case, error) {
	who, ok := auth.From(ctx)
	if !ok || !who.Person || who.Actor != actor {
		return casework.Case{}, &jaga.Error{Code: jaga.CodeDenied, Msg: "only people who are signed in look at files"}
	}
	c, root, err := f.cases.Get(ctx, caseID)
	if err == nil && root != c.ID {
		c, _, err = f.cases.Get(ctx, root)
	}
	if err != nil {
		return casework.Case{}, err
	}
	if !who.Can(auth.LookEvidence, c.Queue) {
		return casework.Case{}, &jaga.Error{Code: jaga.CodeDenied, Field: "capability", Msg: "none of your roles includes " + string(auth.LookEvidence) + " in the queue " + c.Queue, Hint: "an administrator gives roles, on the page People"}
	}
	return c, nil
}

// May implements console.Files.
func (f *caseFiles) May(ctx context.Context, actor string, caseID int64) error {
	_, err := f.may(ctx, actor, caseID)
	return err
}

// files are the originals of a case, and of those merged into it, that are there.
func (f *caseFiles) files(tx *store.Tx, caseID int64) (out []evidence.Item, err error) {
	ids, err := f.cases.Members(tx, caseID)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		list, err := f.evidence.OfCase(tx, id)
		if err != nil {
			return nil, err
		}
		for _, it := range list {
			if it.Parent == "" && it.State == evidence.Kept {
				out = append(out, it)
			}
		}
	}
	slices.SortFunc(out, func(a, b evidence.Item) int { return cmp.Compare(a.ID, b.ID) })
	return out, nil
}

// Veiled implements console.Files.
func (f *caseFiles) Veiled(ctx context.Context, actor string, caseID int64, id string) (v console.Veiled, err error) {
	c, err := f.may(ctx, actor, caseID)
	if err != nil {
		return v, err
	}
	var it evidence.Item
	var rec intake.Record
	known := false
	err = f.db.View(ctx, func(tx *store.Tx) error {
		if it, err = f.evidence.Get(tx, id); err != nil {
			return noFile()
		}
		ids, err := f.cases.Members(tx, c.ID)
		if err != nil {
			return err
		}
		if it.State != evidence.Kept || !slices.Contains(ids, it.Case) {
			return noFile()
		}
		rec, known, err = intake.OfFile(tx, id)
		return err
	})
	if err != nil {
		return v, err
	}
	v = console.Veiled{Case: caseID, Evidence: id, Key: lookKey(it), Kind: jaga.KindOther, Bytes: it.Size}
	if !known {
		return v, nil
	}
	v.Kind, v.Width, v.Height = rec.Item.Kind, int64(rec.Width), int64(rec.Height)
	for _, m := range rec.Outcome.Matches {
		if m.Role == jaga.RoleMatch && m.Suppressed == "" {
			v.Matches++
		}
	}
	if v.Votes, err = f.votes(ctx, rec.Outcome.Matches); err != nil {
		return v, err
	}
	class, err := f.classOf(ctx, it, rec)
	v.Class, v.Hardest = class.Class, class.Hardest
	return v, err
}

// votes is how many people and partners confirm the very bytes, in the entry that
// most of them confirm. A near hash is another file, and one who rejects an entry
// takes all votes from it.
func (f *caseFiles) votes(ctx context.Context, matches []jaga.Match) (most int, err error) {
	for _, m := range matches {
		if m.Role != jaga.RoleMatch || m.Suppressed != "" || !m.Signal.Type.Exact() {
			continue
		}
		opinions, err := f.banks.Opinions(ctx, m.Entry)
		if err != nil {
			return 0, err
		}
		n := 0
		for _, o := range opinions {
			if o.Verdict == "reject" {
				n = 0
				break
			}
			if o.Verdict == "confirm" {
				n++
			}
		}
		most = max(most, n)
	}
	return most, nil
}

// Open implements console.Files. The grant is for this person, and for no longer
// than a view session.
func (f *caseFiles) Open(ctx context.Context, actor string, v console.Veiled) (console.Source, error) {
	if _, err := f.Veiled(ctx, actor, v.Case, v.Evidence); err != nil {
		return nil, err
	}
	var grant int64
	event := custody.Event{Actor: actor, Action: "case.look", Subject: casework.Subject(v.Case), Detail: map[string]string{"evidence": v.Evidence}}
	err := f.db.Update(ctx, event, func(tx *store.Tx) (err error) {
		grant, err = f.evidence.Grant(tx, actor, evidence.NewGrant{Evidence: v.Evidence, Person: actor, Purpose: "look", Until: time.UnixMicro(tx.Now()).Add(look.SessionMost)})
		return err
	})
	if err != nil {
		return nil, err
	}
	file, err := f.evidence.Open(ctx, actor, grant)
	if err != nil {
		return nil, err
	}
	return file, nil
}

// seen counts the files of a case and those that somebody of the house viewed.
func (f *caseFiles) seen(tx *store.Tx, id int64) (out casework.Seen, err error) {
	err = f.each(tx, id, func(it evidence.Item) error {
		v, err := look.ViewedTx(tx, lookKey(it))
		out.Files++
		if v.Viewed {
			out.Viewed++
		}
		return err
	})
	return out, err
}

// changed keeps what follows for files from an event of a case, in its
// transaction: nobody has to look again at what was viewed and decided, somebody
// may once the decision is taken back, and files go along with their findings.
// What was decided without a look stays a file that nobody has seen: should it
// come in again, the first look at it is still to be had.
func (f *caseFiles) changed(tx *store.Tx, s *look.Service, id int64, now casework.Status, e casework.Event) error {
	switch {
	case e.Kind == casework.DecidedOn && now.State == casework.StateDecided:
		return f.each(tx, id, func(it evidence.Item) error {
			v, err := look.ViewedTx(tx, lookKey(it))
			if err != nil || !v.Viewed {
				return err
			}
			return s.Decided(tx, e.Actor, lookKey(it), id)
		})
	case e.Kind == casework.Undone, e.Kind == casework.Reopened:
		return f.each(tx, id, func(it evidence.Item) error { return s.Reopened(tx, lookKey(it), id) })
	case e.Kind == casework.Split:
		return f.split(tx, e.Actor, id, e.Data.Case)
	case e.Kind == casework.Absorbed:
		return f.cover(tx, e.Actor, id, e.Data.Case)
	}
	return nil
}

// cover holds a case that was merged into another one, with all that are part of
// it, as that one is held.
func (f *caseFiles) cover(tx *store.Tx, actor string, held, joins int64) error {
	ids, err := f.cases.Members(tx, joins)
	for _, id := range ids {
		if err == nil {
			err = f.evidence.CoverCase(tx, actor, held, id)
		}
	}
	return err
}

func (f *caseFiles) each(tx *store.Tx, id int64, do func(evidence.Item) error) error {
	files, err := f.files(tx, id)
	for _, it := range files {
		if err == nil {
			err = do(it)
		}
	}
	return err
}

// mostFindings is how many findings of a case are looked through for files.
const mostFindings = 1000

// split moves the files of findings that became a case of their own. A content
// that findings of both cases have stays where it is.
func (f *caseFiles) split(tx *store.Tx, actor string, from, to int64) error {
	moved, err := f.cases.Refs(tx, to, itemKinds, mostFindings)
	if err != nil {
		return err
	}
	files, err := intake.Files(tx, moved)
	if err != nil {
		return err
	}
	left, err := f.cases.Refs(tx, from, itemKinds, mostFindings)
	if err != nil {
		return err
	}
	stay, err := intake.Files(tx, left)
	if err != nil {
		return err
	}
	for _, id := range files {
		if slices.Contains(stay, id) {
			continue
		}
		it, err := f.evidence.Get(tx, id)
		if err != nil {
			return err
		}
		if it.Case != from || it.State != evidence.Kept {
			continue
		}
		if err := f.evidence.Move(tx, actor, id, to); err != nil {
			return err
		}
	}
	return nil
}
