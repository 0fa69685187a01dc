package policy_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/policy"
)

// version makes a version of a rule with an expression, without looking at its
// tests.
func version(t testing.TB, state policy.State, name, when string, then ...policy.Action) policy.Version {
	t.Helper()
	c, err := policy.Lint(rule(name, when, then...))
	if err != nil {
		t.Fatal(err)
	}
	return policy.Version{Compiled: c, Version: 1, State: state}
}

func shipped(t testing.TB) []policy.Version {
	t.Helper()
	var out []policy.Version
	for _, r := range policy.Shipped() {
		out = append(out, policy.Version{Compiled: compiled(t, r), Version: 1, State: policy.Active})
	}
	return out
}

func wants(r policy.Result) (out []string) {
	for _, w := range r.Wanted {
		out = append(out, string(w.Do)+w.Queue)
	}
	return out
}

func TestShippedRulesDoWhatJagaDidBefore(t *testing.T) {
	t.Parallel()
	s := policy.NewSet([]byte("k"), shipped(t))
	for band, want := range map[jaga.Band][]string{jaga.BandNone: nil, jaga.BandObserve: nil, jaga.BandReview: {"open_casedefault"}, jaga.BandUrgent: {"open_casedefault"}} {
		r := s.Evaluate(&policy.Facts{Band: policy.Known(band)})
		if !cmp.Equal(wants(r), want) || r.Band != band {
			t.Errorf("band %s: %v, band %s", band, wants(r), r.Band)
		}
	}
}

// TestIgnoreIsTheWeakestAction goes through everything that must stop it.
func TestIgnoreIsTheWeakestAction(t *testing.T) {
	t.Parallel()
	ignore := version(t, policy.Active, "training-room", `source.id == "key:9"`, policy.Action{Do: policy.Ignore, Why: "a training room with made-up chats"})
	base := func() policy.Facts {
		return policy.Facts{Band: policy.Known(jaga.BandReview), Complete: policy.Known(true), Source: policy.Source{ID: policy.Known("key:9")}, Matches: policy.Known([]policy.Match{})}
	}
	s := policy.NewSet([]byte("k"), append(shipped(t), ignore))
	f := base()
	if r := s.Evaluate(&f); !cmp.Equal(wants(r), []string{"ignore"}) {
		t.Fatalf("a finding of the training room: %v, stopped %v", wants(r), r.Stopped)
	}
	match := func(exact, known bool, role string) []policy.Match {
		m := policy.Match{Bank: policy.Known("A"), Role: policy.Known(role)}
		if known {
			m.Exact = policy.Known(exact)
		}
		return []policy.Match{m}
	}
	for name, c := range map[string]struct {
		change func(*policy.Facts)
		more   []policy.Version
		note   policy.Note
	}{
		"an exact match":                 {change: func(f *policy.Facts) { f.Matches = policy.Known(match(true, true, "match")) }, note: policy.NoteExact},
		"perhaps an exact match":         {change: func(f *policy.Facts) { f.Matches = policy.Known(match(false, false, "match")) }, note: policy.NoteExact},
		"urgent":                         {change: func(f *policy.Facts) { f.Band = policy.Known(jaga.BandUrgent) }, note: policy.NoteUrgent},
		"not everything was checked":     {change: func(f *policy.Facts) { f.Complete = policy.Known(false) }, note: policy.NoteIncomplete},
		"nobody knows what was checked":  {change: func(f *policy.Facts) { f.Complete = policy.Opt[bool]{} }, note: policy.NoteIncomplete},
		"another rule wants a hold":      {more: []policy.Version{version(t, policy.Active, "hold-it", "true", policy.Action{Do: policy.Hold})}, note: policy.NoteOther},
		"another rule cannot be decided": {more: []policy.Version{version(t, policy.Active, "young", "account.age_days < 3", policy.Action{Do: policy.Hold})}, note: policy.NoteUndecided},
		"another rule makes it urgent":   {more: []policy.Version{version(t, policy.Active, "raise-it", "true", policy.Action{Do: policy.Raise, Band: jaga.BandUrgent})}, note: policy.NoteUrgent},
	} {
		f := base()
		if c.change != nil {
			c.change(&f)
		}
		r := policy.NewSet([]byte("k"), append(append(shipped(t), ignore), c.more...)).Evaluate(&f)
		if !slices.Contains(wants(r), "open_casedefault") || slices.Contains(wants(r), "ignore") {
			t.Errorf("%s: %v", name, wants(r))
		}
		if len(r.Stopped) != 1 || r.Stopped[0].Note != c.note {
			t.Errorf("%s: stopped %+v, want the note %s", name, r.Stopped, c.note)
		}
	}
	// An allowed look-alike with the very same bytes is no match to act on.
	f = base()
	f.Matches = policy.Known(match(true, true, "allow"))
	if r := s.Evaluate(&f); !cmp.Equal(wants(r), []string{"ignore"}) {
		t.Errorf("an exact match of an allow bank: %v", wants(r))
	}
	// Not even a rule with has() in it is saved.
	if _, err := policy.Lint(rule("blind", `!has(account.age_days)`, policy.Action{Do: policy.Ignore, Why: "x"})); err == nil {
		t.Error("a rule that ignores because nobody knows something was taken")
	}
}

