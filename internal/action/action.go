package action

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// System is who acts when a rule does.
const System = "system"

// Request is an action to be started.
type Request struct {
	// Params say what is to be done, and how.
	Params Params
	// Case is the case that it belongs to; there is always one.
	Case int64
	Form jaga.Form // may be empty
	Band jaga.Band
	// Account is the platform's own name of the account that it is done to,
	// at most 512 bytes; for [WarnTarget] that of the person to be warned.
	// Limits, suspensions and warnings need one.
	Account string
	// Decision names the decision that it follows from, and Rule the rule that
	// asked for it, with its version. Both are short names of ours, and may be
	// empty; an action of the system has a rule.
	Decision, Rule string
	// Reason is a short name of why, such as "sextortion.threat", never a
	// sentence about somebody.
	Reason string
	// Who is the actor: "person:1", "key:7", or [System] for an automatic one.
	Who string
}

// Action is an action that was started.
type Action struct {
	ID        string
	Kind      Kind
	Case      int64
	Form      jaga.Form
	Band      jaga.Band
	Account   string
	Decision  string
	Rule      string
	Reason    string
	Who       string
	Automatic bool   // no person decided it
	Undoes    string // the action that this one takes back
	UndoneBy  string // the action that takes this one back
	Params    json.RawMessage
	TargetID  int64 // that it goes to alone; 0 is all that take its kind
	At        int64 // microseconds
	// Told is how many targets took actions of this kind when it was started;
	// 0 means that nobody knows of it, and -1 that it was not counted.
	Told int64
	// Waiting, Delivered and Dead count the deliveries to them that are kept.
	Waiting, Delivered, Dead int64
	// Retrying are those that wait because a try failed.
	Retrying int64
	// Results are what the platform answered, oldest first.
	Results []Result
}

// Status is what became of an action on the platform.
type Status string

// The answers of a platform.
const (
	StatusDone    Status = "done"
	StatusRefused Status = "refused" // it will not be done, see the note
	StatusFailed  Status = "failed"  // it could not be done
)

// Statuses lists the answers.
func Statuses() []Status { return []Status{StatusDone, StatusRefused, StatusFailed} }

// Result is what the platform says of an action.
type Result struct {
	Status Status
	// Note says more, in at most 255 characters. It is the platform's own text.
	Note string
	Who  string // the actor that said so
	At   int64  // microseconds
}

// maxResults is how many results of one action are kept.
const maxResults = 20

// Start records the action and tells the targets that take its kind, in the
// caller's transaction. A [Webhook] whose target is not there is not_found, and
// one whose target is off a conflict.
func (s *Service) Start(tx *store.Tx, r Request) (Action, error) {
	if err := r.check(); err != nil {
		return Action{}, err
	}
	to, err := only(tx, r)
	if err != nil {
		return Action{}, err
	}
	if w, ok := r.Params.(WarnTarget); ok {
		r.Params = w.fill(r.Form, s.opt.PublicURL)
	}
	return s.start(tx, r, "", r.Params.Kind(), to)
}

func (r Request) check() error {
	if r.Params == nil {
		return invalid("params", "it is not said what to do")
	}
	if err := r.Params.check(); err != nil {
		return err
	}
	account := slices.Contains([]Kind{KindLimit, KindWarn, KindSuspend}, r.Params.Kind())
	switch {
	case r.Case <= 0:
		return invalid("case", "an action belongs to a case")
	case r.Form != "" && !r.Form.Valid():
		return invalid("form", "it is not a form")
	case r.Band > jaga.BandUrgent:
		return invalid("band", "it is not a band")
	case account && r.Account == "" || r.Account != "" && !identifier(r.Account):
		return invalid("account", "it is no name of an account")
	case r.Decision != "" && !word(r.Decision):
		return invalid("decision", "it is no name of a decision")
	case r.Rule != "" && !word(r.Rule):
		return invalid("rule", "it is no name of a rule")
	case !word(r.Reason):
		return invalid("reason", "it is no short name in the letters a-z, digits and -_.:")
	case r.Who == System && r.Rule == "":
		return invalid("rule", "an automatic action names the rule that asked for it")
	case r.Who != System && !strings.HasPrefix(r.Who, "person:") && !strings.HasPrefix(r.Who, "key:"):
		return invalid("who", "an action is a person's, a key's or the system's")
	}
	return nil
}

