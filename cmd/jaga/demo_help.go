package main

import (
	"time"

	"github.com/jaga-project/jaga/internal/helpcheck"
)

// demoRows are ways to help that do not exist, among those of the directory in the
// console. The guide does not show them, and nothing is made up about the real ones.
func demoRows() []helpcheck.Row {
	return []helpcheck.Row{
		{ID: "demo-chat", Country: "ID", Name: "DEMO chat (not real)", Kind: "helpline", Channel: "web", Value: "https://chat.demo.invalid", Source: "https://chat.demo.invalid/about", Dated: "2026"},
		{ID: "demo-office", Country: "ID", Name: "DEMO office (not real)", Kind: "helpline", Channel: "web", Value: "https://office.demo.invalid", Source: "https://office.demo.invalid/about", Dated: "2026"},
		{ID: "demo-old", Country: "DE", Name: "DEMO advice (not real)", Kind: "helpline", Channel: "web", Value: "https://old.demo.invalid", Source: "https://advice.demo.invalid/about", Dated: "2025"},
	}
}

// helplines has somebody try the ways to help of the demonstration: one answers, one
// does not, and one has moved.
func (d *demoRun) helplines() error {
	if d.s.help == nil {
		return nil // there are no pages that would show it
	}
	rows := demoRows()
	d.s.help.Join(rows...)
	const note = "DEMO: nobody was asked."
	tried := func(i int) helpcheck.Try { return helpcheck.Try{Value: rows[i].Value, Channel: "web", Note: note} }
	if err := d.s.help.Answers(d.ctx, d.hotline, rows[0].ID, tried(0)); err != nil {
		return err
	}
	if err := d.s.help.NoAnswer(d.ctx, d.hotline, rows[1].ID, tried(1)); err != nil {
		return err
	}
	return d.s.help.Correct(d.ctx, d.seniors[0], rows[2].ID, helpcheck.Correction{Value: rows[2].Value, NewValue: "https://advice.demo.invalid",
		Source: rows[2].Source, Dated: d.now.Format(time.DateOnly), Note: note})
}
