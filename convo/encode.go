package convo

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/pack"
)

// stateMagic starts an encoded state; its last byte is the version of the
// form.
const stateMagic = "JGCS\x01"

// senderMagic starts an encoded sender's sketch.
const senderMagic = "JGSN\x01"

// AppendBinary appends the state to b. What was observed is all in it, apart
// from the sketches of senders, which have an encoding of their own. Equal
// states have equal bytes.
func (s *State) AppendBinary(b []byte) ([]byte, error) {
	w := writer{append(b, stateMagic...)}
	w.u(indicator.Count)
	w.u(uint64(len(s.d.packs)))
	for _, p := range s.d.packs {
		w.s(p.Name)
	}
	w.bools(s.lost)
	w.s(s.id)
	w.s(string(s.channel))
	w.u(uint64(s.caps &^ s.d.have))
	w.i(s.last)
	w.u(s.messages)
	w.u(uint64(s.cut))
	w.u(uint64(s.odd))
	w.u(uint64(s.late))
	w.u(uint64(s.horizon))
	w.u(uint64(len(s.seen)))
	for _, one := range s.seen {
		w.b = binary.LittleEndian.AppendUint32(w.b, one.id)
		w.u(uint64(one.at))
	}
	w.u(uint64(len(s.people)))
	for i := range s.people {
		s.people[i].write(&w)
	}
	writeSorted(&w, s.ties, func(k pairKey, t Tie) {
		w.s(t.A)
		w.s(t.B)
		w.s(t.Kind)
		w.bools(t.Verified)
		w.time(t.Since)
		w.i(int64(t.Mutual))
	})
	review := make([]string, 0, len(s.review))
	for id := range s.review {
		review = append(review, id)
	}
	slices.Sort(review)
	w.u(uint64(len(review)))
	for _, id := range review {
		w.s(id)
	}
	w.u(uint64(len(s.direct)))
	for _, d := range s.direct {
		w.i(int64(d.from))
		w.i(d.at)
	}
	joined := make([]int32, 0, len(s.joined))
	for i := range s.joined {
		joined = append(joined, i)
	}
	slices.Sort(joined)
	w.u(uint64(len(joined)))
	for _, i := range joined {
		w.i(int64(i))
		w.i(s.joined[i])
	}
	writeSorted(&w, s.pairs, func(_ pairKey, p *pair) { p.write(&w) })
	w.u(uint64(len(s.order)))
	for _, k := range s.order {
		w.i(int64(k.from))
		w.i(int64(k.to))
	}
	return w.b, nil
}

func (w *writer) time(t time.Time) {
	if t.IsZero() {
		w.i(0)
		return
	}
	w.i(t.UnixMilli())
}

func (r *reader) time() time.Time {
	ms := r.i()
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// writeSorted writes a map in the order of its keys.
func writeSorted[V any](w *writer, m map[pairKey]V, write func(pairKey, V)) {
	keys := make([]pairKey, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b pairKey) int {
		if a.from != b.from {
			return int(a.from) - int(b.from)
		}
		return int(a.to) - int(b.to)
	})
	w.u(uint64(len(keys)))
	for _, k := range keys {
		write(k, m[k])
	}
}

func (p *person) write(w *writer) {
	w.s(p.ID)
	w.bools(p.Age.Known, p.Verified, p.said, p.stated, p.hint, p.doubt)
	w.u(uint64(p.Age.Lo))
	w.u(uint64(p.Age.Hi))
	w.f(p.Confidence)
	w.s(p.Role)
	w.i(p.Followers)
	w.time(p.Created)
	w.byte(uint8(p.who))
}

func (p *person) read(r *reader) {
	p.ID = r.s()
	flags := r.byte()
	p.Age.Known, p.Verified, p.said, p.stated, p.hint, p.doubt = r.flag(flags, 0), r.flag(flags, 1), r.flag(flags, 2), r.flag(flags, 3), r.flag(flags, 4), r.flag(flags, 5)
	p.Age.Lo, p.Age.Hi = r.below(maxAge+1), r.below(maxAge+1)
	p.Confidence = r.f()
	p.Role = r.s()
	p.Followers = r.i()
	p.Created = r.time()
	p.who = pack.Who(r.byte()) & pack.Anyone
}

