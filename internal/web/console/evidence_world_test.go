package console_test

import (
	"bytes"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/vault"
)

func init() {
	const read, two, out = "x x x x . .", ". x x . . .", ". x . . . ."
	maps.Copy(rightsTable, map[string]string{
		"GET /evidence": read, "GET /evidence/files/{evidence}": read, "GET /evidence/holds": read, "GET /evidence/destructions": read, "GET /evidence/destructions/{id}": read,
		"GET /evidence/destructions/{id}/certificate": read, "GET /evidence/exports": read, "GET /cases/{id}/evidence": read,
		"POST /evidence/holds": two, "POST /evidence/holds/{id}": two, "POST /evidence/destructions": two, "POST /evidence/destructions/{id}/refuse": two, "POST /evidence/destructions/{id}/destroy": two,
		"POST /cases/{id}/evidence/records": out, "POST /cases/{id}/evidence/exports": out, "POST /evidence/exports/{id}/approve": out, "POST /evidence/exports/{id}/refuse": out, "POST /evidence/exports/{id}/fetch": out,
	})
	asksAgain = append(asksAgain, "POST /evidence/destructions/{id}/destroy", "POST /cases/{id}/evidence/records", "POST /evidence/exports/{id}/approve", "POST /evidence/exports/{id}/fetch", "POST /vault/rotate")
}

// evidenceSets are the closed sets of words of the pages of sealed files.
func evidenceSets(sets map[string][]string) {
	sets["nav"] = append(sets["nav"], "evidence")
	sets["evid_state"] = []string{"held", "kept", "over", "missing", "destroyed", "quarantine"}
	sets["evid_wish"] = []string{"asked", "refused", "done"}
	for _, g := range evidence.AllGrounds() {
		sets["evid_grounds"], sets["evid_grounds_help"] = append(sets["evid_grounds"], string(g)), append(sets["evid_grounds_help"], string(g))
	}
	for _, s := range evidence.ExportStates() {
		sets["evid_export"] = append(sets["evid_export"], string(s))
	}
	for _, x := range law.Whats() {
		sets["evid_what"] = append(sets["evid_what"], string(x))
	}
	sets["error"] = append(sets["error"], "evid_reason", "evid_authority", "evid_letter", "evid_until", "evid_until_conflict", "evid_from", "evid_to", "evid_grounds", "evid_scope", "evid_files", "evid_hold_conflict",
		"evid_clock_conflict", "evid_renewal", "evid_person_denied", "evid_evidence_conflict", "evid_destruction_conflict", "evid_export_conflict")
}

// sealKeys are the keys of every world: some open one database twice.
var sealKeys = sync.OnceValue(vault.NewKeys)

