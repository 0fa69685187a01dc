package guide

import (
	"strings"
	"testing"
)

func TestCheckFilesFinds(t *testing.T) {
	t.Parallel()
	page := func(body string) []File {
		return []File{{Name: "en/t/d.html", Data: []byte(body)}, {Name: "en/help.html", Data: []byte(`<b id="x">`)}, {Name: "a.css", Data: []byte("p{}")}}
	}
	for body, want := range map[string]string{
		`<a href="../help.html">`:                   "",
		`<a href="../help.html?for=child#x">`:       "",
		`<a href="https://example.org/a">`:          "",
		`<a href="tel:129">`:                        "",
		`<link href="../../a.css">`:                 "",
		`<p id="s"><a href="#s">`:                   "",
		`<b data-what="anything/at all">`:           "",
		`<a href="../hlep.html">`:                   `"../hlep.html" leads nowhere`,
		`<a href="../help.html#y">`:                 "no place on the page",
		`<a href="#y">`:                             "no place on the page",
		`<script src="a.js">`:                       "leads nowhere",
		`<form action="/guide/en/c">`:               "leads nowhere",
		`<b data-worker="/guide/0123abcd.js">`:      "leads nowhere",
		`<a href="../../../a.css">`:                 "leads nowhere",
		`<a href="javascript:alert(1)">`:            "leads nowhere",
		`<a href="help.html"> <a href="../t.html">`: `"../t.html" leads nowhere`,
	} {
		var all []string
		for _, err := range checkFiles(page(body)) {
			all = append(all, err.Error())
		}
		got := strings.Join(all, "\n")
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
	if got := checkFiles([]File{{Name: "x.js", Data: []byte(`fetch("/guide/en")`)}}); len(got) != 1 {
		t.Errorf("a script with an address of the server: %v", got)
	}
}