func (s *Service) start(tx *store.Tx, r Request, undoes string, kind Kind, to int64) (Action, error) {
	u, err := uuid.NewV7()
	if err != nil {
		return Action{}, err
	}
	a := Action{ID: u.String(), Kind: kind, Case: r.Case, Form: r.Form, Band: r.Band, Account: r.Account, Decision: r.Decision, Rule: r.Rule, Reason: r.Reason,
		Who: r.Who, Automatic: r.Who == System, Undoes: undoes, TargetID: to, At: tx.Now()}
	if r.Params != nil {
		if a.Params, err = json.Marshal(r.Params); err != nil {
			return Action{}, err
		}
	}
	body, err := json.Marshal(actionBody{r.Form, r.Band, a.Params})
	if err != nil {
		return Action{}, err
	}
	event := custody.Event{Actor: a.Who, Action: "action.start", Subject: Subject(a.ID), Detail: map[string]string{"kind": string(kind), "case": fmt.Sprint(a.Case), "reason": a.Reason}}
	if undoes != "" {
		event.Action = "action.undo"
		event.Detail["undoes"] = undoes
	}
	if a.Rule != "" {
		event.Detail["rule"] = a.Rule
	}
	if err := tx.Record(event); err != nil {
		return Action{}, err
	}
	automatic := 0
	if a.Automatic {
		automatic = 1
	}
	told, n, err := s.emit(tx, Event{Kind: eventOf(kind), Case: a.Case, Form: a.Form, Band: a.Band}, &sent{ID: a.ID, Kind: a.Kind, Automatic: a.Automatic, Who: a.Who, Rule: a.Rule,
		Decision: a.Decision, Reason: a.Reason, Account: a.Account, Undoes: a.Undoes, Params: params(a.Params), Result: s.opt.PublicURL + "/v1/actions/" + a.ID + "/result"}, to)
	if err != nil {
		return Action{}, err
	}
	if _, err := tx.Exec(`INSERT INTO actions (id, kind, case_id, decision, rule, account, reason, who, automatic, undoes, event_id, body, at, target_id, told)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`, a.ID, string(a.Kind), a.Case, a.Decision, a.Rule, a.Account, a.Reason, a.Who, automatic, a.Undoes, told, string(body), a.At, to, n); err != nil {
		return Action{}, err
	}
	a.Waiting, a.Told = int64(n), int64(n)
	return a, nil
}

// params keeps a missing payload out of the body.
func params(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	return raw
}

// actionBody is what of an action no query asks for.
type actionBody struct {
	Form   jaga.Form       `json:"form,omitempty"`
	Band   jaga.Band       `json:"band"`
	Params json.RawMessage `json:"params,omitempty"`
}

// Subject names an action in custody records.
func Subject(id string) string { return "action:" + id }

// Undo takes an action back: a hold is released, a limit lifted. What cannot be
// undone, a warning that was read, is taken back all the same, and the platform
// says what it could do. An action is taken back once.
func (s *Service) Undo(tx *store.Tx, id, who, reason string) (Action, error) {
	old, err := read(tx, id)
	if err != nil {
		return Action{}, err
	}
	switch {
	case old.Kind == KindUndo:
		return Action{}, &jaga.Error{Code: jaga.CodeConflict, Field: "action", Msg: "an undoing is not taken back", Hint: "start the action again"}
	case old.UndoneBy != "":
		return Action{}, &jaga.Error{Code: jaga.CodeConflict, Field: "action", Msg: "it was taken back already"}
	case !word(reason):
		return Action{}, invalid("reason", "it is no short name in the letters a-z, digits and -_.:")
	case !strings.HasPrefix(who, "person:") && !strings.HasPrefix(who, "key:") && who != System:
		return Action{}, invalid("who", "an action is a person's, a key's or the system's")
	}
	a, err := s.start(tx, Request{Case: old.Case, Form: old.Form, Band: old.Band, Account: old.Account, Decision: old.Decision, Rule: old.Rule, Reason: reason, Who: who}, old.ID, KindUndo, old.TargetID)
	if err != nil {
		return Action{}, err
	}
	n, err := tx.Exec(`UPDATE actions SET undone_by = $1 WHERE id = $2 AND undone_by = ''`, a.ID, old.ID)
	if err == nil && n == 0 {
		err = &jaga.Error{Code: jaga.CodeConflict, Field: "action", Msg: "it was taken back already"}
	}
	return a, err
}

