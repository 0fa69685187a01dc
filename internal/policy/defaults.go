package policy

import "github.com/jaga-project/jaga"

// Shipped are the rules that come with the program. They are active from the
// start and do what Jaga does without rules: findings that a person should look
// at open a case. They can be retired and brought back like any other.
func Shipped() []Rule {
	example := func(name string, expect Answer, band jaga.Band) Test {
		return Test{name, expect, Facts{Form: Known("grooming"), Band: Known(band)}}
	}
	return []Rule{
		{
			Name: "jaga-review-opens-a-case", Owner: shipped,
			Reason: "A finding of band review means that a person should look, in order. Without a case nobody would.",
			When:   "band == REVIEW", Then: []Action{{Do: OpenCase, Queue: DefaultQueue}},
			Tests: []Test{
				example("review", Fires, jaga.BandReview), example("to keep in mind", Quiet, jaga.BandObserve), example("urgent has a rule of its own", Quiet, jaga.BandUrgent),
				{"a band that nobody knows", Undecided, Facts{}},
			},
		},
		{
			Name: "jaga-urgent-opens-a-case", Owner: shipped,
			Reason: "A finding of band urgent means that a person should look now.",
			When:   "band == URGENT", Then: []Action{{Do: OpenCase, Queue: DefaultQueue}},
			Tests: []Test{example("urgent", Fires, jaga.BandUrgent), example("review", Quiet, jaga.BandReview), {"a band that nobody knows", Undecided, Facts{}}},
		},
	}
}
