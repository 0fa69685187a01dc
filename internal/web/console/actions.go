package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/plugin"
)

// actionRoutes are the pages of what leaves the installation.
func (c *console) actionRoutes() []route {
	return []route{
		{"GET /webhooks", auth.Webhooks, c.hooks},
		{"POST /webhooks", auth.Webhooks, c.fresh(c.hookAdd)},
		{"POST /webhooks/{id}", auth.Webhooks, c.fresh(c.hookAct)},
		{"POST /webhooks/deliveries/{id}", auth.Webhooks, c.hookReplay},
		{"GET /plugins", auth.Plugins, c.pluginList},
	}
}

type hooksPage struct {
	page
	Hooks      []hookCard
	Deliveries []deliveryLine
	Filter     string // all, dead or waiting
	Counts     map[string]int64
	Plot       plot
	Kinds      []string
	// What the form holds.
	HookName, URL string
	Chosen        []string
	// Secret is shown once, on the answer to the act that made it.
	Secret, SecretOf string
}

// Has reports whether a kind is ticked.
func (v *hooksPage) Has(kind string) bool { return slices.Contains(v.Chosen, kind) }

type hookCard struct {
	action.Target
	Where string // its address, without a query, which may hold a secret
	State string // on, off, paused or failing
	Why   string // of the last failure
}

type deliveryLine struct {
	action.Delivery
	Why  string
	Next int64 // when it is tried next; 0 when that is over, or it is not
	Off  bool  // it waits for its webhook to be switched on
}

func (c *console) hooks(w http.ResponseWriter, r *http.Request) error {
	return c.hooksView(w, r, http.StatusOK, func(v *hooksPage) {
		q, s := r.URL.Query(), c.say(r)
		switch {
		case q.Has("tested"):
			v.Notice = &notice{true, s.t("hooks.notice_tested")}
		case q.Has("failed"):
			v.Problem = &problem{Text: s.t("hooks.notice_failed"), Hint: s.t("hooks.notice_failed_hint")}
		case q.Has("replayed"):
			n, _ := strconv.Atoi(q.Get("replayed"))
			v.Notice = &notice{false, s.t("hooks.notice_replayed", "N", n)}
		case q.Has("saved"):
			v.Notice = &notice{true, s.t("hooks.notice_saved")}
		}
	})
}

func (c *console) hooksView(w http.ResponseWriter, r *http.Request, status int, change func(*hooksPage)) error {
	ctx, s := r.Context(), c.say(r)
	v := &hooksPage{page: c.page(r, "webhooks", s.t("hooks.title")), Kinds: action.EventKinds(), Counts: map[string]int64{}, Filter: "all"}
	if r.Method != http.MethodGet {
		v.Path = "/webhooks"
	}
	targets, err := c.Actions.Targets(ctx)
	if err != nil {
		return err
	}
	for _, t := range targets {
		v.Hooks = append(v.Hooks, hookCardOf(s, t))
		v.Counts["waiting"] += t.Waiting
		v.Counts["dead"] += t.Dead
	}
	var f action.Filter
	if show := r.URL.Query().Get("show"); show == "dead" || show == "waiting" {
		v.Filter, f.State = show, action.State(show)
	}
	list, err := c.Actions.Deliveries(ctx, f)
	if err != nil {
		return err
	}
	for _, d := range list {
		line := deliveryLine{Delivery: d, Why: s.hookWhy(d.Error)}
		line.Off = d.State == action.Waiting && slices.ContainsFunc(v.Hooks, func(h hookCard) bool { return h.ID == d.TargetID && !h.Enabled })
		if !line.Off && d.NextAt > c.now().UnixMicro() {
			line.Next = d.NextAt
		}
		v.Deliveries = append(v.Deliveries, line)
	}
	if v.Plot, err = c.hookPlot(ctx, s); err != nil {
		return err
	}
	change(v)
	return c.render(w, r, status, "webhooks", v)
}

// hookNames lists the names of webhooks, which rules can name.
func (c *console) hookNames(ctx context.Context) (out []string, err error) {
	list, err := c.Actions.Targets(ctx)
	for _, t := range list {
		out = append(out, t.Name)
	}
	return out, err
}

func hookCardOf(s *speaker, t action.Target) hookCard {
	card := hookCard{Target: t, State: "on", Why: s.hookWhy(t.LastError), Where: t.URL}
	if u, err := url.Parse(t.URL); err == nil && u.RawQuery != "" {
		u.RawQuery = ""
		card.Where = u.String() + "?…"
	}
	switch {
	case !t.Enabled:
		card.State = "off"
	case t.PausedUntil > 0:
		card.State = "paused"
	case t.LastFailure > t.LastOK && t.LastError != "":
		card.State = "failing"
	}
	return card
}

// hookPlot draws the deliveries of the last 48 hours by how they stand now.
func (c *console) hookPlot(ctx context.Context, s *speaker) (plot, error) {
	now := c.now()
	hours, err := c.Actions.Hours(ctx, now.Add(-48*time.Hour).UnixMicro())
	if err != nil {
		return plot{}, err
	}
	h := history{"delivery", []string{string(action.Dead), string(action.Waiting), string(action.Delivered)}, map[int64]map[string]int64{}, nil}
	for _, x := range hours {
		if x.State == action.Dropped {
			continue // its target is gone, and nobody waits for it
		}
		h.add(x.Hour, string(x.State), x.N)
	}
	p := c.hourPlot(s, h, now)
	p.Title = s.plotTitle("plot.hooks_title", p)
	return p, nil
}

