package intake_test

import (
	"fmt"
	"testing"

	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/pdq"
)

// TestFilesAlike: near pictures are found among the last files, the nearest
// first, each once; pictures without detail, and other measurements, are not.
func TestFilesAlike(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		flipped := func(bits int) (h pdq.Hash) {
			for i := range bits {
				h[i/8] |= 1 << (i % 8)
			}
			return h
		}
		err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			add := func(n int, file string, typ, quality int64, variant string, h pdq.Hash) {
				t.Helper()
				item := fmt.Sprintf("item-%03d", n)
				if _, err := tx.Exec(`INSERT INTO item_signals (item_id, type, variant, quality, value) VALUES ($1, $2, $3, $4, $5)`, item, typ, variant, quality, h[:]); err != nil {
					t.Fatal(err)
				}
				if err := intake.Bind(tx, item, file); err != nil {
					t.Fatal(err)
				}
			}
			add(1, "far", 1, 100, "", flipped(120))
			add(2, "edge", 1, 100, "", flipped(31))
			add(3, "over", 1, 100, "", flipped(32))
			add(4, "near", 1, 100, "", flipped(3))
			add(5, "near", 1, 100, "", flipped(9)) // came twice
			add(6, "plain", 1, 10, "", flipped(0))
			add(7, "turned", 1, 100, "rotate90", flipped(0))
			add(8, "bytes", 4, 0, "", flipped(0))
			add(9, "self", 1, 100, "", flipped(0))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			hashes, err := intake.Pictures(tx, []string{"self", "near", "plain", "turned", "bytes", "none"})
			if err != nil || len(hashes) != 2 || hashes["self"] != flipped(0) {
				t.Errorf("%v (%v)", hashes, err)
			}
			for last, want := range map[int]string{100: "[{near 3} {edge 31}]", 6: "[{near 3}]", 5: "[{near 9}]", 1: "[]"} {
				got, err := intake.FilesAlike(tx, map[string]pdq.Hash{"self": flipped(0)}, 31, last)
				if err != nil || fmt.Sprint(got["self"]) != want {
					t.Errorf("among the last %d: %v (%v), want %s", last, got, err, want)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
