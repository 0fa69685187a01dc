package law_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/law"
)

func builtIn(t testing.TB, ids ...string) law.Set {
	t.Helper()
	all, err := law.BuiltInProfiles()
	if err != nil {
		t.Fatal(err)
	}
	set, err := law.Choose(all, ids)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func is(t *testing.T, what string, got time.Time, want string) {
	t.Helper()
	if !got.Equal(at(t, want)) {
		t.Errorf("%s: %s, want %s", what, got.UTC().Format(time.RFC3339), want)
	}
}

func TestTheFiveProfiles(t *testing.T) {
	t.Parallel()
	all, err := law.BuiltInProfiles()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range all {
		ids = append(ids, p.ID)
		if p.Origin != law.BuiltIn || p.Version < 1 || len(p.Steps) == 0 || p.Reviewed() {
			t.Errorf("%s: %+v; no lawyer has reviewed it, and it must say so", p.ID, p.Origin)
		}
	}
	if got := strings.Join(ids, " "); got != "eu-dsa18 id-komdigi ph-11930 uk-csea us-2258a" {
		t.Errorf("profiles %s", got)
	}
}

// TestClocksOfTheLaws holds the numbers of the table of laws.
func TestClocksOfTheLaws(t *testing.T) {
	t.Parallel()
	began := at(t, "2026-11-20T10:00:00Z")
	for _, c := range []struct {
		profile string
		kind    law.Kind
		class   string
		want    string // empty: no number
	}{
		{"us-2258a", law.SendReport, "p1", "2026-11-20T11:00:00Z"}, {"us-2258a", law.SendReport, "p3", "2026-11-21T10:00:00Z"},
		{"us-2258a", law.Preservation, "", "2027-02-18T10:00:00Z"},
		{"uk-csea", law.SendReport, "p1", "2026-11-20T10:00:00Z"}, {"uk-csea", law.SendReport, "p2", ""}, {"uk-csea", law.Question, "", "2026-11-27T10:00:00Z"},
		{"id-komdigi", law.TakeDown, law.Urgent, "2026-11-20T14:00:00Z"}, {"id-komdigi", law.TakeDown, law.Standard, "2026-11-21T10:00:00Z"},
		{"id-komdigi", law.Breach, "", "2026-11-23T10:00:00Z"}, {"ph-11930", law.SendReport, "p2", "2026-11-22T10:00:00Z"}, {"eu-dsa18", law.SendReport, "p1", ""},
	} {
		d := builtIn(t, c.profile).By(c.kind, c.class, began)
		if len(d.All) != 1 {
			t.Fatalf("%s %s %s: %d answers", c.profile, c.kind, c.class, len(d.All))
		}
		if c.want == "" {
			if !d.First.At.IsZero() || len(d.Conflicts) != 1 || d.Conflicts[0].Why != law.NoNumber {
				t.Errorf("%s %s: %+v", c.profile, c.kind, d)
			}
			continue
		}
		is(t, c.profile+" "+string(c.kind)+" "+c.class, d.First.At, c.want)
	}
}

func TestFactsHoldFromTheirDay(t *testing.T) {
	t.Parallel()
	uk := builtIn(t, "uk-csea")
	// 7 April 2026 begins at 23:00 of the day before in UTC: London has summer time.
	if d := uk.Report(law.P1, at(t, "2026-04-06T22:59:59Z")); len(d.All) != 0 {
		t.Errorf("a law held before its day: %+v", d)
	}
	if d := uk.Report(law.P1, at(t, "2026-04-06T23:00:00Z")); len(d.All) != 1 {
		t.Error("a law does not hold on its first day")
	}
}

func TestSeveralProfiles(t *testing.T) {
	t.Parallel()
	set := builtIn(t, "ph-11930", "eu-dsa18", "us-2258a", "id-komdigi", "uk-csea")
	began := at(t, "2026-11-20T10:00:00Z")
	d := set.Report(law.P2, began)
	if d.First.Profile.ID != "us-2258a" || len(d.All) != 5 || len(d.Conflicts) != 2 || d.Conflicts[0].Why != law.Different || d.Conflicts[1].Why != law.NoNumber {
		t.Errorf("%s first of %d, %+v", d.First.Profile.ID, len(d.All), d.Conflicts)
	}
	if d := builtIn(t, "us-2258a", "id-komdigi").Report(law.P2, began); len(d.Conflicts) != 0 {
		t.Errorf("laws that agree conflict: %+v", d.Conflicts)
	}
	k := builtIn(t, "us-2258a", "uk-csea").KeepUntil(law.Content, began, false)
	is(t, "keep", k.Last.Until, "2027-11-20T10:00:00Z")
	is(t, "since", k.Since, "2026-11-06T10:00:00Z")
	k = builtIn(t, "us-2258a", "id-komdigi").KeepUntil(law.Content, began, false)
	if len(k.All) != 1 || len(k.Conflicts) != 1 || k.Conflicts[0].Why != law.IfOrdered {
		t.Errorf("keep without an order: %+v", k)
	}
	if k = builtIn(t, "id-komdigi").KeepUntil(law.Content, began, false); len(k.All) != 0 {
		t.Errorf("Indonesia keeps content without an order: %+v", k)
	}
	if k = builtIn(t, "id-komdigi").KeepUntil(law.Content, began, true); len(k.All) != 1 {
		t.Errorf("Indonesia keeps nothing under an order: %+v", k)
	}
	may, conflicts := builtIn(t, "us-2258a", "eu-dsa18").MayScanPrivate(began)
	if may || len(conflicts) != 1 {
		t.Errorf("private messages: %v, %+v", may, conflicts)
	}
	if may, _ := (law.Set{}).MayScanPrivate(began); may {
		t.Error("without a profile private messages may be scanned")
	}
	for _, text := range []law.Text{d.Conflicts[0].Say, d.First.Clock.Say, law.NotAdvice()} {
		if text.In("id") == text.In("en") || text.In("id") == "" {
			t.Errorf("%+v", text)
		}
	}
}

func TestStepsComeInOrder(t *testing.T) {
	t.Parallel()
	uk, began := builtIn(t, "uk-csea"), at(t, "2026-11-20T10:00:00Z")
	names := func(list []law.Next) (out []string) {
		for _, n := range list {
			word := n.Step.ID
			if n.Ready {
				word += "+"
			}
			out = append(out, word)
		}
		return out
	}
	if got := strings.Join(names(uk.Steps(law.P1, began, nil)), " "); got != "double+ phone+ report preserve supplement" {
		t.Errorf("P1: %s", got)
	}
	if got := strings.Join(names(uk.Steps(law.P3, began, nil)), " "); got != "double+ report preserve supplement" {
		t.Errorf("P3: %s", got)
	}
	done := func(_, step string) bool { return step == "double" }
	list := uk.Steps(law.P3, began, done)
	if got := strings.Join(names(list), " "); got != "double+ report+ preserve supplement" || list[1].Receiver.ID != "nca" || list[1].Receiver.OutOfHours.ID == "" {
		t.Errorf("P3 with a step done: %s, %+v", got, list[1].Receiver)
	}
}

// Profiles that differ say so for each question by itself, and one alone never
// disagrees with itself.
func TestDisagreements(t *testing.T) {
	t.Parallel()
	all, err := law.BuiltInProfiles()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	said := func(ids ...string) (out []string) {
		t.Helper()
		set, err := law.Choose(all, ids)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range set.Disagreements(at) {
			if d.About.EN == "" || d.About.ID == "" || d.Say.EN == "" || d.Say.ID == "" || len(d.Profiles) == 0 {
				t.Errorf("%v: %+v", ids, d)
			}
			out = append(out, d.About.EN+": "+d.Why)
		}
		return out
	}
	if got := said("us-2258a"); len(got) != 0 {
		t.Errorf("one profile: %v", got)
	}
	got := said("us-2258a", "ph-11930", "id-komdigi")
	for _, want := range []string{"any other report: different", "keeping content: no_number", "keeping content: if_ordered", "scanning private messages: switch", "keeping references of reports: no_number"} {
		if !slices.Contains(got, want) {
			t.Errorf("%q is not among %v", want, got)
		}
	}
	set, _ := law.Choose(all, []string{"us-2258a", "id-komdigi"})
	if got := set.OfCase(law.P3, at); len(got) != 1 || got[0].Why != law.IfOrdered {
		t.Errorf("of a case: %+v", got)
	}
}

// sample is a profile of an operator.
const sample = `format = 1
id = "xx-test"
version = 2
name = { en = "Test", id = "Uji" }
country = "XX"
zone = "Asia/Jakarta"
[default]
source = "Act 1"
source_date = "2026-01"
reviewer = "a lawyer"
valid_from = "2026-01-01"
mark = "read"
[[clock]]
kind = "report"
for = "p1"
within = "2h"
say = { en = "two hours", id = "dua jam" }
[[clock]]
kind = "report"
for = "p2"
within = "2d"
say = { en = "two days", id = "dua hari" }
[[clock]]
kind = "report"
for = "p3"
say = { en = "soon", id = "segera" }
[[keep]]
what = "content"
for = "1y"
from = "submission"
say = { en = "a year", id = "setahun" }
[access]
say = { en = "few", id = "sedikit" }
[destroy]
say = { en = "two people", id = "dua orang" }
[scan_switch]
private = "off"
say = { en = "off", id = "mati" }
[notice_delay]
say = { en = "wait", id = "tunggu" }
[[receiver]]
id = "office"
name = "Office"
way = "form"
[[step]]
id = "send"
to = "office"
do = { en = "send it", id = "kirim" }
`

func TestBadProfilesAreRefused(t *testing.T) {
	t.Parallel()
	if _, err := law.Parse("x.toml", []byte(sample)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, text, part string }{
		{"format = 1", "format = 2", "format"}, {`id = "xx-test"`, `id = "../x"`, "id"}, {"version = 2", "version = 0", "version"},
		{`zone = "Asia/Jakarta"`, `zone = "Mars"`, "zone"}, {`zone = "Asia/Jakarta"`, `zone = ""`, "zone"}, {`country = "XX"`, `country = "x"`, "country"},
		{`within = "2h"`, `within = "2 hours"`, "length of time"}, {`within = "2h"`, `within = "2y"`, "within"}, {`for = "p3"`, `for = "p4"`, "clock 3.for"},
		{`kind = "report"`, `kind = "party"`, "clock 1.kind"}, {`for = "p2"`, `for = "p1"`, "two of this kind"}, {`id = "dua jam"`, `id = ""`, "clock 1.say.id"},
		{`source = "Act 1"`, `source = ""`, "source"}, {`source_date = "2026-01"`, `source_date = "soon"`, "source_date"}, {`valid_from = "2026-01-01"`, `valid_from = "2026"`, "valid_from"},
		{`mark = "read"`, `mark = "sure"`, "mark"}, {`reviewer = "a lawyer"`, `reviewer = ""`, "reviewer"}, {`private = "off"`, `private = "on"`, "scan_switch"},
		{`to = "office"`, `to = "nobody"`, "receiver"}, {`way = "form"`, `way = "pigeon"`, "way"}, {`[[step]]`, "[[step]]\nneeds = [\"later\"]", "needs"},
		{`from = "submission"`, `from = "birth"`, "from"}, {`what = "content"`, `what = "cake"`, "what"}, {`[access]`, "[access]\nsurprise = 1", "surprise"}, {"[access]", "[access", "line"},
	} {
		text := strings.Replace(sample, c.old, c.text, 1)
		if text == sample {
			t.Fatalf("%q is not in the sample", c.old)
		}
		_, err := law.Parse("x.toml", []byte(text))
		if jaga.CodeOf(err) != jaga.CodeInvalid || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%q: %v, want one that names %q", c.text, err, c.part)
		}
	}
}

