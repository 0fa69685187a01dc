package main

import (
	"bytes"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/plugin/plugintest"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/testpic"
)

// openPluggedSite opens an installation that asks plugins.
func openPluggedSite(t testing.TB, plugins []PluginConfig, environ ...string) *site {
	t.Helper()
	a := &app{Streams: Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}, environ: append(environ, "JAGA_DATA="+t.TempDir())}
	if err := a.load(); err != nil {
		t.Fatal(err)
	}
	a.cfg.Plugins = plugins
	log, err := a.logger()
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.openSite(t.Context(), true, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

func double(t *testing.T, d *plugintest.Double) string {
	t.Helper()
	srv := httptest.NewServer(d)
	t.Cleanup(srv.Close)
	return srv.URL
}

// What a matcher of the operator's own finds is work for people, with its file;
// its finding stays when a bank finds the item later.
func TestAMatcherOpensACase(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		lists := double(t, &plugintest.Double{
			About: &plugin.About{Contract: 1, Name: "m", Version: "7", Kind: plugin.Matcher, Items: []jaga.Kind{jaga.KindImage}},
			Answer: func(plugin.Facts, []byte) plugin.Signals {
				return plugin.Signals{Matches: []plugin.ListMatch{{List: "licensed", Confidence: 1, Reference: "ref-9"}}}
			},
		})
		s := openPluggedSite(t, []PluginConfig{{Name: "lists", URL: lists, Kind: "matcher"}}, "JAGA_STORE_URL="+url)
		file := testpic.PNG(testpic.Photo(1, 320, 240))
		rec := upload(t, s, "account-a", file)
		got := casesOf(t, s)
		if len(got) != 1 || got[0].Form != jaga.FormCSAM || got[0].Band != jaga.BandReview {
			t.Fatalf("%+v", got)
		}
		if len(keptIn(t, s, got[0].ID)) != 1 {
			t.Error("the file is not kept")
		}
		stored, err := s.intake.Get(t.Context(), rec.Item.ID)
		if err != nil || stored.Outcome.State() != jaga.StateFindings {
			t.Fatal(stored.Outcome, err)
		}
		l := stored.Outcome.Findings[0].Because()[0].Listed
		if l == nil || *l != (jaga.Listed{Name: "lists", Version: "7", List: "licensed", Reference: "ref-9", Confidence: 1}) {
			t.Errorf("%+v", l)
		}
	})
}

// A classifier decides nothing without a rule; a rule that names its score can
// have people look, and the file is kept for them.
func TestAClassifierNeedsARule(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		shapes := double(t, &plugintest.Double{Answer: func(plugin.Facts, []byte) plugin.Signals {
			return plugin.Signals{Signals: []plugin.Signal{{Category: "round", Score: 0.93}}}
		}})
		s := openPluggedSite(t, []PluginConfig{{Name: "shapes", URL: shapes, Kind: "classifier"}}, "JAGA_STORE_URL="+url)
		upload(t, s, "account-a", testpic.PNG(testpic.Photo(1, 320, 240)))
		always := func(name, when, tests string) string {
			return "name = \"" + name + "\"\nowner = \"person:1\"\nreason = \"For tests.\"\nwhen = '" + when + "'\n[[then]]\ndo = \"open_case\"\nqueue = \"young\"\n[[then]]\ndo = \"raise\"\nband = \"review\"\n[[then]]\ndo = \"hold\"\n" + tests
		}
		// One that was written for findings is not asked about a score alone.
		activeRule(t, s, always("any", `account.id != "nobody"`, "[[test]]\nname = \"a\"\nexpect = \"fires\"\nfacts = { account = { id = \"a\" } }\n[[test]]\nname = \"b\"\nexpect = \"does not fire\"\nfacts = { account = { id = \"nobody\" } }\n"))
		upload(t, s, "account-b", testpic.PNG(testpic.Photo(2, 320, 240)))
		if got := casesOf(t, s); len(got) != 0 {
			t.Fatalf("a score alone opened %+v", got)
		}
		activeRule(t, s, always("round", `scores["shapes"]["round"] >= 0.9`, "[[test]]\nname = \"a\"\nexpect = \"fires\"\nfacts = { scores = { shapes = { round = 0.95 } } }\n[[test]]\nname = \"b\"\nexpect = \"does not fire\"\nfacts = { scores = { shapes = { round = 0.1 } } }\n"))
		upload(t, s, "account-c", testpic.PNG(testpic.Photo(3, 320, 240)))
		got := casesOf(t, s)
		if len(got) != 1 || got[0].Form != "" || got[0].Band != jaga.BandReview || got[0].Queue != "young" {
			t.Fatalf("%+v", got)
		}
		if len(keptIn(t, s, got[0].ID)) != 1 {
			t.Error("the file is not kept")
		}
		if k := startedKinds(t, s, got[0].ID); !slices.Equal(k, []string{string(action.KindHold)}) {
			t.Errorf("started %v", k)
		}
		if _, err := s.verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
