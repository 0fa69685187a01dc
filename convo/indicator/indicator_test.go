package indicator

import (
	"slices"
	"testing"
)

func TestCatalogueCounts(t *testing.T) {
	t.Parallel()
	all := All()
	if len(all) != 72 || Count != 72 {
		t.Fatalf("%d entries and Count %d, want 72", len(all), Count)
	}
	groups, families, ids := map[Group]int{}, map[Family]int{}, map[ID]bool{}
	for _, e := range all {
		groups[e.Group]++
		families[e.Family]++
		ids[e.ID] = true
	}
	if len(ids) != len(all) {
		t.Errorf("%d distinct ids, want %d", len(ids), len(all))
	}
	for g, want := range map[Group]int{TextGroup: 50, AgeGroup: 9, PaymentGroup: 9, FeedGroup: 4} {
		if groups[g] != want {
			t.Errorf("group %s has %d entries, want %d", g, groups[g], want)
		}
	}
	for f, want := range map[Family]int{Grooming: 26, Imbalance: 6, Sextortion: 17, LiveStream: 15, Material: 8} {
		if families[f] != want {
			t.Errorf("family %s has %d entries, want %d", f, families[f], want)
		}
	}
}

func TestIndex(t *testing.T) { // not parallel: it counts allocations
	for i, e := range All() {
		if got := Index(e.ID); got != i {
			t.Errorf("Index(%q) = %d, want %d", e.ID, got, i)
		}
		got, ok := Get(e.ID)
		if !ok || got.ID != e.ID {
			t.Errorf("Get(%q) = %q, %v", e.ID, got.ID, ok)
		}
	}
	for _, id := range []ID{"", "G", "G-1", "G-00", "G-27", "W-07", "S-18", "L-16", "C-09", "CTX-01", "g-01", "G_01", "G-0x", "G-001", "X-01"} {
		if got := Index(id); got != -1 {
			t.Errorf("Index(%q) = %d, want -1", id, got)
		}
		if _, ok := Get(id); ok {
			t.Errorf("Get(%q) found something", id)
		}
	}
	at := 0
	if n := testing.AllocsPerRun(100, func() { at += Index("S-17") }); n != 0 || at < 0 {
		t.Errorf("Index allocates %v times", n)
	}
}

func TestEntries(t *testing.T) {
	t.Parallel()
	const anyChannel = Text | Metadata | Relation | Timing | Payment
	for _, e := range All() {
		if e.Version < 1 {
			t.Errorf("%s: version %d", e.ID, e.Version)
		}
		if string(e.Family) != string(e.ID[:1]) {
			t.Errorf("%s: family %s", e.ID, e.Family)
		}
		if len(e.Stage) > 0 && e.Family != Grooming {
			t.Errorf("%s: stages %v outside grooming", e.ID, e.Stage)
		}
		for _, s := range e.Stage {
			if !slices.Contains(Stages(), s) {
				t.Errorf("%s: stage %q is none", e.ID, s)
			}
		}
		if e.Channels == 0 || !anyChannel.Has(e.Channels) {
			t.Errorf("%s: channels %08b", e.ID, e.Channels)
		}
		if e.Alone < Weak || e.AloneUp < e.Alone || e.AloneUp > Urgent {
			t.Errorf("%s: alone from %v to %v", e.ID, e.Alone, e.AloneUp)
		}
		if e.Ranged() != (e.UpWhen != L{}) {
			t.Errorf("%s: from %v to %v, but the condition is %q", e.ID, e.Alone, e.AloneUp, e.UpWhen.EN)
		}
		switch e.HalfLife {
		case HalfLifeAct, HalfLifeSlow:
		case HalfLifeTempo:
			if e.Family != Sextortion {
				t.Errorf("%s: only sexual extortion has a tempo", e.ID)
			}
		default:
			t.Errorf("%s: half-life %v", e.ID, e.HalfLife)
		}
		if !slices.Contains(Combines(), e.Combine) {
			t.Errorf("%s: class %q is none", e.ID, e.Combine)
		}
		distinct(t, e.ID, "form", e.Forms)
		distinct(t, e.ID, "look-alike", e.Lookalikes)
		distinct(t, e.ID, "source", e.Evidence)
		for _, f := range e.Forms {
			if !slices.Contains([]string{"grooming", "sextortion", "live_stream", "csam"}, f) {
				t.Errorf("%s: form %q is none", e.ID, f)
			}
		}
		for _, key := range e.Evidence {
			if text, ok := Source(key); !ok || text == "" {
				t.Errorf("%s: no source %q", e.ID, key)
			}
		}
	}
}

func distinct(t *testing.T, id ID, what string, list []string) {
	t.Helper()
	if len(list) == 0 {
		t.Errorf("%s: has no %s", id, what)
	}
	if s := slices.Sorted(slices.Values(list)); len(slices.Compact(s)) != len(list) {
		t.Errorf("%s: a %s comes twice: %q", id, what, list)
	}
}

