package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"io"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// Fault is a file that does not verify.
type Fault struct {
	ID  string
	Err error
}

// Verify reads every file whole and compares it with the digest that was taken
// when it came in. faults lists those that cannot be read or are not what came
// in. It hands out no byte, and is one custody record. progress may be nil.
func (s *Service) Verify(ctx context.Context, actor string, progress func(files int64)) (files int64, faults []Fault, err error) {
	if err := s.db.Update(ctx, custody.Event{Actor: actor, Action: "vault.verify", Subject: "vault"}, func(*store.Tx) error { return nil }); err != nil {
		return 0, nil, err
	}
	for after := ""; ; {
		var page []row
		err := s.db.View(ctx, func(tx *store.Tx) (err error) {
			page, err = store.All[row](tx, `SELECT `+columns+` FROM evidence WHERE id > $1 AND state <> 'destroyed' ORDER BY id LIMIT 100`, after)
			return err
		})
		if err != nil || len(page) == 0 {
			return files, faults, err
		}
		for _, r := range page {
			after = r.ID
			if err := s.verify(ctx, r); err != nil {
				if ctx.Err() != nil {
					return files, faults, ctx.Err()
				}
				// It may have been moved or destroyed since the page was read.
				var now row
				if verr := s.db.View(ctx, func(tx *store.Tx) (err error) { now, err = get(tx, r.ID); return err }); verr == nil && now.Version == r.Version && now.state() != Destroyed {
					faults = append(faults, Fault{r.ID, err})
				}
			}
			files++
			if progress != nil {
				progress(files)
			}
		}
	}
}

func (s *Service) verify(ctx context.Context, r row) error {
	rec, err := s.record(r)
	if err != nil {
		return err
	}
	blob, err := s.blobs.Open(ctx, r.ID)
	if err != nil {
		return err
	}
	defer blob.Close()
	v, _ := s.keys()
	c, err := v.Open(r.Header, r.binding(), blob)
	if err != nil {
		return err
	}
	short, long := sha256.New(), sha512.New()
	n, err := io.CopyBuffer(io.MultiWriter(short, long), &untilDone{ctx, io.NewSectionReader(c, 0, c.Size())}, make([]byte, 256<<10))
	if err != nil {
		return err
	}
	digest := s.Digest([32]byte(short.Sum(nil)))
	if n != rec.Size || hex.EncodeToString(short.Sum(nil)) != rec.SHA256 || hex.EncodeToString(long.Sum(nil)) != rec.SHA512 || !bytes.Equal(digest[:], r.Digest) {
		return &jaga.Error{Code: jaga.CodeUnavailable, Field: "evidence", Msg: "verify evidence: it is not what came in", Err: vault.ErrDamaged}
	}
	return nil
}

// untilDone ends reading when the context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
