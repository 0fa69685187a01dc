package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/agreed"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
)

// Term is for how long something is kept besides files, after its case was closed.
type Term struct {
	What    law.What
	Setting string // its name
	// Days are in force, and Wanted what the settings and profiles ask for; 0 is
	// without an end.
	Days, Wanted int
	Shorter      bool     // what is wanted is shorter, which takes two people
	By           []string // the profiles that have a time for it
	// Cases is of how many cases it is gone, and N how many texts or rows that
	// were.
	Cases, N int64
}

// Private says whether messages of private channels are read.
type Private struct {
	Allowed bool
	Off     []string // profiles in force that forbid it
	May     []string // those that the settings let two people set aside
	Despite []string // those that are set aside now
}

// privateSetting is the setting that sets profiles aside.
const privateSetting = "private.despite"

func (c *console) settingRoutes() []route {
	return []route{
		{"GET /system/settings", auth.ReadSystem, c.withSettings(c.settingsPage)},
		{"POST /system/settings", auth.Settings, c.withSettings(c.fresh(c.settingAsk))},
		{"POST /system/settings/off", auth.Settings, c.withSettings(c.settingOff)},
		{"POST /system/settings/{id}/agree", auth.Settings, c.withSettings(c.fresh(c.settingAgree))},
		{"POST /system/settings/{id}/refuse", auth.Settings, c.withSettings(c.settingRefuse)},
	}
}

// withSettings answers as if there were no page where nobody keeps such settings.
func (c *console) withSettings(do handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if c.Settings == nil {
			return &jaga.Error{Code: jaga.CodeNotFound, Msg: "there is no such page"}
		}
		return do(w, r)
	}
}

// wishRow is a wish as the page shows it.
type wishRow struct {
	agreed.Wish
	About    string // what it would change
	From, To string // in words
	Who, End string
	Mine     bool // the reader asked
	// Stale is set where what the settings ask for is something else by now.
	Stale bool
}

type settingsPage struct {
	page
	Waiting, Past []wishRow
	Terms         []Term
	Private       Private
	// Asked are the settings about which a wish waits.
	Asked []string
	Typed struct{ Setting, Reason string }
}

// MayAsk reports whether the reader may ask for a change of a setting about which
// no wish waits.
func (v *settingsPage) MayAsk(name string) bool {
	return v.who.Can(auth.Settings, auth.AllQueues) && !slices.Contains(v.Asked, name)
}

// PrivateName is the setting that sets profiles aside.
func (v *settingsPage) PrivateName() string { return privateSetting }

// lawNames names profiles for a reader.
func (c *console) lawNames(s *speaker, ids []string) string {
	var out []string
	for _, id := range ids {
		out = append(out, c.lawName(s, id))
	}
	return strings.Join(out, ", ")
}

// settingWords says a setting and its values in words.
func (c *console) settingWords(s *speaker, w agreed.Wish) (about, from, to string) {
	if w.Name == privateSetting {
		say := func(v string) string {
			if v == "" {
				return s.t("set.private_off")
			}
			return s.t("set.private_despite", "Laws", c.lawNames(s, strings.Split(v, ",")))
		}
		return s.t("set.private"), say(w.Was), say(w.Wanted)
	}
	what := strings.TrimPrefix(w.Name, "keep.")
	if !slices.Contains(law.Texts(), law.What(what)) {
		return w.Name, w.Was, w.Wanted // of another version of the program
	}
	say := func(v string) string {
		days, err := strconv.Atoi(v)
		if err != nil || days == 0 {
			return s.t("set.no_end")
		}
		return s.t("set.days", "N", days)
	}
	return s.word("evid_what", what), say(w.Was), say(w.Wanted)
}

func (c *console) settingsPage(w http.ResponseWriter, r *http.Request) error {
	return c.settingsView(w, r, http.StatusOK, nil)
}

