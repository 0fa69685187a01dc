package console

import (
	"context"
	"fmt"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/trouble"
)

// stopped lists what stopped working and waits for a person: webhooks that gave
// up, rules that did too much, plugins that fail, files that could not be kept.
// Each leads to a page that the reader may open; what is for others is left out.
func (c *console) stopped(ctx context.Context, s *speaker) (list []fault, err error) {
	all, err := trouble.List(ctx, c.DB, c.Plugins)
	if err != nil {
		return nil, err
	}
	who, _ := auth.From(ctx)
	n, first := map[trouble.Kind]int64{}, map[trouble.Kind]trouble.Trouble{}
	for _, t := range all {
		if n[t.Kind] == 0 {
			first[t.Kind] = t
		}
		n[t.Kind] += t.N
	}
	for _, line := range []struct {
		kind trouble.Kind
		need auth.Capability
		text func(n int) string
	}{
		{trouble.Webhook, auth.Webhooks, func(n int) string { return s.t("broken.webhook", "N", n) }},
		{trouble.Rules, auth.ReadRules, func(n int) string { return s.t("broken.rules", "N", n) }},
		{trouble.Plugin, auth.Plugins, func(n int) string { return s.t("broken.plugin", "N", n) }},
		{trouble.Messages, auth.Plugins, func(n int) string { return s.t("broken.messages", "N", n) }},
	} {
		if n[line.kind] > 0 && who.CanSomewhere(line.need) {
			list = append(list, fault{line.text(int(n[line.kind])), first[line.kind].Page()})
		}
	}
	if lost := n[trouble.Evidence]; lost > 0 {
		id, err := c.firstReadable(ctx, who, first[trouble.Evidence].Cases)
		if err != nil {
			return nil, err
		}
		if id > 0 {
			list = append(list, fault{s.t("broken.evidence", "N", int(lost)), fmt.Sprintf("/cases/%d#trail", id)})
		}
	}
	return list, nil
}

// firstReadable is the first of some cases that the reader may open, 0 for none.
func (c *console) firstReadable(ctx context.Context, who auth.Who, ids []int64) (int64, error) {
	seen := map[int64]bool{}
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		cs, _, err := c.Cases.Get(ctx, id)
		if jaga.CodeOf(err) == jaga.CodeNotFound {
			continue
		}
		if err != nil {
			return 0, err
		}
		if mayRead(who, cs) {
			return id, nil
		}
	}
	return 0, nil
}

func mayRead(who auth.Who, cs casework.Case) bool { return who.Can(auth.ReadCases, cs.Queue) }
