package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// ReportState is how far a report to somebody outside is.
type ReportState string

// The states of a report. One that is begun or failed is still to be done.
const (
	ReportBegun   ReportState = "begun"
	ReportUnsent  ReportState = "failed" // it could not be sent; the reason stays to be seen
	ReportSent    ReportState = "sent"
	ReportDropped ReportState = "dropped" // it is not owed
)

// ReportStates lists the states of a report.
func ReportStates() []ReportState {
	return []ReportState{ReportBegun, ReportUnsent, ReportSent, ReportDropped}
}

// ReportTo says where a report goes: to a receiver of a law profile in force, or
// to another one by name.
type ReportTo struct {
	Profile, Receiver string // "us-2258a", "ncmec"; both or neither
	Name              string // of another receiver, at most 200 bytes
	// Follows is the report that was sent before, of this case, which this one
	// adds to; 0 is none.
	Follows int64
}

// Receipt is what is known of a report that was sent.
type Receipt struct {
	// Reference is the number that the receiver gave it, or another way to find
	// it again; 1 to 200 bytes.
	Reference string
	Sent      time.Time // not in the future; zero is now
	// Meets are the profiles whose send-by clocks it meets, besides that of its
	// receiver.
	Meets []string
}

// Report is a report to somebody outside as it stands.
type Report struct {
	ID, Case          int64
	Profile, Receiver string // empty where the receiver is none of a profile
	To                string // the receiver's name
	Follows           int64
	State             ReportState
	BegunBy           string
	BegunAt           int64  // microseconds
	EndedBy           string // who said last what became of it
	EndedAt           int64  // when, in microseconds; 0 while nobody said
	SentAt            int64  // microseconds
	Reference         string
	Why               string // why it could not be sent, or is not owed
	KeepUntil         int64  // of the reference, in microseconds; 0 is not said
}

// Open reports whether it is still to be done.
func (r Report) Open() bool { return r.State == ReportBegun || r.State == ReportUnsent }

// reportWords is what of a report is sealed.
type reportWords struct {
	To        string `json:"to,omitempty"`
	Reference string `json:"reference,omitempty"`
	Why       string `json:"why,omitempty"`
}

type reportRow struct {
	ID, Case          int64
	Profile, Receiver string
	Follows           int64
	State, BegunBy    string
	BegunAt           int64
	EndedBy           string
	EndedAt, SentAt   int64
	KeepUntil         int64
	Sealed            []byte
}

const reportColumns = `id, case_id, profile, receiver, follows, state, begun_by, begun_at, ended_by, ended_at, sent_at, keep_until, sealed`

func (s *Service) sealReport(r Report) ([]byte, error) {
	text, err := json.Marshal(reportWords{r.To, r.Reference, r.Why})
	return s.keys.Seal(purpose("report", r.Case), text), err
}

// reports reads the reports of a case, the oldest first.
func (s *Service) reports(tx *store.Tx, id int64) (out []Report, err error) {
	rows, err := store.All[reportRow](tx, `SELECT `+reportColumns+` FROM case_reports WHERE case_id = $1 ORDER BY id`, id)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		text, err := s.keys.Open(purpose("report", id), r.Sealed)
		if err != nil {
			return nil, err
		}
		var w reportWords
		if err := json.Unmarshal(text, &w); err != nil {
			return nil, fmt.Errorf("stored report %d: %w", r.ID, err)
		}
		out = append(out, Report{r.ID, r.Case, r.Profile, r.Receiver, w.To, r.Follows, ReportState(r.State), r.BegunBy, r.BegunAt, r.EndedBy, r.EndedAt, r.SentAt, w.Reference, w.Why, r.KeepUntil})
	}
	return out, nil
}

// Reports lists what was reported about a case, the oldest first.
func (s *Service) Reports(ctx context.Context, id int64) (out []Report, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) { out, err = s.reports(tx, id); return err })
	return out, err
}

// openReports are those that are still to be done.
func openReports(list []Report) []Report {
	return slices.DeleteFunc(slices.Clone(list), func(r Report) bool { return !r.Open() })
}

