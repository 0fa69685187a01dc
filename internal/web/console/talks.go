package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/converse"
)

// talkRow is a finding of a conversation in a list.
type talkRow struct {
	converse.Finding
	Why    string // one sentence
	Source string
}

// When is the time of the message that raised the finding, or that of the
// finding itself when the message came without one.
func (r talkRow) When() time.Time { return messageTime(r.Finding) }

func messageTime(f converse.Finding) time.Time {
	if given(f.At) {
		return f.At
	}
	return f.Updated
}

// given reports whether a time is one that a message can have.
func given(t time.Time) bool { return t.Year() > 1970 }

type talksPage struct {
	page
	Rows   []talkRow
	Least  jaga.Band // what the list is limited to
	Form   jaga.Form
	Forms  []formCount
	Bands  []leastCount
	All    int64
	Seen   int64  // messages since the start
	Older  string // the address of the next page
	Newer  bool   // this is not the first page
	Live   string // the address to ask for news
	Server string // where platforms send messages
	Days   plot
	Tally  tally
}

type formCount struct {
	Form jaga.Form
	N    int64
}

type leastCount struct {
	Band jaga.Band
	N    int64
}

const talksPerPage = 25

// talkForms is the order in which forms stand on pages.
func talkForms() []jaga.Form {
	return []jaga.Form{jaga.FormGrooming, jaga.FormSextortion, jaga.FormLiveStream, jaga.FormCSAM}
}

func (c *console) talks(w http.ResponseWriter, r *http.Request) error {
	ctx, q, s := r.Context(), r.URL.Query(), c.say(r)
	v := &talksPage{page: c.page(r, "conversations", s.t("talk.title")), Seen: c.Talk.Counts().Messages, Server: c.address(r)}
	switch q.Get("band") {
	case "review":
		v.Least = jaga.BandReview
	case "urgent":
		v.Least = jaga.BandUrgent
	}
	if f := jaga.Form(q.Get("form")); f.Valid() {
		v.Form = f
	}
	before := q.Get("before")
	if _, err := uuid.Parse(before); err != nil {
		before = ""
	}
	v.Newer = before != ""
	tallies, err := c.Talk.Tallies(ctx, c.unless(ctx, auth.ReadFindings, talkKinds()))
	if err != nil {
		return err
	}
	v.count(tallies)
	if v.Rows, err = c.talkRows(ctx, s, converse.Filter{Band: v.Least, Form: v.Form, Before: before, Limit: talksPerPage + 1}); err != nil {
		return err
	}
	if len(v.Rows) > talksPerPage {
		v.Rows = v.Rows[:talksPerPage]
		v.Older = talkLink(v.Least, v.Form, v.Rows[talksPerPage-1].ID)
	}
	if !v.Newer {
		v.Live = talkLink(v.Least, v.Form, "")
	}
	if v.All > 0 {
		now := c.now()
		h, err := c.talkHistory(ctx, now.AddDate(0, 0, -plotDays))
		if err != nil {
			return err
		}
		v.Days, v.Tally = c.dayPlot(s, h, now), makeTally(s, tallies)
	}
	return c.render(w, r, http.StatusOK, "talks", v)
}

// count counts for the filters, each within what the other one chooses.
func (v *talksPage) count(tallies []converse.Tally) {
	form := map[jaga.Form]int64{}
	band := map[jaga.Band]int64{}
	for _, t := range tallies {
		v.All += t.N
		if t.Band >= int64(v.Least) {
			form[jaga.Form(t.Form)] += t.N
		}
		if v.Form != "" && jaga.Form(t.Form) != v.Form {
			continue
		}
		for _, least := range []jaga.Band{jaga.BandNone, jaga.BandReview, jaga.BandUrgent} {
			if t.Band >= int64(least) {
				band[least] += t.N
			}
		}
	}
	var all int64
	for _, f := range talkForms() {
		all += form[f]
		v.Forms = append(v.Forms, formCount{f, form[f]})
	}
	v.Forms = append([]formCount{{"", all}}, v.Forms...)
	for _, b := range []jaga.Band{jaga.BandNone, jaga.BandReview, jaga.BandUrgent} {
		v.Bands = append(v.Bands, leastCount{b, band[b]})
	}
}

// ByForm and ByBand are the links of the filters.
func (v *talksPage) ByForm(f jaga.Form) string { return talkLink(v.Least, f, "") }

// ByBand is the link to the findings of a band and those above it.
func (v *talksPage) ByBand(b jaga.Band) string { return talkLink(b, v.Form, "") }

func talkLink(least jaga.Band, form jaga.Form, before string) string {
	q := url.Values{}
	if least > jaga.BandObserve {
		q.Set("band", least.String())
	}
	if form != "" {
		q.Set("form", string(form))
	}
	if before != "" {
		q.Set("before", before)
	}
	return strings.TrimSuffix("/conversations?"+q.Encode(), "?")
}

func (c *console) talkRows(ctx context.Context, s *speaker, f converse.Filter) ([]talkRow, error) {
	f.Unless = c.unless(ctx, auth.ReadFindings, talkKinds())
	list, err := c.Talk.List(ctx, f)
	if err != nil {
		return nil, err
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return nil, err
	}
	rows := make([]talkRow, 0, len(list))
	for _, f := range list {
		rows = append(rows, talkRow{f, s.talkWhy(f), names(f.Source)})
	}
	return rows, nil
}

// talkWhy says in one or two sentences why there is a finding, and whether
// anything speaks against it.
func (s *speaker) talkWhy(f converse.Finding) string {
	e := f.Finding.Explained(s.tag)
	if len(e.Because) == 0 {
		return ""
	}
	text := e.Because[0].Explain
	if more := len(e.Because) - 1; more > 0 {
		text += " " + s.t("talk.more", "N", more)
	}
	if len(e.Against) > 0 {
		text += " " + s.t("talk.against_line", "What", e.Against[0].Explain)
	}
	return text
}

// address is where the reader reaches this server.
func (c *console) address(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: r.Host}
	if c.Secure {
		u.Scheme = "https"
	}
	return u.String()
}
