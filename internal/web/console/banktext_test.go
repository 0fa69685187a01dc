package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestListedByHand: an address or words are added with what they cover, found
// again and removed, and stand on no page afterwards.
func TestListedByHand(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.done("/banks", bankForm("links"))
		post := func(status int, do, kind, text string) string {
			t.Helper()
			a := w.post("/banks/LINKS/text", url.Values{"do": {do}, "kind": {kind}, "listed": {text}, "listed_note": {"by hand"}})
			if a.status != status {
				t.Errorf("%s %s: status %d, want %d", do, text, a.status, status)
			}
			return a.body
		}
		want(t, "an address", post(http.StatusOK, "add", "address", "HTTPS://Listed.example/Album/*"), "Entry 1", "listed.example/Album", "this path and all below it",
			"https://listed.example/Album/a/b", "https://listed.example/Album-other", "This is shown once")
		want(t, "words", post(http.StatusOK, "add", "words", "Zorvak MELATI"), "zorvak melati", "whole words, in this order")
		want(t, "twice", post(http.StatusConflict, "add", "address", "http://www.listed.example/Album/*"), "has this very entry already", `value="by hand"`)
		want(t, "no address", post(http.StatusUnprocessableEntity, "add", "address", "no address"), "cannot be listed: not an address", `href="#listed"`)
		want(t, "too short", post(http.StatusUnprocessableEntity, "add", "words", "ab"), "shorter than three letters")
		want(t, "too long", post(http.StatusUnprocessableEntity, "add", "words", strings.Repeat("zorvak ", 1300)), "longer than 8192 bytes")
		want(t, "a page below", post(http.StatusOK, "look", "address", "see hxxps://listed[.]example/Album/7"), "1 entry covers it", `href="/banks/LINKS/entries/1"`)
		want(t, "the entry itself", post(http.StatusOK, "look", "words", "zorvak melati"), "1 entry covers it", `href="/banks/LINKS/entries/2"`)
		want(t, "another page", post(http.StatusOK, "look", "address", "listed.example/other"), "No entry of this bank covers it")
		if page := w.page("/banks/LINKS"); strings.Contains(page, "listed.example/Album") || strings.Contains(page, "zorvak") {
			t.Error("the bank shows what is listed")
		}
		a := w.post("/banks/LINKS/entries/2/delete", url.Values{})
		if a.status != http.StatusOK {
			t.Fatalf("delete: %d", a.status)
		}
		want(t, "deleted", post(http.StatusOK, "look", "words", "zorvak melati"), "No entry of this bank covers it")
	})
}
