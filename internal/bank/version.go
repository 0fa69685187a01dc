package bank

import (
	"fmt"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// stateOf names what the banks would answer now: every change of a bank or of
// an entry is a custody record, and entries that are switched off until a time
// come back when it has passed. Two equal names mean equal answers.
func stateOf(tx *store.Tx) (string, error) {
	changes, err := store.One[int64](tx, `SELECT COALESCE(MAX(seq), -1) + 1 FROM custody_records WHERE action LIKE 'bank.%' OR action LIKE 'entry.%'`)
	if err != nil {
		return "", err
	}
	now := time.UnixMicro(tx.Now()).Unix()
	timed, err := store.One[int64](tx, `SELECT COUNT(*) FROM entry_facts WHERE disable_until > 1 AND disable_until <= $1 OR expires_at > 0 AND expires_at <= $1`, now)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("banks-%d.%d", changes, timed), nil
}
