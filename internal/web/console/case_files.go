package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/jaga-project/jaga/internal/auth"
)

// CaseFiles is what Files can do besides, so that the page of a case shows its
// files. Without it the page shows none.
type CaseFiles interface {
	// OfCase lists the evidence ids of a case in order, behind after, at most
	// limit. It answers as Files does when the person may not see the case.
	OfCase(ctx context.Context, actor string, caseID int64, after string, limit int) ([]string, error)
}

// caseFiles are the files of a case, each under its veil.
type caseFiles struct {
	Veils  []*veilView
	NoLook int    // of these, how many nobody needs to look at
	Viewed int    // of these, how many somebody here viewed
	Later  string // the address of the next ones
}

// Free reports whether nobody needs to look at any of them.
func (f *caseFiles) Free() bool { return f.NoLook == len(f.Veils) && f.Later == "" }

// Unseen reports whether nobody here viewed any of them.
func (f *caseFiles) Unseen() bool { return f.Viewed == 0 && f.Later == "" }

// veilsAtOnce is how many files one page shows.
const veilsAtOnce = 4

func (c *console) caseFiles(r *http.Request, v *casePage) error {
	lister, ok := c.Files.(CaseFiles)
	if !ok || !v.Here(string(auth.LookEvidence)) {
		return nil
	}
	ctx, me := r.Context(), actor(r)
	ids, err := lister.OfCase(ctx, me, v.Case.ID, r.FormValue("files"), veilsAtOnce+1)
	if err != nil || len(ids) == 0 {
		return err
	}
	out := &caseFiles{}
	if len(ids) > veilsAtOnce {
		ids = ids[:veilsAtOnce]
		out.Later = casePath(v.Case.ID) + "?files=" + ids[veilsAtOnce-1] + "#files"
	}
	for _, id := range slices.Clone(ids) {
		file, err := c.Files.Veiled(ctx, me, v.Case.ID, id)
		if err != nil {
			return err
		}
		file.Case, file.Evidence = v.Case.ID, id
		veil, err := c.veil(ctx, file)
		if err != nil {
			return err
		}
		if !veil.Need.Look {
			out.NoLook++
		}
		if veil.Need.Viewed {
			out.Viewed++
		}
		out.Veils = append(out.Veils, veil)
	}
	v.Files = out
	return nil
}