func TestUndecidedGoesToAPerson(t *testing.T) {
	t.Parallel()
	s := policy.NewSet([]byte("k"), []policy.Version{version(t, policy.Active, "young", "account.age_days < 3", policy.Action{Do: policy.OpenCase, Queue: "young"})})
	f := policy.Facts{Band: policy.Known(jaga.BandReview)}
	r := s.Evaluate(&f)
	if !cmp.Equal(wants(r), []string{"open_casedefault"}) || r.Wanted[0].Note != policy.NoteUndecided {
		t.Errorf("%+v", r.Wanted)
	}
	if d := r.Decisions[0]; d.Answer != policy.Undecided || !cmp.Equal(d.Needs, []string{"account.age_days"}) {
		t.Errorf("%+v", d)
	}
}

func TestShadowNeverActs(t *testing.T) {
	t.Parallel()
	s := policy.NewSet([]byte("k"), []policy.Version{version(t, policy.Shadow, "hold-all", "true", policy.Action{Do: policy.Hold}), version(t, policy.Draft, "draft", "true", policy.Action{Do: policy.Hold})})
	r := s.Evaluate(&policy.Facts{})
	if len(r.Wanted) != 0 || len(r.Decisions) != 1 || r.Decisions[0].Acting {
		t.Errorf("%+v", r)
	}
}

// TestCanaryTakesItsShare also checks that accounts stay in while it grows, and
// that one version acts for an account, never both.
func TestCanaryTakesItsShare(t *testing.T) {
	t.Parallel()
	old := version(t, policy.Active, "same", "true", policy.Action{Do: policy.Hold})
	fresh := version(t, policy.Canary, "same", "true", policy.Action{Do: policy.LimitReach})
	fresh.Version = 2
	in := func(share int64, account string) bool {
		fresh.Share = share
		f := policy.Facts{}
		if account != "" {
			f.Account.ID = policy.Known(account)
		}
		got := wants(policy.NewSet([]byte("key"), []policy.Version{fresh, old}).Evaluate(&f))
		switch {
		case cmp.Equal(got, []string{"limit_reach"}):
			return true
		case cmp.Equal(got, []string{"hold"}):
			return false
		}
		t.Fatalf("%v", got)
		return false
	}
	n := 0
	for i := range 2000 {
		account := fmt.Sprint("account-", i)
		small := in(100, account)
		if small {
			n++
		}
		if small && !in(300, account) {
			t.Fatal("an account left while the canary grew")
		}
	}
	if n < 140 || n > 260 {
		t.Errorf("%d of 2000 accounts are in a tenth", n)
	}
	if in(999, "") {
		t.Error("an account that is unknown is in")
	}
}

func TestOrderDependsOnNamesAlone(t *testing.T) {
	t.Parallel()
	list := []policy.Version{
		version(t, policy.Active, "c", "true", policy.Action{Do: policy.Hold}), version(t, policy.Active, "a", "true", policy.Action{Do: policy.OpenCase, Queue: "x"}),
		version(t, policy.Active, "b", "true", policy.Action{Do: policy.OpenCase, Queue: "x"}, policy.Action{Do: policy.WarnTarget}),
	}
	first, _ := json.Marshal(policy.NewSet(nil, list).Evaluate(&policy.Facts{}))
	slices.Reverse(list)
	second, _ := json.Marshal(policy.NewSet(nil, list).Evaluate(&policy.Facts{}))
	if string(first) != string(second) {
		t.Errorf("%s\n%s", first, second)
	}
	var r policy.Result
	_ = json.Unmarshal(first, &r)
	if !cmp.Equal(wants(r), []string{"open_casex", "hold", "warn_target"}) || r.Wanted[0].Rule != "a" {
		t.Errorf("%v", r.Wanted)
	}
}

