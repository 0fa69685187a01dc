package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/web/api"
)

// Files of cases that cannot be kept are told of once for an hour, and named by
// the case, jaga status and jaga doctor.
func TestLostFilesAreToldOf(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_HOOKS_INTERNAL=127.0.0.1")
	if _, _, err := s.actions.AddTarget(t.Context(), "person:1", action.NewTarget{Name: "desk", URL: "http://127.0.0.1:1/", Kinds: []string{action.EventAlarmEvidence}}); err != nil {
		t.Fatal(err)
	}
	upload(t, s, "account-a", knownPicture(t, s, 1))
	for _, item := range []string{"i-1", "i-1", "i-2"} {
		rec := intake.Record{EvidenceLost: true}
		rec.Item.ID = item
		if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error { return s.work.keep.promote(tx, rec, 1) }); err != nil {
			t.Fatal(err)
		}
	}
	told, err := s.actions.Deliveries(t.Context(), action.Filter{})
	if err != nil || len(told) != 1 || told[0].Kind != action.EventAlarmEvidence {
		t.Errorf("told %+v, %v", told, err)
	}
	if err := s.pluginAlarm(t.Context(), "shapes"); err != nil {
		t.Error(err)
	}
	all := examineStopped(t.Context(), &reader{db: s.db})
	if len(all) != 1 || all[0].Name != "evidence" || all[0].State != "bad" || !strings.Contains(all[0].Detail, "2 files") {
		t.Errorf("doctor: %+v", all)
	}
}

// jaga status says what stopped working, in words.
func TestStatusNamesWhatStopped(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{Streams: Streams{Out: &out}}
	now := time.Now()
	if err := a.printStatus("http://jaga.test", api.Status{Stopped: []api.Stopped{
		{Kind: "webhook", Name: "forum", N: 3, Since: &now, Page: "/webhooks"}, {Kind: "rules", Name: "act:hold", Why: "hour", N: 1, Page: "/rules"},
		{Kind: "plugin", Name: "shapes", Why: "no answer in time", N: 1, Page: "/plugins"}, {Kind: "evidence", N: 2, Page: "/cases/7#trail"},
	}}); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"webhook forum: 3 deliveries were given up", "automatic actions of act:hold: too many (hour)", "plugin shapes: no answer in time", "evidence: 2 files could not be kept", "/cases/7#trail"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("no %q in %s", part, out.String())
		}
	}
}
