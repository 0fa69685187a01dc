package console

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// homeWork is what the first page shows of cases; nil for those who read none.
type homeWork struct {
	Mine   []workRow // in the reader's hands, or assigned to them
	Inbox  []inboxLine
	Takes  bool // the reader decides cases
	Stats  casework.Stats
	Clocks []workRow // past a clock, or soon to be
	Plot   *flow     // nil for those who read some queues only
}

// Any reports whether there ever was a case for the reader.
func (h *homeWork) Any() bool {
	return h != nil && (len(h.Mine)+len(h.Inbox)+len(h.Clocks) > 0 || h.Stats.Waiting+h.Stats.Leased+h.Stats.Held > 0 || h.Plot != nil && len(h.Plot.Bars) > 0)
}

// inboxLine is a note that mentions the reader, or a case that was escalated to
// them.
type inboxLine struct {
	casework.Mention
	Escalated bool
	Risk      casework.Risk
}

const (
	// homeMine is how many of their own cases the first page shows.
	homeMine = 6
	// homeClocks is how many cases with a clock it shows.
	homeClocks = 5
	// clocksSoon is how near a clock is that it shows.
	clocksSoon = 4 * time.Hour
	// inboxShown is how many lines of the inbox it shows.
	inboxShown = 20
)

func (c *console) homeWork(ctx context.Context, s *speaker, now time.Time) (*homeWork, error) {
	who, _ := auth.From(ctx)
	if !who.CanSomewhere(auth.ReadCases) {
		return nil, nil
	}
	queues, err := queuesFor(who, auth.ReadCases)
	if err != nil {
		return nil, err
	}
	h := &homeWork{Takes: who.CanSomewhere(auth.Decide)}
	mine, err := c.Cases.List(ctx, casework.Filter{Queues: queues.list, Open: true, With: who.Actor, Limit: homeMine})
	if err != nil {
		return nil, err
	}
	if h.Mine, err = c.workRows(ctx, s, who, mine.Cases); err != nil {
		return nil, err
	}
	if h.Inbox, err = c.inbox(ctx, who); err != nil {
		return nil, err
	}
	if h.Stats, err = c.Cases.Stats(ctx, queues.list); err != nil {
		return nil, err
	}
	due, err := c.Cases.List(ctx, casework.Filter{Queues: queues.list, Open: true, Order: casework.ByDue, Limit: homeClocks})
	if err != nil {
		return nil, err
	}
	near := due.Cases[:0:0]
	for _, cs := range due.Cases {
		if cs.DueAt < now.Add(clocksSoon).UnixMicro() {
			near = append(near, cs)
		}
	}
	if h.Clocks, err = c.workRows(ctx, s, who, near); err != nil {
		return nil, err
	}
	if queues.all {
		h.Plot, err = c.casePlot(ctx, s, now)
	}
	return h, err
}

// inbox lists what the reader has not seen, of cases that they may read. What
// was escalated to somebody who may not read it stays on the list of cases that
// nobody acknowledged, for those who may.
func (c *console) inbox(ctx context.Context, who auth.Who) (out []inboxLine, err error) {
	list, err := c.Cases.Inbox(ctx, who.Actor, 200)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		cs, _, err := c.Cases.Get(ctx, m.Case)
		if err != nil {
			return nil, err
		}
		if who.Can(auth.ReadCases, cs.Queue) && len(out) < inboxShown {
			out = append(out, inboxLine{m, m.Why == "escalated", cs.Risk})
		}
	}
	return out, nil
}

// waitingInbox counts the lines of the reader's inbox.
func (c *console) waitingInbox(r *http.Request) int64 {
	who, _ := auth.From(r.Context())
	if !who.CanSomewhere(auth.ReadCases) {
		return 0
	}
	lines, err := c.inbox(r.Context(), who)
	if err != nil {
		return 0
	}
	return int64(len(lines))
}

// inboxAct takes a line out of the inbox, or acknowledges an escalation.
func (c *console) inboxAct(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	id, err := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
	if err != nil {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such line")
	}
	who, _ := auth.From(r.Context())
	lines, err := c.inbox(r.Context(), who)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if l.ID != id {
			continue
		}
		if l.Escalated {
			if err := c.Cases.Acknowledge(r.Context(), who.Actor, l.Case); err != nil {
				return err
			}
			return seeOther(w, r, "/")
		}
		if err := c.Cases.Seen(r.Context(), who.Actor, id); err != nil {
			return err
		}
		return seeOther(w, r, "/")
	}
	return seeOther(w, r, "/") // it was seen meanwhile, such as in another window
}

// casePlot shows, for each of the last days, how many cases came in and how many
// were decided.
func (c *console) casePlot(ctx context.Context, s *speaker, now time.Time) (*flow, error) {
	hours, err := c.Cases.Hours(ctx, now.Add(-plotDays*24*time.Hour))
	if err != nil {
		return nil, err
	}
	f := makeFlow(s, "cases", c.flowDays(s, hours, plotDays, now))
	f.Unit = s.t("statistics.day")
	f.Axis = []tick{{"0%", "start", s.t("plot.days_ago", "N", plotDays-1)}, {"50%", "middle", s.t("plot.days_ago", "N", plotDays/2)}, {"100%", "end", s.t("plot.today")}}
	f.Title = s.flowTitle(f, s.t("statistics.days", "N", plotDays))
	return &f, nil
}

// flowTitle says whether decisions keep up with what comes in.
func (s *speaker) flowTitle(f flow, span string) string {
	switch {
	case f.Hidden:
		return s.t("statistics.flow_partly", "Span", span)
	case f.In == 0 && f.Out == 0:
		return s.t("statistics.flow_none", "Span", span)
	case f.Out >= f.In:
		return s.t("statistics.flow_keeping", "In", f.In, "Out", f.Out, "Span", span)
	}
	return s.t("statistics.flow_behind", "In", f.In, "Out", f.Out, "Span", span)
}
