package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

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

// MostFaults is how many faults a check names; it counts all.
const MostFaults = 1000

// Checked is what a check of the sealed files found out.
type Checked struct {
	// Files and Bytes are what was looked at; destroyed files are not.
	Files, Bytes int64
	// Content says that every file was read whole and compared with the digests
	// of its arrival. Without it, it was seen that the payload is there with its
	// size, that key, case, file and record belong together, and that the end of
	// the payload is the one that was written.
	Content bool
	// Bad files are damaged or missing; Faults names the first of them.
	Bad    int64
	Faults []Fault
	// Unchecked files could not be looked at, and nobody knows whether they are
	// whole; Why says why, each reason once.
	Unchecked int64
	Why       []string
}

// Whole reports whether every file was looked at and none is bad.
func (c Checked) Whole() bool { return c.Bad == 0 && c.Unchecked == 0 }

// CheckOptions say how to look.
type CheckOptions struct {
	Content bool
	// Progress is told how many bytes of how many were looked at; it may be nil.
	Progress func(done, total int64)
}

// mostSilent is how many files in a row a store may not answer for before the
// others are not asked for any more.
const mostSilent = 5

// Check looks at every sealed file. It changes nothing, hands out no byte and
// leaves no record, so that it works on a database that can only be read. Damage
// is a result and no error.
func (s *Service) Check(ctx context.Context, o CheckOptions) (Checked, error) {
	c := &checking{s: s, o: o, out: Checked{Content: o.Content}}
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		c.total, err = store.One[int64](tx, `SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM evidence WHERE state <> 'destroyed'`)
		return err
	}); err != nil {
		return c.out, err
	}
	for after := ""; ; {
		var page []row
		err := s.db.View(ctx, func(tx *store.Tx) (err error) {
			page, err = store.All[row](tx, `SELECT `+columns+` FROM evidence WHERE id > $1 AND state <> 'destroyed' ORDER BY id LIMIT 100`, after)
			return err
		})
		if err != nil || len(page) == 0 {
			return c.out, err
		}
		for _, r := range page {
			after = r.ID
			if err := c.file(ctx, r); err != nil {
				return c.out, err
			}
		}
	}
}

// checking is a check under way.
type checking struct {
	s      *Service
	o      CheckOptions
	out    Checked
	total  int64
	silent int
}

func (c *checking) file(ctx context.Context, r row) error {
	c.out.Files++
	defer func() { c.out.Bytes += r.Size; c.progress(0) }()
	if c.silent >= mostSilent {
		c.out.Unchecked++
		return nil
	}
	err := c.s.verify(ctx, r, c.o.Content, c.progress)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		c.silent = 0
		return nil
	}
	// It may have been moved, wrapped again or destroyed since the page was read.
	var now row
	if verr := c.s.db.View(ctx, func(tx *store.Tx) (err error) { now, err = get(tx, r.ID); return err }); verr != nil || now.Version != r.Version || now.state() == Destroyed {
		if verr != nil && jaga.CodeOf(verr) != jaga.CodeNotFound {
			return verr
		}
		if verr != nil || now.state() == Destroyed {
			return nil // it is gone, as somebody wanted
		}
		if err = c.s.verify(ctx, now, c.o.Content, c.progress); err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
	}
	switch {
	case errors.Is(err, vault.ErrNoKey) && vault.KeyID(now.Header) == now.KeyID:
		c.not("the vault key " + now.KeyID + " is not loaded")
	case errors.Is(err, vault.ErrDamaged) || jaga.CodeOf(err) == jaga.CodeNotFound:
		if c.out.Bad++; len(c.out.Faults) < MostFaults {
			c.out.Faults = append(c.out.Faults, Fault{r.ID, err})
		}
		c.silent = 0
	default:
		c.not("the store of the payloads did not answer")
		if c.silent++; c.silent == mostSilent {
			c.s.log.Warn("check vault: the store did not answer, the other files are not checked", "error", err)
		}
	}
	return nil
}

// not counts a file that could not be looked at.
func (c *checking) not(why string) {
	c.out.Unchecked++
	if !slices.Contains(c.out.Why, why) {
		c.out.Why = append(c.out.Why, why)
	}
}

func (c *checking) progress(read int64) {
	if c.o.Progress != nil {
		c.o.Progress(min(c.out.Bytes+read, c.total), c.total)
	}
}

// Verify is [Service.Check] of the whole content for the record: it is one custody
// record, and people see what came of it ([Service.LastCheck]).
func (s *Service) Verify(ctx context.Context, actor string, progress func(done, total int64)) (Checked, error) {
	if err := s.db.Update(ctx, verifyEvent(actor), func(*store.Tx) error { return nil }); err != nil {
		return Checked{}, err
	}
	return s.checkKept(ctx, actor, progress)
}

