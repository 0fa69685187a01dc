package api

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/taxonomy"
	"github.com/jaga-project/jaga/internal/tip"
)

// CaseHead is a case as lists show it.
type CaseHead struct {
	ID         int64          `json:"id" doc:"Its number." example:"1"`
	State      casework.State `json:"state" doc:"Where it stands." enum:"new,triage,in_review,second_review,decided,reporting,reported,follow_up,closed"`
	Queue      string         `json:"queue" doc:"Its queue." example:"default"`
	Form       string         `json:"form,omitempty" doc:"The form of harm, where one is stated." enum:"csam,grooming,live_stream,sextortion"`
	Band       string         `json:"band" doc:"Its band." enum:"observe,review,urgent" example:"review"`
	Risk       string         `json:"risk" doc:"What it is ordered by." enum:"imminent,live,threat,contact,new,known" example:"contact"`
	Welfare    bool           `json:"welfare" doc:"Whether both sides are children: support comes first."`
	Held       bool           `json:"held" doc:"Whether work on it is on hold."`
	Findings   int64          `json:"findings" doc:"How many findings it has."`
	Reports    int64          `json:"reports" doc:"How often users reported it."`
	MergedInto int64          `json:"merged_into,omitempty" doc:"The case that it became part of."`
	OpenedAt   time.Time      `json:"opened_at" doc:"When it was opened."`
	UpdatedAt  time.Time      `json:"updated_at" doc:"When it changed last."`
	DueAt      *time.Time     `json:"due_at,omitempty" doc:"When its earliest clock ends."`
}

// CaseList is a page of cases.
type CaseList struct {
	Cases []CaseHead `json:"cases" doc:"The cases." nullable:"false"`
	Next  string     `json:"next,omitempty" doc:"Send it as after to get the next page; absent on the last."`
}

// CaseDetail is a case with everything that holds no words of people.
type CaseDetail struct {
	CaseHead
	Clocks   []CaseClock   `json:"clocks" doc:"What must be done by when, the earliest first." nullable:"false"`
	Linked   []CaseFinding `json:"linked" doc:"A page of its findings, in the order in which they came." nullable:"false"`
	Next     int64         `json:"next,omitempty" doc:"Send it as after to get the next findings; absent on the last page."`
	Decision *CaseDecision `json:"decision,omitempty" doc:"The decision in force, once nobody has still to look and it can no longer be taken back."`
	Actions  []CaseAction  `json:"actions" doc:"What rules and decisions asked for, with what became of it." nullable:"false"`
	Crowd    *CaseCrowd    `json:"crowd,omitempty" doc:"Who reports it, in numbers; absent where no user did."`
}

// CaseClock is something that must be done by a time.
type CaseClock struct {
	What    string     `json:"what" doc:"What it is for." example:"send_by"`
	Profile string     `json:"profile" doc:"Whose clock it is." example:"id-komdigi"`
	Case    int64      `json:"case" doc:"The case that it is of: this one, or one that became part of it." example:"1"`
	DueAt   time.Time  `json:"due_at" doc:"When it ends."`
	MetAt   *time.Time `json:"met_at,omitempty" doc:"When it was done."`
	// A clock that was dropped has no MetAt.
	DroppedAt *time.Time `json:"dropped_at,omitempty" doc:"When somebody said that it need not be done."`
}

// CaseFinding is a finding of a case.
type CaseFinding struct {
	ID      int64         `json:"id" doc:"Its number in cases." example:"1"`
	Kind    casework.Kind `json:"kind" doc:"Where it is from." enum:"media,conversation,live,text,user_report,hotline,takedown"`
	Ref     string        `json:"ref" doc:"What it is there: an item, a finding of a conversation, a report." example:"019213a4-7c1e-7b2a-9d3e-5f60718293a4"`
	At      time.Time     `json:"at" doc:"When it happened."`
	Form    string        `json:"form,omitempty" doc:"The form of harm." enum:"csam,grooming,live_stream,sextortion"`
	Band    string        `json:"band" doc:"Its band." enum:"none,observe,review,urgent" example:"review"`
	HasText bool          `json:"has_text" doc:"Whether somebody wrote something, which is sealed and not shown here."`
}

// CaseDecision is what a decision says to programs.
type CaseDecision struct {
	Outcome      casework.Outcome `json:"outcome" doc:"What happened, as people decided." enum:"confirmed,not_confirmed,undetermined,welfare"`
	DecidedAt    time.Time        `json:"decided_at" doc:"When."`
	TableVersion int              `json:"table_version" doc:"The version of the table that the scales were derived by."`
	Scales       []CaseScale      `json:"scales" doc:"What the scales of the field make of the facts." nullable:"false"`
}

