package convo

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/pack"
	"pgregory.net/rapid"
)

// A few messages from a clock that is years ahead do not make everything after
// them too late to be read.
func TestClockAhead(t *testing.T) {
	t.Parallel()
	s := open(t, detector(t), "adult", "10-12")
	for i := range 10 {
		s.Observe(Message{ID: fmt.Sprint("odd", i), From: "a", To: []string{"b"}, At: time.Date(2199, 1, i+1, 0, 0, 0, 0, time.UTC), Act: "media"})
	}
	for i := range 200 {
		s.Observe(Message{ID: fmt.Sprint("q", i), From: "a", To: []string{"b"}, At: start.Add(time.Duration(i) * time.Minute), Act: "media"})
	}
	s.Observe(Message{ID: "x", From: "a", To: []string{"b"}, At: start.Add(200 * time.Minute), Act: "S-05"})
	if s.Band() != jaga.BandUrgent || s.Unread().Late != 0 {
		t.Errorf("the band is %v, and %d messages were late; want urgent and none", s.Band(), s.Unread().Late)
	}
}

// A repetition is recognised among the last maxSeen messages, whatever their
// times.
func TestRepetitionWithoutTimes(t *testing.T) {
	t.Parallel()
	s := open(t, detector(t), "adult", "10-12")
	send := func(i int) { s.Observe(Message{ID: fmt.Sprint("m", i), From: "a", To: []string{"b"}, Act: "media"}) }
	for i := range 500 {
		send(i)
		for k := max(0, i+1-maxSeen); k <= i; k++ {
			send(k)
		}
	}
	if s.Messages() != 500 {
		t.Errorf("%d messages were observed, want 500", s.Messages())
	}
}

// However many adults are in a room, a child in it is not overlooked.
func TestChildInLargeRoom(t *testing.T) {
	t.Parallel()
	s := detector(t).Open(Head{ID: "r", Channel: ChannelPublic}, nil)
	adult, _ := ParseAgeBand("adult")
	child, _ := ParseAgeBand("10-12")
	for i := range 1000 {
		s.Introduce(Person{ID: fmt.Sprint("p", i), Age: adult})
	}
	s.Introduce(Person{ID: "child", Age: child})
	s.Observe(Message{ID: "1", From: "p0", At: start, Act: "S-05"})
	if s.Band() != jaga.BandUrgent {
		t.Errorf("the band is %v, want urgent", s.Band())
	}
	if who := s.targetWho(s.index("child"), roomTo); who != pack.Adult {
		t.Errorf("what the child writes is for %v, want the adults", who)
	}
	if who := detector(t).Open(Head{People: []Person{{ID: "a", Age: adult}}}, nil).targetWho(0, roomTo); who != pack.Unknown {
		t.Errorf("nobody is known to read along, and the room is %v, want unknown", who)
	}
}

// Where there are more people than are told apart, none of them answers for
// what another wrote, and that it was not read is told.
func TestMorePeopleThanAreToldApart(t *testing.T) {
	t.Parallel()
	d := detector(t)
	s := d.Open(Head{ID: "r", Channel: ChannelPublic}, nil)
	child, _ := ParseAgeBand("10-12")
	s.Introduce(Person{ID: "child", Age: child})
	for len(s.people) < others {
		s.people = append(s.people, person{who: pack.Unknown})
	}
	s.Introduce(Person{ID: "late", Age: child, Role: "broadcaster"})
	s.Relate(Tie{A: "child", B: "late", Kind: "family", Verified: true})
	for i := range 3 {
		s.Observe(Message{ID: fmt.Sprint(i), From: fmt.Sprint("new", i), To: []string{"child"}, At: start, Act: "S-05"})
	}
	s.Observe(Message{ID: "paid", From: "child", To: []string{"late"}, At: start, Act: "gift", Payee: "new7", Amount: 1})
	for _, f := range s.Findings() {
		t.Errorf("%s must answer: %+v", f.From, f)
	}
	if s.Unread().Cut != 3 || len(s.people) != MaxPeople || s.people[others].who != pack.Unknown || len(s.hosts) != 0 {
		t.Errorf("%d messages are told as not read, want 3; %d people", s.Unread().Cut, len(s.people))
	}
}

// What somebody said of their age stays when the platform says nothing about
// it, and gives way to what it states.
func TestAgeThatWasSaid(t *testing.T) {
	t.Parallel()
	s := open(t, detector(t), "adult", "unknown")
	b := s.index("b")
	s.presume(b, pack.Minor)
	s.Introduce(Person{ID: "b", Followers: 3})
	if p := s.people[b]; p.who != pack.Minor || !p.said {
		t.Errorf("after an entry without an age: %+v", p)
	}
	adult, _ := ParseAgeBand("adult")
	s.Introduce(Person{ID: "b", Age: adult, Confidence: 0.3})
	if p := s.people[b]; p.who != pack.Minor || p.stated {
		t.Errorf("after an age of little confidence: %+v", p)
	}
	child, _ := ParseAgeBand("13")
	s.Introduce(Person{ID: "b", Age: child})
	if p := s.people[b]; p.who != pack.Minor || p.said || !p.stated {
		t.Errorf("after an age that is stated: %+v", p)
	}
}