func verifyEvent(actor string) custody.Event {
	return custody.Event{Actor: actor, Action: "vault.verify", Subject: "vault"}
}

// checkKept checks and keeps what came of it.
func (s *Service) checkKept(ctx context.Context, actor string, progress func(done, total int64)) (Checked, error) {
	began := s.db.Now().UnixMicro()
	c, err := s.Check(ctx, CheckOptions{Content: true, Progress: progress})
	if err != nil {
		return c, err
	}
	return c, s.db.Bulk(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`INSERT INTO vault_checks (began_at, ended_at, actor, content, files, bytes, bad, unchecked, why) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			began, tx.Now(), actor, int64(1), c.Files, c.Bytes, c.Bad, c.Unchecked, strings.Join(c.Why, "\n")); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM vault_checks WHERE id <= (SELECT MAX(id) FROM vault_checks) - $1`, int64(checksKept))
		return err
	})
}

// checksKept is how many checks are remembered.
const checksKept = 100

// PastCheck is a check of the whole content that came to its end.
type PastCheck struct {
	BeganAt, EndedAt             int64 // microseconds
	By                           string
	Files, Bytes, Bad, Unchecked int64
	Why                          string // lines
}

// Whole reports whether every file was looked at and none was bad.
func (c PastCheck) Whole() bool { return c.Bad == 0 && c.Unchecked == 0 }

// LastCheck returns the newest check; ok is false where there was none yet.
func LastCheck(tx *store.Tx) (c PastCheck, ok bool, err error) {
	list, err := store.All[PastCheck](tx, `SELECT began_at, ended_at, actor, files, bytes, bad, unchecked, why FROM vault_checks ORDER BY id DESC LIMIT 1`)
	if len(list) == 1 {
		c, ok = list[0], true
	}
	return c, ok, err
}

// VerifyJob is the kind of the job that checks all sealed files.
const VerifyJob = "vault.verify"

type verifyArgs struct {
	Actor string `json:"actor"`
}

// AskVerify asks for all sealed files to be checked beside everything else, which
// is one custody record. One check runs at a time; a second request joins it.
func (s *Service) AskVerify(ctx context.Context, actor string) error {
	return s.db.Update(ctx, verifyEvent(actor), func(tx *store.Tx) error {
		return tx.Enqueue(store.Job{Kind: VerifyJob, Unique: VerifyJob, Args: verifyArgs{actor}})
	})
}

// VerifyWork is the handler of [VerifyJob]. Damage is a result: the job's text says
// what was found.
func (s *Service) VerifyWork(ctx context.Context, r *store.Running) error {
	var a verifyArgs
	if err := r.Args(&a); err != nil {
		return store.Permanent(err)
	}
	c, err := s.checkKept(ctx, a.Actor, func(done, total int64) { r.Progress(ctx, min(done, total-1), total, "") })
	if err != nil {
		return err
	}
	r.Progress(ctx, c.Bytes, c.Bytes, "")
	for _, f := range c.Faults {
		s.log.Error("a sealed file is bad", "evidence", f.ID, "error", f.Err)
	}
	if c.Bad > 0 {
		return store.Permanent(fmt.Errorf("%d sealed files are damaged or missing", c.Bad))
	}
	if c.Unchecked > 0 {
		return store.Permanent(fmt.Errorf("%d sealed files were not checked: %s", c.Unchecked, strings.Join(c.Why, "; ")))
	}
	return nil
}

// verify looks at one file; read is told how much of its content was read.
func (s *Service) verify(ctx context.Context, r row, content bool, read func(int64)) error {
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
	if c.Size() != r.Size || rec.Size != r.Size {
		return changed()
	}
	if !content {
		return nil
	}
	short, long := sha256.New(), sha512.New()
	n, err := io.CopyBuffer(io.MultiWriter(short, long), &untilDone{ctx, io.NewSectionReader(c, 0, c.Size()), 0, read}, make([]byte, 256<<10))
	if err != nil {
		return err
	}
	digest := s.Digest([32]byte(short.Sum(nil)))
	if n != rec.Size || hex.EncodeToString(short.Sum(nil)) != rec.SHA256 || hex.EncodeToString(long.Sum(nil)) != rec.SHA512 || !bytes.Equal(digest[:], r.Digest) {
		return changed()
	}
	return nil
}

func changed() error {
	return &jaga.Error{Code: jaga.CodeUnavailable, Field: "evidence", Msg: "verify evidence: it is not what came in", Err: vault.ErrDamaged}
}

// untilDone ends reading when the context ends, and tells how much was read.
type untilDone struct {
	ctx  context.Context
	r    io.Reader
	n    int64
	read func(int64)
}

// Read implements io.Reader.
func (u *untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := u.r.Read(p)
	u.n += int64(n)
	u.read(u.n)
	return n, err
}
