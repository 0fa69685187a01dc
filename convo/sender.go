package convo

import (
	"math"
	"slices"
	"time"
)

// Sender is what is kept of an account across conversations: whom it writes
// to first, with what opener, how it pays, what it says of its age. It is
// bounded and holds no text.
type Sender struct {
	contacts []contact // newest first contacts
	payments []payment
	// stated ages, in years; 0 for none
	statedLo, statedHi uint8
	// serial are the receivers with whom a chain reached review.
	serial []uint32
	calls  []int64 // times of calls and joins, newest last
	link   uint64  // digest of the last invite link
	linkN  uint8
	linkAt int64
	offers int64 // when a price list was last posted
}

// Limits of a sender's sketch: what is older falls out.
const (
	maxContacts = 64
	maxPayments = 16
	maxSerial   = 8
	maxCalls    = 8
)

type contact struct {
	to     uint32
	opener uint32
	at     int64
	minor  bool
}

type payment struct {
	at     int64
	amount float32
	payee  uint32
	tied   bool
	worded bool // with a descriptor such as school or medical
}

// The numbers of fan-out (G-02). No published study gives thresholds; ten
// first contacts a day, half of them with minors, is far above what platforms
// report for ordinary accounts, and the same opener to five is a template.
const (
	fanoutContacts = 10
	fanoutMinors   = 5
	fanoutOpeners  = 5
)

// contact notes a first contact and reports whether the account fans out.
func (s *Sender) contact(c contact) bool {
	for _, old := range s.contacts {
		if old.to == c.to {
			return false
		}
	}
	if len(s.contacts) >= maxContacts {
		copy(s.contacts, s.contacts[1:])
		s.contacts = s.contacts[:maxContacts-1]
	}
	s.contacts = append(s.contacts, c)
	n, minors, same := 0, 0, 0
	for _, old := range s.contacts {
		if d := c.at - old.at; d > spanDay.Milliseconds() || d < -spanDay.Milliseconds() {
			continue
		}
		n++
		if old.minor {
			minors++
		}
		if c.opener != 0 && old.opener == c.opener {
			same++
		}
	}
	return (n >= fanoutContacts && minors >= fanoutMinors) || (same >= fanoutOpeners && minors > 0) || same >= 2*fanoutOpeners
}

// minorsWithin counts first contacts with minors in the time before at.
func (s *Sender) minorsWithin(at int64, span time.Duration) int {
	n := 0
	for _, c := range s.contacts {
		if c.minor && at-c.at <= span.Milliseconds() {
			n++
		}
	}
	return n
}

// state says the account states an age, and reports whether it has stated a
// clearly different one before.
func (s *Sender) stateAge(age int) bool {
	if age < 3 || age > 99 {
		return false
	}
	a := uint8(age)
	if s.statedLo == 0 {
		s.statedLo, s.statedHi = a, a
		return false
	}
	s.statedLo, s.statedHi = min(s.statedLo, a), max(s.statedHi, a)
	return s.statedHi-s.statedLo >= personaGap
}

// personaGap is how many years two statements of one account's age must
// differ to count as a mismatch (G-03).
const personaGap = 3

// chain notes that a chain with a receiver reached review, and returns with
// how many that has happened.
func (s *Sender) chain(to uint32) int {
	if slices.Contains(s.serial, to) {
		return len(s.serial)
	}
	if len(s.serial) < maxSerial {
		s.serial = append(s.serial, to)
	}
	return len(s.serial)
}

// serialTargets is from how many distinct targets a chain is serial
// (combination 9 of the catalogue).
const serialTargets = 3

// paid notes a payment and returns the codes of the indicators that the
// account's payments now show.
func (s *Sender) paid(p payment) []uint8 {
	if !(p.amount >= 0) {
		p.amount = 0
	}
	p.amount = min(p.amount, math.MaxFloat32) // infinity could not be written down
	if len(s.payments) >= maxPayments {
		copy(s.payments, s.payments[1:])
		s.payments = s.payments[:maxPayments-1]
	}
	s.payments = append(s.payments, p)
	var out []uint8
	near := 0
	small, worded := 0, 0
	var payees []uint32
	for _, q := range s.payments {
		for _, c := range s.calls {
			if d := q.at - c; d >= -callSpan.Milliseconds() && d <= callSpan.Milliseconds() {
				near++
				break
			}
		}
		if q.tied {
			continue
		}
		if q.amount > 0 && q.amount < smallAmount {
			small++
			known := false
			for _, e := range payees {
				known = known || e == q.payee
			}
			if !known {
				payees = append(payees, q.payee)
			}
		}
		if q.worded {
			worded++
		}
	}
	if near >= 2 {
		out = append(out, l11)
	}
	if small >= 5 && len(payees) >= 3 {
		out = append(out, l12)
	}
	if worded >= 3 {
		out = append(out, l13)
	}
	if s.escalates() {
		out = append(out, l14)
	}
	return out
}

// callSpan is what L-11 calls "within minutes"; smallAmount is FINTRAC's
// figure for the low-value transfers of L-12 (Operational Alert, Nov 2025).
const (
	callSpan    = 15 * time.Minute
	smallAmount = 200
)

// escalates reports whether the last three payments are at least twice the
// first three and come at least twice as fast.
func (s *Sender) escalates() bool {
	n := len(s.payments)
	if n < 6 {
		return false
	}
	sum := func(ps []payment) (amount float64) {
		for _, p := range ps {
			amount += float64(p.amount)
		}
		return amount
	}
	first, last := s.payments[:3], s.payments[n-3:]
	slow := first[2].at - first[0].at
	fast := last[2].at - last[0].at
	return sum(last) >= 2*sum(first) && sum(first) > 0 && 2*fast <= slow
}

func (s *Sender) called(at int64) {
	if len(s.calls) >= maxCalls {
		copy(s.calls, s.calls[1:])
		s.calls = s.calls[:maxCalls-1]
	}
	s.calls = append(s.calls, at)
}

// linked notes an invite link and returns how often in a row within a day it
// was posted.
func (s *Sender) linked(link uint64, at int64) int {
	if s.link != link || at-s.linkAt > spanDay.Milliseconds() {
		s.link, s.linkN = link, 0
	}
	s.linkAt = at
	if s.linkN < 255 {
		s.linkN++
	}
	return int(s.linkN)
}
