package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/policy"
)

// ruleRoutes are the pages of rules.
func (c *console) ruleRoutes() []route {
	return []route{
		{"GET /rules", auth.ReadRules, c.rules},
		{"POST /rules/breakers", auth.ApproveRules, c.breakerClose},
		{"GET /rules/new", auth.WriteRules, c.ruleNew},
		{"POST /rules/new", auth.WriteRules, c.ruleCreate},
		{"GET /rules/{rule}", auth.ReadRules, c.rule},
		{"POST /rules/{rule}", auth.WriteRules, c.ruleAct},
		{"POST /rules/{rule}/answer", auth.ApproveRules, c.fresh(c.ruleAnswer)},
		{"GET /rules/{rule}/explain", auth.ReadRules, c.ruleExplain},
	}
}

type rulesPage struct {
	page
	Rows     []ruleRow
	Breakers []breakerLine
	Asks     []ruleWait
	Looked   int64 // findings and items that were evaluated within 30 days
}

type ruleRow struct {
	policy.Standing
	OwnerName string
	Spark     spark
}

// ruleWait is a version that waits for a second person.
type ruleWait struct {
	policy.Standing
	By string
}

type breakerLine struct {
	policy.Breaker
	Rule string // empty for an action over all rules
	Act  string
	Text string
}

// spark is a small plot of the last 30 days.
type spark struct {
	Bars                     []sparkBar
	Fired, Shadow, Undecided int64
}

type sparkBar struct{ X, Y, H, Key string }

const sparkHeight = 26.0

func (c *console) rules(w http.ResponseWriter, r *http.Request) error {
	ctx, s := r.Context(), c.say(r)
	v := &rulesPage{page: c.page(r, "rules", s.t("rules.title"))}
	list, err := c.Policy.List(ctx)
	if err != nil {
		return err
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	since := c.now().AddDate(0, 0, -plotDays+1)
	for _, st := range list {
		hours, err := c.Policy.Counts(ctx, st.Rule.Name, since)
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, ruleRow{st, c.ruleOwner(s, names, st.Rule.Owner), c.spark(hours)})
	}
	all, err := c.Policy.Counts(ctx, "", since)
	if err != nil {
		return err
	}
	for _, h := range all {
		v.Looked += h.Fired
	}
	if v.Breakers, err = c.breakers(r, s); err != nil {
		return err
	}
	waiting, err := c.Policy.Waiting(ctx)
	if err != nil {
		return err
	}
	for _, st := range waiting {
		v.Asks = append(v.Asks, ruleWait{st, names(st.AskedBy)})
	}
	if r.URL.Query().Get("done") == "closed" {
		v.Notice = &notice{true, s.t("rules.done_closed")}
	}
	return c.render(w, r, http.StatusOK, "rules", v)
}

// ruleOwner names who answers for a rule.
func (c *console) ruleOwner(s *speaker, names func(string) string, owner string) string {
	if owner == "jaga" {
		return s.t("rules.shipped")
	}
	return names(owner)
}

// spark draws what a rule did, a bar a day. What it fired stands on the ground,
// what it only would have done on top of that.
func (c *console) spark(hours []policy.Hour) spark {
	var sp spark
	type day struct{ fired, shadow int64 }
	days := make([]day, plotDays)
	today := c.now().Unix() / 86400
	most := int64(1)
	for _, h := range hours {
		sp.Fired, sp.Shadow, sp.Undecided = sp.Fired+h.Fired, sp.Shadow+h.Shadow, sp.Undecided+h.Undecided
		i := plotDays - 1 - int(today-h.Hour/24)
		if i < 0 || i >= plotDays {
			continue
		}
		days[i].fired += h.Fired
		days[i].shadow += h.Shadow
		most = max(most, days[i].fired+days[i].shadow)
	}
	for i, d := range days {
		ground := sparkHeight
		for _, part := range []struct {
			key string
			n   int64
		}{{"fired", d.fired}, {"shadow", d.shadow}} {
			if part.n == 0 {
				continue
			}
			height := max(1.5, sparkHeight*float64(part.n)/float64(most))
			ground -= height
			sp.Bars = append(sp.Bars, sparkBar{strconv.Itoa(i * 4), pixels(max(0, ground)), pixels(height), part.key})
		}
	}
	return sp
}

