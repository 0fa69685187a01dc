package main

import (
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/tip"
)

// ReportsConfig is the section [reports].
type ReportsConfig struct {
	// Queue is the queue of cases that open because of a platform's report.
	Queue string `toml:"queue" default:"default"`
	// HotlineQueue is the queue of cases that open because somebody called.
	HotlineQueue string `toml:"hotline_queue" default:"hotline"`
	// PerKeyHour is how many reports one key may hand in within an hour.
	PerKeyHour int `toml:"per_key_hour" default:"10000"`
	// PerAccountDay is how many reports about one account are taken within 24
	// hours; one that says that a child is in danger now always is.
	PerAccountDay int `toml:"per_account_day" default:"500"`
	// PerReporterDay is how many reports one person may make within 24 hours.
	PerReporterDay int `toml:"per_reporter_day" default:"50"`
	// RepeatDays is for how many days what the same person says again of the
	// same account is counted and not linked again.
	RepeatDays int `toml:"repeat_days" default:"7"`
}

func (c ReportsConfig) check() error {
	bad := func(field, msg string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "reports." + field, Msg: msg}
	}
	switch {
	case casework.CheckQueue(c.Queue) != nil:
		return bad("queue", "it is not a short name of small letters, digits, - and _")
	case casework.CheckQueue(c.HotlineQueue) != nil:
		return bad("hotline_queue", "it is not a short name of small letters, digits, - and _")
	case c.PerKeyHour < 1 || c.PerAccountDay < 1 || c.PerReporterDay < 1:
		return bad("per_key_hour", "it, per_account_day and per_reporter_day are at least 1")
	case c.RepeatDays < 1:
		return bad("repeat_days", "it is not at least 1")
	}
	return nil
}

func (c ReportsConfig) options(key []byte) tip.Options {
	return tip.Options{Key: key, Queue: c.Queue, Hotline: c.HotlineQueue, PerKey: int64(c.PerKeyHour), PerAccount: int64(c.PerAccountDay), PerReporter: int64(c.PerReporterDay),
		Window: time.Duration(c.RepeatDays) * 24 * time.Hour}
}