// write puts a pair in its place: a quiet one takes about 20 bytes.
func (p *pair) write(w *writer) {
	w.i(int64(p.from))
	w.i(int64(p.to))
	w.i(p.first)
	w.i(p.last - p.first)
	w.u(uint64(p.n))
	w.u(uint64(p.questions))
	w.u(uint64(p.nights))
	w.u(uint64(p.days))
	w.i(int64(p.day))
	w.events(p.pre, p.first)
	w.i(p.asked)
	w.f(p.tally.Sum)
	w.f(p.tally.Peak)
	if p.evidence == nil {
		w.byte(0)
		return
	}
	w.byte(1)
	e := p.evidence
	w.bools(e.chained)
	w.u(uint64(e.quietDays))
	e.base.write(w, p.first)
	w.events(e.window, p.first)
	for f := range e.band {
		w.byte(e.band[f])
		if e.band[f] != 0 {
			w.s(e.firstAt[f])
		}
	}
}

func (w *writer) events(list []event, first int64) {
	w.u(uint64(len(list)))
	for _, ev := range list {
		w.i(ev.at - first)
		w.byte(ev.code)
		w.bools(ev.near, ev.quoted)
		w.f(ev.rel)
		ev.ref.write(w)
	}
}

func (r *reader) events(limit int, first int64) []event {
	var out []event
	for range r.n(limit) {
		var ev event
		ev.at = first + r.i()
		ev.code = r.byte()
		flags := r.byte()
		ev.near, ev.quoted = r.flag(flags, 0), r.flag(flags, 1)
		ev.rel = r.f()
		ev.ref.read(r)
		out = append(out, ev)
	}
	return out
}

func (v *ref) write(w *writer) {
	w.s(v.id)
	w.u(uint64(v.start))
	w.u(uint64(v.end))
	w.byte(v.view)
	w.byte(v.pack)
}

func (v *ref) read(r *reader) {
	v.id = r.s()
	v.start, v.end = int32(r.below(1<<31-1)), int32(r.below(1<<31-1))
	v.view = r.byte()
	v.pack = r.byte()
	if int(v.view) >= len(viewNames) || v.start > v.end {
		r.fail()
		*v = ref{}
	}
	switch {
	case int(v.pack) > len(r.packs):
		r.fail()
		*v = ref{}
	case v.pack > 0:
		v.pack = r.packs[v.pack-1]
	}
}

func (c *core) write(w *writer, first int64) {
	w.u(uint64(len(c.entries)))
	for i := range c.entries {
		e := &c.entries[i]
		w.byte(e.code)
		w.bools(e.quoted, e.acted)
		w.u(uint64(e.n))
		w.f(e.x)
		w.i(e.last - first)
		w.f(e.best)
		e.ref.write(w)
	}
	for _, t := range c.seq.times() {
		if *t == 0 {
			w.byte(0)
			continue
		}
		w.i(*t - first + 1)
	}
	for f := range c.peak {
		w.byte(c.peak[f])
		if c.peak[f] != 0 {
			w.s(c.peakAt[f])
		}
	}
}

// times lists the fields, so that writing and reading cannot differ.
func (q *sequence) times() []*int64 {
	return []*int64{&q.firstReq, &q.lastReq, &q.refusal, &q.threat, &q.demand, &q.sent, &q.vulnerable,
		&q.role, &q.topic, &q.hedge, &q.gift, &q.direct, &q.near, &q.report, &q.block, &q.minor, &q.firstGift, &q.firstRefusal, &q.model}
}

func (c *core) read(r *reader, first int64) {
	n := r.n(maxEntries)
	for range n {
		var e entry
		e.code = r.byte()
		flags := r.byte()
		e.quoted, e.acted = r.flag(flags, 0), r.flag(flags, 1)
		e.n = uint16(r.below(1 << 16))
		e.x = r.f()
		e.last = first + r.i()
		e.best = r.f()
		e.ref.read(r)
		if int(e.code) >= indicator.Count || (len(c.entries) > 0 && c.entries[len(c.entries)-1].code >= e.code) {
			r.fail()
			return
		}
		c.entries = append(c.entries, e)
	}
	for _, t := range c.seq.times() {
		if v := r.i(); v != 0 {
			*t = v + first - 1
		}
	}
	for f := range c.peak {
		c.peak[f] = r.byte()
		if c.peak[f] > 3 {
			r.fail()
			c.peak[f] = 0
		}
		if c.peak[f] != 0 {
			c.peakAt[f] = r.s()
		}
	}
}

