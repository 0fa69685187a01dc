package console

import (
	"bufio"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
)

// itemRow is an item in a list.
type itemRow struct {
	intake.Record
	State   jaga.State
	Band    jaga.Band
	Why     string // one sentence
	Source  string
	Matches int
}

type itemsPage struct {
	page
	Rows   []itemRow
	Filter jaga.State
	Ref    string
	Counts map[jaga.State]int64
	All    int64
	Older  string // the address of the next page
	Newer  bool   // this is not the first page
	Live   string // the address to ask for news
	Tiles  bool
}

const itemsPerPage = 50

func (c *console) items(w http.ResponseWriter, r *http.Request) error {
	return c.itemsView(w, r, http.StatusOK, nil)
}

func (c *console) itemsView(w http.ResponseWriter, r *http.Request, status int, wrong *problem) error {
	q, s := r.URL.Query(), c.say(r)
	v := &itemsPage{page: c.page(r, "items", s.t("items.title")), Ref: strings.TrimSpace(q.Get("ref")), Newer: q.Has("before"), Tiles: q.Get("as") == "tiles"}
	v.Problem = wrong
	if r.Method != http.MethodGet {
		v.Path = "/items"
	}
	switch f := jaga.State(q.Get("state")); f {
	case jaga.StateFindings, jaga.StateNotChecked, jaga.StateClear:
		v.Filter = f
	}
	var err error
	if v.Counts, err = c.Intake.Counts(r.Context(), c.unless(r.Context(), auth.ReadItems, itemKinds())); err != nil {
		return err
	}
	for _, n := range v.Counts {
		v.All += n
	}
	v.Rows, err = c.itemRows(r.Context(), s, intake.Filter{State: v.Filter, Ref: v.Ref, Before: q.Get("before"), Limit: itemsPerPage + 1})
	if err != nil {
		return err
	}
	if len(v.Rows) > itemsPerPage {
		v.Rows = v.Rows[:itemsPerPage]
		v.Older = v.link(v.Filter, v.Tiles, v.Rows[itemsPerPage-1].Item.ID)
	}
	if !v.Newer {
		v.Live = v.link(v.Filter, v.Tiles, "")
	}
	return c.render(w, r, status, "items", v)
}

// link returns the address of the list with other choices.
func (v *itemsPage) link(state jaga.State, tiles bool, before string) string {
	q := url.Values{}
	for name, value := range map[string]string{"state": string(state), "ref": v.Ref, "before": before} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if tiles {
		q.Set("as", "tiles")
	}
	if len(q) == 0 {
		return "/items"
	}
	return "/items?" + q.Encode()
}

// ByState and As are the links of the filters.
func (v *itemsPage) ByState(state string) string { return v.link(jaga.State(state), v.Tiles, "") }

// As is the link to the same items as tiles or as a table.
func (v *itemsPage) As(tiles bool) string { return v.link(v.Filter, tiles, "") }

// StateCounts lists the filters with their counts.
func (v *itemsPage) StateCounts() []stateCount {
	out := []stateCount{}
	for _, st := range []jaga.State{jaga.StateFindings, jaga.StateNotChecked, jaga.StateClear} {
		out = append(out, stateCount{st, v.Counts[st]})
	}
	return out
}

type stateCount struct {
	State jaga.State
	N     int64
}

func (c *console) itemRows(ctx context.Context, s *speaker, f intake.Filter) ([]itemRow, error) {
	f.Unless = c.unless(ctx, auth.ReadItems, itemKinds())
	list, err := c.Intake.List(ctx, f)
	if err != nil {
		return nil, err
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return nil, err
	}
	rows := make([]itemRow, 0, len(list))
	for _, rec := range list {
		rows = append(rows, c.itemRow(s, names, rec))
	}
	return rows, nil
}

func (c *console) itemRow(s *speaker, names func(string) string, rec intake.Record) itemRow {
	row := itemRow{Record: rec, State: rec.Outcome.State(), Band: rec.Outcome.Band(), Source: names(rec.Item.Source)}
	for _, m := range rec.Outcome.Matches {
		if m.Role == jaga.RoleMatch {
			row.Matches++
		}
	}
	row.Why = s.why(rec.Outcome)
	return row
}

