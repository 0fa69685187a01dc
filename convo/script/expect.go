package script

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
)

// expectation is one expect line.
type expectation struct {
	line int
	text string // as written, without expect
	// from and to are the pair it is about, empty for anybody.
	from, to string
	form     jaga.Form // empty for any
	// limits is true when band is the highest allowed, false when it is the
	// lowest demanded.
	limits bool
	band   jaga.Band

	by, against []indicator.ID
	power       []string
	welfare     bool
	acts        int           // within so many acts, 0 for any
	within      time.Duration // within so long, if timed
	timed       bool

	unchecked []indicator.ID // for "not checked"
	needs     []string
}

// expectation reads what stands behind expect.
func (t *Test) expectation(s string) (expectation, error) {
	var e expectation
	words := strings.Fields(s)
	if len(words) >= 2 && words[0] == "not" && words[1] == "checked" {
		err := e.notChecked(words[2:])
		return e, err
	}
	rest := s
	if from, tail := cutName(s); from != "" {
		if tail, ok := cutArrow(tail); ok {
			to, after := cutName(tail)
			if from == "*" {
				return e, fmt.Errorf("* is nobody in particular; name who does it: expect A -> B review")
			}
			if err := t.known(from); err != nil {
				return e, err
			}
			if to != "*" {
				if err := t.known(to); err != nil {
					return e, err
				}
			}
			if from == to {
				return e, fmt.Errorf("%s is both sides; write: expect A -> B review", from)
			}
			e.from, e.to, rest = from, to, after
		}
	}
	words = strings.Fields(rest)
	if len(words) > 0 && jaga.Form(words[0]).Valid() && (len(words) > 1 || e.from != "") {
		e.form, words = jaga.Form(words[0]), words[1:]
	}
	if len(words) > 0 {
		switch words[0] {
		case "quiet", "never", "at":
			err := e.limit(words)
			return e, err
		}
	}
	if e.from == "" {
		return e, fmt.Errorf("%.40q is not understood; write: expect A -> B review by G-11, expect never review, expect at most observe, expect quiet, or: expect not checked G-07", s)
	}
	if len(words) == 0 && e.form == "" {
		return e, fmt.Errorf("nothing is expected of %s -> %s; write a band, such as: expect A -> B review", e.from, e.to)
	}
	err := e.demands(words)
	return e, err
}

// limit reads quiet, never BAND, at most BAND.
func (e *expectation) limit(words []string) error {
	e.limits = true
	const how = "write never observe, never review, never urgent, at most observe, at most review, or quiet"
	switch {
	case len(words) == 1 && words[0] == "quiet":
		e.band = jaga.BandNone
		return nil
	case len(words) == 2 && words[0] == "never":
		b, ok := bandWord(words[1])
		if !ok {
			break
		}
		e.band = b - 1
		return nil
	case len(words) == 3 && words[0] == "at" && words[1] == "most":
		b, ok := bandWord(words[2])
		if !ok || b == jaga.BandUrgent {
			break // at most urgent is always true
		}
		e.band = b
		return nil
	}
	return fmt.Errorf("%q is not understood; %s", strings.Join(words, " "), how)
}

// bandWord reads a band other than none.
func bandWord(s string) (jaga.Band, bool) {
	var b jaga.Band
	if err := b.UnmarshalText([]byte(s)); err != nil || b == jaga.BandNone {
		return 0, false
	}
	return b, true
}

// axes are the ways of having power that findings name.
var axes = [...]string{"age", "fame", "authority", "money", "secret", "skill", "family"}

// demands reads a band, welfare, power, by, against and within, in any order.
func (e *expectation) demands(words []string) error {
	e.band = jaga.BandObserve
	banded := false
	for len(words) > 0 {
		w := words[0]
		words = words[1:]
		var err error
		switch w {
		case "welfare":
			e.welfare = true
		case "by":
			e.by, words, err = ids(w, e.by, words)
		case "against":
			e.against, words, err = ids(w, e.against, words)
		case "power":
			n := len(words)
			for len(words) > 0 && slices.Contains(axes[:], words[0]) {
				e.power, words = append(e.power, words[0]), words[1:]
			}
			if len(words) == n {
				err = fmt.Errorf("power is followed by %s", strings.Join(axes[:], ", "))
			}
		case "within":
			words, err = e.limitTime(words)
		default:
			b, ok := bandWord(w)
			switch {
			case !ok:
				err = fmt.Errorf("%q is not understood; behind the people stand a form (%s), a band (observe, review, urgent), by G-11 …, against CTX-01 …, power …, welfare, within 10 acts, or never …, at most …, quiet",
					w, forms())
			case banded:
				err = fmt.Errorf("%s is a second band; write a line for each", w)
			}
			e.band, banded = b, true
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func forms() string {
	var out []string
	for _, f := range jaga.Forms() {
		out = append(out, string(f))
	}
	return strings.Join(out, ", ")
}

// ids takes identifiers from the front.
func ids(after string, have []indicator.ID, words []string) ([]indicator.ID, []string, error) {
	n := len(words)
	for len(words) > 0 {
		id := indicator.ID(words[0])
		if indicator.Index(id) < 0 && !modifier(words[0]) {
			break
		}
		have, words = append(have, id), words[1:]
	}
	if len(words) == n {
		return nil, nil, fmt.Errorf("behind %s stand indicators or modifiers, such as: %s G-11 CTX-07", after, after)
	}
	return have, words, nil
}

// limitTime reads "10 acts" or "2 minutes".
func (e *expectation) limitTime(words []string) ([]string, error) {
	const how = "write within 10 acts, or within 2 minutes (seconds, hours, days)"
	if len(words) < 2 {
		return nil, fmt.Errorf("within is not followed by a number and what it counts; %s", how)
	}
	n, err := strconv.Atoi(words[0])
	if err != nil || n < 1 || n > MaxMessages {
		return nil, fmt.Errorf("within %q: the number goes from 1 to %d; %s", words[0], MaxMessages, how)
	}
	units := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	switch unit := strings.TrimSuffix(words[1], "s"); {
	case unit == "act":
		e.acts = n
	case units[unit] > 0:
		e.within, e.timed = time.Duration(n)*units[unit], true
	default:
		return nil, fmt.Errorf("within %d %q; %s", n, words[1], how)
	}
	return words[2:], nil
}

// notChecked reads "G-07 needs payment".
func (e *expectation) notChecked(words []string) error {
	var err error
	e.unchecked, words, err = ids("not checked", nil, words)
	if err != nil {
		return err
	}
	for _, id := range e.unchecked {
		if modifier(string(id)) {
			return fmt.Errorf("%s is no indicator; write: expect not checked G-07 needs payment", id)
		}
	}
	if len(words) == 0 {
		return nil
	}
	known := indicator.AllCapabilities.Words()
	if words[0] != "needs" || len(words) == 1 {
		return fmt.Errorf("%q is not understood; write: expect not checked G-07 needs payment", words[0])
	}
	for _, w := range words[1:] {
		if !slices.Contains(known, w) {
			return fmt.Errorf("needs %q: write %s", w, strings.Join(known, ", "))
		}
	}
	e.needs = words[1:]
	return nil
}
