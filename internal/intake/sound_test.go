package intake_test

import (
	"bytes"
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/testsound"
)

// sounds are files for the tests, by name.
func sounds(t *testing.T) map[string][]byte {
	t.Helper()
	ffmpeg, dir := need.Tool(t, "ffmpeg"), t.TempDir()
	known := testsound.Music(1, 44100, 30)
	write := func(name string, samples []float64) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, testsound.WAV(testsound.Samples(samples), 44100, 1), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in := map[string]string{
		"known":   write("in-known.wav", known),
		"excerpt": write("in-excerpt.wav", slices.Concat(testsound.Speech(2, 44100, 15), known[8*44100:20*44100], testsound.Speech(3, 44100, 6))),
		"other":   write("in-other.wav", testsound.Music(9, 44100, 20)),
		"noise":   write("in-noise.wav", testsound.Noise(4, 44100, 20)),
		"silence": write("in-silence.wav", make([]float64, 20*44100)),
	}
	out := map[string][]byte{}
	for name, args := range map[string][]string{
		"known.flac":   {"-i", in["known"]},
		"excerpt.mp3":  {"-i", in["excerpt"], "-b:a", "64k"},
		"faster.opus":  {"-i", in["excerpt"], "-af", "asetrate=44100*1.02,aresample=48000", "-c:a", "libopus", "-b:a", "48k"},
		"film.mp4":     {"-f", "lavfi", "-i", "testsrc=s=160x120:r=5:d=33", "-i", in["excerpt"], "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"},
		"other.ogg":    {"-i", in["other"], "-c:a", "libvorbis"},
		"noise.flac":   {"-i", in["noise"]},
		"silence.wav":  {"-i", in["silence"]},
		"silent.mkv":   {"-f", "lavfi", "-i", "testsrc=s=160x120:r=5:d=20", "-i", in["silence"], "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac"},
		"pictures.mp4": {"-f", "lavfi", "-i", "testsrc=s=160x120:r=5:d=6", "-c:v", "libx264", "-preset", "ultrafast"},
	} {
		path := filepath.Join(dir, name)
		if text, err := exec.Command(ffmpeg, append(append([]string{"-v", "error", "-nostdin", "-y"}, args...), path)...).CombinedOutput(); err != nil {
			t.Fatalf("ffmpeg: %v: %s", err, text)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = b
	}
	return out
}

// TestSounds: an excerpt of a known recording is found with its seconds, alone, at
// another speed and in a film, also when the recording is listed later. What has too
// little detail is not checked.
func TestSounds(t *testing.T) {
	t.Parallel()
	files := sounds(t)
	m, err := media.NewDecoder(media.DefaultLimits(), 1).Measure(t.Context(), bytes.NewReader(files["known.flac"]), media.Options{})
	if err != nil {
		t.Fatal(err)
	}
	value, err := engine.ParseSignal(m.Signals[len(m.Signals)-1])
	if err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		before := w.take(t, file(files["excerpt.mp3"]))
		if before.Item.Kind != jaga.KindAudio || before.Outcome.State() != jaga.StateNotChecked || why(before.Outcome, jaga.DetectorSound) != jaga.WhyNoBanks || len(before.Signals) != 4 {
			t.Errorf("without banks nothing is clear: %+v", before.Outcome)
		}
		w.list(t, "FILMS", files["pictures.mp4"]) // it has no sound
		for name, state := range map[string]jaga.State{"silence.wav": jaga.StateClear, "silent.mkv": jaga.StateFindings} {
			rec := w.take(t, file(files[name]))
			if rec.Outcome.State() != state || why(rec.Outcome, jaga.DetectorSound) != jaga.WhyLowQuality {
				t.Errorf("%s, with films only: %+v", name, rec.Outcome)
			}
		}
		if look, err := w.in.Look(t.Context(), file(files["film.mp4"])); err != nil || why(look.Outcome, jaga.DetectorSound) != jaga.WhyNoBanks || slices.ContainsFunc(look.Signals, func(s jaga.Signal) bool { return s.Type == jaga.Chromaprint }) {
			t.Errorf("a look listens although no bank has sound: %+v, error %v", look.Outcome, err)
		}
		if _, err := w.banks.Create(t.Context(), "person:1", bank.Defaults("SOUNDS")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.banks.Add(t.Context(), "person:1", "SOUNDS", bank.NewEntry{Values: []engine.Value{value}}); err != nil {
			t.Fatal(err)
		}
		only := func(name string) intake.Request {
			r := file(files[name])
			r.Banks = []string{"SOUNDS"}
			return r
		}
		check := func(name string, rec intake.Record, speed float64) {
			t.Helper()
			if rec.Outcome.State() != jaga.StateFindings || len(rec.Outcome.Matches) != 1 {
				t.Fatalf("%s: %+v", name, rec.Outcome)
			}
			s := rec.Outcome.Matches[0].Sound
			near := func(a, b float64) bool { return math.Abs(a-b) < 2 }
			if len(s.Query) != 1 || !near(s.Query[0].From, 15/speed) || !near(s.Query[0].To, 27/speed) || !near(s.Stored[0].From, 8) || !near(s.Stored[0].To, 20) || !near(s.StoredSeconds, 30) || !near(s.QuerySeconds, 33/speed) {
				t.Errorf("%s: %+v", name, s)
			}
		}
		for name, speed := range map[string]float64{"excerpt.mp3": 1, "faster.opus": 1.02, "film.mp4": 1} {
			rec := w.take(t, only(name))
			check(name, rec, speed)
			if !slices.Contains(rec.Outcome.Checked, jaga.DetectorSound) || slices.Contains(rec.Outcome.Checked, jaga.DetectorPDQ) {
				t.Errorf("%s: checked %v", name, rec.Outcome.Checked)
			}
			stored, err := w.in.Get(t.Context(), rec.Item.ID)
			if err != nil {
				t.Fatal(err)
			}
			check(name+" as stored", stored, speed)
			look, err := w.in.Look(t.Context(), only(name))
			if err != nil {
				t.Fatal(err)
			}
			check(name+" looked at", look, speed)
		}
		if rec := w.take(t, only("other.ogg")); rec.Outcome.State() != jaga.StateClear {
			t.Errorf("other music: %+v", rec.Outcome)
		}
		for _, name := range []string{"noise.flac", "silence.wav", "silent.mkv"} {
			rec := w.take(t, only(name))
			if rec.Outcome.State() != jaga.StateNotChecked || why(rec.Outcome, jaga.DetectorSound) != jaga.WhyLowQuality {
				t.Errorf("%s: %+v", name, rec.Outcome)
			}
		}
		if rec := w.take(t, file(files["silent.mkv"])); rec.Outcome.State() != jaga.StateFindings {
			t.Errorf("a film's pictures do not count without its sound: %+v", rec.Outcome)
		}
		if rec := w.take(t, only("pictures.mp4")); slices.Contains(rec.Outcome.Checked, jaga.DetectorSound) || why(rec.Outcome, jaga.DetectorSound) != "" {
			t.Errorf("a film without sound: %+v", rec.Outcome)
		}
		late := w.rematch(t, db, before.Item.ID)
		check("late", late, 1)

		stored, err := w.in.Get(t.Context(), before.Item.ID)
		if err != nil {
			t.Fatal(err)
		}
		words := stored.Signals[len(stored.Signals)-1]
		check("as a fingerprint", w.take(t, intake.Request{Signals: []jaga.Signal{{Type: jaga.Chromaprint, Value: words.Words}}}), 1)
		if _, err := w.in.Take(t.Context(), intake.Request{Signals: []jaga.Signal{{Type: jaga.Chromaprint, Value: words.Value}}}); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("sound by its digest alone: %v", err)
		}
		quiet, err := engine.SoundSignal(chroma.Fingerprint(make([]int16, 20*chroma.Rate)))
		if err != nil {
			t.Fatal(err)
		}
		if rec := w.take(t, intake.Request{Signals: []jaga.Signal{quiet}}); rec.Outcome.State() != jaga.StateNotChecked || why(rec.Outcome, jaga.DetectorSound) != jaga.WhyLowQuality {
			t.Errorf("the fingerprint of silence: %+v", rec.Outcome)
		}
	})
}

// rematch lets the job run that a grown bank asks for, until an item has a late
// match.
func (w world) rematch(t *testing.T, db *store.DB, item string) intake.Record {
	t.Helper()
	work, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- db.Work(work, 1, map[string]store.Handler{bank.GrewJob: w.in.Rematch}) }()
	var rec intake.Record
	for deadline := time.Now().Add(30 * time.Second); !rec.Late && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var err error
		if rec, err = w.in.Get(t.Context(), item); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	<-done
	if !rec.Late {
		t.Fatalf("no late match: %+v", rec.Outcome)
	}
	return rec
}
