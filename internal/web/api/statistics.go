package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// Statistics are figures of the work, in which nobody can be recognised.
type Statistics struct {
	Days    int        `json:"days" doc:"How far back what has a time goes." example:"90"`
	Waiting *int64     `json:"waiting" doc:"Cases that wait for somebody." nullable:"true"`
	Overdue *int64     `json:"overdue" doc:"Cases past a time that something must be done by." nullable:"true"`
	Soon    *int64     `json:"soon" doc:"Cases within four hours of one." nullable:"true"`
	Oldest  *time.Time `json:"oldest,omitempty" doc:"Since when the oldest one waits."`
	Weeks   []WeekFlow `json:"weeks" doc:"The last twelve weeks, which begin on Mondays." nullable:"false"`
	Forms   []OpenOf   `json:"forms" doc:"Cases that are not closed, by form." nullable:"false"`
	Risks   []OpenOf   `json:"risks" doc:"Cases that are not closed, by what they are ordered by." nullable:"false"`
	// What people decided.
	Decided  *int64      `json:"decided" doc:"First decisions." nullable:"true"`
	Second   *int64      `json:"second" doc:"Decisions that a second person looked at as well." nullable:"true"`
	Outcomes []CountOf   `json:"outcomes" doc:"Decisions in force, by outcome." nullable:"false"`
	Looks    []FirstLook `json:"first_look" doc:"How long cases waited for the first person." nullable:"false"`
	// How well.
	AgreementPercent *float64 `json:"agreement_percent,omitempty" doc:"How often the second person decided as the first one did; absent where there are too few."`
	QualityPercent   *float64 `json:"quality_percent,omitempty" doc:"How often made-up cases with a known answer were decided rightly; absent where there are too few."`
}

// WeekFlow is what came in and was decided in a week.
type WeekFlow struct {
	From    string `json:"from" doc:"Its Monday, in the zone of the server." example:"2026-11-02"`
	CameIn  *int64 `json:"came_in" doc:"Cases that were opened." nullable:"true"`
	Decided *int64 `json:"decided" doc:"Cases that were decided." nullable:"true"`
}

// OpenOf is how many cases of a kind are open.
type OpenOf struct {
	Name string `json:"name" doc:"The form, or the risk." example:"grooming"`
	Open *int64 `json:"open" doc:"How many are not closed." nullable:"true"`
}

// CountOf is how many there are of a kind.
type CountOf struct {
	Name string `json:"name" doc:"The outcome." example:"confirmed"`
	N    *int64 `json:"n" doc:"How many." nullable:"true"`
}

// FirstLook is how long cases of a risk waited.
type FirstLook struct {
	Risk   string `json:"risk" doc:"The risk." example:"contact"`
	Cases  *int64 `json:"cases" doc:"How many cases; without a number, nothing else is told." nullable:"true"`
	Median *int64 `json:"median_seconds,omitempty" doc:"Half of them waited no longer."`
	Ninth  *int64 `json:"nine_of_ten_seconds,omitempty" doc:"Nine of ten waited no longer."`
}

type statisticsInput struct {
	Days int `query:"days" doc:"How far back: 30, 90 or 365." default:"90"`
}

func (s *server) registerStatistics() {
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/statistics", OperationID: "get-statistics", Tags: []string{tagStatus},
		Summary: "Read figures of the work", Description: "Those of the console's page of statistics, over all queues and people together. A number between 1 and 4 is null, and so is one that could be got by taking the others from a sum.",
		Security: needs(auth.StatisticsRead)}, s.statistics)
}

// figure is a number, or nothing where it is too small to be told.
func figure(n int64) *int64 {
	if n == casework.Suppressed {
		return nil
	}
	return &n
}

// alone hides one number that is no part of a sum.
func alone(n int64) *int64 { return figure(casework.TellOne(n)) }

func (s *server) statistics(ctx context.Context, in *statisticsInput) (*struct{ Body Statistics }, error) {
	if !slices.Contains([]int{30, 90, 365}, in.Days) {
		// Other stretches, laid over these, would give small numbers away.
		return nil, invalid("days", "it is not 30, 90 or 365")
	}
	now := s.DB.Now()
	since := now.AddDate(0, 0, -in.Days)
	st, err := s.Cases.Stats(ctx, nil)
	if err != nil {
		return nil, err
	}
	out := Statistics{Days: in.Days, Waiting: alone(st.Waiting), Overdue: alone(st.Overdue), Soon: alone(st.Soon), Looks: []FirstLook{}}
	if out.Waiting != nil {
		out.Oldest = microsOrNil(st.Oldest)
	}
	weeks, err := s.Cases.Weeks(ctx, now.In(time.Local), statisticsWeeks)
	if err != nil {
		return nil, err
	}
	for _, w := range weeks {
		out.Weeks = append(out.Weeks, WeekFlow{w.From.Format(time.DateOnly), figure(w.CameIn), figure(w.Decided)})
	}
	forms, risks := map[string]int64{}, map[string]int64{}
	for _, c := range st.Counts {
		forms[string(c.Form)] += c.N
		risks[riskWords[c.Risk]] += c.N
	}
	var names []string
	for _, f := range jaga.Forms() {
		names = append(names, string(f))
	}
	out.Forms = openOf(names, forms)
	names = nil
	for _, r := range casework.Risks() {
		names = append(names, riskWords[r])
	}
	out.Risks = openOf(names, risks)
	f, err := s.Cases.Figures(ctx, since)
	if err != nil {
		return nil, err
	}
	out.Decided, out.Second = figure(f.Decided), figure(f.Second)
	for _, o := range casework.Outcomes() {
		out.Outcomes = append(out.Outcomes, CountOf{string(o), figure(f.Outcomes[o])})
	}
	for _, l := range f.Looks {
		one := FirstLook{Risk: riskWords[l.Risk], Cases: figure(l.Cases)}
		if one.Cases != nil {
			median, ninth := int64(l.Median/time.Second), int64(l.Ninth/time.Second)
			one.Median, one.Ninth = &median, &ninth
		}
		out.Looks = append(out.Looks, one)
	}
	a, err := s.Cases.Agreement(ctx, since)
	if err != nil {
		return nil, err
	}
	if a.Pairs > 0 && !a.Suppressed {
		out.AgreementPercent = &a.Percent
	}
	q, err := s.Cases.Quality(ctx, since)
	if err != nil {
		return nil, err
	}
	if q.Decisions > 0 && !q.Suppressed {
		right := 100 * float64(q.Right) / float64(q.Decisions)
		out.QualityPercent = &right
	}
	return &struct{ Body Statistics }{out}, nil
}

func openOf(names []string, by map[string]int64) (out []OpenOf) {
	numbers := make([]int64, len(names))
	for i, name := range names {
		numbers[i] = by[name]
	}
	for i, n := range casework.Tell(numbers) {
		out = append(out, OpenOf{names[i], figure(n)})
	}
	return out
}

// statisticsWeeks is how many weeks are told, as on the page.
const statisticsWeeks = 12
