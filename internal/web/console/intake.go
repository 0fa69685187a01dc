package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/helpcheck"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/tip"
)

// intakeRoutes are the pages on which somebody writes down what a caller of the
// hotline says.
func (c *console) intakeRoutes() []route {
	return []route{
		{"GET /intake", auth.HotlineIntake, c.intake},
		{"POST /intake", auth.HotlineIntake, c.intakeSave},
		{"POST /intake/draft", auth.HotlineIntake, c.intakeDraft},
		{"GET /intake/{id}", auth.HotlineIntake, c.intakeKept},
		{"POST /intake/{id}", auth.HotlineIntake, c.intakeCalled},
	}
}

// callsShown is how many of one's own calls the page lists.
const callsShown = 20

// maxIntake bounds the form, in bytes: more than what can be saved, so that what
// is too long comes back whole.
const maxIntake = 1 << 20

// intakePage is the form, with what was typed.
type intakePage struct {
	page
	Typed     url.Values
	Countries []intakeCountry
	Similar   []casework.Case
	Seen      string // the similar cases that were shown, to be sent back
	Draft     int64  // when what stands there was kept, or 0
	Zone      string
	Calls     []tip.Kept
	MaxText   int
}

// intakeCountry is a country with who helps there at once.
type intakeCountry struct {
	Code string // in small letters; empty for everywhere
	Rows []helpcheck.Standing
}

// F is what was typed into a field.
func (p *intakePage) F(name string) string { return p.Typed.Get(name) }

// On reports whether a choice was made.
func (p *intakePage) On(name string, v any) bool {
	return slices.Contains(p.Typed[name], fmt.Sprint(v))
}

// The choices of the form.
func (*intakePage) Safes() []tip.Safe   { return tip.Safes() }
func (*intakePage) Forms() []jaga.Form  { return jaga.Forms() }
func (*intakePage) Relations() []string { return tip.Relations() }
func (*intakePage) Ages() []string      { return tip.Ages() }
func (*intakePage) Wants() []string     { return tip.Wants() }

func (c *console) mayIntake(r *http.Request) error {
	if who, _ := auth.From(r.Context()); !who.Can(auth.HotlineIntake, c.Reports.Hotline()) {
		return &jaga.Error{Code: jaga.CodeDenied, Field: "capability", Msg: "none of your roles includes " + string(auth.HotlineIntake)}
	}
	return nil
}

func (c *console) intake(w http.ResponseWriter, r *http.Request) error {
	if err := c.mayIntake(r); err != nil {
		return err
	}
	d, ok, err := c.Reports.Draft(r.Context(), actor(r))
	if err != nil {
		return err
	}
	typed := url.Values{}
	if ok {
		typed = d.Fields
	}
	return c.intakeView(w, r, http.StatusOK, typed, func(v *intakePage) {
		v.Draft = d.At
		if r.URL.Query().Get("done") == "draft" {
			v.Notice = &notice{true, c.say(r).t("intake.done_draft")}
		}
	})
}

func (c *console) intakeView(w http.ResponseWriter, r *http.Request, status int, typed url.Values, change func(*intakePage)) error {
	ctx, s := r.Context(), c.say(r)
	v := &intakePage{page: c.page(r, "intake", s.t("intake.title")), Typed: typed, Countries: c.helpCountries(ctx), MaxText: tip.MaxWords}
	v.Path = "/intake"
	v.Zone, _ = c.now().In(c.zone).Zone()
	if typed.Get("token") == "" {
		typed.Set("token", rand.Text())
	}
	var err error
	if v.Calls, err = c.Reports.Calls(ctx, actor(r), callsShown); err != nil {
		return err
	}
	if !typed.Has("country") && len(v.Calls) > 0 {
		typed.Set("country", strings.ToLower(v.Calls[0].Country)) // most calls are from where the last one was
	}
	change(v)
	return c.render(w, r, status, "intake", v)
}

