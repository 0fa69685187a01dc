package main

import (
	"errors"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/tell"
)

// TellConfig is the section [tell].
type TellConfig struct {
	// Team is who reads and answers, as the guide names them to children:
	// "the child protection team of …". Empty leaves the page off.
	Team string `toml:"team"`
	// Hours are when the team reads, such as "mon-fri 09:00-17:00" and "sat
	// 10:00-14:00", or "daily 00:00-24:00". Hours over midnight are two.
	Hours []string `toml:"hours"`
	// Zone is the time zone of the hours, such as Asia/Jakarta.
	Zone string `toml:"zone"`
	// ClosedDays are days on which nobody reads, such as "2026-12-25".
	ClosedDays []string `toml:"closed_days"`
	// AnswerWithin is how much opening time an answer may take, such as 4h.
	// The guide says until when that is.
	AnswerWithin Duration `toml:"answer_within"`
	// KeepDays is for how many days a conversation is kept after its last
	// message; 2 at least. Its writer can delete it at any time.
	KeepDays int `toml:"keep_days" default:"90"`
}

// options turns the section into options of the service; it is off, or complete.
func (c TellConfig) options() (tell.Options, error) {
	bad := func(field, format string, args ...any) (tell.Options, error) {
		e := jaga.Errorf(jaga.CodeInvalid, format, args...)
		e.Field, e.Hint = "tell."+field, "docs/tell.md has the steps"
		return tell.Options{}, e
	}
	if c.KeepDays < 2 {
		return bad("keep_days", "%d is less than 2", c.KeepDays)
	}
	opt := tell.Options{Team: c.Team, Goal: time.Duration(c.AnswerWithin), Keep: time.Duration(c.KeepDays) * 24 * time.Hour}
	if c.Team == "" && len(c.Hours) == 0 && c.Zone == "" && c.AnswerWithin == 0 {
		return opt, nil
	}
	switch {
	case c.Team == "":
		return bad("team", "name the team that reads, as children are told")
	case len(c.Hours) == 0:
		return bad("hours", "say when the team reads")
	case c.AnswerWithin <= 0:
		return bad("answer_within", "say how much opening time an answer may take, such as 4h")
	}
	var err error
	if opt.Hours, err = tell.ParseHours(c.Zone, c.Hours, c.ClosedDays); err != nil {
		var e *jaga.Error
		if errors.As(err, &e) {
			e.Field = "tell." + e.Field
		}
		return tell.Options{}, err
	}
	return opt, nil
}
