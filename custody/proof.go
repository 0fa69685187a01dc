package custody

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// maxLine is the longest line in bytes of a file of records or proofs.
const maxLine = 1 << 20

// ParseRecord reads what [Record.Bytes] wrote. Any other form of the same
// record is refused, since its hash would be another.
func ParseRecord(line []byte) (Record, error) {
	var r Record
	var version string
	fields := []any{&version, &r.Seq, &r.At, &r.Actor, &r.Action, &r.Subject, &r.Detail}
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil || len(raw) != len(fields) {
		return Record{}, fmt.Errorf("read record: it is not a JSON array of %d fields", len(fields))
	}
	for i, f := range fields {
		if err := json.Unmarshal(raw[i], f); err != nil {
			return Record{}, fmt.Errorf("read record: field %d is of a wrong kind", i+1)
		}
	}
	if version != recordVersion {
		return Record{}, fmt.Errorf("read record: its form %q is not known", version)
	}
	if r.Seq < 0 || r.Actor == "" || r.Action == "" {
		return Record{}, fmt.Errorf("read record: it has no place, actor or action")
	}
	if string(r.Bytes()) != string(line) {
		return Record{}, fmt.Errorf("read record: it is not in its canonical form")
	}
	return r, nil
}

// Consistency is a proof that the log of To records begins with the log of From
// records, unchanged.
type Consistency struct {
	From, To int64
	Proof    tlog.TreeProof
}

// ProveConsistency makes the proof from a reader of the tree's stored hashes.
func ProveConsistency(from, to int64, hashes tlog.HashReader) (Consistency, error) {
	if from < 1 || from > to {
		return Consistency{}, fmt.Errorf("prove consistency: %d records are not the beginning of %d", from, to)
	}
	p, err := tlog.ProveTree(to, from, hashes)
	if err != nil {
		return Consistency{}, fmt.Errorf("prove consistency: %w", err)
	}
	return Consistency{from, to, p}, nil
}

// Check reports whether the proof joins the two checkpoints.
func (c Consistency) Check(from, to Checkpoint) error {
	if from.Size != c.From || to.Size != c.To {
		return fmt.Errorf("check consistency: the proof is from %d to %d records, the checkpoints from %d to %d", c.From, c.To, from.Size, to.Size)
	}
	if err := tlog.CheckTree(c.Proof, c.To, to.Root, c.From, from.Root); err != nil {
		return fmt.Errorf("check consistency: the log of %d records does not begin with the log of %d records: one of them was changed", c.To, c.From)
	}
	return nil
}

// String is the proof as one line: both sizes and the hashes in base64,
// separated by spaces.
func (c Consistency) String() string {
	return fmt.Sprintf("%d %d%s", c.From, c.To, hashText(c.Proof))
}

// ParseConsistency reads such lines. Empty lines are passed over.
func ParseConsistency(text string) (all []Consistency, err error) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		n, hashes, err := parseProof(line, 2)
		if err != nil {
			return nil, err
		}
		all = append(all, Consistency{n[0], n[1], hashes})
	}
	return all, nil
}

func hashText(hashes []tlog.Hash) string {
	var b strings.Builder
	for _, h := range hashes {
		b.WriteByte(' ')
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]))
	}
	return b.String()
}

// parseProof reads a line of numbers and hashes.
func parseProof(line string, numbers int) (n []int64, hashes []tlog.Hash, err error) {
	for i, f := range strings.Split(line, " ") {
		if i < numbers {
			x, err := strconv.ParseInt(f, 10, 64)
			if err != nil || x < 0 || strconv.FormatInt(x, 10) != f {
				return nil, nil, fmt.Errorf("read proof: %q is not a number of records", f)
			}
			n = append(n, x)
			continue
		}
		h, err := parseHash(f)
		if err != nil {
			return nil, nil, fmt.Errorf("read proof: %w", err)
		}
		hashes = append(hashes, h)
		if len(hashes) > 128 {
			return nil, nil, fmt.Errorf("read proof: it has more hashes than any proof")
		}
	}
	if len(n) < numbers {
		return nil, nil, fmt.Errorf("read proof: the line has too few numbers")
	}
	return n, hashes, nil
}

func parseHash(text string) (h tlog.Hash, err error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != len(h) {
		return h, fmt.Errorf("%q is not a hash", text)
	}
	copy(h[:], b)
	return h, nil
}

// Fingerprint is the SHA-256 of a verifier's Ed25519 public key, in hexadecimal
// digits, eight groups of eight: what people compare over the telephone.
func Fingerprint(verifier string) (string, error) {
	if _, err := note.NewVerifier(verifier); err != nil {
		return "", fmt.Errorf("fingerprint: %w", err)
	}
	parts := strings.SplitN(verifier, "+", 3) // name+hash+base64(algorithm, key)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) < 2 {
		return "", fmt.Errorf("fingerprint: the key cannot be read")
	}
	sum := sha256.Sum256(key[1:])
	text := hex.EncodeToString(sum[:])
	var groups []string
	for i := 0; i < len(text); i += 8 {
		groups = append(groups, text[i:i+8])
	}
	return strings.Join(groups, " "), nil
}

// SplitNotes finds the signed notes in a text that holds several, one after
// another, as in the files to which checkpoints are copied. What is no note,
// such as one that was cut off while it was written, is passed over; the notes
// are still to be opened.
func SplitNotes(text string) (notes []string) {
	lines := strings.SplitAfter(text, "\n")
	for i := 3; i+1 < len(lines); i++ {
		if lines[i] != "\n" || !strings.HasPrefix(lines[i+1], "— ") {
			continue
		}
		end := i + 1
		for end < len(lines) && strings.HasPrefix(lines[end], "— ") && strings.HasSuffix(lines[end], "\n") {
			end++
		}
		if end > i+1 {
			notes = append(notes, strings.Join(lines[i-3:end], ""))
		}
	}
	return notes
}
