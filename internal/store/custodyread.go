package store

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jaga-project/jaga/custody"
)

// CustodyFilter chooses records. Empty fields choose all; times are
// microseconds since 1970, From included and To not.
type CustodyFilter struct {
	Actor, Action, Subject string
	From, To               int64
}

// where renders the filter as SQL conditions. Times are turned into a range of
// places by the index on times alone, so that every page of the log is read in
// the order of its places: a clock that was set back widens the range, and the
// condition on the time itself then drops what does not belong.
func (f CustodyFilter) where(tx *Tx) (cond string, args []any, none bool, err error) {
	add := func(format string, v any) {
		args = append(args, v)
		cond += fmt.Sprintf(" AND "+format, len(args))
	}
	if f.Actor != "" {
		add("actor = $%d", f.Actor)
	}
	if f.Action != "" {
		add("action = $%d", f.Action)
	}
	if f.Subject != "" {
		add("subject = $%d", f.Subject)
	}
	if f.From > 0 || f.To > 0 {
		to := f.To
		if to == 0 {
			to = 1 << 62
		}
		r, err := One[struct{ Lo, Hi *int64 }](tx, `SELECT MIN(seq), MAX(seq) FROM custody_records WHERE at >= $1 AND at < $2`, f.From, to)
		if err != nil {
			return "", nil, false, err
		}
		if r.Lo == nil || r.Hi == nil {
			return "", nil, true, nil
		}
		add("seq >= $%d", *r.Lo)
		add("seq <= $%d", *r.Hi)
		add("at >= $%d", f.From)
		add("at < $%d", to)
	}
	return cond, args, false, nil
}

// CustodyPage returns the newest records that the filter chooses and that stand
// before the place before, at most limit, newest first. before is exclusive;
// below 0 is the end of the log.
func CustodyPage(tx *Tx, f CustodyFilter, before int64, limit int) ([]custody.Record, error) {
	cond, args, none, err := f.where(tx)
	if err != nil || none {
		return nil, err
	}
	if before >= 0 {
		args = append(args, before)
		cond += fmt.Sprintf(" AND seq < $%d", len(args))
	}
	args = append(args, limit)
	return All[custody.Record](tx, fmt.Sprintf(`SELECT seq, at, actor, action, subject, detail FROM custody_records WHERE 1 = 1%s ORDER BY seq DESC LIMIT $%d`, cond, len(args)), args...)
}

// CustodyCount counts what the filter chooses, but stops at most, so that it
// takes no longer in a long log.
func CustodyCount(tx *Tx, f CustodyFilter, most int) (int64, error) {
	if f == (CustodyFilter{}) {
		n, err := One[int64](tx, `SELECT size FROM custody_head WHERE id = 1`)
		return min(n, int64(most)), err
	}
	cond, args, none, err := f.where(tx)
	if err != nil || none {
		return 0, err
	}
	args = append(args, most)
	return One[int64](tx, fmt.Sprintf(`SELECT COUNT(*) FROM (SELECT 1 FROM custody_records WHERE 1 = 1%s LIMIT $%d) AS chosen`, cond, len(args)), args...)
}

// CustodyBetween counts the records of a stretch of time, From included.
func CustodyBetween(tx *Tx, from, to int64) (int64, error) {
	return One[int64](tx, `SELECT COUNT(*) FROM custody_records WHERE at >= $1 AND at < $2`, from, to)
}

// CustodyAt returns the record at a place of the log.
func CustodyAt(tx *Tx, seq int64) (custody.Record, error) {
	return One[custody.Record](tx, `SELECT seq, at, actor, action, subject, detail FROM custody_records WHERE seq = $1`, seq)
}

// CustodyHashes reads the stored hashes of the tree, for proofs. It is good
// until the transaction ends, and for one goroutine. Proofs of records that stand
// near each other share most of their hashes, so some are kept.
func CustodyHashes(tx *Tx) tlog.HashReader { return &keptHashes{tx: tx, kept: map[int64]tlog.Hash{}} }

// mostHashes is how many hashes a reader keeps, of 40 bytes each.
const mostHashes = 100_000

type keptHashes struct {
	tx   *Tx
	kept map[int64]tlog.Hash
}

