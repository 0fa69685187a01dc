package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// queueRoutes are the pages where cases are taken and seen as a whole.
func (c *console) queueRoutes() []route {
	return []route{
		{"GET /cases", auth.ReadCases, c.caseList},
		{"POST /cases/next", auth.Decide, c.caseNext},
		{"GET /cases/nothing", auth.ReadCases, c.caseNothing},
		{"POST /filters", auth.ReadCases, c.filterAct},
		{"POST /bulk", auth.ReadCases, c.bulk},
		{"GET /bulk/{id}", auth.ReadCases, c.bulkShow},
		{"POST /bulk/{id}/undo", auth.ReadCases, c.bulkUndo},
		{"POST /inbox", auth.ReadCases, c.inboxAct},
		{"GET /statistics", auth.Statistics, c.statistics},
		{"GET /statistics/{table}", auth.Statistics, c.statisticsTable},
		{"GET /golds", auth.SecondReview, c.golds},
		{"POST /golds", auth.SecondReview, c.goldAdd},
	}
}

const casesPerPage = 50

// workRow is a case in a list.
type workRow struct {
	casework.Case
	Why    string // a sentence
	Mine   bool   // in the reader's hands now
	Holder string // who else has it in their hands
	To     string // to whom it is assigned, in words
	ForMe  bool   // assigned to the reader
	Clock  casework.ClockState
}

type caseListPage struct {
	page
	caseChoice
	Rows                    []workRow
	Count                   int64
	More                    bool // there are more than Count
	Older                   string
	Queues                  []string
	Saved                   []savedLine
	Stats                   casework.Stats
	Number                  int64 // of a case that the search names
	CanMove, CanHold, CanDo bool
	// What was typed into the form of a filter that was refused:
	NameTyped   string
	SharedTyped bool
}

// savedLine is a filter that somebody keeps.
type savedLine struct {
	casework.SavedFilter
	Link   string
	Own    bool
	Chosen bool
}

func (c *console) caseList(w http.ResponseWriter, r *http.Request) error {
	return c.caseListView(w, r, http.StatusOK, r.URL.Query(), func(*caseListPage) {})
}

func (c *console) caseListView(w http.ResponseWriter, r *http.Request, status int, query url.Values, change func(*caseListPage)) error {
	ctx, s := r.Context(), c.say(r)
	who, _ := auth.From(ctx)
	queues, err := queuesFor(who, auth.ReadCases)
	if err != nil {
		return err
	}
	choice, err := readCaseChoice(query)
	if err != nil {
		return err
	}
	v := &caseListPage{page: c.page(r, "cases", s.t("cases.title")), caseChoice: choice, CanMove: who.CanSomewhere(auth.Assign), CanHold: who.CanSomewhere(auth.Hold), CanDo: who.CanSomewhere(auth.Decide)}
	v.Path = choice.link()
	f, err := choice.filter(who, queues)
	if err != nil {
		return err
	}
	if v.Number, err = c.numbered(ctx, who, choice.Words); err != nil {
		return err
	}
	list, err := c.Cases.List(ctx, f)
	if err == nil {
		v.Count, v.More, err = c.Cases.Count(ctx, f)
	}
	switch {
	case jaga.CodeOf(err) == jaga.CodeInvalid && v.Number > 0: // a number of one digit is no word
	case jaga.CodeOf(err) == jaga.CodeInvalid:
		// A search that finds nothing because nothing was asked.
		v.Problem, status = c.problem(s, err), http.StatusUnprocessableEntity
	case err != nil:
		return err
	}
	if v.Rows, err = c.workRows(ctx, s, who, list.Cases); err != nil {
		return err
	}
	if list.Next != nil {
		v.Older = choice.link("after", placeText(*list.Next))
	}
	if v.Queues, err = c.queueNames(r, queues); err != nil {
		return err
	}
	if v.Stats, err = c.Cases.Stats(ctx, queues.list); err != nil {
		return err
	}
	if v.Saved, err = c.savedFilters(ctx, who, queues, choice); err != nil {
		return err
	}
	switch query.Get("done") {
	case "saved", "removed", "none":
		v.Notice = &notice{query.Get("done") != "none", s.t("cases.done_" + query.Get("done"))}
	}
	change(v)
	return c.render(w, r, status, "cases", v)
}

func placeText(p casework.Place) string {
	return strconv.FormatInt(p.Rank, 10) + "." + strconv.FormatInt(p.At, 10) + "." + strconv.FormatInt(p.ID, 10)
}