// saveReport stores what became of a report.
func (s *Service) saveReport(tx *store.Tx, r Report) error {
	sealed, err := s.sealReport(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE case_reports SET state = $1, ended_by = $2, ended_at = $3, sent_at = $4, keep_until = $5, sealed = $6 WHERE id = $7`,
		string(r.State), r.EndedBy, r.EndedAt, r.SentAt, r.KeepUntil, sealed, r.ID)
	return err
}

// wish is a report that a decision asks for, as the outbox has it.
type wish struct {
	ID, Decision int64
	Action       string
	DueAt        int64
	State        string
}

// wishes are the reports that the decision in force asks for.
func (s *Service) wishes(tx *store.Tx, r *caseRow) ([]wish, error) {
	rows, err := store.All[wish](tx, `SELECT o.id, o.decision_id, o.action, o.due_at, o.state FROM case_outbox o JOIN case_decisions d ON d.id = o.decision_id
		WHERE o.case_id = $1 AND d.cycle = $2 AND o.state IN ('waiting', 'handed') ORDER BY o.id`, r.ID, r.Cycle)
	return slices.DeleteFunc(rows, func(w wish) bool { return !s.opt.Reports(w.Action) }), err
}

// reportedBefore reports whether the installation ever sent a report.
func reportedBefore(tx *store.Tx) (bool, error) {
	n, err := store.One[int64](tx, `SELECT COALESCE(SUM(n), 0) FROM case_hours WHERE what = $1`, string(StateReported))
	return n > 0, err
}

// mayReport refuses to begin a report that nobody decided on, that can still be
// taken back, or that is the first one of the installation and was not decided
// on by two people.
func (s *Service) mayReport(tx *store.Tx, r *caseRow, before []Report) error {
	if r.Held != 0 {
		return &jaga.Error{Code: jaga.CodeConflict, Field: "held", Msg: "report: the case is on hold", Hint: "end the hold first"}
	}
	if !slices.Contains([]State{StateDecided, StateReporting, StateReported, StateFollowUp, StateClosed}, State(r.State)) {
		return &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "report: the case is " + r.State, Hint: "a report follows a decision that asks for one"}
	}
	asked, err := s.wishes(tx, r)
	if err != nil {
		return err
	}
	for _, w := range asked {
		if w.State == "waiting" && w.DueAt > tx.Now() {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "undo_time", Msg: "report: the decision that asks for it can still be taken back", Hint: "nothing goes out before the time to undo is over"}
		}
	}
	if len(asked) == 0 && !slices.ContainsFunc(before, func(b Report) bool { return b.State == ReportSent }) {
		return &jaga.Error{Code: jaga.CodeConflict, Field: "not_asked", Msg: "report: the decision in force asks for none", Hint: "have the case decided anew, and ask for a report"}
	}
	if some, err := reportedBefore(tx); err != nil || some {
		return err
	}
	stand, err := inForce(tx, r.ID, r.Cycle)
	if err != nil {
		return err
	}
	people := map[string]bool{}
	for _, d := range stand {
		people[d.Actor] = true
	}
	if len(people) < 2 {
		return &jaga.Error{Code: jaga.CodeDenied, Field: "second", Msg: "report: the first report of an installation needs a decision by two people", Hint: "have the case decided anew, and ask for a report: a second person then decides, too"}
	}
	return nil
}

// BeginReport says that somebody begins to report a case, by the receiver's own
// form. What the decision asked for is handed over with that. The case must have a
// decision that asks for a report and can no longer be taken back, or have been
// reported before; the first report of an installation needs a decision by two
// people.
func (s *Service) BeginReport(ctx context.Context, actor string, id int64, to ReportTo) (report int64, err error) {
	to.Name = strings.TrimSpace(to.Name)
	switch {
	case (to.Profile == "") != (to.Receiver == "") || (to.Profile == "") == (to.Name == ""):
		return 0, &jaga.Error{Code: jaga.CodeInvalid, Field: "receiver", Msg: "report: name a receiver of a profile in force, or another one"}
	case to.Profile != "":
		var ok bool
		if s.opt.Receiver != nil {
			to.Name, ok = s.opt.Receiver(to.Profile, to.Receiver)
		}
		if !ok {
			return 0, &jaga.Error{Code: jaga.CodeInvalid, Field: "receiver", Msg: "report: no profile in force has this receiver"}
		}
	}
	if err := checkText("receiver", to.Name, 200); err != nil {
		return 0, err
	}
	err = s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) (err error) {
		report, err = s.beginReport(tx, r, actor, to)
		return err
	})
	return report, err
}

func (s *Service) beginReport(tx *store.Tx, r *caseRow, actor string, to ReportTo) (int64, error) {
	before, err := s.reports(tx, r.ID)
	if err != nil {
		return 0, err
	}
	if err := s.mayReport(tx, r, before); err != nil {
		return 0, err
	}
	if to.Follows != 0 && !slices.ContainsFunc(before, func(b Report) bool { return b.ID == to.Follows && b.State == ReportSent }) {
		return 0, &jaga.Error{Code: jaga.CodeInvalid, Field: "follows", Msg: "report: no report of this number was sent about the case"}
	}
	if err := s.handWishes(tx, r); err != nil {
		return 0, err
	}
	out := Report{Case: r.ID, To: to.Name}
	sealed, err := s.sealReport(out)
	if err != nil {
		return 0, err
	}
	if out.ID, err = store.One[int64](tx, `INSERT INTO case_reports (case_id, profile, receiver, follows, state, begun_by, begun_at, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
		r.ID, to.Profile, to.Receiver, to.Follows, string(ReportBegun), actor, tx.Now(), sealed); err != nil {
		return 0, err
	}
	return out.ID, s.toReporting(tx, r, actor, out.ID)
}

// toReporting brings a case from where a report may begin to where one is on its
// way.
func (s *Service) toReporting(tx *store.Tx, r *caseRow, actor string, report int64) error {
	switch State(r.State) {
	case StateReported, StateClosed:
		if err := s.change(tx, r, actor, FollowedUp, Data{}, ""); err != nil {
			return err
		}
	}
	return s.change(tx, r, actor, Reporting, Data{Report: report}, "")
}

// handWishes takes the reports that a decision asked for out of the outbox.
func (s *Service) handWishes(tx *store.Tx, r *caseRow) error {
	asked, err := s.wishes(tx, r)
	if err != nil {
		return err
	}
	for _, w := range asked {
		if w.State != "waiting" {
			continue
		}
		if _, err := tx.Exec(`UPDATE case_outbox SET state = 'handed', handed_at = $1 WHERE id = $2`, tx.Now(), w.ID); err != nil {
			return err
		}
		if err := tx.Record(custody.Event{Actor: "system", Action: "case.action", Subject: Subject(r.ID),
			Detail: map[string]string{"action": w.Action, "decision": strconv.FormatInt(w.Decision, 10)}}); err != nil {
			return err
		}
	}
	return nil
}

// SentReport keeps that a report was sent, and its receipt. It meets the send-by
// clocks of the receiver's profile, and of those that the receipt names.
func (s *Service) SentReport(ctx context.Context, actor string, id, report int64, got Receipt) error {
	got.Reference = strings.TrimSpace(got.Reference)
	if got.Reference == "" {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "reference", Msg: "report: there is no reference", Hint: "write the number that you got, or how the report can be found again"}
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		one, err := s.openReport(tx, r, report)
		if err != nil {
			return err
		}
		return s.sentReport(tx, r, actor, one, got)
	})
}

