package console

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/look"
)

func (c *console) lookRoutes() []route {
	return []route{
		{"GET /look/cases/{case}/{evidence}", auth.LookEvidence, c.lookFile},
		{"POST /look/sessions", auth.LookEvidence, c.asked(c.lookOpen)},
		{"POST /look/reveals", auth.LookEvidence, c.asked(c.lookBegin)},
		{"POST /look/reveals/{id}/beat", auth.LookEvidence, c.asked(c.lookBeat)},
		{"POST /look/reveals/{id}/end", auth.LookEvidence, c.asked(c.lookEnd)},
		{"GET /look/reveals/{id}/bytes", auth.LookEvidence, c.lookBytes},
		{"GET /look/consent/{id}", auth.LookEvidence, c.consentPage},
		{"POST /look/consent/{id}", auth.LookEvidence, c.consent},
		{"GET /look/me", auth.OwnExposure, c.myLooking},
		{"POST /look/me", auth.OwnExposure, c.optOut},
		{"GET /look/team", auth.Statistics, c.teamLooking},
		{"POST /look/team", auth.Settings, c.setLimits},
	}
}

// lookHeader is one that only a script of these pages sends: what is shown can be
// neither opened in a window of its own nor put into a page of another site.
const lookHeader = "Jaga-Look"

// refusal is what a script shows instead of the file.
type refusal struct {
	Field string   `json:"field"`
	Title string   `json:"title"`
	Lines []string `json:"lines"`
	// Link leads on, with its words.
	Link     string `json:"link,omitempty"`
	LinkText string `json:"link_text,omitempty"`
}

// asked answers a script: an error becomes words in the reader's language.
func (c *console) asked(do func(*http.Request) (any, error)) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		v, err := do(r)
		if err != nil {
			return c.refuse(w, r, err)
		}
		return writeJSON(w, http.StatusOK, v)
	}
}

// writeJSON answers a script.
func writeJSON(w http.ResponseWriter, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // the reader may have gone
	return nil
}

func (c *console) refuse(w http.ResponseWriter, r *http.Request, err error) error {
	if r.Context().Err() != nil {
		return nil
	}
	code := jaga.CodeOf(err)
	if code == jaga.CodeInternal {
		c.Log.Error("show file", "route", r.Pattern, "error", err)
	}
	return writeJSON(w, code.HTTPStatus(), c.refusal(r, err))
}

func (c *console) refusal(r *http.Request, err error) refusal {
	s := c.say(r)
	field := ""
	if e := asError(err); e != nil {
		field = e.Field
	}
	me := func(title string, lines ...string) refusal {
		return refusal{Field: field, Title: title, Lines: lines, Link: "/look/me", LinkText: s.t("look.to_me")}
	}
	switch field {
	case "break", "budget":
		e, err := c.Look.Mine(r.Context(), actor(r), c.zone)
		if err != nil {
			break
		}
		var out refusal
		if field == "break" {
			out = me(s.t("look.break_title"), s.t("look.break_1", "Time", s.clock(time.UnixMicro(e.Break.Until).In(c.zone))), s.t("look.break_2"))
		} else {
			out = me(s.t("look.budget_title"), s.t("look.budget_1"), s.t("look.budget_2"))
		}
		if e.Limits.Support != "" {
			out.Lines = append(out.Lines, e.Limits.Support)
		}
		return out
	case "second":
		return refusal{Field: field, Title: s.t("look.second_title"), Lines: []string{s.t("look.second_1")}, LinkText: s.t("look.second_link")}
	case "opt_out":
		return me(s.t("look.opt_out_title"), s.t("look.opt_out_1"))
	case "no_look":
		return refusal{Field: field, Title: s.t("look.no_look_title"), Lines: []string{s.t("look.no_look_1")}}
	case "expired", "ended":
		return refusal{Field: field, Title: s.t("look.ended_title"), Lines: []string{s.t("look.ended_1")}}
	}
	p := c.problem(s, err)
	return refusal{Field: field, Title: s.t("look.failed_title"), Lines: []string{strings.TrimSpace(p.Text + " " + p.Hint)}}
}

