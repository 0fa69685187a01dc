package chatlook

import (
	"fmt"
	"time"

	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/chatfile"
)

var (
	monthsID   = [...]string{"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"}
	weekdaysID = [...]string{"Min", "Sen", "Sel", "Rab", "Kam", "Jum", "Sab"}
)

// date is the day of a time with its zone, "" for an unknown one.
func (p *Printer) date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if p.o.Lang == "id" {
		return fmt.Sprintf("%s, %s · %s", weekdaysID[t.Weekday()], p.shortDate(t), zone(t))
	}
	return t.Format("Mon ") + p.shortDate(t) + " · " + zone(t)
}

func (p *Printer) shortDate(t time.Time) string {
	month := t.Format("Jan")
	if p.o.Lang == "id" {
		month = monthsID[t.Month()-1]
	}
	return fmt.Sprintf("%d %s %d", t.Day(), month, t.Year())
}

// clock is the time of day as it is written in the language.
func (p *Printer) clock(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case p.o.Lang == "id":
		return t.Format("15.04")
	}
	return t.Format("15:04")
}

func zone(t time.Time) string {
	if _, offset := t.Zone(); offset == 0 {
		return "UTC"
	}
	return t.Format("UTC-07:00")
}

// day tells days apart.
func day(t time.Time) [3]int {
	if t.IsZero() {
		return [3]int{}
	}
	y, m, d := t.Date()
	return [3]int{y, int(m), d}
}

// span is from when to when messages were written, "" if no time is known.
func (p *Printer) span(messages []chatfile.Message) string {
	var from, to time.Time
	for i := range messages {
		at := messages[i].At
		if at.IsZero() {
			continue
		}
		if from.IsZero() || at.Before(from) {
			from = at
		}
		if at.After(to) {
			to = at
		}
	}
	switch {
	case from.IsZero():
		return ""
	case day(from) == day(to):
		return p.shortDate(from)
	}
	if from.Year() == to.Year() && from.Month() == to.Month() {
		return fmt.Sprintf("%d–%s", from.Day(), p.shortDate(to))
	}
	return p.shortDate(from) + " – " + p.shortDate(to)
}

// duration is a time between messages in whole hours or days, "" below an
// hour.
func (p *Printer) duration(d time.Duration) string {
	switch {
	case d < time.Hour:
		return ""
	case d < 48*time.Hour:
		return count(p.say, int(d/time.Hour), hourWords)
	}
	return count(p.say, int(d/(24*time.Hour)), dayWords)
}

// count puts a number into the words for one or for several.
func count(say func(indicator.L) string, n int, words [2]indicator.L) string {
	w := words[1]
	if n == 1 {
		w = words[0]
	}
	return fmt.Sprintf(say(w), n)
}
