// Package chatlook shows people what was found in a conversation: who towards
// whom, the messages that count on one line of time with the words marked, why
// they count, what speaks against it, what was not checked, and what to do
// next. It writes text for a terminal, a file or a printer, in English and
// Indonesian.
//
// It decides nothing and reads no files. Text from a conversation is shown as
// it is, but for characters that would steer a terminal.
package chatlook

import (
	"bytes"
	"cmp"
	"io"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/chatfile"
)

// Options say how it is shown.
type Options struct {
	// Lang is "id" for Indonesian; everything else is English.
	Lang string
	// Width is the number of columns; at least 20 and at most 80 are used.
	Width int
	// Colour marks words by colour. Without it they stand between « and ».
	Colour bool
	// Around is how many messages are shown before and after each one that
	// counts.
	Around int
	// NoText shows the ids of messages in place of what they say.
	NoText bool
	// Verbose lists every indicator that was not checked.
	Verbose bool
}

// View is one conversation and what was found in it.
type View struct {
	File   string // for people
	Format string
	Chat   *chatfile.Conversation
	Result convo.Result
	Unread convo.Unread
	Lost   int // places of the file that could not be read
}

// Sum counts what one run has read.
type Sum struct {
	Files, Conversations int
	Messages             uint64
	Found                int // conversations with a finding
	Hidden               int // of these, not shown because of their band
	Unread               int // conversations that were not read in full
	Lost                 int // places in files that could not be read
}

// Printer shows conversations one after the other, and at the end what to do.
// It is for one goroutine.
type Printer struct {
	w    io.Writer
	o    Options
	buf  bytes.Buffer
	n    int
	most jaga.Band
	// forms and welfare say for which advice there is a reason.
	forms   []jaga.Form
	welfare bool
}

// The columns that are used: lines longer than that are hard to read.
const (
	minWidth = 20
	maxWidth = 80
)

// New returns a Printer that writes to w.
func New(w io.Writer, o Options) *Printer {
	o.Width = min(max(o.Width, minWidth), maxWidth)
	return &Printer{w: w, o: o}
}

// Conversation shows one conversation with its findings from the band least
// on. The error is one of writing.
func (p *Printer) Conversation(v View, least jaga.Band) error {
	if p.n++; p.n > 1 {
		p.line("", "")
	}
	p.title(v)
	var shown []convo.Finding
	for _, f := range v.Result.Findings {
		if f.Band >= least {
			shown = append(shown, f)
		}
	}
	who := newPeople(v.Chat, shown, p.say)
	for i, f := range shown {
		p.note(f)
		p.finding(f, who, number(i, len(shown)))
	}
	if len(shown) == 0 {
		p.para("  ", p.say(nothingFound))
	}
	p.timeline(v, shown, who)
	p.against(shown)
	p.notChecked(v)
	return p.flush()
}

// note remembers for what there has to be advice.
func (p *Printer) note(f convo.Finding) {
	p.most = max(p.most, f.Band)
	p.welfare = p.welfare || f.Path == "welfare"
	if f.Band >= jaga.BandReview && !slices.Contains(p.forms, f.Form) {
		p.forms = append(p.forms, f.Form)
	}
}

// number returns the mark of one of several findings.
func number(i, n int) string {
	if n < 2 || i >= len(numbers) {
		return ""
	}
	return numbers[i] + " "
}

var numbers = [...]string{"①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"}

// title names the conversation, its size and its time.
func (p *Printer) title(v View) {
	p.para("", p.style(bold, shorten(v.Chat.ID, p.o.Width)))
	facts := []string{}
	if v.File != "" {
		facts = append(facts, shorten(v.File, p.o.Width))
	}
	if v.Format != "" {
		facts = append(facts, v.Format)
	}
	facts = append(facts, count(p.say, int(v.Result.Messages), messageWords))
	if span := p.span(v.Chat.Messages); span != "" {
		facts = append(facts, span)
	}
	p.list("", facts, " · ")
	p.line("", p.style(faint, repeat("─", p.o.Width)))
}

// finding shows what it claims, about whom, and the reasons that no message
// holds.
func (p *Printer) finding(f convo.Finding, who *people, mark string) {
	p.line("", "")
	p.hang("  ", mark+p.badge(f.Band)+"  ", p.style(bold, p.say(formNames[f.Form])))
	p.para("    ", p.style(bold, who.name(f.From))+" "+who.age(f.From, f.FromAge)+" → "+p.style(bold, who.name(f.To))+" "+who.age(f.To, f.ToAge))
	p.para("    ", p.style(faint, p.say(roles)))
	if f.Path == "welfare" {
		p.para("    ", p.say(childToo))
	}
	if len(f.Power) > 0 {
		axes := make([]string, 0, len(f.Power))
		for _, a := range f.Power {
			axes = append(axes, p.say(cmp.Or(powerNames[a], indicator.L{EN: a, ID: a})))
		}
		p.para("    ", p.style(faint, p.say(powerHead)+" ")+joined(axes))
	}
	ids := make([]string, 0, len(f.Because))
	for _, r := range f.Because {
		ids = append(ids, p.style(accent, string(r.Indicator)))
	}
	p.para("    ", p.style(faint, p.say(becauseHead)+" ")+joined(ids))
	for _, r := range f.Because {
		if who.at(r.Message) < 0 {
			p.reason("      ", r)
		}
	}
}

// reason shows one indicator and its sentence.
func (p *Printer) reason(indent string, r convo.Reason) {
	text := r.Explain
	if r.Count > 1 {
		text += " " + p.style(faint, "("+count(p.say, r.Count, timesWords)+")")
	}
	if r.View == "folded" {
		text += " " + p.style(faint, p.say(disguised))
	}
	p.hang(indent, p.style(accent, string(r.Indicator))+"  ", text)
}

// against shows the counter-evidence of all findings with the same weight as
// the evidence.
func (p *Printer) against(shown []convo.Finding) {
	if len(shown) == 0 {
		return
	}
	p.head(againstHead)
	seen := map[indicator.ID]bool{}
	for _, f := range shown {
		for _, r := range f.Against {
			if !seen[r.Indicator] {
				seen[r.Indicator] = true
				p.reason("    ", r)
			}
		}
	}
	if len(seen) == 0 {
		p.para("    ", p.say(nothingAgainst))
	}
}

// head starts a part.
func (p *Printer) head(text indicator.L) {
	p.line("", "")
	p.para("  ", p.style(bold, p.say(text)))
}

// say returns a text in the Printer's language.
func (p *Printer) say(text indicator.L) string { return text.In(p.o.Lang) }

// flush writes what was put together.
func (p *Printer) flush() error {
	_, err := p.buf.WriteTo(p.w)
	return err
}
