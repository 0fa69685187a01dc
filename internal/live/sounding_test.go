package live_test

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/testsound"
)

// listSound puts music on a list.
func (w *world) listSound(t *testing.T, name string, seed uint64) {
	t.Helper()
	if _, err := w.banks.Create(t.Context(), "person:1", bank.Defaults(name)); err != nil {
		t.Fatal(err)
	}
	wav := filepath.Join(t.TempDir(), "known.wav")
	if err := os.WriteFile(wav, testsound.WAV(testsound.Samples(testsound.Music(seed, 44100, 30)), 44100, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	pcm, err := exec.Command("ffmpeg", "-v", "error", "-i", wav, "-ac", "1", "-ar", strconv.Itoa(chroma.Rate), "-f", "s16le", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]int16, len(pcm)/2)
	for i := range samples {
		samples[i] = int16(binary.LittleEndian.Uint16(pcm[2*i:]))
	}
	v, err := engine.SoundValue(chroma.Fingerprint(samples))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.banks.Add(t.Context(), "person:1", name, bank.NewEntry{Values: []engine.Value{v}}); err != nil {
		t.Fatal(err)
	}
}

// sounds is a film of a test card with sound.
func sounds(t *testing.T, sound []float64) string {
	t.Helper()
	dir := t.TempDir()
	wav, path := filepath.Join(dir, "a.wav"), filepath.Join(dir, "film.ts")
	if err := os.WriteFile(wav, testsound.WAV(testsound.Samples(sound), 44100, 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=5", "-i", wav, "-shortest", "-c:v", "libx264", "-preset", "ultrafast", "-g", "5", "-c:a", "aac", "-b:a", "96k", path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// The sound of a stream is compared as its picture is: an excerpt of twelve seconds is
// one finding, with its seconds, an item and the end of the stream.
func TestSoundOfAStream(t *testing.T) {
	t.Parallel()
	const rate = 44100
	known := testsound.Music(1, rate, 30)
	path := sounds(t, slices.Concat(testsound.Speech(2, rate, 6), known[8*rate:20*rate], testsound.Speech(3, rate, 7)))
	w := withFFmpeg(t, nil)
	w.listSound(t, "SOUNDS", 1)
	d := pushFile(t, w, "push", path)
	m := marksOf(d, live.MarkMatch)
	if len(m) != 1 || m[0].Of != live.GapOfSound || m[0].Bank != "SOUNDS" || m[0].Item == "" {
		t.Fatalf("%+v %+v", d.Marks, d.Counts)
	}
	if long := m[0].Until.Sub(m[0].From); long < 8*time.Second || long > 16*time.Second {
		t.Errorf("it went on for %s", long)
	}
	if d.Sound < 20 || d.Outcome != jaga.StateFindings || slices.Contains(d.Unchecked, "sound") {
		t.Errorf("%+v %v", d.Watch, d.Unchecked)
	}
	if clip := w.kept.ofItem(m[0].Item); len(clip) < 10_000 {
		t.Errorf("%d bytes of the stream are kept", len(clip))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.items) != 1 || w.items[0].Item.Kind != jaga.KindFrame || len(w.items[0].Outcome.Matches) != 1 {
		t.Fatalf("items %+v", w.items)
	}
	heard := w.items[0].Outcome.Matches[0].Sound
	if heard == nil || len(heard.Query) == 0 || heard.Query[0].From < 3 || heard.Query[0].From > 9 || heard.Stored[0].From < 5 || heard.Stored[0].From > 11 {
		t.Errorf("%+v", heard)
	}
}

// Sound that could not be compared is not checked: a tone has nothing to tell it by,
// and less than ten seconds are too few. Without a bank of sound it is not decoded.
func TestSoundNotCompared(t *testing.T) {
	t.Parallel()
	const rate = 44100
	w := withFFmpeg(t, nil)
	w.listSound(t, "SOUNDS", 1)
	for why, sound := range map[string][]float64{live.GapShort: testsound.Music(5, rate, 4), live.GapQuality: make([]float64, 15*rate)} {
		d := pushFile(t, w, "push", sounds(t, sound))
		gaps := gapsOf(d, live.GapOfSound)
		if len(gaps) != 1 || gaps[0].Why != why || d.Outcome != jaga.StateNotChecked {
			t.Errorf("%s: %+v %s", why, d.Marks, d.Outcome)
		}
	}
	other := withFFmpeg(t, nil)
	d := pushFile(t, other, "push", sounds(t, testsound.Music(5, rate, 12)))
	if len(gapsOf(d, live.GapOfSound)) != 0 || d.Sound != 0 || !slices.Contains(d.Unchecked, "sound") || d.Outcome != jaga.StateClear {
		t.Errorf("no bank of sound: %+v %v", d.Watch, d.Unchecked)
	}
}