// why says in one sentence why an outcome is what it is.
func (s *speaker) why(o jaga.Outcome) string {
	switch o.State() {
	case jaga.StateFindings:
		m := nearest(o.Findings[0].Because())
		if m == nil {
			return s.listed(o.Findings[0])
		}
		text := s.t("why_line.exact", "Type", s.word("type", m.Signal.Type), "Bank", m.Bank)
		if m.Film != nil {
			text = s.t("why_line.film", "Bank", m.Bank, "Where", s.where(m.Film))
		} else if m.Sound != nil {
			text = s.t("why_line.sound", "Bank", m.Bank, "Where", s.parts(m.Sound.Query, m.Sound.More))
		} else if !m.Signal.Type.Exact() {
			text = s.t("why_line.near", "Distance", m.Distance, "Threshold", m.Threshold, "Bank", m.Bank)
		}
		if m.Suppressed == jaga.SuppressedQuarantine {
			text += " " + s.t("why_line.quarantine")
		}
		if more := len(o.Findings[0].Because()) - 1; more > 0 {
			text += " " + s.t("why_line.more", "N", more)
		}
		return text
	case jaga.StateNotChecked:
		for _, skip := range o.Skipped {
			if !skip.Optional {
				return s.skip(skip)
			}
		}
		return s.t("why_line.nothing_ran")
	}
	parts := []string{s.checked(o)}
	for _, skip := range o.Skipped {
		parts = append(parts, s.t("why_line.left_out", "What", s.detector(skip.Detector)))
	}
	return strings.Join(parts, " ")
}

// listed says on which list of a matcher an item is.
func (s *speaker) listed(f jaga.Finding) string {
	for _, r := range f.Because() {
		if l := r.Listed; l != nil {
			text := s.t("outbox.listed", "Plugin", l.Name, "Version", l.Version, "List", l.List)
			if l.Reference != "" {
				text += " " + s.t("outbox.listed_ref", "Ref", l.Reference)
			}
			if more := len(f.Because()) - 1; more > 0 {
				text += " " + s.t("why_line.more", "N", more)
			}
			return text
		}
	}
	return ""
}

// checked lists what ran to the end, or nothing.
func (s *speaker) checked(o jaga.Outcome) string {
	var list []string
	for _, d := range o.Checked {
		list = append(list, s.detector(d))
	}
	if len(list) == 0 {
		return ""
	}
	return s.t("why_line.checked", "What", strings.Join(list, ", "))
}

func nearest(reasons []jaga.Reason) (best *jaga.Match) {
	for _, r := range reasons {
		if r.Match != nil && (best == nil || r.Match.Distance < best.Distance) {
			best = r.Match
		}
	}
	return best
}

// skip says why something was not checked.
func (s *speaker) skip(k jaga.Skip) string {
	text := s.word("why", k.Why)
	switch k.Why {
	case jaga.WhyPending, jaga.WhyEmpty, jaga.WhyTruncated, jaga.WhyBusy:
		return text // the detail says the same
	}
	if strings.HasPrefix(string(k.Detector), "plugin/") {
		return text // the page of the plugins says more
	}
	if detail := s.detail(k.Detail); detail != "" && detail != s.t("detail.damaged") {
		text += " (" + detail + ")"
	}
	return text
}

// names returns what people call an actor.
func (c *console) names(ctx context.Context, s *speaker) (func(string) string, error) {
	keys, err := c.Auth.Keys(ctx)
	if err != nil {
		return nil, err
	}
	labels := map[string]string{}
	for _, k := range keys {
		labels["key:"+strconv.FormatInt(k.ID, 10)] = k.Label
	}
	me, _ := auth.From(ctx)
	// Who decided what is for those who answer for it; colleagues see a number.
	if me.CanSomewhere(auth.ManagePeople) || me.CanSomewhere(auth.ReadCustody) {
		people, err := c.Auth.People(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			labels["person:"+strconv.FormatInt(p.ID, 10)] = p.Name
		}
	}
	return func(a string) string {
		if a == me.Actor && me.Name != "" {
			return me.Name
		}
		if label, ok := labels[a]; ok {
			return label
		}
		kind, id, _ := strings.Cut(a, ":")
		switch kind {
		case "key", "person":
			return s.t("actor."+kind, "ID", id)
		case "system", "network", "scan", "console", "local":
			return s.t("actor." + kind)
		case "":
			return s.t("actor.system")
		}
		return a
	}, nil
}

