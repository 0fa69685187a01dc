package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/web/console"
)

// everybody, signed or not, may use these; mine are of everybody signed in.
const (
	everybody = "open"
	mine      = "signed in"
)

// rightsTable says who may use which route, by hand: reviewer, senior,
// administrator, auditor, hotline, statistics. A route that is not here fails.
var rightsTable = map[string]string{
	"GET /static/{name}": everybody, "/": everybody,
	"GET /sign-in": everybody, "POST /sign-in": everybody, "POST /sign-in/password": everybody, "POST /sign-in/passkey/begin": everybody, "POST /sign-in/passkey": everybody,
	"GET /sign-in/provider": everybody, "GET /sign-in/provider/back": everybody, "POST /sign-out": everybody,

	"GET /{$}": mine, "GET /indicators": mine, "GET /keyboard": mine, "GET /welcome": mine, "GET /account": mine,
	"GET /confirm": mine, "POST /confirm": mine, "POST /confirm/passkey/begin": mine, "GET /confirm/provider": mine,
	"POST /account/passkeys/begin": mine, "POST /account/passkeys": mine, "POST /account/passkeys/{id}/rename": mine, "POST /account/passkeys/{id}/remove": mine,
	"POST /account/password": mine, "POST /account/password/remove": mine, "GET /account/provider": mine, "POST /account/provider/remove": mine,
	"POST /account/link": mine, "POST /account/sessions/end": mine,

	"GET /items":                       "x x x x . .",
	"POST /items":                      "x x . . . .",
	"GET /items/{id}":                  "x x x x . .",
	"GET /conversations":               "x x . x . .",
	"GET /live":                        "x x . x . .",
	"GET /live/{watch}":                "x x . x . .",
	"GET /live/new":                    "x x . . . .",
	"POST /live/new":                   "x x . . . .",
	"POST /live/{watch}/again":         "x x . . . .",
	"POST /live/{watch}/stop":          "x x . . . .",
	"GET /conversations/try":           "x x . . . .",
	"POST /conversations/try":          "x x . . . .",
	"GET /conversations/{id}":          "x x . x . .",
	"POST /conversations/{id}/excerpt": "x x . . . .",

	"GET /banks":                             "x x x x . .",
	"GET /banks/new":                         ". x x . . .",
	"POST /banks":                            ". x x . . .",
	"POST /banks/restore":                    ". x x . . .",
	"GET /banks/{bank}":                      "x x x x . .",
	"GET /banks/{bank}/settings":             ". x x . . .",
	"POST /banks/{bank}/settings":            ". x x . . .",
	"POST /banks/{bank}/delete":              ". x x . . .",
	"POST /banks/{bank}/files":               ". x x . . .",
	"POST /banks/{bank}/hash":                ". x x . . .",
	"POST /banks/{bank}/text":                ". x x . . .",
	"POST /banks/{bank}/export":              ". x x . . .",
	"GET /banks/{bank}/entries/{id}":         "x x x x . .",
	"POST /banks/{bank}/entries/{id}":        ". x x . . .",
	"POST /banks/{bank}/entries/{id}/delete": ". x x . . .",
	"POST /banks/{bank}/entries":             ". x x . . .",
	"POST /reported/{id}":                    "x x . . . .",
	"GET /why":                               "x x x x . .",
	"POST /why":                              "x x x x . .",

	"GET /directory":         "x x x x x .",
	"GET /directory/{id}":    "x x x x x .",
	"POST /directory/{id}":   ". x x . x .",
	"GET /system":            ". x x x . .",
	"POST /system/rebuild":   ". . x . . .",
	"GET /vault":             ". . x . . .",
	"POST /vault/check":      ". . x x . .",
	"POST /vault/rotate":     ". . x . . .",
	"GET /keys":              ". . x . . .",
	"POST /keys":             ". . x . . .",
	"POST /keys/{id}/rotate": ". . x . . .",
	"POST /keys/{id}/revoke": ". . x . . .",

	"GET /cases":              "x x . x x .",
	"POST /cases/next":        "x x . . . .",
	"GET /cases/nothing":      "x x . x x .",
	"POST /filters":           "x x . x x .",
	"POST /bulk":              "x x . x x .",
	"GET /bulk/{id}":          "x x . x x .",
	"POST /bulk/{id}/undo":    "x x . x x .",
	"POST /inbox":             "x x . x x .",
	"GET /statistics":         ". x x x . x",
	"GET /statistics/{table}": ". x x x . x",
	"GET /golds":              ". x . . . .",
	"POST /golds":             ". x . . . .",

	"GET /look/cases/{case}/{evidence}": "x x . . . .",
	"POST /look/sessions":               "x x . . . .",
	"GET /look/sessions/{id}":           "x x . . . .",
	"POST /look/reveals":                "x x . . . .",
	"POST /look/reveals/{id}/beat":      "x x . . . .",
	"POST /look/reveals/{id}/end":       "x x . . . .",
	"GET /look/reveals/{id}/bytes":      "x x . . . .",
	"GET /look/reveals/{id}/film":       "x x . . . .",
	"GET /look/consent/{id}":            "x x . . . .",
	"POST /look/consent/{id}":           "x x . . . .",
	"GET /look/me":                      "x x x . x .",
	"POST /look/me":                     "x x x . x .",
	"GET /look/team":                    ". x x x . x",
	"POST /look/team":                   ". . x . . .",

	"GET /messages":          ". x . . x .",
	"POST /messages/next":    ". x . . x .",
	"GET /messages/answers":  ". x . . x .",
	"POST /messages/answers": ". x . . x .",
	"GET /messages/{id}":     ". x . . x .",
	"POST /messages/{id}":    ". x . . x .",

	"GET /webhooks":                  ". . x . . .",
	"POST /webhooks":                 ". . x . . .",
	"POST /webhooks/{id}":            ". . x . . .",
	"POST /webhooks/deliveries/{id}": ". . x . . .",
	"GET /plugins":                   ". . x . . .",

	"GET /custody":                    ". . x x . .",
	"POST /custody/verify":            ". . x x . .",
	"GET /custody/meanings":           ". . x x . .",
	"GET /custody/checkpoints/{size}": ". . x x . .",
	"GET /custody/{seq}":              ". . x x . .",

	"GET /rules":                ". x x x . .",
	"POST /rules/breakers":      ". x x . . .",
	"GET /rules/new":            ". x . . . .",
	"POST /rules/new":           ". x . . . .",
	"GET /rules/{rule}":         ". x x x . .",
	"POST /rules/{rule}":        ". x . . . .",
	"POST /rules/{rule}/answer": ". x x . . .",
	"GET /rules/{rule}/explain": ". x x x . .",

	"GET /intake":        ". . . . x .",
	"POST /intake":       ". . . . x .",
	"POST /intake/draft": ". . . . x .",
	"GET /intake/{id}":   ". . . . x .",
	"POST /intake/{id}":  ". . . . x .",

	"GET /people":                                 ". . x . . .",
	"POST /people":                                ". . x . . .",
	"GET /people/{id}":                            ". . x . . .",
	"POST /people/{id}/rename":                    ". . x . . .",
	"POST /people/{id}/give":                      ". . x . . .",
	"POST /people/{id}/take":                      ". . x . . .",
	"POST /people/{id}/link":                      ". . x . . .",
	"POST /people/{id}/disable":                   ". . x . . .",
	"POST /people/{id}/enable":                    ". . x . . .",
	"POST /people/{id}/sessions/end":              ". . x . . .",
	"POST /people/{id}/passkeys/{passkey}/remove": ". . x . . .",
}

