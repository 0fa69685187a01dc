package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// CaseReport is a report about a case to somebody outside, which was filed by the
// receiver's own form.
type CaseReport struct {
	ID        int64                `json:"id" doc:"Its number." example:"1"`
	Profile   string               `json:"profile,omitempty" doc:"The law profile of the receiver, where it is of one." example:"us-2258a"`
	Receiver  string               `json:"receiver,omitempty" doc:"The receiver in the profile." example:"ncmec"`
	To        string               `json:"to,omitempty" doc:"The name of the receiver." example:"NCMEC CyberTipline"`
	Follows   int64                `json:"follows,omitempty" doc:"The report that it adds to."`
	State     casework.ReportState `json:"state" doc:"How far it is. begun and failed are still to be done." enum:"begun,failed,sent,dropped" example:"sent"`
	BegunAt   time.Time            `json:"begun_at" doc:"When it was begun."`
	SentAt    *time.Time           `json:"sent_at,omitempty" doc:"When it was sent."`
	Reference string               `json:"reference,omitempty" doc:"The number that the receiver gave it, or how it can be found again." example:"CT-100"`
	KeepUntil *time.Time           `json:"keep_until,omitempty" doc:"Until when the profiles in force have the reference kept."`
}

// CaseReports are the reports about a case.
type CaseReports struct {
	Reports []CaseReport `json:"reports" doc:"The oldest first." nullable:"false"`
}

// NewCaseReport says whom a report is for.
type NewCaseReport struct {
	Profile  string `json:"profile,omitempty" doc:"The law profile of the receiver; it must be in force." maxLength:"80" example:"us-2258a"`
	Receiver string `json:"receiver,omitempty" doc:"The receiver in the profile." maxLength:"80" example:"ncmec"`
	To       string `json:"to,omitempty" doc:"Instead of both: the name of another receiver." maxLength:"200"`
	Follows  int64  `json:"follows,omitempty" doc:"The report of the case that was sent before, which this one adds to." minimum:"0"`
}

// CaseReportResult says what became of a report.
type CaseReportResult struct {
	Result    string     `json:"result" doc:"Whether it was sent." enum:"sent,failed" example:"sent"`
	Reference string     `json:"reference,omitempty" doc:"Where it was sent: the number that you got, or how it can be found again." maxLength:"200" example:"CT-100"`
	SentAt    *time.Time `json:"sent_at,omitempty" doc:"When; now unless it is said."`
	Meets     []string   `json:"meets,omitempty" doc:"Profiles whose send-by clocks it meets, besides that of its receiver." maxItems:"20"`
	Why       string     `json:"why,omitempty" doc:"Where it could not be sent: why. It is sealed." maxLength:"2000"`
}

// CaseReason is why something need not be done. It is sealed.
type CaseReason struct {
	Reason string `json:"reason" doc:"Why, in words. They are sealed." minLength:"1" maxLength:"8000" example:"A partner has reported the same"`
}

// NewCaseClock is a clock that somebody enters.
type NewCaseClock struct {
	Kind      string    `json:"kind" doc:"What it is for." enum:"send_by,takedown,question,letter,breach" example:"takedown"`
	Profile   string    `json:"profile" doc:"The law profile that it is of, or another short name." minLength:"1" maxLength:"80" example:"id-komdigi"`
	Received  time.Time `json:"received_at" doc:"When it came."`
	DueAt     time.Time `json:"due_at" doc:"By when."`
	Authority string    `json:"authority,omitempty" doc:"Whose demand it is; orders, questions and letters need it. It is sealed." maxLength:"200" example:"Komdigi"`
	Letter    string    `json:"letter,omitempty" doc:"The number of the letter. It is sealed." maxLength:"200"`
	Reason    string    `json:"reason" doc:"What is demanded, in words. They are sealed." minLength:"1" maxLength:"8000" example:"Take the post down"`
}

