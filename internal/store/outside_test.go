package store_test

import (
	"errors"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// Whoever can write to the database can cut the end of the log off together
// with its checkpoints. A checkpoint that was kept elsewhere tells.
func TestVerifyWithACheckpointKeptElsewhere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		for range 5 {
			if err := db.Update(ctx, event, func(*store.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := db.Checkpoint(ctx)
		if err != nil {
			t.Fatal(err)
		}
		verify := func(outside string) error {
			_, err := db.VerifyCustody(ctx, storetest.Verifier(t), outside, nil)
			return err
		}
		if err := verify(kept); err != nil {
			t.Fatal(err)
		}
		if err := verify("no note"); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("what is no checkpoint: %v, want invalid", err)
		}
		cut := func(q ...string) {
			t.Helper()
			if err := db.Bulk(ctx, func(tx *store.Tx) error {
				for _, one := range q {
					if _, err := tx.Exec(one); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		var damage *custody.Damage
		cut(`DELETE FROM custody_records WHERE seq >= 2`, `DELETE FROM custody_checkpoints`, `UPDATE custody_head SET size = 2`)
		if err := verify(""); !errors.As(err, &damage) {
			t.Errorf("hashes of records that are gone: %v, want damage", err)
		}
		cut(`DELETE FROM custody_hashes WHERE id >= 3`) // a tree of two records has three hashes
		if err := verify(""); err != nil {
			t.Errorf("without the kept checkpoint nothing can tell: %v", err)
		}
		if err := verify(kept); !errors.As(err, &damage) {
			t.Errorf("with the kept checkpoint: %v, want damage", err)
		}
	})
}
