package action

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// The kinds of events that are not actions. An action is an event of the kind
// "action." and its own kind.
const (
	EventCaseOpened  = "case.opened"
	EventCaseDecided = "case.decided"
	EventCaseClosed  = "case.closed"
	EventReportFiled = "report.filed"
	EventTest        = "test" // sent by [Service.Test] only

	// Alarms: something stopped working, and a person has to look.
	EventAlarmRules    = "alarm.rules"    // automatic actions were stopped
	EventAlarmPlugin   = "alarm.plugin"   // a plugin is not asked any more
	EventAlarmEvidence = "alarm.evidence" // a file could not be kept
)

// alarms are the kinds of alarms.
func alarms() []string { return []string{EventAlarmRules, EventAlarmPlugin, EventAlarmEvidence} }

// EventKinds lists the kinds of events that a target can choose.
func EventKinds() []string {
	var out []string
	for _, k := range append(Kinds(), KindUndo) {
		out = append(out, eventOf(k))
	}
	out = append(out, EventCaseOpened, EventCaseDecided, EventCaseClosed, EventReportFiled)
	return append(out, alarms()...)
}

func eventOf(k Kind) string { return "action." + string(k) }

// Event is something that targets are told of.
type Event struct {
	// Kind is one of the Event… constants.
	Kind string
	// Case is its case, 0 when it has none.
	Case int64
	Form jaga.Form // may be empty
	Band jaga.Band
	// Alarm says what stopped working, for the kinds of alarms.
	Alarm *Alarm
}

// Alarm says what stopped working.
type Alarm struct {
	// What names it: "rule:young-accounts", "act:hold", "plugin:shapes".
	What string `json:"what"`
	// Why is a short word, never a sentence about somebody.
	Why string `json:"why"`
	// Page is where a person mends it, as a path; receivers get the address.
	Page string `json:"link"`
}

// envelope is the body of every delivery, version 1. Fields may be added; a
// receiver ignores what it does not know.
type envelope struct {
	Version int       `json:"version"`
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	At      time.Time `json:"at"`
	Case    *caseRef  `json:"case,omitempty"`
	Form    jaga.Form `json:"form,omitempty"`
	Band    jaga.Band `json:"band"`
	Action  *sent     `json:"action,omitempty"`
	Alarm   *Alarm    `json:"alarm,omitempty"`
}

type caseRef struct {
	ID   int64  `json:"id"`
	Link string `json:"link"`
}

// sent is an action as a receiver sees it.
type sent struct {
	ID        string `json:"id"`
	Kind      Kind   `json:"kind"`
	Automatic bool   `json:"automatic"`
	Who       string `json:"who"`
	Rule      string `json:"rule,omitempty"`
	Decision  string `json:"decision,omitempty"`
	Reason    string `json:"reason"`
	Account   string `json:"account,omitempty"`
	Undoes    string `json:"undoes,omitempty"`
	Params    any    `json:"params,omitempty"`
	// Result is where the platform says what it did.
	Result string `json:"result_url"`
}

// Emit tells the targets of an event once the transaction has committed, and
// returns how many there are.
func (s *Service) Emit(tx *store.Tx, e Event) (targets int, err error) {
	alarm := slices.Contains(alarms(), e.Kind)
	if !alarm && !slices.Contains([]string{EventCaseOpened, EventCaseDecided, EventCaseClosed, EventReportFiled}, e.Kind) || alarm != (e.Alarm != nil) {
		return 0, jaga.Errorf(jaga.CodeInternal, "emit event: %q is no kind of event, or it is not said what the alarm is about", e.Kind)
	}
	_, targets, err = s.emit(tx, e, nil, 0)
	return targets, err
}

// emit tells one target, or all that take the kind of the event when only is 0.
func (s *Service) emit(tx *store.Tx, e Event, a *sent, only int64) (event string, n int, err error) {
	body, id, err := s.body(time.UnixMicro(tx.Now()), e, a)
	if err != nil {
		return "", 0, err
	}
	targets, err := store.All[targetRow](tx, targetColumns+` WHERE removed_at = 0 AND enabled = 1 ORDER BY id`)
	if err != nil {
		return "", 0, err
	}
	for _, t := range targets {
		if only == 0 && !t.takes(e.Kind) || only != 0 && t.ID != only {
			continue
		}
		if n++; n == 1 {
			if _, err := tx.Exec(`INSERT INTO hook_events (id, kind, body, at) VALUES ($1, $2, $3, $4)`, id, e.Kind, string(body), tx.Now()); err != nil {
				return "", 0, err
			}
		}
		if err := deliverLater(tx, id, t.ID); err != nil {
			return "", 0, err
		}
	}
	return id, n, nil
}

// deliverLater adds a delivery and its job.
func deliverLater(tx *store.Tx, event string, target int64) error {
	id, err := store.One[int64](tx, `INSERT INTO hook_deliveries (event_id, target_id, state, at, next_at) VALUES ($1, $2, 'waiting', $3, $3) RETURNING id`, event, target, tx.Now())
	if err != nil {
		return fmt.Errorf("tell targets: %w", err)
	}
	return tx.Enqueue(store.Job{Kind: deliverJob, Args: deliverArgs{id, 0}, Lane: lane(target)})
}

func lane(target int64) string { return "hook:" + strconv.FormatInt(target, 10) }

// body writes what is sent.
func (s *Service) body(at time.Time, e Event, a *sent) (body []byte, id string, err error) {
	if e.Form != "" && !e.Form.Valid() || e.Band > jaga.BandUrgent || e.Case < 0 {
		return nil, "", jaga.Errorf(jaga.CodeInternal, "tell targets: case, form or band is not valid")
	}
	u, err := uuid.NewV7()
	if err != nil {
		return nil, "", err
	}
	id = "evt_" + u.String()
	v := envelope{Version: 1, ID: id, Kind: e.Kind, At: at.UTC(), Form: e.Form, Band: e.Band, Action: a}
	if e.Case > 0 {
		v.Case = &caseRef{e.Case, s.opt.PublicURL + "/cases/" + strconv.FormatInt(e.Case, 10)}
	}
	if e.Alarm != nil {
		own := *e.Alarm
		own.Page = s.opt.PublicURL + own.Page
		v.Alarm = &own
	}
	body, err = json.Marshal(v)
	return body, id, err
}
