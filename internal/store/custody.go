package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
)

// Record appends an event to the custody log within the transaction. Update
// does it for its own event; further events of one act are recorded so.
func (tx *Tx) Record(e custody.Event) error {
	// The head row is locked first, so that writers come one after another on
	// both engines.
	size, err := One[int64](tx, `SELECT size FROM custody_head WHERE id = 1 {{forupdate}}`)
	if err != nil {
		return fmt.Errorf("custody: %w", err)
	}
	r, err := custody.NewRecord(size, tx.clock, e)
	if err != nil {
		return err
	}
	leaf := r.Leaf()
	hashes, err := tlog.StoredHashesForRecordHash(size, leaf, hashReader{tx})
	if err != nil {
		return fmt.Errorf("custody: %w", err)
	}
	at := tlog.StoredHashCount(size)
	for i, h := range hashes {
		if _, err := tx.Exec(`INSERT INTO custody_hashes (id, hash) VALUES ($1, $2)`, at+int64(i), h[:]); err != nil {
			return fmt.Errorf("custody: %w", err)
		}
	}
	if _, err := tx.Exec(`INSERT INTO custody_records (seq, at, actor, action, subject, detail, leaf) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		r.Seq, r.At, r.Actor, r.Action, r.Subject, r.Detail, leaf[:]); err != nil {
		return fmt.Errorf("custody: %w", err)
	}
	if _, err := tx.Exec(`UPDATE custody_head SET size = $1 WHERE id = 1`, size+1); err != nil {
		return fmt.Errorf("custody: %w", err)
	}
	tx.Notify("custody", fmt.Sprint(size))
	return nil
}

// hashReader reads stored hashes of the tree.
type hashReader struct{ tx *Tx }

func (r hashReader) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		b, err := One[[]byte](r.tx, `SELECT hash FROM custody_hashes WHERE id = $1`, x)
		if err != nil {
			return nil, err
		}
		if copy(out[i][:], b) != len(out[i]) || len(b) != len(out[i]) {
			return nil, fmt.Errorf("stored hash %d has %d bytes", x, len(b))
		}
	}
	return out, nil
}

// CustodyHead describes the log as it is now.
type CustodyHead struct {
	Size           int64
	CheckpointSize int64  // records under the last signed checkpoint
	CheckpointAt   int64  // microseconds, 0 when there is none
	Checkpoint     string // the signed note
}

// CustodyHead returns the size of the log and its last checkpoint.
func (db *DB) CustodyHead(ctx context.Context) (h CustodyHead, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		if h.Size, err = One[int64](tx, `SELECT size FROM custody_head WHERE id = 1`); err != nil {
			return err
		}
		last, err := All[struct {
			Size, At int64
			Note     string
		}](tx, `SELECT size, at, note FROM custody_checkpoints ORDER BY size DESC LIMIT 1`)
		if len(last) == 1 {
			h.CheckpointSize, h.CheckpointAt, h.Checkpoint = last[0].Size, last[0].At, last[0].Note
		}
		return err
	})
	return h, err
}

// CustodyTrail returns the records about a subject, oldest first.
func CustodyTrail(tx *Tx, subject string, limit int) ([]custody.Record, error) {
	return All[custody.Record](tx, `SELECT seq, at, actor, action, subject, detail FROM custody_records
		WHERE subject = $1 ORDER BY seq LIMIT $2`, subject, limit)
}

// Checkpoint signs the log as it is now, stores the note and returns it.
// Nothing new, and an empty log, need no new one.
func (db *DB) Checkpoint(ctx context.Context) (string, error) {
	if db.opts.Signer == "" {
		return "", &jaga.Error{Code: jaga.CodeUnavailable, Msg: "sign checkpoint: there is no signing key"}
	}
	var signed string
	err := db.Bulk(ctx, func(tx *Tx) error {
		size, err := One[int64](tx, `SELECT size FROM custody_head WHERE id = 1 {{forupdate}}`)
		if err != nil || size == 0 {
			return err
		}
		old, err := All[string](tx, `SELECT note FROM custody_checkpoints WHERE size = $1`, size)
		if err != nil {
			return err
		}
		if len(old) == 1 {
			signed = old[0]
			return nil
		}
		root, err := tlog.TreeHash(size, hashReader{tx})
		if err != nil {
			return err
		}
		c := custody.Checkpoint{Origin: db.opts.Origin, Size: size, Root: root}
		if signed, err = c.Sign(db.opts.Signer); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO custody_checkpoints (size, at, note) VALUES ($1, $2, $3)`, size, tx.Now(), signed)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	return signed, nil
}

// VerifyCustody reads the whole log again and checks every record against its
// hash, every stored hash of the tree, and every signed checkpoint with the
// verifier (see [custody.NewKey]). outside is the text of checkpoints that were
// kept elsewhere, one or several, which the log must agree with as well; it may
// be empty. progress may be nil. The error is a [*custody.Damage] when something
// was changed.
func (db *DB) VerifyCustody(ctx context.Context, verifier, outside string, progress func(done, total int64)) (records int64, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		records, err = verifyCustody(tx, verifier, outside, progress)
		return err
	})
	return records, err
}

type heldCheckpoint struct {
	Size int64
	Note string
}

