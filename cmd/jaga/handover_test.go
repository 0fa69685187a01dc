package main

import (
	"net/netip"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/tell"
)

// A conversation that the team passes on is a case of the hotline with the
// team's summary, and with nothing that the writer wrote.
func TestMessagesArePassedOnToCases(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_TELL_TEAM=The team", "JAGA_TELL_HOURS=daily 00:00-24:00", "JAGA_TELL_ZONE=UTC", "JAGA_TELL_ANSWER_WITHIN=4h")
	ctx := t.Context()
	if _, err := s.told.Send(ctx, netip.MustParseAddr("192.0.2.7"), tell.Letter{Lang: "en", Text: "Somebody keeps asking me to meet."}); err != nil {
		t.Fatal(err)
	}
	thread, ok, err := s.told.Next(ctx, "person:1")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	const summary = "Asked to meet by somebody from a game; wants advice."
	id, err := s.told.Pass(ctx, "person:1", thread, summary)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := s.work.cases.Get(ctx, id)
	if err != nil || c.Queue != "hotline" || c.Risk > casework.RiskContact {
		t.Fatalf("%+v (%v)", c, err)
	}
	found, err := s.work.cases.Findings(ctx, id, 0, 10)
	if err != nil || len(found) != 1 || found[0].Kind != casework.KindHotline || found[0].Account != "" || time.Since(time.UnixMicro(found[0].At)) > time.Minute {
		t.Fatalf("%+v (%v)", found, err)
	}
	text, err := s.work.cases.FindingText(ctx, "person:1", id, found[0].ID)
	if err != nil || text != summary {
		t.Errorf("%q (%v)", text, err)
	}
	if hits, _ := onDisk(t, s.dir.Path, []byte(summary)); len(hits) > 0 {
		t.Errorf("the summary is on the disk in the clear: %v", hits)
	}
}