// openReport returns a report of a case of which something is still to be said.
func (s *Service) openReport(tx *store.Tx, r *caseRow, report int64) (Report, error) {
	list, err := s.reports(tx, r.ID)
	if err != nil {
		return Report{}, err
	}
	i := slices.IndexFunc(list, func(x Report) bool { return x.ID == report })
	switch {
	case i < 0:
		return Report{}, &jaga.Error{Code: jaga.CodeNotFound, Field: "report", Msg: "the case has no such report"}
	case !list[i].Open():
		return Report{}, &jaga.Error{Code: jaga.CodeConflict, Field: "report", Msg: "report: it was " + string(list[i].State) + " already", Hint: "what is learned later is a report of its own that adds to it"}
	}
	return list[i], nil
}

func (s *Service) sentReport(tx *store.Tx, r *caseRow, actor string, one Report, got Receipt) error {
	if err := checkText("reference", got.Reference, 200); err != nil {
		return err
	}
	if got.Sent.IsZero() {
		got.Sent = time.UnixMicro(tx.Now())
	}
	if ahead := got.Sent.UnixMicro() - tx.Now(); ahead > (5*time.Minute).Microseconds() || ahead < -(366*24*time.Hour).Microseconds() {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "sent", Msg: "report: the time is in the future, or more than a year ago"}
	}
	if State(r.State) != StateReporting {
		if err := s.toReporting(tx, r, actor, one.ID); err != nil {
			return err
		}
	}
	one.State, one.EndedBy, one.EndedAt, one.SentAt, one.Reference, one.Why = ReportSent, actor, tx.Now(), got.Sent.UnixMicro(), got.Reference, ""
	if s.opt.KeepReference != nil {
		if until := s.opt.KeepReference(got.Sent); !until.IsZero() {
			one.KeepUntil = until.UnixMicro()
		}
	}
	if err := s.saveReport(tx, one); err != nil {
		return err
	}
	if err := s.index(tx, r.ID, one.Reference); err != nil {
		return err
	}
	if err := s.change(tx, r, actor, Reported, Data{Receipt: one.Reference, Report: one.ID, Sent: one.SentAt, Profile: one.Profile}, ""); err != nil {
		return err
	}
	running, err := s.running(tx, r.ID)
	if err != nil {
		return err
	}
	for _, c := range running {
		// A report without a receiver is of a program that files for all.
		if c.Kind() == ClockSendBy && (c.Profile == one.Profile || slices.Contains(got.Meets, c.Profile) || one.To == "") {
			if err := s.endClock(tx, r, actor, c, ClockMet, Data{Report: one.ID}, ""); err != nil {
				return err
			}
		}
	}
	list, err := s.reports(tx, r.ID)
	if err != nil || len(openReports(list)) == 0 {
		return err
	}
	return s.change(tx, r, actor, FollowedUp, Data{}, "")
}

