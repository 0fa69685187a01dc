package plugin_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/plugin/plugintest"
)

// lists is a matcher that says what it is told to say.
func lists(matches ...plugin.ListMatch) *plugintest.Double {
	return &plugintest.Double{
		About:  &plugin.About{Contract: 1, Name: "m", Version: "7", Kind: plugin.Matcher, Items: []jaga.Kind{jaga.KindImage}},
		Answer: func(plugin.Facts, []byte) plugin.Signals { return plugin.Signals{Matches: matches} },
	}
}

// What a matcher finds on its lists makes one finding, with the form and the band
// of its settings and what it said as evidence.
func TestMatchesOfMatchersAreFindings(t *testing.T) {
	t.Parallel()
	two := []plugin.ListMatch{{List: "licensed", Confidence: 1, Reference: "case-7/3"}, {List: "partner", Confidence: 0.5}}
	for name, c := range map[string]struct {
		set     plugin.Config
		matches []plugin.ListMatch
		want    string
	}{
		"as it comes":   {plugin.Config{}, two, "csam review [{lists 7 licensed case-7/3 1} {lists 7 partner  0.5}]"},
		"as it is set":  {plugin.Config{Form: jaga.FormSextortion, Band: jaga.BandObserve}, two[:1], "sextortion observe [{lists 7 licensed case-7/3 1}]"},
		"on no list":    {plugin.Config{}, nil, ""},
		"no reference":  {plugin.Config{}, []plugin.ListMatch{{List: "x", Reference: "two words"}}, "skipped"},
		"not sure of 2": {plugin.Config{}, []plugin.ListMatch{{List: "x", Confidence: 2}}, "skipped"},
	} {
		c.set.Name, c.set.URL, c.set.Kind = "lists", serve(t, lists(c.matches...)), plugin.Matcher
		a := ask(t, open(t, lite(t), plugin.Options{}, c.set))
		var said []string
		for _, f := range a.Findings {
			var because []jaga.Listed
			for _, r := range f.Because() {
				because = append(because, *r.Listed)
			}
			said = append(said, fmt.Sprint(f.Form(), " ", f.Band(), " ", because))
		}
		if len(a.Skipped) > 0 {
			said = append(said, "skipped")
		}
		if got := strings.Join(said, " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	// Nothing is urgent by itself, and a classifier makes no findings.
	good := plugin.Config{Name: "p", URL: "http://127.0.0.1:9000", Kind: plugin.Matcher}
	for field, change := range map[string]func(*plugin.Config){
		"plugins.band": func(c *plugin.Config) { c.Band = jaga.BandUrgent },
		"plugins.form": func(c *plugin.Config) { c.Kind, c.Band = plugin.Classifier, jaga.BandReview },
	} {
		c := good
		change(&c)
		_, err := plugin.New(t.Context(), lite(t), []plugin.Config{c}, plugin.Options{})
		if e, ok := err.(*jaga.Error); !ok || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
