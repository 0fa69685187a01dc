package console

import (
	"context"
	"net/http"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
)

type homePage struct {
	page
	// New is true for an installation without banks or without items.
	New                         bool
	HasBank, HasEntry, HasItems bool
	FirstBank                   string

	Bands       []bandCount
	Findings    int64
	Quarantined []bankCount
	// Cases were handed in through the guide and wait for a person; Takes says
	// that the installation takes them.
	Cases int64
	// Letters are messages of the guide that wait for an answer; Told says that
	// the installation takes them.
	Letters int64
	Told    bool
	Takes   bool
	Broken  []fault
	// Of the last 24 hours:
	DayTotal, DayNotChecked int64
	Found, Latest           []itemRow
	// Of conversations: whether there are any, the bands of the last 24 hours,
	// and the last findings.
	Talk        bool
	TalkBands   []bandCount
	TalkFound   []talkRow
	Hours, Days plot
	Work        *homeWork // of cases; nil for those who read none
}

type bandCount struct {
	Band jaga.Band
	N    int64
}

type bankCount struct {
	Bank string
	N    int64
}

// fault is something that is broken, and where to look.
type fault struct{ Text, Link string }

func (c *console) home(w http.ResponseWriter, r *http.Request) error {
	if who, _ := auth.From(r.Context()); !who.CanSomewhere(auth.ReadItems) || !who.CanSomewhere(auth.ReadBanks) {
		return c.ownHome(w, r, who)
	}
	ctx, s, now := r.Context(), c.say(r), c.now()
	v := &homePage{page: c.page(r, "home", s.t("home.title"))}
	banks, err := c.Banks.List(ctx)
	if err != nil {
		return err
	}
	var entries int64
	for _, b := range banks {
		entries += b.Entries
	}
	counts, err := c.Intake.Counts(ctx, nil) // whether there is anything at all
	if err != nil {
		return err
	}
	v.HasBank, v.HasEntry, v.HasItems = len(banks) > 0, entries > 0, len(counts) > 0
	if v.HasBank {
		v.FirstBank = banks[0].Name
	}
	bands, err := c.Intake.Bands(ctx, now.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	for _, b := range []jaga.Band{jaga.BandUrgent, jaga.BandReview, jaga.BandObserve} {
		if bands[b] > 0 {
			v.Bands = append(v.Bands, bandCount{b, bands[b]})
			v.Findings += bands[b]
		}
	}
	waiting, err := c.Banks.Waiting(ctx)
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(waiting) {
		v.Quarantined = append(v.Quarantined, bankCount{name, waiting[name]})
		v.Todo += waiting[name]
	}
	if v.Cases, err = c.waitingCases(ctx); err != nil {
		return err
	}
	v.Takes = c.Takedown != nil && c.Takedown.Open()
	v.Todo += v.Cases
	if v.Letters, err = c.waitingMessages(r); err != nil {
		return err
	}
	v.Told = c.Tell != nil && c.Tell.Open()
	v.Todo += v.Letters
	if v.Broken, err = c.troubles(ctx, s); err != nil {
		return err
	}
	// What waits for a person comes before what merely came in.
	if v.Found, err = c.itemRows(ctx, s, intake.Filter{State: jaga.StateFindings, Limit: 6}); err != nil {
		return err
	}
	if v.Latest, err = c.itemRows(ctx, s, intake.Filter{Limit: 6}); err != nil {
		return err
	}
	if v.May(string(auth.ReadFindings)) {
		if err := c.homeTalk(ctx, v, s, now); err != nil {
			return err
		}
	}
	if v.Work, err = c.homeWork(ctx, s, now); err != nil {
		return err
	}
	if v.Work != nil {
		v.Todo += int64(len(v.Work.Inbox))
	}
	// Whoever hands in conversations alone is past the first steps.
	v.New = !v.Work.Any() && !v.Talk && v.Cases == 0 && v.Letters == 0 && (!v.HasBank || !v.HasEntry || !v.HasItems)
	return c.homePlots(w, r, v, s, now)
}

func (c *console) homeTalk(ctx context.Context, v *homePage, s *speaker, now time.Time) error {
	h, err := c.talkHistory(ctx, now.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	day := h.totals()
	for _, b := range []jaga.Band{jaga.BandUrgent, jaga.BandReview, jaga.BandObserve} {
		if n := day[b.String()]; n > 0 {
			v.TalkBands = append(v.TalkBands, bandCount{b, n})
		}
	}
	v.TalkFound, err = c.talkRows(ctx, s, converse.Filter{Band: jaga.BandReview, Limit: 5})
	v.Talk = c.Talk.Counts().Messages > 0 || len(v.TalkFound) > 0 || len(v.TalkBands) > 0
	return err
}

func (c *console) homePlots(w http.ResponseWriter, r *http.Request, v *homePage, s *speaker, now time.Time) error {
	since := now.Add(-30 * 24 * time.Hour)
	hours, err := c.Intake.Hourly(r.Context(), since)
	if err != nil {
		return err
	}
	late, err := c.Intake.LateHourly(r.Context(), since)
	if err != nil {
		return err
	}
	day := now.Add(-23*time.Hour).Unix() / 3600
	for _, h := range hours {
		if h.Hour < day {
			continue
		}
		for state, n := range h.Count {
			v.DayTotal += n
			if state == jaga.StateNotChecked {
				v.DayNotChecked += n
			}
		}
	}
	h := itemHistory(hours, late)
	v.Hours, v.Days = c.hourPlot(s, h, now), c.dayPlot(s, h, now)
	return c.render(w, r, http.StatusOK, "home", v)
}

// stuckAfter is how long a job may wait for its turn.
const stuckAfter = 15 * time.Minute

// troubles lists what is broken, as far as the reader may open the page that says
// more.
func (c *console) troubles(ctx context.Context, s *speaker) (list []fault, err error) {
	who, _ := auth.From(ctx)
	add := func(need auth.Capability, text, link string) {
		if who.CanSomewhere(need) {
			list = append(list, fault{text, link})
		}
	}
	if !c.Engine.Loaded() {
		add(auth.ReadSystem, s.t("broken.index"), "/system")
	}
	jobs, err := c.DB.Jobs(ctx, 200)
	if err != nil {
		return nil, err
	}
	failed, stuck := 0, 0
	for _, j := range jobs {
		switch {
		case j.State == store.JobFailed && c.now().Sub(time.UnixMicro(j.FinishAt)) < 7*24*time.Hour:
			failed++
		case j.State == store.JobReady && j.Attempts == 0 && c.now().Sub(time.UnixMicro(j.CreatedAt)) > stuckAfter:
			stuck++
		}
	}
	if stuck > 0 {
		add(auth.ReadSystem, s.t("broken.stuck", "N", stuck), "/system#jobs")
	}
	if failed > 0 {
		add(auth.ReadSystem, s.t("broken.jobs", "N", failed), "/system#jobs")
	}
	if n := c.Talk.Counts().Lost; n > 0 {
		add(auth.ReadFindings, s.t("broken.talk", "N", n), "/conversations")
	}
	more, err := c.stopped(ctx, s)
	return append(list, more...), err
}

// indexSize is how many hashes the index holds.
func indexSize(st engine.Stats) (n int) {
	for _, x := range st.Entries {
		n += x
	}
	return n
}
