package model

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"testing"

	"github.com/jaga-project/jaga/convo/text"
)

func TestModelFileHoldsTheModel(t *testing.T) {
	t.Parallel()
	m, _ := trained(t, talk(8, 200, 0.3), 1)
	data := written(t, m)
	got, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got.Digest() != m.Digest() || got.Info() != m.Info() || got.Threshold() != m.Threshold() || got.Prior() != m.Prior() {
		t.Errorf("read %s %+v, wrote %s %+v", got.Digest(), got.Info(), m.Digest(), m.Info())
	}
	for _, s := range []string{"garlic", "the kick", "ok", ""} {
		if a, b := scoreOf(m, s, 12), scoreOf(got, s, 12); a != b {
			t.Errorf("%q: %v before and %v after", s, a, b)
		}
	}
	if !bytes.Equal(written(t, got), data) {
		t.Error("written again the file is another")
	}
}

func TestReadRefusesDamage(t *testing.T) {
	t.Parallel()
	m, _ := trained(t, talk(8, 120, 0.5), 5)
	data := written(t, m)
	t.Logf("%d bytes", len(data))
	for at := 0; at < len(data); at += 1 + at/50 {
		bad := bytes.Clone(data)
		bad[at] ^= 1 << (at % 8)
		if _, err := Read(bytes.NewReader(bad)); err == nil || (at != len(magic) && !errors.Is(err, ErrDamaged)) {
			t.Errorf("with byte %d changed: %v", at, err)
		}
		if _, err := Read(bytes.NewReader(data[:at])); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut at byte %d: %v", at, err)
		}
	}
	if _, err := Read(bytes.NewReader(append(bytes.Clone(data), 0))); !errors.Is(err, ErrDamaged) {
		t.Errorf("with one byte more: %v", err)
	}
	if _, err := Read(bytes.NewReader(make([]byte, MaxFile+1))); !errors.Is(err, ErrDamaged) {
		t.Errorf("too large: %v", err)
	}
}

// TestReadChecksTheNumbers takes files whose checksum holds and whose numbers
// no training gives.
func TestReadChecksTheNumbers(t *testing.T) {
	t.Parallel()
	m, _ := trained(t, talk(8, 120, 0.5), 5)
	for name, spoil := range map[string]func(*Model){
		"a calibration that falls": func(m *Model) { m.p.Message.A = 1 },
		"no calibration":           func(m *Model) { m.p.Whole.A = 0 },
		"no prior":                 func(m *Model) { m.p.Prior = 0 },
		"a threshold above 1":      func(m *Model) { m.p.Threshold = 2 },
		"other buckets":            func(m *Model) { m.info.Buckets = 7 },
		"a weight too many":        func(m *Model) { m.weights = append(m.weights, 1) },
	} {
		bad := newModel(cloned(m.weights))
		bad.info, bad.p = m.info, m.p
		spoil(bad)
		data, err := bad.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(bytes.NewReader(data)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func cloned(w []float32) []float32 { return append([]float32(nil), w...) }

func TestScoreAllocatesNothing(t *testing.T) {
	if info, _ := debug.ReadBuildInfo(); info != nil && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		t.Skip("under the race detector a pool drops what it is given")
	}
	m, _ := trained(t, talk(9, 120, 0.5), 5)
	var x text.Text
	x.Normalise("maybe we bake the dough tomorrow, 50rb 🔒")
	indicators := []int{3, 12}
	m.Score(&x, indicators)
	if n := testing.AllocsPerRun(200, func() { m.Score(&x, indicators) }); n != 0 {
		t.Errorf("%v allocations per message", n)
	}
}

func TestScoreIsConcurrent(t *testing.T) {
	t.Parallel()
	m, _ := trained(t, talk(9, 120, 0.5), 5)
	want := scoreOf(m, "garlic dough")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				if got := scoreOf(m, "garlic dough"); got != want {
					t.Errorf("%v, want %v", got, want)
				}
			}
		})
	}
	all.Wait()
}

func TestTally(t *testing.T) {
	t.Parallel()
	m, _ := trained(t, talk(9, 120, 0.5), 5)
	rnd := rand.New(rand.NewPCG(6, 6))
	for range 200 {
		var tally Tally
		last := m.Conversation(tally)
		for range 50 {
			m.Add(&tally, rnd.Float64()*float64(rnd.IntN(2))) // 0 among them
			p := m.Conversation(tally)
			if !(p >= last && p > 0 && p <= 1) || tally.Sum < 0 {
				t.Fatalf("%v after %v, tally %+v", p, last, tally)
			}
			last = p
		}
	}
	var quiet, late, once Tally
	for range 1000 {
		m.Add(&quiet, m.Prior()/2)
	}
	if quiet.Peak != 0 {
		t.Errorf("ordinary messages add up to %v", quiet.Peak)
	}
	late = quiet
	for range 5 {
		m.Add(&late, 0.99)
	}
	if late.Peak != 5*most {
		t.Errorf("after a long harmless beginning five messages add up to %v, want %v", late.Peak, 5*most)
	}
	if m.Add(&once, 1); once.Peak > most {
		t.Errorf("one message adds %v", once.Peak)
	}
}

// FuzzRead takes whatever stands between version and checksum, so that the
// checksum does not keep the fuzzer out.
func FuzzRead(f *testing.F) {
	m, _ := trained(f, talk(8, 120, 0.5), 5)
	small := newModel(make([]float32, dimensions))
	small.weights[3], small.weights[bias] = 1, -2
	small.info, small.p = m.info, m.p
	data := written(f, small)
	f.Add(data[len(magic)+1 : len(data)-sha256.Size])
	f.Add([]byte{})
	f.Add([]byte("\x02\x00\x00\x00{}\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, body []byte) {
		file := append(append([]byte(magic), fileVersion), body...)
		sum := sha256.Sum256(file)
		m, err := Read(bytes.NewReader(append(file, sum[:]...)))
		if err != nil {
			return
		}
		again, err := Read(bytes.NewReader(written(t, m)))
		if err != nil {
			t.Fatalf("what was read cannot be written and read: %v", err)
		}
		if p := scoreOf(again, "ab"); !(p >= 0 && p <= 1) || p != scoreOf(m, "ab") {
			t.Errorf("score %v", p)
		}
	})
}

func BenchmarkScore(b *testing.B) {
	m, _ := trained(b, talk(9, 120, 0.5), 5)
	var x text.Text
	x.Normalise("maybe we bake the dough tomorrow, ok then")
	b.ReportAllocs()
	for b.Loop() {
		m.Score(&x, nil)
	}
}
