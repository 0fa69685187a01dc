package main

import (
	"context"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/web/console"
	"github.com/jaga-project/jaga/pdq"
)

const (
	// alikeBits is up to how many bits of their PDQ hashes apart two pictures are
	// nearly the same: the distance that the hash's authors advise.
	alikeBits = 31
	// mostStacked is how many files of a case are stacked; what comes after stands
	// by itself. Among filesCompared of the last files that came in is looked for
	// others.
	mostStacked   = 2000
	filesCompared = 20_000
	// mostElsewhere is how many files of other cases are named for one.
	mostElsewhere = 5
)

// OfCase implements console.CaseFiles: the files of a case, and of those merged
// into it, in the order in which they came. What is nearly the same as one before
// it is stacked under that one.
func (f *caseFiles) OfCase(ctx context.Context, actor string, caseID int64, after string, limit int) (out []console.CaseFile, err error) {
	c, err := f.may(ctx, actor, caseID)
	if err != nil {
		return nil, err
	}
	type other struct {
		at   int // which of out it belongs to
		item evidence.Item
	}
	var others []other
	err = f.db.View(ctx, func(tx *store.Tx) error {
		files, err := f.files(tx, c.ID)
		if err != nil {
			return err
		}
		here := map[string]bool{}
		for _, it := range files {
			here[it.ID] = true
		}
		stacks, hashes, err := stacked(tx, files)
		if err != nil {
			return err
		}
		first := slices.IndexFunc(stacks, func(s console.CaseFile) bool { return s.Evidence > after })
		if first < 0 {
			return nil
		}
		out = stacks[first:min(len(stacks), first+limit)]
		of := map[string]pdq.Hash{}
		for _, s := range out {
			if h, ok := hashes[s.Evidence]; ok {
				of[s.Evidence] = h
			}
		}
		if len(of) == 0 {
			return nil
		}
		alike, err := intake.FilesAlike(tx, of, alikeBits, filesCompared)
		for i, s := range out {
			n := 0
			for _, a := range alike[s.Evidence] {
				if here[a.Evidence] || n == mostElsewhere {
					continue
				}
				it, err := f.evidence.Get(tx, a.Evidence)
				if err != nil || it.Case == 0 {
					continue // it is gone, or belongs to no case
				}
				n++
				others = append(others, other{i, it})
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, o := range others {
		e := console.Elsewhere{Case: o.item.Case, Key: lookKey(o.item)}
		switch _, err := f.may(ctx, actor, o.item.Case); jaga.CodeOf(err) {
		case "":
		case jaga.CodeDenied, jaga.CodeNotFound:
			e.Case = 0 // that there is one is told, not which
		default:
			return nil, err
		}
		out[o.at].Elsewhere = append(out[o.at].Elsewhere, e)
	}
	return out, nil
}

// stacked puts what is nearly the same as a file before it under that one.
func stacked(tx *store.Tx, files []evidence.Item) (out []console.CaseFile, hashes map[string]pdq.Hash, err error) {
	ids := make([]string, min(len(files), mostStacked))
	for i := range ids {
		ids[i] = files[i].ID
	}
	if hashes, err = intake.Pictures(tx, ids); err != nil {
		return nil, nil, err
	}
	for _, it := range files {
		h, ok := hashes[it.ID]
		under := -1
		if ok {
			under = slices.IndexFunc(out, func(s console.CaseFile) bool {
				top, ok := hashes[s.Evidence]
				return ok && top.Distance(h) <= alikeBits
			})
		}
		if under < 0 {
			out = append(out, console.CaseFile{Evidence: it.ID})
		} else {
			out[under].Alike = append(out[under].Alike, it.ID)
		}
	}
	return out, hashes, nil
}