// Result keeps what the platform says of an action. The same answer of the same
// caller counts once.
func (s *Service) Result(ctx context.Context, who, id string, r Result) error {
	r.Note = strings.TrimSpace(r.Note)
	switch {
	case !slices.Contains(Statuses(), r.Status):
		return invalid("status", "it is not one of done, refused, failed")
	case !utf8.ValidString(r.Note) || utf8.RuneCountInString(r.Note) > 255 || strings.ContainsFunc(r.Note, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return invalid("note", "it has more than 255 characters, or is no text")
	}
	event := custody.Event{Actor: who, Action: "action.result", Subject: Subject(id), Detail: map[string]string{"status": string(r.Status)}}
	err := s.db.Update(ctx, event, func(tx *store.Tx) error {
		a, err := read(tx, id)
		if err != nil {
			return err
		}
		if n := len(a.Results); n > 0 && a.Results[n-1].Status == r.Status && a.Results[n-1].Note == r.Note && a.Results[n-1].Who == who {
			return errSaid
		}
		if len(a.Results) >= maxResults {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "action", Msg: "it has 20 results already"}
		}
		_, err = tx.Exec(`INSERT INTO action_results (action_id, who, status, note, at) VALUES ($1, $2, $3, $4, $5)`, id, who, string(r.Status), r.Note, tx.Now())
		return err
	})
	if err == errSaid {
		return nil
	}
	return err
}

// errSaid undoes the transaction of an answer that is there already.
var errSaid = jaga.Errorf(jaga.CodeConflict, "it was said already")

// Get returns an action.
func (s *Service) Get(ctx context.Context, id string) (a Action, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		a, err = read(tx, id)
		return err
	})
	return a, err
}

// OfCase returns the actions of a case, oldest first; at most 1000.
func OfCase(tx *store.Tx, caseID int64) ([]Action, error) {
	return list(tx, `WHERE case_id = $1 ORDER BY id LIMIT 1000`, caseID)
}

func read(tx *store.Tx, id string) (Action, error) {
	found, err := list(tx, `WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = &jaga.Error{Code: jaga.CodeNotFound, Field: "action", Msg: "there is no such action"}
	}
	if err != nil {
		return Action{}, err
	}
	return found[0], nil
}

func list(tx *store.Tx, where string, args ...any) ([]Action, error) {
	type row struct {
		ID, Kind                             string
		Case                                 int64
		Decision, Rule, Account, Reason, Who string
		Automatic                            int64
		Undoes, UndoneBy, Event, Body        string
		At, Target, Told                     int64
	}
	rows, err := store.All[row](tx, `SELECT id, kind, case_id, decision, rule, account, reason, who, automatic, undoes, undone_by, event_id, body, at, target_id, told FROM actions `+where, args...)
	if err != nil {
		return nil, err
	}
	var out []Action
	for _, r := range rows {
		var b actionBody
		if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
			return nil, fmt.Errorf("read action %s: %w", r.ID, err)
		}
		a := Action{ID: r.ID, Kind: Kind(r.Kind), Case: r.Case, Form: b.Form, Band: b.Band, Account: r.Account, Decision: r.Decision, Rule: r.Rule, Reason: r.Reason, Who: r.Who,
			Automatic: r.Automatic == 1, Undoes: r.Undoes, UndoneBy: r.UndoneBy, Params: b.Params, TargetID: r.Target, Told: r.Told, At: r.At}
		results, err := store.All[struct {
			Status, Note, Who string
			At                int64
		}](tx, `SELECT status, note, who, at FROM action_results WHERE action_id = $1 ORDER BY id`, r.ID)
		if err != nil {
			return nil, err
		}
		for _, x := range results {
			a.Results = append(a.Results, Result{Status(x.Status), x.Note, x.Who, x.At})
		}
		states, err := store.All[struct {
			State    string
			N, Tried int64
		}](tx, `SELECT state, COUNT(*), SUM(CASE WHEN attempts > 0 THEN 1 ELSE 0 END) FROM hook_deliveries WHERE event_id = $1 GROUP BY state`, r.Event)
		if err != nil {
			return nil, err
		}
		for _, x := range states {
			switch State(x.State) {
			case Waiting:
				a.Waiting, a.Retrying = x.N, x.Tried
			case Delivered:
				a.Delivered = x.N
			case Dead:
				a.Dead = x.N
			}
		}
		out = append(out, a)
	}
	return out, nil
}

// Time is when the action was started.
func (a Action) Time() time.Time { return time.UnixMicro(a.At) }
