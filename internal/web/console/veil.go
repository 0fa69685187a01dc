package console

import (
	"context"
	"io"
	"slices"
	"strconv"
	"time"

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
	// May makes sure that the person may see the files of a case.
	May(ctx context.Context, actor string, caseID int64) error
	Veiled(ctx context.Context, actor string, caseID int64, evidence string) (Veiled, error)
	// Open opens the content. It is called once bytes are really to be sent.
	Open(ctx context.Context, actor string, v Veiled) (Source, error)
}

// veilView is what the template "veil" needs to show a file on demand; without
// one the template draws an empty veil.
type veilView struct {
	Veiled
	Shows    bool // this kind can be shown here
	Film     bool // it goes on in time, and comes in parts
	Need     look.Need
	May      mayView    // said before anybody presses
	Stack    []string   // files of the case that are nearly the same
	Like     []likeView // of other cases, seen or decided on already
	Purposes []look.Purpose
	ID       string // of the element
}

// stackMost is how many files of a stack one veil leads to.
const stackMost = 50

type stackLine struct {
	N    int // in the stack; the veil itself is the first
	Path string
}

// Stacked are the ways to the files under this one.
func (v *veilView) Stacked() (out []stackLine) {
	for i, id := range v.Stack[:min(len(v.Stack), stackMost)] {
		out = append(out, stackLine{i + 2, "/look/cases/" + strconv.FormatInt(v.Case, 10) + "/" + id})
	}
	return out
}

// Seconds is for how long the file is shown to people who cannot hold a button.
func (v *veilView) Seconds() int {
	if v.Film {
		return 15
	}
	return 5
}

// maxShown is the largest picture that is shown, in bytes, and maxPixels in
// pixels: a browser decodes it in one piece. Films come in parts.
const (
	maxShown  = 64 << 20
	maxPixels = 60_000_000
)

// mayView is what the reader is told of whether they can look now.
type mayView struct {
	Why   string
	Until int64
	// Minutes are left where they are few, and 0 otherwise.
	Minutes int64
}

// fewLeft is from where on the reader is told how long they can still look.
const fewLeft = 5 * time.Minute

func sayMay(m look.May) mayView {
	v := mayView{Why: m.Why, Until: m.Until}
	if m.Why == "" && m.Left < fewLeft {
		v.Minutes = int64((m.Left + time.Minute - 1) / time.Minute)
	}
	return v
}

// veil makes the view of a file for the page of a person.
func (c *console) veil(ctx context.Context, actor string, v Veiled) (*veilView, error) {
	n, err := c.Look.NeedLook(ctx, v.Key, v.Votes)
	if err != nil {
		return nil, err
	}
	may, err := c.Look.MayLook(ctx, actor, v.Key, v.Class)
	if err != nil {
		return nil, err
	}
	out := &veilView{Veiled: v, Need: n, May: sayMay(may), ID: v.Evidence}
	out.Film = look.Films(v.Kind)
	out.Shows = out.Film || v.Kind == jaga.KindImage && v.Bytes <= maxShown && v.Width*v.Height <= maxPixels
	// What is not open to the reader now is not offered; where nothing is, all
	// is, and the refusal says what to do.
	open, err := c.Look.Purposes(ctx, actor, v.Case)
	if err != nil {
		return nil, err
	}
	free := func(p look.Purpose) bool { return n.Look || !p.First() }
	if !slices.ContainsFunc(open, free) {
		open = look.Purposes()
	}
	for _, p := range open {
		if free(p) {
			out.Purposes = append(out.Purposes, p)
		}
	}
	return out, nil
}
