package plugin_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/plugin/plugintest"
	"github.com/jaga-project/jaga/internal/testsound"
)

// two seconds of a stream, from its seventh second on.
func stretch() plugin.Stretch {
	return plugin.Stretch{Stream: "s-1", From: 7 * time.Second, Samples: testsound.Samples(testsound.Music(1, plugin.SpeechRate, 2))}
}

// A transcriber gets the sound as a file and learns nothing else of the stream; the
// other plugins are not asked, and it is not asked about items.
func TestTranscribe(t *testing.T) {
	t.Parallel()
	said := []plugin.Utterance{{Text: "good evening", From: 0.5, Until: 1.5, Language: "en", Confidence: 0.9, Speaker: "s1"}}
	x := stretch()
	ear := plugintest.Ear(func(f plugin.Facts, file []byte) []plugin.Utterance {
		if !bytes.Equal(file, testsound.WAV(x.Samples, plugin.SpeechRate, 1)) {
			t.Errorf("%d bytes of sound came", len(file))
		}
		return said
	})
	shapes := &plugintest.Double{}
	s := open(t, lite(t), plugin.Options{}, plugin.Config{Name: "shapes", URL: serve(t, shapes), Kind: plugin.Classifier}, plugin.Config{Name: "ear", URL: serve(t, ear), Kind: plugin.Transcriber})
	if d, required, ok := s.Transcribes(); !ok || required || d != "plugin/ear" {
		t.Errorf("%s, %v, %v", d, required, ok)
	}
	got := s.Transcribe(t.Context(), "key:1", x)
	if got.Skip != nil || got.Plugin != "plugin/ear" || len(got.Utterances) != 1 || got.Utterances[0] != said[0] {
		t.Errorf("%+v", got)
	}
	want := plugin.Facts{ID: "s-1", Kind: jaga.KindAudio, Type: "audio/wav", Bytes: 44 + 2*2*plugin.SpeechRate, From: 7, Seconds: 2}
	if seen := ear.Seen(); len(seen) != 1 || seen[0] != want || len(shapes.Seen()) != 0 {
		t.Errorf("%+v", seen)
	}
	if a := ask(t, s); len(a.Checked) != 1 || len(ear.Seen()) != 1 {
		t.Errorf("an item: %+v", a)
	}
	only := open(t, lite(t), plugin.Options{}, plugin.Config{Name: "ear", URL: serve(t, ear), Kind: plugin.Transcriber})
	if only.Asks() {
		t.Error("items wait for a plugin that hears streams")
	}
	var none *plugin.Service
	if _, _, ok := none.Transcribes(); ok {
		t.Error("nobody hears")
	}
	if got := none.Transcribe(t.Context(), "key:1", x); got.Skip == nil || len(got.Utterances) != 0 {
		t.Errorf("nobody: %+v", got)
	}
}

// An answer is taken whole or not at all.
func TestTranscriberFaults(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 5000)
	for name, c := range map[string]struct{ answer, detail string }{
		"signals":       {`{"signals":[{"category":"a","score":1}]}`, "its kind does not"},
		"no words":      {`{"signals":[],"utterances":[{"text":" ","from":0,"until":1,"confidence":1}]}`, "no words"},
		"too long":      {`{"signals":[],"utterances":[{"text":"` + long + `","from":0,"until":1,"confidence":1}]}`, "4 KiB"},
		"zero byte":     {`{"signals":[],"utterances":[{"text":"a\u0000","from":0,"until":1,"confidence":1}]}`, "no text"},
		"before":        {`{"signals":[],"utterances":[{"text":"a","from":-1,"until":1,"confidence":1}]}`, "outside"},
		"behind":        {`{"signals":[],"utterances":[{"text":"a","from":0,"until":9,"confidence":1}]}`, "outside"},
		"turned round":  {`{"signals":[],"utterances":[{"text":"a","from":1,"until":0,"confidence":1}]}`, "outside"},
		"too sure":      {`{"signals":[],"utterances":[{"text":"a","from":0,"until":1,"confidence":2}]}`, "between 0 and 1"},
		"a name":        {`{"signals":[],"utterances":[{"text":"a","from":0,"until":1,"confidence":1,"speaker":"CANARY of ours"}]}`, "speaker"},
		"a language":    {`{"signals":[],"utterances":[{"text":"a","from":0,"until":1,"confidence":1,"language":"CANARY of ours"}]}`, "language"},
		"an extra word": {`{"signals":[],"utterances":[],"clean":true}`, "contract says"},
		"too many":      {`{"signals":[],"utterances":[` + strings.TrimSuffix(strings.Repeat(`{"text":"a","from":0,"until":1,"confidence":1},`, 65), ",") + `]}`, "more than 64"},
	} {
		ear := plugintest.Ear(nil)
		ear.Fault = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost {
				return false
			}
			_, _ = io.WriteString(w, c.answer)
			return true
		}
		s := open(t, lite(t), plugin.Options{}, plugin.Config{Name: "ear", URL: serve(t, ear), Kind: plugin.Transcriber, Required: true})
		got := s.Transcribe(t.Context(), "key:1", stretch())
		if got.Skip == nil || got.Skip.Why != jaga.WhyUnanswered || got.Skip.Optional || !strings.Contains(got.Skip.Detail, c.detail) || strings.Contains(got.Skip.Detail, "CANARY") || len(got.Utterances) != 0 {
			t.Errorf("%s: %+v %+v", name, got, got.Skip)
		}
	}
	// A classifier hears nothing.
	words := &plugintest.Double{Answer: func(plugin.Facts, []byte) plugin.Signals {
		return plugin.Signals{Utterances: []plugin.Utterance{{Text: "a", Until: 1, Confidence: 1}}}
	}}
	s := open(t, lite(t), plugin.Options{}, plugin.Config{Name: "p", URL: serve(t, words), Kind: plugin.Classifier})
	if a := ask(t, s); len(a.Skipped) != 1 || !strings.Contains(a.Skipped[0].Detail, "its kind does not") {
		t.Errorf("%+v", a)
	}
}

