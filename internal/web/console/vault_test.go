package console_test

import (
	"net/url"
	"testing"

	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
)

// The pages say what is in the vault, what the last check found and what it did
// not see; asking for a check or a new key is a job and a custody record.
func TestTheVaultInTheConsole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn()
		id := w.finding(textFinding("sealed"))
		file := w.seal("a test card", id)
		want(t, "the status", text(w.page("/system")), "Sealed evidence", "Files 1", "never: nobody knows whether every file is whole")
		if _, err := w.sealed.Verify(t.Context(), "person:1", nil); err != nil {
			t.Fatal(err)
		}
		want(t, "after a check", text(w.page("/system")), "1 file is what came in")
		w.sealAct(func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE evidence SET case_id = case_id + 1 WHERE id = $1`, file)
			return err
		})
		if c, err := w.sealed.Verify(t.Context(), "person:1", nil); err != nil || c.Bad != 1 {
			t.Fatal(c, err)
		}
		body := text(w.page("/system"))
		want(t, "after damage", body, "1 file is damaged or missing")
		unwanted(t, "after damage", body, "is what came in")
		want(t, "the keys", text(w.page("/vault")), "Keys of the vault", sealKeys().Current(), "No officers are set", "1 file is damaged or missing")
		for path, job := range map[string]string{"/vault/check": evidence.VerifyJob, "/vault/rotate": evidence.RotateJob} {
			want(t, path, w.done(path, url.Values{}), "Work goes on meanwhile", "disabled")
			jobs, err := w.db.Jobs(t.Context(), 1)
			if err != nil || len(jobs) != 1 || jobs[0].Kind != job {
				t.Errorf("%s: %+v (%v)", path, jobs, err)
			}
		}
		if err := w.db.View(t.Context(), func(tx *store.Tx) error {
			for act, n := range map[string]int{"vault.verify": 3, "vault.ask_rotate": 1} {
				list, err := store.CustodyPage(tx, store.CustodyFilter{Actor: "person:1", Action: act, Subject: "vault"}, -1, 10)
				if err != nil || len(list) != n {
					t.Errorf("%d records of %s (%v), want %d", len(list), act, err, n)
				}
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	})
}
