package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/converse"
)

type findingPage struct {
	page
	converse.Finding
	Claim      claim
	Bands      []jaga.Band // the scale, the least first
	NotChecked []lackLine
	Lacking    int // how many indicators were not looked for
	Source     string
	Others     []talkRow // in the same conversation
	Advice     advice
	Trail      []trailLine
	Open       bool // the excerpt is on the page
	MayOpen    bool // the reader may open it
	Excerpt    timeline
	// names are the people of the open excerpt, by the digests under which
	// findings know long names.
	names map[string]string
}

// HasTime reports whether the message that raised the finding has a time.
func (v *findingPage) HasTime() bool { return given(v.At) }

// claim is a finding as pages show it.
type claim struct {
	Form     jaga.Form
	Band     jaga.Band
	From, To string
	// FromAge and ToAge are what is known of ages, in words.
	FromAge, ToAge string
	Everyone       bool // To is everybody in a room
	Welfare        bool
	Power          []string
	Axes           []powerLine // all ways to have power, and what is known of each
	Because        []reasonLine
	Against        []reasonLine
}

// reasonLine is a piece of evidence, or of counter-evidence.
type reasonLine struct {
	convo.Reason
	Anchor string // of the message, when it stands on the page
}

// claimOf makes a finding ready for a page, in the language of the reader.
// anchors lead from chatMessages to their place on the page.
func (s *speaker) claimOf(f convo.Finding, name func(string) string, anchors map[string]string) claim {
	f = f.Explained(s.tag)
	out := claim{Form: f.Form, Band: f.Band, From: name(f.From), To: name(f.To), FromAge: s.age(f.FromAge), ToAge: s.age(f.ToAge), Everyone: f.To == "*", Welfare: f.Path == "welfare", Power: f.Power}
	lines := func(list []convo.Reason) (out []reasonLine) {
		for _, r := range list {
			out = append(out, reasonLine{r, anchors[r.Message]})
		}
		return out
	}
	out.Because, out.Against = lines(f.Because), lines(f.Against)
	out.Axes = powerOf(f, out.Because)
	return out
}

// age says what is known of an age, see [convo.Finding].
func (s *speaker) age(band string) string {
	switch band {
	case "", "unknown":
		return s.t("age.unknown")
	case "adult", "minor":
		return s.word("age", band)
	case "said adult", "said minor":
		return s.word("age", strings.Replace(band, " ", "_", 1))
	}
	return s.t("age.years", "Years", strings.ReplaceAll(band, "-", "–"))
}

// lackLine lists indicators that lack the same inputs.
type lackLine struct {
	Needs string // the inputs, or why when it is not an input
	IDs   []indicator.ID
}

// lacking groups what was not checked by what is missing.
func (s *speaker) lacking(list []convo.NotChecked) (out []lackLine, n int) {
	for _, x := range list {
		var needs []string
		for _, need := range x.Needs {
			needs = append(needs, s.word("need", need))
		}
		text := cmp.Or(strings.Join(needs, ", "), s.detail(x.Why))
		i := slices.IndexFunc(out, func(l lackLine) bool { return l.Needs == text })
		if i < 0 {
			i = len(out)
			out = append(out, lackLine{Needs: text})
		}
		if x.Indicator != "" {
			out[i].IDs = append(out[i].IDs, x.Indicator)
			n++
		}
	}
	return out, n
}

// advice is what a person can do next.
type advice struct {
	Steps []string
	Help  []helpLine
}

// helpLine is somewhere to turn to.
type helpLine struct{ Where, What, Link string }