// A budget holds for sound as for items, and one that is slow is not waited for.
func TestTranscriberBudget(t *testing.T) {
	t.Parallel()
	ear := plugintest.Ear(func(plugin.Facts, []byte) []plugin.Utterance { return nil })
	s := open(t, lite(t), plugin.Options{}, plugin.Config{Name: "ear", URL: serve(t, ear), Kind: plugin.Transcriber, PerDay: 1})
	if got := s.Transcribe(t.Context(), "key:1", stretch()); got.Skip != nil {
		t.Errorf("%+v", got.Skip)
	}
	if got := s.Transcribe(t.Context(), "key:1", stretch()); got.Skip == nil || got.Skip.Why != jaga.WhyBudget || !got.Skip.Optional {
		t.Errorf("%+v", got.Skip)
	}
	stop := make(chan struct{})
	defer close(stop)
	slow := plugintest.Ear(func(plugin.Facts, []byte) []plugin.Utterance { <-stop; return nil })
	s = open(t, lite(t), plugin.Options{}, plugin.Config{Name: "ear", URL: serve(t, slow), Kind: plugin.Transcriber, Timeout: 200 * time.Millisecond})
	if got := s.Transcribe(t.Context(), "key:1", stretch()); got.Skip == nil || got.Skip.Why != jaga.WhyTimeout {
		t.Errorf("%+v", got.Skip)
	}
}

// What a transcriber says of itself and answers is tried as that of others is.
func TestConformTranscriber(t *testing.T) {
	t.Parallel()
	good := plugintest.Ear(func(plugin.Facts, []byte) []plugin.Utterance { return nil })
	checks, err := plugin.Conform(t.Context(), plugin.Config{URL: serve(t, good)})
	if err != nil || len(checks) != 6 {
		t.Fatalf("%+v, %v", checks, err)
	}
	for _, c := range checks {
		if !c.OK {
			t.Errorf("%+v", c)
		}
	}
	if seen := good.Seen(); len(seen) == 0 || seen[0].Seconds != 1 || seen[0].Type != "audio/wav" {
		t.Errorf("%+v", seen)
	}
	late := plugintest.Ear(func(plugin.Facts, []byte) []plugin.Utterance {
		return []plugin.Utterance{{Text: "a", From: 4, Until: 5, Confidence: 1}}
	})
	if checks, err = plugin.Conform(t.Context(), plugin.Config{URL: serve(t, late)}); err != nil || checks[1].OK || !strings.Contains(checks[1].Why, "outside") {
		t.Errorf("%+v, %v", checks, err)
	}
	pictures := plugintest.Ear(nil)
	pictures.About.Items = []jaga.Kind{jaga.KindImage}
	if checks, err = plugin.Conform(t.Context(), plugin.Config{URL: serve(t, pictures)}); err != nil || len(checks) != 1 || !strings.Contains(checks[0].Why, "takes audio") {
		t.Errorf("%+v, %v", checks, err)
	}
}
