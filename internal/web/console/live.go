package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/live"
)

// liveRoutes are the pages of live streams.
func (c *console) liveRoutes() []route {
	return []route{
		{"GET /live", auth.ReadFindings, c.liveList},
		{"GET /live/new", auth.CheckItems, c.liveNew},
		{"POST /live/new", auth.CheckItems, c.liveStart},
		{"GET /live/{watch}", auth.ReadFindings, c.liveWatch},
		{"POST /live/{watch}/stop", auth.CheckItems, c.liveStop},
		{"POST /live/{watch}/again", auth.CheckItems, c.liveAgain},
	}
}

type livePage struct {
	page
	Running, Over []liveTile
	More          bool // more are over than are shown
	Now           liveTime
}

// liveTile is one stream in the list.
type liveTile struct {
	live.Watch
	Why  string // in the reader's language
	Lane *lane
}

// Finished is when the watch was over; it is.
func (t liveTile) Finished() time.Time {
	if t.EndedAt == nil {
		return t.StartedAt
	}
	return *t.EndedAt
}

// liveOverShown is how many watches that are over the page lists, liveMarksShown how
// many findings and gaps the page of one.
const liveOverShown, liveMarksShown = 50, 200

// liveSight is what the reader must not see of streams: a watch is in the queue of
// the case of its findings.
func (c *console) liveSight(ctx context.Context) live.Sight {
	return live.Sight{Items: c.unless(ctx, auth.ReadFindings, itemKinds()), Talks: c.unless(ctx, auth.ReadFindings, talkKinds())}
}

// liveSeen answers as if the watch were not there where the reader must not see it.
func (c *console) liveSeen(ctx context.Context, id string) error {
	seen, err := c.Live.Sees(ctx, id, c.liveSight(ctx))
	if err == nil && !seen {
		err = &jaga.Error{Code: jaga.CodeNotFound, Field: "watch", Msg: "there is no watch of this number, or it is no longer kept"}
	}
	return err
}

func (c *console) liveList(w http.ResponseWriter, r *http.Request) error {
	if c.Live == nil {
		return noStreams()
	}
	ctx, s := r.Context(), c.say(r)
	v := &livePage{page: c.page(r, "live", s.t("live.title"))}
	v.Now = c.liveClock(s, c.now())(c.now())
	sight := c.liveSight(ctx)
	over, running := true, false
	list, err := c.Live.List(ctx, live.Filter{Over: &running, Limit: 500, Unless: sight})
	if err != nil {
		return err
	}
	for _, one := range list {
		d, err := c.Live.Get(ctx, one.ID)
		if err != nil {
			return err
		}
		if !d.State.Over() { // it may have ended just now
			v.Running = append(v.Running, liveTile{d.Watch, s.detail(d.Why), c.lane(s, d, liveTileShown)})
		}
	}
	if list, err = c.Live.List(ctx, live.Filter{Over: &over, Limit: liveOverShown + 1, Unless: sight}); err != nil {
		return err
	}
	if v.More = len(list) > liveOverShown; v.More {
		list = list[:liveOverShown]
	}
	for _, one := range list {
		v.Over = append(v.Over, liveTile{Watch: one, Why: s.detail(one.Why)})
	}
	return c.render(w, r, http.StatusOK, "live", v)
}

type liveWatchPage struct {
	page
	live.Detail
	Lane   *lane
	Shown  []liveMark // the newest first
	Hidden int        // marks that are not shown
	Case   int64      // of its findings; 0 is none, or none that the reader may read
	Who    string     // started it
	At     func(any) liveTime
	Zone   string
	Now    liveTime
	Reason string // why it waits or ended, in the reader's language
	// Ingest is where an encoder sends the stream. It is shown once, on the answer to
	// the act that made it: it holds the key of the stream.
	Ingest string
}

// liveMark is a finding or a gap as the page shows it.
type liveMark struct {
	live.Mark
	Finding string // of the conversation
	Says    []liveSign
}

// liveSign is an indicator in words.
type liveSign struct{ ID, Text string }

// Running reports whether the stream is watched.
func (v *liveWatchPage) Running() bool { return !v.State.Over() }

func (c *console) liveWatch(w http.ResponseWriter, r *http.Request) error {
	if c.Live == nil {
		return noStreams()
	}
	return c.liveWatchView(w, r, r.PathValue("watch"), http.StatusOK, func(v *liveWatchPage) {
		q, s := r.URL.Query(), c.say(r)
		switch {
		case q.Has("stopped") && !v.Running():
			v.Notice = &notice{true, s.t("live.did_stop")}
		case q.Has("again"):
			v.Notice = &notice{true, s.t("live.did_again")}
		case q.Has("started"):
			v.Notice = &notice{true, s.t("live.did_start")}
		}
	})
}

