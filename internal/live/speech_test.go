package live_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/plugin/plugintest"
	"github.com/jaga-project/jaga/internal/store"
)

// hearing opens a world that decodes streams and has a transcriber.
func hearing(t *testing.T, ear *plugintest.Double, change func(*plugin.Config)) *world {
	t.Helper()
	srv := httptest.NewServer(ear)
	t.Cleanup(func() { srv.CloseClientConnections(); srv.Close() })
	c := plugin.Config{Name: "ear", URL: srv.URL, Kind: plugin.Transcriber}
	if change != nil {
		change(&c)
	}
	return withFFmpeg(t, func(o *live.Options) {
		var err error
		if o.Plugins, err = plugin.New(t.Context(), o.DB, []plugin.Config{c}, plugin.Options{}); err != nil {
			t.Fatal(err)
		}
	})
}

// gapsOf are the gaps of speech.
func gapsOf(d live.Detail, what string) (out []live.Mark) {
	for _, m := range marksOf(d, live.MarkGap) {
		if m.Of == what {
			out = append(out, m)
		}
	}
	return out
}

func pushFile(t *testing.T, w *world, source, path string, before ...live.Event) live.Detail {
	t.Helper()
	watch := w.start(t, live.New{Source: source, Account: "host"})
	if len(before) > 0 {
		if _, err := w.live.Events(t.Context(), "key:1", watch.ID, before); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := w.live.Push(t.Context(), watch.ID, f); err != nil {
		t.Fatal(err)
	}
	return w.get(t, watch.ID)
}

// What a plugin hears becomes messages of the stream's conversation, from voices, and
// is read as chat is. No word is kept where nothing is found.
func TestSpeechIsReadAsChat(t *testing.T) {
	t.Parallel()
	var secret atomic.Bool
	said := map[bool]string{false: "CANARY good evening", true: "CANARY dont tell anyone"}
	ear := plugintest.Ear(func(f plugin.Facts, file []byte) []plugin.Utterance {
		if f.From > 0 || f.Seconds < 2 {
			return nil
		}
		return []plugin.Utterance{
			{Text: said[secret.Load()], From: 0.5, Until: 1.5, Language: "en", Confidence: 0.9, Speaker: "broadcaster"},
			{Text: "CANARY mumbled", From: 1.5, Until: 2, Confidence: 0.2},
			{Text: "CANARY words", From: 2, Until: 2.5, Language: "xx", Confidence: 0.9, Speaker: "s1"},
		}
	})
	w := hearing(t, ear, nil)
	d := pushFile(t, w, "push", filmFile(t))
	if d.Utterances != 2 || d.Unclear != 1 || d.Heard < 9 || d.Heard > 11 || d.Unheard != 0 || d.Speech.State != live.SpeechHears || slices.Contains(d.Unchecked, "speech") {
		t.Errorf("%+v %v %v", d.Counts, d.Speech, d.Unchecked)
	}
	if len(marksOf(d, live.MarkTalk)) != 0 {
		t.Errorf("a greeting: %+v", d.Marks)
	}
	var why []string
	for _, m := range gapsOf(d, live.GapOfSpeech) {
		if why = append(why, m.Why); !m.Optional {
			t.Errorf("%+v", m)
		}
	}
	if fmt.Sprint(why) != "[unclear language]" {
		t.Errorf("not checked: %v", why)
	}
	for _, f := range ear.Seen() {
		if f.Kind != jaga.KindAudio || f.Seconds > 10.1 || strings.Contains(f.ID, d.ID) {
			t.Errorf("%+v", f)
		}
	}
	holds(t, w, "CANARY", false)

	secret.Store(true)
	d = pushFile(t, w, "push", filmFile(t), live.Event{Type: live.EventPerson, Person: &converse.Participant{ID: "host", AgeBand: "adult"}},
		live.Event{Type: live.EventScreenOn, From: "fan", Person: &converse.Participant{ID: "fan", AgeBand: "10-12"}})
	talks := marksOf(d, live.MarkTalk)
	if len(talks) == 0 || talks[0].Account != "host" {
		t.Fatalf("%+v", d.Marks)
	}
	list, err := w.talk.List(t.Context(), converse.Filter{Conversation: d.Conversation})
	if err != nil || len(list) == 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	lines, err := w.talk.Excerpt(t.Context(), "person:1", list[0].ID)
	if err != nil || len(lines) == 0 || !lines[0].Transcribed || !strings.Contains(lines[0].Text, "dont tell") {
		t.Errorf("%+v, %v", lines, err)
	}
	if lines[0].From != "host" {
		t.Errorf("what the broadcaster said is from %s", lines[0].From)
	}
}

// holds looks for a text in everything that a watch keeps in the database in the
// clear.
func holds(t *testing.T, w *world, text string, want bool) {
	t.Helper()
	if err := w.db.View(t.Context(), func(tx *store.Tx) error {
		for _, q := range []string{`SELECT mark AS text FROM live_marks`, `SELECT counts || why || settings AS text FROM live_watches`, `SELECT finding AS text FROM talk_findings`} {
			rows, err := store.All[string](tx, q)
			if err != nil {
				return err
			}
			for _, r := range rows {
				if strings.Contains(r, text) != want {
					t.Errorf("%s: %s", q, r)
				}
			}
		}
		n, err := store.One[int64](tx, `SELECT COUNT(*) FROM talk_findings WHERE length(excerpt) > 0`)
		if n != 0 {
			t.Errorf("%d excerpts are kept", n)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// Speech that nobody heard is not checked, with the reason, and the pictures are
// compared all the same.
func TestSpeechNotHeard(t *testing.T) {
	t.Parallel()
	nothing := func(plugin.Facts, []byte) []plugin.Utterance { return nil }
	down := plugintest.Ear(nothing)
	down.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return r.Method == http.MethodPost
	}
	slow := plugintest.Ear(nothing)
	slow.Fault = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			_, _ = io.Copy(io.Discard, r.Body) // or nobody sees that the other side has gone
			<-r.Context().Done()
		}
		return r.Method == http.MethodPost
	}
	for name, c := range map[string]struct {
		ear    *plugintest.Double
		change func(*plugin.Config)
		why    string
	}{
		"down":   {down, nil, live.GapUnanswered},
		"slow":   {slow, func(c *plugin.Config) { c.Timeout = 200 * time.Millisecond }, live.GapTimeout},
		"budget": {plugintest.Ear(nothing), func(c *plugin.Config) { c.PerSource = 1 }, live.GapBudget},
	} {
		for _, required := range []bool{true, false} {
			w := hearing(t, c.ear, func(p *plugin.Config) {
				if p.Required = required; c.change != nil {
					c.change(p)
				}
			})
			d := pushFile(t, w, "push", filmFile(t))
			if name == "budget" { // the first stretch was within it
				d = pushFile(t, w, "push", filmFile(t))
			}
			gaps := gapsOf(d, live.GapOfSpeech)
			if len(gaps) == 0 || gaps[0].Why != c.why || gaps[0].Optional == required || d.Unheard < 5 || d.Speech.State != live.SpeechFails {
				t.Errorf("%s: %+v, %+v, %+v", name, gaps, d.Counts, d.Speech)
			}
			if d.Frames < 8 {
				t.Errorf("%s: the picture was held up: %+v", name, d)
			}
			if name != "budget" && !slices.Contains(d.Unchecked, "speech") {
				t.Errorf("%s: %v", name, d.Unchecked)
			}
		}
	}
}

// A stream without sound has no speech that could be missed; one whose sound is
// silence is heard, and nobody is asked about it.
func TestNoSound(t *testing.T) {
	t.Parallel()
	ear := plugintest.Ear(func(plugin.Facts, []byte) []plugin.Utterance { t.Error("it was asked about silence"); return nil })
	w := hearing(t, ear, func(c *plugin.Config) { c.Required = true })
	path := filepath.Join(t.TempDir(), "film.ts")
	for state, args := range map[string][]string{live.SpeechNoSound: {"-an"}, live.SpeechHears: {"-af", "volume=0", "-c:a", "aac"}} {
		if out, err := exec.Command("ffmpeg", append(append([]string{"-v", "error", "-y", "-i", filmFile(t), "-c:v", "copy"}, args...), path)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		d := pushFile(t, w, "push", path)
		if len(gapsOf(d, live.GapOfSpeech)) != 0 || d.Utterances != 0 || d.Unheard != 0 || (d.Heard > 0) != (state == live.SpeechHears) {
			t.Errorf("%s: %+v %+v", state, d.Watch, d.Marks)
		}
	}
}

// A decoder of sound that is killed is started again; what came between was not
// heard, and the picture goes on. It kills what it finds, so it runs alone.
func TestEarIsStartedAgain(t *testing.T) {
	w := hearing(t, plugintest.Ear(func(plugin.Facts, []byte) []plugin.Utterance { return nil }), nil)
	watch := w.start(t, live.New{Source: "push:realtime", Account: "host"})
	f, err := os.Open(filmFile(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	done := make(chan error, 1)
	go func() { done <- w.live.Push(t.Context(), watch.ID, f) }()
	w.until(t, watch.ID, "frames", func(d live.Detail) bool { return d.Frames > 2 })
	if !killWith(t, os.Getpid(), "s16le") {
		t.Fatal("no decoder of sound runs")
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	d := w.get(t, watch.ID)
	gaps := gapsOf(d, live.GapOfSpeech)
	if len(gaps) != 1 || gaps[0].Why != live.GapDecoder || d.Heard < 4 || d.Frames < 8 {
		t.Errorf("%+v %+v", d.Counts, d.Marks)
	}
}