// asksAgain are the routes that need a fresh proof.
var asksAgain = []string{
	"POST /banks/{bank}/export", "POST /confirm", "POST /account/passkeys/begin", "POST /account/passkeys", "POST /account/passkeys/{id}/remove", "POST /account/password",
	"POST /account/password/remove", "POST /account/provider/remove", "POST /account/link", "POST /people", "POST /people/{id}/rename", "POST /people/{id}/give", "POST /people/{id}/take",
	"POST /people/{id}/link", "POST /people/{id}/disable", "POST /people/{id}/enable", "POST /people/{id}/passkeys/{passkey}/remove", "POST /keys", "POST /keys/{id}/rotate",
	"POST /rules/{rule}/answer", "POST /look/consent/{id}", "POST /webhooks", "POST /webhooks/{id}", "POST /look/team",
}

// deniedText begins the page of those whose roles do not include something.
const deniedText = "None of your roles includes this"

func request(pattern string) *http.Request {
	method, path, found := strings.Cut(pattern, " ")
	if !found { // every method
		method, path = http.MethodGet, "/no-such"
	}
	path = strings.NewReplacer("{$}", "", "{bank}", "NONE", "{id}", "999", "{report}", "999", "{case}", "999", "{evidence}", "none", "{passkey}", "999", "{rule}", "none", "{size}", "999", "{seq}", "999", "{name}", "none").Replace(path)
	r := httptest.NewRequest(method, path, strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// member signs somebody in with roles.
func (w *world) member(grants ...auth.Grant) *world {
	w.t.Helper()
	_, link, err := w.auth.Invite(w.t.Context(), "person:1", "Member", "", grants)
	if err != nil {
		w.t.Fatal(err)
	}
	other := *w
	if other.session, err = w.auth.SignIn(w.t.Context(), link); err != nil {
		w.t.Fatal(err)
	}
	return &other
}

func (w *world) somebody() string {
	w.t.Helper()
	id, _, err := w.auth.Invite(w.t.Context(), "person:1", "Sari <b>"+strings.Repeat("x", 80), "sari@example.test", []auth.Grant{{Role: auth.Reviewer, Queue: "hotline"}, {Role: auth.Auditor, Queue: auth.AllQueues}})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.auth.SetPassword(w.t.Context(), id, "kopi gelap di atas loteng", ""); err != nil {
		w.t.Fatal(err)
	}
	for _, login := range []string{"sari@example.test", "nobody"} {
		if _, err := w.auth.PasswordSignIn(w.t.Context(), login, "wrong wrong wrong"); err == nil {
			w.t.Fatal("a wrong password opened")
		}
	}
	if _, _, err := w.auth.RotateKey(w.t.Context(), "person:1", 1, time.Hour); err != nil {
		w.t.Fatal(err)
	}
	return "/people/" + strconv.FormatInt(id, 10)
}

// TestEveryRouteAndRole asks every route as every role.
func TestEveryRouteAndRole(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	w.link() // the first administrator
	needs := console.Needs()
	if len(needs) != len(rightsTable) {
		t.Errorf("%d routes, and %d in this test", len(needs), len(rightsTable))
	}
	members := []*world{}
	for _, role := range auth.Roles() {
		members = append(members, w.member(auth.Grant{Role: role, Queue: auth.AllQueues}))
	}
	without := w.member()
	for pattern, need := range needs {
		row, ok := rightsTable[pattern]
		if !ok || need == "" {
			t.Errorf("%s: nobody says who may use it", pattern)
			continue
		}
		visitor := *w
		visitor.session = ""
		if !strings.HasPrefix(pattern, "GET /sign-in/provider") { // closed: no provider is set
			a := visitor.send(request(pattern))
			if sent := a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/sign-in"); sent == (row == everybody) && pattern != "POST /sign-out" {
				t.Errorf("%s: a visitor gets %d to %q", pattern, a.status, a.header.Get("Location"))
			}
		}
		if pattern == "POST /sign-out" {
			continue // it would end the sessions of this test
		}
		for i, role := range auth.Roles() {
			a := members[i].send(request(pattern))
			may := row == everybody || row == mine || strings.Fields(row)[i] == "x"
			if got := !(a.status == http.StatusForbidden && strings.Contains(a.body, deniedText)); got != may {
				t.Errorf("%s as %s: status %d, want allowed %v", pattern, role, a.status, may)
			}
			if a.status == http.StatusInternalServerError {
				t.Errorf("%s as %s: a fault: %s", pattern, role, text(a.body))
			}
		}
		a := without.send(request(pattern))
		if got, may := !(a.status == http.StatusForbidden && strings.Contains(a.body, deniedText)), row == everybody || row == mine; got != may {
			t.Errorf("%s without a role: status %d", pattern, a.status)
		}
	}
}

// TestARoleInOneQueueOpensThePages: which cases are on them is for the pages.
func TestARoleInOneQueueOpensThePages(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	w.link()
	m := w.member(auth.Grant{Role: auth.Reviewer, Queue: "hotline"})
	m.page("/items")
	if a := m.get("/people"); a.status != http.StatusForbidden {
		t.Errorf("people: %d", a.status)
	}
	body := m.page("/items")
	unwanted(t, "the navigation", body, `href="/keys"`, `href="/people"`, `href="/system"`)
	body = m.page("/banks")
	unwanted(t, "a reviewer's banks", body, `href="/banks/new"`)
	hot := w.member(auth.Grant{Role: auth.Hotline, Queue: "hotline"})
	want(t, "home of the hotline", hot.page("/"), "Hello, Member", "Hotline", "in hotline")
	unwanted(t, "home of the hotline", hot.page("/"), `href="/items"`)
}

// TestStaleSessionsAreAsked: a session that was left open is not enough.
func TestStaleSessionsAreAsked(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, dburl string) {
		now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
		db, err := store.Open(t.Context(), dburl, store.Options{Origin: "jaga.test", Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		w := open(t, db).signIn()
		const password = "kopi gelap di atas loteng"
		if err := w.auth.SetPassword(t.Context(), 1, password, w.name()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(auth.FreshFor)
		asked := map[string]bool{}
		for _, pattern := range asksAgain {
			asked[pattern] = true
		}
		for pattern := range console.Needs() {
			method, _, _ := strings.Cut(pattern, " ")
			if method != http.MethodPost || pattern == "POST /sign-out" || pattern == "POST /account/sessions/end" {
				continue
			}
			a := w.send(request(pattern))
			if got := a.status == http.StatusForbidden && strings.Contains(a.body, "Confirm that it is you"); got != asked[pattern] {
				t.Errorf("%s with a stale session: status %d, asks %v, want %v", pattern, a.status, got, asked[pattern])
			}
		}
		// What was typed goes on with the proof, and is done once.
		form := url.Values{"label": {"<b>forum"}, "scopes": {"match", "items:write"}, "expires": {"30"}, "new_password": {"canary"}}
		a := w.post("/keys", form)
		want(t, "the page", a.body, `name="label" value="&lt;b&gt;forum"`, `value="items:write"`, `action="/keys"`)
		unwanted(t, "the page", a.body, "canary")
		form.Set("confirm_password", "wrong wrong wrong")
		if a = w.post("/keys", form); a.status != http.StatusForbidden {
			t.Errorf("a wrong password: %d", a.status)
		}
		want(t, "a wrong password", a.body, "The password is not right")
		if keys, err := w.auth.Keys(t.Context()); err != nil || len(keys) != 0 {
			t.Errorf("%d keys, %v", len(keys), err)
		}
		form.Set("confirm_password", password)
		if a = w.post("/keys", form); a.status != http.StatusOK || !strings.Contains(a.body, "jaga_") {
			t.Errorf("confirmed: %d %s", a.status, text(a.body))
		}
		keys, err := w.auth.Keys(t.Context())
		if err != nil || len(keys) != 1 || keys[0].Label != "<b>forum" || keys[0].ExpiresAt == 0 {
			t.Errorf("keys %+v, %v", keys, err)
		}
		if a = w.post("/keys", url.Values{"label": {"two"}, "scopes": {"match"}}); a.status != http.StatusOK {
			t.Errorf("the session is fresh now, and was asked again: %d", a.status)
		}
	})
}

// name is the name of the session in the list of sessions.
func (w *world) name() string {
	w.t.Helper()
	who, err := w.auth.Session(w.t.Context(), w.session)
	if err != nil {
		w.t.Fatal(err)
	}
	return who.Session
}
