package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// goldsPage shows how gold cases were decided, over all people, and adds one.
// It lists none: whoever adds them decides cases, too.
type goldsPage struct {
	page
	Quality casework.Quality
	Right   float64
	Days    int
	Queues  []string
	// What was typed, or taken from a case that was decided:
	From                            int64
	Text, Queue, Form, Outcome, Ask string
	Risk                            int64
}

// goldDays is how far back the page counts.
const goldDays = 90

// Outcomes, Forms and Risks are what there is to choose.
func (*goldsPage) Outcomes() []casework.Outcome { return casework.Outcomes() }

// Forms lists the forms.
func (*goldsPage) Forms() []jaga.Form { return jaga.Forms() }

// Risks lists the risks.
func (*goldsPage) Risks() []casework.Risk { return casework.Risks() }

func (c *console) golds(w http.ResponseWriter, r *http.Request) error {
	return c.goldsView(w, r, http.StatusOK, func(v *goldsPage) error {
		v.Risk = int64(casework.RiskContact)
		if from := r.URL.Query().Get("from"); from != "" {
			return c.goldFrom(r, v, from)
		}
		return nil
	})
}

func (c *console) goldsView(w http.ResponseWriter, r *http.Request, status int, change func(*goldsPage) error) error {
	ctx, s := r.Context(), c.say(r)
	who, _ := auth.From(ctx)
	queues, err := queuesFor(who, auth.SecondReview)
	if err != nil {
		return err
	}
	v := &goldsPage{page: c.page(r, "statistics", s.t("golds.title")), Days: goldDays}
	v.Path = "/golds"
	if v.Quality, err = c.Cases.Quality(ctx, c.now().Add(-goldDays*24*time.Hour)); err != nil {
		return err
	}
	if v.Quality.Decisions > 0 && !v.Quality.Suppressed {
		v.Right = 100 * float64(v.Quality.Right) / float64(v.Quality.Decisions)
	}
	if v.Queues, err = c.queueNames(r, queues); err != nil {
		return err
	}
	if len(v.Queues) == 0 {
		v.Queues = []string{"default"}
	}
	if r.URL.Query().Get("done") == "added" && r.Method == http.MethodGet {
		v.Notice = &notice{true, s.t("golds.done_added")}
	}
	if err := change(v); err != nil {
		return err
	}
	return c.render(w, r, status, "golds", v)
}

// goldFrom fills the form with what was reported in a case that was decided.
// Reading the words is recorded, as it always is.
func (c *console) goldFrom(r *http.Request, v *goldsPage, from string) error {
	ctx, s := r.Context(), c.say(r)
	who, _ := auth.From(ctx)
	v.Ask = from
	wrong := func(text string) error {
		v.Problem = &problem{Field: "gold-from", Text: text}
		return nil
	}
	id, err := strconv.ParseInt(strings.TrimPrefix(from, "#"), 10, 64)
	if err != nil {
		return wrong(s.t("golds.no_case"))
	}
	cs, _, err := c.Cases.Get(ctx, id)
	if jaga.CodeOf(err) == jaga.CodeNotFound || err == nil && !(who.Can(auth.ReadCases, cs.Queue) && who.Can(auth.SecondReview, cs.Queue)) {
		return wrong(s.t("golds.no_case"))
	}
	if err != nil {
		return err
	}
	if cs.Outcome == "" {
		return wrong(s.t("golds.not_decided"))
	}
	findings, err := c.Cases.Findings(ctx, id, 0, 50)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(findings, func(f casework.Linked) bool { return f.HasText })
	if i < 0 {
		return wrong(s.t("golds.no_words"))
	}
	if v.Text, err = c.Cases.FindingText(ctx, who.Actor, id, findings[i].ID); err != nil {
		return err
	}
	v.From, v.Queue, v.Form, v.Outcome, v.Risk = id, cs.Queue, string(cs.Form), string(cs.Outcome), int64(cs.Risk)
	return nil
}

// goldAdd opens a gold case.
func (c *console) goldAdd(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 2*casework.MaxText)
	if err := r.ParseForm(); err != nil {
		return jaga.Errorf(jaga.CodeInvalid, "the form is too large")
	}
	who, _ := auth.From(r.Context())
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	risk, _ := strconv.ParseInt(text("gold_risk"), 10, 64) // what is no number is no risk
	ref, err := uuid.NewV7()                               // as reports of a platform's users have one
	if err != nil {
		return err
	}
	f := casework.Finding{Kind: casework.KindUser, Ref: ref.String(), Queue: text("gold_queue"), Form: jaga.Form(text("gold_form")), Band: jaga.BandReview, Risk: casework.Risk(risk),
		Text: strings.ReplaceAll(text("gold_text"), "\r\n", "\n")}
	right := casework.Outcome(text("gold_outcome"))
	key := ""
	switch {
	case len(f.Text) < 20 || len(f.Text) > casework.MaxText:
		key = "text"
	case casework.CheckQueue(f.Queue) != nil || !who.Can(auth.SecondReview, f.Queue):
		key = "queue"
	case !f.Form.Valid():
		key = "form"
	case !slices.Contains(casework.Risks(), f.Risk):
		key = "risk"
	case !slices.Contains(casework.Outcomes(), right):
		key = "outcome"
	}
	if key == "" {
		if _, err := c.Cases.AddGold(r.Context(), who.Actor, f, right); err != nil {
			return err
		}
		return seeOther(w, r, "/golds?done=added")
	}
	return c.goldsView(w, r, http.StatusUnprocessableEntity, func(v *goldsPage) error {
		v.Text, v.Queue, v.Form, v.Outcome, v.Risk = f.Text, f.Queue, string(f.Form), string(right), risk
		v.Problem = &problem{Field: "gold_" + key, Text: c.say(r).word("golds_fault", key)}
		return nil
	})
}
