package custody

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jaga-project/jaga/custody/stamp"
)

// checkpoint opens the signed state of the log that the records are proven in.
func (v *bundleVerifier) checkpoint() error {
	text, ok, err := v.text(fileCheckpoint, maxText)
	if err != nil || !ok {
		return err
	}
	c, cerr := OpenCheckpoint(text, v.key)
	if cerr != nil {
		v.problem(ProblemCheckpoint, fileCheckpoint, -1, "it is not signed by the key with the fingerprint %s", v.Fingerprint)
		return nil
	}
	if v.Facts != nil && c.Origin != v.Facts.Origin {
		v.problem(ProblemCheckpoint, fileCheckpoint, -1, "it is of the log %q, the bundle of %q", c.Origin, v.Facts.Origin)
	}
	v.main, v.LogSize, v.Root = c, c.Size, c.Root
	return v.token(fileToken, text, c)
}

// token checks the time stamp beside a checkpoint, if there is one.
func (v *bundleVerifier) token(name, note string, c Checkpoint) error {
	if !slices.Contains(v.src.list(), name) {
		return nil
	}
	token, ok, err := v.text(name, stamp.MaxToken)
	if err != nil || !ok {
		return err
	}
	info, serr := stamp.Verify([]byte(token), sha256.Sum256([]byte(note)), v.opt.Roots)
	if serr != nil {
		v.problem(ProblemStamp, name, -1, "%v", serr)
		return nil
	}
	v.Stamps = append(v.Stamps, StampReport{c.Size, info.Time, info.Authority, info.Trusted})
	if !info.Trusted {
		v.unchecked(fmt.Sprintf("Whether the authority %q, which stamped %s, is to be trusted.", info.Authority, name),
			"Verify again with its root certificate.")
	}
	return nil
}

// records checks every record and its proof, line by line.
func (v *bundleVerifier) records() error {
	if v.main.Size == 0 {
		return nil // reported by checkpoint, or there is nothing to prove
	}
	for _, name := range []string{fileRecords, fileInclusion} {
		if !slices.Contains(v.src.list(), name) {
			return nil // reported before
		}
	}
	recs, doneRecs, err := v.lines(fileRecords)
	if err != nil {
		return err
	}
	defer doneRecs()
	proofs, doneProofs, err := v.lines(fileInclusion)
	if err != nil {
		return err
	}
	defer doneProofs()
	last, exported, back := int64(-1), false, false
	for n := 1; ; n++ {
		line, more, err := recs()
		if err != nil {
			return v.lineFault(fileRecords, n, err)
		}
		proof, moreProof, err := proofs()
		if err != nil {
			return v.lineFault(fileInclusion, n, err)
		}
		if more != moreProof {
			v.problem(ProblemInclusion, fmt.Sprintf("%s line %d", fileInclusion, n), -1, "there are not as many proofs as records")
			break
		}
		if !more {
			break
		}
		where := fmt.Sprintf("%s line %d", fileRecords, n)
		r, rerr := ParseRecord([]byte(line))
		if rerr != nil {
			v.problem(ProblemRecord, where, -1, "%v", rerr)
			continue
		}
		v.record(r, line, proof, where, n, last)
		back = back || v.Records > 0 && r.At < v.LastAt
		if v.Records == 0 {
			v.FirstAt = r.At
		}
		v.Records, v.LastAt, last = v.Records+1, r.At, max(last, r.Seq)
		exported = exported || r.Action == ExportAction && r.Details()["facts"] == v.byName[fileFacts].s256
	}
	if back {
		v.Notes = append(v.Notes, "Times of the records go back at least once: the clock of the machine was set. Their order is proven, whatever the clock said.")
	}
	if !exported {
		v.problem(ProblemExport, fileRecords, -1, "no record states that this bundle, with these facts, was exported")
	}
	for seq, files := range v.commitments {
		v.problem(ProblemFile, folderFiles+files[0].Name, seq, "the record %d that it is tied to is not in the bundle", seq)
	}
	return nil
}