// Resume takes back a state that [State.AppendBinary] wrote with the same
// catalogue; packs may have come, gone or changed. What comes after it is observed as if there had been no break. Bytes
// that are damaged are refused whole.
func (d *Detector) Resume(b []byte, senders Senders) (*State, error) {
	const op = "resume conversation"
	if len(b) < len(stateMagic) || string(b[:len(stateMagic)]) != stateMagic {
		return nil, wrap(op, errDamaged)
	}
	r := &reader{b: b[len(stateMagic):]}
	// Codes are places in the catalogue. A state of another catalogue is
	// not read as if it were of this one.
	if r.u() != indicator.Count {
		return nil, wrap(op, errCatalogue)
	}
	for range r.n(255) {
		name := r.s()
		at := slices.IndexFunc(d.packs, func(p *pack.Pack) bool { return p.Name == name })
		r.packs = append(r.packs, uint8(at+1)) // 0 for one that is no longer used
	}
	lost := r.flag(r.byte(), 0)
	s := d.Open(Head{ID: r.s(), Channel: Channel(r.s())}, senders)
	s.lost = lost
	s.caps |= indicator.Capability(r.below(1 << 8))
	s.last = r.i()
	s.messages = r.u()
	s.cut, s.odd = uint32(r.below(1<<32)), uint32(r.below(1<<32))
	s.late = uint32(r.below(1 << 32))
	s.horizon = uint32(r.below(1 << 32))
	for range r.n(maxSeen) {
		s.seen = append(s.seen, seen{r.u32(), uint32(r.below(1 << 32))})
	}
	people := r.n(MaxPeople)
	for range people {
		var p person
		p.read(r)
		if _, twice := s.byID[p.ID]; twice && r.err == nil {
			r.fail()
		}
		s.byID[p.ID] = int32(len(s.people))
		s.people = append(s.people, p)
		s.kinds[p.who]++
		s.host(int32(len(s.people) - 1))
		if r.err != nil {
			return nil, wrap(op, r.err)
		}
	}
	for range r.n(1 << 24) {
		t := Tie{A: r.s(), B: r.s(), Kind: r.s()}
		t.Verified = r.flag(r.byte(), 0)
		t.Since = r.time()
		t.Mutual = int(r.i())
		_, hasA := s.byID[ShortID(t.A)]
		_, hasB := s.byID[ShortID(t.B)]
		if !hasA || !hasB {
			r.fail()
			break
		}
		caps := s.caps
		s.Relate(t)
		s.caps = caps
	}
	for range r.n(1 << 24) {
		if s.review == nil {
			s.review = map[string]bool{}
		}
		s.review[r.s()] = true
	}
	for range r.n(16) {
		s.direct = append(s.direct, directing{int32(r.place(people, false)), r.i()})
	}
	for range r.n(1 << 16) {
		if s.joined == nil {
			s.joined = map[int32]int64{}
		}
		s.joined[int32(r.place(people, false))] = r.i()
	}
	for range r.n(1 << 30) {
		p := &pair{}
		p.read(r, people)
		if r.err != nil {
			return nil, wrap(op, r.err)
		}
		s.pairs[pairKey{p.from, p.to}] = p
	}
	// What was seen depends on the other direction too, so all are read first.
	for _, p := range s.pairs {
		if e := p.evidence; e != nil {
			e.now = e.base.clone()
			for _, w := range e.window {
				s.fold(p, &e.now, w)
			}
			s.sight(&e.now, 1)
		}
	}
	for range r.n(1 << 30) {
		k := pairKey{int32(r.place(people, true)), int32(r.place(people, true))}
		if p := s.pairs[k]; p == nil || p.evidence == nil {
			r.fail()
			break
		}
		s.order = append(s.order, k)
	}
	if r.err == nil && len(r.b) > 0 {
		r.fail()
	}
	if r.err != nil {
		return nil, wrap(op, r.err)
	}
	return s, nil
}

