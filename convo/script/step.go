package script

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
)

// step reads "20:01 A -> B: text", "+30s A -> B G-10" and the same behind
// "repeat 10 times every 30s".
func (p *parser) step(n int, line string) error {
	if len(p.test.expects) > 0 {
		return fmt.Errorf("something happens behind an expect line; write what is expected last, it is about the whole conversation")
	}
	at, rest, err := p.when(line)
	if err != nil {
		return err
	}
	times, every, rest, err := repeats(rest)
	if err != nil {
		return err
	}
	st, err := p.test.move(rest)
	if err != nil {
		return err
	}
	p.messages += times * len(st.messages)
	if p.messages > MaxMessages {
		return fmt.Errorf("the test makes more than %d messages; repeat less often", MaxMessages)
	}
	st.line, st.at, st.times, st.every = n, at, times, every
	p.test.steps = append(p.test.steps, st)
	p.now = at.Add(time.Duration(times-1) * every)
	return nil
}

// repeats takes "repeat 10 times every 30s" from the front; without it a step
// happens once.
func repeats(s string) (times int, every time.Duration, rest string, err error) {
	word, tail := cut(s)
	if word != "repeat" {
		return 1, 0, s, nil
	}
	const how = "write: repeat 10 times every 30s A -> B G-05"
	num, tail := cut(tail)
	times, err = strconv.Atoi(num)
	if err != nil || times < 1 || times > MaxMessages {
		return 0, 0, "", fmt.Errorf("repeat %q: the number goes from 1 to %d; %s", num, MaxMessages, how)
	}
	one, tail := cut(tail)
	two, tail := cut(tail)
	three, tail := cut(tail)
	if one != "times" || two != "every" {
		return 0, 0, "", fmt.Errorf("repeat is not followed by times and every; %s", how)
	}
	every, err = span(three)
	if err == nil && every > maxDays*24*time.Hour/time.Duration(times) {
		err = fmt.Errorf("the repetition goes on for more than %d days", maxDays)
	}
	if err != nil {
		return 0, 0, "", fmt.Errorf("%w; %s", err, how)
	}
	return times, every, tail, nil
}

// move reads "A -> B, C: text" or "A -> B" and an act.
func (t *Test) move(s string) (step, error) {
	const how = "write who does something to whom, such as: 20:01 A -> B: hello, or: A -> B G-10"
	var st step
	from, rest := cutName(s)
	rest, ok := cutArrow(rest)
	if !ok || from == "" {
		return st, fmt.Errorf("%.40q is not understood; %s", s, how)
	}
	if from == "*" {
		return st, fmt.Errorf("everybody at once does nothing; %s", how)
	}
	if err := t.known(from); err != nil {
		return st, err
	}
	st.from = from
	everybody := false
	for {
		var to string
		to, rest = cutName(rest)
		switch {
		case to == "":
			return st, fmt.Errorf("nobody stands behind the arrow; %s", how)
		case to == "*":
			everybody = true
		case to == from:
			return st, fmt.Errorf("%s speaks to themselves; %s", from, how)
		default:
			if err := t.known(to); err != nil {
				return st, err
			}
			if slices.Contains(st.to, to) {
				return st, fmt.Errorf("%s is named twice behind the arrow; write them once", to)
			}
			st.to = append(st.to, to)
		}
		more, ok := strings.CutPrefix(rest, ",")
		if !ok {
			break
		}
		rest = more
	}
	if everybody {
		if len(st.to) > 0 {
			return st, fmt.Errorf("* is everybody, so nobody else is named beside it; write A -> *, or the names")
		}
		st.to = nil
	}
	if text, ok := strings.CutPrefix(rest, ":"); ok {
		text = strings.TrimSpace(text)
		if text == "" {
			return st, fmt.Errorf("nothing is said behind the colon; write a text, or leave the colon out and write an act")
		}
		st.messages = []convo.Message{{Text: text}}
		return st, nil
	}
	var err error
	st.messages, err = act(rest)
	return st, err
}

