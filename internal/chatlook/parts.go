package chatlook

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
)

// notChecked says what was not looked at: what of the file was not read, and,
// in one line unless verbose, which indicators lack an input.
func (p *Printer) notChecked(v View) {
	var lines []string
	for _, l := range []struct {
		n     int
		words [2]indicator.L
	}{
		{v.Lost, lostWords}, {v.Unread.Cut, cutWords}, {v.Unread.Late, lateWords}, {v.Unread.Odd, oddWords},
		{p.attached(v), mediaWords},
	} {
		if l.n > 0 {
			lines = append(lines, count(p.say, l.n, l.words))
		}
	}
	needs := map[string]bool{}
	lacking := 0
	for _, n := range v.Result.NotChecked {
		if n.Indicator == "" {
			continue
		}
		lacking++
		for _, need := range n.Needs {
			needs[need] = true
		}
	}
	if len(lines) == 0 && lacking == 0 {
		return
	}
	p.head(notCheckedHead)
	for _, l := range lines {
		p.hang("    ", unknownShape+" ", l)
	}
	if lacking == 0 {
		return
	}
	if p.o.Verbose {
		for _, n := range v.Result.NotChecked {
			if n.Indicator != "" {
				p.hang("    ", unknownShape+" "+p.style(accent, string(n.Indicator))+"  ", fmt.Sprintf(p.say(needsOne), p.needs(n.Needs)))
			}
		}
		return
	}
	var all []string
	for _, need := range indicator.AllCapabilities.Words() {
		if needs[need] {
			all = append(all, need)
		}
	}
	p.hang("    ", unknownShape+" ", fmt.Sprintf(p.say(needsAll), lacking, indicator.Count, p.needs(all)))
}

// attached counts what hangs at messages and was not looked into.
func (p *Printer) attached(v View) int {
	n := 0
	for i := range v.Chat.Messages {
		if m := &v.Chat.Messages[i]; m.Media != "" {
			n++
		}
	}
	return n
}

// needs names inputs.
func (p *Printer) needs(words []string) string {
	out := make([]string, 0, len(words))
	for _, w := range words {
		if text, ok := needNames[w]; ok {
			w = p.say(text)
		}
		out = append(out, w)
	}
	return strings.Join(out, ", ")
}

// End says what to do next, once for all conversations, and what was read.
// The error is one of writing.
func (p *Printer) End(s Sum) error {
	switch {
	case p.most >= jaga.BandReview:
		p.advice()
	case p.most == jaga.BandObserve:
		p.head(nextHead)
		p.para("    ", p.say(adviceObserve))
		p.helplines()
	}
	if p.n > 0 {
		p.line("", "")
		p.line("", p.style(faint, repeat("─", p.o.Width)))
	}
	p.para("", p.total(s))
	if s.Hidden > 0 {
		p.para("", count(p.say, s.Hidden, hiddenWords))
	}
	if n := s.Unread; n > 0 {
		p.para("", unknownShape+" "+count(p.say, n, unreadWords))
	}
	if s.Lost > 0 {
		p.para("", unknownShape+" "+count(p.say, s.Lost, lostWords))
	}
	if p.n > 0 && p.most > jaga.BandNone {
		p.para("", p.style(faint, p.say(notProof)))
	}
	return p.flush()
}

// total is the sentence that sums a run up.
func (p *Printer) total(s Sum) string {
	read := fmt.Sprintf(p.say(readWords), count(p.say, int(s.Messages), messageWords), count(p.say, s.Conversations, conversationWords))
	switch {
	case s.Conversations == 0:
		return p.say(nothingRead)
	case s.Found == 0:
		return p.say(nothingFound) + " " + read
	}
	return count(p.say, s.Found, foundWords) + " " + read
}

// advice says what to do, by form. The order is the same whatever came first.
func (p *Printer) advice() {
	p.head(nextHead)
	p.para("    ", p.style(bold, p.say(notYourFault)))
	var steps []indicator.L
	if p.welfare {
		steps = append(steps, adviceWelfare)
	}
	inChat := false
	for _, form := range []jaga.Form{jaga.FormSextortion, jaga.FormLiveStream, jaga.FormGrooming, jaga.FormCSAM} {
		if slices.Contains(p.forms, form) {
			steps = append(steps, adviceByForm[form]...)
			inChat = inChat || form != jaga.FormCSAM
		}
	}
	if inChat {
		steps = append(steps, adviceChat...)
	}
	steps = append(steps, adviceAlways)
	for i, s := range steps {
		p.hang("    ", fmt.Sprintf("%d  ", i+1), p.say(s))
	}
	p.helplines()
}

// helplines names who can help with the forms that were found.
func (p *Printer) helplines() {
	p.head(helpHead)
	var use []helpline
	longest := 0
	for _, h := range helplines {
		if len(h.forms) == 0 || slices.ContainsFunc(h.forms, func(f jaga.Form) bool { return slices.Contains(p.forms, f) }) {
			use = append(use, h)
			longest = max(longest, wide(p.say(h.where)))
		}
	}
	for _, h := range use {
		where := p.say(h.where)
		p.hang("    ", p.style(bold, where)+repeat(" ", longest-wide(where)+2), p.say(h.what))
	}
}
