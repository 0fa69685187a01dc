package console

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga/internal/auth"
)

// colleague is somebody who can be given a case, or told of it.
type colleague struct {
	Actor string // "person:4"
	Name  string
}

// colleagues lists who may decide on cases of a queue, by name.
func (c *console) colleagues(ctx context.Context, queue string) (out []colleague, err error) {
	people, err := c.Auth.People(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		who := auth.Who{Person: true, Grants: p.Grants}
		if p.DisabledAt == 0 && who.Can(auth.Decide, queue) {
			out = append(out, colleague{"person:" + strconv.FormatInt(p.ID, 10), p.Name})
		}
	}
	slices.SortFunc(out, func(a, b colleague) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// mentioned finds the colleagues whose names stand behind an @ in a text. Where
// one name begins another, the longer one is meant.
func mentioned(text string, people []colleague) (out []colleague) {
	text = strings.ToLower(text)
	byLength := slices.Clone(people)
	slices.SortStableFunc(byLength, func(a, b colleague) int { return len(b.Name) - len(a.Name) })
	for _, p := range byLength {
		name := "@" + strings.ToLower(strings.TrimSpace(p.Name))
		if name == "@" || !strings.Contains(text, name) {
			continue
		}
		out = append(out, p)
		text = strings.ReplaceAll(text, name, "")
	}
	return out
}
