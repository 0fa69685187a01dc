package casework_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// TestFindingsAreReadInTheQueueOfTheWhole: after any merges, moves and splits a
// finding is in the queue of the case that its own became.
func TestFindingsAreReadInTheQueueOfTheWhole(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		rnd := rand.New(rand.NewPCG(3, 7))
		queues := []string{"default", "secret", "hotline"}
		for n := range 12 {
			var ids []int64
			ref := func(i int) string { return fmt.Sprintf("sight-%d-%d", n, i) }
			for i := range 5 {
				ids = append(ids, w.add(func(f *casework.Finding) { f.Kind, f.Ref = casework.KindConversation, ref(i) }).Case)
			}
			var acts []string
			for range 8 { // some are refused, which is right
				a, b := ids[rnd.IntN(5)], ids[rnd.IntN(5)]
				switch rnd.IntN(4) {
				case 0, 1:
					q := queues[rnd.IntN(3)]
					acts = append(acts, fmt.Sprintf("move %d to %s: %v", a, q, w.s.Move(t.Context(), "person:1", a, q)))
				case 2:
					acts = append(acts, fmt.Sprintf("merge %d into %d: %v", a, b, w.s.Merge(t.Context(), "person:1", a, b)))
				case 3:
					acts = append(acts, fmt.Sprintf("take %d out: %v", a, w.s.Unmerge(t.Context(), "person:1", a)))
				}
			}
			for i, id := range ids {
				_, root, err := w.s.Get(t.Context(), id)
				w.must(err)
				in := w.get(root).Queue
				if got, ok, err := w.s.QueueOf(t.Context(), sightKinds, ref(i)); err != nil || !ok || got != in {
					t.Fatalf("case %d is in %q (%v, %v), and what it became in %q, after %q", id, got, ok, err, in, acts)
				}
				for _, open := range [][]string{nil, {"default"}, {"secret", "hotline"}, queues} {
					if got := w.hidden(open, ref(i)); got == slices.Contains(open, in) {
						t.Fatalf("case %d in %q is hidden from a reader of %v: %v, after %q", id, in, open, got, acts)
					}
				}
			}
		}
		if w.hidden(nil, "no such finding") {
			t.Error("what has no case is hidden")
		}
	})
}

// sightKinds are what the test asks for; the first is not there.
var sightKinds = []casework.Kind{casework.KindMedia, casework.KindConversation}

// hidden asks the condition about a reference.
func (w *world) hidden(queues []string, ref string) (out bool) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		args := []any{ref}
		where := casework.Hidden(sightKinds, queues)("CAST($1 AS TEXT)", func(v any) string {
			args = append(args, v)
			return fmt.Sprintf("$%d", len(args))
		})
		n, err := store.One[int64](tx, `SELECT COUNT(*) FROM (SELECT 1 AS one) AS t WHERE `+where, args...)
		out = n == 1
		return err
	})
	w.must(err)
	return out
}
