package convo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"pgregory.net/rapid"
)

// The laws of the aggregation, each for conversations of acts drawn at random.

// bands of people that are drawn; the first is the speaker's.
var drawnAges = []string{"adult", "unknown", "13-15", "10-12", "16-17"}

func drawMessages(t *rapid.T, from, max int) []Message {
	all := indicator.All()
	n := rapid.IntRange(from, max).Draw(t, "messages")
	at := start
	var out []Message
	for i := range n {
		at = at.Add(time.Duration(rapid.IntRange(1, 3600).Draw(t, "seconds")) * time.Second)
		m := Message{ID: fmt.Sprintf("m%03d", i), From: "a", To: []string{"b"}, At: at}
		switch rapid.IntRange(0, 9).Draw(t, "kind") {
		case 0:
			m.From, m.To, m.Act = "b", []string{"a"}, rapid.SampledFrom([]string{"refusal", "sent", "S-17", "W-06"}).Draw(t, "answer")
		case 1:
			m.Act, m.Category, m.Score = "category", "sexual", rapid.Float64Range(0, 1).Draw(t, "score")
		case 2:
			m.Act, m.Amount, m.Currency = "gift", 5, "usd"
		default:
			m.Act = string(all[rapid.IntRange(0, len(all)-1).Draw(t, "indicator")].ID)
		}
		out = append(out, m)
	}
	return out
}

func run(t testing.TB, d *Detector, ages [2]string, ms []Message) *State {
	s := open(t, d, ages[0], ages[1])
	for _, m := range ms {
		s.Observe(m)
	}
	return s
}

func drawAges(t *rapid.T) [2]string {
	return [2]string{rapid.SampledFrom(drawnAges).Draw(t, "speaker"), rapid.SampledFrom(drawnAges).Draw(t, "target")}
}

func bandsOf(s *State) map[string]jaga.Band {
	out := map[string]jaga.Band{}
	for _, f := range s.Findings() {
		out[f.From+">"+f.To+" "+string(f.Form)] = f.Band
	}
	return out
}

// More evidence never lowers the band.
func TestLawMonotone(t *testing.T) {
	t.Parallel()
	d := detector(t)
	rapid.Check(t, func(rt *rapid.T) {
		ages := drawAges(rt)
		ms := drawMessages(rt, 2, 14)
		// What opens the contact is context: the tempo counts from it.
		drop := rapid.IntRange(1, len(ms)-1).Draw(rt, "drop")
		less := slices.Delete(slices.Clone(ms), drop, drop+1)
		more, fewer := bandsOf(run(t, d, ages, ms)), bandsOf(run(t, d, ages, less))
		for k, b := range fewer {
			if more[k] < b {
				rt.Fatalf("%s: with %s (%s) the band is %v, without it %v", k, ms[drop].Act, ms[drop].ID, more[k], b)
			}
		}
	})
}

// Duplicates add nothing, wherever they come in.
func TestLawDuplicates(t *testing.T) {
	t.Parallel()
	d := detector(t)
	rapid.Check(t, func(rt *rapid.T) {
		ages := drawAges(rt)
		ms := drawMessages(rt, 1, 12)
		var twice []Message
		for i, m := range ms {
			twice = append(twice, m)
			if rapid.Bool().Draw(rt, "again") {
				twice = append(twice, ms[rapid.IntRange(0, i).Draw(rt, "which")])
			}
		}
		if a, b := result(rt, run(t, d, ages, ms)), result(rt, run(t, d, ages, twice)); a != b {
			rt.Fatalf("with duplicates\n%s\nwithout\n%s", b, a)
		}
	})
}

