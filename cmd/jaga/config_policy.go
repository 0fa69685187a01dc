package main

import (
	"context"
	"log/slog"

	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/store"
)

// PolicyConfig is the section [policy]. A rule can set limits of its own, which
// replace those of one rule.
type PolicyConfig struct {
	// RulePerHour is how often one rule may act by itself within an hour of
	// the clock. Opening a case is not counted: findings always reach people.
	RulePerHour int64 `toml:"rule_per_hour" default:"100"`
	// RulePerDay is the same within 24 hours.
	RulePerDay int64 `toml:"rule_per_day" default:"1000"`
	// RuleShare is the largest part of what comes in, 0 to 1, on which one
	// rule may act within an hour.
	RuleShare float64 `toml:"rule_share" default:"0.2"`
	// ActionPerHour is how often one action, such as hold, may be wanted by
	// all rules together within an hour of the clock.
	ActionPerHour int64 `toml:"action_per_hour" default:"300"`
	// ActionPerDay is the same within 24 hours.
	ActionPerDay int64 `toml:"action_per_day" default:"3000"`
	// ActionShare is the largest part of what comes in, 0 to 1, on which one
	// action may be wanted within an hour.
	ActionShare float64 `toml:"action_share" default:"0.6"`
}

func (c PolicyConfig) valid() bool {
	for _, n := range []int64{c.RulePerHour, c.RulePerDay, c.ActionPerHour, c.ActionPerDay} {
		if n < 1 {
			return false
		}
	}
	return c.RuleShare > 0 && c.RuleShare <= 1 && c.ActionShare > 0 && c.ActionShare <= 1
}

// openPolicy opens the rules.
func openPolicy(ctx context.Context, db *store.DB, key [32]byte, cfg PolicyConfig, about func(*store.Tx, string) (int64, error), alarm func(*store.Tx, policy.Breaker) error, log *slog.Logger) (*policy.Service, error) {
	return policy.Open(ctx, db, policy.Options{
		Key:       key,
		Limits:    policy.Limits{PerHour: cfg.RulePerHour, PerDay: cfg.RulePerDay, Share: cfg.RuleShare},
		PerAction: policy.Limits{PerHour: cfg.ActionPerHour, PerDay: cfg.ActionPerDay, Share: cfg.ActionShare},
		// A case about an account counts from the next finding on.
		EarlierCases: about,
		Alarm:        alarm,
		Log:          log,
	})
}