// numbered returns the case whose number is what was searched for, where the
// reader may see it, or 0.
func (c *console) numbered(ctx context.Context, who auth.Who, words string) (int64, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(words, "#"), 10, 64)
	if err != nil || id <= 0 {
		return 0, nil
	}
	cs, _, err := c.Cases.Get(ctx, id)
	switch {
	case jaga.CodeOf(err) == jaga.CodeNotFound:
		return 0, nil
	case err != nil:
		return 0, err
	case !who.Can(auth.ReadCases, cs.Queue):
		return 0, nil
	}
	return id, nil
}

func (c *console) savedFilters(ctx context.Context, who auth.Who, queues readable, now caseChoice) (out []savedLine, err error) {
	list, err := c.Cases.Filters(ctx, who.Actor)
	for _, f := range list {
		choice := choiceOf(f.Filter)
		if choice.Queue != "" && !queues.has(choice.Queue) {
			continue // somebody shared it with the people of another queue
		}
		out = append(out, savedLine{f, choice.link(), f.Owner == who.Actor, choice.link() == now.link()})
	}
	return out, err
}

// workRows are cases as lists show them.
func (c *console) workRows(ctx context.Context, s *speaker, who auth.Who, list []casework.Case) ([]workRow, error) {
	ids := make([]int64, len(list))
	for i, cs := range list {
		ids[i] = cs.ID
	}
	gists, err := c.Cases.Gists(ctx, ids)
	if err != nil {
		return nil, err
	}
	names, err := c.holders(ctx, s, who)
	if err != nil {
		return nil, err
	}
	rows := make([]workRow, len(list))
	for i, cs := range list {
		row := workRow{Case: cs, Why: s.caseWhy(cs, gists[cs.ID]), Mine: cs.LeasedBy == who.Actor, ForMe: cs.Assignee == who.Actor}
		if cs.LeasedBy != "" && !row.Mine {
			row.Holder = names(cs.LeasedBy)
		}
		if cs.Assignee != "" && !row.ForMe {
			row.To = names(cs.Assignee)
		}
		if cs.DueAt > 0 {
			row.Clock = casework.Clock{Start: time.UnixMicro(cs.OpenedAt), Due: time.UnixMicro(cs.DueAt)}.State(c.now())
		}
		rows[i] = row
	}
	return rows, nil
}

// caseWhy says in a sentence why there is a case, and what is special about it.
func (s *speaker) caseWhy(cs casework.Case, g casework.Gist) string {
	var parts []string
	for i, k := range g.Kinds {
		if i == 0 {
			parts = append(parts, s.t("cases_why."+string(k)))
			continue
		}
		parts = append(parts, s.t("cases.also", "What", s.word("cases_kind", k)))
		if i == 2 {
			break // more would be no sentence
		}
	}
	if cs.Findings > 1 {
		parts = append(parts, s.t("cases.findings", "N", cs.Findings))
	}
	if g.Absorbed > 0 {
		parts = append(parts, s.t("cases.absorbed", "N", g.Absorbed))
	}
	if cs.Path == casework.PathWelfare {
		parts = append(parts, s.t("cases.welfare"))
	}
	if cs.Cycle > 1 {
		parts = append(parts, s.t("cases.reopened"))
	}
	return strings.Join(parts, " ")
}

// holders returns what to call people. Those who give cases to others read
// names; everybody else sees that it is a colleague, and not who.
func (c *console) holders(ctx context.Context, s *speaker, who auth.Who) (func(string) string, error) {
	names, err := c.names(ctx, s)
	if err != nil || !who.CanSomewhere(auth.Assign) {
		return names, err
	}
	people, err := c.Auth.People(ctx)
	if err != nil {
		return nil, err
	}
	by := map[string]string{}
	for _, p := range people {
		by[personActor(p)] = p.Name
	}
	return func(a string) string {
		if n, ok := by[a]; ok {
			return n
		}
		return names(a)
	}, nil
}

func personActor(p auth.Person) string { return "person:" + strconv.FormatInt(p.ID, 10) }

