package console

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/spread"
)

// story is what happened, in the order of time.
type story struct {
	Lines    []storyLine
	Zone     string
	From, To int64  // the findings of this page, counted from 1
	Later    string // the address of the next page
	Earlier  bool   // this is not the first page
	MoreActs bool   // older acts are left out
	// Sealed are findings of this page whose words the reader can open.
	Sealed []int64
	Opened bool
}

// storyLine is one thing that happened, with what stands before it.
type storyLine struct {
	Anchor string // "f12" a finding, "e34" an act, "n5" a note
	Day    string // a day that begins
	Gap    string // how long nothing happened
	At     int64
	Time   string // RFC 3339
	Clock  string
	Set    string // finding, note, act or decision: how it looks
	Title  string
	By     string
	Link   string // to what the line is about
	Part   int64  // the case that it came to, when it was merged
	found
	Note   string
	Reason string // what somebody wrote with an act, opened
	Event  int64  // whose reason can be opened
}

// found is what a line says of a finding.
type found struct {
	ID       int64
	Band     jaga.Band
	HasBand  bool
	Why      string
	Account  string
	Words    string // of a report, opened
	Chat     *timeline
	CanOpen  bool
	CanSplit bool
	Kept     bool // what it points to is still there
}

// caseFindings is how many findings one page shows.
const caseFindings = 25

// storyGap is how long nothing happens before a page says so.
const storyGap = 6 * time.Hour

// openWords are what the reader opened: it stands on this answer only.
type openWords struct {
	chats   map[string][]converse.Line // by finding of a conversation
	texts   map[int64]string           // by finding of the case
	reasons map[int64]string           // by event
}

// caseStory fills in the timeline, and what the findings on it say together.
func (c *console) caseStory(r *http.Request, v *casePage, acts []casework.Logged, more bool, fold blindfold, names func(string) string, open openWords) error {
	ctx, s := r.Context(), c.say(r)
	after, _ := strconv.ParseInt(r.FormValue("after"), 10, 64)
	list, err := c.Cases.Findings(ctx, v.Case.ID, max(after, 0), caseFindings+1)
	if err != nil {
		return err
	}
	st := story{Earlier: after > 0, MoreActs: more, Zone: c.now().In(c.zone).Format("MST"), Opened: len(open.chats)+len(open.texts)+len(open.reasons) > 0}
	until := int64(1)<<62 - 1
	if len(list) > caseFindings {
		until = list[caseFindings].At
		list = list[:caseFindings]
		st.Later = casePath(v.Case.ID) + "?after=" + strconv.FormatInt(list[caseFindings-1].ID, 10) + "#story"
	}
	g := gathering{s: s}
	from := int64(-1)
	if after > 0 && len(list) > 0 {
		from = list[0].At
	}
	pages := coursePages{from: from, until: until, others: after > 0 || st.Later != ""}
	for _, f := range list {
		line, err := c.findingLine(r, v, f, &g, open)
		if err != nil {
			return err
		}
		pages.ids = append(pages.ids, f.ID)
		if line.CanOpen && line.Chat == nil && line.Words == "" {
			st.Sealed = append(st.Sealed, f.ID)
		}
		st.Lines = append(st.Lines, line)
	}
	notes, err := c.caseNotes(r, v, acts, fold)
	if err != nil {
		return err
	}
	for _, a := range acts {
		if a.At < from || a.At >= until {
			continue
		}
		st.Lines = append(st.Lines, c.actLine(s, v, a, names, notes, open))
	}
	slices.SortStableFunc(st.Lines, func(a, b storyLine) int {
		switch {
		case a.At < b.At:
			return -1
		case a.At > b.At:
			return 1
		}
		return 0
	})
	c.days(s, st.Lines)
	v.Story = st
	v.Proof, v.Relations, v.PluginAnswers = g.weigh(), g.relations, g.answers
	v.Lacks, v.Lacking = s.lacking(g.lacks)
	v.Lacks = append(v.Lacks, g.skips...)
	if v.Accounts = v.Overview.Accounts; !v.Here("excerpts.open") {
		v.Story.Sealed = nil
	}
	if v.Spread, err = c.spreadOf(ctx, s, g.entries, spread.Of{Items: g.items}); err != nil {
		return err
	}
	return c.caseCourse(r, v, acts, fold, names, &g, pages)
}

// days says where days begin and where nothing happened for long.
func (c *console) days(s *speaker, lines []storyLine) {
	day := ""
	for i := range lines {
		at := time.UnixMicro(lines[i].At).In(c.zone)
		lines[i].Time, lines[i].Clock = at.Format(time.RFC3339), s.clock(at)
		if d := s.day(at); d != day {
			lines[i].Day, day = d, d
		}
		if i == 0 {
			continue
		}
		if gap := at.Sub(time.UnixMicro(lines[i-1].At)); gap >= storyGap {
			lines[i].Gap = s.t("casefile.gap", "Time", s.span(gap))
		}
	}
}

// span writes a long time: hours, and days from two on.
func (s *speaker) span(d time.Duration) string {
	if d < 48*time.Hour {
		return s.duration(d)
	}
	return s.t("casefile.days", "N", int((d+12*time.Hour)/(24*time.Hour)))
}

