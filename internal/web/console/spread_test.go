//go:build screens

package console_test

import (
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// spread gives the plots a past: counts over thirty days that rise and fall as
// days and nights do.
func (w *world) spread() {
	w.t.Helper()
	now := time.Now().Unix() / 3600
	err := w.db.Bulk(w.t.Context(), func(tx *store.Tx) error {
		for i := int64(1); i < 30*24; i++ {
			hour := (now - i) % 24
			n := 3 + (hour*(24-hour))/9 + i%5
			for state, share := range map[string]int64{"clear": 80, "not_checked": 12, "findings": 8} {
				if i%50 < 4 && state == "clear" {
					continue // a gap
				}
				if _, err := tx.Exec(`INSERT INTO item_hours (hour, state, n) VALUES ($1, $2, $3) ON CONFLICT (hour, state) DO NOTHING`, now-i, state, n*share/50); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}
