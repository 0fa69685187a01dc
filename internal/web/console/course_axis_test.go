package console_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga/internal/web/console"
)

// Whatever the times are, what is later stands further right, everything is on
// the drawing, no more marks are beside each other than there is room for, and
// only long times are cut out.
func TestCourseAxisLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		step := rapid.OneOf(rapid.Int64Range(0, 1_000_000), rapid.Int64Range(0, 3_600_000_000), rapid.Int64Range(0, 400*86_400_000_000))
		times := []int64{rapid.Int64Range(0, 2_000_000_000_000_000).Draw(t, "first")}
		for _, d := range rapid.SliceOfN(step, 0, 60).Draw(t, "steps") {
			times = append(times, times[len(times)-1]+d)
		}
		at, bin, marks, cuts := console.LayTime(times)
		if !slices.IsSorted(at) || !slices.IsSorted(bin) {
			t.Fatalf("out of order: %v %v", at, bin)
		}
		if at[0] < 0 || at[len(at)-1] > 100.0001 || bin[0] != 0 || bin[len(bin)-1] >= marks || marks > 40 {
			t.Fatalf("off the drawing: %v %v of %d", at, bin, marks)
		}
		var longest []int64
		for i := 1; i < len(times); i++ {
			if times[i] > times[i-1] && at[i] < at[i-1] {
				t.Fatalf("%d and %d", times[i-1], times[i])
			}
			longest = append(longest, times[i]-times[i-1])
		}
		for _, c := range cuts {
			if c < (6*time.Hour).Microseconds() || !slices.Contains(longest, c) {
				t.Fatalf("cut out %d of %v", c, longest)
			}
		}
	})
}

// An hour of messages and the days of work after it are both legible.
func TestCourseAxisCutsIdleTime(t *testing.T) {
	t.Parallel()
	const minute, day = 60_000_000, 86_400_000_000
	times := []int64{0, 10 * minute, 60 * minute, 3 * day, 3*day + 30*minute}
	at, _, _, cuts := console.LayTime(times)
	if len(cuts) != 1 || cuts[0] != 3*day-60*minute {
		t.Fatalf("cuts %v", cuts)
	}
	if at[2]-at[0] < 30 || at[4]-at[3] < 15 {
		t.Errorf("at %v: the hour and the half hour are squeezed", at)
	}
}
