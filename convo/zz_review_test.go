package convo

import (
	"fmt"
	"testing"
	"time"

	"github.com/jaga-project/jaga/convo/indicator"
)

func TestZZHorizon(t *testing.T) {
	d := detector(t)
	s := open(t, d, "adult", "10-12")
	s.Observe(Message{ID: "odd", From: "a", To: []string{"b"}, At: time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC), Act: "media"})
	for i := range 70 {
		s.Observe(Message{ID: fmt.Sprint("q", i), From: "a", To: []string{"b"}, At: start.Add(time.Duration(i) * time.Minute), Act: "media"})
	}
	f := s.Observe(Message{ID: "x", From: "a", To: []string{"b"}, At: start.Add(3 * time.Hour), Act: "S-05"})
	t.Logf("findings after one message of 2199: %d, unread %+v", len(f), s.Unread())
}

func TestZZRoom(t *testing.T) {
	d := detector(t)
	for _, n := range []int{200, 300} {
		s := d.Open(Head{ID: "r", Channel: ChannelPublic}, nil)
		adult, _ := ParseAgeBand("adult")
		kid, _ := ParseAgeBand("10-12")
		s.Introduce(Person{ID: "a", Age: adult})
		for i := range n {
			s.Introduce(Person{ID: fmt.Sprint("p", i), Age: adult})
		}
		s.Introduce(Person{ID: "kid", Age: kid})
		var all []Finding
		for i, act := range []string{"G-11", "G-13", "G-20", "S-05"} {
			all = append(all, s.Observe(Message{ID: fmt.Sprint(i), From: "a", At: start, Act: act})...)
		}
		t.Logf("%d adults and a child: %d findings, band %v", n, len(all), s.Band())
	}
}

func TestZZReason(t *testing.T) {
	d := detector(t)
	s := open(t, d, "adult", "10-12")
	at := start
	all := indicator.All()
	s.Observe(Message{ID: "c", From: "a", To: []string{"b"}, At: at, Act: "C-01"})
	n := 0
	for i := range all {
		if d.cat[i].forms[material] != 0 || d.cat[i].target {
			continue
		}
		at = at.Add(time.Hour)
		for k := range 3 {
			s.Observe(Message{ID: fmt.Sprint(i, "-", k), From: "a", To: []string{"b"}, At: at, Act: string(all[i].ID)})
		}
		n++
	}
	for _, f := range s.Findings() {
		if f.Form == "csam" {
			t.Logf("csam %v because %+v", f.Band, f.Because)
		}
	}
}

func TestZZTrim(t *testing.T) {
	d := detector(t)
	s := open(t, d, "adult", "10-12")
	p := s.pair(0, 1, start.UnixMilli())
	// s17 by words, then eight heavier signs of grooming by words
	s.put(p, event{at: start.UnixMilli(), code: s17, rel: 0.3, ref: ref{id: "w", start: 0, end: 5, view: 1, pack: 1}})
	s.judge()
	t.Logf("words alone: %v", s.Band())
	for i, c := range []uint8{g05, g06, g08, g09, g10, g11, g12, g13, g15} {
		s.put(p, event{at: start.UnixMilli() + int64(i+1), code: c, rel: 1.5, ref: ref{id: fmt.Sprint("g", i), start: 0, end: 5, view: 1, pack: 1}})
		for _, f := range s.judge() {
			t.Logf("after %s: %s %v ref %+v", d.cat[c].id, f.Form, f.Band, p.evidence.now.get(s17).ref)
		}
	}
}

func TestZZMax(t *testing.T) {
	d := detector(t)
	s := d.Open(Head{ID: "r", Channel: ChannelPublic}, nil)
	for i := range MaxPeople {
		s.index(fmt.Sprint("p", i))
	}
	kid, _ := ParseAgeBand("10-12")
	last := s.people[MaxPeople-1].ID
	s.Introduce(Person{ID: "somebody else", Age: kid})
	t.Logf("last is %s, now %s age %v", last, s.people[MaxPeople-1].ID, s.people[MaxPeople-1].Age)
	for i := range 3 {
		for _, f := range s.Observe(Message{ID: fmt.Sprint(i), From: fmt.Sprint("new", i), To: []string{"p1"}, At: start, Act: "S-05"}) {
			t.Logf("finding from %s", f.From)
		}
	}
	b, _ := s.AppendBinary(nil)
	t0 := time.Now()
	_, err := d.Resume(b, nil)
	t.Log(len(b), time.Since(t0), err)
}

func TestZZSaid(t *testing.T) {
	d := detector(t)
	s := open(t, d, "adult", "unknown")
	s.presume(1, 2)
	s.Introduce(Person{ID: "b"})
	t.Logf("who after a participant entry without an age: %v said %v", s.people[1].who, s.people[1].said)
}

func TestZZCost(t *testing.T) {
	d := detector(t)
	for _, n := range []int{10_000, 100_000} {
		s := d.Open(Head{ID: "r", Channel: ChannelLive}, nil)
		for i := range n {
			s.Introduce(Person{ID: fmt.Sprint("p", i)})
		}
		s.Introduce(Person{ID: "host", Role: "broadcaster"})
		t0 := time.Now()
		for i := range 1000 {
			s.Observe(Message{ID: fmt.Sprint("h", i), From: fmt.Sprint("p", i), At: start, Text: "hello"})
		}
		t.Logf("%d viewers: %v a message", n, time.Since(t0)/1000)
		for i := range n {
			s.Observe(Message{ID: fmt.Sprint("m", i), From: fmt.Sprint("p", i), At: start, Act: "G-06"})
		}
		t0 = time.Now()
		f := 0
		for i := range 100 {
			f += len(s.Observe(Message{ID: fmt.Sprint("u", i), From: fmt.Sprint("p", i), At: start, Act: "S-05"}))
		}
		t.Logf("%d pairs with evidence: %v a message that makes findings (%d)", len(s.order), time.Since(t0)/100, f)
		t0 = time.Now()
		b, _ := s.AppendBinary(nil)
		t.Logf("%d bytes in %v", len(b), time.Since(t0))
	}
}
