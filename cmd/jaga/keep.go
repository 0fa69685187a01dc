package main

import (
	"cmp"
	"context"
	"io"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
)

// What [cases] keep_evidence can be.
const (
	keepFindings = "findings"
	keepNever    = "never"
)

// keeps reports whether files of cases are kept.
func (c CasesConfig) keeps(laws law.Set, now time.Time) bool {
	if c.KeepEvidence != "" {
		return c.KeepEvidence == keepFindings
	}
	return !keepsOrderedOnly(laws, now)
}

// keeper keeps the files of cases in the vault. A nil keeper keeps none.
type keeper struct {
	db       *store.DB
	evidence *evidence.Service
	laws     law.Set
	version  string // of this program
	alarm    func(*store.Tx, int64) error
}

// Put implements intake.Keeper.
func (k *keeper) Put(ctx context.Context, item jaga.Item, r io.Reader) (string, error) {
	operator := cmp.Or(item.Source, "system")
	method := "upload"
	if item.Kind == jaga.KindFrame {
		method = "the end of a live stream"
	}
	it, err := k.evidence.Put(ctx, operator, evidence.Acquisition{
		Tool: "jaga", ToolVersion: k.version, Operator: operator, Source: cmp.Or(item.Author, item.Source, "upload"), Method: method, At: item.At, Name: item.Ref,
	}, r)
	return it.ID, err
}

// Stored implements intake.Keeper.
func (k *keeper) Stored(ctx context.Context, id string) error {
	var it evidence.Item
	err := k.db.View(ctx, func(tx *store.Tx) (err error) { it, err = k.evidence.Get(tx, id); return err })
	if err != nil || it.State != evidence.Quarantine {
		return err
	}
	return k.evidence.Discard(ctx, "system", id)
}

// promote binds the sealed file of an item to its case, with the times for which
// the profiles in force have it kept. The same content is kept once in a case.
func (k *keeper) promote(tx *store.Tx, rec intake.Record, caseID int64) error {
	if k == nil || rec.Evidence == "" && !rec.EvidenceLost {
		return nil
	}
	says := func(action string, detail map[string]string) error {
		detail["item"] = rec.Item.ID
		return tx.Record(custody.Event{Actor: "system", Action: action, Subject: casework.Subject(caseID), Detail: detail})
	}
	lost := func(detail map[string]string) error {
		first, err := evidence.NoteLost(tx, rec.Item.ID, caseID)
		if err != nil {
			return err
		}
		if first {
			if err := k.alarm(tx, caseID); err != nil {
				return err
			}
		}
		return says("evidence.not_kept", detail)
	}
	if rec.EvidenceLost {
		return lost(map[string]string{})
	}
	it, err := k.evidence.Get(tx, rec.Evidence)
	switch {
	case jaga.CodeOf(err) == jaga.CodeNotFound:
		// It must not keep the finding, and all that are stored with it, away
		// from people.
		return lost(map[string]string{"evidence": rec.Evidence})
	case err != nil:
		return err
	}
	same, err := k.evidence.WithDigest(tx, it.Digest)
	if err != nil {
		return err
	}
	for _, s := range same {
		if s.Case == caseID && s.State == evidence.Kept {
			if err := intake.Bind(tx, rec.Item.ID, s.ID); err != nil {
				return err
			}
			return says("evidence.same", map[string]string{"evidence": s.ID})
		}
	}
	if err := k.evidence.Promote(tx, "system", it.ID, caseID); err != nil {
		return err
	}
	if err := intake.Bind(tx, rec.Item.ID, it.ID); err != nil {
		return err
	}
	clocks := arrivalClocks(k.laws, time.UnixMicro(tx.Now()))
	if len(clocks) == 0 {
		return nil
	}
	return k.evidence.AddClocks(tx, "system", evidence.Scope{Evidence: it.ID}, clocks)
}