func (c *console) liveWatchView(w http.ResponseWriter, r *http.Request, id string, status int, change func(*liveWatchPage)) error {
	ctx, s := r.Context(), c.say(r)
	if err := c.liveSeen(ctx, id); err != nil {
		return err
	}
	d, err := c.Live.Get(ctx, id)
	if err != nil {
		return err
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	clock := c.liveClock(s, d.StartedAt)
	v := &liveWatchPage{page: c.page(r, "live", s.t("live.one", "Name", liveName(d.Watch))), Detail: d, Lane: c.lane(s, d, liveMost), Who: names(d.By),
		At: clock, Zone: c.now().In(c.zone).Format("MST"), Now: clock(c.now()), Reason: s.detail(d.Why)}
	v.Path = "/live/" + id
	if err := c.liveFound(ctx, s, v); err != nil {
		return err
	}
	change(v)
	return c.render(w, r, status, "live_watch", v)
}

// liveName is how pages call a stream.
func liveName(w live.Watch) string {
	if w.Ref != "" {
		return w.Ref
	}
	return w.Source
}

// liveFound fills in the findings and gaps, and where they are looked at.
func (c *console) liveFound(ctx context.Context, s *speaker, v *liveWatchPage) error {
	marks := v.Marks
	if n := len(marks) - liveMarksShown; n > 0 {
		marks, v.Hidden = marks[n:], n
	}
	talks, err := c.Talk.List(ctx, converse.Filter{Conversation: v.Conversation, Unless: c.unless(ctx, auth.ReadFindings, talkKinds()), Limit: 500})
	if err != nil {
		return err
	}
	type found struct {
		kinds []casework.Kind
		ref   string
	}
	var refs []found
	for _, m := range slices.Backward(marks) {
		out := liveMark{Mark: m}
		switch m.Kind {
		case live.MarkMatch:
			if m.Item != "" {
				refs = append(refs, found{itemKinds(), m.Item})
			}
		case live.MarkTalk:
			i := slices.IndexFunc(talks, func(f converse.Finding) bool { return f.Finding.From == m.Account && f.Finding.Form == m.Form })
			if i >= 0 {
				out.Finding = talks[i].ID
				refs = append(refs, found{talkKinds(), talks[i].ID})
			}
			for _, id := range m.Signs {
				sign := liveSign{ID: id}
				if known, ok := indicator.Get(indicator.ID(id)); ok {
					sign.Text = known.Explain.In(s.tag)
				}
				out.Says = append(out.Says, sign)
			}
		}
		v.Shown = append(v.Shown, out)
	}
	who, _ := auth.From(ctx)
	for _, f := range refs { // all of them join one case, so the first that has one will do
		id, queue, err := c.Cases.CaseOf(ctx, f.kinds, f.ref)
		if err != nil {
			return err
		}
		if id != 0 && who.Can(auth.ReadCases, queue) {
			v.Case = id
			return nil
		}
	}
	return nil
}

func (c *console) liveStop(w http.ResponseWriter, r *http.Request) error {
	if c.Live == nil {
		return noStreams()
	}
	id := r.PathValue("watch")
	if err := c.liveSeen(r.Context(), id); err != nil {
		return err
	}
	if err := c.Live.Stop(r.Context(), actor(r), id); err != nil {
		return err
	}
	return seeOther(w, r, "/live/"+id+"?stopped=1")
}

// liveAgain takes stopping back: the same stream is watched in a new watch.
func (c *console) liveAgain(w http.ResponseWriter, r *http.Request) error {
	if c.Live == nil {
		return noStreams()
	}
	id := r.PathValue("watch")
	if err := c.liveSeen(r.Context(), id); err != nil {
		return err
	}
	fresh, err := c.Live.Again(r.Context(), actor(r), id)
	if err == nil {
		return seeOther(w, r, "/live/"+fresh.ID+"?again=1")
	}
	if !liveMendable(err) {
		return err
	}
	return c.liveWatchView(w, r, id, jaga.CodeOf(err).HTTPStatus(), func(v *liveWatchPage) {
		v.Problem = liveProblem(c.say(r), err)
		v.Problem.Field = "" // there is nothing to type here
	})
}

// noStreams answers where nothing watches streams.
func noStreams() error { return jaga.Errorf(jaga.CodeNotFound, "streams are not watched here") }
