package law

import (
	"cmp"
	"slices"
	"time"
)

// Set is the profiles that are in force in an installation.
type Set []*Profile

// Due is a time by which something must be done, as one profile has it.
type Due struct {
	Profile *Profile
	Clock   Clock
	// At is the time, in the zone of the profile; the zero time where the law
	// has no number.
	At time.Time
}

// Deadline is the answer of several profiles.
type Deadline struct {
	// First is the earliest of All that has a number; its At is the zero time
	// where none has one.
	First Due
	// All is what each profile says, the earliest first, those without a number
	// last.
	All []Due
	// Conflicts are for a person to see.
	Conflicts []Conflict
}

// Conflict is a place where profiles do not say the same.
type Conflict struct {
	// Why is "different" where the answers differ, "no_number" where a profile
	// has words only, which nobody can compare, "if_ordered" where one keeps
	// only under an order what another always keeps, and "switch" where the
	// switches for private messages differ.
	Why string
	// Profiles are their ids, the one that won first.
	Profiles []string
	Say      Text
}

// The reasons of conflicts.
const (
	Different = "different"
	NoNumber  = "no_number"
	IfOrdered = "if_ordered"
	Switches  = "switch"
)

var conflictText = map[string]Text{
	Different: {EN: "The laws that apply have different times. The strictest counts; look whether it fits this case.", ID: "Hukum yang berlaku memberi batas waktu yang berbeda. Yang paling ketat berlaku; periksa apakah cocok untuk kasus ini."},
	NoNumber:  {EN: "One of the laws that apply says “promptly” or the like and gives no number. Somebody must decide what that means here.", ID: "Salah satu hukum yang berlaku hanya menyebut “segera” atau sejenisnya tanpa angka. Harus ada yang memutuskan artinya di sini."},
	IfOrdered: {EN: "One law has content kept; another lets it be kept only under an order. Ask counsel before content is kept or destroyed.", ID: "Satu hukum meminta konten disimpan; hukum lain hanya mengizinkannya bila ada perintah. Tanyakan penasihat hukum sebelum konten disimpan atau dimusnahkan."},
	Switches:  {EN: "One of the laws that apply says that private messages must not be scanned without advice. The switch stays off.", ID: "Salah satu hukum yang berlaku menyatakan pesan pribadi tidak boleh dipindai tanpa nasihat hukum. Sakelar tetap mati."},
}

func conflict(why string, profiles ...string) Conflict {
	return Conflict{Why: why, Profiles: profiles, Say: conflictText[why]}
}

// clock returns the newest clock of a kind that holds at a time.
func (p *Profile) clock(kind Kind, class string, at time.Time) (best Clock, ok bool) {
	for _, c := range p.Clocks {
		if c.Kind == kind && c.For == class && p.holds(c.Fact, at) && (!ok || c.ValidFrom > best.ValidFrom) {
			best, ok = c, true
		}
	}
	return best, ok
}

// By returns by when something must be done that began at a time. class is a
// priority for reports, [Urgent] or [Standard] for orders, and empty otherwise.
func (s Set) By(kind Kind, class string, began time.Time) Deadline {
	var d Deadline
	for _, p := range s {
		c, ok := p.clock(kind, class, began)
		if !ok {
			continue
		}
		due := Due{Profile: p, Clock: c}
		if c.Within.Set() {
			due.At = c.Within.Before(began, p.zone)
		}
		d.All = append(d.All, due)
	}
	slices.SortStableFunc(d.All, func(a, b Due) int {
		if a.At.IsZero() != b.At.IsZero() {
			return map[bool]int{true: 1, false: -1}[a.At.IsZero()]
		}
		return a.At.Compare(b.At)
	})
	if len(d.All) == 0 {
		return d
	}
	if !d.All[0].At.IsZero() {
		d.First = d.All[0]
	}
	d.Conflicts = conflicts(d.All, func(v Due) (*Profile, time.Time) { return v.Profile, v.At })
	return d
}

// conflicts says which of the profiles differ, and which have no number. at is
// the time that a profile gives, zero where it has none; the first of all is the
// one that wins.
func conflicts[T any](all []T, at func(T) (*Profile, time.Time)) (out []Conflict) {
	var ids, silent []string
	var first time.Time
	differ := false
	for i, v := range all {
		p, t := at(v)
		if i == 0 {
			first = t
		}
		if t.IsZero() {
			silent = append(silent, p.ID)
			continue
		}
		differ = differ || !t.Equal(first)
		ids = append(ids, p.ID)
	}
	if differ {
		out = append(out, conflict(Different, ids...))
	}
	if len(silent) > 0 {
		out = append(out, conflict(NoNumber, silent...))
	}
	return out
}

