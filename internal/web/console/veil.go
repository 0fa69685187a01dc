package console

import (
	"context"
	"io"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/look"
)

// Veiled is what a page says of a file without showing it.
type Veiled struct {
	Case     int64
	Evidence string // the file's id in the case
	// Key is the keyed digest of the content, in hexadecimal digits; it is not
	// written into pages.
	Key           string
	Kind          jaga.Kind
	Bytes         int64
	Width, Height int64 // 0 where they are not known
	Matches       int64
	// Votes is how many independent sources say of the hash what it is.
	Votes int
	// Class is that of the material, for budgets, or empty.
	Class string
	// Hardest asks for a second person.
	Hardest bool
}

// Source is a file that was opened to be shown.
type Source interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Files finds the files of cases. Whether the person may work on the case is for
// it to say: it answers jaga.CodeNotFound or jaga.CodeDenied otherwise.
type Files interface {
	Veiled(ctx context.Context, actor string, caseID int64, evidence string) (Veiled, error)
	// Open opens the content. It is called once bytes are really to be sent.
	Open(ctx context.Context, actor string, v Veiled) (Source, error)
}

// veilView is what the template "veil" needs to show a file on demand; without
// one the template draws an empty veil.
type veilView struct {
	Veiled
	Shows    bool // this kind can be shown here
	Need     look.Need
	Purposes []look.Purpose
	ID       string // of the element
}

// maxShown is the largest file that is shown, in bytes, and maxPixels the
// largest picture: a browser decodes it in one piece.
const (
	maxShown  = 64 << 20
	maxPixels = 60_000_000
)

// veil makes the view of a file for a page.
func (c *console) veil(ctx context.Context, v Veiled) (*veilView, error) {
	n, err := c.Look.NeedLook(ctx, v.Key, v.Votes)
	if err != nil {
		return nil, err
	}
	out := &veilView{Veiled: v, Need: n, ID: v.Evidence}
	out.Shows = v.Kind == jaga.KindImage && v.Bytes <= maxShown && v.Width*v.Height <= maxPixels
	for _, p := range look.Purposes() {
		if n.Look || !p.First() {
			out.Purposes = append(out.Purposes, p)
		}
	}
	return out, nil
}
