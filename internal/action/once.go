package action

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// keepOnce is for how long it is remembered that something was done. It is
// longer than closed cases need their findings by default.
const keepOnce = 400 * 24 * time.Hour

// Once reports whether something is done for the first time, and remembers it in
// the caller's transaction. parts name it: the version of the rule that wants
// it, what it is about, and what is done. Of two transactions that ask at the
// same time one waits for the other.
func Once(tx *store.Tx, parts ...string) (bool, error) {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	n, err := tx.Exec(`INSERT INTO action_once (key, at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, hex.EncodeToString(sum[:16]), tx.Now())
	if err != nil {
		return false, fmt.Errorf("remember what was done: %w", err)
	}
	return n == 1, nil
}
