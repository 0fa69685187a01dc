package chroma

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/testsound"
)

// library is a handful of recordings that the tests search.
func library(seconds float64) (sounds [][]int16, words [][]uint32) {
	for i := range uint64(6) {
		x := testsound.Music(200+i, Rate, seconds)
		if i%2 == 1 {
			x = testsound.Speech(200+i, Rate, seconds)
		}
		sounds = append(sounds, testsound.Samples(x))
		words = append(words, Fingerprint(sounds[i]))
	}
	return sounds, words
}

func setOf(t testing.TB, words [][]uint32) *Set {
	t.Helper()
	var b Builder
	for i, w := range words {
		if err := b.Add(uint32(i), w); err != nil {
			t.Fatal(err)
		}
	}
	x, err := b.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return NewSet(x)
}

func search(t testing.TB, s *Set, samples []int16) []Match {
	t.Helper()
	q, err := NewQuery(samples)
	if err != nil {
		t.Fatal(err)
	}
	return s.Search(q)
}

// TestSearch: ten seconds from anywhere, played at any speed up to 2 % wrong
// and mixed with noise, are found where they are, and nothing else is.
func TestSearch(t *testing.T) {
	t.Parallel()
	sounds, words := library(40)
	s := setOf(t, words)
	r := rand.New(rand.NewPCG(7, 7))
	for n := range 12 {
		id := n % len(sounds)
		speed := 0.98 + 0.04*r.Float64()
		from := r.IntN(25 * Rate)
		excerpt := resample(sounds[id][from:from+11*Rate], speed)[:10*Rate]
		for i := range excerpt {
			excerpt[i] += int16(r.NormFloat64() * 300)
		}
		got := search(t, s, excerpt)
		if len(got) != 1 || got[0].ID != uint32(id) {
			t.Errorf("excerpt of %d at speed %.3f: found %+v", id, speed, got)
			continue
		}
		m := got[0]
		begin := At(0) + time.Duration(from)*time.Second/Rate
		in := m.Recording.From - time.Duration(float64(m.Query.From)*speed)
		if off := (in - begin).Abs(); off > 300*time.Millisecond {
			t.Errorf("excerpt of %d: found %v beside its place", id, off)
		}
		if d := 1/m.Speed - speed; d < -0.007 || d > 0.007 {
			t.Errorf("excerpt of %d at speed %.4f: said to be %.4f", id, speed, 1/m.Speed)
		}
		if got := m.Query.To - m.Query.From; got < 8*time.Second {
			t.Errorf("excerpt of %d: only %v of ten seconds", id, got)
		}
	}
}

// TestSearchUnrelated: other music, speech, noise and tones match nothing.
func TestSearchUnrelated(t *testing.T) {
	t.Parallel()
	_, words := library(40)
	words = append(words, Fingerprint(testsound.Samples(testsound.Noise(1, Rate, 40))))
	s := setOf(t, words)
	for i := range uint64(6) {
		for _, x := range [][]float64{testsound.Music(300+i, Rate, 10), testsound.Speech(300+i, Rate, 10), testsound.Noise(300+i, Rate, 10), testsound.Sweep(50+float64(i), 3000, Rate, 10)} {
			if got := search(t, s, testsound.Samples(x)); len(got) != 0 {
				t.Errorf("unrelated sound matches: %+v", got)
			}
		}
	}
}

// TestFlat: what has too little detail is neither looked for nor taken in, and
// that is said.
func TestFlat(t *testing.T) {
	t.Parallel()
	for name, x := range map[string][]float64{
		"silence": make([]float64, 10*Rate),
		"tone":    testsound.Tone(440, Rate, 10),
		"noise":   testsound.Noise(5, Rate, 10),
	} {
		samples := testsound.Samples(x)
		q, err := NewQuery(samples)
		if err != nil {
			t.Fatal(err)
		}
		if q.Searched() || len(q.Flat()) != 1 {
			t.Errorf("%s: searched %v, flat %v", name, q.Searched(), q.Flat())
		}
		if err := NewSet(nil).Insert(1, Fingerprint(samples)); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%s was taken in: %v", name, err)
		}
	}
	if _, err := NewQuery(make([]int16, 4*Rate)); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("four seconds: %v", err)
	}
	if err := NewSet(nil).Insert(1, make([]uint32, MinWords-1)); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("four seconds were taken in: %v", err)
	}
	half := testsound.Samples(append(testsound.Music(1, Rate, 20), make([]float64, 20*Rate)...))
	q, err := NewQuery(half)
	if err != nil {
		t.Fatal(err)
	}
	if f := q.Flat(); !q.Searched() || len(f) != 1 || f[0].From < 17*time.Second || f[0].From > 25*time.Second {
		t.Errorf("music and silence: searched %v, flat %v", q.Searched(), f)
	}
}