func (c *console) settingsView(w http.ResponseWriter, r *http.Request, status int, wrong error) error {
	s := c.say(r)
	v := &settingsPage{page: c.page(r, "status", s.t("set.title")), Private: c.Private()}
	v.Path = "/system/settings"
	if done := r.URL.Query().Get("done"); r.Method == http.MethodGet && slices.Contains([]string{"asked", "agreed", "refused", "off"}, done) {
		v.Notice = &notice{true, s.word("set_done", done)}
	}
	if wrong != nil {
		v.Problem = c.problem(s, settingError(wrong))
		v.Typed.Setting, v.Typed.Reason = r.PostForm.Get("setting"), r.PostForm.Get("set_reason")
	}
	names, err := c.names(r.Context(), s)
	if err != nil {
		return err
	}
	me := actor(r)
	err = c.DB.View(r.Context(), func(tx *store.Tx) error {
		waiting, past, err := c.Settings.Wishes(tx, 20)
		if err != nil {
			return err
		}
		row := func(w agreed.Wish) wishRow {
			out := wishRow{Wish: w, Who: names(w.AskedBy), End: names(w.DecidedBy), Mine: w.AskedBy == me}
			out.About, out.From, out.To = c.settingWords(s, w)
			wanted, ok := c.SettingWanted(w.Name)
			out.Stale = !ok || wanted != w.Wanted
			return out
		}
		for _, w := range waiting {
			v.Waiting, v.Asked = append(v.Waiting, row(w)), append(v.Asked, w.Name)
		}
		for _, w := range past {
			v.Past = append(v.Past, row(w))
		}
		v.Terms, err = c.Keeping(tx)
		return err
	})
	if err != nil {
		return err
	}
	return c.render(w, r, status, "settings", v)
}

// settingError puts errors about settings on words and fields of their own.
func settingError(err error) error {
	e := asError(err)
	if e == nil || e.Field == "" {
		return err
	}
	out := *e
	out.Field = "set_" + e.Field
	return &out
}

// settingDone answers an act with the page, which says why it was refused.
func (c *console) settingDone(w http.ResponseWriter, r *http.Request, done string, err error) error {
	if err == nil {
		return seeOther(w, r, "/system/settings?done="+done)
	}
	switch jaga.CodeOf(err) {
	case jaga.CodeInvalid, jaga.CodeConflict, jaga.CodeDenied:
		return c.settingsView(w, r, jaga.CodeOf(err).HTTPStatus(), err)
	}
	return err
}

// settingAsk asks for what the settings and profiles want, and for nothing else:
// what a setting becomes is never typed in here.
func (c *console) settingAsk(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return jaga.Errorf(jaga.CodeInvalid, "the form cannot be read")
	}
	name := r.PostForm.Get("setting")
	wanted, ok := c.SettingWanted(name)
	if !ok {
		return c.settingDone(w, r, "", &jaga.Error{Code: jaga.CodeInvalid, Field: "setting", Msg: "change setting: there is no such setting"})
	}
	err := c.oneAct(r.Context(), func(tx *store.Tx) error {
		_, err := c.Settings.Ask(tx, actor(r), name, wanted, r.PostForm.Get("set_reason"))
		return err
	})
	return c.settingDone(w, r, "asked", err)
}

func (c *console) settingAgree(w http.ResponseWriter, r *http.Request) error {
	id, err := numberOf(r, "id")
	if err != nil {
		return err
	}
	var done agreed.Wish
	err = c.oneAct(r.Context(), func(tx *store.Tx) (err error) {
		if done, err = c.Settings.Agree(tx, actor(r), id); err != nil {
			return err
		}
		// The settings may have been changed since somebody asked.
		if wanted, ok := c.SettingWanted(done.Name); !ok || wanted != done.Wanted {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "stale", Msg: "change setting: the settings of the server ask for something else by now", Hint: "refuse it, and ask anew"}
		}
		return nil
	})
	if err == nil {
		c.settingChanged(r.Context(), done.Name)
	}
	return c.settingDone(w, r, "agreed", err)
}

func (c *console) settingRefuse(w http.ResponseWriter, r *http.Request) error {
	id, err := numberOf(r, "id")
	if err != nil {
		return err
	}
	err = c.oneAct(r.Context(), func(tx *store.Tx) error { return c.Settings.Refuse(tx, actor(r), id) })
	return c.settingDone(w, r, "refused", err)
}

// settingOff makes private messages be refused again, which one person may do at
// once.
func (c *console) settingOff(w http.ResponseWriter, r *http.Request) error {
	err := c.oneAct(r.Context(), func(tx *store.Tx) error { return agreed.Take(tx, actor(r), privateSetting, "") })
	if err == nil {
		c.settingChanged(r.Context(), privateSetting)
	}
	return c.settingDone(w, r, "off", err)
}

func (c *console) settingChanged(ctx context.Context, name string) {
	if c.SettingChanged != nil {
		c.SettingChanged(ctx, name)
	}
}

// keepTerms are the keeping times for pages that show them beside others; none
// where nobody keeps such settings.
func (c *console) keepTerms(ctx context.Context) (out []Term, err error) {
	if c.Settings == nil {
		return nil, nil
	}
	err = c.DB.View(ctx, func(tx *store.Tx) (err error) { out, err = c.Keeping(tx); return err })
	return out, err
}
