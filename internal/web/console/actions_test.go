package console_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/plugin/plugintest"
	"github.com/jaga-project/jaga/internal/store"
)

// testPlugins are three: one that answers, one that fails, one for opinions.
func testPlugins(t *testing.T, db *store.DB, model http.Handler) *plugin.Service {
	t.Helper()
	serve := func(h http.Handler) string {
		srv := httptest.NewServer(h)
		t.Cleanup(srv.Close)
		return srv.URL
	}
	s, err := plugin.New(t.Context(), db, []plugin.Config{
		{Name: "shapes", URL: serve(&plugintest.Double{Answer: func(plugin.Facts, []byte) plugin.Signals {
			return plugin.Signals{Signals: []plugin.Signal{{Category: "round", Score: 0.25}}}
		}}), Kind: plugin.Classifier, PerDay: 40},
		{Name: "licensed-lists", URL: serve(http.NotFoundHandler()), Kind: plugin.Matcher, Items: []jaga.Kind{jaga.KindImage}, Required: true},
		{Name: "local-model", URL: serve(model), Kind: plugin.Opinion, Model: "small-7b", PerDay: 4},
	}, plugin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sendings puts some webhooks and deliveries into a world.
func (w *world) sendings() {
	w.t.Helper()
	ctx := w.t.Context()
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			rw.WriteHeader(503)
		}
	}))
	w.t.Cleanup(srv.Close)
	var ids []int64
	for _, n := range []action.NewTarget{{Name: "Forum", URL: srv.URL + "/?token=secret-in-address"}, {Name: "<script>alert('hook')</script>", URL: srv.URL + "/down", Kinds: []string{"action.hold", "action.undo", "case.opened"}},
		{Name: strings.Repeat("name ", 20), URL: "https://hooks.example/" + strings.Repeat("long/", 60)}} {
		t, _, err := w.hooks.AddTarget(ctx, "person:1", n)
		if err != nil {
			w.t.Fatal(err)
		}
		ids = append(ids, t.ID)
	}
	for _, id := range ids[:2] {
		if _, err := w.hooks.Test(ctx, "person:1", id); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := w.hooks.Rotate(ctx, "person:1", ids[0]); err != nil {
		w.t.Fatal(err)
	}
	if err := w.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := w.hooks.Start(tx, action.Request{Params: action.Hold{}, Case: 3, Form: jaga.FormSextortion, Band: jaga.BandUrgent, Account: "acct", Reason: "threat", Who: "person:1"})
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.hooks.Enable(ctx, "person:1", ids[2], false); err != nil {
		w.t.Fatal(err)
	}
	w.plugs.Ask(ctx, "key:1", plugin.Facts{ID: "x", Kind: jaga.KindImage, Bytes: 1}, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil })
}

// TestWebhooksPage adds a webhook, tries it, replays what was given up, and
// removes it.
func TestWebhooksPage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want(t, "empty", w.page("/webhooks"), "No other server is told of anything.")
		var up atomic.Bool
		srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			if !up.Load() {
				rw.WriteHeader(500)
			}
		}))
		t.Cleanup(srv.Close)
		for field, form := range map[string]url.Values{
			"must begin with https": {"hook_name": {"Forum"}, "hook_url": {"http://forum.example"}}, "name is empty": {"hook_name": {" "}, "hook_url": {srv.URL}},
			"no such kind": {"hook_name": {"Forum"}, "hook_url": {srv.URL}, "hook_kinds": {"action.pay"}},
		} {
			a := w.post("/webhooks", form)
			if a.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", field, a.status)
			}
			want(t, field, a.body, field)
		}
		a := w.post("/webhooks", url.Values{"hook_name": {"Forum"}, "hook_url": {srv.URL + "/x?key=hidden"}, "hook_kinds": {"action.hold"}})
		want(t, "new", a.body, "The secret of Forum", "whsec_", "Forum")
		unwanted(t, "the address", a.body, "key=hidden")
		unwanted(t, "the page afterwards", w.page("/webhooks"), "whsec_")
		want(t, "failed test", w.done("/webhooks/1", url.Values{"act": {"test"}}), "did not take the test", "It answered with status 500", "Given up")
		want(t, "dead", w.page("/webhooks?show=dead"), "Send again")
		up.Store(true)
		want(t, "test", w.done("/webhooks/1", url.Values{"act": {"test"}}), "The receiver took the test")
		want(t, "replay", w.done("/webhooks/deliveries/1", nil), "1 delivery is sent again.", "Waiting")
		want(t, "rotate", w.post("/webhooks/1", url.Values{"act": {"rotate"}}).body, "whsec_", "The secret of Forum")
		want(t, "off", w.done("/webhooks/1", url.Values{"act": {"off"}}), "Off", "Switch on")
		want(t, "on", w.done("/webhooks/1", url.Values{"act": {"on"}}), "Switch off")
		for path, form := range map[string]url.Values{"/webhooks/1": {"act": {"else"}}, "/webhooks/99": {"act": {"test"}}, "/webhooks/x": {"act": {"test"}}, "/webhooks/deliveries/99": nil} {
			if a := w.post(path, form); a.status/100 != 4 {
				t.Errorf("%s: %d", path, a.status)
			}
		}
		want(t, "removed", w.done("/webhooks/1", url.Values{"act": {"remove"}}), "No other server is told of anything.")
	})
}

// TestPluginsPage shows how plugins are, in both languages.
func TestPluginsPage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want(t, "before", w.page("/plugins"), "shapes", "Not asked yet", "local-model", "nothing changes; it gives advice", "0 of 40")
		w.sendings()
		want(t, "after", w.page("/plugins"), "Answers", "1 of 40", "Last question failed", "It answered with status 404", "an item is not checked")
		w.lang = "id"
		want(t, "Indonesian", w.page("/plugins"), "Menjawab", "1 dari 40", "Pertanyaan terakhir gagal", "Jawabannya status 404", "item tidak diperiksa")
	})
}
