package main

import (
	"time"

	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// held has the evidence of cases held, destroyed and handed out, each in every
// state: what was done, and what waits for the second person.
func (d *demoRun) held() error {
	var files []struct {
		ID     string
		CaseID int64
	}
	if err := d.s.db.View(d.ctx, func(tx *store.Tx) (err error) {
		files, err = store.All[struct {
			ID     string
			CaseID int64
		}](tx, `SELECT MIN(id) AS id, case_id FROM evidence WHERE case_id > 0 AND parent = '' AND state = 'kept' GROUP BY case_id ORDER BY case_id LIMIT 9`)
		return err
	}); err != nil || len(files) < 9 {
		return err
	}
	// Whoever runs the installation finds wishes of somebody else, to agree to.
	lead, second := d.seniors[0], d.seniors[1]
	ago := func(t time.Duration) time.Time { return d.now.Add(-t) }
	const day = 24 * time.Hour
	do := func(at time.Time, step func(tx *store.Tx) error) error { return d.s.db.Bulk(d.at(at), step) }

	hold := func(at time.Time, n int, h evidence.NewHold) (id int64, err error) {
		h.From = at
		return id, do(at, func(tx *store.Tx) (err error) {
			id, err = d.s.evidence.AddHold(tx, lead, evidence.Scope{Case: files[n].CaseID}, h)
			return err
		})
	}
	if _, err := hold(ago(9*day), 0, evidence.NewHold{Reason: "The police asks to keep everything of this case.", Authority: "DEMO police", Letter: "DEMO-17/2026"}); err != nil {
		return err
	}
	if _, err := hold(ago(40*time.Hour), 1, evidence.NewHold{Reason: "A court decides next week.", Authority: "DEMO court", Letter: "DEMO-4 B 21/26", Until: d.now.Add(6 * day)}); err != nil {
		return err
	}
	past, err := hold(ago(20*day), 2, evidence.NewHold{Reason: "Kept until the letter was answered.", Authority: "DEMO police", Letter: "DEMO-9/2026"})
	if err != nil {
		return err
	}
	if err := do(ago(12*day), func(tx *store.Tx) error { return d.s.evidence.ReleaseHold(tx, second, past) }); err != nil {
		return err
	}

	destroy := func(at time.Time, n int, w evidence.NewDestruction) (id int64, err error) {
		w.Evidence = files[n].ID
		return id, do(at, func(tx *store.Tx) (err error) {
			id, err = d.s.evidence.AskDestroy(tx, lead, w)
			return err
		})
	}
	if _, err := destroy(ago(3*time.Hour), 3, evidence.NewDestruction{Grounds: evidence.Ordered, Reason: "The police has its copy and asks that ours is destroyed.", Authority: "DEMO police", Letter: "DEMO-22/2026"}); err != nil {
		return err
	}
	refused, err := destroy(ago(6*day), 4, evidence.NewDestruction{Grounds: evidence.Mistaken, Reason: "This looks like a picture of a landscape."})
	if err != nil {
		return err
	}
	if err := do(ago(5*day), func(tx *store.Tx) error { return d.s.evidence.RefuseDestroy(tx, second, refused) }); err != nil {
		return err
	}
	gone, err := destroy(ago(8*day), 5, evidence.NewDestruction{Grounds: evidence.Ordered, Reason: "The matter is closed.", Authority: "DEMO police", Letter: "DEMO-11/2026"})
	if err != nil {
		return err
	}
	if _, err := d.s.evidence.Destroy(d.at(ago(7*day)), second, gone); err != nil {
		return err
	}

	// One need not be kept any longer, by a period that the team set.
	if err := do(ago(15*day), func(tx *store.Tx) error {
		return d.s.evidence.AddClocks(tx, lead, evidence.Scope{Evidence: files[8].ID}, []evidence.Clock{{Profile: "demo", Version: "1", What: "content", Start: ago(15 * day), Until: ago(day)}})
	}); err != nil {
		return err
	}

	// The secret part of the receiver's key is thrown away.
	_, receiver, err := vault.NewOfficerKey()
	if err != nil {
		return err
	}
	handOut := func(at time.Time, n int, reason, letter string) (id int64, err error) {
		return id, do(at, func(tx *store.Tx) (err error) {
			id, err = d.s.evidence.AskExport(tx, lead, evidence.NewExport{Case: files[n].CaseID, Files: []string{files[n].ID}, Reason: reason, Authority: "DEMO police", Letter: letter, To: []string{receiver}})
			return err
		})
	}
	for n, decide := range []func(*store.Tx, string, int64) error{d.s.evidence.ApproveExport, d.s.evidence.RefuseExport} {
		id, err := handOut(ago(time.Duration(5+20*n)*time.Hour), 6+n, "The police asks for the file of this case.", "DEMO-23/2026")
		if err != nil {
			return err
		}
		if err := do(ago(time.Duration(4+20*n)*time.Hour), func(tx *store.Tx) error { return decide(tx, second, id) }); err != nil {
			return err
		}
	}
	// The newest is first, and waits for the reader.
	_, err = handOut(ago(90*time.Minute), 0, "The police asks for the file of this case.", "DEMO-25/2026")
	return err
}
