package casework

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
)

var kinds = []EventKind{Opened, Joined, Raised, Triaged, Moved, Begun, Assigned, Escalated, Acknowledged, Held, Released, DecidedOn, Undone, Reporting, ReportFailed,
	Reported, NoReportOwed, FollowedUp, Closed, Reopened, Merged, Unmerged, Absorbed, Parted, Split, ClockSet, ClockMet, ClockDropped, Noted}

// Whatever happens in whatever order, a case never leaves its graph, an event
// that is refused changes nothing, the risk falls by a person's sorting only,
// and replaying what was taken gives the same status.
func TestTheMachineNeverLeavesItsGraph(t *testing.T) {
	t.Parallel()
	reached := map[State]bool{}
	edges := map[[2]State]bool{}
	check := func(t *rapid.T) {
		var s Status
		var log []Event
		likely := map[State][]EventKind{"": {Opened}, StateNew: {Begun, Triaged, Joined}, StateTriage: {Begun}, StateInReview: {DecidedOn}, StateSecondReview: {DecidedOn, Undone},
			StateDecided: {Reporting, Undone, FollowedUp, Closed, Reopened}, StateReporting: {Reported, NoReportOwed, Reopened}, StateReported: {FollowedUp, Closed, Reopened}, StateFollowUp: {Reporting, Closed, Reopened}, StateClosed: {Reopened, FollowedUp}}
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			kind := rapid.SampledFrom(append(slices.Clone(kinds), slices.Repeat(likely[s.State], 40)...)).Draw(t, "kind")
			e := Event{Seq: s.Events + 1, At: s.UpdatedAt + 1, Actor: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "actor"), Kind: kind, Data: Data{
				Queue: "default", Risk: Risk(rapid.IntRange(1, 6).Draw(t, "risk")), Form: jaga.FormCSAM, To: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "to"),
				Case: rapid.Int64Range(1, 2).Draw(t, "case"), Findings: 1, Round: rapid.SampledFrom([]int64{s.Round, s.Round, s.Round - 1, 1}).Draw(t, "round"), Until: 7,
				Next: rapid.SampledFrom([]string{nextSecond, nextSettle, nextFinal}).Draw(t, "next"), Outcome: Confirmed}}
			next, err := apply(s, e)
			if err != nil {
				if next != s {
					t.Fatalf("%s was refused and changed %+v to %+v", kind, s, next)
				}
				continue
			}
			if next.State != s.State && !slices.Contains(Graph()[s.State], next.State) {
				t.Fatalf("%s led from %q to %q", kind, s.State, next.State)
			}
			if s.State != "" && next.Risk > s.Risk && kind != Triaged {
				t.Fatalf("%s lowered the risk from %d to %d", kind, s.Risk, next.Risk)
			}
			if next.MergedInto != 0 && next.Workable() || next.Held && next.Workable() {
				t.Fatalf("%+v can be worked on", next)
			}
			if next.State != s.State {
				edges[[2]State{s.State, next.State}] = true
			}
			reached[next.State] = true
			log, s = append(log, e), next
		}
		again, err := Replay(log)
		if err != nil || again != s {
			t.Fatalf("replay gives %+v (%v), want %+v", again, err, s)
		}
	}
	for range 20 { // of a hundred runs each
		rapid.Check(t, check)
	}
	for _, st := range States() {
		if !reached[st] {
			t.Errorf("%s was never reached: the test shows nothing of it", st)
		}
	}
	if testing.Short() {
		return
	}
	for from, list := range Graph() {
		for _, to := range list {
			if !edges[[2]State{from, to}] {
				t.Errorf("the edge from %q to %q was never taken", from, to)
			}
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"Kafé, kafe!":    {"kafe"},
		"item-17 a":      {"item-17", "item", "17"},
		"":               nil,
		"Ünïcode ANAK":   {"unicode", "anak"},
		"rahasia\n\tdua": {"rahasia", "dua"},
	} {
		if got := words(in); !slices.Equal(got, want) {
			t.Errorf("words of %q are %q, want %q", in, got, want)
		}
	}
}
