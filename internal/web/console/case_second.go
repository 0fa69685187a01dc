package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/store"
)

// secondView is the part "Second opinion" of a case: what a language model rated.
// It is advice: no band, order or finding comes of it.
type secondView struct {
	// Blind is set while the reader has still to answer without knowing what
	// others think; nothing is shown or asked then.
	Blind    bool
	Opinions []opinionView
	MayAsk   bool
	Finding  string // that would be asked about
	Model    string
	Left     string // of the budget of today
}

// opinionView is one answer, or that there was none.
type opinionView struct {
	plugin.Asked
	By     string
	WhyNot string
	Took   string
	Given  string
	Rated  []ratedSign
}

type ratedSign struct {
	ID, Name, Word string
	Value          float64
}

// mostOpinions is how many a page shows, the newest.
const mostOpinions = 5

// mostReviewable is how many findings are looked through for one to ask about.
const mostReviewable = 200

// caseSecond fills in the second opinions, where a plugin gives some.
func (c *console) caseSecond(r *http.Request, v *casePage, fold blindfold, names func(string) string) error {
	st, gives := c.Plugins.Gives()
	var list []plugin.Asked
	if err := c.DB.View(r.Context(), func(tx *store.Tx) (err error) {
		list, err = plugin.Opinions(tx, slices.Concat([]int64{v.Case.ID}, v.Parts), mostOpinions)
		return err
	}); err != nil {
		return err
	}
	finding := ""
	if gives && c.Second != nil && v.Case.Band == jaga.BandReview {
		var err error
		if finding, err = c.reviewable(r, v.Case.ID); err != nil {
			return err
		}
	}
	if len(list) == 0 && finding == "" {
		return nil
	}
	if fold.on {
		v.Second = &secondView{Blind: true}
		return nil
	}
	s := c.say(r)
	out := &secondView{Finding: finding, Model: st.Model, MayAsk: finding != "" && v.Here(string(auth.Decide)) && v.Here(string(auth.OpenExcerpts))}
	if gives && st.PerDay > 0 {
		out.Left = s.t("second.left", "N", max(0, st.PerDay-st.Asked), "Budget", st.PerDay)
	}
	for _, a := range list {
		out.Opinions = append(out.Opinions, opinionOf(s, a, names))
	}
	v.Second = out
	return nil
}

// reviewable is the newest finding of a conversation in the band review.
func (c *console) reviewable(r *http.Request, id int64) (finding string, err error) {
	list, err := c.Cases.Findings(r.Context(), id, 0, mostReviewable)
	for _, f := range list {
		if f.Kind == casework.KindConversation && f.Band == jaga.BandReview {
			finding = f.Ref
		}
	}
	return finding, err
}

func opinionOf(s *speaker, a plugin.Asked, names func(string) string) opinionView {
	v := opinionView{Asked: a, By: names(a.Who), Took: s.t("plugins.millis", "Millis", max(1, a.Took.Milliseconds()))}
	if a.Took >= 10*time.Second {
		v.Took = s.duration(a.Took)
	}
	if a.Lines > 0 {
		v.Given = s.t("second.given", "Lines", a.Lines, "Signs", strings.Join(a.Signs, ", "))
	}
	if !a.Said {
		v.WhyNot = s.secondWhy(a.Why)
		return v
	}
	for _, x := range a.Scores {
		word := "hardly"
		switch {
		case x.Value >= 0.7:
			word = "clearly"
		case x.Value >= 0.3:
			word = "partly"
		}
		rated := ratedSign{ID: x.Category, Word: s.word("second_rate", word), Value: x.Value}
		if e, ok := indicator.Get(indicator.ID(x.Category)); ok {
			rated.Name = e.Name.In(s.tag)
		}
		v.Rated = append(v.Rated, rated)
	}
	return v
}

// secondWhy says in the reader's language why there is no opinion.
func (s *speaker) secondWhy(text string) string {
	for part, key := range map[string]string{"cannot tell": "cannot_tell", "a day allows": "budget", "failed in a row": "paused", "nothing to ask": "nothing", "too many questions": "busy", "band review only": "band", "no plugin gives": "none"} {
		if strings.Contains(text, part) {
			return s.word("second_why", key)
		}
	}
	return s.hookWhy(text)
}

func secondWhys() []string {
	return []string{"cannot_tell", "budget", "paused", "nothing", "busy", "band", "none"}
}

// caseAskSecond asks the language model, as the reader. Whoever has still to
// answer blind is refused: the opinion would be theirs before they have one.
func (c *console) caseAskSecond(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		if _, err := c.readable(r, cs.ID, auth.OpenExcerpts); err != nil {
			return "", err
		}
		acts, _, err := c.Cases.Acts(r.Context(), cs.ID, mostActs)
		if err != nil {
			return "", err
		}
		refuse := func() error {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "opinion", Msg: "ask for an opinion: not about this case now"}
		}
		if _, gives := c.Plugins.Gives(); !gives || c.Second == nil || cs.Band != jaga.BandReview || blindTo(cs, acts, actor(r)).on {
			return "", refuse()
		}
		finding, err := c.reviewable(r, cs.ID)
		if err != nil {
			return "", err
		}
		if finding == "" || r.PostForm.Get("finding") != finding {
			return "", refuse()
		}
		a, err := c.Second(r.Context(), actor(r), cs.ID, finding)
		if jaga.CodeOf(err) == jaga.CodeNotFound {
			return "", refuse() // the conversation is no longer kept
		}
		did := "second"
		if !a.Said {
			did = "second_none"
		}
		return casePath(cs.ID) + "?did=" + did + "#second-" + strconv.FormatInt(a.ID, 10), err
	})
}

// pluginAnswer is what a plugin said of a file of the case.
type pluginAnswer struct {
	Who, Category, Anchor string
	Value                 float64
}

// mostAnswers is how many answers of plugins a page shows.
const mostAnswers = 40
