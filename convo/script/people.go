package script

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga/convo"
)

// actors reads "A adult coach verified followers 20; B, C 13-15".
func (p *parser) actors(n int, s string) error {
	if s == "" {
		return fmt.Errorf("nobody is named; write: actors A adult; B 13-15")
	}
	for clause := range strings.SplitSeq(s, ";") {
		clause = strings.TrimSpace(clause)
		if clause == "" {
			continue
		}
		names, words := cutNames(clause)
		person, err := person(words)
		if err != nil {
			return fmt.Errorf("in %q: %w", clause, err)
		}
		for _, name := range names {
			if err := checkName(name); err != nil {
				return err
			}
			if p.test.actor(name) {
				return fmt.Errorf("%s is named twice; write everything about %s in one place", name, name)
			}
			if len(p.test.actors) == MaxActors {
				return fmt.Errorf("more than %d people take part; write fewer", MaxActors)
			}
			q := person
			q.ID = name
			p.test.actors = append(p.test.actors, actor{q, n})
		}
	}
	return nil
}

// cutNames takes "B, C" from the front and returns the words behind it.
func cutNames(s string) (names, words []string) {
	for {
		i := strings.IndexAny(s, ", \t")
		if i < 0 {
			return append(names, s), nil
		}
		names = append(names, s[:i])
		s = strings.TrimSpace(s[i:])
		rest, more := strings.CutPrefix(s, ",")
		if !more {
			return names, strings.Fields(s)
		}
		s = strings.TrimSpace(rest)
	}
}

// person reads what is known of somebody: an age, a role, and so on.
func person(words []string) (convo.Person, error) {
	var q convo.Person
	aged := false
	for i := 0; i < len(words); i++ {
		w := words[i]
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch {
		case w == "verified":
			q.Verified = true
		case w == "followers":
			v, err := strconv.ParseInt(value, 10, 64)
			if err != nil || v < 0 {
				return q, fmt.Errorf("followers %q: write a number, such as: followers 2000000", value)
			}
			q.Followers = v
			i++
		case w == "confidence":
			v, err := strconv.ParseFloat(value, 64)
			if err != nil || !(v > 0 && v <= 1) {
				return q, fmt.Errorf("confidence %q: write how sure the age is, above 0 up to 1, such as: confidence 0.8", value)
			}
			q.Confidence = v
			i++
		case w == "created":
			v, err := date(value)
			if err != nil {
				return q, fmt.Errorf("created: %w", err)
			}
			q.Created = v
			i++
		case slices.Contains(convo.Roles(), w):
			if q.Role != "" {
				return q, fmt.Errorf("%s and %s are two roles; write one", q.Role, w)
			}
			q.Role = w
		default:
			b, err := convo.ParseAgeBand(w)
			if err != nil {
				return q, fmt.Errorf("%q is neither an age nor a role; ages are adult, minor, unknown or years such as 13-15, roles are %s; verified, followers N, created DATE and confidence N may follow", w, strings.Join(convo.Roles(), ", "))
			}
			if aged {
				return q, fmt.Errorf("%q is a second age; write one", w)
			}
			q.Age, aged = b, true
		}
	}
	return q, nil
}

// tie reads "B C family verified since 2024-01-01 mutual 3".
func (p *parser) tie(s string) error {
	const how = "write: tie B C family verified since 2024-01-01"
	words := strings.Fields(s)
	if len(words) < 3 {
		return fmt.Errorf("a tie names two people and what ties them; %s", how)
	}
	kinds := []string{"family", "guardian", "household", "parent", "friend", "classmate", "team", "none"}
	tie := convo.Tie{A: words[0], B: words[1], Kind: words[2], Mutual: -1}
	for _, name := range words[:2] {
		if err := p.test.known(name); err != nil {
			return err
		}
	}
	if tie.A == tie.B {
		return fmt.Errorf("%s is tied to themselves; %s", tie.A, how)
	}
	if !slices.Contains(kinds, tie.Kind) {
		return fmt.Errorf("tie %q: write %s", tie.Kind, strings.Join(kinds, ", "))
	}
	if tie.Kind == "none" {
		tie.Mutual = 0 // the platform knows that they have nobody in common
	}
	for i := 3; i < len(words); i++ {
		value := ""
		if i+1 < len(words) {
			value = words[i+1]
		}
		switch words[i] {
		case "verified":
			tie.Verified = true
		case "since":
			v, err := date(value)
			if err != nil {
				return fmt.Errorf("since: %w", err)
			}
			tie.Since = v
			i++
		case "mutual":
			v, err := strconv.Atoi(value)
			if err != nil || v < 0 {
				return fmt.Errorf("mutual %q: write how many people both know, such as: mutual 3", value)
			}
			tie.Mutual = v
			i++
		default:
			return fmt.Errorf("%q is not understood; behind the kind of tie stand verified, since DATE or mutual N; %s", words[i], how)
		}
	}
	p.test.ties = append(p.test.ties, tie)
	return nil
}

// review reads "under review A B".
func (p *parser) review(s string) error {
	word, rest := cut(s)
	names := strings.Fields(rest)
	if word != "review" || len(names) == 0 {
		return fmt.Errorf("write: under review A")
	}
	for _, name := range names {
		if err := p.test.known(name); err != nil {
			return err
		}
	}
	p.test.review = append(p.test.review, names...)
	return nil
}

func date(s string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, fmt.Errorf("%q is no date; write year, month and day, such as 2024-01-31; day 1 of a test is %s", s, start.Format(time.DateOnly))
	}
	return t, nil
}
