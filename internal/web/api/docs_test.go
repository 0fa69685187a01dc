package api

import (
	"regexp"
	"strings"
	"testing"
)

func TestDocsPage(t *testing.T) {
	t.Parallel()
	s := undatabased(t)
	a := ask(s, "GET", "/docs")
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %v", a.status, a.header)
	}
	for _, op := range operations(s.api.OpenAPI()) {
		for _, text := range []string{`id="` + op.OperationID + `"`, `href="#` + op.OperationID + `"`, "<code>" + op.Path + "</code>"} {
			if !strings.Contains(a.body, text) {
				t.Errorf("%s %s: the page has no %s", op.Method, op.Path, text)
			}
		}
	}
	if n := strings.Count(a.body, "curl -H"); n != len(operations(s.api.OpenAPI())) {
		t.Errorf("%d commands for %d operations", n, len(operations(s.api.OpenAPI())))
	}
	// Nothing from elsewhere, nothing that runs, no style but the sheet.
	policy := a.header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	if found := regexp.MustCompile(`<script|<style|\sstyle=|\son\w+=|src=|href="(https?:)?//`).FindString(a.body); found != "" {
		t.Errorf("the page has %q", found)
	}
	links := regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(a.body, -1)
	for _, l := range links {
		if id, inside := strings.CutPrefix(l[1], "#"); inside {
			if !strings.Contains(a.body, `id="`+id+`"`) {
				t.Errorf("a link goes to #%s, which is not there", id)
			}
		} else if b := ask(s, "GET", l[1]); b.status != 200 {
			t.Errorf("a link goes to %s: %d", l[1], b.status)
		}
	}
	if b := ask(s, "GET", "/docs/api.css"); !strings.HasPrefix(b.header.Get("Content-Type"), "text/css") || strings.Contains(b.body, "url(") || strings.Contains(b.body, "@import") {
		t.Errorf("style sheet %v", b.header)
	}
	if b := ask(s, "GET", "/docs/"); b.status != 301 || b.header.Get("Location") != "/docs" {
		t.Errorf("/docs/: %d %v", b.status, b.header)
	}
}

func TestProse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a `b<c` **d** *e*\n\nf": "<p>a <code>b&lt;c</code> <strong>d</strong> <em>e</em></p>\n<p>f</p>\n",
		"5 * 3 <b>":              "<p>5 * 3 &lt;b&gt;</p>\n",
	} {
		if got := string(prose(in)); got != want {
			t.Errorf("prose(%q) = %q, want %q", in, got, want)
		}
	}
}
