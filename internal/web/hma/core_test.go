package hma_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/web/hma"
)

func TestCore(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.get("/status").is(t, 200, "I-AM-ALIVE")
		c.get("/status/live").is(t, 200, "I-AM-ALIVE")
		if kind := c.get("/status").header.Get("Content-Type"); kind != "text/html" {
			t.Errorf("status is %q", kind)
		}
		var paths []string
		c.get("/site-map").decode(t, &paths)
		if !slices.IsSorted(paths) || !slices.Contains(paths, "/c/bank/<bank_name>/content/<int:content_id>") || !slices.Contains(paths, "/h/hash") {
			t.Errorf("site map %v", paths)
		}
		var doc struct {
			Info  struct{ Title string }
			Paths map[string]map[string]any
		}
		c.get("/openapi/openapi.json").decode(t, &doc)
		if doc.Info.Title == "" || doc.Paths["/m/lookup"]["post"] == nil || doc.Paths["/c/bank/{name}"]["parameters"] == nil {
			t.Errorf("document %+v", doc)
		}
		for _, path := range []string{"/c/nothing", "/c/banks/", "/c/bank/A/signals", "/dev/factory_reset", "/h/", "/c/bank/", "/m", "/", "/c/configs"} {
			c.get(path).refused(t, 404, "page")
		}
		a := c.call("PATCH", "/c/banks", `{}`)
		a.refused(t, 405, "page")
		if allow := a.header.Get("Allow"); allow != "GET, HEAD, OPTIONS, POST" {
			t.Errorf("Allow %q", allow)
		}
		a = c.call("OPTIONS", "/m/compare", "")
		a.is(t, 200, "")
		if allow := a.header.Get("Allow"); allow != "OPTIONS, POST" || a.body != "" {
			t.Errorf("OPTIONS: Allow %q, body %q", allow, a.body)
		}
	})
}

// Joined carelessly, an address has two slashes; a redirect would make the
// POST a GET.
func TestDoubleSlash(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		srv := httptest.NewServer(c.h)
		defer srv.Close()
		resp, err := http.Post(srv.URL+"//c///banks", "application/json", strings.NewReader(`{"name":"A"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 201 || resp.Request.Method != "POST" {
			t.Errorf("%d after a %s", resp.StatusCode, resp.Request.Method)
		}
		resp, err = http.Get(srv.URL + "//c/bank//A")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("GET: %d", resp.StatusCode)
		}
		resp, err = http.Head(srv.URL + "/c/bank/A")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 200 || resp.ContentLength < 10 {
			t.Errorf("HEAD: %d with %d bytes", resp.StatusCode, resp.ContentLength)
		}
	})
}

func TestOwns(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/h/hash": true, "/m/lookup": true, "/c/banks": true, "//c/banks": true, "///m//lookup": true, "/c/unknown": true, "/h/": true,
		"/status": true, "/status/live": true, "/site-map": true, "/openapi/openapi.json": true,
		"/ui": true, "/ui/": true, "//ui/query": true, "/": false, "//": false, "": false, "/uix": false, "/c": false, "/hash": false, "/api/v1/c/banks": false, "/statuses": false, "/status/": false,
	} {
		if got := hma.Owns(path); got != want {
			t.Errorf("Owns(%q) is %v", path, got)
		}
	}
}

// A fault of ours is said so, once in the log and without its text outside.
func TestFaults(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		var log strings.Builder
		for name, may := range map[string]func(*http.Request, string) error{
			"error": func(*http.Request, string) error { return errors.New("inner words") },
			"panic": func(*http.Request, string) error { panic("inner words") },
		} {
			log.Reset()
			c.h = hma.New(hma.Options{Banks: c.banks, Engine: c.eng, May: may, Log: slog.New(slog.NewTextHandler(&log, nil))})
			for path, form := range map[string]string{"/c/banks": "message", lookupP(""): "text"} {
				a := c.get(path)
				a.refused(t, 500, form)
				if strings.Contains(a.body, "inner") || !strings.Contains(a.body, "The server encountered an internal error") {
					t.Errorf("%s: %s", name, a.body)
				}
			}
			if strings.Count(log.String(), "inner words") != 2 {
				t.Errorf("%s: log %q", name, log.String())
			}
		}
	})
}