// readJSON reads what a script asks; unknown fields are refused.
func readJSON(r *http.Request, v any) error {
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return jaga.Errorf(jaga.CodeInvalid, "read request: %w", err)
	}
	return nil
}

// veiled finds a file of a case for the one who asks.
func (c *console) veiled(r *http.Request, caseID int64, evidence string) (Veiled, error) {
	if c.Files == nil || caseID <= 0 || len(evidence) > 64 {
		return Veiled{}, jaga.Errorf(jaga.CodeNotFound, "there is no such file")
	}
	v, err := c.Files.Veiled(r.Context(), actor(r), caseID, evidence)
	if err == nil {
		v.Case, v.Evidence = caseID, evidence
	}
	return v, err
}

type lookFilePage struct {
	page
	Veil *veilView
}

// lookFile is a page of one file, veiled.
func (c *console) lookFile(w http.ResponseWriter, r *http.Request) error {
	caseID, _ := strconv.ParseInt(r.PathValue("case"), 10, 64)
	v, err := c.veiled(r, caseID, r.PathValue("evidence"))
	if err != nil {
		return err
	}
	p := &lookFilePage{page: c.page(r, "look", c.say(r).t("look.file_title", "Case", caseID))}
	if p.Veil, err = c.veil(r.Context(), v); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "look_file", p)
}

type lookAsk struct {
	Case     int64        `json:"case"`
	Evidence string       `json:"evidence"`
	Purpose  look.Purpose `json:"purpose"`
}

type lookSession struct {
	Session int64 `json:"session"`
	LeftMS  int64 `json:"left_ms"`
	// Consent is where the second person consents, where one is needed.
	Consent string `json:"consent,omitempty"`
}

func (c *console) lookOpen(r *http.Request) (any, error) {
	var ask lookAsk
	if err := readJSON(r, &ask); err != nil {
		return nil, err
	}
	v, err := c.veiled(r, ask.Case, ask.Evidence)
	if err != nil {
		return nil, err
	}
	// Nobody opens a session for what they cannot see anyway.
	s, err := c.Look.Open(r.Context(), actor(r), look.Ask{Case: v.Case, Purpose: ask.Purpose, NeedsSecond: v.Hardest})
	if err != nil {
		return nil, err
	}
	out := lookSession{Session: s.ID, LeftMS: (s.ExpiresAt - s.OpenedAt) / 1000}
	if s.NeedsSecond {
		out.Consent = "/look/consent/" + strconv.FormatInt(s.ID, 10)
	}
	return out, nil
}

type lookReveal struct {
	Reveal int64 `json:"reveal,omitempty"`
	LeftMS int64 `json:"left_ms"`
}

func (c *console) lookBegin(r *http.Request) (any, error) {
	var ask struct {
		Session  int64  `json:"session"`
		Case     int64  `json:"case"`
		Evidence string `json:"evidence"`
	}
	if err := readJSON(r, &ask); err != nil {
		return nil, err
	}
	v, err := c.veiled(r, ask.Case, ask.Evidence)
	if err != nil {
		return nil, err
	}
	s, err := c.Look.Session(r.Context(), ask.Session)
	switch {
	case err != nil:
		return nil, err
	case s.Case != v.Case || v.Hardest && !s.NeedsSecond:
		// A session of an easier file must not open the hardest.
		return nil, &jaga.Error{Code: jaga.CodeConflict, Field: "expired", Msg: "the view session is one for other files"}
	}
	show, err := c.Look.Begin(r.Context(), actor(r), look.Show{Session: s.ID, File: v.Key, Kind: string(v.Kind), Class: v.Class})
	if err != nil {
		return nil, err
	}
	return lookReveal{show.ID, show.Left.Milliseconds()}, nil
}

func revealID(r *http.Request) int64 {
	n, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
	return n
}

