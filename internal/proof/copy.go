package proof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/durable"
	"github.com/jaga-project/jaga/internal/store"
)

// errGrave marks that a copy contradicts the log.
var errGrave = errors.New("the copy contradicts the log")

// tailBytes is how much of the end of the file is read to find its last
// checkpoint, which has about 200.
const tailBytes = 64 << 10

// copyOut adds the checkpoint to the file, unless it is there already.
//
// The order of system calls: open for appending, read the end, one write,
// fsync; for a new file also fsync of its folder. What a crash leaves of a
// write is passed over by readers, and the next copy begins on a new line.
func (s *Service) copyOut(ctx context.Context, note string, c custody.Checkpoint) (err error) {
	f, fresh, err := s.openCopy(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	tail, err := readTail(f)
	if err != nil {
		return fmt.Errorf("copy checkpoint: %w", err)
	}
	kept := custody.SplitNotes(tail)
	if len(kept) == 0 && strings.TrimSpace(tail) != "" {
		return s.fail(jaga.CodeConflict, "it holds something else than checkpoints", "name another file in custody.export_file", nil)
	}
	if len(kept) > 0 {
		same, err := s.continues(ctx, kept[len(kept)-1], c)
		if err != nil || same {
			return err
		}
	}
	entry := note + "\n"
	if tail != "" && !strings.HasSuffix(tail, "\n") {
		entry = "\n\n" + entry // behind what was cut off
	}
	if _, err := io.WriteString(f, entry); err != nil {
		return s.fail(jaga.CodeUnavailable, "it cannot be written: "+err.Error(), "check the medium and its free space", err)
	}
	if err := f.Sync(); err != nil {
		return s.fail(jaga.CodeUnavailable, "it cannot be made durable: "+err.Error(), "check the medium", err)
	}
	if fresh {
		return durable.SyncDir(filepath.Dir(s.opt.File))
	}
	return nil
}

func (s *Service) fail(code jaga.Code, what, hint string, err error) error {
	return &jaga.Error{Code: code, Field: "custody.export_file", Msg: "copy checkpoint to " + s.opt.File + ": " + what, Hint: hint, Err: err}
}

// openCopy opens the file. It is made only if none was ever written: a medium
// that is not there must not be replaced by an empty folder of the same name.
func (s *Service) openCopy(ctx context.Context) (f *os.File, fresh bool, err error) {
	f, err = os.OpenFile(s.opt.File, os.O_RDWR|os.O_APPEND, 0)
	if !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			err = s.fail(jaga.CodeUnavailable, "it cannot be opened: "+err.Error(), "check the medium, and who owns the file", err)
		}
		return f, false, err
	}
	if info, err := os.Stat(filepath.Dir(s.opt.File)); err != nil || !info.IsDir() {
		return nil, false, s.fail(jaga.CodeUnavailable, "the medium is missing: its folder is not there", "mount it; copying goes on by itself", err)
	}
	var before int64
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		before, err = store.One[int64](tx, `SELECT COUNT(*) FROM custody_copies WHERE place = $1`, s.place)
		return err
	}); err != nil {
		return nil, false, err
	}
	if before > 0 {
		return nil, false, s.fail(jaga.CodeUnavailable, fmt.Sprintf("the medium is missing or another one: the file with %d copies is gone", before),
			"mount the right medium; to begin anew on this one, make an empty file of that name", nil)
	}
	f, err = os.OpenFile(s.opt.File, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		err = s.fail(jaga.CodeUnavailable, "it cannot be made: "+err.Error(), "check who owns the folder", err)
	}
	return f, true, err
}

func readTail(f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	n := min(info.Size(), tailBytes)
	b := make([]byte, n)
	if _, err := f.ReadAt(b, info.Size()-n); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return string(b), nil
}

// continues checks that the log goes on from the last checkpoint that was
// copied. same is true when it is the one at hand.
func (s *Service) continues(ctx context.Context, last string, c custody.Checkpoint) (same bool, err error) {
	old, err := custody.OpenCheckpoint(last, s.opt.Verifier)
	grave := func(what string) error {
		return s.fail(jaga.CodeConflict, what, "keep the database and the file as they are, and find out who changed the log; docs/custody.md says how", errGrave)
	}
	switch {
	case err != nil:
		return false, s.fail(jaga.CodeConflict, "it holds checkpoints of another log, or signed with another key", "name another file in custody.export_file", nil)
	case old.Size > c.Size:
		return false, grave(fmt.Sprintf("the file has a checkpoint over %d records, the log only %d: its end was cut off, or an old backup was restored", old.Size, c.Size))
	case old.Size == c.Size:
		if old != c {
			return false, grave(fmt.Sprintf("the file has another log of %d records: the log was rewritten", c.Size))
		}
		return true, nil
	}
	var p custody.Consistency
	err = s.db.View(ctx, func(tx *store.Tx) error {
		p, err = custody.ProveConsistency(old.Size, c.Size, store.CustodyHashes(tx))
		return err
	})
	if err == nil {
		if err := p.Check(old, c); err != nil {
			return false, grave(fmt.Sprintf("the log of %d records does not begin with the %d records of the copy: it was rewritten", c.Size, old.Size))
		}
	}
	return false, err
}
