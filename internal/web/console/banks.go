package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/listfmt"
	"github.com/jaga-project/jaga/internal/takedown"
)

type banksPage struct {
	page
	Banks   []bankRow
	Entries int64
	Deleted []bank.Bank
	// Reported are the cases that were handed in through the guide.
	Reported reported
}

type bankRow struct {
	bank.Bank
	Waiting int64
}

func (c *console) bankList(w http.ResponseWriter, r *http.Request) error {
	return c.bankListView(w, r, http.StatusOK, nil)
}

func (c *console) bankListView(w http.ResponseWriter, r *http.Request, status int, wrong *problem) error {
	ctx, s := r.Context(), c.say(r)
	v := &banksPage{page: c.page(r, "banks", s.t("banks.title"))}
	v.Problem = wrong
	list, err := c.Banks.List(ctx)
	if err != nil {
		return err
	}
	waiting, err := c.Banks.Waiting(ctx)
	if err != nil {
		return err
	}
	for _, b := range list {
		v.Banks = append(v.Banks, bankRow{b, waiting[b.Name]})
		v.Entries += b.Entries
	}
	if v.Deleted, err = c.Banks.Deleted(ctx); err != nil {
		return err
	}
	if v.Reported, err = c.reported(ctx); err != nil {
		return err
	}
	v.Notice = caseNotice(s, r.URL.Query().Get("case"))
	if id := r.URL.Query().Get("deleted"); id != "" {
		for _, b := range v.Deleted {
			if strconv.FormatInt(b.ID, 10) == id {
				v.Notice = &notice{true, s.t("banks.deleted_notice", "Bank", b.Name)}
			}
		}
	}
	return c.render(w, r, status, "banks", v)
}

type bankFormPage struct {
	page
	Form bankForm
	Bank bank.Bank // of the settings; empty for a new bank
}

// bankForm is what was typed about a bank.
type bankForm struct {
	Name, Role, Form, Band, Threshold, Ratio, Note string
	FilmQuery, FilmStored                          string
	FilmBoth                                       bool
}

func formOf(set bank.Settings) bankForm {
	return bankForm{set.Name, string(set.Role), string(set.Form), set.Band.String(), strconv.Itoa(set.Threshold),
		strconv.Itoa(int(set.EnabledRatio*100 + 0.5)), set.Note,
		strconv.Itoa(set.FilmQuery), strconv.Itoa(set.FilmStored), set.FilmBoth}
}

// Roles, Forms and Bands are the choices of the form.
func (v *bankFormPage) Roles() []jaga.Role { return []jaga.Role{jaga.RoleMatch, jaga.RoleAllow} }

// Forms lists the four forms.
func (v *bankFormPage) Forms() []jaga.Form { return jaga.Forms() }

// Bands lists the bands that a finding can have.
func (v *bankFormPage) Bands() []jaga.Band {
	return []jaga.Band{jaga.BandObserve, jaga.BandReview, jaga.BandUrgent}
}

func readBankForm(r *http.Request) bankForm {
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return bankForm{get("name"), get("role"), get("form"), get("band"), get("threshold"), get("enabled_ratio"), get("note"),
		get("film_query"), get("film_stored"), get("film_both") != ""}
}

// apply writes what was typed into settings.
func (f bankForm) apply(set *bank.Settings) error {
	threshold, err := strconv.Atoi(f.Threshold)
	if err != nil {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "threshold", Msg: "not a number"}
	}
	percent, err := strconv.Atoi(f.Ratio)
	if err != nil {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "enabled_ratio", Msg: "not a number"}
	}
	var band jaga.Band
	if err := band.UnmarshalText([]byte(f.Band)); err != nil {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "band", Msg: "not a band"}
	}
	// A form that does not ask about films leaves the usual rule.
	film := bank.Defaults("")
	if f.FilmQuery != "" || f.FilmStored != "" {
		film.FilmBoth = f.FilmBoth
		if film.FilmQuery, err = strconv.Atoi(f.FilmQuery); err != nil {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "film_query", Msg: "not a number"}
		}
		if film.FilmStored, err = strconv.Atoi(f.FilmStored); err != nil {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "film_stored", Msg: "not a number"}
		}
	}
	*set = bank.Settings{FilmQuery: film.FilmQuery, FilmStored: film.FilmStored, FilmBoth: film.FilmBoth, Name: f.Name, Role: jaga.Role(f.Role), Form: jaga.Form(f.Form), Band: band, EnabledRatio: float64(percent) / 100, Threshold: threshold, Note: f.Note}
	return nil
}

