package action

import (
	"fmt"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Webhook tells one target alone of what a rule found, whatever kinds of events
// that target takes otherwise. Only rules start it: an action of this kind is
// the system's.
type Webhook struct {
	// Name is the name of the target.
	Name string `json:"webhook"`
	// Finding is what was found.
	Finding Found `json:"finding"`
	// Items are the platform's own identifiers of what it was found in; at most
	// 1000, and none for a conversation.
	Items []string `json:"items,omitempty"`
}

// Found names a finding, so that a receiver can ask for it.
type Found struct {
	// Kind is "conversation" for a finding in a conversation; everything else is
	// an item.
	Kind string `json:"kind"`
	// ID is the identifier of the finding, or of the item.
	ID string `json:"id"`
}

// Kind returns [KindWebhook].
func (Webhook) Kind() Kind { return KindWebhook }

func (p Webhook) check() error {
	if !word(p.Finding.Kind) || !identifier(p.Finding.ID) {
		return invalid("finding", "it is not said what was found")
	}
	return checkItems(p.Items, false)
}

// only returns the target that an action goes to alone, 0 for all that take its
// kind. A target that is not there is not_found, one that is off a conflict.
func only(tx *store.Tx, r Request) (int64, error) {
	w, ok := r.Params.(Webhook)
	if !ok {
		return 0, nil
	}
	if r.Who != System {
		return 0, invalid("who", "only rules send to one webhook")
	}
	found, err := store.All[targetRow](tx, targetColumns+` WHERE name = $1 AND removed_at = 0`, w.Name)
	switch {
	case err != nil:
		return 0, fmt.Errorf("find webhook: %w", err)
	case len(found) == 0:
		return 0, &jaga.Error{Code: jaga.CodeNotFound, Field: "webhook", Msg: "there is no webhook of this name", Hint: "add it on the page Webhooks, or change the rule"}
	case found[0].Enabled == 0:
		return 0, &jaga.Error{Code: jaga.CodeConflict, Field: "webhook", Msg: "the webhook is switched off"}
	}
	return found[0].ID, nil
}