// Small reorderings do not change the result: a message may come a few places
// late.
func TestLawReordering(t *testing.T) {
	t.Parallel()
	d := detector(t)
	rapid.Check(t, func(rt *rapid.T) {
		ages := drawAges(rt)
		ms := drawMessages(rt, 2, 14)
		mixed := slices.Clone(ms)
		for i := 0; i+1 < len(mixed); i += 2 {
			if rapid.Bool().Draw(rt, "swap") {
				mixed[i], mixed[i+1] = mixed[i+1], mixed[i]
			}
		}
		a, b := run(t, d, ages, ms), run(t, d, ages, mixed)
		if x, y := fmt.Sprint(bandsOf(a)), fmt.Sprint(bandsOf(b)); x != y {
			rt.Fatalf("in order %s, reordered %s", x, y)
		}
	})
}

// Every finding lists at least one reason, and every reason explains itself.
func TestLawReasons(t *testing.T) {
	t.Parallel()
	d := detector(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := run(t, d, drawAges(rt), drawMessages(rt, 1, 20))
		for _, f := range s.Findings() {
			if len(f.Because) == 0 || f.FirstAt == "" || f.Band == jaga.BandNone {
				rt.Fatalf("a finding without reason, message or band: %+v", f)
			}
			for _, r := range append(slices.Clone(f.Because), f.Against...) {
				if r.Explain == "" || Explain(r.Indicator, "id") == "" {
					rt.Fatalf("%s explains nothing", r.Indicator)
				}
			}
		}
	})
}

// A state that was written and taken back goes on as if nothing had happened,
// and a pair takes at most 1 KiB.
func TestLawResume(t *testing.T) {
	t.Parallel()
	d := detector(t)
	rapid.Check(t, func(rt *rapid.T) {
		ages := drawAges(rt)
		ms := drawMessages(rt, 1, 40)
		cut := rapid.IntRange(0, len(ms)).Draw(rt, "cut")
		whole, broken := open(t, d, ages[0], ages[1]), open(t, d, ages[0], ages[1])
		for i, m := range ms {
			if i == cut {
				broken = again(rt, d, broken)
			}
			x, y := whole.Observe(m), broken.Observe(m)
			if fmt.Sprintf("%+v", x) != fmt.Sprintf("%+v", y) {
				rt.Fatalf("at %s: undisturbed %+v, resumed %+v", m.ID, x, y)
			}
		}
		a, _ := whole.AppendBinary(nil)
		b, _ := broken.AppendBinary(nil)
		if !bytes.Equal(a, b) {
			rt.Fatalf("the states differ after a resume")
		}
		for _, p := range whole.pairs {
			var w writer
			p.write(&w)
			if len(w.b) > 1024 {
				rt.Fatalf("a pair takes %d bytes", len(w.b))
			}
		}
	})
}

func again(t *rapid.T, d *Detector, s *State) *State {
	b, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	own := ownSenders{}
	for id, sender := range s.senders.(ownSenders) {
		sb, err := sender.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		var back Sender
		if err := back.UnmarshalBinary(sb); err != nil {
			t.Fatal(err)
		}
		own[id] = &back
	}
	out, err := d.Resume(b, own)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func result(t *rapid.T, s *State) string {
	b, err := json.Marshal(s.Result("en").Findings)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func FuzzResume(f *testing.F) {
	d := detector(f)
	s := open(f, d, "adult", "13-15")
	acts(s, "a G-13", "b refusal", "a G-20", "a S-05")
	b, err := s.AppendBinary(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := d.Resume(b, nil)
		if err != nil {
			return
		}
		acts(s, "a G-13", "b S-17")
		s.Result("id")
	})
}

func FuzzObserve(f *testing.F) {
	d := detector(f)
	f.Add("send me a pic", "a", "", int64(0))
	f.Add("im 13", "b", "category", int64(1<<62))
	f.Add("\xff\xfe\u200b dont tell anyone", "", "payment", int64(-5))
	f.Fuzz(func(t *testing.T, text, from, act string, at int64) {
		s := open(t, d, "unknown", "13-15")
		for range 3 {
			s.Observe(Message{From: from, Text: text, Act: act, At: time.Unix(at, 0), Score: 0.9, Category: "sexual", Amount: float64(at)})
		}
		if _, err := json.Marshal(s.Result("en")); err != nil {
			t.Fatal(err)
		}
	})
}