type itemPage struct {
	page
	itemRow
	Skipped []skipLine
	For     []matchLine
	Against []matchLine
	Trail   []trailLine
}

type skipLine struct {
	Detector string
	Text     string
	Optional bool
}

type matchLine struct {
	jaga.Match
	Index int
}

type trailLine struct {
	At          int64
	Actor, What string
}

func (c *console) item(w http.ResponseWriter, r *http.Request) error {
	ctx, s := r.Context(), c.say(r)
	rec, err := c.itemFor(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	v := &itemPage{page: c.page(r, "items", s.t("item.title")), itemRow: c.itemRow(s, names, rec)}
	for i, m := range rec.Outcome.Matches {
		line := matchLine{m, i}
		if m.Role == jaga.RoleAllow {
			v.Against = append(v.Against, line)
		} else {
			v.For = append(v.For, line)
		}
	}
	for _, k := range rec.Outcome.Skipped {
		v.Skipped = append(v.Skipped, skipLine{s.detector(k.Detector), s.skip(k), k.Optional})
	}
	if v.Trail, err = c.trail(ctx, s, names, "item:"+rec.Item.ID); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "item", v)
}

// trail returns what the custody log says of a subject.
func (c *console) trail(ctx context.Context, s *speaker, names func(string) string, subject string) (out []trailLine, err error) {
	err = c.DB.View(ctx, func(tx *store.Tx) error {
		records, err := store.CustodyTrail(tx, subject, 100)
		for _, rec := range records {
			what := rec.Action
			if key := "act." + strings.ReplaceAll(rec.Action, ".", "_"); s.has(key) {
				what = s.t(key)
			}
			out = append(out, trailLine{rec.At, names(rec.Actor), what})
		}
		return err
	})
	return out, err
}

// checkPicture takes pictures in from the page.
func (c *console) checkPicture(w http.ResponseWriter, r *http.Request) error {
	s := c.say(r)
	r.Body = http.MaxBytesReader(w, r.Body, c.MaxBytes+maxForm)
	form, err := r.MultipartReader()
	if err != nil {
		return c.itemsView(w, r, http.StatusUnprocessableEntity, &problem{"file", s.t("error.no_file"), ""})
	}
	ref, id, n := "", "", 0
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return c.uploadFailed(w, r, err)
		}
		switch part.FormName() {
		case "ref":
			ref, err = formText(part)
		case "file":
			body := bufio.NewReader(part)
			if _, err := body.Peek(1); err == io.EOF && part.FileName() == "" {
				continue // no file was chosen
			}
			rec, takeErr := c.Intake.Take(r.Context(), intake.Request{Source: actor(r), Ref: ref, Body: body})
			id, err = rec.Item.ID, takeErr
			n++
		}
		if err != nil {
			return c.uploadFailed(w, r, err)
		}
	}
	if n == 0 {
		return c.itemsView(w, r, http.StatusUnprocessableEntity, &problem{"file", s.t("error.no_file"), ""})
	}
	// A match may have put it into a case of another queue at once.
	if _, err := c.itemFor(r.Context(), id); n == 1 && err == nil {
		return seeOther(w, r, "/items/"+id)
	}
	return seeOther(w, r, "/items")
}

func (c *console) uploadFailed(w http.ResponseWriter, r *http.Request, err error) error {
	switch jaga.CodeOf(err) {
	case jaga.CodeInvalid, jaga.CodeBusy:
	default:
		var tooBig *http.MaxBytesError
		if !errors.As(err, &tooBig) {
			return err
		}
	}
	return c.itemsView(w, r, http.StatusUnprocessableEntity, c.problem(c.say(r), err))
}

// formText reads a text field of a form with files.
func formText(part *multipart.Part) (string, error) {
	data, err := io.ReadAll(io.LimitReader(part, maxForm))
	return strings.TrimSpace(string(data)), err
}