func (c *console) bankNew(w http.ResponseWriter, r *http.Request) error {
	v := &bankFormPage{page: c.page(r, "banks", c.say(r).t("banks.new")), Form: formOf(bank.Defaults(""))}
	return c.render(w, r, http.StatusOK, "bank_form", v)
}

func (c *console) bankCreate(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	s := c.say(r)
	f := readBankForm(r)
	f.Name = bankName(f.Name)
	var set bank.Settings
	err := f.apply(&set)
	if err == nil {
		_, err = c.Banks.Create(r.Context(), actor(r), set)
	}
	if err == nil {
		return seeOther(w, r, "/banks/"+set.Name+"?new=1")
	}
	if !mendable(err) {
		return err
	}
	v := &bankFormPage{page: c.page(r, "banks", s.t("banks.new")), Form: f}
	v.Path = "/banks/new"
	v.Problem = c.problem(s, err)
	return c.render(w, r, jaga.CodeOf(err).HTTPStatus(), "bank_form", v)
}

// bankName makes a name of what people type: "Known material" is KNOWN_MATERIAL.
func bankName(text string) string {
	return strings.ToUpper(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' || r == '.' }), "_"))
}

// mendable reports whether the form can be shown again with the fault.
func mendable(err error) bool {
	switch jaga.CodeOf(err) {
	case jaga.CodeInvalid, jaga.CodeConflict:
		return true
	}
	return false
}

func (c *console) bankSettings(w http.ResponseWriter, r *http.Request) error {
	b, err := c.Banks.Get(r.Context(), r.PathValue("bank"))
	if err != nil {
		return err
	}
	v := &bankFormPage{page: c.page(r, "banks", c.say(r).t("bank.settings_of", "Bank", b.Name)), Form: formOf(b.Settings), Bank: b}
	return c.render(w, r, http.StatusOK, "bank_form", v)
}

func (c *console) bankUpdate(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	name, s := r.PathValue("bank"), c.say(r)
	old, err := c.Banks.Get(r.Context(), name)
	if err != nil {
		return err
	}
	f := readBankForm(r)
	f.Name = bankName(f.Name)
	var set bank.Settings
	if err = f.apply(&set); err == nil {
		// A ratio that was not touched stays what it is, also when it is no
		// whole percentage.
		if f.Ratio == formOf(old.Settings).Ratio {
			set.EnabledRatio = old.EnabledRatio
		}
		_, err = c.Banks.Update(r.Context(), actor(r), name, func(x *bank.Settings) { *x = set })
	}
	if err == nil {
		return seeOther(w, r, "/banks/"+set.Name+"?saved=1")
	}
	if !mendable(err) {
		return err
	}
	v := &bankFormPage{page: c.page(r, "banks", s.t("bank.settings_of", "Bank", name)), Form: f, Bank: old}
	v.Path = "/banks/" + name + "/settings"
	v.Problem = c.problem(s, err)
	return c.render(w, r, jaga.CodeOf(err).HTTPStatus(), "bank_form", v)
}

func (c *console) bankDelete(w http.ResponseWriter, r *http.Request) error {
	id, err := c.Banks.Delete(r.Context(), actor(r), r.PathValue("bank"))
	if err != nil {
		return err
	}
	return seeOther(w, r, "/banks?deleted="+strconv.FormatInt(id, 10))
}

func (c *console) bankRestore(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	id, err := strconv.ParseInt(r.PostFormValue("id"), 10, 64)
	if err != nil {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such bank")
	}
	b, err := c.Banks.Restore(r.Context(), actor(r), id)
	if jaga.CodeOf(err) == jaga.CodeConflict {
		return c.bankListView(w, r, http.StatusConflict, &problem{Text: c.say(r).t("error.restore_conflict")})
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, "/banks/"+b.Name+"?restored=1")
}

func (c *console) bankExport(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	name := r.PathValue("bank")
	format, typ := listfmt.Format(r.PostFormValue("format")), jaga.SignalType(r.PostFormValue("type"))
	ext := map[listfmt.Format]string{listfmt.CSV: ".csv", listfmt.JSONL: ".jsonl", listfmt.Plain: ".txt"}[format]
	if ext == "" || typ != "" && !typ.Valid() || format == listfmt.Plain && typ == "" {
		return jaga.Errorf(jaga.CodeInvalid, "there is no such export")
	}
	if _, err := c.Banks.Get(r.Context(), name); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+url.PathEscape(name)+ext+`"`)
	rows, err := c.Banks.Export(r.Context(), actor(r), name, w, format, typ)
	if err != nil && rows > 0 {
		// The answer is under way; cutting it off is the only way to say so.
		c.Log.Error("export", "error", err)
		panic(http.ErrAbortHandler)
	}
	return err
}

