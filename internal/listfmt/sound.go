package listfmt

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
)

// isFpcalc reports whether a line is one that fpcalc prints: the name of the file,
// its length, or its fingerprint.
func isFpcalc(line []byte) bool {
	for _, name := range []string{"FILE=", "DURATION=", "FINGERPRINT="} {
		if bytes.HasPrefix(line, []byte(name)) {
			return true
		}
	}
	return false
}

// setSound takes a fingerprint as fpcalc prints it. What could never be told from
// other sound is refused.
func (r *Reader) setSound(text string) error {
	words, err := chroma.Decode(text)
	if err != nil {
		return fmt.Errorf("not the fingerprint of sound: %w", err)
	}
	if err := chroma.Enough(words); err != nil {
		return err
	}
	if text, err = chroma.Encode(words); err != nil {
		return err
	}
	r.row.Type, r.row.Value, r.row.Words = jaga.Chromaprint, sha256.Sum256([]byte(text)), text
	return nil
}
