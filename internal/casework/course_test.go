package casework_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
)

// A course has every finding of a case and of its parts once, in the right time
// and band, whoever it is about.
func TestCourse(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		began := time.UnixMicro(w.now.Load()).Add(-40 * 24 * time.Hour)
		var ids [2]int64
		for i := range 60 {
			got := w.add(func(f *casework.Finding) {
				f.Account, f.Band = fmt.Sprintf("account-%d", i%2), jaga.Band(1+i%3)
				f.At = began.Add(time.Duration(i) * 13 * time.Hour)
			})
			ids[i%2] = got.Case
		}
		first, err := w.s.Course(t.Context(), ids[0])
		w.must(err)
		for _, x := range first {
			if x.Account != "account-0" || x.Accounts {
				t.Fatalf("%+v", x)
			}
		}
		w.must(w.s.Merge(t.Context(), "person:1", ids[1], ids[0]))
		all, err := w.s.Course(t.Context(), ids[0])
		w.must(err)
		bands := map[jaga.Band]int64{}
		for _, x := range all {
			bands[x.Band] += x.N
			if x.Last < x.First || x.First < began.UnixMicro() || x.Finding == 0 {
				t.Errorf("%+v", x)
			}
		}
		if bands[1] != 20 || bands[2] != 20 || bands[3] != 20 {
			t.Errorf("findings by band: %v", bands)
		}
		if none, err := w.s.Course(t.Context(), 999); err != nil || len(none) != 0 {
			t.Errorf("of no case: %v %v", none, err)
		}
	})
}