// CaseScale is what one scale says.
type CaseScale struct {
	Scale   taxonomy.Scale `json:"scale" doc:"The scale." example:"iccam"`
	Conduct string         `json:"conduct,omitempty" doc:"The conduct that it is about, on scales that have one value for each."`
	Kind    taxonomy.Kind  `json:"kind" doc:"Whether there is a value, whether the scale does not apply, or whether a person has to say." enum:"value,none,person"`
	Value   string         `json:"value,omitempty" doc:"The value, in the table's own words."`
}

// CaseCrowd says whether one voice reports, many, or many at once. It is told,
// and never makes a case more urgent.
type CaseCrowd struct {
	Reports     int64     `json:"reports" doc:"All reports, repeated ones included."`
	Different   int64     `json:"different" doc:"Those that say something of their own."`
	Reporters   int64     `json:"reporters" doc:"People who report, as far as they are named."`
	Unnamed     int64     `json:"unnamed" doc:"Reports of which nobody is named."`
	FirstAt     time.Time `json:"first_at" doc:"When the first one came."`
	LastAt      time.Time `json:"last_at" doc:"When the last one came."`
	BusiestHour int64     `json:"busiest_hour" doc:"The most in one hour."`
}

type casesInput struct {
	Queue        []string  `query:"queue" doc:"Only these queues." maxItems:"50"`
	State        []string  `query:"state" doc:"Only these states." maxItems:"9" enum:"new,triage,in_review,second_review,decided,reporting,reported,follow_up,closed"`
	UpdatedSince time.Time `query:"updated_since" doc:"Only what changed at this time or later."`
	Order        string    `query:"order" doc:"What changed last first, or what was reported most often first." enum:"updated,reports" default:"updated"`
	After        string    `query:"after" doc:"Continue behind this place: next of the page before." maxLength:"64"`
	Limit        int       `query:"limit" doc:"How many." minimum:"1" maximum:"500" default:"50"`
}

type caseInput struct {
	ID    int64 `path:"id" doc:"The number of the case." minimum:"1" example:"1"`
	After int64 `query:"after" doc:"Continue behind this finding." minimum:"0"`
	Limit int   `query:"limit" doc:"How many findings." minimum:"1" maximum:"500" default:"100"`
}

func (s *server) registerCases() {
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/cases", OperationID: "list-cases", Tags: []string{tagCases},
		Summary: "List cases", Description: "What changed last comes first; begin the next time with the newest `updated_at` that you have. No words of people are in it.", Security: needs(auth.CasesRead)}, s.listCases)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/cases/{id}", OperationID: "get-case", Tags: []string{tagCases},
		Summary: "Read one case", Description: "Its state, clocks, findings and, once it stands, what was decided; no words of people, and nobody who works on it.", Security: needs(auth.CasesRead), Errors: []int{404}}, s.getCase)
}

var riskWords = map[casework.Risk]string{casework.RiskImminent: "imminent", casework.RiskLive: "live", casework.RiskThreat: "threat",
	casework.RiskContact: "contact", casework.RiskNew: "new", casework.RiskKnown: "known"}

func caseHead(c casework.Case, reports int64) CaseHead {
	return CaseHead{ID: c.ID, State: c.State, Queue: c.Queue, Form: string(c.Form), Band: max(c.Band, jaga.BandObserve).String(), Risk: riskWords[c.Risk], Welfare: c.Path == casework.PathWelfare,
		Held: c.Held, Findings: c.Findings, Reports: reports, MergedInto: c.MergedInto, OpenedAt: micros(c.OpenedAt), UpdatedAt: micros(c.UpdatedAt), DueAt: microsOrNil(c.DueAt)}
}

func (s *server) listCases(ctx context.Context, in *casesInput) (*struct{ Body CaseList }, error) {
	f := casework.Filter{Order: casework.ByUpdate, Limit: in.Limit, Real: true}
	for _, q := range in.Queue {
		if err := casework.CheckQueue(q); err != nil {
			return nil, err
		}
		f.Queues = append(f.Queues, q)
	}
	for _, st := range in.State {
		f.States = append(f.States, casework.State(st))
	}
	place, err := parsePlace(in.After)
	if err != nil {
		return nil, err
	}
	var list []casework.Case
	var next string
	if in.Order == "reports" {
		list, next, err = s.mostReported(ctx, f, in.UpdatedSince, place)
	} else {
		list, next, err = s.lastChanged(ctx, f, in.UpdatedSince, place)
	}
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	counts, err := s.Reports.Counts(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body CaseList }{CaseList{Cases: []CaseHead{}, Next: next}}
	for _, c := range list {
		out.Body.Cases = append(out.Body.Cases, caseHead(c, counts[c.ID]))
	}
	return out, nil
}

