package engine_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/testsound"
)

// music is a piece of so many seconds that no other seed has.
func music(seed uint64, seconds float64) []int16 {
	return testsound.Samples(testsound.Music(seed, chroma.Rate, seconds))
}

// played is the sound at another speed.
func played(s []int16, speed float64) []int16 {
	out := make([]int16, int(float64(len(s)-1)/speed))
	for i := range out {
		at := float64(i) * speed
		k, part := int(at), at-math.Floor(at)
		out[i] = int16(float64(s[k])*(1-part) + float64(s[k+1])*part)
	}
	return out
}

func soundValue(t *testing.T, samples []int16) engine.Value {
	t.Helper()
	v, err := engine.SoundValue(chroma.Fingerprint(samples))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func soundSignal(t *testing.T, samples []int16) jaga.Signal {
	t.Helper()
	s, err := engine.SoundSignal(chroma.Fingerprint(samples))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func listen(t *testing.T, e *engine.Engine, every time.Duration) *engine.Ear {
	t.Helper()
	ear, err := e.Listen(every)
	if err != nil {
		t.Fatal(err)
	}
	return ear
}

// within reports whether there is one range, and its ends are true to two seconds.
func within(got []jaga.Range, from, to float64) bool {
	return len(got) == 1 && math.Abs(got[0].From-from) <= 2 && math.Abs(got[0].To-to) <= 2
}

// TestHeard: an excerpt in longer sound is found by the ear at another speed, by
// its words at its own only, with the seconds of both.
func TestHeard(t *testing.T) {
	t.Parallel()
	e := newEngine(t, bank(1, "SOUND", jaga.RoleMatch))
	known := music(1, 40)
	value := soundValue(t, known)
	insert(t, e, 1, 7, value)
	for _, speed := range []float64{1, 1.02, 0.98} {
		sound := slices.Concat(music(90, 20), played(known[10*chroma.Rate:22*chroma.Rate], speed), music(91, 9))
		ear := listen(t, e, 0)
		ear.Write(sound)
		ear.Flush()
		signal := soundSignal(t, sound)
		got := ask(t, e, engine.Query{Signals: []jaga.Signal{signal}, Ear: ear})
		if len(got) != 1 || got[0].Entry != 7 || got[0].Value != value.String() || got[0].Signal.Value != signal.Value || got[0].Distance > 3 || got[0].Threshold != 5 {
			t.Fatalf("at speed %v: %+v", speed, got)
		}
		s := got[0].Sound
		if !within(s.Query, 20, 20+12/speed) || !within(s.Stored, 10, 22) || s.StoredSeconds != 40 || math.Abs(s.QuerySeconds-29-12/speed) > 0.1 || math.Abs(s.Speed*speed-1) > 0.005 || s.Errors <= 0 || s.Errors > 15 {
			t.Errorf("at speed %v: %+v", speed, s)
		}
		bare := ask(t, e, engine.Query{Signals: []jaga.Signal{signal}})
		if speed == 1 && (len(bare) != 1 || !within(bare[0].Sound.Stored, 10, 22)) {
			t.Errorf("the words alone: %+v", bare)
		}
	}
	if got := ask(t, e, engine.Query{Signals: []jaga.Signal{soundSignal(t, music(2, 30))}}); len(got) != 0 {
		t.Errorf("other music matches: %+v", got)
	}
	if !e.Has(1, value, now.Unix()) || e.Has(2, value, now.Unix()) {
		t.Error("the entry is not where it is")
	}
	if st := e.Stats(); st.Entries[jaga.Chromaprint] != 1 || st.Bytes[jaga.Chromaprint] == 0 {
		t.Errorf("%+v", st)
	}
	if err := e.Delete(7, value); err != nil || e.Has(1, value, now.Unix()) {
		t.Errorf("a deleted entry is there, error %v", err)
	}
}

// TestEarFollows: an ear that listens while the banks change hears what is there,
// and forgets what it is told to.
func TestEarFollows(t *testing.T) {
	t.Parallel()
	e := newEngine(t, bank(1, "SOUND", jaga.RoleMatch))
	first, second := music(1, 30), music(2, 30)
	ear := listen(t, e, 5*time.Second)
	heard := func() (entries []int64) {
		for _, m := range ask(t, e, engine.Query{Signals: []jaga.Signal{{Type: jaga.Chromaprint, Value: soundValue(t, first).String()}}, Ear: ear}) {
			entries = append(entries, m.Entry)
		}
		return entries
	}
	ear.Write(first)
	if got := heard(); len(got) != 0 || !ear.Searched() {
		t.Errorf("without entries: %v, searched %v", got, ear.Searched())
	}
	insert(t, e, 1, 1, soundValue(t, first))
	ear.Write(first)
	if got := heard(); !slices.Equal(got, []int64{1}) {
		t.Errorf("after an entry came: %v", got)
	}
	// As a rebuild does.
	set, exact := emptyTables(t)
	sounds, digests := chroma.NewSet(nil), map[uint32][32]byte{}
	for i, s := range [][]int16{first, second} {
		if err := sounds.Insert(uint32(i+1), chroma.Fingerprint(s)); err != nil {
			t.Fatal(err)
		}
		digests[uint32(i+1)] = soundValue(t, s).Bytes
	}
	if err := e.Replace(engine.Tables{Banks: []engine.Bank{bank(1, "SOUND", jaga.RoleMatch)}, Spans: []engine.Span{{First: 1, Last: 2, Bank: 1}}, PDQ: set, Exact: exact, Sounds: sounds, SoundDigests: digests, Version: "v2"}); err != nil {
		t.Fatal(err)
	}
	ear.Write(second)
	if got := heard(); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("after new tables: %v", got)
	}
	if got := ear.Heard(); got != 90*time.Second {
		t.Errorf("heard %v", got)
	}
	ear.Forget(70 * time.Second)
	if got := heard(); !slices.Equal(got, []int64{2}) {
		t.Errorf("after forgetting: %v", got)
	}
	if err := e.Delete(2, soundValue(t, second)); err != nil {
		t.Fatal(err)
	}
	if got := heard(); len(got) != 0 {
		t.Errorf("an entry that is gone was heard: %v", got)
	}
	if _, err := engine.New().Listen(0); err != engine.ErrNotLoaded {
		t.Errorf("without tables: %v", err)
	}
}

// TestTooLittleSound: silence, a tone and sound that is too short match nothing,
// are not searched, and are no entries.
func TestTooLittleSound(t *testing.T) {
	t.Parallel()
	e := newEngine(t, bank(1, "SOUND", jaga.RoleMatch))
	insert(t, e, 1, 1, soundValue(t, music(1, 30)))
	for name, sound := range map[string][]int16{
		"silence": make([]int16, 20*chroma.Rate), "a tone": testsound.Samples(testsound.Tone(440, chroma.Rate, 20)), "four seconds": music(1, 4), "nothing": nil,
	} {
		ear := listen(t, e, 0)
		ear.Write(sound)
		ear.Flush()
		if ear.Searched() {
			t.Errorf("%s was searched", name)
		}
		signal := soundSignal(t, sound)
		if got := ask(t, e, engine.Query{Signals: []jaga.Signal{signal}}); len(got) != 0 || signal.Quality >= chroma.MinDetail {
			t.Errorf("%s matches %+v, quality %d", name, got, signal.Quality)
		}
		if e.Insert(1, 2, soundValue(t, sound)) == nil {
			t.Errorf("%s was stored", name)
		}
	}
}

// TestHarmlessSound: an allow entry speaks against sound that it covers and is
// nearer to, and not against more than that.
func TestHarmlessSound(t *testing.T) {
	t.Parallel()
	jingle, voice := music(5, 12), testsound.Samples(testsound.Speech(6, chroma.Rate, 15))
	whole := slices.Concat(jingle, voice)
	// The entry is a noisy copy, so that the allowed one is nearer.
	noisy := testsound.Samples(testsound.Mix(floats(whole), testsound.Noise(3, chroma.Rate, 27), 6))
	for _, c := range []struct {
		name       string
		allowed    []int16
		suppressed bool
	}{{"the jingle alone", jingle, false}, {"all of it", whole, true}} {
		e := newEngine(t, bank(1, "KNOWN", jaga.RoleMatch), bank(2, "BENIGN", jaga.RoleAllow))
		insert(t, e, 1, 1, soundValue(t, noisy))
		insert(t, e, 2, 2, soundValue(t, c.allowed))
		ear := listen(t, e, 0)
		ear.Write(whole)
		ear.Flush()
		matches := ask(t, e, engine.Query{Signals: []jaga.Signal{soundSignal(t, whole)}, Ear: ear})
		o := engine.Judge(matches, []jaga.Detector{jaga.DetectorSound}, nil, "v1")
		if len(matches) != 2 || (o.State() == jaga.StateClear) != c.suppressed {
			t.Errorf("%s: %d matches, %s: %+v", c.name, len(matches), o.State(), matches)
		}
	}
}

func floats(s []int16) []float64 {
	out := make([]float64, len(s))
	for i, v := range s {
		out[i] = float64(v) / math.MaxInt16
	}
	return out
}

func TestSoundTexts(t *testing.T) {
	t.Parallel()
	words := chroma.Fingerprint(music(1, 10))
	text, err := chroma.Encode(words)
	if err != nil {
		t.Fatal(err)
	}
	v, err := engine.ParseValue(jaga.Chromaprint, text)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := v.Sound(); err != nil || !slices.Equal(back, words) || v != soundValue(t, music(1, 10)) {
		t.Errorf("%d words, error %v", len(back), err)
	}
	bare, err := engine.ParseValue(jaga.Chromaprint, v.String())
	if err != nil || bare.Bytes != v.Bytes || bare.Words != "" {
		t.Errorf("%+v, error %v", bare, err)
	}
	if got, err := engine.ParseSignal(jaga.Signal{Type: jaga.Chromaprint, Value: v.String(), Words: text}); err != nil || got != v {
		t.Errorf("%+v, error %v", got, err)
	}
	for _, bad := range []string{"", "AQ", "AQAAA", text[:len(text)-4], "[1,2]"} {
		if _, err := engine.ParseValue(jaga.Chromaprint, bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	e := newEngine(t, bank(1, "A", jaga.RoleMatch))
	if e.Insert(1, 1, bare) == nil {
		t.Error("sound without its words was stored")
	}
}