// hookWhy says in the reader's language why something outside did not answer.
func (s *speaker) hookWhy(text string) string {
	status, answered := strings.CutPrefix(strings.TrimPrefix(text, "it "), "answered ")
	switch {
	case text == "":
		return ""
	case answered && strings.Contains(text, "redirects"):
		return s.t("hooks.why_redirect")
	case answered && strings.Contains(text, "not to its end"):
		return s.t("hooks.why_cut")
	case answered && len(status) == 3:
		return s.t("hooks.why_status", "Status", status)
	case strings.HasPrefix(text, "no answer"):
		return s.t("hooks.why_time")
	case strings.HasPrefix(text, "nobody listens"):
		return s.t("hooks.why_nobody")
	case strings.HasPrefix(text, "the name"):
		return s.t("hooks.why_host")
	case strings.HasPrefix(text, "refused"):
		return s.t("hooks.why_address")
	case strings.HasPrefix(text, "the certificate"):
		return s.t("hooks.why_certificate")
	case strings.HasPrefix(text, "the connection"):
		return s.t("hooks.why_cut")
	case strings.Contains(text, "secret"):
		return s.t("hooks.why_secret")
	}
	return s.t("hooks.why_other")
}

// hookError gives the fields of a webhook names of their own: banks have a
// name, too.
func hookError(err error) error {
	var e *jaga.Error
	if !errors.As(err, &e) || e.Field == "" {
		return err
	}
	own := *e
	own.Field = "hook_" + e.Field
	return &own
}

func (c *console) hookAdd(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	name, address := strings.TrimSpace(r.PostFormValue("hook_name")), strings.TrimSpace(r.PostFormValue("hook_url"))
	kinds := r.PostForm["hook_kinds"]
	t, secret, err := c.Actions.AddTarget(r.Context(), actor(r), action.NewTarget{Name: name, URL: address, Kinds: kinds})
	if err != nil && !mendable(err) {
		return err
	}
	if err != nil {
		return c.hooksView(w, r, http.StatusUnprocessableEntity, func(v *hooksPage) {
			v.HookName, v.URL, v.Chosen, v.Problem = name, address, kinds, c.problem(c.say(r), hookError(err))
		})
	}
	return c.hooksView(w, r, http.StatusOK, func(v *hooksPage) { v.Secret, v.SecretOf = secret, t.Name })
}

// hookAct does one of the things that one can do with a webhook.
func (c *console) hookAct(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such webhook")
	}
	ctx, who, to := r.Context(), actor(r), "saved=1"
	switch r.PostFormValue("act") {
	case "test":
		var tried action.Tried
		if tried, err = c.Actions.Test(ctx, who, id); err == nil {
			if to = "tested=1"; !tried.OK {
				to = "failed=1"
			}
		}
	case "replay":
		var n int
		n, err = c.Actions.ReplayDead(ctx, who, id)
		to = "replayed=" + strconv.Itoa(n)
	case "on", "off":
		err = c.Actions.Enable(ctx, who, id, r.PostFormValue("act") == "on")
	case "remove":
		err = c.Actions.Remove(ctx, who, id)
	case "rotate":
		var secret string
		if secret, err = c.Actions.Rotate(ctx, who, id); err == nil {
			return c.hooksView(w, r, http.StatusOK, func(v *hooksPage) {
				v.Secret = secret
				for _, h := range v.Hooks {
					if h.ID == id {
						v.SecretOf = h.Name
					}
				}
			})
		}
	default:
		err = jaga.Errorf(jaga.CodeInvalid, "there is no such act")
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, "/webhooks?"+to)
}

func (c *console) hookReplay(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such delivery")
	}
	if err := c.Actions.Replay(r.Context(), actor(r), id); err != nil {
		return err
	}
	return seeOther(w, r, "/webhooks?replayed=1")
}

type pluginsPage struct {
	page
	Plugins []pluginCard
}

type pluginCard struct {
	plugin.State
	Look       string // unasked, answers, failing or paused
	WhyNot     string
	Half, Most string
	Used       string // of the budget, in per cent; empty without one
}

func (c *console) pluginList(w http.ResponseWriter, r *http.Request) error {
	s := c.say(r)
	v := &pluginsPage{page: c.page(r, "plugins", s.t("plugins.title"))}
	if c.Plugins != nil {
		for _, st := range c.Plugins.States() {
			v.Plugins = append(v.Plugins, pluginCardOf(s, st))
		}
	}
	return c.render(w, r, http.StatusOK, "plugins", v)
}

func pluginCardOf(s *speaker, st plugin.State) pluginCard {
	card := pluginCard{State: st, Look: "unasked", WhyNot: s.hookWhy(st.Why)}
	switch {
	case !st.PausedUntil.IsZero():
		card.Look = "paused"
	case st.Failed.After(st.Answered):
		card.Look = "failing"
	case !st.Answered.IsZero():
		card.Look = "answers"
	}
	if st.Most > 0 {
		card.Half, card.Most = s.t("plugins.millis", "Millis", max(1, st.Half.Milliseconds())), s.t("plugins.millis", "Millis", max(1, st.Most.Milliseconds()))
	}
	if st.PerDay > 0 {
		card.Used = percent(100 * float64(min(st.Asked, st.PerDay)) / float64(st.PerDay))
	}
	return card
}

// detector says what a detector is called.
func (s *speaker) detector(d jaga.Detector) string {
	if name, ok := strings.CutPrefix(string(d), "plugin/"); ok {
		return s.t("plugins.detector", "Name", name)
	}
	return s.word("detector", d)
}