// caseNext hands out a case and leads to it.
func (c *console) caseNext(w http.ResponseWriter, r *http.Request) error {
	who, _ := auth.From(r.Context())
	queues, err := queuesFor(who, auth.Decide)
	if err != nil {
		return err
	}
	names, err := c.queueNames(r, queues)
	if err != nil {
		return err
	}
	// Whoever decides in a queue reads it in every role there is; it is asked
	// all the same.
	names = slices.DeleteFunc(slices.Clone(names), func(q string) bool { return !who.Can(auth.ReadCases, q) })
	if len(names) == 0 { // no case was ever there
		return seeOther(w, r, "/cases/nothing")
	}
	second := slices.DeleteFunc(slices.Clone(names), func(q string) bool { return !who.Can(auth.SecondReview, q) })
	lease, err := c.Cases.NextWith(r.Context(), who.Actor, names, second)
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return seeOther(w, r, "/cases/nothing")
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, casePath(lease.Case))
}

type caseNothingPage struct {
	page
	Stats casework.Stats
}

// caseNothing says that nothing waits for the reader.
func (c *console) caseNothing(w http.ResponseWriter, r *http.Request) error {
	who, _ := auth.From(r.Context())
	queues, err := queuesFor(who, auth.ReadCases)
	if err != nil {
		return err
	}
	v := &caseNothingPage{page: c.page(r, "cases", c.say(r).t("cases.nothing_title"))}
	if v.Stats, err = c.Cases.Stats(r.Context(), queues.list); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "cases_nothing", v)
}

// filterAct keeps a filter under a name, or removes one of the reader's own.
func (c *console) filterAct(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return jaga.Errorf(jaga.CodeInvalid, "the form is too large")
	}
	who, _ := auth.From(r.Context())
	queues, err := queuesFor(who, auth.ReadCases)
	if err != nil {
		return err
	}
	query, err := url.ParseQuery(r.PostFormValue("filter"))
	if err != nil {
		return jaga.Errorf(jaga.CodeInvalid, "the filter cannot be read")
	}
	query.Del("after")
	choice, err := readCaseChoice(query)
	if err != nil {
		return err
	}
	if _, err = choice.filter(who, queues); err != nil {
		return err
	}
	done := "saved"
	switch r.PostFormValue("do") {
	case "save":
		name, shared := strings.TrimSpace(r.PostFormValue("name")), r.PostFormValue("shared") != ""
		err = c.Cases.SaveFilter(r.Context(), who.Actor, name, shared, choice.saved())
		if err != nil && mendable(err) {
			return c.caseListView(w, r, http.StatusUnprocessableEntity, query, func(v *caseListPage) {
				v.Problem, v.NameTyped, v.SharedTyped = &problem{Field: "filter-name", Text: c.say(r).t("cases.filter_fault")}, name, shared
			})
		}
	case "remove":
		id, bad := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
		if bad != nil {
			return jaga.Errorf(jaga.CodeNotFound, "there is no such filter")
		}
		done, err = "removed", c.Cases.RemoveFilter(r.Context(), who.Actor, id)
	default:
		return jaga.Errorf(jaga.CodeInvalid, "there is no such act")
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, choice.link("done", done))
}

// What the templates ask of a list:

// Set is the address with one choice changed; an empty value takes it away.
func (v *caseListPage) Set(name, value string) string { return v.link(name, value) }

// Query is the choice, for the form that keeps it.
func (v *caseListPage) Query() string { return v.query().Encode() }

// Chosen reports whether anything restricts the list.
func (v *caseListPage) Chosen() bool { return v.chosen() }

// Narrowed reports whether one of the choices behind the button is made.
func (v *caseListPage) Narrowed() bool {
	return v.State != "" || v.Queue != "" || v.Form != "" || v.Risk > 0 || v.Order != ""
}

// States, Forms and Risks are what there is to choose.
func (*caseListPage) States() []casework.State { return casework.States() }

// Forms lists the forms.
func (*caseListPage) Forms() []jaga.Form { return jaga.Forms() }

// Risks lists the risks, the most urgent first.
func (*caseListPage) Risks() []casework.Risk { return casework.Risks() }

// Bulks reports whether there is anything to do to many.
func (v *caseListPage) Bulks() bool { return (v.CanMove || v.CanHold || v.CanDo) && len(v.Rows) > 0 }

// Hidden are the choices that a search keeps.
func (v *caseListPage) Hidden() url.Values { return v.query("q", "") }

// Orders are the orders of a list.
func (*caseListPage) Orders() []string { return []string{"risk", "due", "update"} }

// Ordered reports whether the list has this order.
func (v *caseListPage) Ordered(order string) bool {
	return v.Order == order || v.Order == "" && order == string(casework.ByRisk)
}
