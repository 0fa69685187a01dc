package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/helpcheck"
)

// directoryPage lists the rows of the guide's help directory with what people
// found out about them.
type directoryPage struct {
	page
	Rows   []directoryLine
	Counts []rowCount
	All    int
	// Filter is a state, "corrected", or empty.
	Filter    string
	Corrected int
	// Unknown counts acts on rows that the directory no longer has.
	Unknown int
}

type directoryLine struct {
	helpcheck.Standing
	State helpcheck.State
	By    string // who tried it last, by name
}

type rowCount struct {
	State helpcheck.State
	N     int
}

// corrected is the filter for rows whose value has changed.
const corrected = "corrected"

func (c *console) directory(w http.ResponseWriter, r *http.Request) error {
	s := c.say(r)
	v := &directoryPage{page: c.page(r, "directory", s.t("directory.title")), Filter: r.URL.Query().Get("show")}
	names, err := c.names(r.Context(), s)
	if err != nil {
		return err
	}
	seen, now := c.Help.Seen(r.Context()), c.Help.Now()
	v.All, v.Unknown = len(seen.Rows), seen.Unknown
	count := map[helpcheck.State]int{}
	for _, row := range seen.Rows {
		state := row.State(now)
		count[state]++
		if len(row.Was) > 0 {
			v.Corrected++
		}
		if v.Filter == "" || v.Filter == string(state) || v.Filter == corrected && len(row.Was) > 0 {
			v.Rows = append(v.Rows, directoryLine{row, state, lastBy(row, names)})
		}
	}
	for _, state := range helpcheck.States() {
		if count[state] > 0 || v.Filter == string(state) {
			v.Counts = append(v.Counts, rowCount{state, count[state]})
		}
	}
	// What needs somebody comes first.
	slices.SortStableFunc(v.Rows, func(a, b directoryLine) int {
		return cmp.Or(slices.Index(helpcheck.States(), a.State)-slices.Index(helpcheck.States(), b.State), cmp.Compare(a.Country, b.Country))
	})
	return c.render(w, r, http.StatusOK, "directory", v)
}

// lastBy names who tried a row last.
func lastBy(row helpcheck.Standing, names func(string) string) string {
	if who := cmp.Or(row.FailedBy, row.By); who != "" {
		return names(who)
	}
	return ""
}

// directoryRowPage is one row, its history and what can be said of it.
type directoryRowPage struct {
	page
	Row      helpcheck.Standing
	State    helpcheck.State
	By       string
	History  []actLine
	Trail    []trailLine
	Channels []string
	// Last is the act that the reader can take back here, or nil.
	Last *helpcheck.Act
	// What was typed into a form that was refused:
	Channel, Note, NewValue, Source, Dated, Why string
}

type actLine struct {
	helpcheck.Act
	Name string
}

func (c *console) directoryRow(w http.ResponseWriter, r *http.Request) error {
	return c.directoryRowView(w, r, http.StatusOK, func(*directoryRowPage) {})
}

func (c *console) directoryRowView(w http.ResponseWriter, r *http.Request, status int, change func(*directoryRowPage)) error {
	ctx, s := r.Context(), c.say(r)
	row, ok := c.Help.Seen(ctx).Row(r.PathValue("id"))
	if !ok {
		return jaga.Errorf(jaga.CodeNotFound, "the help directory has no such row")
	}
	v := &directoryRowPage{page: c.page(r, "directory", row.Name), Row: row, State: row.State(c.Help.Now()), Channels: helpcheck.Channels(), Channel: row.Channel}
	v.Path = "/directory/" + row.ID
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	v.By = lastBy(row, names)
	history, err := c.Help.History(ctx, row.ID)
	if err != nil {
		return err
	}
	for _, a := range history {
		v.History = append(v.History, actLine{a, names(a.Who)})
	}
	if v.Trail, err = c.trail(ctx, s, names, helpcheck.Subject(row.ID)); err != nil {
		return err
	}
	last, ok, err := c.Help.Last(ctx, actor(r))
	if err != nil {
		return err
	}
	if ok && last.Row == row.ID {
		v.Last = &last
	}
	for _, done := range []string{"answers", "silent", "corrected", "undone"} {
		if r.URL.Query().Get("done") == done {
			v.Notice = &notice{true, s.t("directory.done_" + done)}
		}
	}
	change(v)
	return c.render(w, r, status, "directory_row", v)
}

// directoryAct records what somebody found out; the button says what.
func (c *console) directoryAct(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	ctx, id := r.Context(), r.PathValue("id")
	text := func(field string) string { return strings.TrimSpace(r.PostFormValue(field)) }
	try := helpcheck.Try{Value: r.PostFormValue("value"), Channel: text("channel"), Note: text("note")}
	do := text("do")
	var err error
	switch do {
	case "answers":
		err = c.Help.Answers(ctx, actor(r), id, try)
	case "silent":
		err = c.Help.NoAnswer(ctx, actor(r), id, try)
	case "corrected":
		err = c.Help.Correct(ctx, actor(r), id, helpcheck.Correction{Value: try.Value, NewValue: text("new_value"), Source: text("page"), Dated: text("dated"), Note: text("why")})
	case "undone":
		act, convErr := strconv.ParseInt(text("act"), 10, 64)
		if convErr != nil {
			return jaga.Errorf(jaga.CodeInvalid, "there is no such act")
		}
		_, err = c.Help.Undo(ctx, actor(r), act)
	default:
		return jaga.Errorf(jaga.CodeInvalid, "there is no such act")
	}
	if err == nil {
		return seeOther(w, r, "/directory/"+id+"?done="+do)
	}
	if !mendable(err) {
		return err
	}
	return c.directoryRowView(w, r, http.StatusUnprocessableEntity, func(v *directoryRowPage) {
		v.Problem = c.problem(c.say(r), err)
		if do == "corrected" {
			v.NewValue, v.Source, v.Dated, v.Why = text("new_value"), text("page"), text("dated"), text("why")
		} else {
			v.Channel, v.Note = try.Channel, try.Note
		}
	})
}