func TestOverlaysAreSigned(t *testing.T) {
	t.Parallel()
	signer, verifier, err := custody.NewKey("jaga.test")
	if err != nil {
		t.Fatal(err)
	}
	_, stranger, err := custody.NewKey("jaga.test")
	if err != nil {
		t.Fatal(err)
	}
	sig, err := law.Sign("xx.toml", []byte(sample), signer)
	if err != nil {
		t.Fatal(err)
	}
	folder := func(text, signature string) fstest.MapFS {
		fs := fstest.MapFS{"xx.toml": {Data: []byte(text)}}
		if signature != "" {
			fs["xx.toml.sig"] = &fstest.MapFile{Data: []byte(signature)}
		}
		return fs
	}
	find := func(all []law.Loaded) *law.Loaded {
		for i := range all {
			if all[i].ID == "xx-test" {
				return &all[i]
			}
		}
		return nil
	}
	all, err := law.Load(law.Options{Folder: folder(sample, sig), Verifiers: []string{stranger, verifier}})
	if l := find(all); err != nil || l == nil || l.Origin != law.Signed || l.SignedBy != "jaga.test" || !l.Reviewed() || len(all) != 6 {
		t.Fatalf("%+v, %v", l, err)
	}
	for name, opt := range map[string]law.Options{
		"unsigned":             {Folder: folder(sample, ""), Verifiers: []string{verifier}},
		"another's key":        {Folder: folder(sample, sig), Verifiers: []string{stranger}},
		"no key":               {Folder: folder(sample, sig)},
		"changed":              {Folder: folder(strings.Replace(sample, "2h", "9h", 1), sig), Verifiers: []string{verifier}, AllowUnsigned: true},
		"nonsense for a proof": {Folder: folder(sample, "signed, me"), Verifiers: []string{verifier}, AllowUnsigned: true},
	} {
		if _, err := law.Load(opt); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	all, err = law.Load(law.Options{Folder: folder(sample, ""), AllowUnsigned: true})
	if l := find(all); err != nil || l == nil || l.Origin != law.Unsigned {
		t.Errorf("allowed: %+v, %v", l, err)
	}
	// One of the program's is replaced only by another version, and an older
	// one says so.
	mine := strings.Replace(sample, "xx-test", "us-2258a", 1)
	all, err = law.Load(law.Options{Folder: folder(mine, ""), AllowUnsigned: true})
	if err != nil || len(all) != 5 || all[4].Name.EN != "Test" || all[4].Newer != 0 {
		t.Errorf("replaced: %v", err)
	}
	if _, err = law.Load(law.Options{Folder: folder(strings.Replace(mine, "version = 2", "version = 1", 1), ""), AllowUnsigned: true}); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("the same version: %v", err)
	}
	// A signature over a profile is none over a checkpoint of the custody log.
	if _, err := custody.OpenCheckpoint(sig, verifier); err == nil {
		t.Error("the signature of a profile passes for a checkpoint")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("format = 1\n[[clock]]\nwithin = \"99999d\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := law.Parse("f.toml", text)
		if err != nil {
			if jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Errorf("%v", err)
			}
			return
		}
		set, now := law.Set{p}, time.Unix(1_800_000_000, 0)
		for _, pr := range law.Priorities() {
			set.Report(pr, now)
			set.Steps(pr, now, nil)
		}
		set.KeepUntil(law.Content, now, true)
		p.Write("en")
	})
}
