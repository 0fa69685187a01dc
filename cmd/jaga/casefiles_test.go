package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
	"github.com/jaga-project/jaga/internal/web/console"
)

// as is a context in which a person with roles asks.
func as(ctx context.Context, actor string, grants ...auth.Grant) context.Context {
	return auth.With(ctx, auth.Who{Actor: actor, Person: true, Grants: grants})
}

func reviewer(queues ...string) auth.Grant {
	if len(queues) == 0 {
		return auth.Grant{Role: auth.Reviewer, Queue: auth.AllQueues}
	}
	return auth.Grant{Role: auth.Reviewer, Queue: queues[0]}
}

// The console gets the files of a case for people who may look at files in its
// queue, and for nobody else; a decision spares everybody else the look.
func TestCaseFiles(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_CASES_SECOND_PERCENT=0")
	first := knownPicture(t, s, 1)
	second := knownPicture(t, s, 2)
	one := upload(t, s, "account-a", first)
	upload(t, s, "account-a", second)
	cases := casesOf(t, s)
	if len(cases) != 1 {
		t.Fatalf("%d cases", len(cases))
	}
	id := cases[0].ID
	me := as(t.Context(), "person:1", reviewer())
	var pages console.CaseFiles = s.files // what the page of a case asks for
	stacks, err := pages.OfCase(me, "person:1", id, "", 10)
	if err != nil || len(stacks) != 2 {
		t.Fatalf("%v (%v)", stacks, err)
	}
	ids := []string{stacks[0].Evidence, stacks[1].Evidence}
	if page, err := s.files.OfCase(me, "person:1", id, ids[0], 1); err != nil || len(page) != 1 || page[0].Evidence != ids[1] {
		t.Errorf("%v (%v)", page, err)
	}
	for name, ctx := range map[string]context.Context{
		"nobody": t.Context(), "somebody else": as(t.Context(), "person:2", reviewer()), "another queue": as(t.Context(), "person:1", reviewer("hotline")),
		"a program": auth.With(t.Context(), auth.Who{Actor: "person:1", Scopes: auth.Scopes()}),
	} {
		if _, err := s.files.Veiled(ctx, "person:1", id, ids[0]); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("%s: %v, want denied", name, err)
		}
		if _, err := s.files.OfCase(ctx, "person:1", id, "", 10); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("%s lists: %v, want denied", name, err)
		}
	}
	v, err := s.files.Veiled(me, "person:1", id, ids[0])
	if err != nil || v.Kind != jaga.KindImage || v.Width != 320 || v.Bytes != int64(len(first)) || v.Matches == 0 || v.Votes != 0 || len(v.Key) != 64 {
		t.Fatalf("%+v (%v)", v, err)
	}
	if _, err := s.files.Veiled(me, "person:1", id+1, ids[0]); jaga.CodeOf(err) != jaga.CodeNotFound {
		t.Errorf("a file of another case: %v", err)
	}
	// Votes count for the very bytes, until somebody rejects the entry.
	entry := one.Outcome.Matches[0].Entry
	for i, say := range []struct {
		who, verdict string
		votes        int
	}{{"person:1", "confirm", 1}, {"person:2", "confirm", 2}, {"person:3", "unsure", 2}, {"person:4", "reject", 0}} {
		if err := s.banks.SetOpinion(t.Context(), say.who, "KNOWN", entry, say.verdict, ""); err != nil {
			t.Fatal(err)
		}
		if v, err := s.files.Veiled(me, "person:1", id, ids[0]); err != nil || v.Votes != say.votes {
			t.Errorf("%d: %d votes, want %d (%v)", i, v.Votes, say.votes, err)
		}
	}
	src, err := s.files.Open(me, "person:1", v)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(io.NewSectionReader(src, 0, src.Size()))
	_ = src.Close()
	if err != nil || !bytes.Equal(got, first) {
		t.Errorf("%d bytes (%v), want %d", len(got), err, len(first))
	}
	if custodyOf(t, s, "case.look") != 1 || custodyOf(t, s, "evidence.grant") != 1 || custodyOf(t, s, "evidence.open") != 1 {
		t.Error("what was opened is not in the custody log")
	}

	needs := func() look.Need {
		t.Helper()
		n, err := s.look.NeedLook(t.Context(), v.Key, 0)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	decide := func(d casework.Decision) casework.Decided {
		t.Helper()
		l, err := s.work.cases.Take(t.Context(), "person:1", id)
		if err != nil {
			t.Fatal(err)
		}
		out, err := s.work.cases.Decide(t.Context(), l, d)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if !needs().Look {
		t.Error("nobody has to look at what nobody decided")
	}
	// Whoever decides without a look has not seen what the file shows, and takes
	// the first look from nobody.
	d := decide(casework.Decision{Facts: taxonomy.Unknown("own_review"), Outcome: casework.Undetermined})
	if n := needs(); !n.Look || n.Viewed {
		t.Errorf("after a decision without a look: %+v", n)
	}
	if err := s.work.cases.Undo(t.Context(), "person:1", id, d.ID); err != nil {
		t.Fatal(err)
	}
	shown := taxonomy.Unknown("own_review")
	shown.Subject, shown.Age, shown.Confidence, shown.Pubertal, shown.Activity = "real", "11-13", "high", "prepubescent", "exposure"
	l, err := s.work.cases.Take(t.Context(), "person:1", id)
	if err != nil {
		t.Fatal(err)
	}
	var e *jaga.Error
	if _, err := s.work.cases.Decide(t.Context(), l, casework.Decision{Facts: shown, Outcome: casework.Confirmed}); !errors.As(err, &e) || e.Field != "looked" {
		t.Errorf("facts of a file that nobody viewed: %v", err)
	}
	if _, err := s.verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// Files go along with their findings when a case is split, and are seen from the
// case that theirs was merged into.
func TestFilesFollowTheirFindings(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	upload(t, s, "account-a", knownPicture(t, s, 1))
	upload(t, s, "account-a", knownPicture(t, s, 2))
	id := casesOf(t, s)[0].ID
	findings, err := s.work.cases.Findings(t.Context(), id, 0, 10)
	if err != nil || len(findings) != 2 {
		t.Fatalf("%v (%v)", findings, err)
	}
	fresh, err := s.work.cases.Split(t.Context(), "person:1", id, []int64{findings[1].ID})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := len(keptIn(t, s, id)), len(keptIn(t, s, fresh)); a != 1 || b != 1 {
		t.Errorf("%d files here and %d there, want one each", a, b)
	}
	hold := func(at int64) {
		t.Helper()
		err := s.db.Update(t.Context(), custody.Event{Actor: "person:1", Action: "test.act", Subject: "test"}, func(tx *store.Tx) error {
			_, err := s.evidence.AddHold(tx, "person:1", evidence.Scope{Case: at}, evidence.NewHold{Reason: "a letter", Authority: "Police"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	hold(id)
	if err := s.work.cases.Merge(t.Context(), "person:1", fresh, id); err != nil {
		t.Fatal(err)
	}
	// A case that joins a held one is held as well.
	for _, it := range keptIn(t, s, fresh) {
		if err := s.db.View(t.Context(), func(tx *store.Tx) error {
			k, err := s.evidence.Standing(tx, it.ID)
			if err == nil && k.Held != 1 {
				t.Errorf("a file of the case that joined: %d holds", k.Held)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	me := as(t.Context(), "person:1", reviewer())
	ids, err := s.files.OfCase(me, "person:1", id, "", 10)
	if err != nil || len(ids) != 2 {
		t.Errorf("%v (%v), want both files", ids, err)
	}
	for _, file := range ids {
		if _, err := s.files.Veiled(me, "person:1", fresh, file.Evidence); err != nil {
			t.Errorf("by the number of the merged case: %v", err)
		}
	}
}