// breakers are those that are open, in words.
func (c *console) breakers(r *http.Request, s *speaker) ([]breakerLine, error) {
	open, err := c.Policy.Breakers(r.Context())
	if err != nil {
		return nil, err
	}
	var out []breakerLine
	for _, b := range open {
		line := breakerLine{Breaker: b}
		line.Rule, _ = strings.CutPrefix(b.What, "rule:")
		if act, isAct := strings.CutPrefix(b.What, "act:"); isAct {
			line.Rule, line.Act = "", act
		}
		switch b.Why {
		case "share":
			line.Text = s.t("rules.breaker_share", "Share", s.decimal(100*float64(b.N)/policy.ShareUnit, 1), "Most", s.decimal(100*float64(b.Most)/policy.ShareUnit, 1))
		case "day":
			line.Text = s.t("rules.breaker_day", "Most", b.Most)
		default:
			line.Text = s.t("rules.breaker_hour", "Most", b.Most)
		}
		out = append(out, line)
	}
	return out, nil
}

// breakerClose lets automatic actions go on.
func (c *console) breakerClose(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := c.Policy.CloseBreaker(r.Context(), actor(r), r.PostFormValue("what"), r.PostFormValue("reason")); err != nil {
		return err
	}
	return seeOther(w, r, "/rules?done=closed")
}

// ruleProblem says what is wrong with a rule. The words of the language of
// rules, and what a person wrote, are quoted as they are.
func (c *console) ruleProblem(s *speaker, err error) *problem {
	p := c.problem(s, err)
	e := asError(err)
	if e == nil {
		return p
	}
	field, _, _ := strings.Cut(e.Field, "[")
	key := "error.rule_" + field
	if e.Code != jaga.CodeInvalid {
		key += "_" + string(e.Code)
	}
	if !s.has(key) {
		return p
	}
	p.Field, p.Text = "rule-"+field, s.t(key)
	switch field {
	case "when", "test", "file", "then":
		p.Hint = "(" + strings.TrimPrefix(e.Field+": ", ": ") + e.Msg + ")"
	}
	return p
}

// rulePage is one rule, with everything people need to decide about it.
type rulePage struct {
	page
	// V is the version that is shown.
	V           policy.Standing
	OwnerName   string
	AuthorName  string
	AskedName   string
	Versions    []policy.Standing
	Breakers    []breakerLine
	Days        plot
	Reasons     []ruleReasonLine
	Trail       []trailLine
	MayApprove  bool
	Next        []policy.State
	MayRollBack bool
	Cost        int64
	Acts        []actionLine
	Tests       []policy.TestOutcome
	Backtest    *backtestView
	Running     bool
}

// ruleReasonLine is why somebody took a step.
type ruleReasonLine struct {
	policy.Reason
	Who, Did string
}

type actionLine struct {
	Do, What string
	// Gone is set where the webhook that is named is not there.
	Gone bool
}

func (c *console) rule(w http.ResponseWriter, r *http.Request) error {
	return c.ruleView(w, r, http.StatusOK, nil)
}

func (c *console) ruleView(w http.ResponseWriter, r *http.Request, status int, p *problem) error {
	ctx, s, name := r.Context(), c.say(r), r.PathValue("rule")
	list, err := c.Policy.Versions(ctx, name)
	if err != nil {
		return err
	}
	v := &rulePage{page: c.page(r, "rules", name), Versions: list, V: shown(list, r.URL.Query().Get("version"))}
	v.Problem, v.Path = p, "/rules/"+url.PathEscape(name)
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	v.OwnerName, v.AuthorName, v.AskedName = c.ruleOwner(s, names, v.V.Rule.Owner), names(v.V.Author), names(v.V.AskedBy)
	if v.Breakers, err = c.breakers(r, s); err != nil {
		return err
	}
	v.Cost = int64(v.V.Cost)
	who := actor(r)
	mayApprove := v.May(string(auth.ApproveRules))
	v.MayApprove = mayApprove && v.V.Asked != "" && who != v.V.Author && who != v.V.AskedBy && who != v.V.Rule.Owner
	switch v.V.State {
	case policy.Draft:
		v.Next = []policy.State{policy.Shadow, policy.Retired}
	case policy.Shadow, policy.Canary:
		v.Next = []policy.State{policy.Canary, policy.Active, policy.Retired}
	case policy.Active:
		v.Next = []policy.State{policy.Retired}
	case policy.Retired:
		v.Next = []policy.State{policy.Shadow}
	}
	v.MayRollBack = mayApprove && v.V.State.Acts() && v.V.Author != "system"
	hooks, err := c.hookNames(ctx)
	if err != nil {
		return err
	}
	for _, a := range v.V.Rule.Then {
		line := actionLine{string(a.Do), cmp.Or(a.Queue, a.Webhook, a.Why), a.Do == policy.SendWebhook && !slices.Contains(hooks, a.Webhook)}
		if a.Do == policy.Raise {
			line.What = s.word("band", a.Band)
		}
		v.Acts = append(v.Acts, line)
	}
	if compiled, err := policy.Lint(v.V.Rule); err == nil {
		v.Tests = compiled.Test()
	}
	hours, err := c.Policy.Counts(ctx, name, c.now().AddDate(0, 0, -plotDays+1))
	if err != nil {
		return err
	}
	v.Days = c.rulePlot(s, hours)
	if err := c.lastBacktest(r, s, v); err != nil {
		return err
	}
	if v.Trail, err = c.trail(ctx, s, names, policy.Subject(name)); err != nil {
		return err
	}
	reasons, err := c.Policy.Reasons(ctx, name)
	if err != nil {
		return err
	}
	for _, x := range reasons {
		v.Reasons = append(v.Reasons, ruleReasonLine{x, names(x.Actor), s.t("act." + strings.ReplaceAll(x.Step, ".", "_"))})
	}
	switch done := r.URL.Query().Get("done"); done {
	case "submit", "step", "ask", "approve", "decline", "rollback", "backtest":
		v.Notice = &notice{done != "backtest", s.t("rules.done_" + done)}
	}
	return c.render(w, r, status, "rule", v)
}