// TestWordsQuery: words alone find their recording too.
func TestWordsQuery(t *testing.T) {
	t.Parallel()
	sounds, words := library(30)
	s := setOf(t, words)
	q, err := NewWordsQuery(Fingerprint(sounds[3][12345 : 12345+10*Rate]))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Search(q); len(got) != 1 || got[0].ID != 3 || got[0].Speed != 1 {
		t.Errorf("found %+v", got)
	}
	if _, err := NewWordsQuery(words[0][:MinWords-1]); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("too few words: %v", err)
	}
}

// TestShortRecording: a short recording is found within longer sound, and the
// match says which seconds.
func TestShortRecording(t *testing.T) {
	t.Parallel()
	clip := testsound.Samples(testsound.Music(40, Rate, 7))
	s := NewSet(nil)
	if err := s.Insert(9, Fingerprint(clip)); err != nil {
		t.Fatal(err)
	}
	film := slices.Concat(testsound.Samples(testsound.Speech(41, Rate, 75)), clip, testsound.Samples(testsound.Speech(42, Rate, 50)))
	l := s.Listen()
	for rest := film; len(rest) > 0; {
		n := min(len(rest), 7777)
		l.Write(rest[:n])
		rest = rest[n:]
	}
	l.Flush()
	got := l.Matches()
	if len(got) != 1 || got[0].ID != 9 || !l.Searched() {
		t.Fatalf("found %+v", got)
	}
	if f := got[0].Query; (f.From-75*time.Second).Abs() > time.Second || (f.To-82*time.Second).Abs() > time.Second {
		t.Errorf("found at %v, it is from 1m15s to 1m22s", f)
	}
}

// TestListenerLong: a recording that goes on over many searches is one match.
func TestListenerLong(t *testing.T) {
	t.Parallel()
	sound := testsound.Samples(testsound.Speech(50, Rate, 150))
	s := NewSet(nil)
	if err := s.Insert(1, Fingerprint(sound)); err != nil {
		t.Fatal(err)
	}
	l := s.Listen()
	l.Write(sound[20*Rate:])
	l.Flush()
	got := l.Matches()
	if len(got) != 1 {
		t.Fatalf("found %+v", got)
	}
	m := got[0]
	if m.Query.From > time.Second || m.Query.To < 128*time.Second || (m.Recording.From-m.Query.From-20*time.Second).Abs() > time.Second {
		t.Errorf("found %v in %v", m.Query, m.Recording)
	}
}

// TestListenOften: the sooner a listener searches, the sooner it has found what
// goes by; what it is told to forget is gone, and an empty set finds nothing but
// says what had too little detail.
func TestListenOften(t *testing.T) {
	t.Parallel()
	clip := testsound.Samples(testsound.Speech(60, Rate, 12))
	s := NewSet(nil)
	l := s.ListenEvery(2 * time.Second)
	l.Write(make([]int16, 20*Rate))
	if flat := l.Flat(); len(flat) != 1 || flat[0].From != 0 || flat[0].To < 15*time.Second || l.Searched() {
		t.Errorf("silence: %v, searched %v", flat, l.Searched())
	}
	if err := s.Insert(1, Fingerprint(clip)); err != nil {
		t.Fatal(err)
	}
	l.Write(clip)
	l.Write(make([]int16, 2*Rate))
	got := l.Matches()
	if len(got) != 1 || (got[0].Query.From-20*time.Second).Abs() > time.Second || got[0].Length.Round(time.Second) != 12*time.Second || l.Heard() != 34*time.Second {
		t.Fatalf("found %+v in %v", got, l.Heard())
	}
	l.Use(NewSet(nil))
	l.Forget(19 * time.Second)
	if len(l.Matches()) != 1 {
		t.Error("a match that had not ended was forgotten")
	}
	l.Forget(33 * time.Second)
	l.Write(clip)
	if got := l.Matches(); len(got) != 0 {
		t.Errorf("in an empty set: %+v", got)
	}
}

// TestSetChanges: what was inserted is found at once, what was deleted is not,
// also when both happen while the set is compacted.
func TestSetChanges(t *testing.T) {
	t.Parallel()
	sounds, words := library(20)
	s := setOf(t, words[:2])
	excerpt := func(i int) []int16 { return sounds[i][3*Rate : 13*Rate] }
	has := func(i int, want bool) {
		t.Helper()
		got := search(t, s, excerpt(i))
		if found := len(got) == 1 && got[0].ID == uint32(i); found != want || (!want && len(got) > 0) {
			t.Errorf("recording %d: found %+v, want %v", i, got, want)
		}
	}
	for i := 2; i < 5; i++ {
		has(i, false)
		if err := s.Insert(uint32(i), words[i]); err != nil {
			t.Fatal(err)
		}
		has(i, true)
	}
	if s.Len() != 5 || s.Pending() == 0 {
		t.Errorf("%d recordings, %d words pending", s.Len(), s.Pending())
	}
	if n := s.Delete(0); n != 1 {
		t.Errorf("deleted %d", n)
	}
	if n := s.Delete(3); n != 1 {
		t.Errorf("deleted %d", n)
	}
	if n := s.Delete(3); n != 0 {
		t.Errorf("deleted %d, again", n)
	}
	for range 2 {
		for i := range 5 {
			has(i, i != 0 && i != 3)
		}
		if _, err := s.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s.Len() != 3 || s.Pending() != 0 {
			t.Errorf("after Compact: %d recordings, %d words pending", s.Len(), s.Pending())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Compact(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	has(1, true)
}

// TestSetConcurrent: readers and a writer beside a Compact that takes long.
func TestSetConcurrent(t *testing.T) {
	t.Parallel()
	_, words := library(20)
	s := setOf(t, words[:1])
	q, err := NewWordsQuery(words[0])
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if _, err := s.Compact(context.Background()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if got := s.Search(q); len(got) != 1 || got[0].ID != 0 {
					t.Errorf("found %+v", got)
				}
			}
		}
	})
	live := map[uint32]bool{0: true}
	for range 120 {
		id := uint32(1 + r.IntN(20))
		if live[id] {
			if n := s.Delete(id); n != 1 {
				t.Errorf("deleted %d", n)
			}
			delete(live, id)
			continue
		}
		other := slices.Clone(words[1+r.IntN(5)])
		if err := s.Insert(id, other); err != nil {
			t.Fatal(err)
		}
		live[id] = true
	}
	close(stop)
	wg.Wait()
	if s.Len() != len(live) {
		t.Errorf("%d recordings, want %d", s.Len(), len(live))
	}
}