// act reads what is done instead of said.
func act(s string) ([]convo.Message, error) {
	words := strings.Fields(s)
	if len(words) == 0 {
		return nil, fmt.Errorf("nothing happens behind the arrow; write a colon and a text, or an act such as G-10 or refusal")
	}
	name := words[0]
	switch name {
	case "category":
		return category(words[1:])
	case "payment", "gift":
		return money(name, words[1:])
	}
	if _, ok := convo.Acts()[name]; ok {
		if len(words) > 1 {
			return nil, fmt.Errorf("%q stands behind %s, which takes nothing; write a second line for a second act", words[1], name)
		}
		return []convo.Message{{Act: name}}, nil
	}
	var out []convo.Message
	for _, w := range words {
		if indicator.Index(indicator.ID(w)) >= 0 {
			out = append(out, convo.Message{Act: w})
			continue
		}
		if modifier(w) {
			return nil, fmt.Errorf("%s is about the people and not an act; say it in actors, tie, channel or under review, or as report or block", w)
		}
		return nil, fmt.Errorf("%q is no act; write indicators such as G-10, or one of %s; words that are said stand behind a colon, such as A -> B: hello",
			w, strings.Join(slices.Sorted(maps.Keys(convo.Acts())), ", "))
	}
	return out, nil
}

func modifier(id string) bool {
	for _, m := range indicator.Modifiers() {
		if string(m.ID) == id {
			return true
		}
	}
	return false
}

// category reads "sexual 0.9".
func category(words []string) ([]convo.Message, error) {
	const how = "write: A -> B category sexual 0.9, or: category direction 0.9"
	if len(words) != 2 || (words[0] != "sexual" && words[0] != "direction") {
		return nil, fmt.Errorf("category takes its name and a score; %s", how)
	}
	score, err := strconv.ParseFloat(words[1], 64)
	if err != nil || !(score >= 0 && score <= 1) {
		return nil, fmt.Errorf("category %s %q: the score goes from 0 to 1; %s", words[0], words[1], how)
	}
	return []convo.Message{{Act: "category", Category: words[0], Score: score}}, nil
}

// money reads "50 usd gift card to D for school fees". A gift may be without
// an amount: "gift", "gift game credit".
func money(name string, words []string) ([]convo.Message, error) {
	const how = "write: A -> B payment 50 usd gift card"
	m := convo.Message{Act: name}
	if len(words) > 0 {
		amount, err := strconv.ParseFloat(words[0], 64)
		switch {
		case err == nil && !(amount > 0 && amount <= math.MaxInt32):
			return nil, fmt.Errorf("%s %q: an amount is above 0; %s", name, words[0], how)
		case err == nil && (len(words) < 2 || !currency(words[1])):
			return nil, fmt.Errorf("behind the amount stands a currency of three letters such as usd or idr; %s", how)
		case err == nil:
			m.Amount, m.Currency, words = amount, strings.ToUpper(words[1]), words[2:]
		case name == "payment":
			return nil, fmt.Errorf("payment %q: an amount comes first; %s", words[0], how)
		}
	} else if name == "payment" {
		return nil, fmt.Errorf("a payment has an amount; %s", how)
	}
	if i := slices.Index(words, "for"); i >= 0 {
		m.Description, words = strings.Join(words[i+1:], " "), words[:i]
		if m.Description == "" {
			return nil, fmt.Errorf("nothing stands behind for; %s for school fees", how)
		}
	}
	if i := slices.Index(words, "to"); i >= 0 {
		if len(words) != i+2 {
			return nil, fmt.Errorf("behind to stands the one who got the money; %s to D", how)
		}
		m.Payee, words = words[i+1], words[:i]
	}
	m.Method = strings.Join(words, " ")
	return []convo.Message{m}, nil
}

func currency(s string) bool {
	if len(s) != 3 {
		return false
	}
	for _, b := range []byte(strings.ToLower(s)) {
		if b < 'a' || b > 'z' {
			return false
		}
	}
	return true
}
