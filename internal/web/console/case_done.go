package console

import (
	"encoding/json"
	"net/http"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// doneView is something that the platform was asked to do about a case.
type doneView struct {
	action.Action
	What string
	By   string // a person, or the rule
	// Webhook is the one that it went to alone, as the rule names it.
	Webhook string
	// State says whether the platform knows, see [action.Action.Reached].
	State  string
	Said   action.Result // the last answer
	Undone string        // who took it back
	// BackState is whether the platform knows that.
	BackState string
	MayEnd    bool // the reader can take it back
}

// mostDone is how many actions a page shows, the newest.
const mostDone = 20

// caseDone fills in what the platform was asked to do, the newest first.
func (c *console) caseDone(r *http.Request, v *casePage, fold blindfold, names func(string) string) error {
	list, err := c.actionsOf(r, v.Case.ID, v.Parts)
	if err != nil {
		return err
	}
	if err := c.caseOutbox(r, v, list); err != nil {
		return err
	}
	if err := c.caseWarn(r, v, list); err != nil {
		return err
	}
	s := c.say(r)
	by, back := map[string]string{}, map[string]string{}
	for _, a := range list {
		by[a.ID] = doneBy(s, a, names)
		if a.Undoes != "" {
			back[a.Undoes] = string(a.Standing())
		}
	}
	for _, a := range slices.Backward(list) {
		if a.Kind == action.KindUndo || fold.hides(a.Who) {
			continue
		}
		if len(v.Done) == mostDone {
			v.MoreDone++
			continue
		}
		v.Done = append(v.Done, doneViewOf(s, v, a, by, back))
	}
	return nil
}

// actionsOf lists what was done about a case and its parts, oldest first.
func (c *console) actionsOf(r *http.Request, id int64, parts []int64) (out []action.Action, err error) {
	err = c.DB.View(r.Context(), func(tx *store.Tx) error {
		for _, one := range slices.Concat([]int64{id}, parts) {
			list, err := action.OfCase(tx, one)
			if err != nil {
				return err
			}
			out = append(out, list...)
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b action.Action) int { return int(min(1, max(-1, a.At-b.At))) })
	return out, err
}

func doneBy(s *speaker, a action.Action, names func(string) string) string {
	if a.Automatic && a.Rule != "" {
		return s.t("acts.by_rule", "Rule", a.Rule)
	}
	return names(a.Who)
}

func doneViewOf(s *speaker, v *casePage, a action.Action, by map[string]string, back map[string]string) doneView {
	d := doneView{Action: a, What: s.actName(string(a.Kind)), By: by[a.ID], State: string(a.Reached()), Undone: by[a.UndoneBy], BackState: back[a.ID]}
	if n := len(a.Results); n > 0 {
		d.Said = a.Results[n-1]
	}
	if a.Kind == action.KindWebhook {
		var p action.Webhook
		if json.Unmarshal(a.Params, &p) == nil {
			d.Webhook = p.Name
		}
	}
	d.MayEnd = a.UndoneBy == "" && a.Kind.Reversible() && v.Here(string(auth.Decide))
	return d
}

// actName names an action, by the word that rules and webhooks have for it.
func (s *speaker) actName(name string) string {
	if key := "event.action." + name; s.has(key) {
		return s.t(key)
	}
	return name
}

// caseTakeBack takes back something that was done about the case.
func (c *console) caseTakeBack(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		acts, _, err := c.Cases.Acts(r.Context(), cs.ID, mostActs)
		if err != nil {
			return "", err
		}
		list, err := c.actionsOf(r, cs.ID, partsOf(cs.ID, acts))
		if err != nil {
			return "", err
		}
		fold, id := blindTo(cs, acts, actor(r)), r.PostForm.Get("action")
		if !slices.ContainsFunc(list, func(a action.Action) bool { return a.ID == id && a.Kind.Reversible() && !fold.hides(a.Who) }) {
			return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "action", Msg: "take back: there is no such action that can be taken back"}
		}
		return "taken_back", c.DB.Bulk(r.Context(), func(tx *store.Tx) error {
			_, err := c.Actions.Undo(tx, id, actor(r), "case.person")
			return err
		})
	})
}

// notDones lists why actions are not started, and wouldHaves why rules do not
// act.
func notDones() []string {
	return []string{"no_account", "several_accounts", "no_items", "no_target", "unknown_action", "invalid", "no_webhook", "webhook_off"}
}

func wouldHaves() []string { return []string{"shadow", "canary", "breaker"} }

// notDone tells of an action that was not carried out, if the record is of one.
func (s *speaker) notDone(rec custody.Record) (text string, is bool) {
	var d struct{ Action, Why, Rule string }
	if json.Unmarshal([]byte(rec.Detail), &d) != nil {
		return "", false
	}
	switch {
	case rec.Action == "case.action_would" && slices.Contains(wouldHaves(), d.Why):
		return s.t("acts_would."+d.Why, "What", s.actName(d.Action), "Rule", d.Rule), true
	case rec.Action == "case.action_not_started" && slices.Contains(notDones(), d.Why):
		what := s.actName(d.Action)
		if d.Rule != "" {
			what += " · " + s.t("acts.by_rule", "Rule", d.Rule)
		}
		return s.t("acts_not_done."+d.Why, "What", what), true
	}
	return "", false
}