type bankPage struct {
	page
	Bank    bank.Bank
	Health  bank.Health
	New     bool
	Entries []bank.Entry
	Filter  string
	Next    int64
	Paged   bool
	Query   string
	Found   []jaga.Match // what the searched hash is near to
	Results []fileResult
	// Upload is what was typed beside the files.
	Upload uploadForm
	Hash   hashForm
	// Reported are cases, on the page of the bank that is for them.
	Reported reported
}

type uploadForm struct {
	Type, Source, Licence string
	SkipBad, Sound        bool
}

type hashForm struct{ Type, Value, Note string }

const entriesPerPage = 50

func (c *console) bank(w http.ResponseWriter, r *http.Request) error {
	return c.bankView(w, r, http.StatusOK, func(*bankPage) {})
}

// bankView shows a bank; change adds what an act has to say.
func (c *console) bankView(w http.ResponseWriter, r *http.Request, status int, change func(*bankPage)) error {
	ctx, s, q := r.Context(), c.say(r), r.URL.Query()
	b, err := c.Banks.Get(ctx, r.PathValue("bank"))
	if err != nil {
		return err
	}
	v := &bankPage{page: c.page(r, "banks", b.Name), Bank: b, New: b.Entries == 0, Query: strings.ToLower(strings.TrimSpace(q.Get("q")))}
	v.Path = "/banks/" + b.Name
	if r.Method == http.MethodGet && len(q) > 0 {
		v.Path += "?" + q.Encode()
	}
	for _, name := range []string{"new", "saved", "restored"} {
		if q.Has(name) {
			v.Notice = &notice{true, s.t("bank.notice_" + name)}
		}
	}
	change(v)
	if v.Health, err = c.Banks.Health(ctx, b.Name); err != nil {
		return err
	}
	if b.Name == takedown.BankName {
		if v.Reported, err = c.reported(ctx); err != nil {
			return err
		}
	}
	if v.Query != "" {
		if err := c.search(v, s); err != nil {
			return err
		}
		return c.render(w, r, status, "bank", v)
	}
	after, _ := strconv.ParseInt(q.Get("after"), 10, 64)
	f := bank.Filter{After: max(0, after), Limit: entriesPerPage + 1}
	v.Filter, v.Paged = q.Get("show"), after > 0
	switch v.Filter {
	case "off":
		f.Disabled = true
	case "quarantine":
		f.Quarantined = true
	default:
		v.Filter = ""
	}
	if v.Entries, err = c.Banks.Entries(ctx, b.Name, f); err != nil {
		return err
	}
	if len(v.Entries) > entriesPerPage {
		v.Entries = v.Entries[:entriesPerPage]
		v.Next = v.Entries[entriesPerPage-1].ID
	}
	return c.render(w, r, status, "bank", v)
}

// search finds the entries of the bank that a hash is equal or near to.
func (c *console) search(v *bankPage, s *speaker) error {
	var types []jaga.SignalType
	for _, t := range jaga.SignalTypes() {
		if 2*t.Size() == len(v.Query) {
			types = append(types, t)
		}
	}
	var signals []jaga.Signal
	for _, t := range types {
		if _, err := engine.ParseValue(t, v.Query); err == nil {
			signals = append(signals, jaga.Signal{Type: t, Value: v.Query})
		}
	}
	if len(signals) == 0 {
		v.Problem = &problem{Field: "q", Text: s.t("error.search")}
		return nil
	}
	a, err := c.Engine.Match(engine.Query{Signals: signals, Banks: []string{v.Bank.Name}, Now: c.now(), Raw: true})
	if err != nil {
		return jaga.Errorf(jaga.CodeUnavailable, "search: %w", err)
	}
	v.Found = a.Matches[:min(len(a.Matches), entriesPerPage)]
	return nil
}

// StateOf says whether an entry matches: on, off, quarantine or expired.
func (v *bankPage) StateOf(e bank.Entry) string { return entryState(e) }
