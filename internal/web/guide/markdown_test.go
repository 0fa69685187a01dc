package guide

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	g := &Guide{help: &directory{}}
	a, err := g.parse("en", "x.md", []byte("# A title\r\n\r\nIt *leads* in.\n\n## Do it {do}\n\n1. One\n2. Two, [over there](guide:now)\n"))
	if err != nil {
		t.Fatal(err)
	}
	s, ok := a.section("do")
	if a.Title != "A title" || a.LeadText != "It leads in.\n" || !ok || s.Title != "Do it" || s.Text != "One\nTwo, over there\n" {
		t.Errorf("%+v", a)
	}
	if !strings.Contains(string(s.Body), `<a href="/guide/en/now">over there</a>`) {
		t.Errorf("the link leads elsewhere: %s", s.Body)
	}
}

// FuzzParse: whatever an operator's file holds, no HTML of it and no link of
// another kind reaches a page.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "# ", "# T\n\n## {do}\n", "# T\n<script>x</script>", "# T\n[x](javascript:x)", "# T\n<javascript:x>", "# T\n[a]: javascript:x\n\n[a]", "# T\n\n## A {do}\n* `<b>`\n\n## B\n![](x)"} {
		f.Add(s)
	}
	g := &Guide{help: &directory{}}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := g.parse("en", "x.md", []byte(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "x.md: ") {
				t.Errorf("the error does not name the file: %v", err)
			}
			return
		}
		var body strings.Builder
		body.WriteString(string(a.Lead))
		for _, s := range a.Sections {
			body.WriteString(string(s.Body))
		}
		for _, never := range []string{"<script", "href=\"javascript:", "<img", "<iframe", "<b>"} {
			if strings.Contains(strings.ToLower(body.String()), never) {
				t.Errorf("%q makes %q", text, body.String())
			}
		}
	})
}
