package chatlook

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/chatfile"
)

// point is a message that counts.
type point struct {
	reasons []convo.Reason
	reached []reached
}

// reached says that a finding reached its band with a message.
type reached struct {
	mark string
	band jaga.Band
}

// timeline shows the messages that count for the findings, in order, with the
// gaps between them.
func (p *Printer) timeline(v View, shown []convo.Finding, who *people) {
	points := map[int]*point{}
	get := func(i int) *point {
		if points[i] == nil {
			points[i] = &point{}
		}
		return points[i]
	}
	for n, f := range shown {
		for _, r := range f.Because {
			if i := who.at(r.Message); i >= 0 {
				get(i).add(r)
			}
		}
		if i := who.at(f.FirstAt); i >= 0 {
			get(i).reached = append(get(i).reached, reached{number(n, len(shown)), f.Band})
		}
	}
	if len(points) == 0 {
		return
	}
	messages := v.Chat.Messages
	p.head(messagesHead)
	last := -1
	for _, i := range p.places(points, len(messages)) {
		m := &messages[i]
		if last >= 0 {
			p.gap(messages, last, i)
		}
		if last < 0 || day(messages[last].At) != day(m.At) {
			if d := p.date(m.At); d != "" {
				p.para("  ", p.style(faint, d))
			}
		}
		p.message(m, points[i], who, len(v.Chat.Participants) > 2)
		last = i
	}
}

// add takes a reason, once for each indicator. Two findings may have the same.
func (pt *point) add(r convo.Reason) {
	if !slices.ContainsFunc(pt.reasons, func(o convo.Reason) bool { return o.Indicator == r.Indicator }) {
		pt.reasons = append(pt.reasons, r)
	}
}

// places returns the indices of the messages to show, in order.
func (p *Printer) places(points map[int]*point, n int) []int {
	set := map[int]bool{}
	for i := range points {
		from, to := i, i
		if p.o.Around > 0 {
			from, to = max(0, i-p.o.Around), min(n-1, i+min(p.o.Around, n))
		}
		for k := from; k <= to; k++ {
			set[k] = true
		}
	}
	out := make([]int, 0, len(set))
	for i := range set {
		out = append(out, i)
	}
	slices.Sort(out)
	return out
}

// gap says what was left out between two messages that are shown.
func (p *Printer) gap(messages []chatfile.Message, from, to int) {
	var parts []string
	if n := to - from - 1; n > 0 {
		parts = append(parts, count(p.say, n, messageWords))
	}
	if a, b := messages[from].At, messages[to].At; !a.IsZero() && !b.IsZero() {
		if d := p.duration(b.Sub(a)); d != "" {
			parts = append(parts, d)
		}
	}
	if len(parts) > 0 {
		p.para("  ", p.style(faint, "┆ "+strings.Join(parts, " · ")))
		return
	}
	p.line("  ", p.style(faint, "│"))
}

// message shows one message; pt is nil for one that is only shown for context.
func (p *Printer) message(m *chatfile.Message, pt *point, who *people, room bool) {
	dot := p.style(faint, "○")
	if pt != nil {
		dot = p.style(accent, "●")
	}
	label := dot + " "
	if t := p.clock(m.At); t != "" {
		label += p.style(faint, t) + "  "
	}
	head := who.name(m.From)
	if pt != nil {
		head = p.style(bold, head)
	}
	if room && len(m.To) > 0 && len(m.To) <= 3 {
		to := make([]string, 0, len(m.To))
		for _, id := range m.To {
			to = append(to, who.name(id))
		}
		head += " → " + strings.Join(to, ", ")
	}
	if p.o.NoText {
		head += " " + p.style(faint, "("+shorten(m.ID, convo.MaxID)+")")
	}
	p.hang("  ", label, head)
	rail := "  " + p.style(faint, "│") + " "
	if !p.o.NoText {
		p.content(rail, m, pt)
	}
	if pt == nil {
		return
	}
	for _, r := range pt.reasons {
		p.reason(rail+"  ", r)
	}
	for _, r := range pt.reached {
		p.para(rail+"  ", r.mark+p.bandStyle(r.band, shape(r.band)+" "+fmt.Sprintf(p.say(fromHere), p.say(bandNames[r.band]))))
	}
}

// content shows what a message says or does.
func (p *Printer) content(rail string, m *chatfile.Message, pt *point) {
	if m.Act != "" || m.Text == "" {
		p.para(rail, p.style(faint, "["+p.act(m)+"]"))
	}
	if m.Text == "" {
		return
	}
	var spans [][2]int
	if pt != nil {
		for _, r := range pt.reasons {
			if r.Span != nil {
				spans = append(spans, *r.Span)
			}
		}
	}
	for line := range strings.SplitSeq(p.marked(m.Text, spans), "\n") {
		p.para(rail, line)
	}
	if m.Media != "" {
		p.para(rail, p.style(faint, "["+p.act(m)+"]"))
	}
}

// act says in words what a message does.
func (p *Printer) act(m *chatfile.Message) string {
	if m.Act == "" {
		if text, ok := mediaNames[m.Media]; ok {
			return p.say(text)
		}
		return p.say(mediaNames["file"])
	}
	text, ok := actNames[m.Act]
	if !ok {
		if _, known := indicator.Get(indicator.ID(m.Act)); known {
			return fmt.Sprintf(p.say(actIndicator), m.Act)
		}
		return shorten(m.Act, longestName)
	}
	out := p.say(text)
	switch m.Act {
	case "category":
		out += fmt.Sprintf(": %s %.2f", shorten(m.Category, longestName), m.Score)
	case "payment", "gift":
		if m.Amount > 0 {
			out += ": " + strings.TrimSpace(strconv.FormatFloat(m.Amount, 'f', -1, 64)+" "+strings.ToUpper(shorten(m.Currency, longestName)))
		}
	}
	return out
}