// place reads a person's place.
func (r *reader) place(people int, room bool) int64 {
	v := r.i()
	if v >= int64(people) || v < -1 || (v == -1 && !room) {
		r.fail()
		return 0
	}
	return v
}

func (p *pair) read(r *reader, people int) {
	p.from, p.to = int32(r.place(people, false)), int32(r.place(people, true))
	p.first = r.i()
	p.last = p.first + r.i()
	p.n, p.questions, p.nights = uint32(r.below(1<<32)), uint32(r.below(1<<32)), uint32(r.below(1<<32))
	p.days = uint16(r.below(1 << 16))
	p.day = int32(r.i())
	p.pre = r.events(maxPre, p.first)
	p.asked = r.i()
	p.tally.Sum, p.tally.Peak = r.f(), r.f()
	if r.byte() == 0 {
		return
	}
	e := &evidence{}
	e.chained = r.flag(r.byte(), 0)
	e.quietDays = uint16(r.below(1 << 16))
	e.base.read(r, p.first)
	e.window = r.events(maxWindow, p.first)
	for f := range e.band {
		e.band[f] = r.byte()
		if e.band[f] > 3 {
			r.fail()
			e.band[f] = 0
		}
		if e.band[f] != 0 {
			e.firstAt[f] = r.s()
		}
	}
	p.evidence = e
}

// AppendBinary appends the sketch to b.
func (s *Sender) AppendBinary(b []byte) ([]byte, error) {
	w := writer{append(b, senderMagic...)}
	w.u(uint64(len(s.contacts)))
	for _, c := range s.contacts {
		w.u(uint64(c.to))
		w.u(uint64(c.opener))
		w.i(c.at)
		w.bools(c.minor)
	}
	w.u(uint64(len(s.payments)))
	for _, p := range s.payments {
		w.i(p.at)
		w.f(float64(p.amount))
		w.u(uint64(p.payee))
		w.bools(p.tied, p.worded)
	}
	w.byte(s.statedLo)
	w.byte(s.statedHi)
	w.u(uint64(len(s.serial)))
	for _, v := range s.serial {
		w.u(uint64(v))
	}
	w.u(uint64(len(s.calls)))
	for _, v := range s.calls {
		w.i(v)
	}
	w.u(s.link)
	w.byte(s.linkN)
	w.i(s.linkAt)
	w.i(s.offers)
	return w.b, nil
}

// UnmarshalBinary takes back what [Sender.AppendBinary] wrote.
func (s *Sender) UnmarshalBinary(b []byte) error {
	const op = "read sender"
	if len(b) < len(senderMagic) || string(b[:len(senderMagic)]) != senderMagic {
		return wrap(op, errDamaged)
	}
	r := &reader{b: b[len(senderMagic):]}
	var out Sender
	for range r.n(maxContacts) {
		c := contact{to: uint32(r.below(1 << 32)), opener: uint32(r.below(1 << 32)), at: r.i()}
		c.minor = r.flag(r.byte(), 0)
		out.contacts = append(out.contacts, c)
	}
	for range r.n(maxPayments) {
		p := payment{at: r.i(), amount: float32(r.f()), payee: uint32(r.below(1 << 32))}
		flags := r.byte()
		p.tied, p.worded = r.flag(flags, 0), r.flag(flags, 1)
		out.payments = append(out.payments, p)
	}
	out.statedLo, out.statedHi = r.byte(), r.byte()
	for range r.n(maxSerial) {
		out.serial = append(out.serial, uint32(r.below(1<<32)))
	}
	for range r.n(maxCalls) {
		out.calls = append(out.calls, r.i())
	}
	out.link, out.linkN, out.linkAt, out.offers = r.u(), r.byte(), r.i(), r.i()
	if r.err == nil && len(r.b) > 0 {
		r.fail()
	}
	if r.err != nil {
		return wrap(op, r.err)
	}
	*s = out
	return nil
}