// sealing opens the vault of a world.
func sealing(t *testing.T, db *store.DB) *evidence.Service {
	t.Helper()
	blobs, err := vault.OpenDir(filepath.Join(t.TempDir(), "vault"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := evidence.Open(t.Context(), db, evidence.Options{Keys: sealKeys(), Blobs: blobs, Origin: "jaga.test", Signer: storetest.Signer(t)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sealAct runs fn as one act on sealed files.
func (w *world) sealAct(fn func(tx *store.Tx) error) {
	w.t.Helper()
	err := w.db.Bulk(w.t.Context(), func(tx *store.Tx) error {
		if err := tx.Lock(); err != nil {
			return err
		}
		return fn(tx)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// seal seals a text for a case.
func (w *world) seal(text string, caseID int64) string {
	w.t.Helper()
	it, err := w.sealed.Put(w.t.Context(), "key:1", evidence.Acquisition{Tool: "jaga", ToolVersion: "1", Operator: "key:1", Source: "canary-source", Method: "upload", At: time.Now(), Name: "canary-name.png"}, strings.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	w.sealAct(func(tx *store.Tx) error { return w.sealed.Promote(tx, "system", it.ID, caseID) })
	return it.ID
}

func (w *world) clock(id string, until time.Time) {
	w.t.Helper()
	w.sealAct(func(tx *store.Tx) error {
		return w.sealed.AddClocks(tx, "system", evidence.Scope{Evidence: id}, []evidence.Clock{{Profile: "us-2258a", Version: "1", What: "content", Start: until.AddDate(-1, 0, 0), Until: until}})
	})
}

// twoSeniors are two people who may ask and agree.
func (w *world) twoSeniors() (ani, budi *world) {
	w.t.Helper()
	return w.reviewer("Ani", auth.AllQueues, auth.Senior), w.reviewer("Budi", auth.AllQueues, auth.Senior)
}

// agency is the receiver's pair of keys.
var agency = sync.OnceValue(func() *age.X25519Identity {
	k, err := age.GenerateX25519Identity()
	if err != nil {
		panic(err)
	}
	return k
})

// someEvidence seals files in every state and returns the addresses of their
// pages.
func (w *world) someEvidence() []string {
	w.t.Helper()
	ctx := w.t.Context()
	id, lettered := w.finding(textFinding("evidence-case")), w.finding(textFinding("letter-case"))
	kept, over, gone, held := w.seal("a test card", id), w.seal("another test card", id), w.seal("a third", id), w.seal("a fourth", id)
	for range 3 {
		w.seal("more of them", id)
	}
	small, err := w.sealed.PutDerived(ctx, "key:1", kept, evidence.Acquisition{Tool: "jaga", Operator: "key:1", Source: "x", Method: "working copy", At: time.Now()}, bytes.NewReader([]byte("small")))
	if err != nil {
		w.t.Fatal(err)
	}
	w.clock(kept, time.Now().AddDate(1, 0, 0))
	w.clock(over, time.Now().Add(-time.Hour))
	var wish, done int64
	w.sealAct(func(tx *store.Tx) (err error) {
		hostile := evidence.NewHold{Reason: "<script>alert('h')</script> " + strings.Repeat("long ", 100), Authority: "<b>Police</b>" + strings.Repeat("x", 180), Letter: "LP/1"}
		if _, err = w.sealed.AddHold(tx, "person:1", evidence.Scope{Evidence: held}, hostile); err != nil {
			return err
		}
		soon := evidence.NewHold{Reason: "a letter", Authority: "Police", Letter: "LP/2", From: time.Now().AddDate(0, 0, -3), Until: time.Now().AddDate(0, 0, 3)}
		ends, err := w.sealed.AddHold(tx, "person:1", evidence.Scope{Evidence: held}, soon)
		if err != nil {
			return err
		}
		if err := w.sealed.RenewHold(tx, "person:1", ends, time.Now().AddDate(0, 0, 5)); err != nil {
			return err
		}
		was := time.Now().AddDate(0, 0, -90)
		letter := evidence.NewHold{Reason: "a letter asks to preserve", Authority: "Police", Letter: "LP/3", From: was, Asked: was.AddDate(0, 0, 89)}
		if _, err := w.sealed.AddHold(tx, "person:1", evidence.Scope{Case: lettered}, letter); err != nil {
			return err
		}
		past, err := w.sealed.AddHold(tx, "person:1", evidence.Scope{Case: id}, evidence.NewHold{Reason: "r", Authority: "Police"})
		if err != nil {
			return err
		}
		if err := w.sealed.ReleaseHold(tx, "person:1", past); err != nil {
			return err
		}
		if done, err = w.sealed.AskDestroy(tx, "person:77", evidence.NewDestruction{Evidence: gone, Grounds: evidence.Ordered, Reason: "an order", Authority: "Court", Letter: "7"}); err != nil {
			return err
		}
		if wish, err = w.sealed.AskDestroy(tx, "person:77", evidence.NewDestruction{Evidence: over, Grounds: evidence.Expired, Reason: "<i>over</i>"}); err != nil {
			return err
		}
		for range 2 {
			if _, err = w.sealed.AskExport(tx, "person:77", evidence.NewExport{Case: id, Files: []string{kept, held, gone}, Reason: "a request", Authority: "<b>Police</b>", Letter: "LP/3", To: []string{agency().Recipient().String()}}); err != nil {
				return err
			}
		}
		return w.sealed.ApproveExport(tx, "person:78", 1)
	})
	if _, err := w.sealed.Destroy(ctx, "person:78", done); err != nil {
		w.t.Fatal(err)
	}
	return []string{
		"/evidence", "/system/settings", "/evidence/holds", "/evidence/holds?show=past", "/evidence/destructions", "/evidence/exports",
		caseAt(id, ""), caseAt(id, "evidence"), "/evidence/files/" + kept, "/evidence/files/" + over, "/evidence/files/" + gone, "/evidence/files/" + held, "/evidence/files/" + small.ID,
		"/evidence/destructions/" + itoa(wish), "/evidence/destructions/" + itoa(done),
	}
}

// textFinding is a finding of words alone.
func textFinding(ref string) casework.Finding {
	return casework.Finding{Kind: casework.KindText, Ref: ref, Text: "kalimat leaflet", Account: ref, Band: jaga.BandReview, Form: jaga.FormGrooming}
}