// Report is By for a report of the priority, from the moment somebody knew.
func (s Set) Report(p Priority, known time.Time) Deadline { return s.By(SendReport, string(p), known) }

// Order is By for an order to take content down.
func (s Set) Order(urgent bool, received time.Time) Deadline {
	class := Standard
	if urgent {
		class = Urgent
	}
	return s.By(TakeDown, class, received)
}

// Keep is how long something is kept as one profile has it.
type Keep struct {
	Profile *Profile
	Keeping Keeping
	// Until is the time, zero where the law has no number.
	Until time.Time
	// Since is how far back preservation reaches.
	Since time.Time
}

// Retention is the answer of several profiles.
type Retention struct {
	// Last is the longest of All; its Until is the zero time where none has a
	// number, and then nothing may be destroyed by a clock.
	Last Keep
	// Since is the earliest time that preservation reaches back to.
	Since     time.Time
	All       []Keep
	Conflicts []Conflict
}

// KeepUntil returns how long something is kept whose clock began at a time.
// ordered says that an order or a hand-over by the police is there.
func (s Set) KeepUntil(what What, began time.Time, ordered bool) Retention {
	r := Retention{Since: began}
	var only, always []string
	for _, p := range s {
		k, ok := p.keeping(what, began)
		if !ok {
			continue
		}
		if k.OnlyIfOrdered {
			only = append(only, p.ID)
			if !ordered {
				continue
			}
		} else {
			always = append(always, p.ID)
		}
		keep := Keep{Profile: p, Keeping: k, Since: k.Back.Back(began, p.zone)}
		if k.For.Set() {
			keep.Until = k.For.After(began, p.zone)
		}
		if keep.Since.Before(r.Since) {
			r.Since = keep.Since
		}
		r.All = append(r.All, keep)
	}
	slices.SortStableFunc(r.All, func(a, b Keep) int { return b.Until.Compare(a.Until) })
	if len(r.All) > 0 {
		r.Last = r.All[0]
	}
	r.Conflicts = conflicts(r.All, func(v Keep) (*Profile, time.Time) { return v.Profile, v.Until })
	if len(only) > 0 && len(always) > 0 && !ordered {
		r.Conflicts = append(r.Conflicts, conflict(IfOrdered, append(always, only...)...))
	}
	return r
}

// keeping returns the longest rule of a profile that holds at a time.
func (p *Profile) keeping(what What, at time.Time) (best Keeping, ok bool) {
	for _, k := range p.Keep {
		if k.What == what && p.holds(k.Fact, at) &&
			(!ok || cmp.Or(cmp.Compare(k.ValidFrom, best.ValidFrom), k.For.After(at, p.zone).Compare(best.For.After(at, p.zone))) > 0) {
			best, ok = k, true
		}
	}
	return best, ok
}

// MayScanPrivate reports whether messages between people may be scanned: only
// where every profile leaves it to the operator.
func (s Set) MayScanPrivate(at time.Time) (may bool, conflicts []Conflict) {
	off := s.PrivateOff(at)
	var free []string
	for _, p := range s {
		if !slices.Contains(off, p.ID) {
			free = append(free, p.ID)
		}
	}
	if len(off) > 0 && len(free) > 0 {
		conflicts = append(conflicts, conflict(Switches, append(off, free...)...))
	}
	return len(s) > 0 && len(off) == 0, conflicts
}

// PrivateOff lists the profiles by which messages between people must not be
// scanned at a time.
func (s Set) PrivateOff(at time.Time) (ids []string) {
	for _, p := range s {
		if p.Scan.Private == "off" && p.holds(p.Scan.Fact, at) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// Next is a step of a profile with who receives what it sends.
type Next struct {
	Profile  *Profile
	Step     Step
	Receiver Receiver // its ID is empty for a step inside the house
	Done     bool
	// Ready is true when everything that must come first is done.
	Ready bool
}

// Steps returns what people do for a report of the priority, profile by profile
// in their order. done reports whether a step is done; nil is none.
func (s Set) Steps(pr Priority, at time.Time, done func(profile, step string) bool) (out []Next) {
	if done == nil {
		done = func(string, string) bool { return false }
	}
	for _, p := range s {
		open := map[string]bool{} // steps that apply and are not done
		for _, st := range p.Steps {
			if len(st.Only) > 0 && !slices.Contains(st.Only, pr) || !p.holds(st.Fact, at) {
				continue
			}
			n := Next{Profile: p, Step: st, Done: done(p.ID, st.ID), Ready: true}
			n.Receiver, _ = p.Receiver(st.To)
			for _, need := range st.Needs {
				n.Ready = n.Ready && !open[need]
			}
			open[st.ID] = !n.Done
			out = append(out, n)
		}
	}
	return out
}