func (s *server) lastChanged(ctx context.Context, f casework.Filter, since time.Time, at *[2]int64) ([]casework.Case, string, error) {
	if at != nil {
		f.After = &casework.Place{At: at[0], ID: at[1]}
	}
	page, err := s.Cases.List(ctx, f)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if page.Next != nil {
		next = placeText(page.Next.At, page.Next.ID)
	}
	if !since.IsZero() {
		for i, c := range page.Cases {
			if c.UpdatedAt < since.UnixMicro() {
				return page.Cases[:i], "", nil // what follows is older still
			}
		}
	}
	return page.Cases, next, nil
}

// mostScanned bounds the cases that are looked at for one page by reports.
const mostScanned = 2000

func (s *server) mostReported(ctx context.Context, f casework.Filter, since time.Time, at *[2]int64) (out []casework.Case, next string, err error) {
	var after *tip.Reported
	if at != nil {
		after = &tip.Reported{Times: at[0], Case: at[1]}
	}
	for scanned := 0; scanned < mostScanned; {
		list, err := s.Reports.MostReported(ctx, after, f.Limit)
		if err != nil {
			return nil, "", err
		}
		for _, r := range list {
			after = &r
			scanned++
			c, _, err := s.Cases.Get(ctx, r.Case)
			if err != nil {
				return nil, "", err
			}
			if len(f.Queues) > 0 && !slices.Contains(f.Queues, c.Queue) || len(f.States) > 0 && !slices.Contains(f.States, c.State) ||
				!since.IsZero() && c.UpdatedAt < since.UnixMicro() || c.MergedInto != 0 {
				continue
			}
			if out = append(out, c); len(out) == f.Limit {
				return out, placeText(r.Times, r.Case), nil
			}
		}
		if len(list) < f.Limit {
			return out, "", nil
		}
	}
	return out, placeText(after.Times, after.Case), nil
}

// A place is where a page ended, as two numbers.
func placeText(a, id int64) string {
	return strconv.FormatInt(a, 10) + "-" + strconv.FormatInt(id, 10)
}

func parsePlace(text string) (*[2]int64, error) {
	if text == "" {
		return nil, nil
	}
	a, b, _ := strings.Cut(text, "-")
	x, err1 := strconv.ParseInt(a, 10, 64)
	y, err2 := strconv.ParseInt(b, 10, 64)
	if err1 != nil || err2 != nil {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "after", Msg: "it is no place in a list", Hint: "send next of the page before"}
	}
	return &[2]int64{x, y}, nil
}

func (s *server) getCase(ctx context.Context, in *caseInput) (*struct{ Body CaseDetail }, error) {
	c, _, err := s.Cases.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	switch gold, err := s.Cases.IsGold(ctx, c.ID); {
	case err != nil:
		return nil, err
	case gold: // programs have none of them
		return nil, &jaga.Error{Code: jaga.CodeNotFound, Field: "case", Msg: "there is no case of this number"}
	}
	if err := s.Cases.Read(ctx, actor(ctx), c.ID); err != nil {
		return nil, err
	}
	crowd, err := s.Reports.Crowd(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	d := CaseDetail{CaseHead: caseHead(c, crowd.Reports), Clocks: []CaseClock{}, Linked: []CaseFinding{}}
	if crowd.Reports > 0 {
		d.Crowd = &CaseCrowd{crowd.Reports, crowd.Different, crowd.Reporters, crowd.Unnamed, micros(crowd.First), micros(crowd.Last), crowd.Busiest}
	}
	clocks, err := s.Cases.Clocks(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range clocks {
		d.Clocks = append(d.Clocks, caseClock(k))
	}
	if d.Actions, err = s.caseActions(ctx, c.ID); err != nil {
		return nil, err
	}
	linked, err := s.Cases.Findings(ctx, c.ID, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	for _, l := range linked {
		d.Linked = append(d.Linked, CaseFinding{l.ID, l.Kind, l.Ref, micros(l.At), string(l.Form), l.Band.String(), l.HasText})
	}
	if len(linked) == in.Limit {
		d.Next = linked[len(linked)-1].ID
	}
	r, ok, err := s.Cases.Ruling(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if ok {
		d.Decision = &CaseDecision{Outcome: r.Outcome, DecidedAt: micros(r.At), TableVersion: r.Derived.Version, Scales: []CaseScale{}}
		for _, x := range r.Derived.Results {
			d.Decision.Scales = append(d.Decision.Scales, CaseScale{x.Scale, x.Conduct, x.Kind, x.Value})
		}
	}
	return &struct{ Body CaseDetail }{d}, nil
}