// heldCheckpoints lists the log's own checkpoints and those from elsewhere, by
// size.
func heldCheckpoints(tx *Tx, verifier, outside string) ([]heldCheckpoint, error) {
	notes, err := All[heldCheckpoint](tx, `SELECT size, note FROM custody_checkpoints ORDER BY size`)
	if err != nil || outside == "" {
		return notes, err
	}
	kept := custody.SplitNotes(outside)
	if len(kept) == 0 {
		kept = []string{outside}
	}
	for _, note := range kept {
		c, err := custody.OpenCheckpoint(note, verifier)
		if err != nil {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "checkpoint", Msg: "it is not a checkpoint of this installation: " + err.Error(), Err: err}
		}
		notes = append(notes, heldCheckpoint{c.Size, note})
	}
	slices.SortStableFunc(notes, func(a, b heldCheckpoint) int { return cmp.Compare(a.Size, b.Size) })
	return notes, nil
}

func verifyCustody(tx *Tx, verifier, outside string, progress func(done, total int64)) (int64, error) {
	size, err := One[int64](tx, `SELECT size FROM custody_head WHERE id = 1`)
	if err != nil {
		return 0, err
	}
	notes, err := heldCheckpoints(tx, verifier, outside)
	if err != nil {
		return 0, err
	}
	var v custody.Verifier
	var tree, good int64 // stored hashes checked; records under the last good checkpoint
	if len(notes) > 0 && notes[0].Size <= 0 {
		return 0, &custody.Damage{Seq: -1, What: "a checkpoint over no records is there"}
	}
	for v.Size() < size {
		// Whole pages are read before anything else is asked, so that the
		// connection is free in between.
		type row struct {
			Seq, At                        int64
			Actor, Action, Subject, Detail string
			Leaf                           []byte
		}
		page, err := All[row](tx, `SELECT seq, at, actor, action, subject, detail, leaf FROM custody_records
			WHERE seq >= $1 ORDER BY seq LIMIT 2000`, v.Size())
		if err != nil {
			return 0, err
		}
		hashes, err := All[[]byte](tx, `SELECT hash FROM custody_hashes WHERE id >= $1 ORDER BY id LIMIT $2`,
			tree, tlog.StoredHashCount(v.Size()+int64(len(page)))-tree)
		if err != nil {
			return 0, err
		}
		if len(page) == 0 {
			return 0, &custody.Damage{Seq: v.Size(), What: fmt.Sprintf("missing: the log should have %d records", size)}
		}
		for _, r := range page {
			var leaf tlog.Hash
			if len(r.Leaf) != len(leaf) {
				return 0, &custody.Damage{Seq: r.Seq, What: "its stored hash has a wrong length"}
			}
			copy(leaf[:], r.Leaf)
			if err := v.Add(custody.Record{Seq: r.Seq, At: r.At, Actor: r.Actor, Action: r.Action, Subject: r.Subject, Detail: r.Detail}, leaf); err != nil {
				return 0, err
			}
			for _, h := range v.Stored() {
				if len(hashes) == 0 || string(hashes[0]) != string(h[:]) {
					return 0, &custody.Damage{Seq: r.Seq, What: "a stored hash of the tree does not agree with the records"}
				}
				hashes, tree = hashes[1:], tree+1
			}
			for len(notes) > 0 && notes[0].Size == v.Size() {
				if err := checkNote(&v, notes[0], verifier, good); err != nil {
					return 0, err
				}
				good, notes = notes[0].Size, notes[1:]
			}
		}
		if progress != nil {
			progress(v.Size(), size)
		}
	}
	if len(notes) > 0 {
		return 0, &custody.Damage{Seq: size, What: fmt.Sprintf("missing: a checkpoint was signed over %d records", notes[0].Size)}
	}
	if n, err := One[int64](tx, `SELECT COUNT(*) FROM custody_hashes`); err != nil || n != tlog.StoredHashCount(size) {
		return 0, cmpErr(err, &custody.Damage{Seq: size, What: fmt.Sprintf("the tree of %d records has %d stored hashes, %d are there", size, tlog.StoredHashCount(size), n)})
	}
	if n, err := One[int64](tx, `SELECT COUNT(*) FROM custody_records`); err != nil || n != size {
		return 0, cmpErr(err, &custody.Damage{Seq: size, What: fmt.Sprintf("the log states %d records, %d are there", size, n)})
	}
	return size, nil
}

func cmpErr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// checkNote compares the tree with a checkpoint. good is how many records the
// checkpoint before it has proven.
func checkNote(v *custody.Verifier, held heldCheckpoint, verifier string, good int64) error {
	c, err := custody.OpenCheckpoint(held.Note, verifier)
	if err == nil && c.Size != held.Size {
		err = fmt.Errorf("it states %d records", c.Size)
	}
	if err != nil {
		return &custody.Damage{Seq: -1, What: fmt.Sprintf("the checkpoint over %d records is damaged: %v", held.Size, err)}
	}
	if err := v.Check(c); err != nil {
		return &custody.Damage{Seq: -1, From: good, To: c.Size,
			What: fmt.Sprintf("the tree of %d records does not have the root that its checkpoint states: something among the records %d to %d was changed, and its hashes with it", c.Size, good, c.Size-1)}
	}
	return nil
}