// States are the way of a version, for people to see where it stands.
func (v *rulePage) States() []policy.State { return policy.States() }

// Most is the most that a question may cost.
func (v *rulePage) Most() int64 { return policy.MaxCost }

// HasNext reports whether the version can take the step.
func (v *rulePage) HasNext(to string) bool { return slices.Contains(v.Next, policy.State(to)) }

// shown is the version that was asked for, or the one that needs a person, or
// the active one, or the newest.
func shown(list []policy.Standing, version string) policy.Standing {
	best := list[0]
	for _, st := range list {
		if strconv.FormatInt(st.Version, 10) == version {
			return st
		}
	}
	for _, st := range list {
		if st.Asked != "" {
			return st
		}
		if st.State == policy.Active && best.State == policy.Retired {
			best = st
		}
	}
	return best
}

// rulePlot is what a rule did on each day.
func (c *console) rulePlot(s *speaker, hours []policy.Hour) plot {
	h := history{"rule_count", []string{"fired", "shadow", "undecided"}, map[int64]map[string]int64{}, nil}
	var fired int64
	for _, x := range hours {
		h.add(x.Hour, "fired", x.Fired)
		h.add(x.Hour, "shadow", x.Shadow)
		h.add(x.Hour, "undecided", x.Undecided)
		fired += x.Fired
	}
	p := c.dayPlot(s, h, c.now())
	p.ID, p.Title = "rule", s.t("rules.plot_title", "N", fired)
	return p
}

// ruleStep is a step with one version of a rule: the button's name, and what it
// was sent with.
type ruleStep struct {
	rule, do string
	version  int64
}

func readStep(w http.ResponseWriter, r *http.Request) (ruleStep, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil || version < 1 {
		return ruleStep{}, jaga.Errorf(jaga.CodeInvalid, "there is no such version")
	}
	return ruleStep{r.PathValue("rule"), r.PostFormValue("do"), version}, nil
}

// ruleAct is a step that somebody takes with a rule; the button says which.
func (c *console) ruleAct(w http.ResponseWriter, r *http.Request) error {
	step, err := readStep(w, r)
	if err != nil {
		return err
	}
	ctx, who := r.Context(), actor(r)
	switch step.do {
	case "shadow", "canary", "active", "retired":
		percent, _ := strconv.ParseFloat(strings.ReplaceAll(r.PostFormValue("percent"), ",", "."), 64)
		var st policy.Standing
		st, err = c.Policy.Promote(ctx, who, step.rule, step.version, policy.State(step.do), int64(percent*policy.ShareUnit/100))
		if step.do = "step"; st.Asked != "" {
			step.do = "ask"
		}
	case "backtest":
		before, _ := strconv.ParseInt(r.PostFormValue("before"), 10, 64)
		days, _ := strconv.Atoi(r.PostFormValue("days"))
		_, err = c.Policy.StartBacktest(ctx, who, step.rule, before, step.version, c.now().AddDate(0, 0, -min(max(days, 1), 365)))
	default:
		return jaga.Errorf(jaga.CodeInvalid, "there is no such step")
	}
	return c.ruleStepped(w, r, step, err)
}

