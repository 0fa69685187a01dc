package console_test

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/jaga-project/jaga/internal/agreed"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/web/console"
)

func init() {
	const admin = ". . x . . ."
	maps.Copy(rightsTable, map[string]string{"GET /system/settings": ". x x x . .", "POST /system/settings": admin, "POST /system/settings/off": admin,
		"POST /system/settings/{id}/agree": admin, "POST /system/settings/{id}/refuse": admin})
	asksAgain = append(asksAgain, "POST /system/settings", "POST /system/settings/{id}/agree")
}

// settingSets are the closed sets of words of the page of settings.
func settingSets(sets map[string][]string) {
	for _, what := range law.Texts() {
		sets["set_what"] = append(sets["set_what"], string(what))
	}
	for _, s := range agreed.States() {
		sets["set_state"] = append(sets["set_state"], string(s))
	}
	sets["set_done"] = []string{"asked", "agreed", "refused", "off"}
	sets["error"] = append(sets["error"], "set_reason", "set_setting", "set_setting_conflict", "set_wish_conflict", "set_stale_conflict", "set_person_denied")
}

// fewSettings stands for those of an installation: texts are kept for 365 days and
// are to be kept for wanted, and private chats may be set aside.
type fewSettings struct {
	wanted string
	on     bool
}

func (f *fewSettings) options(opt *console.Options, db *store.DB) error {
	var err error
	opt.Settings, err = agreed.New(bytes.Repeat([]byte{7}, 32))
	opt.SettingWanted = func(name string) (string, bool) {
		switch name {
		case "keep.words":
			return f.wanted, true
		case "private.despite":
			return "id-komdigi", true
		}
		return "", false
	}
	opt.Keeping = func(tx *store.Tx) ([]console.Term, error) {
		v, ok, err := agreed.Get(tx, "keep.words")
		t := console.Term{What: law.Words, Setting: "keep.words", Days: 365, Wanted: 30, Shorter: !ok || v.Value == "365", By: []string{"us-2258a"}, Cases: 3, N: 41}
		if !t.Shorter {
			t.Days = 30
		}
		return []console.Term{t, {What: law.Reports, Setting: "keep.reports", Days: 365, Wanted: 365}, {What: law.Views, Setting: "keep.views"}, {What: law.Messages, Setting: "keep.messages", Days: 90, Wanted: 90}}, err
	}
	opt.Private = func() console.Private {
		p := console.Private{Allowed: f.on, Off: []string{"id-komdigi"}, May: []string{"id-komdigi"}}
		if f.on {
			p.Despite = p.Off
		}
		return p
	}
	opt.SettingChanged = func(ctx context.Context, _ string) {
		_ = db.View(ctx, func(tx *store.Tx) error {
			v, _, err := agreed.Get(tx, "private.despite")
			f.on = v.Value != ""
			return err
		})
	}
	return err
}

// wishAt is the address of the wish that waits.
func wishAt(t *testing.T, body string) string {
	t.Helper()
	m := regexp.MustCompile(`"(/system/settings/\d+)/refuse"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("no wish waits")
	}
	return m[1]
}

// Two administrators shorten a keeping time and let private chats be read; one
// alone does not, and Status says while it is so.
func TestSettingsTakeTwoPeople(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ani, budi := w.reviewer("Ani", auth.AllQueues, auth.Administrator), w.reviewer("Budi", auth.AllQueues, auth.Administrator)
		const at = "/system/settings"
		body := ani.page(at)
		want(t, "the page", text(body), "365 days", "30 days", "Shorter: takes two people", "41 in 3 cases", "without an end", "Messages of private chats are refused")
		want(t, "evidence", text(ani.page("/evidence")), "What else is kept, and how long", "Shorter: takes two people")
		words, private := url.Values{"setting": {"keep.words"}, "set_reason": {"canary: counsel says so"}}, url.Values{"setting": {"private.despite"}, "set_reason": {"canary: counsel wrote"}}
		body = ani.refused(at, url.Values{"setting": {"keep.words"}, "set_reason": {" "}}, http.StatusUnprocessableEntity, "Give a reason")
		want(t, "the fault", body, `id="set_reason-fault"`, "<details open>")
		ani.refused(at, url.Values{"setting": {"keep.all"}, "set_reason": {"x"}}, http.StatusUnprocessableEntity, "There is no such setting")
		want(t, "asked", text(ani.done(at, words)), "Another person has to agree", "canary: counsel says so", "You asked for this")
		ani.refused(at, words, http.StatusConflict, "somebody asked for a change already")
		ani.refused(at+"/1/agree", nil, http.StatusForbidden, "Another person than the one who asked")
		// What the server's settings ask for may have changed since.
		w.few.wanted = "7"
		unwanted(t, "stale", budi.page(at), at+"/1/agree")
		budi.refused(at+"/1/agree", nil, http.StatusConflict, "ask for something else by now")
		w.few.wanted = "30"
		want(t, "agreed", text(budi.done(at+"/1/agree", nil)), "The setting was changed", "Agreed by")
		budi.refused(at+"/1/agree", nil, http.StatusConflict, "This was decided already")
		body = ani.done(at, private)
		want(t, "asked", text(body), "read, although not by")
		want(t, "taken back", text(ani.done(wishAt(t, body)+"/refuse", nil)), "Nothing was changed")
		wish := wishAt(t, ani.done(at, private))
		unwanted(t, "status", ani.page("/system"), "Private chats are read although")
		want(t, "agreed", text(budi.done(wish+"/agree", nil)), "Messages of private chats are read. Two people set aside")
		want(t, "status", text(ani.page("/system")), "Private chats are read although a profile of the law says no")
		want(t, "ended", text(ani.done(at+"/off", nil)), "Private chats are no longer read", "Messages of private chats are refused")
		reader := w.reviewer("Citra", auth.AllQueues, auth.Auditor)
		unwanted(t, "an auditor's page", reader.page(at), "<form method=\"post\" action=\""+at)
		if a := budi.post(at+"/99/agree", nil); a.status != http.StatusNotFound {
			t.Errorf("no wish: %d", a.status)
		}
		// The page of a case says what is no longer kept of it.
		id := w.finding(textFinding("old-case"))
		w.sealAct(func(tx *store.Tx) error { return w.work.NoteShredded(tx, id, string(law.Words), 3) })
		senior := w.reviewer("Dewi", auth.AllQueues, auth.Senior)
		want(t, "the case", text(senior.page("/cases/"+itoa(id))), "No longer kept of this case: texts")
	})
}
