package console

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/spread"
	"github.com/jaga-project/jaga/vpdq"
)

type entryPage struct {
	page
	Bank     bank.Bank
	Entry    bank.Entry
	State    string
	Until    int64 // when it is on again or expires, in microseconds
	Why      string
	Opinions []opinionLine
	Mine     bank.Opinion
	Trail    []trailLine
	Expires  string // the date, for the form
	Note     string
	Spread   *spreadPart
}

type opinionLine struct {
	bank.Opinion
	Name string
}

func entryPath(e bank.Entry) string {
	return "/banks/" + e.Bank + "/entries/" + strconv.FormatInt(e.ID, 10)
}

// entryState says whether an entry matches.
func entryState(e bank.Entry) string {
	now := time.Now().Unix()
	switch {
	case e.QuarantinedAt > 0:
		return "quarantine"
	case e.DisableUntil == 0 || e.DisableUntil > now:
		return "off"
	case e.ExpiresAt > 0 && e.ExpiresAt <= now:
		return "expired"
	}
	return "on"
}

func entryID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, jaga.Errorf(jaga.CodeNotFound, "there is no such entry")
	}
	return id, nil
}

func (c *console) entry(w http.ResponseWriter, r *http.Request) error {
	return c.entryView(w, r, http.StatusOK, func(*entryPage) {})
}