// CaseClockEnd says what became of a clock.
type CaseClockEnd struct {
	What    string `json:"what" doc:"As clocks of the case name it." minLength:"1" maxLength:"80" example:"takedown"`
	Profile string `json:"profile" doc:"Likewise." minLength:"1" maxLength:"80" example:"id-komdigi"`
	Case    int64  `json:"case,omitempty" doc:"The case that it is of, where it became part of this one." minimum:"0"`
	Result  string `json:"result" doc:"Whether it was done, or need not be." enum:"met,dropped" example:"met"`
	Reason  string `json:"reason,omitempty" doc:"What was done, or why it need not be, which must be said. It is sealed." maxLength:"8000"`
}

// CaseClosing says what became of what a case still waits for.
type CaseClosing struct {
	NoReport string `json:"no_report,omitempty" doc:"Why no report is owed, where one is. It is sealed." maxLength:"8000"`
	Clocks   string `json:"clocks,omitempty" doc:"Why the clocks that run need not be met. It is sealed." maxLength:"8000"`
}

type caseNumber struct {
	ID int64 `path:"id" doc:"The number of the case." minimum:"1" example:"1"`
}

func (s *server) registerFiling() {
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/cases/{id}/reports", OperationID: "list-case-reports", Tags: []string{tagCases},
		Summary: "List the reports about a case", Description: "What was reported to authorities and others, with the references that they gave.", Security: needs(auth.CasesRead), Errors: []int{404}}, s.listCaseReports)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/cases/{id}/reports", OperationID: "begin-case-report", Tags: []string{tagCases}, DefaultStatus: http.StatusCreated,
		Summary: "Begin a report about a case", Description: "Says that somebody, or your own program, begins to report the case by the receiver's form. Nothing is sent from here. The decision in force must ask for a report and can no longer be taken back; the first report of an installation needs a decision by two people.",
		Security: needs(auth.CasesWrite), Errors: []int{404, 409}}, s.beginCaseReport)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/cases/{id}/reports/{report}/result", OperationID: "end-case-report", Tags: []string{tagCases}, DefaultStatus: http.StatusNoContent,
		Summary: "Say what became of a report", Description: "With a reference it is sent, and the send-by clock of its profile is met. One that could not be sent stays to be done.", Security: needs(auth.CasesWrite), Errors: []int{404, 409}}, s.endCaseReport)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/cases/{id}/no-report", OperationID: "no-case-report", Tags: []string{tagCases}, DefaultStatus: http.StatusNoContent,
		Summary: "Say that no report is owed", Description: "Cancels the report that a decision asks for, drops what was begun and not sent, and ends the send-by clocks.", Security: needs(auth.CasesWrite), Errors: []int{404, 409}}, s.noCaseReport)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/cases/{id}/clocks", OperationID: "add-case-clock", Tags: []string{tagCases}, DefaultStatus: http.StatusCreated,
		Summary: "Add a clock", Description: "For what somebody demands: an order to take content down, a question, a letter. A closed case is followed up again.", Security: needs(auth.CasesWrite), Errors: []int{404, 409}}, s.addCaseClock)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/cases/{id}/clocks/result", OperationID: "end-case-clock", Tags: []string{tagCases}, DefaultStatus: http.StatusNoContent,
		Summary: "Say what became of a clock", Description: "It was met, or need not be.", Security: needs(auth.CasesWrite), Errors: []int{404}}, s.endCaseClock)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/cases/{id}/close", OperationID: "close-case", Tags: []string{tagCases}, DefaultStatus: http.StatusNoContent,
		Summary: "Close a case", Description: "Refused while it waits for something: the field of the error is `waits_actions`, `waits_report` or `waits_clocks`, and the detail names it.", Security: needs(auth.CasesWrite), Errors: []int{404, 409}}, s.closeCase)
}

func caseReport(r casework.Report) CaseReport {
	return CaseReport{ID: r.ID, Profile: r.Profile, Receiver: r.Receiver, To: r.To, Follows: r.Follows, State: r.State, BegunAt: micros(r.BegunAt), SentAt: microsOrNil(r.SentAt),
		Reference: r.Reference, KeepUntil: microsOrNil(r.KeepUntil)}
}