// helpCountries lists the countries of the help directory with whom to call at
// once, those that did not answer left out.
func (c *console) helpCountries(ctx context.Context) (out []intakeCountry) {
	urgent := []string{"emergency", "crisis", "police", "listen"}
	now := c.Help.Now()
	for _, row := range c.Help.Seen(ctx).Rows {
		if st := row.State(now); st == helpcheck.Out || st == helpcheck.Retired {
			continue
		}
		i := slices.IndexFunc(out, func(x intakeCountry) bool { return x.Code == row.Country })
		if i < 0 {
			out, i = append(out, intakeCountry{Code: row.Country}), len(out)
		}
		if slices.Contains(urgent, row.Kind) {
			out[i].Rows = append(out[i].Rows, row)
		}
	}
	slices.SortFunc(out, func(a, b intakeCountry) int { return strings.Compare(a.Code, b.Code) })
	for _, x := range out {
		slices.SortStableFunc(x.Rows, func(a, b helpcheck.Standing) int {
			return cmp.Compare(slices.Index(urgent, a.Kind), slices.Index(urgent, b.Kind))
		})
	}
	return out
}

// intakeForm reads what was typed.
func (c *console) intakeForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxIntake)
	if err := r.ParseForm(); err != nil {
		return nil, jaga.Errorf(jaga.CodeInvalid, "the form is too large")
	}
	for name, list := range r.PostForm {
		for i, v := range list {
			list[i] = strings.ToValidUTF8(strings.ReplaceAll(strings.ReplaceAll(v, "\r\n", "\n"), "\x00", ""), "\uFFFD")
		}
		r.PostForm[name] = list
	}
	return r.PostForm, nil
}

func typedLines(text string) (out []string) {
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// call is what was typed, as it is kept.
func (c *console) call(f url.Values) (tip.Call, error) {
	text := func(name string) string { return strings.TrimSpace(f.Get(name)) }
	out := tip.Call{Safe: tip.Safe(f.Get("safe")), Country: strings.ToUpper(text("country")), Relation: f.Get("relation"), Reach: text("reach"), Lang: text("call_lang"), Form: jaga.Form(f.Get("form")),
		What: strings.TrimSpace(f.Get("what")), ChildAge: f.Get("child_age"), OtherAge: f.Get("other_age"), Platform: text("platform"), Accounts: typedLines(f.Get("accounts")), Links: typedLines(f.Get("links")),
		When: text("time"), Wants: f["wants"]}
	for _, id := range f["same"] {
		if n, err := strconv.ParseInt(id, 10, 64); err == nil && n > 0 {
			out.Same = append(out.Same, n)
		}
	}
	if at := text("call_back"); at != "" {
		t, err := time.ParseInLocation("2006-01-02T15:04", at, c.zone)
		if err != nil {
			return out, &jaga.Error{Code: jaga.CodeInvalid, Field: "call_back", Msg: "it is no time"}
		}
		out.CallBack = t
	}
	return out, nil
}

// similar lists cases in which what was typed stands, out of those that the
// reader may read, and their numbers in a row.
func (c *console) similar(r *http.Request, f url.Values) (list []casework.Case, seen string, err error) {
	who, _ := auth.From(r.Context())
	all, queues := who.Queues(auth.ReadCases)
	list, err = c.Reports.Similar(r.Context(), all, queues, append(typedLines(f.Get("accounts")), typedLines(f.Get("links"))...))
	ids := make([]string, len(list))
	for i, x := range list {
		ids[i] = strconv.FormatInt(x.ID, 10)
	}
	slices.Sort(ids)
	return list, strings.Join(ids, " "), err
}

func (c *console) intakeSave(w http.ResponseWriter, r *http.Request) error {
	if err := c.mayIntake(r); err != nil {
		return err
	}
	f, err := c.intakeForm(w, r)
	if err != nil {
		return err
	}
	ctx, who := r.Context(), actor(r)
	switch f.Get("do") {
	case "drop":
		if err := c.Reports.DropDraft(ctx, who); err != nil {
			return err
		}
		return seeOther(w, r, "/intake")
	case "draft":
		if err = c.Reports.SaveDraft(ctx, who, f); err == nil {
			return seeOther(w, r, "/intake?done=draft")
		}
	default:
		var call tip.Call
		if call, err = c.call(f); err == nil {
			err = call.Check(c.Reports.Now())
		}
		if err != nil {
			break
		}
		list, seen, serr := c.similar(r, f)
		if serr != nil {
			return serr
		}
		if seen != "" && f.Get("seen") != seen {
			// Nothing that was typed is lost while they look.
			if err := c.Reports.SaveDraft(ctx, who, f); err != nil {
				return err
			}
			return c.intakeView(w, r, http.StatusConflict, f, func(v *intakePage) {
				v.Similar, v.Seen = list, seen
				v.Problem = &problem{Field: "similar", Text: c.say(r).t("intake.similar_first")}
			})
		}
		var kept tip.Kept
		if kept, err = c.Reports.Save(ctx, who, f.Get("token"), call); err == nil {
			return seeOther(w, r, intakePath(kept.ID)+"?done=saved")
		}
	}
	if !mendable(err) {
		return err
	}
	return c.intakeView(w, r, http.StatusUnprocessableEntity, f, func(v *intakePage) { v.Problem = c.problem(c.say(r), err) })
}

func intakePath(id int64) string { return "/intake/" + strconv.FormatInt(id, 10) }

// intakeDraft keeps what is typed while it is typed, and answers with cases that
// it is perhaps the same as. Only the script of the form asks for it.
func (c *console) intakeDraft(w http.ResponseWriter, r *http.Request) error {
	if err := c.mayIntake(r); err != nil {
		return err
	}
	f, err := c.intakeForm(w, r)
	if err != nil {
		return err
	}
	if err := c.Reports.SaveDraft(r.Context(), actor(r), f); err != nil {
		return err
	}
	list, _, err := c.similar(r, f)
	if err != nil {
		return err
	}
	s, out := c.say(r), []string{}
	for _, x := range list {
		out = append(out, s.t("intake.case", "ID", strconv.FormatInt(x.ID, 10), "Queue", x.Queue))
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"similar": out}) // the reader may have gone
	return nil
}

