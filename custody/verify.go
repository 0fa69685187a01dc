package custody

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Damage says where a log was changed, and how.
type Damage struct {
	Seq int64 // the first record at fault, -1 when it is the tree or a checkpoint
	// From and To bound the records among which the first one at fault is, To
	// exclusive, when a checkpoint shows that there is one; To is 0 otherwise.
	From, To int64
	What     string
}

// Error returns what is wrong and where.
func (d *Damage) Error() string {
	if d.Seq < 0 {
		return "custody log: " + d.What
	}
	return fmt.Sprintf("custody log: record %d: %s", d.Seq, d.What)
}

// Verifier checks a log record by record. The zero value is ready; it keeps
// only the hashes on the right edge of the tree, so memory does not grow.
type Verifier struct {
	size   int64
	hashes map[int64]tlog.Hash
	last   []tlog.Hash
}

// Stored returns the hashes of the tree that the last record added, in the
// order in which a log stores them: the first of n records so far has the index
// tlog.StoredHashCount(n-1).
func (v *Verifier) Stored() []tlog.Hash { return v.last }

// Add checks that r is the next record, and takes it into the tree. leaf is
// the leaf hash that was stored when it was written.
func (v *Verifier) Add(r Record, leaf tlog.Hash) error {
	if r.Seq != v.size {
		return &Damage{Seq: v.size, What: fmt.Sprintf("missing or out of order: record %d stands in its place", r.Seq)}
	}
	if r.Leaf() != leaf {
		return &Damage{Seq: r.Seq, What: "its content does not agree with the hash stored when it was written"}
	}
	if v.hashes == nil {
		v.hashes = map[int64]tlog.Hash{}
	}
	hashes, err := tlog.StoredHashesForRecordHash(v.size, leaf, v.reader())
	if err != nil {
		return &Damage{Seq: r.Seq, What: err.Error()}
	}
	at := tlog.StoredHashCount(v.size)
	for i, h := range hashes {
		v.hashes[at+int64(i)] = h
	}
	v.size, v.last = v.size+1, hashes
	v.prune()
	return nil
}

func (v *Verifier) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			h, ok := v.hashes[x]
			if !ok {
				return nil, fmt.Errorf("hash %d of the tree is not known", x)
			}
			out[i] = h
		}
		return out, nil
	})
}

// prune forgets the hashes that the roots of complete subtrees cover.
func (v *Verifier) prune() {
	if len(v.hashes) < 4096 {
		return
	}
	keep := map[int64]tlog.Hash{}
	for level, n, done := 62, v.size, int64(0); level >= 0; level-- {
		if width := int64(1) << level; n >= width {
			i := tlog.StoredHashIndex(level, done>>level)
			keep[i] = v.hashes[i]
			n, done = n-width, done+width
		}
	}
	v.hashes = keep
}

// Size is the number of records taken.
func (v *Verifier) Size() int64 { return v.size }

// Root is the root of the tree over all records taken.
func (v *Verifier) Root() (tlog.Hash, error) {
	if v.size == 0 {
		return tlog.Hash{}, nil
	}
	return tlog.TreeHash(v.size, v.reader())
}

// Check compares the tree with a checkpoint of exactly this size.
func (v *Verifier) Check(c Checkpoint) error {
	if c.Size != v.size {
		return &Damage{Seq: -1, What: fmt.Sprintf("the checkpoint states %d records, %d are there", c.Size, v.size)}
	}
	root, err := v.Root()
	if err != nil {
		return &Damage{Seq: -1, What: err.Error()}
	}
	if root != c.Root {
		return &Damage{Seq: -1, What: fmt.Sprintf("the tree of %d records does not have the root that its checkpoint states", v.size)}
	}
	return nil
}
