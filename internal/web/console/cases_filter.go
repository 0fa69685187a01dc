package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// caseChoice is what a list of cases shows, as its address says it. Every
// choice is a link, so that it can be kept and sent to a colleague.
type caseChoice struct {
	State                                      string // empty is all that is open, "all", or one state
	Queue, Form, Words, Order                  string
	Risk                                       int64 // this one or a more urgent one
	Mine, Held, Overdue, Unacknowledged, Waits bool
	After                                      *casework.Place
}

// allStates is the choice of everything, closed cases too.
const allStates = "all"

// readCaseChoice reads an address. What it does not know is refused with the
// name of the choice, so that no list shows more than was asked for.
func readCaseChoice(q url.Values) (c caseChoice, err error) {
	bad := func(field string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "filter", Msg: "list cases: there is no such " + field}
	}
	c = caseChoice{State: q.Get("state"), Queue: q.Get("queue"), Form: q.Get("form"), Words: strings.TrimSpace(q.Get("q")), Order: q.Get("order"),
		Mine: q.Has("mine"), Held: q.Has("held"), Overdue: q.Has("overdue"), Unacknowledged: q.Has("unacknowledged"), Waits: q.Has("waits")}
	switch {
	case c.State != "" && c.State != allStates && !slices.Contains(casework.States(), casework.State(c.State)):
		return c, bad("state")
	case c.Queue != "" && casework.CheckQueue(c.Queue) != nil:
		return c, bad("queue")
	case c.Form != "" && !jaga.Form(c.Form).Valid():
		return c, bad("form")
	case c.Order != "" && !slices.Contains([]casework.Order{casework.ByRisk, casework.ByDue, casework.ByUpdate}, casework.Order(c.Order)):
		return c, bad("order")
	case len(c.Words) > 512:
		return c, &jaga.Error{Code: jaga.CodeInvalid, Field: "words", Msg: "search: it is longer than 512 bytes"}
	}
	if text := q.Get("risk"); text != "" {
		if c.Risk, err = strconv.ParseInt(text, 10, 64); err != nil || c.Risk < int64(casework.RiskImminent) || c.Risk > int64(casework.RiskKnown) {
			return c, bad("risk")
		}
	}
	if text := q.Get("after"); text != "" {
		parts := strings.Split(text, ".")
		numbers := make([]int64, len(parts))
		for i, p := range parts {
			if numbers[i], err = strconv.ParseInt(p, 10, 64); err != nil {
				return c, bad("page")
			}
		}
		if len(numbers) != 3 {
			return c, bad("page")
		}
		c.After = &casework.Place{Rank: numbers[0], At: numbers[1], ID: numbers[2]}
	}
	return c, nil
}

// query writes the choice as an address does; set and its value change one of
// the choices, and every change begins on the first page.
func (c caseChoice) query(changes ...string) url.Values {
	q := url.Values{}
	put := func(name, value string) {
		q.Del(name)
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, value := range map[string]string{"state": c.State, "queue": c.Queue, "form": c.Form, "q": c.Words, "order": c.Order} {
		put(name, value)
	}
	if c.Risk > 0 {
		put("risk", strconv.FormatInt(c.Risk, 10))
	}
	for name, on := range map[string]bool{"mine": c.Mine, "held": c.Held, "overdue": c.Overdue, "unacknowledged": c.Unacknowledged, "waits": c.Waits} {
		if on {
			put(name, "1")
		}
	}
	for i := 0; i+1 < len(changes); i += 2 {
		put(changes[i], changes[i+1])
	}
	return q
}

func (c caseChoice) link(changes ...string) string {
	if q := c.query(changes...); len(q) > 0 {
		return "/cases?" + q.Encode()
	}
	return "/cases"
}

// chosen reports whether anything but the order restricts the list.
func (c caseChoice) chosen() bool { return len(c.query("order", "")) > 0 }

// filter is the choice as the service takes it, within the queues that the
// reader may read. Nothing else makes a filter of an address.
func (c caseChoice) filter(who auth.Who, queues readable) (casework.Filter, error) {
	f := casework.Filter{Queues: queues.list, Form: jaga.Form(c.Form), Risk: casework.Risk(c.Risk), Held: c.Held, Overdue: c.Overdue, Unacknowledged: c.Unacknowledged,
		Words: c.Words, Order: casework.Order(c.Order), After: c.After, Limit: casesPerPage}
	switch c.State {
	case "":
		f.Open = true
	case allStates:
	default:
		f.States = []casework.State{casework.State(c.State)}
	}
	if c.Waits {
		f.Waits = true
	}
	if c.Mine {
		f.With = who.Actor
	}
	if c.Queue != "" {
		if !queues.has(c.Queue) {
			return f, noSuchQueue()
		}
		f.Queues = []string{c.Queue}
	}
	return f, nil
}

func noSuchQueue() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "queue", Msg: "there is no such queue, or it is not yours"}
}

// readable are the queues in which somebody may do something.
type readable struct {
	all  bool
	list []string // nil for all
}

func (q readable) has(name string) bool { return q.all || slices.Contains(q.list, name) }

// queuesFor returns the queues in which the reader may do it. An empty list
// never comes out of it: to a filter that would mean all queues.
func queuesFor(who auth.Who, need auth.Capability) (readable, error) {
	all, list := who.Queues(need)
	switch {
	case all:
		return readable{all: true}, nil
	case len(list) == 0:
		return readable{}, &jaga.Error{Code: jaga.CodeDenied, Field: "capability", Msg: "none of your roles includes " + string(need)}
	}
	return readable{list: list}, nil
}

// names lists the queues by name: those of the person, or all that have cases.
func (c *console) queueNames(r *http.Request, q readable) ([]string, error) {
	if !q.all {
		return q.list, nil
	}
	return c.Cases.Queues(r.Context())
}

// saved is a choice that somebody keeps under a name, as the service stores it.
// Whose "mine" is meant is decided when it is opened, and no filter opens a
// queue that the reader may not read.
func (c caseChoice) saved() casework.Filter {
	f := casework.Filter{Form: jaga.Form(c.Form), Risk: casework.Risk(c.Risk), Held: c.Held, Overdue: c.Overdue, Unacknowledged: c.Unacknowledged, Words: c.Words, Order: casework.Order(c.Order), Open: c.State == "", Waits: c.Waits}
	if c.State != "" && c.State != allStates {
		f.States = []casework.State{casework.State(c.State)}
	}
	if c.Queue != "" {
		f.Queues = []string{c.Queue}
	}
	if c.Mine {
		f.With = savedReader
	}
	return f
}

// savedReader stands in a stored filter for whoever opens it.
const savedReader = "reader"

func choiceOf(f casework.Filter) caseChoice {
	c := caseChoice{Form: string(f.Form), Risk: int64(f.Risk), Held: f.Held, Overdue: f.Overdue, Unacknowledged: f.Unacknowledged, Words: f.Words, Order: string(f.Order), Mine: f.With == savedReader, Waits: f.Waits}
	switch {
	case len(f.States) == 1:
		c.State = string(f.States[0])
	case !f.Open:
		c.State = allStates
	}
	if len(f.Queues) == 1 {
		c.Queue = f.Queues[0]
	}
	return c
}
