package evidence_test

import (
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
)

// A clock that waits for a report has no end; the report gives it one, once, and a
// later one lengthens it.
func TestClocksThatWait(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		it := s.keep("a file", 1)
		other := s.keep("of another case", 2)
		wait := []evidence.Clock{{Profile: "us-2258a", Version: "1", What: "content", Start: time.Now()}}
		for _, id := range []string{it.ID, other.ID} {
			s.clocks(evidence.Scope{Evidence: id}, wait)
		}
		standing := func(id string) (k evidence.Standing) {
			t.Helper()
			s.must(s.update(func(tx *store.Tx) (err error) { k, err = s.Standing(tx, id); return err }))
			return k
		}
		far := time.Now().AddDate(500, 0, 0).UnixMicro()
		if k := standing(it.ID); !k.Waits() || k.Over(far) {
			t.Errorf("%+v", k)
		}
		if _, err := s.ask("person:1", it.ID, evidence.Expired); err == nil {
			t.Error("a file whose clock waits may be destroyed")
		}
		submitted := func(at time.Time) {
			t.Helper()
			s.must(s.update(func(tx *store.Tx) error {
				return s.BeginClocks(tx, "person:1", 1, []evidence.Clock{{Profile: "us-2258a", Version: "1", What: "content", Start: at, Until: at.AddDate(1, 0, 0)}})
			}))
		}
		first := time.Now().Add(-time.Hour)
		submitted(first)
		if k := standing(it.ID); k.Waits() || k.Until != first.AddDate(1, 0, 0).UnixMicro() {
			t.Errorf("after the report %+v, want the end %d", k, first.AddDate(1, 0, 0).UnixMicro())
		}
		if k := standing(other.ID); !k.Waits() {
			t.Errorf("the report of another case began the clock: %+v", k)
		}
		later := first.Add(30 * time.Minute)
		submitted(later)
		submitted(first)
		if k := standing(it.ID); k.Until != later.AddDate(1, 0, 0).UnixMicro() {
			t.Errorf("%+v, want the later report to count", k)
		}
	})
}
