package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
)

// clockLine is a clock of a case.
type clockLine struct {
	casework.Clock
	Name  string
	State casework.ClockState
}

// IsMet reports whether it was met.
func (l clockLine) IsMet() bool { return !l.Met.IsZero() }

// clockForm is the form of a clock that somebody enters.
type clockForm struct {
	Choices []choice // what the profiles in force have a time for, and each kind by itself
	// What was typed.
	Start, Due, Authority, Letter, Reason string
	Zone                                  string
	Open                                  bool
}

// caseHolds says that a case is under legal holds.
type caseHolds struct {
	On      int  // how many keep something now
	Letters bool // a letter asked for one
	Past    bool // the time of a letter is over, and somebody has to say what follows
}

// caseLegalHolds are the holds of a case and of those merged into it; nil for
// none.
func (c *console) caseLegalHolds(r *http.Request, id int64) (*caseHolds, error) {
	if c.Evidence == nil {
		return nil, nil
	}
	out, now := caseHolds{}, c.now().UnixMicro()
	err := c.DB.View(r.Context(), func(tx *store.Tx) error {
		ids, err := c.Cases.Members(tx, id)
		if err != nil {
			return err
		}
		for _, part := range ids {
			holds, err := c.Evidence.Holds(tx, evidence.Scope{Case: part})
			if err != nil {
				return err
			}
			for _, h := range holds {
				if !h.Active(now) {
					continue
				}
				out.On++
				out.Letters = out.Letters || !h.Asked.IsZero()
				out.Past = out.Past || h.Past(now)
			}
		}
		return nil
	})
	if err != nil || out.On == 0 {
		return nil, err
	}
	return &out, nil
}

func (c *console) caseClocks(r *http.Request, v *casePage) error {
	list, err := c.Cases.Clocks(r.Context(), v.Case.ID)
	if err != nil {
		return err
	}
	if v.Shreds, err = c.Cases.Shreds(r.Context(), v.Case.ID); err != nil {
		return err
	}
	if v.LegalHolds, err = c.caseLegalHolds(r, v.Case.ID); err != nil {
		return err
	}
	s := c.say(r)
	for _, k := range list {
		v.Clocks = append(v.Clocks, clockLine{k, c.clockOf(s, k.What, k.Profile), k.State(c.now())})
	}
	if v.Here(string(auth.Decide)) && v.Case.MergedInto == 0 {
		v.NewClock = c.clockForm(r, s)
	}
	return nil
}

// clockForm offers the clocks that people enter: what a profile in force has a
// number for, and each kind with a time of its own.
func (c *console) clockForm(r *http.Request, s *speaker) *clockForm {
	get := r.PostForm.Get
	f := &clockForm{Start: get("start"), Due: get("due"), Authority: get("authority"), Letter: get("letter"), Reason: get("clock_reason"),
		Zone: c.now().In(c.zone).Format("MST"), Open: r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/clocks")}
	if f.Start == "" {
		f.Start = c.now().In(c.zone).Format(timeField)
	}
	chosen := get("clock")
	for _, p := range c.Laws {
		for _, k := range p.Clocks {
			if k.Kind == law.SendReport || !k.Within.Set() {
				continue // those start with a finding
			}
			value := p.ID + "/" + string(k.Kind) + "/" + k.For
			if slices.ContainsFunc(f.Choices, func(x choice) bool { return x.Value == value }) {
				continue
			}
			word := s.clockName(string(k.Kind))
			if k.For != "" {
				word += ", " + s.word("caseclock_class", k.For)
			}
			f.Choices = append(f.Choices, choice{value, s.t("caseclock.of_law", "Clock", word, "Time", k.Within.String(), "Law", p.Name.In(s.tag)), value == chosen})
		}
	}
	for _, kind := range ownClocks() {
		value := ownProfile + "/" + kind + "/"
		f.Choices = append(f.Choices, choice{value, s.t("caseclock.of_people", "Clock", s.clockName(kind)), value == chosen})
	}
	return f
}

// ownProfile is the profile of clocks whose time somebody states.
const ownProfile = "own"

// ownClocks are the kinds of which somebody can state the time.
func ownClocks() []string {
	return slices.DeleteFunc(casework.ClockKinds(), func(k string) bool { return k == casework.ClockCallBack })
}

// caseClockNames lists the clocks that pages have words for: all that can be
// started.
func caseClockNames() []string { return casework.ClockKinds() }

// clockName names a clock by its kind, and its number where a case has several.
func (s *speaker) clockName(what string) string {
	kind, number, several := strings.Cut(what, ".")
	if !slices.Contains(caseClockNames(), kind) {
		return what
	}
	name := s.word("casefile_clock", kind)
	if several {
		name += " (" + number + ")"
	}
	return name
}

// clockOf names a clock of a profile: two profiles may each have one of a kind.
func (c *console) clockOf(s *speaker, what, profile string) string {
	name := s.clockName(what)
	for _, p := range c.Laws {
		if p.ID == profile {
			return name + " · " + p.Name.In(s.tag)
		}
	}
	return name
}

// ofClock puts errors about a clock on fields of their own.
func ofClock(err error) error {
	e := asError(err)
	if e == nil || e.Field != "reason" {
		return err
	}
	out := *e
	out.Field = "clock_reason"
	return &out
}

// caseClockAdd enters an order, a question, a letter or a breach.
func (c *console) caseClockAdd(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		get := r.PostForm.Get
		parts := strings.Split(get("clock"), "/")
		if len(parts) != 3 {
			return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "what", Msg: "add clock: there is no such kind"}
		}
		k := casework.Clock{Profile: parts[0], What: parts[1], Authority: get("authority"), Letter: get("letter")}
		var err error
		if k.Start, err = c.formTime(get("start"), "start"); err != nil {
			return "", err
		}
		if k.Start.IsZero() {
			k.Start = c.now()
		}
		if k.Due, err = c.formTime(get("due"), "due"); err != nil {
			return "", err
		}
		if k.Profile != ownProfile {
			// The law says by when.
			i := slices.IndexFunc(c.Laws, func(p *law.Profile) bool { return p.ID == k.Profile })
			if i < 0 {
				return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "what", Msg: "add clock: there is no such profile"}
			}
			k.Due = c.Laws[i:i+1].By(law.Kind(k.What), parts[2], k.Start).First.At
		}
		if k.Due.IsZero() {
			return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "due", Msg: "add clock: say by when"}
		}
		_, err = c.Cases.AddClock(r.Context(), actor(r), cs.ID, k, get("clock_reason"))
		return "clock_added", ofClock(err)
	})
}

// caseClockEnd says that what a clock is for was done, or need not be; the button
// says which.
func (c *console) caseClockEnd(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		k := casework.Clock{What: r.PostForm.Get("what"), Profile: r.PostForm.Get("profile")}
		var err error
		if k.Case, err = strconv.ParseInt(r.PostForm.Get("of"), 10, 64); err != nil {
			return "", &jaga.Error{Code: jaga.CodeConflict, Field: "clock", Msg: "end clock: there is no such clock"}
		}
		did, met := "clock_met", true
		if r.PostForm.Get("do") == "drop" {
			did, met = "clock_dropped", false
		}
		err = ofClock(c.Cases.EndClock(r.Context(), actor(r), cs.ID, k, met, r.PostForm.Get("clock_reason")))
		if jaga.CodeOf(err) == jaga.CodeNotFound { // somebody was first
			err = &jaga.Error{Code: jaga.CodeConflict, Field: "clock", Msg: "end clock: no such clock runs"}
		}
		return did, err
	})
}