func (c *console) lookBeat(r *http.Request) (any, error) {
	var screen struct {
		On     bool  `json:"on"`
		Width  int64 `json:"width"`
		Height int64 `json:"height"`
		Blur   int64 `json:"blur"`
		Grey   bool  `json:"grey"`
		Sound  bool  `json:"sound"`
	}
	if err := readJSON(r, &screen); err != nil {
		return nil, err
	}
	left, err := c.Look.Beat(r.Context(), actor(r), revealID(r), look.Screen(screen))
	return lookReveal{LeftMS: left.Milliseconds()}, err
}

func (c *console) lookEnd(r *http.Request) (any, error) {
	return lookReveal{}, c.Look.End(r.Context(), actor(r), revealID(r))
}

// lookBytes sends bytes of the file of a reveal that goes on.
func (c *console) lookBytes(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get(lookHeader) == "" {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such page")
	}
	src, from, to, status, err := c.lookRange(r)
	if err != nil {
		return c.refuse(w, r, err)
	}
	defer src.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Length", strconv.FormatInt(to-from, 10))
	if status == http.StatusPartialContent {
		h.Set("Content-Range", "bytes "+strconv.FormatInt(from, 10)+"-"+strconv.FormatInt(to-1, 10)+"/"+strconv.FormatInt(src.Size(), 10))
	}
	w.WriteHeader(status)
	_, _ = io.Copy(w, io.NewSectionReader(src, from, to-from)) // the reader may have let go
	return nil
}

func (c *console) lookRange(r *http.Request) (src Source, from, to int64, status int, err error) {
	show, err := c.Look.Running(r.Context(), actor(r), revealID(r))
	if err != nil {
		return nil, 0, 0, 0, err
	}
	v, err := c.veiled(r, show.Case, r.URL.Query().Get("evidence"))
	if err != nil {
		return nil, 0, 0, 0, err
	}
	if v.Key != show.File {
		return nil, 0, 0, 0, jaga.Errorf(jaga.CodeNotFound, "there is no such file")
	}
	if src, err = c.Files.Open(r.Context(), actor(r), v); err != nil {
		return nil, 0, 0, 0, err
	}
	from, to, status = parseRange(r.Header.Get("Range"), src.Size())
	// The record comes first: no byte leaves without one.
	if _, err = c.Look.Serve(r.Context(), actor(r), show.ID, from, to); err != nil {
		_ = src.Close()
		return nil, 0, 0, 0, err
	}
	return src, from, to, status, nil
}

// parseRange reads a range of one part; anything else means the whole file.
func parseRange(text string, size int64) (from, to int64, status int) {
	first, last, ok := strings.Cut(strings.TrimPrefix(text, "bytes="), "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if !strings.HasPrefix(text, "bytes=") || !ok || err != nil || from < 0 || from >= size {
		return 0, size, http.StatusOK
	}
	to = size
	if last != "" {
		end, err := strconv.ParseInt(last, 10, 64)
		if err != nil || end < from {
			return 0, size, http.StatusOK
		}
		to = min(size, end+1)
	}
	return from, to, http.StatusPartialContent
}

type consentView struct {
	page
	Session look.Session
	Mine    bool // the reader asked for the session themself
	Open    bool
}

func (c *console) consentPage(w http.ResponseWriter, r *http.Request) error {
	s, err := c.Look.Session(r.Context(), revealID(r))
	if err != nil {
		return err
	}
	v := &consentView{page: c.page(r, "look", c.say(r).t("look.consent_title", "Case", s.Case)), Session: s, Mine: s.Person == actor(r)}
	v.Open = s.NeedsSecond && s.Second == "" && s.ClosedAt == 0
	if s.Second != "" {
		v.Notice = &notice{true, c.say(r).t("look.consented")}
	}
	return c.render(w, r, http.StatusOK, "look_consent", v)
}

func (c *console) consent(w http.ResponseWriter, r *http.Request) error {
	if err := c.Look.Consent(r.Context(), actor(r), revealID(r)); err != nil {
		return err
	}
	return seeOther(w, r, r.URL.Path)
}
