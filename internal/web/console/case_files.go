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
	// OfCase lists the files of a case in order, behind after, at most limit. It
	// answers as Files does when the person may not see the case.
	OfCase(ctx context.Context, actor string, caseID int64, after string, limit int) ([]CaseFile, error)
}

// CaseFile is a file of a case with what is nearly the same.
type CaseFile struct {
	Evidence string
	// Alike are the ids of files of the same case that are stacked under it.
	Alike []string
	// Elsewhere are files of other cases that are nearly the same.
	Elsewhere []Elsewhere
}

// Elsewhere is a file of another case.
type Elsewhere struct {
	Case int64  // 0 where the reader may not know which
	Key  string // the keyed digest of its content
}

// likeView is what the reader is told of a file that is nearly the same as one
// that somebody saw or decided on already.
type likeView struct {
	Case    int64
	Decided bool
}

// likes are the files elsewhere that spare a look.
func (c *console) likes(ctx context.Context, key string, list []Elsewhere) (out []likeView, err error) {
	for _, e := range list {
		if e.Key == key {
			continue // the same content, of which the veil itself says so
		}
		n, err := c.Look.NeedLook(ctx, e.Key, 0)
		if err != nil {
			return nil, err
		}
		v := likeView{e.Case, n.Why == "decided"}
		if (v.Decided || n.Viewed) && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out, nil
}

// caseFiles are the files of a case, each under its veil.
type caseFiles struct {
	Veils  []*veilView
	NoLook int    // of these, how many nobody needs to look at
	Viewed int    // of these, how many somebody here viewed
	Later  string // the address of the next ones
	May    mayView
}

// same takes what all veils say of the reader's limits out of them, so that it is
// said once.
func (f *caseFiles) same() {
	for _, v := range f.Veils {
		if v.May != f.Veils[0].May {
			return
		}
	}
	f.May = f.Veils[0].May
	for _, v := range f.Veils {
		v.May = mayView{}
	}
}

// Free reports whether nobody needs to look at any of them.
func (f *caseFiles) Free() bool { return f.NoLook == len(f.Veils) && f.Later == "" }

// Unseen reports whether nobody here viewed any of them. Of what is stacked under
// another file the page does not know.
func (f *caseFiles) Unseen() bool {
	stacked := slices.ContainsFunc(f.Veils, func(v *veilView) bool { return len(v.Stack) > 0 })
	return f.Viewed == 0 && f.Later == "" && !stacked
}

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
		out.Later = casePath(v.Case.ID) + "?files=" + ids[veilsAtOnce-1].Evidence + "#files"
	}
	for _, f := range ids {
		file, err := c.Files.Veiled(ctx, me, v.Case.ID, f.Evidence)
		if err != nil {
			return err
		}
		file.Case, file.Evidence = v.Case.ID, f.Evidence
		veil, err := c.veil(ctx, me, file)
		if err != nil {
			return err
		}
		if !veil.Need.Look {
			out.NoLook++
		}
		if veil.Need.Viewed {
			out.Viewed++
		}
		veil.Stack = f.Alike
		if veil.Like, err = c.likes(ctx, file.Key, f.Elsewhere); err != nil {
			return err
		}
		out.Veils = append(out.Veils, veil)
	}
	out.same()
	v.Files = out
	return nil
}
