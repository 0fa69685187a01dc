package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/web"
	"github.com/jaga-project/jaga/internal/web/api"
)

// TestHeard: what somebody writes in a conversation and that is on a list is an
// item with a finding and work for people, and nothing else of what they wrote
// is kept here; over HTTP, from the entry to the case.
func TestHeard(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		a := &app{Streams: Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}, environ: []string{"JAGA_DATA=" + t.TempDir(), "JAGA_STORE_URL=" + url}}
		if err := a.load(); err != nil {
			t.Fatal(err)
		}
		log, err := a.logger()
		if err != nil {
			t.Fatal(err)
		}
		s, err := a.openSite(t.Context(), true, log)
		if err != nil {
			t.Fatal(err)
		}
		defer s.close()
		h, err := a.apiHandler(s, "http://127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		srv := httptest.NewServer(web.New(s.auth, s.log, h))
		defer srv.Close()
		c := &client{http: srv.Client(), url: srv.URL, key: s.auth.LocalKey()}
		call := func(method, path string, in, out any) {
			t.Helper()
			if err := c.call(t.Context(), method, path, in, out); err != nil {
				t.Fatalf("%s %s: %v", method, path, err)
			}
		}
		call(http.MethodPost, "/v1/banks", map[string]any{"name": "LINKS", "band": "urgent"}, nil)
		add := func(typ jaga.SignalType, text string) (e api.Entry) {
			t.Helper()
			call(http.MethodPost, "/v1/banks/LINKS/entries", map[string]any{"signals": []map[string]any{{"type": typ, "value": text}}}, &e)
			return e
		}
		add(jaga.URL, "listed.example/album/*")
		words := add(jaga.Keyword, "zorvak melati")
		say := func(id, text string) {
			t.Helper()
			call(http.MethodPost, "/v1/messages", []map[string]any{{"conversation": "c1", "id": id, "from": "account-a", "to": "account-b", "channel": "group", "at": "2026-05-01T20:00:00Z", "text": text}}, nil)
		}
		items := func(ref string) (list api.ItemList) {
			t.Helper()
			call(http.MethodGet, "/v1/items?ref="+ref, nil, &list)
			return list
		}
		const text = "the CANARY is at hxxps://www.listed[.]example/album/7"
		say("m1", "nothing listed: https://listed.example/other")
		say("m2", text)
		say("m3", "ZORVAK melati")
		say("m2", text) // sent again, as platforms do
		if got := items("c1/m1"); len(got.Items) != 0 {
			t.Errorf("a message with nothing of a list is kept: %+v", got)
		}
		got := items("c1/m2")
		if len(got.Items) != 1 {
			t.Fatalf("%d items of one message", len(got.Items))
		}
		rec := got.Items[0]
		if o := rec.Outcome; o.State() != jaga.StateFindings || o.Band() != jaga.BandUrgent || rec.Item.Kind != jaga.KindMessage || rec.Item.Author != "account-a" || rec.Item.Audience != "group" {
			t.Fatalf("%+v", rec)
		}
		m := rec.Outcome.Matches[0]
		if p := m.Places; len(p) != 1 || !p[0].Hidden || text[p[0].Start:p[0].End] != "hxxps://www.listed[.]example/album/7" || m.Signal.Type != jaga.URL {
			t.Errorf("match %+v", m)
		}
		if whole := fmt.Sprintf("%+v", rec); strings.Contains(whole, "CANARY") || strings.Contains(whole, "listed.example") {
			t.Errorf("the item holds what was written: %s", whole)
		}
		if got := items("c1/m3"); len(got.Items) != 1 || got.Items[0].Outcome.Matches[0].Signal.Type != jaga.Keyword {
			t.Errorf("words: %+v", got)
		}
		if cases := casesOf(t, s); len(cases) != 1 || cases[0].Band != jaga.BandUrgent {
			t.Errorf("the case of the account: %+v", cases)
		}
		call(http.MethodDelete, fmt.Sprintf("/v1/banks/LINKS/entries/%d", words.ID), nil, nil)
		say("m4", "zorvak melati")
		if got := items("c1/m4"); len(got.Items) != 0 {
			t.Errorf("an entry that was removed is still found: %+v", got)
		}
		if _, err := s.verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
