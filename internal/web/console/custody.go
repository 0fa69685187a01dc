package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/store"
)

// custodyRoutes are the pages of the custody log.
func (c *console) custodyRoutes() []route {
	return []route{
		{"GET /custody", auth.ReadCustody, c.custody},
		{"POST /custody/verify", auth.ReadCustody, c.custodyVerify},
		{"GET /custody/meanings", auth.ReadCustody, c.custodyMeanings},
		{"GET /custody/checkpoints/{size}", auth.ReadCustody, c.custodyCheckpoint},
		{"GET /custody/{seq}", auth.ReadCustody, c.custodyRecord},
	}
}

// custodyPerPage is how many records one page lists, custodyMost how far
// records are counted, checkpointsShown how many checkpoints a page shows.
const custodyPerPage, custodyMost, checkpointsShown = 50, 10_000, 8

type custodyPage struct {
	page
	Head        store.CustodyHead
	Rows        []custodyRow
	Filter      custodyFilter
	N           int64 // records that the filter chooses, at most custodyMost
	Older       string
	Newer       bool
	Actions     []string
	Days        plot
	Check       *jobLine // the last check of the whole log
	Checking    bool
	Outside     []proof.Outside
	Checkpoints []store.CustodyCheckpoint
}

// More reports whether there are more records than were counted.
func (v *custodyPage) More() bool { return v.N >= custodyMost }

// Least is how many are stated then.
func (v *custodyPage) Least() int64 { return custodyMost }

// custodyFilter is what the form holds, as it was typed.
type custodyFilter struct{ Actor, Action, Subject, From, To string }

// Any reports whether something is chosen.
func (f custodyFilter) Any() bool { return f != custodyFilter{} }

func (f custodyFilter) link(before int64) string {
	q := url.Values{}
	for name, v := range map[string]string{"actor": f.Actor, "action": f.Action, "subject": f.Subject, "from": f.From, "to": f.To} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if before >= 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	return (&url.URL{Path: "/custody", RawQuery: q.Encode()}).String()
}

type custodyRow struct {
	custody.Record
	Who  string
	What string // the meaning of the action, in the reader's language
}

func (c *console) custody(w http.ResponseWriter, r *http.Request) error {
	ctx, s, q := r.Context(), c.say(r), r.URL.Query()
	get := func(name string) string { return firstRunes(strings.TrimSpace(q.Get(name)), 200) }
	v := &custodyPage{page: c.page(r, "custody", s.t("custody.title")), Actions: custody.Actions(),
		Filter: custodyFilter{get("actor"), get("action"), get("subject"), get("from"), get("to")}}
	if q.Has("asked") {
		v.Notice = &notice{false, s.t("custody.asked")}
	}
	f := store.CustodyFilter{Actor: v.Filter.Actor, Action: v.Filter.Action, Subject: v.Filter.Subject}
	var bad string
	if f.From, f.To, bad = c.custodyDates(v.Filter); bad != "" {
		v.Problem = &problem{Field: bad, Text: s.t("custody.bad_date")}
	}
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil || before < 0 {
		before = -1
	}
	v.Newer = before >= 0
	if err := c.custodyRows(ctx, s, v, f, before); err != nil {
		return err
	}
	if v.Outside, err = c.Proof.Outside(ctx); err != nil {
		return err
	}
	if v.Head, err = c.DB.CustodyHead(ctx); err != nil {
		return err
	}
	if v.Days, err = c.custodyPlot(ctx, s); err != nil {
		return err
	}
	jobs, err := c.jobs(ctx, s)
	if err != nil {
		return err
	}
	for i := range jobs {
		if jobs[i].Kind == proof.VerifyJob {
			v.Check = &jobs[i]
			v.Checking = jobs[i].State == store.JobReady || jobs[i].State == store.JobRunning
			break // the newest is first
		}
	}
	return c.render(w, r, http.StatusOK, "custody", v)
}

func (c *console) custodyRows(ctx context.Context, s *speaker, v *custodyPage, f store.CustodyFilter, before int64) error {
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	return c.DB.View(ctx, func(tx *store.Tx) error {
		records, err := store.CustodyPage(tx, f, before, custodyPerPage+1)
		if err != nil {
			return err
		}
		if len(records) > custodyPerPage {
			records = records[:custodyPerPage]
			v.Older = v.Filter.link(records[custodyPerPage-1].Seq)
		}
		for _, r := range records {
			v.Rows = append(v.Rows, custodyRow{r, names(r.Actor), s.meaning(r.Action)})
		}
		if v.N, err = store.CustodyCount(tx, f, custodyMost); err != nil {
			return err
		}
		v.Checkpoints, err = store.CustodyCheckpoints(tx, -1, checkpointsShown)
		return err
	})
}

// custodyDates reads days in the console's zone. bad names the field that is no
// day.
func (c *console) custodyDates(f custodyFilter) (from, to int64, bad string) {
	day := func(text string, add int) (int64, bool) {
		if text == "" {
			return 0, true
		}
		at, err := time.ParseInLocation(time.DateOnly, text, c.zone)
		return at.AddDate(0, 0, add).UnixMicro(), err == nil && at.Year() > 1970 && at.Year() < 3000
	}
	from, ok := day(f.From, 0)
	if !ok {
		return 0, 0, "from"
	}
	if to, ok = day(f.To, 1); !ok {
		return 0, 0, "to"
	}
	return from, to, ""
}

