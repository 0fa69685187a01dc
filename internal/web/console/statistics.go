package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
)

// statisticsPage is figures of the work in which nobody can be recognised. A
// number between 1 and 4 is not in it, nor one that could be got by taking the
// others from a sum.
type statisticsPage struct {
	page
	Days      int
	Flow      flow
	Tables    []figureTable
	Waits     int64
	Overdue   int64
	Soon      int64
	Oldest    int64
	Figures   casework.Figures
	Share     float64 // of decisions that a second person saw, in per cent; -1 unknown
	Agreement casework.Agreement
	Quality   casework.Quality
	Right     float64 // of decisions on gold cases, in per cent
}

// figureTable is one table of the page, with a bar for each row.
type figureTable struct {
	ID, Title, Unit string
	Columns         []string
	Rows            []figureRow
}

type figureRow struct {
	Key, Name string
	Cells     []string
	Bar       string // the width of the bar, in per cent
	Few       bool   // it is not told
	Numbers   []int64
}

// statisticsWeeks is how many weeks the plot of the page shows.
const statisticsWeeks = 12

// statisticsTables are the names of the tables, which are parts of addresses.
func statisticsTables() []string {
	return []string{"weeks", "forms", "risks", "first-look", "outcomes"}
}

func (c *console) statistics(w http.ResponseWriter, r *http.Request) error {
	v, err := c.figures(r)
	if err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "statistics", v)
}

// figures gathers the page, from which the tables for download are made too:
// nothing is in one that is not in the other.
func (c *console) figures(r *http.Request) (*statisticsPage, error) {
	ctx, s, now := r.Context(), c.say(r), c.now()
	v := &statisticsPage{page: c.page(r, "statistics", s.t("statistics.title")), Days: 90}
	if d, err := strconv.Atoi(r.URL.Query().Get("days")); err == nil && slices.Contains([]int{30, 90, 365}, d) {
		v.Days = d
	}
	since := now.AddDate(0, 0, -v.Days)
	st, err := c.Cases.Stats(ctx, nil)
	if err != nil {
		return nil, err
	}
	// These are no parts of a sum: none can be got from the others.
	v.Waits, v.Overdue, v.Soon, v.Oldest = casework.TellOne(st.Waiting), casework.TellOne(st.Overdue), casework.TellOne(st.Soon), st.Oldest
	if v.Waits == casework.Suppressed {
		v.Oldest = 0
	}
	if v.Flow, err = c.weeks(ctx, s, now); err != nil {
		return nil, err
	}
	if v.Figures, err = c.Cases.Figures(ctx, since); err != nil {
		return nil, err
	}
	v.Share = -1
	if v.Figures.Decided > 0 && v.Figures.Second >= 0 {
		v.Share = 100 * float64(v.Figures.Second) / float64(v.Figures.Decided)
	}
	if v.Agreement, err = c.Cases.Agreement(ctx, since); err != nil {
		return nil, err
	}
	v.Agreement.Settled = casework.TellOne(v.Agreement.Settled)
	if v.Quality, err = c.Cases.Quality(ctx, since); err != nil {
		return nil, err
	}
	if v.Quality.Decisions > 0 && !v.Quality.Suppressed {
		v.Right = 100 * float64(v.Quality.Right) / float64(v.Quality.Decisions)
	}
	v.Tables = []figureTable{s.formTable(st), s.riskTable(st), s.lookTable(v.Figures), s.outcomeTable(v.Figures)}
	return v, nil
}

// weeks is the plot of what came in and was decided, week by week.
func (c *console) weeks(ctx context.Context, s *speaker, now time.Time) (flow, error) {
	list, err := c.Cases.Weeks(ctx, now.In(c.zone), statisticsWeeks)
	if err != nil {
		return flow{}, err
	}
	var rows []flowRow
	for _, w := range list {
		rows = append(rows, flowRow{When: s.t("statistics.week_of", "Day", s.day(w.From)), Day: w.From.Format(time.DateOnly), In: w.CameIn, Out: w.Decided})
	}
	f := makeFlow(s, "weeks", rows)
	f.Unit = s.t("statistics.week")
	f.Axis = []tick{{"0%", "start", s.t("statistics.weeks_ago", "N", statisticsWeeks-1)}, {"50%", "middle", s.t("statistics.weeks_ago", "N", statisticsWeeks/2)}, {"100%", "end", s.t("statistics.this_week")}}
	f.Title = s.flowTitle(f, s.t("statistics.weeks", "N", statisticsWeeks))
	return f, nil
}

// count is a number as a table tells it.
func (s *speaker) count(n int64) string {
	if n == casework.Suppressed {
		return s.t("statistics.few")
	}
	return s.n(n)
}

// counted makes rows of numbers, with what is too small hidden.
func (s *speaker) counted(keys []string, names func(string) string, by map[string]int64) (rows []figureRow, sum, most int64, top string) {
	numbers := make([]int64, len(keys))
	for i, k := range keys {
		numbers[i] = by[k]
	}
	numbers = casework.Tell(numbers)
	for i, n := range numbers {
		sum += max(0, n)
		if n > most {
			most, top = n, names(keys[i])
		}
	}
	for i, n := range numbers {
		row := figureRow{Key: keys[i], Name: names(keys[i]), Cells: []string{s.count(n)}, Few: n == casework.Suppressed, Numbers: []int64{n}}
		if n > 0 {
			row.Bar = percent(100 * float64(n) / float64(most))
		}
		rows = append(rows, row)
	}
	return rows, sum, most, top
}

