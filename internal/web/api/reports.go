package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/tip"
)

// notSure is the form of a report whose author does not know what it is.
const notSure = "not_sure"

// NewReport is what a user of a platform reports.
type NewReport struct {
	ID           string     `json:"id" doc:"The platform's own id of the report. Sent again, it gets the same answer." minLength:"1" maxLength:"200" example:"report-88"`
	Account      string     `json:"account" doc:"Who is reported, by a pseudonymous identifier, never a name." minLength:"1" maxLength:"512" example:"acc-7"`
	Reporter     string     `json:"reporter,omitempty" doc:"Who reports, likewise. Without it they stay unnamed." maxLength:"512" example:"acc-9"`
	Form         string     `json:"form" doc:"What they think it is." enum:"csam,grooming,live_stream,sextortion,not_sure" example:"grooming"`
	ChildSafe    string     `json:"child_safe,omitempty" doc:"Whether the child is safe now, as they know. no makes the case urgent." enum:"yes,no,unknown" default:"unknown" example:"unknown"`
	Text         string     `json:"text,omitempty" doc:"Their words. They are sealed." maxLength:"8000" example:"Keeps asking how old I am"`
	Content      []string   `json:"content,omitempty" doc:"The platform's ids of what it is about: posts, messages." maxItems:"50" example:"[\"post-4711\"]"`
	Conversation string     `json:"conversation,omitempty" doc:"The conversation it is about, as in messages." maxLength:"512" example:"room-3"`
	Items        []string   `json:"items,omitempty" doc:"Items that were handed in here." maxItems:"50"`
	Links        []string   `json:"links,omitempty" doc:"Addresses, as text. Nothing is ever fetched." maxItems:"50"`
	At           *time.Time `json:"at,omitempty" doc:"When it happened; now unless it is said."`
	Language     string     `json:"language,omitempty" doc:"The language of the words." maxLength:"35" example:"en"`
}

// ReportReceipt says what became of a report.
type ReportReceipt struct {
	ID       string `json:"id" doc:"Its id here." example:"019213a4-7c1e-7b2a-9d3e-5f60718293a4"`
	Case     int64  `json:"case" doc:"The case that it came to." example:"1"`
	Joined   bool   `json:"joined" doc:"Whether the case was there already."`
	Repeated bool   `json:"repeated" doc:"Whether the same person had said the same of the same account: it was counted, and not linked again."`
	Times    int64  `json:"times" doc:"How often that was said by then." minimum:"1"`
}

// ReportStatus says how far a report is, and nothing of people or of what was
// decided.
type ReportStatus struct {
	ID         string    `json:"id" doc:"Its id here." example:"019213a4-7c1e-7b2a-9d3e-5f60718293a4"`
	Case       int64     `json:"case" doc:"The case that it is in now." example:"1"`
	Status     tip.Stage `json:"status" doc:"How far it is." enum:"received,in_review,decided,closed"`
	Times      int64     `json:"times" doc:"How often it was said."`
	ReceivedAt time.Time `json:"received_at" doc:"When it came first."`
}

// NewAppeal is somebody's objection to a decision.
type NewAppeal struct {
	ID       string `json:"id" doc:"The platform's own id of the appeal. Sent again, it changes nothing." minLength:"1" maxLength:"200" example:"appeal-5"`
	Text     string `json:"text" doc:"Their words. They are sealed." minLength:"1" maxLength:"8000" example:"This was a picture of a statue"`
	Language string `json:"language,omitempty" doc:"The language of the words." maxLength:"35" example:"en"`
}

type reportID struct {
	ID string `path:"id" doc:"The id that the answer to the report has." maxLength:"64" example:"019213a4-7c1e-7b2a-9d3e-5f60718293a4"`
}

func (s *server) registerReports() {
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/reports", OperationID: "create-report", Tags: []string{tagReports}, DefaultStatus: http.StatusAccepted,
		Summary: "Hand in what a user reports", Description: "For the report button of a platform. The report is stored as part of a case before it is answered. Text only: no file is taken, and no link is opened.\n\nWhere there are too many of one key, of one person or about one account, the answer is 503; send the report again later, with the same id.",
		Security: needs(auth.ReportsWrite), Errors: []int{409, 503}}, s.createReport)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/reports/{id}", OperationID: "get-report", Tags: []string{tagReports},
		Summary: "Read how far a report is", Description: "Only for the key that handed it in.", Security: needs(auth.ReportsWrite), Errors: []int{404}}, s.getReport)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/cases/{id}/appeals", OperationID: "create-appeal", Tags: []string{tagReports}, DefaultStatus: http.StatusNoContent,
		Summary: "Forward an appeal", Description: "Has a decided case decided on again, by a person who has not decided on it before. What was waiting to go out is cancelled. A key can appeal in cases that it handed something in for; one that may read cases, in all.",
		Security: needs(auth.ReportsWrite), Errors: []int{404, 409}}, s.createAppeal)
}

func (s *server) createReport(ctx context.Context, in *struct{ Body NewReport }) (*struct{ Body ReportReceipt }, error) {
	b := in.Body
	r := tip.Report{Ref: b.ID, Account: b.Account, Reporter: b.Reporter, Form: jaga.Form(b.Form), Safe: tip.Safe(b.ChildSafe), Text: b.Text,
		Content: b.Content, Items: b.Items, Links: b.Links, Conversation: b.Conversation, Lang: b.Language}
	if b.Form == notSure {
		r.Form = ""
	}
	if b.At != nil {
		r.At = *b.At
	}
	got, err := s.Reports.Take(ctx, actor(ctx), r)
	if err != nil {
		return nil, err
	}
	return &struct{ Body ReportReceipt }{ReportReceipt{got.ID, got.Case, got.Joined, got.Repeated(), got.Times}}, nil
}

func (s *server) getReport(ctx context.Context, in *reportID) (*struct{ Body ReportStatus }, error) {
	got, err := s.Reports.Status(ctx, actor(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	return &struct{ Body ReportStatus }{ReportStatus{got.ID, got.Case, got.Stage, got.Times, got.First.UTC()}}, nil
}

func (s *server) createAppeal(ctx context.Context, in *struct {
	ID   int64 `path:"id" doc:"The number of the case." minimum:"1" example:"1"`
	Body NewAppeal
}) (*struct{}, error) {
	who, _ := auth.From(ctx)
	return nil, s.Reports.Appeal(ctx, who.Actor, who.May(auth.CasesRead), in.ID, tip.Appeal{Ref: in.Body.ID, Text: in.Body.Text, Lang: in.Body.Language})
}
