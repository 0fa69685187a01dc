package convo

import (
	"cmp"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/pack"
)

// Findings returns all findings of the conversation as it stands, the most
// urgent first.
func (s *State) Findings() []Finding {
	var out []Finding
	for _, k := range s.order {
		p := s.pairs[k]
		for f := range p.evidence.band {
			if p.evidence.band[f] > uint8(jaga.BandNone) {
				out = append(out, s.finding(p, f))
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Finding) int {
		return cmp.Or(int(b.Band)-int(a.Band), cmp.Compare(len(b.Because), len(a.Because)))
	})
	return out
}

// Changed returns, as they stand, the findings of those whose evidence the
// last message changed, whether or not it raised a band: their reasons have
// become more.
func (s *State) Changed() []Finding {
	var out []Finding
	for _, k := range s.changed {
		p := s.pairs[k]
		for f := range p.evidence.band {
			if p.evidence.band[f] > uint8(jaga.BandNone) {
				out = append(out, s.finding(p, f))
			}
		}
	}
	return out
}

// Band returns the highest band of the findings.
func (s *State) Band() jaga.Band {
	b := uint8(0)
	for _, k := range s.order {
		for _, v := range s.pairs[k].evidence.band {
			b = max(b, v)
		}
	}
	return jaga.Band(b)
}

// Messages returns how many messages were observed.
func (s *State) Messages() uint64 { return s.messages }

// ID returns the conversation's identifier.
func (s *State) ID() string { return s.id }

// finding draws up what is known of a pair for one form.
func (s *State) finding(p *pair, form int) Finding {
	e := p.evidence
	ctx := s.context(p)
	f := Finding{
		Conversation: s.id, Form: formOf(form), Harm: formOf(form).Harm(), Band: jaga.Band(e.band[form]),
		From: s.people[p.from].ID, To: "*", FirstAt: e.firstAt[form],
		Power: s.power(p, &ctx), Because: []Reason{}, Against: []Reason{},
		NotChecked: s.notChecked(form), Version: s.d.version,
	}
	f.FromAge = s.people[p.from].ageWords()
	if p.to >= 0 {
		f.To, f.ToAge = s.people[p.to].ID, s.people[p.to].ageWords()
	}
	if ctx.speaker == pack.Minor {
		f.Path = "welfare"
	}
	type weighed struct {
		Reason
		v float64
	}
	var because []weighed
	quoted := false
	for i := range e.now.entries {
		en := &e.now.entries[i]
		if s.d.cat[en.code].forms[form] == 0 {
			continue
		}
		v := s.d.value(&e.now, en, &ctx)
		r := s.reason(en)
		if en.quoted {
			quoted = true
		}
		because = append(because, weighed{r, v})
	}
	slices.SortStableFunc(because, func(a, b weighed) int { return cmp.Compare(b.v, a.v) })
	for _, w := range because {
		f.Because = append(f.Because, w.Reason)
	}
	context := func(ok bool, id indicator.ID, list *[]Reason) {
		if ok && !slices.ContainsFunc(*list, func(r Reason) bool { return r.Indicator == id }) {
			*list = append(*list, Reason{Indicator: id, Explain: Explain(id, "en")})
		}
	}
	context(ctx.gap, "W-01", &f.Because)
	context(dominant(p, s.pairs[pairKey{p.to, p.from}]), "W-03", &f.Because)
	context(e.now.seq.reported(), "CTX-07", &f.Because)
	context(e.now.seq.model != 0 && form == grooming, Model, &f.Because)
	context(ctx.family, "CTX-01", &f.Against)
	context(ctx.peers, "CTX-02", &f.Against)
	context(ctx.open, Open, &f.Against)
	context(ctx.educator, "CTX-03", &f.Against)
	context(ctx.helper, "CTX-04", &f.Against)
	context(ctx.history, "CTX-05", &f.Against)
	context(quoted, "CTX-06", &f.Against)
	context(s.review[f.From], "CTX-08", &f.Against)
	if why := s.Unread().String(); why != "" {
		f.NotChecked = append(f.NotChecked, NotChecked{Needs: []string{}, Why: why})
	}
	if len(f.Because) == 0 {
		// A report or block by the person who may be targeted is a reason of
		// its own; nothing else gets here without an entry.
		context(true, "CTX-07", &f.Because)
	}
	return f
}

func (p *person) ageWords() string {
	switch {
	case p.Age.Known:
		return p.Age.String()
	case p.said && p.who == pack.Minor:
		return "said minor"
	case p.said && p.who == pack.Adult:
		return "said adult"
	}
	return ""
}

func (s *State) reason(e *entry) Reason {
	id := s.d.cat[e.code].id
	r := Reason{Indicator: id, Message: e.ref.id, View: viewNames[e.ref.view], Explain: Explain(id, "en")}
	if e.ref.end > 0 {
		r.Span = &[2]int{int(e.ref.start), int(e.ref.end)}
	}
	if e.ref.pack > 0 {
		r.Pack = s.d.packs[e.ref.pack-1].String()
		if own, ok := s.d.own[ownWords{e.ref.pack, e.code}]; ok {
			r.Own, r.Explain = &own, own.EN
		}
	}
	if e.n > 1 {
		r.Count = int(e.n)
	}
	return r
}

// NotChecked lists the indicators that this conversation gave no input for.
func (s *State) NotChecked() []NotChecked {
	var out []NotChecked
	for i := range s.d.cat {
		if n, ok := s.missing(i); ok {
			out = append(out, n)
		}
	}
	return out
}

func (s *State) notChecked(form int) []NotChecked {
	var out []NotChecked
	for i := range s.d.cat {
		if s.d.cat[i].forms[form] == 0 {
			continue
		}
		if n, ok := s.missing(i); ok {
			out = append(out, n)
		}
	}
	return out
}

// missing tells what an indicator lacks. One that was seen all the same, for
// example because the platform reported it as an act, lacks nothing.
func (s *State) missing(i int) (NotChecked, bool) {
	lack := s.d.cat[i].needs.Missing(s.caps)
	if lack == 0 {
		return NotChecked{}, false
	}
	if s.sighted != nil && s.sighted[i] > 0 {
		return NotChecked{}, false
	}
	return NotChecked{Indicator: s.d.cat[i].id, Needs: lack.Words()}, true
}

// Unread counts what was not looked at as it should be.
type Unread struct {
	Cut  int  // longer, or harder to read, than is allowed: read in part
	Odd  int  // had a time that cannot be: taken as following the one before
	Late int  // came too late to be told from repetitions: not looked at
	Lost bool // what came before is gone: a state could not be read
}

// Unread returns the counts.
func (s *State) Unread() Unread { return Unread{int(s.cut), int(s.odd), int(s.late), s.lost} }

// Touched reports whether the last message that was observed was evidence,
// for whoever keeps what a reviewer will want to see.
func (s *State) Touched() bool { return s.touched }
