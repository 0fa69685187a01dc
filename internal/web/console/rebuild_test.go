package console_test

import "testing"

func TestRebuildIsAskedForOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		page := w.done("/system/rebuild", nil)
		want(t, "after asking", page, "The index is being built anew", "Build the index anew", "Waits")
		w.done("/system/rebuild", nil)
		jobs, err := w.db.Jobs(t.Context(), 10)
		if err != nil || len(jobs) != 1 {
			t.Errorf("%d jobs, %v; want one", len(jobs), err)
		}
	})
}