// ruleAnswer is what a second person says to a rule, or that it goes back.
func (c *console) ruleAnswer(w http.ResponseWriter, r *http.Request) error {
	step, err := readStep(w, r)
	if err != nil {
		return err
	}
	ctx, who, reason := r.Context(), actor(r), r.PostFormValue("reason")
	switch step.do {
	case "approve":
		_, err = c.Policy.Approve(ctx, who, step.rule, step.version)
	case "decline":
		_, err = c.Policy.Decline(ctx, who, step.rule, step.version, reason)
	case "rollback":
		_, err = c.Policy.Rollback(ctx, who, step.rule, reason)
	default:
		return jaga.Errorf(jaga.CodeInvalid, "there is no such step")
	}
	return c.ruleStepped(w, r, step, err)
}

func (c *console) ruleStepped(w http.ResponseWriter, r *http.Request, step ruleStep, err error) error {
	if err == nil {
		return seeOther(w, r, "/rules/"+url.PathEscape(step.rule)+"?done="+step.do+"&version="+strconv.FormatInt(step.version, 10))
	}
	if e := asError(err); e == nil || e.Code == jaga.CodeNotFound {
		return err
	}
	return c.ruleView(w, r, http.StatusUnprocessableEntity, c.ruleProblem(c.say(r), err))
}

// backtestView is a back-test for people.
type backtestView struct {
	policy.Backtest
	Since time.Time
	Days  plot
	Needs []needLine
}

type needLine struct {
	Fact string
	N    int64
}

// lastBacktest puts the newest back-test of the shown version on the page.
func (c *console) lastBacktest(r *http.Request, s *speaker, v *rulePage) error {
	list, err := c.Policy.Backtests(r.Context(), v.V.Rule.Name, 20)
	if err != nil {
		return err
	}
	for _, b := range list {
		if b.After != v.V.Version {
			continue
		}
		v.Running = b.FinishedAt == 0
		view := &backtestView{Backtest: b, Since: time.UnixMicro(b.Since)}
		if b.Found != nil {
			view.Days = c.backtestPlot(s, b)
			for _, fact := range sortedKeys(b.Found.Needs) {
				view.Needs = append(view.Needs, needLine{fact, b.Found.Needs[fact]})
			}
		}
		v.Backtest = view
		return nil
	}
	return nil
}

// backtestPlot shows on which days the version would have fired.
func (c *console) backtestPlot(s *speaker, b policy.Backtest) plot {
	h := history{"rule_count", []string{"fired"}, map[int64]map[string]int64{}, nil}
	for _, d := range b.Found.Days {
		at, err := time.Parse(time.DateOnly, d.Day)
		if err != nil {
			continue
		}
		h.add(at.Unix()/3600+12, "fired", d.After) // noon, so that it stays the same day in every zone
	}
	p := c.dayPlot(s, h, c.now())
	p.ID, p.Title = "backtest", s.t("rules.backtest_title", "N", b.Found.FiredAfter, "All", b.Found.Looked)
	return p
}

type ruleExplainPage struct {
	page
	Rule    string
	Of      int64 // the version
	ID      string
	Answers []policy.Explained
}

// ruleExplain says what a version answers about something stored.
func (c *console) ruleExplain(w http.ResponseWriter, r *http.Request) error {
	ctx, s, q := r.Context(), c.say(r), r.URL.Query()
	list, err := c.Policy.Versions(ctx, r.PathValue("rule"))
	if err != nil {
		return err
	}
	st := shown(list, q.Get("version"))
	v := &ruleExplainPage{page: c.page(r, "rules", s.t("rules.explain_title")), Rule: st.Rule.Name, Of: st.Version, ID: strings.TrimSpace(q.Get("id"))}
	if v.ID != "" {
		if v.Answers, err = c.Policy.Explain(ctx, st.Rule.Name, st.Version, v.ID); err != nil {
			if jaga.CodeOf(err) != jaga.CodeNotFound {
				return err
			}
			v.Problem = &problem{Field: "id", Text: s.t("rules.explain_none")}
			return c.render(w, r, http.StatusNotFound, "rule_explain", v)
		}
	}
	return c.render(w, r, http.StatusOK, "rule_explain", v)
}
