package converse

import "github.com/jaga-project/jaga/convo"

// Lettered is a line whose sender is a letter.
type Lettered struct{ Who, Text string }

// WithLetters puts letters in the place of senders: A is the account under review,
// B the person it writes to, and C, D and so on are others. Lines without words are
// left out. Names that stand in the words themselves stay.
func WithLetters(lines []Line, f convo.Finding) (out []Lettered) {
	letters := map[string]string{}
	next := 0
	name := func(who string) string {
		if l, ok := letters[who]; ok {
			return l
		}
		l := "other"
		if next < 26 {
			l = string(rune('A' + next))
		}
		next++
		letters[who] = l
		return l
	}
	name(f.From)
	if f.To != "" && f.To != "*" {
		name(f.To)
	} else {
		next++ // B is nobody
	}
	short := map[string]string{convo.ShortID(f.From): f.From, convo.ShortID(f.To): f.To}
	for _, l := range lines {
		if l.Text == "" {
			continue
		}
		from := l.From
		if full, ok := short[convo.ShortID(from)]; ok {
			from = full
		}
		out = append(out, Lettered{name(from), l.Text})
	}
	return out
}
