package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/tell"
	"github.com/jaga-project/jaga/internal/tip"
)

// storied is a case of which everything happened that can happen.
type storied struct {
	id       int64
	merged   []int64
	item     string
	file     string
	subjects []string // that its bundle must have records about
}

// storyOf opens a case about an account and does everything to it.
func storyOf(t *testing.T, s *site, n uint64) (c storied) {
	t.Helper()
	ctx, account := t.Context(), fmt.Sprintf("account-%d", n)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c.item = upload(t, s, account, knownPicture(t, s, n)).Item.ID
	talkFound(t, s, fmt.Sprintf("talk-%d", n), account, jaga.BandUrgent)
	must(s.db.Update(ctx, custody.Event{Actor: "person:1", Action: "excerpt.open", Subject: fmt.Sprintf("finding:talk-%d", n)}, func(*store.Tx) error { return nil }))
	got, err := s.reports.Take(ctx, "key:1", tip.Report{Ref: fmt.Sprint("r", n), Account: account, Text: "Please look at this account"})
	must(err)
	c.id = got.Case
	call, err := s.reports.Save(ctx, "person:1", fmt.Sprint("token-000", n), tip.Call{Safe: tip.SafeUnknown, Relation: "teacher", What: fmt.Sprint("A worry, number ", n)})
	must(err)
	_, err = s.told.Send(ctx, netip.MustParseAddr("192.0.2.7"), tell.Letter{Lang: "en", Text: "Somebody keeps asking me to meet."})
	must(err)
	reader := fmt.Sprint("person:1", n) // who has read the first one keeps it
	thread, ok, err := s.told.Next(ctx, reader)
	must(err)
	if !ok {
		t.Fatal("nobody wrote")
	}
	passed, err := s.told.Pass(ctx, reader, thread, "Asks for advice.")
	must(err)
	for _, other := range []int64{call.Case, passed} {
		if other != c.id {
			must(s.work.cases.Merge(ctx, "person:1", other, c.id))
			c.merged = append(c.merged, other)
		}
	}
	kept := keptIn(t, s, c.id)
	if len(kept) != 1 {
		t.Fatalf("%d files in case %d", len(kept), c.id)
	}
	c.file = kept[0].ID
	me := as(ctx, "person:1", reviewer())
	_, err = s.work.cases.Take(ctx, "person:1", c.id)
	must(err)
	veiled, err := s.files.Veiled(me, "person:1", c.id, c.file)
	must(err)
	session, err := s.look.Open(me, "person:1", look.Ask{Case: c.id, Purpose: look.Review})
	must(err)
	shown, err := s.look.Begin(me, "person:1", look.Show{Session: session.ID, File: veiled.Key, Kind: veiled.Kind, Class: veiled.Class})
	must(err)
	must(s.look.End(me, "person:1", shown.ID))
	_, err = s.work.cases.AddNote(ctx, "person:1", c.id, "A note of the team", nil)
	must(err)
	must(s.work.cases.Hold(ctx, "person:1", c.id, "We wait for an answer", time.Now().Add(time.Hour)))
	must(s.work.cases.Unhold(ctx, "person:1", c.id))
	acts, _, err := s.work.cases.Acts(ctx, c.id, 100)
	must(err)
	reasons := 0
	for _, a := range acts {
		if a.HasText {
			_, err := s.work.cases.Reason(ctx, "person:2", a.ID)
			must(err)
			c.subjects, reasons = append(c.subjects, fmt.Sprint("case_event:", a.ID)), reasons+1
		}
	}
	if reasons == 0 {
		t.Fatal("no reason was given with anything")
	}
	decideNow(t, s, c.id, "hold")
	_, err = s.sendDue(ctx)
	must(err)
	for _, a := range startedIn(t, s, c.id) {
		must(s.actions.Result(ctx, "key:1", a.ID, action.Result{Status: action.StatusDone}))
		c.subjects = append(c.subjects, action.Subject(a.ID))
	}
	var destruction int64
	must(s.db.Update(ctx, custody.Event{Actor: "person:1", Action: "test.destroy", Subject: "test"}, func(tx *store.Tx) (err error) {
		if _, err = s.evidence.AddHold(tx, "person:1", evidence.Scope{Case: c.id}, evidence.NewHold{Reason: "a letter", Authority: "police", Letter: fmt.Sprint(n), From: time.Now(), Until: time.UnixMicro(tx.Now()).Add(time.Hour)}); err != nil {
			return err
		}
		if _, err = tx.Exec(`UPDATE evidence_holds SET released_at = 1 WHERE case_id = $1`, c.id); err != nil {
			return err
		}
		if _, err = tx.Exec(`DELETE FROM evidence_clocks`); err != nil {
			return err
		}
		destruction, err = s.evidence.AskDestroy(tx, "person:1", evidence.NewDestruction{Evidence: c.file, Grounds: evidence.Mistaken, Reason: "it should not have been kept"})
		return err
	}))
	_, err = s.evidence.Destroy(ctx, "person:2", destruction)
	must(err)
	c.subjects = append(c.subjects, casework.Subject(c.id), "item:"+c.item, fmt.Sprintf("finding:talk-%d", n), "report:"+got.ID, fmt.Sprint("call:", call.ID),
		tell.Subject(thread), "evidence:"+c.file, fmt.Sprint("destruction:", destruction))
	for _, m := range c.merged {
		c.subjects = append(c.subjects, casework.Subject(m))
	}
	return c
}

