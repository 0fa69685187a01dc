package main

import (
	"context"
	"strconv"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/store"
)

// rulesAlarm tells other servers, in the transaction in which it happens, that
// automatic actions were stopped. It happens once until a person lets them go on.
func (s *site) rulesAlarm(tx *store.Tx, b policy.Breaker) error {
	_, err := s.actions.Emit(tx, action.Event{Kind: action.EventAlarmRules, Alarm: &action.Alarm{What: b.What, Why: b.Why, Page: "/rules"}})
	return err
}

// pluginAlarm tells other servers that a plugin is not asked any more.
func (s *site) pluginAlarm(ctx context.Context, name string) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := s.actions.Emit(tx, action.Event{Kind: action.EventAlarmPlugin, Alarm: &action.Alarm{What: "plugin:" + name, Why: "failures", Page: "/plugins"}})
		return err
	})
}

// evidenceAlarm tells other servers, in the transaction of a finding, that its
// file could not be kept.
func (s *site) evidenceAlarm(tx *store.Tx, caseID int64) error {
	id := strconv.FormatInt(caseID, 10)
	_, err := s.actions.Emit(tx, action.Event{Kind: action.EventAlarmEvidence, Case: caseID, Alarm: &action.Alarm{What: "case:" + id, Why: "not_kept", Page: "/cases/" + id + "#trail"}})
	return err
}
