package proof

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/sealto"
	"github.com/jaga-project/jaga/internal/store"
)

// Export says what goes into a bundle. Whether Actor may hand it out, and who
// agreed, is for the caller to know.
type Export struct {
	Actor string
	// Subjects are what the records are about; the record of the export is
	// about the first. What belongs to them comes with them, see
	// [Options.Belongs].
	Subjects  []string
	Reference string // the receiver's own number; it may be empty
	Files     []File
	// Tools are further programs that had a part, such as decoders.
	Tools []custody.Tool
	// To are public keys of age to which the whole bundle is encrypted;
	// without any it is written in the clear.
	To []string
}

// File is a file of a bundle. Open is called once, when it is its turn; what it
// returns is copied as it comes and closed.
type File struct {
	custody.FileFact
	Open func(context.Context) (io.ReadCloser, error)
}

// Exported describes a bundle that was made.
type Exported struct {
	Facts      custody.Facts
	Checkpoint custody.Checkpoint
	Seq        int64  // the record of the export
	Digest     string // of the facts, as that record states it
}

// maxSubjects bounds the subjects and files of a bundle together: its facts list
// them, and whoever verifies it reads those into memory.
const maxSubjects = 500_000

// maxOthers is how many earlier checkpoints a bundle holds at most.
const maxOthers = 64

// Export writes a bundle to w as a stream. The record of the export is in the
// log before the bundle is whole: an export that breaks off leaves a record, and
// never a bundle without one.
func (s *Service) Export(ctx context.Context, w io.Writer, e Export) (out Exported, err error) {
	if e.Subjects, err = s.subjects(ctx, e); err != nil {
		return out, err
	}
	dest := w
	var seal io.WriteCloser
	if len(e.To) > 0 {
		if seal, err = sealto.Writer(w, e.To); err != nil {
			return out, err
		}
		dest = seal
	}
	tools := append([]custody.Tool{{Name: "jaga", Version: s.opt.Version}}, e.Tools...)
	b, err := custody.NewBundleWriter(dest, custody.Facts{Origin: s.opt.Origin, Subjects: e.Subjects, MadeAt: s.opt.Now().UnixMicro(),
		MadeBy: e.Actor, Reference: e.Reference, Tools: tools})
	if err != nil {
		return out, err
	}
	for _, f := range e.Files {
		if err := addFile(ctx, b, f); err != nil {
			return out, err
		}
	}
	facts, digest, err := b.Facts()
	if err != nil {
		return out, err
	}
	out.Facts, out.Digest = facts, digest
	detail := map[string]string{"facts": digest, "files": strconv.Itoa(len(facts.Files))}
	if len(e.To) > 0 {
		sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(e.To)), "\n")))
		detail["to"] = hex.EncodeToString(sum[:])
	}
	err = s.db.Update(ctx, custody.Event{Actor: e.Actor, Action: custody.ExportAction, Subject: e.Subjects[0], Detail: detail}, func(tx *store.Tx) error {
		size, err := store.One[int64](tx, `SELECT size FROM custody_head WHERE id = 1`)
		out.Seq = size - 1
		return err
	})
	if err != nil {
		return out, err
	}
	note, err := s.db.Checkpoint(ctx)
	if err != nil {
		return out, err
	}
	if out.Checkpoint, err = custody.OpenCheckpoint(note, s.opt.Verifier); err != nil {
		return out, err
	}
	if err := s.db.View(ctx, func(tx *store.Tx) error { return s.finish(tx, b, e, note, out.Checkpoint) }); err != nil {
		return out, err
	}
	if seal != nil {
		err = seal.Close()
	}
	return out, err
}

// subjects are what a bundle is about: what was asked for, in that order, and then
// what belongs to it, each once.
func (s *Service) subjects(ctx context.Context, e Export) (out []string, err error) {
	bad := func(field, msg, hint string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: "export: " + msg, Hint: hint}
	}
	switch {
	case len(e.Subjects) == 0 || slices.Contains(e.Subjects, ""):
		return nil, bad("subjects", "a bundle needs a subject", "name what the records are about, such as case:12")
	case len(e.Reference) > 200:
		return nil, bad("reference", "it has more than 200 bytes", "")
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		seen := make(map[string]bool, len(e.Subjects))
		add := func(subject string) error {
			if !seen[subject] {
				seen[subject] = true
				out = append(out, subject)
			}
			if len(out)+len(e.Files) > maxSubjects {
				return bad("subjects", fmt.Sprintf("it would be about more than %d subjects and files", maxSubjects), "make several bundles")
			}
			return nil
		}
		for _, subject := range e.Subjects {
			if err := add(subject); err != nil {
				return err
			}
		}
		if s.opt.Belongs != nil {
			for _, subject := range e.Subjects {
				if err := s.opt.Belongs(tx, subject, add); err != nil {
					return err
				}
			}
		}
		some, err := store.CustodyAny(tx, out)
		if err == nil && !some {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "subjects", Msg: "export: the log has no record about this", Hint: "the page Custody lists the subjects"}
		}
		return err
	})
	return out, err
}

func addFile(ctx context.Context, b *custody.BundleWriter, f File) error {
	r, err := f.Open(ctx)
	if err != nil {
		return fmt.Errorf("export %s: %w", f.Name, err)
	}
	defer r.Close()
	if _, err := b.AddFile(f.FileFact, r); err != nil {
		return err
	}
	return nil
}

// finish writes the part of the log, all from one state of the database.
func (s *Service) finish(tx *store.Tx, b *custody.BundleWriter, e Export, note string, main custody.Checkpoint) error {
	subjects := slices.Clone(e.Subjects)
	for _, f := range e.Files {
		subjects = append(subjects, f.Subject)
	}
	places, err := store.CustodyPlaces(tx, subjects, main.Size)
	if err != nil {
		return err
	}
	records := store.CustodyRecords(tx, places)
	others, err := s.others(tx, records, main.Size)
	if err != nil {
		return err
	}
	stamped := custody.Stamped{Note: note}
	tokens, err := store.All[[]byte](tx, `SELECT token FROM custody_stamps WHERE size = $1`, main.Size)
	if err != nil {
		return err
	}
	if len(tokens) == 1 {
		stamped.Token = tokens[0]
	}
	return b.Finish(custody.BundleLog{Verifier: s.opt.Verifier, Signer: s.opt.Signer, Checkpoint: stamped, Others: others,
		Records: records, Hashes: store.CustodyHashes(tx)})
}

// others chooses the earlier checkpoints of a bundle: for each record the first
// that was signed over it, which shows how early it was there.
func (s *Service) others(tx *store.Tx, records func(func(custody.Record, error) bool), before int64) (out []custody.Stamped, err error) {
	covered := int64(0)
	for r, rerr := range records {
		if rerr != nil {
			return nil, rerr
		}
		if r.Seq < covered || len(out) == maxOthers {
			continue
		}
		first, err := store.CustodyCheckpointsFrom(tx, r.Seq+1, 1)
		if err != nil {
			return nil, err
		}
		if len(first) == 0 || first[0].Size >= before {
			break
		}
		covered = first[0].Size
		out = append(out, custody.Stamped{Note: first[0].Note, Token: first[0].Token})
	}
	return out, nil
}