func (c *console) entryView(w http.ResponseWriter, r *http.Request, status int, change func(*entryPage)) error {
	ctx, s := r.Context(), c.say(r)
	id, err := entryID(r)
	if err != nil {
		return err
	}
	b, err := c.Banks.Get(ctx, r.PathValue("bank"))
	if err != nil {
		return err
	}
	e, err := c.Banks.Entry(ctx, b.Name, id)
	if err != nil {
		return err
	}
	v := &entryPage{page: c.page(r, "banks", s.t("entry.title", "ID", strconv.FormatInt(e.ID, 10))), Bank: b, Entry: e, State: entryState(e), Note: e.Note}
	v.Path = entryPath(e)
	if e.QuarantineWhy != "" {
		v.Why = s.detail(e.QuarantineWhy)
	}
	if e.ExpiresAt > 0 {
		v.Expires = time.Unix(e.ExpiresAt, 0).In(c.zone).Format(time.DateOnly)
	}
	if e.DisableUntil > 1 {
		v.Until = e.DisableUntil * 1_000_000
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	opinions, err := c.Banks.Opinions(ctx, id)
	if err != nil {
		return err
	}
	for _, o := range opinions {
		v.Opinions = append(v.Opinions, opinionLine{o, names(o.Who)})
		if o.Who == actor(r) {
			v.Mine = o
		}
	}
	if v.Trail, err = c.trail(ctx, s, names, "entry:"+strconv.FormatInt(id, 10)); err != nil {
		return err
	}
	if v.Spread, err = c.spreadOf(ctx, s, []entryRef{{b.Name, strconv.FormatInt(id, 10)}}, spread.Of{Hashes: e.Signals}); err != nil {
		return err
	}
	for _, name := range []string{"added", "saved"} {
		if r.URL.Query().Has(name) {
			v.Notice = &notice{true, s.t("entry.notice_" + name)}
		}
	}
	change(v)
	return c.render(w, r, status, "entry", v)
}

// entryChange does one act on an entry; the button says which.
func (c *console) entryChange(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	ctx, name := r.Context(), r.PathValue("bank")
	id, err := entryID(r)
	if err != nil {
		return err
	}
	text := func(field string) string { return strings.TrimSpace(r.PostFormValue(field)) }
	number := func(n int64) *int64 { return &n }
	var change bank.EntryChange
	note := text("note")
	switch text("do") {
	case "opinion":
		err = c.Banks.SetOpinion(ctx, actor(r), name, id, text("verdict"), text("opinion_note"))
	case "off":
		change.DisableUntil = number(0)
	case "on":
		change.DisableUntil = number(1)
	case "release":
		change.Quarantine = new(string)
	case "note":
		change.Note = &note
	case "expiry":
		change.ExpiresAt = number(0)
		if d := text("expires"); d != "" {
			day, parseErr := time.ParseInLocation(time.DateOnly, d, c.zone)
			if parseErr != nil {
				err = &jaga.Error{Code: jaga.CodeInvalid, Field: "expires", Msg: "not a date"}
			}
			change.ExpiresAt = number(day.Unix())
		}
	default:
		return jaga.Errorf(jaga.CodeInvalid, "there is no such act")
	}
	if err == nil && change != (bank.EntryChange{}) {
		_, err = c.Banks.UpdateEntry(ctx, actor(r), name, id, change)
	}
	if err == nil {
		return seeOther(w, r, "/banks/"+name+"/entries/"+strconv.FormatInt(id, 10)+"?saved=1")
	}
	if !mendable(err) {
		return err
	}
	return c.entryView(w, r, http.StatusUnprocessableEntity, func(v *entryPage) {
		v.Problem = c.problem(c.say(r), err)
		if text("do") == "note" {
			v.Note = note
		}
		if text("do") == "opinion" {
			v.Mine = bank.Opinion{Verdict: text("verdict"), Note: text("opinion_note")}
		}
	})
}

type entryDeletedPage struct {
	page
	Entry  bank.Entry
	Values []engine.Value
}

// maxAgain bounds the form that adds an entry again: a film of some hours has its
// frames in it.
const maxAgain = 32 << 20

// entryDelete deletes an entry and answers with what is needed to add it again:
// the undo holds the hashes in the page itself, so that they are in no address
// and no log.
func (c *console) entryDelete(w http.ResponseWriter, r *http.Request) error {
	name, s := r.PathValue("bank"), c.say(r)
	id, err := entryID(r)
	if err != nil {
		return err
	}
	e, err := c.Banks.Entry(r.Context(), name, id)
	if err != nil {
		return err
	}
	values, err := c.Banks.Values(r.Context(), e)
	if err != nil {
		return err
	}
	if _, err := c.Banks.DeleteEntry(r.Context(), actor(r), name, id); err != nil {
		return err
	}
	v := &entryDeletedPage{page: c.page(r, "banks", s.t("entry.deleted_title", "ID", strconv.FormatInt(id, 10))), Entry: e, Values: values}
	v.Path = "/banks/" + name
	return c.render(w, r, http.StatusOK, "entry_deleted", v)
}

// framesAgain are the frames of a film as the form to add it again holds them.
func framesAgain(v engine.Value) string { return base64.StdEncoding.EncodeToString([]byte(v.Frames)) }

// textAgain is the text of a value in that form: of sound its words, which say more
// than their digest.
func textAgain(v engine.Value) string {
	if v.Words != "" {
		return v.Words
	}
	return v.String()
}

// valueAgain reads a value of that form.
func valueAgain(t jaga.SignalType, text, frames string) (engine.Value, error) {
	if t != jaga.VPDQ {
		return engine.ParseValue(t, text)
	}
	raw, err := base64.StdEncoding.DecodeString(frames)
	if err != nil {
		return engine.Value{}, err
	}
	film, err := vpdq.ParseBinary(raw)
	return engine.FilmValue(film), err
}

// entryAgain adds a deleted entry again, as a new entry.
func (c *console) entryAgain(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxAgain)
	if err := r.ParseForm(); err != nil {
		return jaga.Errorf(jaga.CodeInvalid, "the form could not be read: %w", err)
	}
	f := r.PostForm
	n := bank.NewEntry{Note: f.Get("note"), Source: f.Get("source"), Licence: f.Get("licence")}
	if m := f.Get("metadata"); m != "" {
		n.Metadata = []byte(m)
	}
	n.ExpiresAt, _ = strconv.ParseInt(f.Get("expires_at"), 10, 64)
	for _, t := range jaga.SignalTypes() {
		if text := f.Get(string(t)); text != "" {
			v, err := valueAgain(t, text, f.Get("frames"))
			if err != nil {
				return jaga.Errorf(jaga.CodeInvalid, "not a hash: %w", err)
			}
			n.Values = append(n.Values, v)
		}
	}
	e, err := c.Banks.Add(r.Context(), actor(r), r.PathValue("bank"), n)
	if err != nil {
		return err
	}
	if off, parseErr := strconv.ParseInt(f.Get("disable_until"), 10, 64); parseErr == nil && off != 1 {
		if _, err := c.Banks.UpdateEntry(r.Context(), actor(r), e.Bank, e.ID, bank.EntryChange{DisableUntil: &off}); err != nil {
			return err
		}
	}
	return seeOther(w, r, entryPath(e)+"?added=1")
}
