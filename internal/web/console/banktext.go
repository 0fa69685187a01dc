package console

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/weblist"
)

// textForm is an address, or words, that were typed.
type textForm struct{ Kind, Text, Note string }

// listed is an entry that was just added, with what it covers. Only its digest
// is kept, so this is the one time that it can be shown.
type listed struct {
	Entry        int64
	Level        weblist.Level
	Text         string
	Matches, Not []string
}

func listedOf(e bank.Entry, k weblist.Key) *listed {
	l := &listed{Entry: e.ID, Level: k.Level, Text: k.Text}
	for _, x := range k.Examples() {
		if x.Covered {
			l.Matches = append(l.Matches, x.Text)
		} else {
			l.Not = append(l.Not, x.Text)
		}
	}
	return l
}

// maxListed is the longest address that may be typed.
const maxListed = 8 << 10

// bankText adds an address or words to a bank, or looks whether they are in it.
// Both are posted and answered with the page itself, so that what is listed is
// in no address and no log.
func (c *console) bankText(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	s, name := c.say(r), r.PathValue("bank")
	b, err := c.Banks.Get(r.Context(), name)
	if err != nil {
		return err
	}
	f := textForm{r.PostFormValue("kind"), strings.TrimSpace(r.PostFormValue("listed")), strings.TrimSpace(r.PostFormValue("listed_note"))}
	typ := jaga.URL
	if f.Kind == "words" {
		typ = jaga.Keyword
	}
	v, k, err := engine.ParseListed(typ, f.Text)
	switch {
	case len(f.Text) > maxListed || err != nil && r.PostFormValue("do") != "look":
		return c.bankView(w, r, http.StatusUnprocessableEntity, func(p *bankPage) {
			p.Text, p.New, p.Problem = f, false, &problem{Field: "listed", Text: s.t("listed.bad", "Why", s.whyNotListed(f.Text, err))}
		})
	case r.PostFormValue("do") == "look":
		found, err := c.listedIn(b, v, f.Text, err == nil)
		if err != nil {
			return err
		}
		return c.bankView(w, r, http.StatusOK, func(p *bankPage) { p.Text, p.New, p.Looked, p.Found = f, false, true, found })
	case c.Engine.Has(b.ID, v, c.now().Unix()):
		return c.bankView(w, r, http.StatusConflict, func(p *bankPage) {
			p.Text, p.New, p.Problem = f, false, &problem{Field: "listed", Text: s.t("listed.already")}
		})
	}
	e, err := c.Banks.Add(r.Context(), actor(r), name, bank.NewEntry{Values: []engine.Value{v}, Note: f.Note})
	if err != nil {
		if !mendable(err) {
			return err
		}
		return c.bankView(w, r, http.StatusUnprocessableEntity, func(p *bankPage) { p.Text, p.New, p.Problem = f, false, c.problem(s, err) })
	}
	return c.bankView(w, r, http.StatusOK, func(p *bankPage) { p.Text.Kind, p.New, p.Listed = f.Kind, false, listedOf(e, k) })
}

// whyNotListed says what is wrong with an entry, without repeating it.
func (s *speaker) whyNotListed(text string, err error) string {
	if e, ok := errors.AsType[*jaga.Error](err); ok && len(text) <= maxListed {
		return s.detail(e.Msg)
	}
	return s.t("detail.long", "A", strconv.Itoa(maxListed))
}

// listedIn finds the entries of a bank that are what was typed, where that is
// one, or that cover something in it.
func (c *console) listedIn(b bank.Bank, v engine.Value, text string, whole bool) ([]jaga.Match, error) {
	var signals []jaga.Signal
	if whole {
		signals = append(signals, jaga.Signal{Type: v.Type, Value: v.String()})
	}
	for _, x := range c.Engine.Spot(text, "") {
		if len(signals) == 0 || x.Signal.Value != signals[0].Value {
			signals = append(signals, jaga.Signal{Type: x.Signal.Type, Value: x.Signal.Value})
		}
	}
	if len(signals) == 0 {
		return nil, nil
	}
	a, err := c.Engine.Match(engine.Query{Signals: signals, Banks: []string{b.Name}, Now: c.now(), Raw: true})
	if err != nil {
		return nil, jaga.Errorf(jaga.CodeUnavailable, "search: %w", err)
	}
	return a.Matches[:min(len(a.Matches), entriesPerPage)], nil
}
