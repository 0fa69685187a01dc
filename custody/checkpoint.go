package custody

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint states the size and the root of the tree at one time.
type Checkpoint struct {
	Origin string // names the log
	Size   int64
	Root   tlog.Hash
}

// NewKey makes a key pair for a log: the secret signer and the public verifier
// text of C2SP signed notes (Ed25519).
func NewKey(origin string) (signer, verifier string, err error) {
	return note.GenerateKey(rand.Reader, origin)
}

// Sign returns the signed note of the checkpoint.
func (c Checkpoint) Sign(signer string) (string, error) {
	s, err := note.NewSigner(signer)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
	msg, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	return string(msg), nil
}

// OpenCheckpoint reads a signed note and checks its signature.
func OpenCheckpoint(signed, verifier string) (Checkpoint, error) {
	text, err := openNote(signed, verifier)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %w", err)
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, fmt.Errorf("open checkpoint: it has %d lines, want 3", len(lines)-1)
	}
	c := Checkpoint{Origin: lines[0]}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 || strconv.FormatInt(c.Size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("open checkpoint: %q is not a size", lines[1])
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != len(c.Root) {
		return Checkpoint{}, fmt.Errorf("open checkpoint: the root is not a hash")
	}
	copy(c.Root[:], root)
	return c, nil
}
