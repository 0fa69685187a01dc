package main

import (
	"testing"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/testpic"
)

// TestOneLookForWhatIsNearlyTheSame: near duplicates of a case are one stack, and
// what came again in another case, nearly or to the byte, is found there.
func TestOneLookForWhatIsNearlyTheSame(t *testing.T) {
	t.Parallel()
	s := openTestSite(t)
	me := as(t.Context(), "person:1", reviewer())
	shape := testpic.Photo(1, 320, 240)
	original := knownOf(t, s, testpic.PNG(shape), "")
	smaller := knownOf(t, s, testpic.JPEG(testpic.Scale(shape, 0.8), 80), "")
	unlike := knownOf(t, s, testpic.PNG(testpic.Photo(2, 320, 240)), "")
	upload(t, s, "account-a", original)
	upload(t, s, "account-a", smaller)
	upload(t, s, "account-a", unlike)
	first := casesOf(t, s)[0].ID
	stacks, err := s.files.OfCase(me, "person:1", first, "", 10)
	if err != nil || len(stacks) != 2 || len(stacks[0].Alike) != 1 || len(stacks[1].Alike) != 0 || len(stacks[0].Elsewhere)+len(stacks[1].Elsewhere) != 0 {
		t.Fatalf("%+v (%v), want a stack of two and one by itself", stacks, err)
	}
	if next, err := s.files.OfCase(me, "person:1", first, stacks[0].Evidence, 10); err != nil || len(next) != 1 || next[0].Evidence != stacks[1].Evidence {
		t.Errorf("the next page: %+v (%v)", next, err)
	}

	upload(t, s, "account-b", knownOf(t, s, testpic.JPEG(shape, 60), ""))
	upload(t, s, "account-b", knownOf(t, s, testpic.PNG(testpic.Photo(3, 320, 240)), ""))
	second := int64(0)
	for _, c := range casesOf(t, s) {
		second = max(second, c.ID)
	}
	if second == first {
		t.Fatal("the other account is in the same case")
	}
	stacks, err = s.files.OfCase(me, "person:1", second, "", 10)
	if err != nil || len(stacks) != 2 || len(stacks[0].Elsewhere) != 2 || len(stacks[1].Elsewhere) != 0 || stacks[0].Elsewhere[0].Case != first {
		t.Fatalf("%+v (%v), want two of the other case", stacks, err)
	}
	// A decision there is found by its key.
	key := stacks[0].Elsewhere[0].Key
	if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error { return s.look.Decided(tx, "person:2", key, first) }); err != nil {
		t.Fatal(err)
	}
	if n, err := s.look.NeedLook(t.Context(), key, 0); err != nil || n.Look || n.Case != first {
		t.Errorf("%+v (%v)", n, err)
	}
	// Whoever may not see the other case learns only that there is one.
	if err := s.work.cases.Move(t.Context(), "person:1", first, "north"); err != nil {
		t.Fatal(err)
	}
	queue := ""
	for _, c := range casesOf(t, s) {
		if c.ID == second {
			queue = c.Queue
		}
	}
	here := as(t.Context(), "person:3", auth.Grant{Role: auth.Reviewer, Queue: queue})
	if stacks, err = s.files.OfCase(here, "person:3", second, "", 10); err != nil || len(stacks) != 2 || len(stacks[0].Elsewhere) != 2 || stacks[0].Elsewhere[0].Case != 0 {
		t.Errorf("%+v (%v)", stacks, err)
	}
}
