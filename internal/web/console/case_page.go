package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// casePage is a case on one screen.
type casePage struct {
	page
	Case     casework.Case
	Overview casework.Overview
	All      int64 // findings, with those of merged cases
	Holder   string
	LeaseOn  bool // somebody has it now
	Mine     bool // the reader does
	Lease    casework.Lease
	Blind    bool // the reader decides without the first answer
	Settles  bool // the two answers differ, and are open

	Story      story
	Course     *course
	Proof      weighing
	Lacks      []lackLine
	Lacking    int
	Relations  []claim
	Accounts   []casework.Party
	Spread     *spreadPart
	Crowd      *crowd
	Files      *caseFiles
	Evidence   *caseEvidence
	Clocks     []clockLine
	NewClock   *clockForm
	Shreds     []casework.Shredded // what is no longer kept
	LegalHolds *caseHolds          // nil without any
	Report     *reportPart
	Form       *caseForm
	Answers    []answerView
	Undo       *undoView
	Outbox     []casework.Action
	Out        []outView // the same, with what became of it
	Done       []doneView
	MoreDone   int // that are not shown
	Second     *secondView
	// PluginAnswers are what plugins said of the files on this page.
	PluginAnswers []pluginAnswer
	Steps         stepsView
	Related       []casework.Case
	Parts         []int64 // cases that are part of this one
	Trail         []trailLine
	Gold          *casework.GoldAnswer // the case was made up, and the reader has decided
	People        []colleague
	Queues        []string // that there are
	MoveTo        string   // what the form of moving holds
	Forms         []jaga.Form
	Risks         []casework.Risk

	AfterValue string // where the timeline begins
	want       func(string) string
	typed      url.Values // what the form of an act held
}

// Typed is what a field of the form of an act held, to be kept.
func (v *casePage) Typed(name string) string { return v.typed.Get(name) }

// Here reports whether the reader may do something in the queue of the case.
func (v *casePage) Here(capability string) bool {
	return v.who.Can(auth.Capability(capability), v.Case.Queue)
}

// Welfare reports whether the case is between children.
func (v *casePage) Welfare() bool { return v.Case.Path == casework.PathWelfare }

// MayTake reports whether the reader can take the case now.
func (v *casePage) MayTake() bool {
	return v.Case.Workable() && !v.LeaseOn && (v.Case.Assignee == "" || v.Case.Assignee == v.who.Actor) && v.Here(string(auth.Decide)) && (v.Case.Round == 1 || v.Here(string(auth.SecondReview))) && !v.decided()
}

// decided reports whether the reader has an answer in this review already.
func (v *casePage) decided() bool {
	for _, a := range v.Answers {
		if a.Mine && !a.Undone && a.Cycle == v.Case.Cycle {
			return true
		}
	}
	return false
}

// Open reports whether nobody decided on the case yet.
func (v *casePage) Open() bool {
	switch v.Case.State {
	case casework.StateNew, casework.StateTriage, casework.StateInReview:
		return v.Case.MergedInto == 0 && v.Case.Cycle == 1
	}
	return false
}

// MaySplit reports whether the reader can take findings out.
func (v *casePage) MaySplit() bool {
	return v.Open() && v.Case.Findings > 1 && v.Here(string(auth.Merge))
}

// Sortable reports whether the review has not begun.
func (v *casePage) Sortable() bool {
	return v.Case.State == casework.StateNew || v.Case.State == casework.StateTriage
}

// Is reports whether the case is in one of the states.
func (v *casePage) Is(states ...string) bool {
	return slices.Contains(states, string(v.Case.State))
}

// ForMe reports whether the case was escalated to the reader, who has not said
// yet that they saw it.
func (v *casePage) ForMe() bool {
	return v.Case.Escalated == v.who.Actor && !v.Case.Acknowledged
}

// ToldOnly reports whether everything in the case is what people told, so that
// nothing was examined.
func (v *casePage) ToldOnly() bool {
	return len(v.Overview.Kinds) > 0 && !slices.ContainsFunc(v.Overview.Kinds, func(k casework.KindCount) bool {
		return k.Kind != casework.KindText && k.Kind != casework.KindUser && k.Kind != casework.KindHotline
	})
}

// TextOnly reports whether there is nothing to look at.
func (v *casePage) TextOnly() bool { return textOnly(v.Overview) }

func textOnly(o casework.Overview) bool {
	for _, k := range o.Kinds {
		switch k.Kind {
		case casework.KindMedia, casework.KindLive, casework.KindTakedown:
			return false
		}
	}
	return true
}

// Past are the answers that do not stand: taken back, or of an earlier review.
func (v *casePage) Past() (out []answerView) {
	for _, a := range v.Answers {
		if !a.Now {
			out = append(out, a)
		}
	}
	return out
}

// AtFault is the field that is wrong, if one is.
func (v *casePage) AtFault() string {
	if v.Problem == nil {
		return ""
	}
	return v.Problem.Field
}

// caseAgain is what an act hands to the page that follows it.
type caseAgain struct {
	status  int
	problem *problem
	notice  *notice
	// typed is what a form held, to be kept.
	typed *caseForm
	// open are the findings and reasons whose words are on the page.
	open openWords
}

func (c *console) casePage(w http.ResponseWriter, r *http.Request) error {
	cs, err := c.theCase(r, auth.ReadCases)
	if err != nil {
		return err
	}
	if cs.MergedInto > 0 {
		_, root, err := c.Cases.Get(r.Context(), cs.ID)
		if err != nil {
			return err
		}
		if _, err := c.readable(r, root, auth.ReadCases); err != nil {
			return err
		}
		return seeOther(w, r, casePath(root)+"?part="+strconv.FormatInt(cs.ID, 10))
	}
	return c.caseView(w, r, cs, caseAgain{status: http.StatusOK, notice: c.caseNotice(r)})
}