func caseClock(k casework.Clock) CaseClock {
	one := CaseClock{What: k.What, Profile: k.Profile, Case: k.Case, DueAt: k.Due.UTC()}
	if !k.Met.IsZero() {
		one.MetAt = microsOrNil(k.Met.UnixMicro())
	}
	if !k.Dropped.IsZero() {
		one.DroppedAt = microsOrNil(k.Dropped.UnixMicro())
	}
	return one
}

func (s *server) listCaseReports(ctx context.Context, in *caseNumber) (*struct{ Body CaseReports }, error) {
	if _, _, err := s.Cases.Get(ctx, in.ID); err != nil {
		return nil, err
	}
	list, err := s.Cases.Reports(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body CaseReports }{CaseReports{Reports: []CaseReport{}}}
	for _, r := range list {
		out.Body.Reports = append(out.Body.Reports, caseReport(r))
	}
	return out, nil
}

func (s *server) beginCaseReport(ctx context.Context, in *struct {
	ID   int64 `path:"id" doc:"The number of the case." minimum:"1" example:"1"`
	Body NewCaseReport
}) (*struct{ Body CaseReport }, error) {
	b := in.Body
	id, err := s.Cases.BeginReport(ctx, actor(ctx), in.ID, casework.ReportTo{Profile: b.Profile, Receiver: b.Receiver, Name: b.To, Follows: b.Follows})
	if err != nil {
		return nil, err
	}
	list, err := s.Cases.Reports(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body CaseReport }{}
	for _, r := range list {
		if r.ID == id {
			out.Body = caseReport(r)
		}
	}
	return out, nil
}

func (s *server) endCaseReport(ctx context.Context, in *struct {
	ID     int64 `path:"id" doc:"The number of the case." minimum:"1" example:"1"`
	Report int64 `path:"report" doc:"The number of the report." minimum:"1" example:"1"`
	Body   CaseReportResult
}) (*struct{}, error) {
	if in.Body.Result == "failed" {
		return nil, s.Cases.UnsentReport(ctx, actor(ctx), in.ID, in.Report, in.Body.Why)
	}
	got := casework.Receipt{Reference: in.Body.Reference, Meets: in.Body.Meets}
	if in.Body.SentAt != nil {
		got.Sent = *in.Body.SentAt
	}
	return nil, s.Cases.SentReport(ctx, actor(ctx), in.ID, in.Report, got)
}

func (s *server) noCaseReport(ctx context.Context, in *struct {
	ID   int64 `path:"id" doc:"The number of the case." minimum:"1" example:"1"`
	Body CaseReason
}) (*struct{}, error) {
	return nil, s.Cases.NoReport(ctx, actor(ctx), in.ID, in.Body.Reason)
}

func (s *server) addCaseClock(ctx context.Context, in *struct {
	ID   int64 `path:"id" doc:"The number of the case." minimum:"1" example:"1"`
	Body NewCaseClock
}) (*struct{ Body CaseClock }, error) {
	b := in.Body
	k, err := s.Cases.AddClock(ctx, actor(ctx), in.ID, casework.Clock{What: b.Kind, Profile: b.Profile, Start: b.Received, Due: b.DueAt, Authority: b.Authority, Letter: b.Letter}, b.Reason)
	if err != nil {
		return nil, err
	}
	return &struct{ Body CaseClock }{caseClock(k)}, nil
}

func (s *server) endCaseClock(ctx context.Context, in *struct {
	ID   int64 `path:"id" doc:"The number of the case." minimum:"1" example:"1"`
	Body CaseClockEnd
}) (*struct{}, error) {
	of := casework.Clock{Case: in.ID, What: in.Body.What, Profile: in.Body.Profile}
	if in.Body.Case > 0 {
		of.Case = in.Body.Case
	}
	return nil, s.Cases.EndClock(ctx, actor(ctx), in.ID, of, in.Body.Result == "met", in.Body.Reason)
}

func (s *server) closeCase(ctx context.Context, in *struct {
	ID   int64 `path:"id" doc:"The number of the case." minimum:"1" example:"1"`
	Body CaseClosing
}) (*struct{}, error) {
	return nil, s.Cases.CloseWith(ctx, actor(ctx), in.ID, casework.Closing{NoReport: in.Body.NoReport, Clocks: in.Body.Clocks})
}