// TestGroupsFollowNeeds ties the group, which people read, to the needs, which
// programs read.
func TestGroupsFollowNeeds(t *testing.T) {
	t.Parallel()
	for _, e := range All() {
		var ok bool
		switch e.Group {
		case TextGroup:
			ok = NeedsClassifier.Has(e.Needs)
		case AgeGroup:
			ok = e.Needs != 0 && (NeedsAgeBand | NeedsGraph).Has(e.Needs)
		case PaymentGroup:
			ok = e.Needs.Has(NeedsPayment)
		case FeedGroup:
			ok = e.Needs != 0 && (NeedsLogin | NeedsPrivatePack | NeedsFeed).Has(e.Needs)
		}
		if !ok {
			t.Errorf("%s: group %s, but needs %q", e.ID, e.Group, e.Needs.Words())
		}
	}
}

// TestTargetSide holds that what describes the person targeted stays apart
// from what describes an account under review.
func TestTargetSide(t *testing.T) {
	t.Parallel()
	var got []ID
	for _, e := range All() {
		switch e.Side {
		case Target:
			got = append(got, e.ID)
			if e.Combine != CombineDistress {
				t.Errorf("%s: joins class %s with acts of the other side", e.ID, e.Combine)
			}
		case Speaker, Room:
			if e.Combine == CombineDistress {
				t.Errorf("%s: distress belongs to the target's side", e.ID)
			}
		default:
			t.Errorf("%s: side %q", e.ID, e.Side)
		}
	}
	if want := []ID{"W-06", "S-17"}; !slices.Equal(got, want) {
		t.Errorf("target side: %q, want %q", got, want)
	}
}

func TestHarms(t *testing.T) {
	t.Parallel()
	const p = "org.matrix.msc4456."
	for id, want := range map[ID][]string{
		"G-09": {p + "child_safety.grooming"},
		"G-10": {p + "child_safety.grooming", p + "child_safety.privacy_violation"},
		"G-15": {p + "child_safety.grooming", p + "child_safety.privacy_violation"},
		"G-16": {p + "child_safety.grooming"},
		"W-01": {p + "child_safety.grooming"},
		"S-01": {p + "adult.ncii", p + "child_safety"},
		"S-17": {p + "adult.ncii", p + "child_safety", p + "danger.self_harm"},
		"L-07": nil,
		"L-08": {p + "violence.human_trafficking"},
		"L-12": {p + "violence.human_trafficking"},
		"L-13": nil,
		"C-06": {p + "child_safety.csam", p + "tos.ban_evasion"},
		"C-08": {p + "child_safety.csam"},
	} {
		if e, _ := Get(id); !slices.Equal(e.Harms, want) {
			t.Errorf("%s: harms %q, want %q", id, e.Harms, want)
		}
	}
}

func TestUnmeasured(t *testing.T) {
	t.Parallel()
	var got []ID
	for _, e := range All() {
		if e.Unmeasured {
			got = append(got, e.ID)
		}
	}
	if want := []ID{"W-06"}; !slices.Equal(got, want) {
		t.Errorf("unmeasured: %q, want %q", got, want)
	}
}

// TestCopies changes all that a caller can reach and finds the catalogue as
// it was.
func TestCopies(t *testing.T) {
	t.Parallel()
	spoil := func(e Indicator) {
		for _, list := range [][]string{e.Forms, e.Lookalikes, e.Evidence, e.Harms} {
			for i := range list {
				list[i] = "spoilt"
			}
		}
		for i := range e.Stage {
			e.Stage[i] = "spoilt"
		}
	}
	for _, e := range All() {
		spoil(e)
		again, _ := Get(e.ID)
		spoil(again)
	}
	Sources()[0].Key = "spoilt"
	Modifiers()[0].Lowers[0] = "spoilt"
	for _, e := range All() {
		if slices.Contains(e.Stage, "spoilt") {
			t.Errorf("%s: stages can be changed from outside", e.ID)
		}
		for _, list := range [][]string{e.Forms, e.Lookalikes, e.Evidence, e.Harms} {
			if slices.Contains(list, "spoilt") {
				t.Errorf("%s: a list can be changed from outside", e.ID)
			}
		}
	}
	if Sources()[0].Key == "spoilt" || Modifiers()[0].Lowers[0] == "spoilt" {
		t.Error("sources or modifiers can be changed from outside")
	}
}

func TestCapability(t *testing.T) {
	t.Parallel()
	want := []string{"age_band", "graph", "payment", "login", "media", "classifier", "private_pack", "feed"}
	if got := AllCapabilities.Words(); !slices.Equal(got, want) {
		t.Errorf("words %q, want %q", got, want)
	}
	if got := Capability(0).Words(); got == nil || len(got) != 0 {
		t.Errorf("the empty set has words %#v", got)
	}
	needs := NeedsPayment | NeedsGraph
	if got := needs.Missing(NeedsGraph | NeedsFeed); got != NeedsPayment {
		t.Errorf("missing %q, want payment", got.Words())
	}
	if got := (Text | Timing | Payment).String(); got != "TtP" {
		t.Errorf("channels %q, want TtP", got)
	}
}

func FuzzIndex(f *testing.F) {
	for _, s := range []string{"G-01", "CTX-08", "C-09", "", "G-\xff0", "L-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		i := Index(ID(s))
		if i < -1 || i >= Count {
			t.Fatalf("Index(%q) = %d", s, i)
		}
		if i >= 0 && All()[i].ID != ID(s) {
			t.Fatalf("Index(%q) = %d, which is %s", s, i, All()[i].ID)
		}
	})
}

func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		if Index("C-08") != Count-1 {
			b.Fatal("wrong")
		}
	}
}