// adviceFor says what to do about findings of the forms. observe is for what
// does not call for action by itself, welfare for what happens among children.
func (s *speaker) adviceFor(welfare, observe bool, forms ...jaga.Form) advice {
	var out advice
	add := func(text string) {
		if !slices.Contains(out.Steps, text) {
			out.Steps = append(out.Steps, text)
		}
	}
	switch {
	case observe:
		add(s.t("advice.observe"))
	case welfare:
		add(s.t("advice.welfare"))
		add(s.t("advice.pictures"))
	default:
		for _, f := range forms {
			for _, step := range []string{"_1", "_2", "_3"} {
				add(s.word("advice", string(f)+step))
			}
		}
		add(s.t("advice.pictures"))
	}
	out.Help = []helpLine{
		{s.t("help.indonesia"), s.t("help.sapa"), ""},
		{s.t("help.elsewhere"), "childhelplineinternational.org/helplines", "https://childhelplineinternational.org/helplines"},
	}
	if slices.ContainsFunc(forms, func(f jaga.Form) bool { return f != jaga.FormGrooming }) {
		out.Help = append(out.Help,
			helpLine{s.t("help.pictures"), "takeitdown.ncmec.org", "https://takeitdown.ncmec.org"},
			helpLine{s.t("help.hotlines"), "inhope.org", "https://inhope.org"})
	}
	return out
}

func findingID(r *http.Request) (string, error) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		return "", noFinding()
	}
	return id.String(), nil
}

func (c *console) finding(w http.ResponseWriter, r *http.Request) error {
	return c.findingView(w, r, nil)
}

// excerpt opens the sealed lines for the reader. It is an act and not an
// address: that they were opened is recorded.
func (c *console) excerpt(w http.ResponseWriter, r *http.Request) error {
	id, err := findingID(r)
	if err != nil {
		return err
	}
	if err := c.mayOpen(r.Context(), id); err != nil {
		return err
	}
	lines, err := c.Talk.Excerpt(r.Context(), actor(r), id)
	if err != nil {
		return err
	}
	return c.findingView(w, r, func(v *findingPage) {
		v.Open, v.names = true, map[string]string{}
		all := make([]chatMessage, 0, len(lines))
		for _, l := range lines {
			v.names[convo.ShortID(l.From)] = l.From
			all = append(all, chatMessage{ID: l.Message, From: l.From, At: l.At, Text: l.Text, Act: l.Act, Transcribed: l.Transcribed})
		}
		v.Excerpt = c.timelineOf(c.say(r), all, note([]convo.Finding{v.Finding.Finding}), "m-", nil, len(all))
	})
}

// findingView shows a finding. open, if set, puts the excerpt on the page.
func (c *console) findingView(w http.ResponseWriter, r *http.Request, open func(*findingPage)) error {
	ctx, s := r.Context(), c.say(r)
	id, err := findingID(r)
	if err != nil {
		return err
	}
	if err := c.mayRead(ctx, auth.ReadFindings, talkKinds(), id, noFinding()); err != nil {
		return err
	}
	f, err := c.Talk.Get(ctx, id)
	if err != nil {
		return err
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	v := &findingPage{page: c.page(r, "conversations", s.word("form_signs", f.Finding.Form)), Finding: f, Source: names(f.Source),
		Bands: []jaga.Band{jaga.BandObserve, jaga.BandReview, jaga.BandUrgent}}
	v.Path = "/conversations/" + id
	v.MayOpen = c.mayOpen(ctx, id) == nil
	if open != nil {
		open(v)
	}
	v.Claim = s.claimOf(f.Finding, func(who string) string { return cmp.Or(v.names[who], who) }, v.Excerpt.Anchors)
	v.NotChecked, v.Lacking = s.lacking(f.Finding.NotChecked)
	v.Advice = s.adviceFor(v.Claim.Welfare, v.Claim.Band <= jaga.BandObserve, f.Finding.Form)
	others, err := c.talkRows(ctx, s, converse.Filter{Conversation: f.Finding.Conversation, Limit: 10})
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.ID != id {
			v.Others = append(v.Others, o)
		}
	}
	if v.Trail, err = c.trail(ctx, s, names, "finding:"+id); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "finding", v)
}
