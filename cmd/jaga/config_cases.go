package main

import (
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
)

// queues are the queues that the settings name.
func (a *app) queues() []string {
	return []string{a.cfg.Cases.Queue, a.cfg.Reports.Queue, a.cfg.Reports.HotlineQueue}
}

// CasesConfig is the section [cases].
type CasesConfig struct {
	// Band is how urgent a finding must be to become work for people, or to
	// join a case: observe, review or urgent. What is below is kept as a
	// finding only.
	Band string `toml:"band" default:"review"`
	// Queue is the queue of cases that come from findings.
	Queue string `toml:"queue" default:"default"`
	// Lease is how long a person has a case when they do nothing; then it is
	// offered to others.
	Lease Duration `toml:"lease" default:"10m"`
	// Undo is how long a decision can be taken back. Nothing goes out before;
	// where a child is in danger now it is a tenth of that.
	Undo Duration `toml:"undo" default:"5m"`
	// SecondPercent is the share of cases, besides the hardest ones, on which
	// a second person decides without seeing what the first one said.
	SecondPercent int `toml:"second_percent" default:"10"`
	// WindowDays is for how many days after its last finding a case takes
	// another one of the same account, conversation or entry.
	WindowDays int `toml:"window_days" default:"30"`
	// KeepDays is for how many days a closed case keeps the hashes and
	// outcomes of its items.
	KeepDays int `toml:"keep_days" default:"365"`
	// KeepEvidence says which uploaded files are kept, sealed, in the vault:
	// findings keeps those of cases, never keeps none, and then people decide
	// on hashes and what is known of them alone. Empty is findings, unless
	// every profile in law.profiles keeps content under an order only, as
	// id-komdigi does: then it is never.
	KeepEvidence string `toml:"keep_evidence"`
}

func (c CasesConfig) check() error {
	bad := func(field, msg string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "cases." + field, Msg: msg}
	}
	var band jaga.Band
	switch {
	case band.UnmarshalText([]byte(c.Band)) != nil || band == jaga.BandNone:
		return bad("band", "it is not one of observe, review, urgent")
	case casework.CheckQueue(c.Queue) != nil:
		return bad("queue", "it is not a short name of small letters, digits, - and _")
	case time.Duration(c.Lease) < time.Minute || time.Duration(c.Lease) > 24*time.Hour:
		return bad("lease", "it is not between a minute and a day")
	case time.Duration(c.Undo) < 10*time.Second || time.Duration(c.Undo) > 24*time.Hour:
		return bad("undo", "it is not between ten seconds and a day")
	case c.SecondPercent < 0 || c.SecondPercent > 100:
		return bad("second_percent", "it is not between 0 and 100")
	case c.KeepEvidence != "" && c.KeepEvidence != keepFindings && c.KeepEvidence != keepNever:
		return bad("keep_evidence", "it is neither findings nor never")
	case c.WindowDays < 1 || c.KeepDays < 1:
		return bad("window_days", "it and keep_days are at least 1")
	}
	return nil
}