// findingLine tells one finding, from wherever what it points to is kept.
func (c *console) findingLine(r *http.Request, v *casePage, f casework.Linked, g *gathering, open openWords) (storyLine, error) {
	ctx, s := r.Context(), g.s
	line := storyLine{Anchor: "f" + strconv.FormatInt(f.ID, 10), At: f.At, Set: "finding", Title: s.word("casefile_kind", f.Kind)}
	line.found = found{ID: f.ID, Band: f.Band, HasBand: f.Band > jaga.BandNone, Account: f.Account, CanSplit: f.Case == v.Case.ID, Kept: true}
	if f.Case != v.Case.ID {
		line.Part = f.Case
	}
	if f.Form != "" {
		line.Title += " · " + s.word("form_short", f.Form)
	}
	switch f.Kind {
	case casework.KindMedia, casework.KindLive, casework.KindTakedown:
		rec, err := c.Intake.Get(ctx, f.Ref)
		if jaga.CodeOf(err) == jaga.CodeNotFound {
			line.Kept = false
			g.uncheckedAt(line.Anchor, f.At, s.t("casefile.not_kept"))
			return line, nil
		}
		if err != nil {
			return line, err
		}
		line.Why, line.Link = s.why(rec.Outcome), "/items/"+f.Ref
		g.items = append(g.items, f.Ref)
		g.item(line.Anchor, rec)
		g.courseItem(line.Anchor, f.At, rec)
	case casework.KindConversation:
		rec, err := c.Talk.Get(ctx, f.Ref)
		if jaga.CodeOf(err) == jaga.CodeNotFound {
			line.Kept = false
			g.uncheckedAt(line.Anchor, f.At, s.t("casefile.not_kept"))
			return line, nil
		}
		if err != nil {
			return line, err
		}
		line.Why, line.Link, line.CanOpen = s.talkWhy(rec), "/conversations/"+f.Ref, true
		anchors := map[string]string{}
		names := map[string]string{}
		if lines, ok := open.chats[f.Ref]; ok {
			all := make([]chatMessage, 0, len(lines))
			for _, l := range lines {
				names[convo.ShortID(l.From)] = l.From
				all = append(all, chatMessage{ID: l.Message, From: l.From, At: l.At, Text: l.Text, Act: l.Act, Transcribed: l.Transcribed})
			}
			chat := c.timelineOf(s, all, note([]convo.Finding{rec.Finding}), line.Anchor+"-m", nil, len(all))
			line.Chat, anchors = &chat, chat.Anchors
		}
		g.talk(line.Anchor, rec, names, anchors)
		g.courseOf(line.Anchor, f.At, rec.Finding)
	default:
		line.CanOpen = f.HasText
		line.Words = open.texts[f.ID]
	}
	return line, nil
}

// gathering puts together what the findings of a page say.
type gathering struct {
	s         *speaker
	for_      []proofLine
	against   []proofLine
	lacks     []convo.NotChecked
	skips     []lackLine
	relations []claim
	entries   []entryRef
	items     []string // whose spread is told
	answers   []pluginAnswer
	course    []courseEvent
	paid      paidState
}

// entryRef is an entry of a bank that something on the page matches.
type entryRef struct {
	Bank  string
	Entry string
}

func (g *gathering) item(anchor string, rec intake.Record) {
	s := g.s
	if rec.Outcome.State() == jaga.StateFindings {
		g.for_ = addProof(g.for_, proofLine{Text: s.why(rec.Outcome), Anchor: anchor, N: 1})
	}
	for _, m := range rec.Outcome.Matches {
		switch {
		case m.Role == jaga.RoleAllow:
			g.against = addProof(g.against, proofLine{Text: s.t("casefile.allowed", "Bank", m.Bank), Anchor: anchor, N: 1})
		case m.Suppressed != "":
			g.against = addProof(g.against, proofLine{Text: s.t("casefile.suppressed", "Bank", m.Bank, "Why", s.word("suppressed", m.Suppressed)), Anchor: anchor, N: 1})
		default:
			e := entryRef{m.Bank, strconv.FormatInt(m.Entry, 10)}
			if !slices.Contains(g.entries, e) && len(g.entries) < mostSpread {
				g.entries = append(g.entries, e)
			}
		}
	}
	for _, x := range rec.Outcome.Scores {
		if len(g.answers) < mostAnswers {
			g.answers = append(g.answers, pluginAnswer{s.t("plugins.detector", "Name", x.Name), x.Category, anchor, x.Value})
		}
	}
	for _, k := range rec.Outcome.Skipped {
		text := s.detector(k.Detector) + ": " + s.skip(k)
		if !slices.ContainsFunc(g.skips, func(l lackLine) bool { return l.Needs == text }) {
			g.skips = append(g.skips, lackLine{Needs: text})
		}
	}
}

func (g *gathering) talk(anchor string, f converse.Finding, names, anchors map[string]string) {
	name := func(who string) string {
		if full, ok := names[who]; ok {
			return full
		}
		return who
	}
	cl := g.s.claimOf(f.Finding, name, anchors)
	for _, x := range cl.Because {
		g.for_ = addProof(g.for_, reasonProof(x, anchor))
	}
	for _, x := range cl.Against {
		g.against = addProof(g.against, reasonProof(x, anchor))
	}
	for _, x := range f.Finding.NotChecked {
		if !slices.ContainsFunc(g.lacks, func(y convo.NotChecked) bool { return y.Indicator == x.Indicator && y.Why == x.Why }) {
			g.lacks = append(g.lacks, x)
		}
	}
	if !slices.ContainsFunc(g.relations, func(o claim) bool { return o.From == cl.From && o.To == cl.To }) && len(g.relations) < 6 {
		g.relations = append(g.relations, cl)
	}
}
