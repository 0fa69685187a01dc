package live

import (
	"context"
	"slices"
	"time"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/plugin"
)

// events takes what happened beside the picture.
func (w *watcher) events(ctx context.Context, source string, events []Event) (converse.Answer, error) {
	now := time.Now()
	det := w.s.detector()
	w.mu.Lock()
	screen := map[string]bool{}
	for _, id := range w.crowd.OnScreen("") {
		screen[id] = true
	}
	var entries []converse.Entry
	if !w.begun && w.base.Account != "" {
		entries = append(entries, converse.Entry{Conversation: w.base.Conversation, Channel: string(convo.ChannelLive), Participants: []converse.Participant{{ID: w.base.Account, Role: roleBroadcaster}}})
	}
	fresh := make([]Event, 0, len(events))
	for _, e := range events {
		if w.crowd.Again(e.ID) {
			continue
		}
		if e.Type == EventSpeech && e.Speaker == plugin.SpeakerBroadcaster {
			e.From = w.base.Account // empty where nobody said who that is
		}
		fresh = append(fresh, e)
		switch e.Type {
		case EventScreenOn:
			screen[e.From] = true
		case EventScreenOff:
			delete(screen, e.From)
		}
		var hosts []string
		switch {
		case screen[e.From] && e.From != "": // whoever is on screen speaks to the others there
			for id := range screen {
				if id != e.From {
					hosts = append(hosts, id)
				}
			}
			slices.Sort(hosts)
		case w.base.Account != "":
			hosts = []string{w.base.Account}
		}
		entry := e.entry(w.base.Conversation, now, hosts)
		for i := range entry.Participants {
			stays(&entry.Participants[i], screen[entry.Participants[i].ID] || entry.Participants[i].ID == w.base.Account)
		}
		if entry.From != "" || len(entry.Participants) > 0 || len(entry.Relations) > 0 {
			entries = append(entries, entry)
		}
	}
	w.mu.Unlock()
	if len(entries) == 0 {
		return converse.Answer{Findings: []convo.Finding{}}, nil
	}
	answer, err := w.s.opt.Talk.Observe(ctx, source, entries)
	if err != nil {
		return answer, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun = true
	last := now
	for _, e := range fresh {
		at := now
		if e.At != nil {
			at = *e.At
		}
		last = at
		var seen []indicator.ID
		if det != nil && e.Text != "" {
			seen = det.Read(e.Text, "unknown", "unknown").Indicators
		}
		w.crowd.Observe(e, at, seen)
	}
	for _, f := range answer.Findings {
		var signs []string
		for _, r := range f.Because {
			signs = append(signs, string(r.Indicator))
		}
		slices.Sort(signs)
		w.mark(Mark{Kind: MarkTalk, From: last, Until: last, Band: f.Band, Form: f.Form, Account: f.From, Signs: slices.Compact(signs)})
	}
	return answer, nil
}

// stays keeps somebody who is on screen one whom viewers speak to: package convo
// knows one role for an account, and knows fame by the size of an audience as well.
func stays(p *converse.Participant, onScreen bool) {
	if !onScreen {
		return
	}
	if p.Role == "famous" {
		p.Followers = max(p.Followers, fameFollowers)
	}
	p.Role = roleBroadcaster
}

// urgent seals the end of the stream for a case, at most once in the time that it
// holds.
func (w *watcher) urgent(caseID int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if now.Sub(w.sealed) < RingTime {
		return
	}
	body := w.ring.Reader()
	if body == nil {
		return
	}
	w.sealed = now
	from, until := w.ring.Held()
	w.s.running.Go(func() {
		ctx := context.WithoutCancel(w.s.ctx)
		if err := w.s.opt.Seal(ctx, caseID, Clip{Watch: w.base.ID, Account: w.base.Account, From: from, Until: until, Body: body}); err != nil {
			w.s.opt.Log.Error("seal the end of a stream", "id", w.base.ID, "error", err)
		}
	})
}