// tellCase answers an act that was refused with the page of the case, which
// says why. Everything else is a page of its own.
func (c *console) tellCase(w http.ResponseWriter, r *http.Request, id int64, err error, typed *caseForm) error {
	if !mayTell(err) {
		return err
	}
	cs, getErr := c.readable(r, id, auth.ReadCases)
	if getErr != nil {
		return getErr
	}
	return c.caseView(w, r, cs, caseAgain{status: jaga.CodeOf(err).HTTPStatus(), problem: c.caseProblem(c.say(r), err), typed: typed})
}

// mostActs is how many acts a page tells of, the newest.
const mostActs = 300

func (c *console) caseView(w http.ResponseWriter, r *http.Request, cs casework.Case, again caseAgain) error {
	ctx, s, me := r.Context(), c.say(r), actor(r)
	v := &casePage{page: c.page(r, "cases", s.t("casefile.title", "ID", strconv.FormatInt(cs.ID, 10))), Case: cs, Forms: jaga.Forms(), Risks: allRisks()}
	v.typed = r.PostForm
	v.Problem, v.Notice, v.want, v.AfterValue = again.problem, again.notice, s.want, r.FormValue("after")
	if r.Method != http.MethodGet {
		v.Path = casePath(cs.ID)
	}
	if err := c.Cases.Read(ctx, me, cs.ID); err != nil {
		return err
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	if v.Overview, err = c.Cases.Overview(ctx, cs.ID); err != nil {
		return err
	}
	for _, k := range v.Overview.Kinds {
		v.All += k.N
	}
	acts, moreActs, err := c.Cases.Acts(ctx, cs.ID, mostActs)
	if err != nil {
		return err
	}
	fold := blindTo(cs, acts, me)
	v.Blind, v.Settles = fold.on, cs.State == casework.StateSecondReview && cs.Round == 3
	v.Parts = partsOf(cs.ID, acts)
	v.LeaseOn = cs.LeasedBy != "" && cs.LeasedUntil > c.now().UnixMicro()
	if v.LeaseOn {
		v.Holder = names(cs.LeasedBy)
	}
	if v.Lease, v.Mine, err = c.Cases.Mine(ctx, me, cs.ID); err != nil {
		return err
	}
	if err := c.caseAnswers(r, v, acts, names); err != nil {
		return err
	}
	if err := c.caseStory(r, v, fold.acts(acts), moreActs, fold, names, again.open); err != nil {
		return err
	}
	if v.Crowd, err = c.crowdOf(ctx, s, cs, v.Overview); err != nil {
		return err
	}
	if answer, ok, err := c.Cases.GoldAnswer(ctx, me, cs.ID); err != nil {
		return err
	} else if ok {
		v.Gold = &answer
	}
	if err := c.caseFiles(r, v); err != nil {
		return err
	}
	if err := c.caseEvidence(r, v); err != nil {
		return err
	}
	if err := c.caseClocks(r, v); err != nil {
		return err
	}
	if err := c.caseReports(r, v, names); err != nil {
		return err
	}
	if v.Mine {
		if err := c.caseFormFor(r, v, again.typed); err != nil {
			return err
		}
	}
	v.Steps = c.stepsFor(s, cs)
	if err := c.caseDone(r, v, fold, names); err != nil {
		return err
	}
	if err := c.caseSecond(r, v, fold, names); err != nil {
		return err
	}
	if err := c.caseRelated(r, v); err != nil {
		return err
	}
	if v.Trail, err = c.caseTrail(ctx, s, fold, names, cs.ID, v.Report); err != nil {
		return err
	}
	if v.People, err = c.colleagues(ctx, cs.Queue); err != nil {
		return err
	}
	if v.Here(string(auth.Assign)) {
		v.MoveTo = cs.Queue
		if v.AtFault() == "case-new_queue" {
			v.MoveTo = r.PostFormValue("queue")
		}
		if v.Queues, err = c.knownQueues(ctx); err != nil {
			return err
		}
	}
	return c.render(w, r, cmp.Or(again.status, http.StatusOK), "case", v)
}

func allRisks() []casework.Risk {
	return []casework.Risk{casework.RiskImminent, casework.RiskLive, casework.RiskThreat, casework.RiskContact, casework.RiskNew, casework.RiskKnown}
}

// partsOf lists the cases that were merged into one and not taken out again.
func partsOf(id int64, acts []casework.Logged) (out []int64) {
	in := map[int64]bool{}
	var order []int64
	for _, a := range acts {
		if a.Case != id {
			continue
		}
		switch a.Kind {
		case casework.Absorbed:
			if !in[a.Data.Case] {
				order = append(order, a.Data.Case)
			}
			in[a.Data.Case] = true
		case casework.Parted:
			in[a.Data.Case] = false
		}
	}
	for i, x := range order {
		if in[x] && !slices.Contains(order[:i], x) {
			out = append(out, x)
		}
	}
	return out
}

// mostRelated is how many related cases a page names.
const mostRelated = 20

// caseRelated names the related cases whose queues the reader may read.
func (c *console) caseRelated(r *http.Request, v *casePage) error {
	ids, err := c.Cases.Related(r.Context(), v.Case.ID)
	if err != nil {
		return err
	}
	for i := len(ids) - 1; i >= 0 && len(v.Related) < mostRelated; i-- {
		other, err := c.readable(r, ids[i], auth.ReadCases)
		switch jaga.CodeOf(err) {
		case jaga.CodeNotFound:
			continue
		case "":
		default:
			return err
		}
		v.Related = append(v.Related, other)
	}
	return nil
}
