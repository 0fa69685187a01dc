package console

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// reportPart is what a page tells of the reports about a case, and what of them is
// still to be done.
type reportPart struct {
	Lines []reportLine
	// Asked is set while a decision asks for a report that nobody has begun, and
	// Again is until when that decision can be taken back; 0 is over.
	Asked bool
	Again int64
	// Begins is set where the reader may begin one.
	Begins    bool
	Receivers []receiverChoice
	Sent      []casework.Report // that another one can add to
	Another   string            // a receiver that was typed
	Follows   string
	Zone      string
	Waits     casework.Waits
	// Left names what the case waits for before it can be closed.
	Left []string
}

// Shown reports whether there is anything to tell.
func (p *reportPart) Shown() bool {
	return p != nil && (p.Asked || p.Begins || len(p.Lines) > 0)
}

// receipt is the reference of the report that a custody record tells of, behind a
// dot: the record itself has the number of the report alone.
func (p *reportPart) receipt(rec custody.Record) string {
	var detail struct {
		Report int64 `json:"report,string"`
	}
	if p == nil || rec.Action != "case."+string(casework.Reported) || json.Unmarshal([]byte(rec.Detail), &detail) != nil {
		return ""
	}
	for _, l := range p.Lines {
		if l.ID == detail.Report && l.Report.Reference != "" {
			return " · " + l.Report.Reference
		}
	}
	return ""
}

// receiverChoice is a receiver of a law profile in force.
type receiverChoice struct {
	Value                  string // "us-2258a/ncmec"
	Name, Profile          string
	Way, Hours, OutOfHours string
	On                     bool
}

// reportLine is a report as the page shows it.
type reportLine struct {
	casework.Report
	By      string // who said last how far it is
	Follows string // the reference of the report that it adds to
	Meets   []choice
	// What was typed, and what ids of its fields end with.
	Reference, At, Reason, Suffix string
	Fault                         bool
}

// timeField is how forms write a time, in the zone of the server.
const timeField = "2006-01-02T15:04"

// formTime reads a time of a form; an empty one is zero.
func (c *console) formTime(text, field string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.ParseInLocation(timeField, text, c.zone)
	if err != nil {
		return time.Time{}, &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: "it is no time"}
	}
	return at, nil
}

// caseReports fills in what was reported. Whoever decides without knowing the
// first answer sees none of it.
func (c *console) caseReports(r *http.Request, v *casePage, names func(string) string) error {
	if v.Blind {
		return nil
	}
	s := c.say(r)
	list, err := c.Cases.Reports(r.Context(), v.Case.ID)
	if err != nil {
		return err
	}
	waits, err := c.Cases.Waits(r.Context(), v.Case.ID)
	if err != nil {
		return err
	}
	p := &reportPart{Waits: waits, Asked: waits.Report, Zone: c.now().In(c.zone).Format("MST")}
	if waits.Again > c.now().UnixMicro() {
		p.Again = waits.Again
	}
	typed := func(name string) string { return r.PostForm.Get(name) }
	for _, one := range list {
		line := reportLine{Report: one, By: names(one.BegunBy), At: c.now().In(c.zone).Format(timeField), Suffix: "-" + strconv.FormatInt(one.ID, 10)}
		if one.EndedBy != "" {
			line.By = names(one.EndedBy)
		}
		for _, other := range list {
			if other.ID == one.Follows {
				line.Follows = other.Reference
			}
		}
		if r.PathValue("report") == strconv.FormatInt(one.ID, 10) {
			line.Reference, line.At, line.Reason, line.Suffix, line.Fault = typed("reference"), typed("sent"), typed("why"), "", true
		}
		if one.Open() {
			for _, k := range v.Clocks {
				if k.Runs() && k.Kind() == casework.ClockSendBy && k.Profile != one.Profile {
					line.Meets = append(line.Meets, choice{k.Profile, c.lawName(s, k.Profile), slices.Contains(r.PostForm["meets"], k.Profile)})
				}
			}
		}
		if one.State == casework.ReportSent {
			p.Sent = append(p.Sent, one)
		}
		p.Lines = append(p.Lines, line)
	}
	began := v.Is("decided", "reporting", "reported", "follow_up", "closed")
	p.Begins = began && !v.Case.Held && p.Again == 0 && (p.Asked || len(list) > 0) && v.Here(string(auth.Decide))
	if p.Begins {
		p.Another, p.Follows = typed("name"), typed("follows")
		p.Receivers = c.receivers(s, typed("to"))
	}
	p.Left = c.leftOf(s, v, waits)
	v.Report = p
	// The outbox tells of what the platform does; reports are told of here.
	v.Outbox = slices.DeleteFunc(v.Outbox, func(a casework.Action) bool { return a.Name == wantReport && a.State != "cancelled" })
	return nil
}