func firstRunes(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// meaning says what a record of an action means.
func (s *speaker) meaning(action string) string {
	if said, ok := custody.Meaning(s.tag, action); ok {
		return said
	}
	return s.t("custody.unknown_action")
}

// custodyPlot draws the acts of each of the last days.
func (c *console) custodyPlot(ctx context.Context, s *speaker) (plot, error) {
	today := c.now().In(c.zone)
	midnight := time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, c.zone)
	starts := make([]time.Time, plotDays)
	buckets := make([]bucket, plotDays)
	for i := range starts {
		starts[i] = midnight.AddDate(0, 0, i-plotDays+1)
	}
	counts, err := c.Proof.Days(ctx, starts)
	if err != nil {
		return plot{}, err
	}
	for i, n := range counts {
		buckets[i] = bucket{name: s.day(starts[i]), count: map[string]int64{"acts": n}}
	}
	p := makePlot(s, "custody", history{set: "custody_series", order: []string{"acts"}}, buckets)
	p.Axis = []tick{{"0%", "start", s.t("plot.days_ago", "N", plotDays-1)}, {"50%", "middle", s.t("plot.days_ago", "N", plotDays/2)}, {"100%", "end", s.t("plot.today")}}
	p.Title = s.t("custody.plot_none")
	if n := p.Totals[0].N; n > 0 {
		p.Title = s.t("custody.plot", "N", n)
	}
	p.Zone = today.Format("MST")
	return p, nil
}

// custodyVerify asks for the whole log to be checked, beside everything else.
func (c *console) custodyVerify(w http.ResponseWriter, r *http.Request) error {
	if err := c.Proof.AskVerify(r.Context(), actor(r)); err != nil {
		return err
	}
	return seeOther(w, r, "/custody?asked=1")
}

type custodyRecordPage struct {
	page
	Row        custodyRow
	Details    []custodyDetail
	Trail      string // all records about the same subject
	Leaf       string
	Checkpoint *store.CustodyCheckpoint // the first that covers it
	Next       bool
}

// custodyDetail is a fact of a record: its name in the record, and for people.
type custodyDetail struct{ Name, Word, Value string }

// detailValue writes the value of a detail for people: what answers yes or no,
// times and people. The command of the page exports it as it is recorded.
func (c *console) detailValue(s *speaker, names func(string) string, value string) string {
	switch value {
	case "true":
		return s.t("status.yes")
	case "false":
		return s.t("status.no")
	}
	if n, err := strconv.ParseInt(value, 10, 64); err == nil && n > int64(1e15) && n < int64(1e17) { // microseconds since 1970
		return s.absolute(time.UnixMicro(n).In(c.zone))
	}
	if kind, _, ok := strings.Cut(value, ":"); ok && (kind == "person" || kind == "key") {
		if name := names(value); name != value {
			return name + " (" + value + ")"
		}
	}
	return value
}

// firstUpper begins a line with a capital.
func firstUpper(text string) string {
	r, n := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[n:]
}

func (c *console) custodyRecord(w http.ResponseWriter, r *http.Request) error {
	ctx, s := r.Context(), c.say(r)
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil || seq < 0 {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such record")
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	v := &custodyRecordPage{page: c.page(r, "custody", s.t("custody.record", "Seq", fmt.Sprint(seq)))}
	err = c.DB.View(ctx, func(tx *store.Tx) error {
		rec, err := store.CustodyAt(tx, seq)
		if err != nil {
			return err
		}
		v.Row = custodyRow{rec, names(rec.Actor), s.meaning(rec.Action)}
		first, err := store.CustodyCheckpointsFrom(tx, seq+1, 1)
		if err == nil && len(first) == 1 {
			v.Checkpoint = &first[0]
		}
		return err
	})
	if err != nil {
		return err
	}
	details := v.Row.Details()
	for _, k := range sortedKeys(details) {
		v.Details = append(v.Details, custodyDetail{k, firstUpper(custody.DetailWord(s.tag, k)), c.detailValue(s, names, details[k])})
	}
	v.Trail = custodyFilter{Subject: v.Row.Subject}.link(-1)
	v.Leaf = v.Row.Leaf().String()
	return c.render(w, r, http.StatusOK, "custody_record", v)
}

// custodyCheckpoint hands out a signed checkpoint as a file.
func (c *console) custodyCheckpoint(w http.ResponseWriter, r *http.Request) error {
	size, err := strconv.ParseInt(r.PathValue("size"), 10, 64)
	if err != nil || size < 1 {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such checkpoint")
	}
	var found []store.CustodyCheckpoint
	err = c.DB.View(r.Context(), func(tx *store.Tx) error {
		found, err = store.CustodyCheckpointsFrom(tx, size, 1)
		return err
	})
	if err != nil {
		return err
	}
	if len(found) == 0 || found[0].Size != size {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such checkpoint")
	}
	data, name, kind := []byte(found[0].Note), fmt.Sprintf("checkpoint-%d.txt", size), "text/plain; charset=utf-8"
	if r.URL.Query().Has("stamp") {
		if data, name, kind = found[0].Token, fmt.Sprintf("checkpoint-%d.tst", size), "application/timestamp-reply"; len(data) == 0 {
			return jaga.Errorf(jaga.CodeNotFound, "this checkpoint has no time stamp")
		}
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, _ = w.Write(data) // the reader may have gone
	return nil
}

type custodyMeaningsPage struct {
	page
	Rows [][2]string // action and sentence
}

func (c *console) custodyMeanings(w http.ResponseWriter, r *http.Request) error {
	s := c.say(r)
	v := &custodyMeaningsPage{page: c.page(r, "custody", s.t("custody.meanings"))}
	for _, action := range custody.Actions() {
		v.Rows = append(v.Rows, [2]string{action, s.meaning(action)})
	}
	return c.render(w, r, http.StatusOK, "custody_meanings", v)
}