// questions are expressions over facts that may be unknown.
var questions = []string{
	`band >= REVIEW`, `form == "grooming"`, `account.age_days < 7`, `account.earlier_cases == 0`, `pair.to_minor`, `!pair.from_minor`,
	`matches.exists(m, m.votes_for >= 2)`, `matches.all(m, m.distance > 20)`, `indicators.filter(i, i.id == "S-04").size() >= 1`,
	`indicators.exists_one(i, i.count > 1)`, `"age" in pair.power`, `not_checked.size() == 0`, `account.earlier.exists(e, e.hours_ago < 24 && e.band == URGENT)`,
	`time.hour >= 22`, `(pair.to_minor ? account.age_days : 9) > 3`, `source.id in ["key:1", "key:2"]`, `complete`, `matches.map(m, m.distance).exists(d, d == 3)`,
}

func drawOpt[T any](t *rapid.T, name string, g *rapid.Generator[T]) policy.Opt[T] {
	if rapid.Bool().Draw(t, name+" known") {
		return policy.Known(g.Draw(t, name))
	}
	return policy.Opt[T]{}
}

func drawFacts(t *rapid.T) policy.Facts {
	small := rapid.Int64Range(0, 12)
	id := rapid.SampledFrom([]string{"S-04", "G-13", "W-01"})
	var f policy.Facts
	f.Form = drawOpt(t, "form", rapid.SampledFrom([]string{"grooming", "csam"}))
	f.Band = drawOpt(t, "band", rapid.SampledFrom([]jaga.Band{0, 1, 2, 3}))
	f.Complete = drawOpt(t, "complete", rapid.Bool())
	f.NotChecked = drawOpt(t, "not checked", rapid.SliceOfN(rapid.Just("pdq:busy"), 0, 2))
	f.Indicators = drawOpt(t, "indicators", rapid.Custom(func(t *rapid.T) []policy.Indicator {
		list := []policy.Indicator{}
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			list = append(list, policy.Indicator{ID: drawOpt(t, "id", id), Count: drawOpt(t, "count", small)})
		}
		return list
	}))
	f.Matches = drawOpt(t, "matches", rapid.Custom(func(t *rapid.T) []policy.Match {
		list := []policy.Match{}
		for range rapid.IntRange(0, 3).Draw(t, "n") {
			list = append(list, policy.Match{Distance: drawOpt(t, "distance", rapid.Int64Range(0, 40)), VotesFor: drawOpt(t, "votes", small), Exact: drawOpt(t, "exact", rapid.Bool()), Role: drawOpt(t, "role", rapid.SampledFrom([]string{"match", "allow"}))})
		}
		return list
	}))
	f.Account.AgeDays, f.Account.EarlierCases = drawOpt(t, "age", small), drawOpt(t, "cases", small)
	f.Account.Earlier = drawOpt(t, "earlier", rapid.Custom(func(t *rapid.T) []policy.Earlier {
		list := []policy.Earlier{}
		for range rapid.IntRange(0, 2).Draw(t, "n") {
			list = append(list, policy.Earlier{HoursAgo: drawOpt(t, "hours", small), Band: drawOpt(t, "band", rapid.SampledFrom([]jaga.Band{2, 3}))})
		}
		return list
	}))
	f.Pair.ToMinor, f.Pair.FromMinor = drawOpt(t, "to minor", rapid.Bool()), drawOpt(t, "from minor", rapid.Bool())
	f.Pair.Power = drawOpt(t, "power", rapid.SliceOfN(rapid.SampledFrom([]string{"age", "fame"}), 0, 2))
	f.Time.Hour, f.Source.ID = drawOpt(t, "hour", rapid.Int64Range(0, 23)), drawOpt(t, "source", rapid.SampledFrom([]string{"key:1", "key:3"}))
	return f
}

// complete fills in unknown facts.
func complete(t *rapid.T, f policy.Facts) policy.Facts {
	g := drawFacts(t)
	text, _ := json.Marshal(g)
	mine, _ := json.Marshal(f)
	var a, b map[string]any
	_ = json.Unmarshal(text, &a)
	_ = json.Unmarshal(mine, &b)
	merge(a, b)
	out, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	full, err := policy.ParseFacts(out)
	if err != nil {
		t.Fatal(err)
	}
	return full
}

// merge lays what is known over what was drawn.
func merge(into, over map[string]any) {
	for k, v := range over {
		a, isMap := into[k].(map[string]any)
		b, bothMaps := v.(map[string]any)
		if isMap && bothMaps {
			merge(a, b)
			continue
		}
		into[k] = v
	}
}

