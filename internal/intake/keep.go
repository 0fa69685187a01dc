package intake

import (
	"context"
	"errors"
	"io"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Keeper seals files while they are checked, so that what a case needs is there
// and was never on a disk in the clear. It is safe for concurrent use.
type Keeper interface {
	// Put seals what r yields and returns a name for it. r ends when the file
	// turned out to be worth keeping, and otherwise fails; then nothing is kept.
	Put(ctx context.Context, item jaga.Item, r io.Reader) (id string, err error)
	// Stored is called when the outcome of a file that was sealed is stored: what
	// no case took by then is discarded.
	Stored(ctx context.Context, id string) error
}

// errNothingFound is how the reader of a [Keeper] ends for a file without a
// finding.
var errNothingFound = errors.New("nothing was found in the file")

// sealing is a file on its way into the vault while it is read to be checked.
// Whatever becomes of the vault, reading goes on.
type sealing struct {
	io.Reader
	w      *io.PipeWriter
	broken bool // the vault takes no more
	ended  bool
	done   chan sealed
}

type sealed struct {
	id  string
	err error
}

// seal begins to seal what is read from the returned reader. end must be called.
func (s *Service) seal(ctx context.Context, item jaga.Item, body io.Reader) *sealing {
	r, w := io.Pipe()
	k := &sealing{Reader: body, w: w, done: make(chan sealed, 1)}
	go func() {
		id, err := "", error(errors.New("the vault stopped"))
		defer func() {
			if p := recover(); p != nil {
				s.opt.Log.Error("seal file", "panic", p)
			}
			_ = r.CloseWithError(io.ErrClosedPipe) // whoever writes goes on without it
			k.done <- sealed{id, err}
		}()
		id, err = s.opt.Evidence.Put(ctx, item, r)
	}()
	return k
}

func (k *sealing) Read(p []byte) (int, error) {
	n, err := k.Reader.Read(p)
	if n > 0 && !k.broken {
		_, werr := k.w.Write(p[:n])
		k.broken = werr != nil
	}
	return n, err
}

// end ends the file: worth keeping, or not. Only the first call counts. An
// error means that a file that was worth it is not kept.
func (k *sealing) end(keep bool) (id string, err error) {
	if k.ended {
		return "", nil
	}
	k.ended = true
	if keep {
		_ = k.w.Close() // it never fails
	} else {
		_ = k.w.CloseWithError(errNothingFound)
	}
	out := <-k.done
	if !keep {
		return "", nil
	}
	return out.id, out.err
}

// stored tells the keeper that the outcome is stored.
func (s *Service) stored(ctx context.Context, rec Record) {
	if rec.Evidence == "" {
		return
	}
	if err := s.opt.Evidence.Stored(context.WithoutCancel(ctx), rec.Evidence); err != nil {
		s.opt.Log.Error("discard a file that no case took", "id", rec.Item.ID, "evidence", rec.Evidence, "error", err)
	}
}

// Bind keeps, in the caller's transaction, with which sealed file an item came.
func Bind(tx *store.Tx, item, evidence string) error {
	_, err := tx.Exec(`INSERT INTO item_evidence (item_id, evidence_id) VALUES ($1, $2) ON CONFLICT (item_id) DO UPDATE SET evidence_id = excluded.evidence_id`, item, evidence)
	return err
}

// OfFile returns the newest item that came with a sealed file; ok is false where
// none is kept any longer.
func OfFile(tx *store.Tx, evidence string) (rec Record, ok bool, err error) {
	rows, err := store.All[itemRow](tx, `SELECT `+itemColumns+` FROM items WHERE id = (SELECT MAX(b.item_id) FROM item_evidence b JOIN items i ON i.id = b.item_id WHERE b.evidence_id = $1)`, evidence)
	if err != nil || len(rows) == 0 {
		return Record{}, false, err
	}
	rec, err = rows[0].record()
	return rec, err == nil, err
}

// Files returns the sealed files with which items came, each once.
func Files(tx *store.Tx, items []string) (out []string, err error) {
	seen := map[string]bool{}
	for _, id := range items {
		files, err := store.All[string](tx, `SELECT evidence_id FROM item_evidence WHERE item_id = $1`, id)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if !seen[f] {
				seen[f] = true
				out = append(out, f)
			}
		}
	}
	return out, nil
}

// Refs returns the platform's own names of items, those that have one.
func Refs(tx *store.Tx, items []string) (out []string, err error) {
	for _, id := range items {
		refs, err := store.All[string](tx, `SELECT ref FROM items WHERE id = $1 AND ref <> ''`, id)
		if err != nil {
			return nil, err
		}
		out = append(out, refs...)
	}
	return out, nil
}