// intakeKeptPage is a call that was saved: what the caller gets, and what is next.
type intakeKeptPage struct {
	page
	tip.Kept
	Call  tip.Call
	Open  bool // what was said is shown
	Reads bool // the reader may open the case
	Steps []intakeStep
	Help  []helpcheck.Standing
}

// intakeStep is a step of a law, in words.
type intakeStep struct {
	Do, To, Hours, Law string
	Ready              bool
}

func (c *console) intakeKept(w http.ResponseWriter, r *http.Request) error {
	if err := c.mayIntake(r); err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such call")
	}
	ctx, s := r.Context(), c.say(r)
	k, err := c.Reports.Head(ctx, actor(r), id)
	if err != nil {
		return err
	}
	v := &intakeKeptPage{page: c.page(r, "intake", s.t("intake.number", "Number", k.Number)), Kept: k}
	v.Path = intakePath(id)
	if done := r.URL.Query().Get("done"); slices.Contains([]string{"saved", "called"}, done) {
		v.Notice = &notice{true, s.t("intake.done_" + done)}
	}
	if _, err := c.readable(r, k.Case, auth.ReadCases); err == nil {
		v.Reads = true
	} else if jaga.CodeOf(err) != jaga.CodeNotFound {
		return err
	}
	for _, x := range c.helpCountries(ctx) {
		if strings.EqualFold(x.Code, k.Country) {
			v.Help = x.Rows
		}
	}
	priority := casework.RiskContact.Priority()
	if k.Safe == tip.NotSafe {
		priority = casework.RiskImminent.Priority()
	}
	var here law.Set
	for _, p := range c.AllLaws {
		if strings.EqualFold(p.Country, k.Country) {
			here = append(here, p)
		}
	}
	for _, n := range here.Steps(priority, c.now(), nil) {
		v.Steps = append(v.Steps, intakeStep{n.Step.Do.In(s.tag), n.Receiver.Name, n.Receiver.Hours.In(s.tag), n.Profile.Name.In(s.tag), n.Ready})
	}
	return c.render(w, r, http.StatusOK, "intake_kept", v)
}

// intakeCalled notes that the caller was called back, or opens what was said; the
// button says which.
func (c *console) intakeCalled(w http.ResponseWriter, r *http.Request) error {
	if err := c.mayIntake(r); err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such call")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	switch r.PostFormValue("do") {
	case "called":
		if err := c.Reports.Called(r.Context(), actor(r), id); err != nil {
			return err
		}
		return seeOther(w, r, intakePath(id)+"?done=called")
	case "read":
		call, err := c.Reports.Read(r.Context(), actor(r), id)
		if err != nil {
			return err
		}
		k, err := c.Reports.Head(r.Context(), actor(r), id)
		if err != nil {
			return err
		}
		v := &intakeKeptPage{page: c.page(r, "intake", c.say(r).t("intake.number", "Number", k.Number)), Kept: k, Call: call, Open: true}
		v.Path = intakePath(id)
		return c.render(w, r, http.StatusOK, "intake_kept", v)
	}
	return jaga.Errorf(jaga.CodeInvalid, "there is no such act")
}