// A bundle about a case has everything that was done about it, whatever the record
// is about, and nothing that was done about another case that is just like it.
func TestABundleTellsTheWholeStoryOfACase(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openTestSite(t, "JAGA_STORE_URL="+url, "JAGA_CASES_SECOND_PERCENT=0", "JAGA_TELL_TEAM=The team", "JAGA_TELL_HOURS=daily 00:00-24:00", "JAGA_TELL_ZONE=UTC", "JAGA_TELL_ANSWER_WITHIN=4h")
		one, other := storyOf(t, s, 1), storyOf(t, s, 2)
		for _, at := range []struct{ its, others storied }{{one, other}, {other, one}} {
			var out bytes.Buffer
			if _, err := s.proof.Export(t.Context(), &out, proof.Export{Actor: "person:1", Subjects: []string{casework.Subject(at.its.id)}}); err != nil {
				t.Fatal(err)
			}
			r, err := custody.VerifyBundle(bytes.NewReader(out.Bytes()), int64(out.Len()), custody.VerifyOptions{Key: s.dir.Identity.CustodyVerifier})
			if err != nil || !r.OK {
				t.Fatalf("%+v (%v)", r, err)
			}
			if r.Facts.Subjects[0] != casework.Subject(at.its.id) {
				t.Errorf("it is first of all about %s", r.Facts.Subjects[0])
			}
			lines, err := custody.OpenRecords(bytes.NewReader(out.Bytes()), int64(out.Len()))
			if err != nil {
				t.Fatal(err)
			}
			about, actions := map[string]bool{}, map[string]bool{}
			for dec := json.NewDecoder(lines); dec.More(); {
				var line []any
				if err := dec.Decode(&line); err != nil {
					t.Fatal(err)
				}
				actions[line[4].(string)], about[line[5].(string)] = true, true
			}
			for _, subject := range at.its.subjects {
				if !about[subject] {
					t.Errorf("case %d: no record about %s", at.its.id, subject)
				}
			}
			for _, subject := range at.others.subjects {
				if about[subject] || slices.Contains(r.Facts.Subjects, subject) {
					t.Errorf("case %d: a record about %s, which is of case %d", at.its.id, subject, at.others.id)
				}
			}
			// One of each kind of act.
			for act := range strings.FieldsSeq(`item.finding report.take call.save tell.pass evidence.put evidence.promote evidence.hold evidence.destroy evidence.ask_destroy evidence.approve_destroy
				case.opened case.merged case.joined case.read_reason case.noted case.decided case.action action.start action.result look.open look.begin look.end excerpt.open bundle.export`) {
				if !actions[act] {
					t.Errorf("case %d: no record of %s among %v", at.its.id, act, sortedNames(actions))
				}
			}
		}
	})
}

func sortedNames(m map[string]bool) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