// TestWhatIsUnknownNeverDecides is the law behind "unknown is never clean": an
// answer that was given without some facts stays the same whatever they turn
// out to be. So nothing fires, and nothing stays quiet, because of what nobody
// knows.
func TestWhatIsUnknownNeverDecides(t *testing.T) {
	t.Parallel()
	var list []*policy.Compiled
	for i, a := range questions {
		for _, op := range []string{"&&", "||"} {
			b := questions[(i*7+3)%len(questions)]
			c, err := policy.Lint(rule("q", fmt.Sprintf("(%s) %s !(%s)", a, op, b), policy.Action{Do: policy.Hold}))
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, c)
		}
	}
	decided := 0
	rapid.Check(t, func(t *rapid.T) {
		f := drawFacts(t)
		g := complete(t, f)
		for _, c := range list {
			part, whole := c.Ask(&f), c.Ask(&g)
			if part.Answer == policy.Undecided {
				if len(part.Needs) == 0 && part.Fault == "" {
					t.Fatalf("%s is undecided and does not say why", c.When)
				}
				continue
			}
			decided++
			if whole.Answer != part.Answer && whole.Answer != policy.Undecided {
				t.Fatalf("%s %s with %+v, but %s once more is known: %+v", c.When, part.Answer, f, whole.Answer, g)
			}
		}
	})
	if decided == 0 {
		t.Error("nothing was ever decided")
	}
}

// TestUnknownFactsNeverMakeAnIgnoreFire draws facts and asks sets whose rules
// ignore: whatever is ignored is so for every completion of the facts.
func TestUnknownFactsNeverMakeAnIgnoreFire(t *testing.T) {
	t.Parallel()
	ignored := 0
	rapid.Check(t, func(rt *rapid.T) {
		when := rapid.SampledFrom(questions).Draw(rt, "question")
		s := policy.NewSet([]byte("k"), append(shipped(t), version(t, policy.Active, "ignores", when, policy.Action{Do: policy.Ignore, Why: "a test"})))
		f := drawFacts(rt)
		if rapid.IntRange(0, 3).Draw(rt, "likely") > 0 {
			f.Complete, f.Band, f.Matches = policy.Known(true), policy.Known(jaga.BandReview), policy.Known([]policy.Match{})
		}
		r := s.Evaluate(&f)
		if !slices.Contains(wants(r), "ignore") {
			return
		}
		ignored++
		if c, _ := f.Complete.Get(); !c {
			rt.Fatal("ignored although not everything was checked")
		}
		if r.Band >= jaga.BandUrgent {
			rt.Fatal("ignored an urgent finding")
		}
		g := complete(rt, f)
		// What is filled in may hold an exact match, which is ignored never.
		if again := s.Evaluate(&g); !slices.Contains(wants(again), "ignore") && (len(again.Stopped) == 0 || again.Stopped[0].Note != policy.NoteExact) {
			rt.Fatalf("%s ignored %+v, but not %+v", when, f, g)
		}
	})
	if ignored == 0 {
		t.Error("nothing was ever ignored")
	}
}

// BenchmarkEvaluate asks 100 rules about one finding with some matches.
func BenchmarkEvaluate(b *testing.B) {
	var list []policy.Version
	for i := range 100 {
		q := questions[i%len(questions)]
		list = append(list, version(b, policy.Active, fmt.Sprintf("rule-%d", i), fmt.Sprintf("(%s) && account.age_days == %d", q, 1000+i), policy.Action{Do: policy.Hold}))
	}
	s := policy.NewSet([]byte("k"), list)
	f := policy.Facts{Form: policy.Known("grooming"), Band: policy.Known(jaga.BandReview), Complete: policy.Known(true), NotChecked: policy.Known([]string{}),
		Indicators: policy.Known([]policy.Indicator{{ID: policy.Known("S-04"), Count: policy.Known(int64(2))}, {ID: policy.Known("G-13"), Count: policy.Known(int64(1))}}),
		Account:    policy.Account{AgeDays: policy.Known(int64(3)), EarlierCases: policy.Known(int64(0)), Earlier: policy.Known([]policy.Earlier{})},
		Pair:       policy.Pair{ToMinor: policy.Known(true), FromMinor: policy.Known(false), Power: policy.Known([]string{"age"})},
		Time:       policy.Time{Hour: policy.Known(int64(23))}, Source: policy.Source{ID: policy.Known("key:1")}}
	var matches []policy.Match
	for i := range 20 {
		matches = append(matches, policy.Match{Distance: policy.Known(int64(i)), VotesFor: policy.Known(int64(1)), Exact: policy.Known(false), Role: policy.Known("match")})
	}
	f.Matches = policy.Known(matches)
	b.ReportAllocs()
	for b.Loop() {
		if r := s.Evaluate(&f); len(r.Wanted) != 0 {
			b.Fatal("a rule fired")
		}
	}
}