// Every sketch that can come about can be written and read again.
func TestAmountsBeyondAll(t *testing.T) {
	t.Parallel()
	for _, amount := range []float64{1e300, -1, math.Inf(1), math.NaN()} {
		s := open(t, detector(t), "adult", "10-12")
		s.Observe(Message{ID: "1", From: "a", To: []string{"b"}, At: start, Act: "payment", Amount: amount})
		b, err := s.senders.Sender("a").AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := new(Sender).UnmarshalBinary(b); err != nil {
			t.Errorf("amount %v: %v", amount, err)
		}
	}
}

// The tallies that spare a look at everybody agree with one, also after a
// break.
func TestTallies(t *testing.T) {
	t.Parallel()
	d := detector(t)
	rapid.Check(t, func(rt *rapid.T) {
		ages := drawAges(rt)
		s := run(t, d, ages, drawMessages(rt, 1, 30))
		for i := range rapid.IntRange(0, 5).Draw(rt, "people") {
			age, _ := ParseAgeBand(rapid.SampledFrom(drawnAges).Draw(rt, "age"))
			s.Introduce(Person{ID: fmt.Sprint("p", i%3), Age: age, Role: rapid.SampledFrom([]string{"", "broadcaster"}).Draw(rt, "role")})
		}
		for _, s := range []*State{s, again(rt, d, s)} {
			var kinds [pack.Anyone + 1]int32
			var sighted [indicator.Count]int32
			hosts := 0
			for _, p := range s.people {
				kinds[p.who]++
				if p.Role == "broadcaster" {
					hosts++
				}
			}
			for _, p := range s.pairs {
				if p.evidence != nil {
					for _, e := range p.evidence.now.entries {
						sighted[e.code]++
					}
				}
			}
			if kinds != s.kinds || (s.sighted != nil && sighted != *s.sighted) || (s.sighted == nil && sighted != [indicator.Count]int32{}) || hosts != len(s.hosts) {
				rt.Fatalf("tallies %v %v %v, counted %v %v %d", s.kinds, s.sighted, s.hosts, kinds, sighted, hosts)
			}
		}
	})
}

// However much follows, a finding keeps evidence of its own.
func TestReasonsStay(t *testing.T) {
	t.Parallel()
	d := detector(t)
	for i := range d.cat {
		if d.cat[i].forms[material] != 1 || d.cat[i].target {
			continue
		}
		s, at := open(t, d, "adult", "10-12"), start
		say := func(code int) {
			at = at.Add(24 * time.Hour)
			s.Observe(Message{ID: at.String(), From: "a", To: []string{"b"}, At: at, Act: string(d.cat[code].id)})
		}
		say(i)
		for k := range d.cat {
			if d.cat[k].forms[material] == 0 && !d.cat[k].target {
				say(k)
				say(k)
			}
		}
		for _, f := range s.Findings() {
			if f.Form == jaga.FormCSAM && !slices.ContainsFunc(f.Because, func(r Reason) bool { return r.Indicator == d.cat[i].id }) {
				t.Errorf("%s made the finding and is no longer among its reasons: %+v", d.cat[i].id, f.Because)
			}
		}
	}
}

// Words do not turn into something that the platform saw when their place is
// forgotten.
func TestWordsAreNoActs(t *testing.T) {
	t.Parallel()
	s := open(t, detector(t), "adult", "10-12")
	p := s.pair(0, 1, start.UnixMilli())
	for i, code := range []uint8{s17, g07, g10, g11, g13, g14, g15, g16, g20, g21} {
		rel := 1.5
		if code == s17 {
			rel = 0.2
		}
		s.put(p, event{at: start.UnixMilli() + int64(i), code: code, rel: rel, ref: ref{id: fmt.Sprint(i), end: 5, view: 1}})
	}
	s.judge()
	if e := p.evidence.now.get(s17); e.ref.id != "" || e.acted {
		t.Errorf("got %+v, want words whose place is forgotten", e)
	}
	if b := p.evidence.band[sextortion]; b == uint8(jaga.BandUrgent) {
		t.Error("words of despair alone are urgent, as if the platform had seen them")
	}
}

// What somebody notes for themselves is not said to the other.
func TestNoteToOneself(t *testing.T) {
	t.Parallel()
	s := open(t, detector(t), "adult", "10-12")
	s.Observe(Message{ID: "1", From: "a", To: []string{"a"}, At: start, Act: "S-05"})
	s.Observe(Message{ID: "2", From: "a", To: []string{"a"}, At: start, Act: "payment", Amount: 3})
	s.Observe(Message{ID: "3", From: "a", To: []string{"a"}, At: start, Text: "dont tell anyone"})
	if len(s.order) != 0 || s.Messages() != 3 {
		t.Errorf("%d pairs have evidence, want none", len(s.order))
	}
}