// TestFindAgainstScan: the postings of every word are all its places, whatever
// the number of buckets and however often a word stands.
func TestFindAgainstScan(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 300, 20000} {
		for _, values := range []int{3, 200, 1 << 30} {
			var b Builder
			want := map[uint32][]uint32{}
			at := uint32(0)
			for at < uint32(n) {
				rec := make([]uint32, 1+r.IntN(200))
				for i := range rec {
					if rec[i] = uint32(r.IntN(values)) * 2654435761; i == 0 || rec[i] != rec[i-1] {
						want[rec[i]] = append(want[rec[i]], at+uint32(i))
					}
				}
				at += uint32(len(rec))
				if err := b.Add(at, rec); err != nil {
					t.Fatal(err)
				}
			}
			x, err := b.Build(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for word, places := range want {
				got := slices.Clone(x.find(word))
				// With few buckets a tag does not tell every word from others.
				got = slices.DeleteFunc(got, func(p uint32) bool { return x.words[p] != word })
				if !slices.Equal(got, places) {
					t.Fatalf("%d words of %d values: %x is at %v, found %v", n, values, word, places, got)
				}
			}
		}
	}
}

func snapshot(t testing.TB, x *Index) []byte {
	t.Helper()
	var buf bytes.Buffer
	if n, err := x.WriteTo(&buf); err != nil || n != int64(buf.Len()) {
		t.Fatalf("wrote %d of %d: %v", n, buf.Len(), err)
	}
	return aligned(buf.Bytes())
}

// aligned copies data to an 8-byte boundary, where mapped files begin.
func aligned(data []byte) []byte {
	if len(data) == 0 {
		return nil
	}
	u := make([]uint64, (len(data)+7)/8)
	out := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(u))), len(data))
	copy(out, data)
	return out
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	sounds, words := library(20)
	s := setOf(t, words)
	x, err := s.Compact(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	data := snapshot(t, x)
	y, err := Load(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := search(t, NewSet(y), sounds[4][5*Rate:15*Rate]); len(got) != 1 || got[0].ID != 4 {
		t.Errorf("found %+v", got)
	}
	if e, err := Load(snapshot(t, empty())); err != nil || e.Len() != 0 {
		t.Errorf("an empty one: %v", err)
	}
	// Any one byte that changes is noticed, wherever it is.
	for at := 0; at < len(data); at += 1 + at%97 {
		data[at] ^= 0x10
		if _, err := Load(data); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Fatalf("byte %d changed: %v", at, err)
		}
		data[at] ^= 0x10
	}
	for _, n := range []int{0, 7, page, len(data) - page, len(data) - 1} {
		if _, err := Load(data[:n]); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	if _, err := Load(aligned(append(slices.Clone(data), 0))); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("a byte more: %v", err)
	}
}

// FuzzLoad: no file makes Load or a search in what it loaded panic, also when
// the sums were computed by whoever crafted it.
func FuzzLoad(f *testing.F) {
	_, words := library(8)
	var b Builder
	for i, w := range words[:2] {
		if err := b.Add(uint32(i), w); err != nil {
			f.Fatal(err)
		}
	}
	x, err := b.Build(context.Background())
	if err != nil {
		f.Fatal(err)
	}
	good := snapshot(f, x)
	q, err := NewWordsQuery(words[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, uint32(0), uint32(0))
	f.Add(good, uint32(page+4), uint32(7))
	f.Add(good[:page], uint32(8), uint32(1<<31))
	f.Fuzz(func(t *testing.T, data []byte, at, value uint32) {
		data = aligned(data)
		if len(data) >= page {
			reseal(data, int(at), value)
		}
		x, err := Load(data)
		if err == nil {
			NewSet(x).Search(q)
		}
	})
}