// UnsentReport keeps that a report could not be sent, and why, in a person's
// words. It stays to be done, and the case cannot be closed before it is sent or
// not owed any more.
func (s *Service) UnsentReport(ctx context.Context, actor string, id, report int64, why string) error {
	why = strings.TrimSpace(why)
	if why == "" {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "why", Msg: "report: say why it could not be sent"}
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		one, err := s.openReport(tx, r, report)
		if err != nil {
			return err
		}
		return s.unsentReport(tx, r, actor, one, why)
	})
}

func (s *Service) unsentReport(tx *store.Tx, r *caseRow, actor string, one Report, why string) error {
	if err := checkText("why", why, 2000); err != nil {
		return err
	}
	if State(r.State) != StateReporting {
		if err := s.toReporting(tx, r, actor, one.ID); err != nil {
			return err
		}
	}
	one.State, one.EndedBy, one.EndedAt, one.Why = ReportUnsent, actor, tx.Now(), why
	if err := s.saveReport(tx, one); err != nil {
		return err
	}
	return s.change(tx, r, actor, ReportFailed, Data{Report: one.ID}, why)
}

// NoReport keeps that no report is owed about a case, or none any more, and why:
// what the decision asked for is cancelled, what was begun is dropped, and the
// send-by clocks end. The reason is sealed.
func (s *Service) NoReport(ctx context.Context, actor string, id int64, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "no_report", Msg: "no report: say why none is owed"}
	}
	if err := checkText("no_report", reason, MaxText); err != nil {
		return err
	}
	return s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error { return s.noReport(tx, r, actor, reason) })
}

func (s *Service) noReport(tx *store.Tx, r *caseRow, actor, reason string) error {
	if err := s.change(tx, r, actor, NoReportOwed, Data{}, reason); err != nil {
		return err
	}
	asked, err := s.wishes(tx, r)
	if err != nil {
		return err
	}
	for _, w := range asked {
		if w.State != "waiting" {
			continue
		}
		if _, err := tx.Exec(`UPDATE case_outbox SET state = 'cancelled' WHERE id = $1`, w.ID); err != nil {
			return err
		}
	}
	list, err := s.reports(tx, r.ID)
	if err != nil {
		return err
	}
	for _, one := range openReports(list) {
		one.State, one.EndedBy, one.EndedAt, one.Why = ReportDropped, actor, tx.Now(), reason
		if err := s.saveReport(tx, one); err != nil {
			return err
		}
	}
	running, err := s.running(tx, r.ID)
	if err != nil {
		return err
	}
	for _, c := range running {
		if c.Kind() == ClockSendBy {
			if err := s.endClock(tx, r, actor, c, ClockDropped, Data{Why: string(NoReportOwed)}, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// The following are for a program that files reports, in its own transaction. It
// has one report of a case on its way at a time.

// StartReport says that a report is on its way, to all whom it may concern.
func (s *Service) StartReport(tx *store.Tx, actor string, id int64) error {
	return s.within(tx, actor, id, func(r *caseRow) error {
		_, err := s.beginReport(tx, r, actor, ReportTo{})
		return err
	})
}

// ReportFailed keeps that a report did not get through; the case stays in
// reporting, and the error is seen. why is a short code, no text of others.
func (s *Service) ReportFailed(tx *store.Tx, actor string, id int64, why string) error {
	return s.within(tx, actor, id, func(r *caseRow) error {
		one, err := s.onItsWay(tx, r)
		if err != nil {
			return err
		}
		return s.unsentReport(tx, r, actor, one, why)
	})
}

// ReportDone keeps the receipt of a report.
func (s *Service) ReportDone(tx *store.Tx, actor string, id int64, receipt string) error {
	return s.within(tx, actor, id, func(r *caseRow) error {
		one, err := s.onItsWay(tx, r)
		if err != nil {
			return err
		}
		return s.sentReport(tx, r, actor, one, Receipt{Reference: receipt})
	})
}

func (s *Service) onItsWay(tx *store.Tx, r *caseRow) (Report, error) {
	list, err := s.reports(tx, r.ID)
	if err != nil {
		return Report{}, err
	}
	if list = openReports(list); len(list) == 0 {
		return Report{}, &jaga.Error{Code: jaga.CodeConflict, Field: "report", Msg: "report: none is on its way"}
	}
	return list[len(list)-1], nil
}

func (s *Service) within(tx *store.Tx, actor string, id int64, fn func(*caseRow) error) error {
	if err := checkActor(actor); err != nil {
		return err
	}
	if err := tx.Lock(); err != nil {
		return err
	}
	r, err := load(tx, id)
	if err != nil {
		return err
	}
	return fn(&r)
}
