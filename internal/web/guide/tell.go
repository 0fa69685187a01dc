package guide

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/tell"
)

// tellKind is the kind of the page on which readers write to the operator's
// team.
const tellKind = "tell"

// tellBody is how much a reader may send to that page, in bytes. It is more
// than a message may have, so that a text that is too long comes back whole,
// to be shortened.
const tellBody = 1 << 20

// Tell keeps what readers write to the operator's team. Addresses are for
// limits only.
type Tell interface {
	// Open reports whether new messages are taken in.
	Open() bool
	// Promise is what readers are told before they write.
	Promise() tell.Promise
	// Token returns what a form carries, so that it is noticed when it is sent
	// twice.
	Token() string
	// Send takes in a first message.
	Send(ctx context.Context, from netip.Addr, l tell.Letter) (tell.Sent, error)
	// Look returns a conversation to its writer.
	Look(ctx context.Context, from netip.Addr, number, pin string) (tell.Thread, error)
	// Reply adds a message; twice says that it was there already.
	Reply(ctx context.Context, from netip.Addr, number, pin, text string) (t tell.Thread, twice bool, err error)
	// Delete removes a conversation.
	Delete(ctx context.Context, from netip.Addr, number, pin string) error
}

// tellAnswer is what the page says after a form was sent.
type tellAnswer struct {
	// Number and PIN are those of a new message, or what was typed about one
	// that is shown.
	Number, PIN string
	Sent        bool
	Twice       bool // it had been sent before
	Thread      *tell.Thread
	Deleted     bool
	// Text is what was typed and not taken, Length its characters.
	Text    string
	Length  int
	Token   string
	Problem string // the end of a key of the texts
}

// Tells reports whether readers can write to a team here.
func (v *view) Tells() bool { return !v.static && v.g.tell != nil && v.g.tell.Open() }

// Told is what the page says after a form was sent, or an empty answer with a
// token for the form.
func (v *view) Told() tellAnswer {
	a, _ := v.Data.(tellAnswer)
	if a.Token == "" && v.Tells() {
		a.Token = v.g.tell.Token()
	}
	return a
}

// Promise is what readers are told before they write.
func (v *view) Promise() tell.Promise { return v.g.tell.Promise() }

// Moment writes a time out in the zone of the team: day, hour and zone.
func (v *view) Moment(at time.Time) string {
	at = at.In(v.Promise().Zone)
	return v.Weekday(at) + " " + v.Clock(at)
}

// Weekday is the day of a time, with its date.
func (v *view) Weekday(at time.Time) string {
	return strings.Fields(v.Say("tell.weekdays"))[at.Weekday()] + " " + v.Date(at.Format(time.DateOnly)) + ","
}

// Clock is the time of day in the zone of the team.
func (v *view) Clock(at time.Time) string {
	at = at.In(v.Promise().Zone)
	return at.Format("15:04") + " (" + at.Format("MST") + ")"
}

// Day is the date of a message; its writer may be anywhere, so it is that of
// the team.
func (v *view) Day(at time.Time) string {
	return v.Date(at.In(v.Promise().Zone).Format(time.DateOnly))
}

// Mine reports whether an answer is about a number and a PIN, which are then
// asked for at once.
func (a tellAnswer) Mine() bool {
	return slices.Contains([]string{"typo_number", "typo_pin", "pin", "locked", "wait"}, a.Problem)
}

// Elsewhere reports whether an answer leads to other people first.
func (a tellAnswer) Elsewhere() bool {
	return slices.Contains([]string{"flood", "full", "off", "fault"}, a.Problem)
}

// tellProblems are the fields of errors that the page has words for.
func tellProblems() []string {
	return []string{"text", "text_long", "sent", "flood", "full", "enough", "off", "typo_number", "typo_pin", "pin", "wait", "locked", "form"}
}

// tellAct answers the forms of the page.
func (g *Guide) tellAct(w http.ResponseWriter, r *http.Request, p page) {
	v := g.view(p)
	a, err := g.tellForm(r, p.Lang)
	status := http.StatusOK
	if err != nil {
		a.Problem, status = "fault", http.StatusInternalServerError
		var e *jaga.Error
		if errors.As(err, &e) && slices.Contains(tellProblems(), e.Field) {
			a.Problem, status = e.Field, e.Code.HTTPStatus()
			if e.Code == jaga.CodeBusy {
				status = http.StatusTooManyRequests
			}
		}
	}
	v.Data = a
	g.answer(w, r, status, v)
}

func (g *Guide) tellForm(r *http.Request, lang string) (a tellAnswer, err error) {
	wrong := func(field string) error { return &jaga.Error{Code: jaga.CodeInvalid, Field: field} }
	if g.tell == nil {
		return a, &jaga.Error{Code: jaga.CodeUnavailable, Field: "off"}
	}
	if err := r.ParseForm(); err != nil {
		return a, wrong("text_long")
	}
	f, ctx, from := r.PostForm, r.Context(), sender(r)
	a.Number, a.PIN, a.Text, a.Token = f.Get("number"), f.Get("pin"), f.Get("text"), f.Get("token")
	a.Length = utf8.RuneCountInString(strings.ReplaceAll(strings.TrimSpace(a.Text), "\r\n", "\n"))
	switch f.Get("do") {
	case "send":
		s, err := g.tell.Send(ctx, from, tell.Letter{Token: a.Token, Lang: lang, Text: a.Text})
		if err != nil {
			return a, err
		}
		return tellAnswer{Sent: true, Number: s.Number, PIN: s.PIN, Twice: s.Twice}, nil
	case "look":
		t, err := g.tell.Look(ctx, from, a.Number, a.PIN)
		if err == nil {
			a.Thread = &t
		}
		return a, err
	case "reply":
		t, twice, err := g.tell.Reply(ctx, from, a.Number, a.PIN, a.Text)
		if t.State != "" { // shown also where the text was not taken
			a.Thread, a.Twice = &t, twice
		}
		if err == nil {
			a.Text = ""
		}
		return a, err
	case "delete":
		err := g.tell.Delete(ctx, from, a.Number, a.PIN)
		a.Deleted = err == nil
		return a, err
	}
	return a, wrong("form")
}

// checkShort looks at how hard the short texts of a page are to read.
func (g *Guide) checkShort(lang, kind string, report reporter) {
	var text strings.Builder
	for key, s := range g.trees[lang].texts {
		if strings.HasPrefix(key, kind+".") && key != "tell.weekdays" {
			text.WriteString(s + "\n")
		}
	}
	checkReading(lang, kind, article{File: lang + "/" + kind + ".toml", LeadText: text.String()}, report)
}
