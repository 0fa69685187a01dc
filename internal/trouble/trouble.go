// Package trouble lists what stopped working in what an installation does by
// itself and waits for a person: webhooks that gave up, automatic actions that
// were stopped, plugins that are not asked any more, files that could not be kept.
package trouble

import (
	"context"
	"fmt"
	"time"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/store"
)

// Kind says what stopped working.
type Kind string

// The kinds of troubles.
const (
	Webhook  Kind = "webhook"  // deliveries were given up; Name is the webhook
	Rules    Kind = "rules"    // automatic actions were stopped; Name is rule:NAME or act:ACTION
	Plugin   Kind = "plugin"   // a plugin is left alone after failures; Name is its name
	Evidence Kind = "evidence" // files could not be kept
	Messages Kind = "messages" // classifiers did not check the words of messages
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Webhook, Rules, Plugin, Evidence, Messages} }

// Trouble is one thing that stopped working.
type Trouble struct {
	Kind Kind
	Name string
	// Why is a short word or sentence of ours, empty where there is none.
	Why string
	// N is how many deliveries, files or messages; 1 for the others.
	N int64
	// Since is when it began, or last happened; the zero time where nobody knows.
	Since time.Time
	// Cases are those of files that could not be kept, the newest first.
	Cases []int64
}

// Page is the page of the console on which a person mends it.
func (t Trouble) Page() string {
	switch t.Kind {
	case Webhook:
		return "/webhooks?show=dead#deliveries"
	case Rules:
		return "/rules"
	case Plugin, Messages:
		return "/plugins"
	}
	if len(t.Cases) > 0 {
		return fmt.Sprintf("/cases/%d#trail", t.Cases[0])
	}
	return "/cases"
}

// mostCases is how many cases of lost files are named.
const mostCases = 50

// List returns what stopped working, by kind. plugins may be nil where this
// process asks none, as a command that looks at another one's database.
func List(ctx context.Context, db *store.DB, plugins *plugin.Service) (out []Trouble, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		dead, err := action.AllGivenUp(tx)
		if err != nil {
			return err
		}
		for _, d := range dead {
			out = append(out, Trouble{Kind: Webhook, Name: d.Target, N: d.N, Since: time.UnixMicro(d.At)})
		}
		open, err := policy.OpenBreakers(tx)
		if err != nil {
			return err
		}
		for _, b := range open {
			out = append(out, Trouble{Kind: Rules, Name: b.What, Why: b.Why, N: 1, Since: time.UnixMicro(b.OpenedAt)})
		}
		missed, since, err := plugin.Missed(tx)
		if err != nil {
			return err
		}
		if missed > 0 {
			out = append(out, Trouble{Kind: Messages, N: missed, Since: time.UnixMicro(since)})
		}
		lost, n, err := evidence.LostLately(tx, mostCases)
		if err != nil || n == 0 {
			return err
		}
		t := Trouble{Kind: Evidence, N: n, Since: time.UnixMicro(lost[0].At)}
		for _, l := range lost {
			t.Cases = append(t.Cases, l.Case)
		}
		out = append(out, t)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for what stopped working: %w", err)
	}
	if plugins == nil {
		return out, nil
	}
	for _, p := range plugins.States() {
		if p.Tripped {
			out = append(out, Trouble{Kind: Plugin, Name: p.Name, Why: p.Why, N: 1, Since: p.Failed})
		}
	}
	return out, nil
}