// wantReport is the action of a decision that asks for a report.
const wantReport = "report"

// receivers are those of the law profiles in force.
func (c *console) receivers(s *speaker, chosen string) (out []receiverChoice) {
	for _, p := range c.Laws {
		for _, r := range p.Receivers {
			value := p.ID + "/" + r.ID
			out = append(out, receiverChoice{value, r.Name, p.Name.In(s.tag), s.word("casereport_way", r.Way), r.Hours.In(s.tag), r.OutOfHours.In(s.tag), value == chosen})
		}
	}
	return out
}

// leftOf names what a case waits for.
func (c *console) leftOf(s *speaker, v *casePage, w casework.Waits) (out []string) {
	for _, a := range w.Actions {
		out = append(out, s.t("casereport.left_action", "Action", s.want(a)))
	}
	if w.Report {
		out = append(out, s.t("casereport.left_asked"))
	}
	for _, r := range w.Reports {
		out = append(out, s.t("casereport.left_report", "To", r.To))
	}
	for _, k := range v.Clocks {
		if slices.ContainsFunc(w.Clocks, func(x casework.Clock) bool { return x.Case == k.Case && x.What == k.What && x.Profile == k.Profile }) {
			out = append(out, s.t("casereport.left_clock", "Clock", k.Name))
		}
	}
	return out
}

// caseReportBegin says that a report is begun.
func (c *console) caseReportBegin(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		to := casework.ReportTo{Name: strings.TrimSpace(r.PostForm.Get("name"))}
		if chosen := r.PostForm.Get("to"); chosen != "" && chosen != "other" {
			to.Name = ""
			to.Profile, to.Receiver, _ = strings.Cut(chosen, "/")
		}
		to.Follows, _ = strconv.ParseInt(r.PostForm.Get("follows"), 10, 64)
		_, err := c.Cases.BeginReport(r.Context(), actor(r), cs.ID, to)
		return "report_begun", err
	})
}

// caseReportResult says what became of a report; the button says which.
func (c *console) caseReportResult(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		report, err := strconv.ParseInt(r.PathValue("report"), 10, 64)
		if err != nil {
			return "", jaga.Errorf(jaga.CodeNotFound, "there is no such report")
		}
		switch r.PostForm.Get("do") {
		case "sent":
			at, err := c.formTime(r.PostForm.Get("sent"), "sent")
			if err != nil {
				return "", err
			}
			got := casework.Receipt{Reference: r.PostForm.Get("reference"), Sent: at, Meets: r.PostForm["meets"]}
			return "report_sent", c.Cases.SentReport(r.Context(), actor(r), cs.ID, report, got)
		case "failed":
			return "report_failed", c.Cases.UnsentReport(r.Context(), actor(r), cs.ID, report, r.PostForm.Get("why"))
		}
		return "", jaga.Errorf(jaga.CodeInvalid, "there is no such act")
	})
}

// caseNoReport says that no report is owed.
func (c *console) caseNoReport(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		return "no_report", c.Cases.NoReport(r.Context(), actor(r), cs.ID, r.PostForm.Get("no_report"))
	})
}

func (c *console) caseClose(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		return "closed", c.Cases.CloseWith(r.Context(), actor(r), cs.ID, casework.Closing{NoReport: r.PostForm.Get("no_report"), Clocks: r.PostForm.Get("clocks")})
	})
}
