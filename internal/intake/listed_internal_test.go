package intake

import (
	"testing"

	"github.com/jaga-project/jaga"
)

// Looking again asks banks and no matcher: what a matcher found stays.
func TestLookingAgainKeepsWhatMatchersFound(t *testing.T) {
	t.Parallel()
	f, err := jaga.NewFinding(jaga.FormCSAM, jaga.BandReview, []jaga.Reason{{Listed: &jaga.Listed{Name: "lists", Version: "7", List: "licensed", Confidence: 1}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := jaga.Match{Signal: jaga.Signal{Type: jaga.MD5, Value: "00"}, Role: jaga.RoleMatch, Form: jaga.FormSextortion, Band: jaga.BandUrgent, Entry: 1}
	o, added := late(jaga.Outcome{Findings: []jaga.Finding{f}, Checked: []jaga.Detector{jaga.DetectorExact}}, []jaga.Match{m}, "v2")
	if added != 1 || len(o.Findings) != 2 || o.Findings[0].Band() != jaga.BandUrgent || o.Findings[1].Because()[0].Listed == nil {
		t.Errorf("%+v", o)
	}
	again, _ := late(o, []jaga.Match{{Signal: jaga.Signal{Type: jaga.MD5, Value: "00"}, Role: jaga.RoleMatch, Form: jaga.FormSextortion, Band: jaga.BandReview, Entry: 2}}, "v3")
	if len(again.Findings) != 2 {
		t.Errorf("looking again and again: %+v", again.Findings)
	}
}
