package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/slip"
)

// full puts some of everything into a world and returns the addresses of all
// its pages.
func (w *world) full() []string {
	w.t.Helper()
	ctx := w.t.Context()
	w.newBank("KNOWN_SHAPES")
	w.newBank("A_BANK_WITH_A_LONG_NAME_" + strings.Repeat("ABCDEFGH_", 19) + "END")
	allow := bank.Defaults("ALLOWED")
	allow.Role, allow.EnabledRatio, allow.Note = "allow", 0.25, "<script>alert(1)</script> & \"note\""
	if _, err := w.banks.Create(ctx, "person:1", allow); err != nil {
		w.t.Fatal(err)
	}
	off := bank.Defaults("SWITCHED_OFF")
	off.EnabledRatio, off.Band, off.Threshold = 0, 3, 20
	if _, err := w.banks.Create(ctx, "person:1", off); err != nil {
		w.t.Fatal(err)
	}
	w.addPhoto("KNOWN_SHAPES", 1)
	w.addPhoto("KNOWN_SHAPES", 2)
	w.addPhoto("ALLOWED", 9)
	w.addPhoto("SWITCHED_OFF", 8)
	if _, _, err := w.auth.CreateKey(ctx, "person:1", "forum <b>", []auth.Scope{auth.Match, auth.ItemsWrite}, time.Now().Add(50*24*time.Hour)); err != nil {
		w.t.Fatal(err)
	}
	found := w.take("post-1", smaller(1))
	w.take("<script>alert('ref')</script>", smaller(3))
	w.take(strings.Repeat("x", 200), []byte("not a picture"))
	clear := w.take("", smaller(4))
	broken := w.take("cut", photo(1)[:900])
	entries, err := w.banks.Entries(ctx, "KNOWN_SHAPES", bank.Filter{})
	if err != nil || len(entries) != 2 {
		w.t.Fatal(len(entries), err)
	}
	why := "it matched 500 different pictures within 1h0m0s"
	if _, err := w.banks.UpdateEntry(ctx, "system", "KNOWN_SHAPES", entries[1].ID, bank.EntryChange{Quarantine: &why}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.banks.SetOpinion(ctx, "person:1", "KNOWN_SHAPES", entries[0].ID, "confirm", "<i>seen</i>"); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.banks.Create(ctx, "person:1", bank.Defaults("GONE")); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.banks.Delete(ctx, "person:1", "GONE"); err != nil {
		w.t.Fatal(err)
	}
	for _, seed := range []uint64{1, 9, 77} { // known, allowed, and unknown: to be accepted, refused, and to wait
		w.report(seed)
	}
	if err := w.cases.Accept(ctx, "person:1", 1); err != nil {
		w.t.Fatal(err)
	}
	if err := w.cases.Refuse(ctx, "person:1", 2, slip.Harmless); err != nil {
		w.t.Fatal(err)
	}
	w.report(9)
	w.chats()
	w.checks()
	w.letters()
	w.sendings()
	w.anchored()
	sextortion := w.findings(converse.Filter{Conversation: "room-7", Form: jaga.FormSextortion})[0].ID
	hostile := w.findings(converse.Filter{Conversation: "<script>alert('c')</script>"})[0].ID
	peers := w.findings(converse.Filter{Conversation: "class-8b"})[0].ID
	w.looks()
	rules := w.someRules(w.findings(converse.Filter{})[0].ID)
	return append(slices.Concat(rules, w.casePaths(), w.caseload(), w.someEvidence(), w.someStreams(), []string{"/live/new"}),
		"/look/me", "/look/team", "/look/cases/1/"+shapeID(1), "/look/cases/1/"+shapeID(2), "/look/cases/1/"+shapeID(3), "/look/cases/1/"+shapeID(4), "/look/consent/1",
		"/conversations", "/conversations?band=urgent", "/conversations?form=csam", "/conversations/"+sextortion, "/conversations/"+hostile, "/conversations/"+peers,
		"/conversations/try", "/indicators",
		"/", "/items", "/items?as=tiles", "/items?state=findings", "/items?state=not_checked", "/items?state=clear", "/items?ref=nothing",
		"/items/"+found, "/items/"+clear, "/items/"+broken, "/why?item="+found+"&match=0",
		"/banks", "/banks/new", "/banks/KNOWN_SHAPES", "/banks/KNOWN_SHAPES?show=quarantine", "/banks/KNOWN_SHAPES?show=off", "/banks/KNOWN_SHAPES?q="+entries[0].Signals[0].Value,
		"/banks/REPORTED_BY_A_YOUNG_PERSON", "/banks/ALLOWED", "/banks/SWITCHED_OFF", "/banks/ALLOWED/settings",
		entryPath("KNOWN_SHAPES", entries[0].ID), entryPath("KNOWN_SHAPES", entries[1].ID),
		"/directory", "/directory?show=corrected", "/directory?show=out", "/directory?show=nonsense", "/directory/id-line", "/directory/id-chat", "/directory/zz-page",
		"/why", "/system", "/vault", "/keys", "/keyboard",
		"/messages", "/messages?show=answered", "/messages?show=closed", "/messages?show=nonsense", "/messages/1", "/messages/2", "/messages/3", "/messages/answers",
		"/account", "/people", "/people/1", w.somebody(), "/welcome", "/welcome?next=/items",
		"/webhooks", "/webhooks?show=dead", "/webhooks?show=waiting", "/webhooks?failed=1", "/plugins",
		"/custody", "/custody?action=bank.create&actor=person:1", "/custody?subject=nothing", "/custody?from=2026-01-01&to=2026-01-02", "/custody?from=nonsense", "/custody/0", "/custody/3", "/custody/meanings",
	)
}

func TestEveryPage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, lang := range []string{"en", "id"} {
			w.lang = lang
			for _, path := range []string{
				"/", "/items", "/items?as=tiles", "/banks", "/banks/new", "/why", "/directory", "/directory/id-line", "/system", "/keys", "/keyboard", "/conversations", "/conversations/try", "/indicators",
				"/look/me", "/look/team",
				"/cases", "/cases/nothing", "/statistics", "/golds",
				"/messages", "/messages/answers",
				"/account", "/people", "/people/1", "/welcome",
				"/webhooks", "/webhooks?show=dead", "/plugins",
				"/rules", "/rules/new", "/rules/new?as=text", "/rules/jaga-review-opens-a-case",
				"/custody", "/live", "/live/new",
				"/evidence", "/evidence/holds", "/evidence/destructions", "/evidence/exports",
			} {
				w.page(path) // an empty installation
			}
		}
		paths := w.full()
		for _, lang := range []string{"en", "id"} {
			w.lang = lang
			for _, path := range paths {
				body := w.page(path)
				unwanted(t, path, body, "<script>alert", "forum <b>", "<i>seen", "<i>x", "<img src", canary, "style=\"", "<style", "onclick")
				if n := strings.Count(body, "<h1"); n != 1 {
					t.Errorf("%s: %d headings of the first level", path, n)
				}
				if !strings.Contains(body, `<html lang="`+lang+`"`) {
					t.Errorf("%s: not in %s", path, lang)
				}
			}
			for path, status := range map[string]int{"/no-such": 404, "/items/no-such": 404, "/banks/NO": 404, "/banks/KNOWN_SHAPES/entries/99999": 404, "/banks/KNOWN_SHAPES/entries/x": 404, "/why?item=no": 404, "/static/no.css": 404} {
				if a := w.get(path); a.status != status || !strings.Contains(a.body, "<h1") {
					t.Errorf("GET %s: status %d, want %d with a page", path, a.status, status)
				}
			}
		}
	})
}

func TestHeaders(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := w.get("/").header
		for name, part := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin", "Permissions-Policy": "camera=()", "Content-Type": "text/html; charset=utf-8",
		} {
			if !strings.Contains(h.Get(name), part) {
				t.Errorf("%s = %q, want %q in it", name, h.Get(name), part)
			}
		}
		body := w.page("/")
		at := strings.Index(body, "/static/app.")
		css := body[at : at+strings.IndexByte(body[at:], '"')]
		if a := w.get(css); a.status != http.StatusOK || !strings.Contains(a.header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(a.header.Get("Content-Type"), "text/css") {
			t.Errorf("%s: %d %v", css, a.status, a.header)
		}
	})
}
