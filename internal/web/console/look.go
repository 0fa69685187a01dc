package console

import (
	"encoding/json"
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
		{"GET /look/sessions/{id}", auth.LookEvidence, c.lookAgreed},
		{"POST /look/reveals", auth.LookEvidence, c.asked(c.lookBegin)},
		{"POST /look/reveals/{id}/beat", auth.LookEvidence, c.asked(c.lookBeat)},
		{"POST /look/reveals/{id}/end", auth.LookEvidence, c.asked(c.lookEnd)},
		{"GET /look/reveals/{id}/bytes", auth.LookEvidence, c.lookBytes},
		{"GET /look/reveals/{id}/film", auth.LookEvidence, c.lookFilm},
		{"GET /look/consent/{id}", auth.LookEvidence, c.consentPage},
		{"POST /look/consent/{id}", auth.LookEvidence, c.fresh(c.consent)},
		{"GET /look/me", auth.OwnExposure, c.myLooking},
		{"POST /look/me", auth.OwnExposure, c.optOut},
		{"GET /look/team", auth.Statistics, c.teamLooking},
		{"POST /look/team", auth.Settings, c.fresh(c.setLimits)},
	}
}

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
	case "take_first":
		return refusal{Field: field, Title: s.t("look.take_first_title"), Lines: []string{s.t("look.take_first_1")}}
	case "expired", "ended":
		return refusal{Field: field, Title: s.t("look.ended_title"), Lines: []string{s.t("look.ended_1")}}
	}
	if purpose, ok := strings.CutPrefix(field, "when_"); ok {
		return refusal{Field: field, Title: s.t("look.not_now_title"), Lines: []string{s.word("purpose_when", purpose)}}
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
	if p.Veil, err = c.veil(r.Context(), actor(r), v); err != nil {
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
	show, err := c.Look.Begin(r.Context(), actor(r), look.Show{Session: s.ID, File: v.Key, Kind: v.Kind, Class: v.Class})
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
	c.shown.close(actor(r), revealID(r))
	return lookReveal{}, c.Look.End(r.Context(), actor(r), revealID(r))
}
