package live

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
)

var start = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)

func hashOf(seed uint64) (h pdq.Hash) {
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range h {
		h[i] = byte(r.Uint32())
	}
	return h
}

// listed matches the hashes of a bank within its threshold.
func listed(bank string, band jaga.Band, hashes ...pdq.Hash) func(Shot) []jaga.Match {
	return func(s Shot) (out []jaga.Match) {
		for i, h := range hashes {
			if d := h.Distance(s.Hash); d <= 31 {
				out = append(out, jaga.Match{Bank: bank, Role: jaga.RoleMatch, Form: jaga.FormCSAM, Band: band, Entry: int64(i + 1), Distance: d, Threshold: 31})
			}
		}
		return out
	}
}

func flip(h pdq.Hash, bits int) pdq.Hash {
	for i := range bits {
		h[i/8] ^= 1 << (i % 8)
	}
	return h
}

// play observes a frame a second and returns what was found and ended, with the
// number of frames that were compared.
func play(t *testing.T, rule Rule, match func(Shot) []jaga.Match, frames ...pdq.Hash) (found, ended []Range, compared int) {
	t.Helper()
	w, err := NewWindow(rule, func(s Shot) []jaga.Match { compared++; return match(s) })
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range frames {
		seen := w.Observe(Shot{At: start.Add(time.Duration(i) * time.Second), Hash: h, Quality: 100})
		found, ended = append(found, seen.Found...), append(ended, seen.Ended...)
	}
	return found, ended, compared
}

func TestWindowWantsSeveralFrames(t *testing.T) {
	t.Parallel()
	a, b, c := hashOf(1), hashOf(2), hashOf(3)
	o := func(i uint64) pdq.Hash { return hashOf(100 + i) } // others
	bank := listed("KNOWN", jaga.BandUrgent, a, b, c)

	if found, _, _ := play(t, Rule{}, bank, o(1), a, o(2), o(3), o(4), o(5), o(6), b, o(7)); len(found) != 0 {
		t.Errorf("two single frames far apart made %v", found)
	}
	found, ended, _ := play(t, Rule{}, bank, o(1), flip(a, 9), b, o(2), c, o(3), o(4), o(5), o(6), o(7), o(8))
	if len(found) != 1 || len(ended) != 1 {
		t.Fatalf("found %d, ended %d, want one each", len(found), len(ended))
	}
	f, e := found[0], ended[0]
	if !f.From.Equal(start.Add(time.Second)) || f.Frames != 2 || f.Band != jaga.BandUrgent || f.Match.Distance != 0 || f.Match.Entry != 2 {
		t.Errorf("found %+v", f)
	}
	if !e.Until.Equal(start.Add(4*time.Second)) || e.Frames != 3 {
		t.Errorf("ended %+v, want three frames until second 4", e)
	}
}

func TestWindowSkipsTheSamePicture(t *testing.T) {
	t.Parallel()
	a, o := hashOf(1), hashOf(9)
	found, _, compared := play(t, Rule{}, listed("KNOWN", jaga.BandReview, a), o, a, flip(a, 3), flip(a, 5), flip(a, 2), o)
	if compared != 3 || len(found) != 1 {
		t.Errorf("compared %d frames of three pictures, found %v", compared, found)
	}
	if _, _, compared := play(t, Rule{Near: -1}, listed("KNOWN", jaga.BandReview, a), o, o, o); compared != 3 {
		t.Errorf("compared %d of 3 frames although each is to be", compared)
	}
}

func TestWindowIgnoresWhatIsSuppressed(t *testing.T) {
	t.Parallel()
	a := hashOf(1)
	match := func(s Shot) []jaga.Match {
		list := listed("KNOWN", jaga.BandReview, a)(s)
		for i := range list {
			list[i].Suppressed = jaga.SuppressedAllow
		}
		return append(list, jaga.Match{Bank: "HARMLESS", Role: jaga.RoleAllow})
	}
	if found, _, _ := play(t, Rule{Near: -1}, match, a, a, a, a); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

// A gap ends a window: frames before and after it are not counted together.
func TestWindowBreaks(t *testing.T) {
	t.Parallel()
	a := hashOf(1)
	w, err := NewWindow(Rule{Near: -1}, listed("KNOWN", jaga.BandReview, a))
	if err != nil {
		t.Fatal(err)
	}
	w.Observe(Shot{At: start, Hash: a, Quality: 100})
	if got := w.Break(); len(got) != 0 {
		t.Errorf("a single frame was told of: %v", got)
	}
	if seen := w.Observe(Shot{At: start.Add(time.Minute), Hash: a, Quality: 100}); len(seen.Found) != 0 {
		t.Error("a frame before the gap counts after it")
	}
	if seen := w.Observe(Shot{At: start.Add(61 * time.Second), Hash: a, Quality: 100}); len(seen.Found) != 1 || len(w.Open()) != 1 || len(w.Break()) != 1 {
		t.Error("two frames after the gap make no range")
	}
}

func TestRuleIsChecked(t *testing.T) {
	t.Parallel()
	for _, r := range []Rule{{Matching: 3, Of: 2}, {Matching: 0, Of: 4}, {Matching: 1, Of: 500}, {Matching: 1, Of: 1, Near: 40}} {
		if _, err := NewWindow(r, nil); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%+v: %v", r, err)
		}
	}
}
