package console_test

import (
	"fmt"
	"testing"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/tip"
)

// How many report an account is told on the page of its case, and moves it
// nowhere in the queue.
func TestCrowd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		report := func(ref, reporter, text string) int64 {
			got, err := w.reports.Take(t.Context(), "key:1", tip.Report{Ref: ref, Account: "acc-7", Reporter: reporter, Text: text})
			if err != nil {
				t.Fatal(err)
			}
			return got.Case
		}
		id := report("r-1", "a", "They ask odd things")
		before, _, err := w.queue.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		want(t, "one report", w.page(fmt.Sprint("/cases/", id)), "1 report came to this case", `id="plot-crowd"`)
		report("r-2", "b", "They ask odd things")
		report("r-3", "b", "They ask odd things")
		report("r-4", "", "Something else")
		want(t, "four reports", w.page(fmt.Sprint("/cases/", id)), "4 reports came to this case", "<dt>People who report</dt><dd>2 ", "and 1 report without a name", "<dt>Reports that say something of their own</dt><dd>3</dd>", "<dt>Most within one hour</dt><dd>4</dd>")
		after, _, err := w.queue.Get(t.Context(), id)
		if err != nil || after.Risk != before.Risk || after.Band != before.Band {
			t.Errorf("risk and band %v %v, were %v %v (%v)", after.Risk, after.Band, before.Risk, before.Band, err)
		}
		unwanted(t, "a case nobody reported", w.page(fmt.Sprint("/cases/", w.put(func(f *casework.Finding) {}))), "plot-crowd")
	})
}