// record checks one record.
func (v *bundleVerifier) record(r Record, line, proof, where string, n int, last int64) {
	if r.Seq <= last {
		v.problem(ProblemRecord, where, r.Seq, "record %d is not in its place: it stands after record %d", r.Seq, last)
	}
	if v.Facts != nil && !v.about[r.Subject] {
		v.problem(ProblemRecord, where, r.Seq, "record %d is about %q, which is no subject of the bundle", r.Seq, r.Subject)
	}
	at, hashes, err := parseProof(proof, 1)
	if err != nil || at[0] != r.Seq {
		v.problem(ProblemInclusion, fmt.Sprintf("%s line %d", fileInclusion, n), r.Seq, "the line is no proof of record %d", r.Seq)
		return
	}
	if r.Seq >= v.main.Size {
		v.problem(ProblemInclusion, where, r.Seq, "record %d is not under the checkpoint, which has %d records", r.Seq, v.main.Size)
		return
	}
	if tlog.CheckRecord(hashes, v.main.Size, v.main.Root, r.Seq, tlog.RecordHash([]byte(line))) != nil {
		v.problem(ProblemInclusion, where, r.Seq, "record %d is not in the signed log as it stands here", r.Seq)
	}
	for _, f := range v.commitments[r.Seq] {
		if !committed(f, r) {
			v.problem(ProblemFile, folderFiles+f.Name, r.Seq, "record %d states another digest", r.Seq)
		}
	}
	delete(v.commitments, r.Seq)
}

// committed reports whether the record states the file's digest.
func committed(f FileFact, r Record) bool {
	digest := f.SHA256
	if f.Content != nil {
		digest = f.Content.SHA256
	}
	d, err1 := hex.DecodeString(digest)
	salt, err2 := hex.DecodeString(f.Commitment.Salt)
	return err1 == nil && err2 == nil && len(salt) >= 16 && r.Details()[f.Commitment.Key] == Commit(salt, d)
}

// Commit is what a record states of a digest under a secret salt of at least 16
// bytes: it tells nothing without the salt, and with it exactly one digest.
func Commit(salt, digest []byte) string {
	m := hmac.New(sha256.New, salt)
	m.Write(digest)
	return hex.EncodeToString(m.Sum(nil))
}

// lines returns a reader of a file's lines, of which each must end.
func (v *bundleVerifier) lines(name string) (next func() (string, bool, error), done func(), err error) {
	r, done, err := openFaithful(v.src, name)
	if err != nil {
		return nil, nil, err
	}
	b := bufio.NewReaderSize(r, maxLine)
	return func() (string, bool, error) {
		line, err := b.ReadSlice('\n')
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			return "", false, fmt.Errorf("the line has more than %d bytes", maxLine)
		case errors.Is(err, io.EOF) && len(line) == 0:
			return "", false, nil
		case errors.Is(err, io.EOF):
			return "", false, errors.New("the line is not whole")
		case err != nil:
			return "", false, err
		}
		return string(line[:len(line)-1]), true, nil
	}, done, nil
}

// lineFault makes a problem of a line that cannot be read, and an error of a
// fault of reading.
func (v *bundleVerifier) lineFault(name string, n int, err error) error {
	if fault, ok := errors.AsType[*readError](err); ok {
		return fault
	}
	v.problem(ProblemRecord, fmt.Sprintf("%s line %d", name, n), -1, "%v", err)
	return nil
}