func (s *speaker) formTable(st casework.Stats) figureTable {
	by, keys := map[string]int64{}, []string{}
	for _, f := range jaga.Forms() {
		keys = append(keys, string(f))
	}
	for _, n := range st.Counts {
		if n.Form == "" {
			continue
		}
		by[string(n.Form)] += n.N
	}
	t := figureTable{ID: "forms", Unit: s.t("statistics.form"), Columns: []string{s.t("statistics.open")}}
	rows, sum, most, top := s.counted(keys, func(k string) string { return s.word("form", k) }, by)
	t.Rows, t.Title = rows, s.t("statistics.forms_none")
	if most > 0 {
		t.Title = s.t("statistics.forms_title", "Form", top, "N", most, "All", sum)
	}
	return t
}

func (s *speaker) riskTable(st casework.Stats) figureTable {
	by, keys := map[string]int64{}, []string{}
	for _, k := range casework.Risks() {
		keys = append(keys, strconv.FormatInt(int64(k), 10))
	}
	for _, n := range st.Counts {
		by[strconv.FormatInt(int64(n.Risk), 10)] += n.N
	}
	t := figureTable{ID: "risks", Unit: s.t("statistics.risk"), Columns: []string{s.t("statistics.open")}}
	rows, sum, most, top := s.counted(keys, func(k string) string { return s.word("cases_risk", k) }, by)
	t.Rows, t.Title = rows, s.t("statistics.forms_none")
	if most > 0 {
		t.Title = s.t("statistics.forms_title", "Form", top, "N", most, "All", sum)
	}
	return t
}

func (s *speaker) lookTable(f casework.Figures) figureTable {
	t := figureTable{ID: "first-look", Unit: s.t("statistics.risk"), Columns: []string{s.t("statistics.cases"), s.t("statistics.median"), s.t("statistics.ninth")}, Title: s.t("statistics.look_none")}
	numbers := make([]int64, len(f.Looks))
	var longest time.Duration
	for i, l := range f.Looks {
		numbers[i] = l.Cases
		longest = max(longest, l.Median)
	}
	for i, l := range f.Looks {
		row := figureRow{Key: strconv.FormatInt(int64(l.Risk), 10), Name: s.word("cases_risk", int64(l.Risk)), Cells: []string{s.count(numbers[i]), "–", "–"}, Few: numbers[i] == casework.Suppressed,
			Numbers: []int64{numbers[i], int64(l.Median / time.Second), int64(l.Ninth / time.Second)}}
		if !row.Few {
			row.Cells[1], row.Cells[2] = s.duration(l.Median), s.duration(l.Ninth)
			if longest > 0 {
				row.Bar = percent(100 * float64(l.Median) / float64(longest))
			}
			if len(t.Rows) == 0 || t.Title == s.t("statistics.look_none") {
				t.Title = s.t("statistics.look_title", "Risk", row.Name, "Time", row.Cells[1])
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (s *speaker) outcomeTable(f casework.Figures) figureTable {
	t := figureTable{ID: "outcomes", Unit: s.t("statistics.outcome"), Columns: []string{s.t("statistics.decisions")}, Title: s.t("statistics.outcomes_none")}
	var sum, most int64
	var top string
	for _, o := range casework.Outcomes() {
		n := f.Outcomes[o]
		sum += max(0, n)
		if n > most {
			most, top = n, s.word("cases_outcome", o)
		}
	}
	for _, o := range casework.Outcomes() {
		n := f.Outcomes[o]
		row := figureRow{Key: string(o), Name: s.word("cases_outcome", o), Cells: []string{s.count(n)}, Few: n == casework.Suppressed, Numbers: []int64{n}}
		if n > 0 {
			row.Bar = percent(100 * float64(n) / float64(most))
		}
		t.Rows = append(t.Rows, row)
	}
	if most > 0 {
		t.Title = s.t("statistics.outcomes_title", "Outcome", top, "N", most, "All", sum)
	}
	return t
}

// statisticsTable downloads a table. Rows with a number that is not told are
// left out.
func (c *console) statisticsTable(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("table")
	if !slices.Contains(statisticsTables(), name) {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such table")
	}
	v, err := c.figures(r)
	if err != nil {
		return err
	}
	heads := map[string][]string{"weeks": {"week_from", "came_in", "decided"}, "forms": {"form", "open_cases"}, "risks": {"risk", "open_cases"},
		"first-look": {"risk", "cases", "median_seconds", "nine_of_ten_seconds"}, "outcomes": {"outcome", "decisions"}}
	lines := [][]string{heads[name]}
	add := func(key string, numbers ...int64) {
		if slices.Contains(numbers, casework.Suppressed) {
			return
		}
		line := []string{key}
		for _, n := range numbers {
			line = append(line, strconv.FormatInt(n, 10))
		}
		lines = append(lines, line)
	}
	for _, row := range v.Flow.Rows {
		if name == "weeks" {
			add(row.Day, row.In, row.Out)
		}
	}
	for _, t := range v.Tables {
		for _, row := range t.Rows {
			if t.ID == name {
				add(row.Key, row.Numbers...)
			}
		}
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(lines); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="jaga-`+name+`.csv"`)
	_, _ = b.WriteTo(w)
	return nil
}