// ReadHashes implements tlog.HashReader.
func (k *keptHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	var missing []int64
	var at []int
	for i, x := range indexes {
		h, ok := k.kept[x]
		if out[i] = h; !ok {
			missing, at = append(missing, x), append(at, i)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	found, err := hashReader{k.tx}.ReadHashes(missing)
	if err != nil {
		return nil, err
	}
	if len(k.kept)+len(found) > mostHashes {
		clear(k.kept)
	}
	for i, h := range found {
		k.kept[missing[i]], out[at[i]] = h, h
	}
	return out, nil
}

// custodyChunk is how many values one statement names.
const custodyChunk = 500

// numbered are n placeholders of a statement, separated by commas, from $1 on.
func numbered(n int) string {
	var list strings.Builder
	for i := range n {
		if i > 0 {
			list.WriteByte(',')
		}
		fmt.Fprintf(&list, "$%d", i+1)
	}
	return list.String()
}

// CustodyPlaces lists the places of the records about any of the subjects that
// stand before the place before, exclusive, in the order of the log. There may be
// many subjects, such as all files of a large case; what is kept is eight bytes a
// record.
func CustodyPlaces(tx *Tx, subjects []string, before int64) (seqs []int64, err error) {
	for chunk := range slices.Chunk(subjects, custodyChunk) {
		args := make([]any, 0, len(chunk)+1)
		for _, s := range chunk {
			args = append(args, s)
		}
		args = append(args, before)
		q := fmt.Sprintf(`SELECT seq FROM custody_records WHERE subject IN (%s) AND seq < $%d`, numbered(len(chunk)), len(args))
		if err := Each(tx, func(seq *int64) error { seqs = append(seqs, *seq); return nil }, q, args...); err != nil {
			return nil, err
		}
	}
	slices.Sort(seqs)
	return slices.Compact(seqs), nil // a subject may be named twice
}

// CustodyAny reports whether there is a record about any of the subjects.
func CustodyAny(tx *Tx, subjects []string) (bool, error) {
	for chunk := range slices.Chunk(subjects, custodyChunk) {
		args := make([]any, 0, len(chunk))
		for _, s := range chunk {
			args = append(args, s)
		}
		n, err := One[int64](tx, fmt.Sprintf(`SELECT COUNT(*) FROM (SELECT 1 FROM custody_records WHERE subject IN (%s) LIMIT 1) AS one`, numbered(len(chunk))), args...)
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// CustodyRecords yields the records at places of the log, as [CustodyPlaces] lists
// them, in their order. It can be gone through many times while the transaction
// lasts.
func CustodyRecords(tx *Tx, seqs []int64) iter.Seq2[custody.Record, error] {
	return func(yield func(custody.Record, error) bool) {
		for chunk := range slices.Chunk(seqs, custodyChunk) {
			args := make([]any, len(chunk))
			for i, seq := range chunk {
				args[i] = seq
			}
			some, err := All[custody.Record](tx, fmt.Sprintf(`SELECT seq, at, actor, action, subject, detail FROM custody_records WHERE seq IN (%s) ORDER BY seq`, numbered(len(chunk))), args...)
			if err == nil && len(some) != len(chunk) {
				err = fmt.Errorf("custody: of %d records only %d are there", len(chunk), len(some))
			}
			if err != nil {
				yield(custody.Record{}, err)
				return
			}
			for _, r := range some {
				if !yield(r, nil) {
					return
				}
			}
		}
	}
}

// CustodyCheckpoint is a signed checkpoint as people see it.
type CustodyCheckpoint struct {
	Size, At  int64
	Note      string
	Token     []byte // RFC 3161 time stamp, nil without one
	StampAt   int64  // microseconds, 0 without one
	Authority string
	Copies    int64 // places outside that hold it
}

// CustodyCheckpoints lists checkpoints over fewer than before records, newest
// first. before below 0 lists from the newest.
func CustodyCheckpoints(tx *Tx, before int64, limit int) ([]CustodyCheckpoint, error) {
	if before < 0 {
		before = 1 << 62
	}
	return All[CustodyCheckpoint](tx, checkpoints+` WHERE c.size < $1 ORDER BY c.size DESC LIMIT $2`, before, limit)
}

// CustodyCheckpointsFrom lists checkpoints over at least size records, oldest
// first.
func CustodyCheckpointsFrom(tx *Tx, size int64, limit int) ([]CustodyCheckpoint, error) {
	return All[CustodyCheckpoint](tx, checkpoints+` WHERE c.size >= $1 ORDER BY c.size LIMIT $2`, size, limit)
}

const checkpoints = `SELECT c.size, c.at, c.note, s.token, COALESCE(s.at, 0), COALESCE(s.authority, ''),
	(SELECT COUNT(*) FROM custody_copies o WHERE o.size = c.size)
	FROM custody_checkpoints c LEFT JOIN custody_stamps s ON s.size = c.size`

// LastRecord is when the newest record was written that is older than a time, in
// microseconds, or any where that is 0; 0 for none.
func LastRecord(tx *Tx, before int64) (at int64, err error) {
	if before == 0 {
		return One[int64](tx, `SELECT COALESCE(MAX(at), 0) FROM custody_records`)
	}
	return One[int64](tx, `SELECT COALESCE(MAX(at), 0) FROM custody_records WHERE at < $1`, before)
}