// otherSize reads the number of records in the name of another checkpoint.
func otherSize(name string) (int64, bool) {
	rest, ok := strings.CutPrefix(name, folderOthers)
	text, isNote := strings.CutSuffix(rest, ".txt")
	if !isNote {
		text, isNote = strings.CutSuffix(rest, ".tst")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, ok && isNote && err == nil && n > 0 && strconv.FormatInt(n, 10) == text
}

// otherCheckpoints checks that the log only grew between the checkpoints that
// the bundle holds.
func (v *bundleVerifier) otherCheckpoints() error {
	var proofs []Consistency
	if v.byName[fileConsistency].name != "" && slices.Contains(v.src.list(), fileConsistency) {
		text, ok, err := v.text(fileConsistency, maxManifest)
		if err != nil {
			return err
		}
		var perr error
		if proofs, perr = ParseConsistency(text); ok && perr != nil {
			v.problem(ProblemConsistency, fileConsistency, -1, "%v", perr)
		}
	}
	used := 0
	for _, name := range v.src.list() {
		size, ok := otherSize(name)
		if !ok || !strings.HasSuffix(name, ".txt") {
			continue
		}
		text, ok, err := v.text(name, maxText)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		c, cerr := OpenCheckpoint(text, v.key)
		if cerr != nil || c.Size != size {
			v.problem(ProblemCheckpoint, name, -1, "it is not signed by the key with the fingerprint %s, or not over %d records", v.Fingerprint, size)
			continue
		}
		v.others[size] = c
		used++
		if err := v.joined(c, proofs, name); err != nil {
			v.problem(ProblemConsistency, name, -1, "%v", err)
		}
		if err := v.token(strings.TrimSuffix(name, ".txt")+".tst", text, c); err != nil {
			return err
		}
	}
	for _, name := range v.src.list() {
		if size, ok := otherSize(name); ok && strings.HasSuffix(name, ".tst") && !slices.Contains(v.src.list(), fmt.Sprintf("%s%d.txt", folderOthers, size)) {
			v.problem(ProblemExtra, name, -1, "it is a time stamp without its checkpoint")
		}
	}
	if len(proofs) != used {
		v.problem(ProblemConsistency, fileConsistency, -1, "it has %d proofs for %d checkpoints", len(proofs), used)
	}
	return nil
}

// joined checks a checkpoint against the bundle's by one of the proofs.
func (v *bundleVerifier) joined(c Checkpoint, proofs []Consistency, where string) error {
	if v.main.Size == 0 {
		return nil // reported by checkpoint
	}
	if c.Origin != v.main.Origin {
		return fmt.Errorf("%s is of another log", where)
	}
	from, to := c, v.main
	if from.Size > to.Size {
		from, to = to, from
	}
	for _, p := range proofs {
		if p.From == from.Size && p.To == to.Size {
			return p.Check(from, to)
		}
	}
	return errNoProof
}

var errNoProof = errors.New("there is no proof that joins it to the bundle's checkpoint")

// outside compares with what the caller had from elsewhere.
func (v *bundleVerifier) outside() error {
	proofs, err := ParseConsistency(v.opt.Proofs)
	if err != nil {
		v.problem(ProblemConsistency, "the proof you gave", -1, "%v", err)
	}
	for i, text := range v.opt.Checkpoints {
		where := fmt.Sprintf("the checkpoint you gave, number %d", i+1)
		c, err := OpenCheckpoint(text, v.key)
		if err != nil {
			v.problem(ProblemKey, where, -1, "it is not signed by the key of this bundle")
			continue
		}
		if v.main.Size == 0 {
			continue
		}
		same, held := v.others[c.Size]
		if c.Size == v.main.Size {
			same, held = v.main, true
		}
		switch {
		case held && same != c:
			v.problem(ProblemConsistency, where, -1, "two different logs of %d records were signed", c.Size)
		case held:
		default:
			switch err := v.joined(c, proofs, where); {
			case errors.Is(err, errNoProof):
				v.unchecked(fmt.Sprintf("Whether the log of %d records that you know and the log of %d records in the bundle are one.", c.Size, v.main.Size),
					fmt.Sprintf("Ask the sender for the output of: jaga custody prove %d %d, and verify again with it.", min(c.Size, v.main.Size), max(c.Size, v.main.Size)))
			case err != nil:
				v.problem(ProblemConsistency, where, -1, "%v", err)
			}
		}
	}
	return nil
}
