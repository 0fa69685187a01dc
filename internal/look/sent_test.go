package look

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestRecordsCoverWhatIsSent: whatever is read in whatever order, every byte was
// within a record before it left, the end tells exactly what was sent or more,
// and reading on in a film needs few records.
func TestRecordsCoverWhatIsSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 2<<30).Draw(t, "size")
		var s sent
		asked := map[int64]bool{}
		for range rapid.IntRange(1, 60).Draw(t, "parts") {
			from := rapid.Int64Range(0, size-1).Draw(t, "from")
			b := Bytes{from, min(size, from+rapid.Int64Range(1, 4<<20).Draw(t, "n")), size}
			if r, missing := s.missing(b); missing {
				if r.to > size || r.from < b.From || r.to < b.To {
					t.Fatalf("%+v is recorded for %+v", r, b)
				}
				s.record(r)
			}
			if !s.recorded.covers(b.From, b.To) {
				t.Fatalf("%+v left and is in no record: %v", b, s.recorded)
			}
			s.exact = s.exact.with(span{b.From, b.To})
			asked[b.From], asked[b.To-1] = true, true
		}
		if told := strings.Fields(s.exact.String()); len(told) > spansTold {
			t.Fatalf("%d ranges are told", len(told))
		}
		var told spans
		for part := range strings.FieldsSeq(s.exact.String()) {
			var r span
			if _, err := fmt.Sscanf(part, "%d-%d", &r.from, &r.to); err != nil {
				t.Fatal(err)
			}
			told = told.with(r)
		}
		for at := range asked {
			if !told.covers(at, at+1) || !s.exact.covers(at, at+1) {
				t.Fatalf("byte %d was sent, and is not in %q", at, s.exact)
			}
		}
		for i := 1; i < len(s.exact); i++ {
			if s.exact[i].from <= s.exact[i-1].to {
				t.Fatalf("ranges that touch: %v", s.exact)
			}
		}
	})
	// A film of an hour at 4 Mbit/s, read on in parts of 64 KiB.
	var s sent
	const size = 1800 << 20
	records := 0
	for from := int64(0); from < size; from += 64 << 10 {
		if r, missing := s.missing(Bytes{from, from + 64<<10, size}); missing {
			s.record(r)
			records++
		}
		s.exact = s.exact.with(span{from, from + 64<<10})
	}
	if records > 40 || s.exact.String() != fmt.Sprintf("0-%d", int64(size)) {
		t.Errorf("%d records, %s", records, s.exact)
	}
}

func (s spans) covers(from, to int64) bool {
	for _, r := range s {
		if r.from <= from && to <= r.to {
			return true
		}
	}
	return false
}
