package indicator

import (
	"slices"
	"time"
)

// Indicator is one entry of the catalogue.
type Indicator struct {
	ID      ID     `json:"id"`
	Version int    `json:"version"` // from 1; a new one when the meaning is made more exact
	Family  Family `json:"family"`
	Name    L      `json:"name"`
	Meaning L      `json:"meaning"` // what behaviour it is, in full
	Explain L      `json:"explain"` // one plain sentence for the person who reviews

	Stage    []Stage    `json:"stage,omitempty"` // none or more, grooming only
	Side     Side       `json:"side"`
	Channels Channel    `json:"channels"` // where it shows; not all are needed
	Needs    Capability `json:"needs"`    // unless all are supplied the indicator is unknown
	Group    Group      `json:"group"`

	Alone   Strength `json:"alone"`            // worth by itself
	AloneUp Strength `json:"alone_up"`         // worth when UpWhen holds; equal to Alone when there is no range
	UpWhen  L        `json:"up_when,omitzero"` // the condition for AloneUp; empty when there is no range

	// HalfLife is the time in which evidence loses half its weight: one of
	// [HalfLifeAct], [HalfLifeSlow] and [HalfLifeTempo].
	HalfLife time.Duration `json:"half_life_ns"`
	Combine  Combine       `json:"combine"`

	Forms      []string `json:"forms"`      // of grooming, sextortion, live_stream, csam; the main one first
	Lookalikes []string `json:"lookalikes"` // harmless families that look the same; "none-known" when none is known
	Evidence   []string `json:"evidence"`   // keys of Sources
	// Harms are the identifiers under which other systems know the harm, in
	// full form (Matrix proposals MSC4387 and MSC4456). It is empty for L-01
	// to L-07 and L-13 to L-15, to which none has been assigned.
	Harms      []string `json:"harms,omitempty"`
	Fairness   L        `json:"fairness,omitzero"`    // whom it may wrongly touch; empty when there is no note
	Unmeasured bool     `json:"unmeasured,omitempty"` // no published detection figure was found
}

// Default half-lives. They are starting values of the catalogue, not
// measurements.
const (
	HalfLifeAct   = 7 * 24 * time.Hour  // something said or done in a conversation
	HalfLifeSlow  = 90 * 24 * time.Hour // payments, and standing facts about accounts and pairs
	HalfLifeTempo = 24 * time.Hour      // the tempo of sexual extortion
)

// Ranged reports whether the worth of the indicator depends on
// [Indicator.UpWhen].
func (i Indicator) Ranged() bool { return i.AloneUp != i.Alone }

// All returns the catalogue: [Count] entries in catalogue order, which is the
// order of [Index]. The slice and everything in it belong to the caller.
func All() []Indicator {
	out := make([]Indicator, Count)
	for i := range out {
		out[i] = at(i)
	}
	return out
}

// Get returns one entry, which belongs to the caller, and false for an ID that
// is no indicator's.
func Get(id ID) (Indicator, bool) {
	i := Index(id)
	if i < 0 {
		return Indicator{}, false
	}
	return at(i), true
}

// at returns entry i of the catalogue and fills in what follows from its ID.
func at(i int) Indicator {
	row := *row(i)
	row.Family = Family(row.ID[:1])
	row.Harms = harms(row.ID)
	row.Stage = slices.Clone(row.Stage)
	row.Forms = slices.Clone(row.Forms)
	row.Lookalikes = slices.Clone(row.Lookalikes)
	row.Evidence = slices.Clone(row.Evidence)
	row.Unmeasured = slices.Contains(row.Evidence, unmeasured)
	return row
}

// row returns the constant part of entry i.
func row(i int) *Indicator {
	for _, table := range [...][]Indicator{tableG1[:], tableG2[:], tableW[:], tableS[:], tableL[:], tableC[:]} {
		if i < len(table) {
			return &table[i]
		}
		i -= len(table)
	}
	panic("indicator: no such row")
}
