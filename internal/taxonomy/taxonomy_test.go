package taxonomy

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// each calls fn for every combination of the facts with one value.
func each(names []Fact, fn func(Facts)) {
	f := Unknown("own_review")
	at := map[Fact]*string{Subject: &f.Subject, Age: &f.Age, Confidence: &f.Confidence, Pubertal: &f.Pubertal, Activity: &f.Activity,
		Relation: &f.Relation, Immediacy: &f.Immediacy, Source: &f.Source}
	var turn func(int)
	turn = func(i int) {
		if i == len(names) {
			fn(f)
			return
		}
		for _, v := range values[names[i]] {
			*at[names[i]] = v
			turn(i + 1)
		}
	}
	turn(0)
}

// subsets returns every subset of values.
func subsets(all []string) (out [][]string) {
	for bits := range 1 << len(all) {
		var one []string
		for i, v := range all {
			if bits>>i&1 == 1 {
				one = append(one, v)
			}
		}
		out = append(out, one)
	}
	return out
}

var material = []Fact{Subject, Age, Confidence, Pubertal, Activity}

// Every combination of facts has exactly one row on every scale, or one for
// each conduct. A scale reads the facts that its rows name and no others, so
// all combinations of those are all there is; the first half of the test holds
// that the rows of scales by material name nothing else.
func TestEveryCombinationHasOneRow(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range Current().scales {
		for _, r := range s.rows {
			for name := range r.when {
				if s.perConduct && name != Conduct || !s.perConduct && !slices.Contains(material, name) {
					t.Fatalf("row %s reads %s, which this test does not turn", r.result.Row, name)
				}
			}
		}
		if s.perConduct {
			for _, conduct := range subsets(values[Conduct]) {
				f := Unknown("own_review")
				f.Conduct = conduct
				for _, about := range s.views(&f) {
					n++
					if rows := s.matching(&f, about); len(rows) != 1 {
						t.Errorf("scale %s, conduct %s: %d rows", s.name, about, len(rows))
					}
				}
			}
			continue
		}
		each(material, func(f Facts) {
			n++
			if rows := s.matching(&f, ""); len(rows) != 1 {
				var names []string
				for _, r := range rows {
					names = append(names, r.result.Row)
				}
				t.Errorf("scale %s, %s/%s/%s/%s/%s: rows %v, want one", s.name, f.Subject, f.Age, f.Confidence, f.Pubertal, f.Activity, names)
			}
		})
	}
	t.Logf("%d combinations", n)
}

// Every row speaks for some facts that are valid: a row that never does is a
// mistake in the table.
func TestEveryRowIsReached(t *testing.T) {
	t.Parallel()
	reached := map[string]bool{}
	each(material, func(f Facts) {
		if f.Validate() != nil {
			return
		}
		f.Conduct = values[Conduct]
		for _, conduct := range [][]string{nil, f.Conduct} {
			f.Conduct = conduct
			d, err := Current().Derive(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range d.Results {
				reached[r.Row] = true
			}
		}
	})
	for _, s := range Current().scales {
		for _, r := range s.rows {
			if !reached[r.result.Row] {
				t.Errorf("row %s is never reached", r.result.Row)
			}
		}
	}
}

func child() Facts {
	f := Unknown("own_review")
	f.Subject, f.Age, f.Confidence, f.Pubertal, f.Activity = "real", "7-10", "high", "prepubescent", "act"
	return f
}

func one(t *testing.T, f Facts, s Scale) Result {
	t.Helper()
	d, err := Current().Derive(f)
	if err != nil {
		t.Fatal(err)
	}
	if r := d.Of(s); len(r) == 1 {
		return r[0]
	}
	t.Fatalf("scale %s of %+v: %v", s, f, d.Of(s))
	return Result{}
}

func TestRowsOfTheNotes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*Facts)
		want   map[Scale]string
	}{
		{"act, before puberty", func(*Facts) {}, map[Scale]string{NCMEC: "A1", UK: "B", Baseline: "yes", ICCAM: "1", XARFMaterial: "A1", DSA: "material", UCS: "material"}},
		{"penetrative", func(f *Facts) { f.Activity = "penetrative" }, map[Scale]string{NCMEC: "A1", UK: "A"}},
		{"exposure", func(f *Facts) { f.Activity = "exposure" }, map[Scale]string{NCMEC: "A2", UK: "C", Baseline: "yes", ICCAM: "1"}},
		{"puberty, act", func(f *Facts) { f.Age, f.Pubertal = "14-15", "pubescent" }, map[Scale]string{NCMEC: "B1", Baseline: "no", ICCAM: "2"}},
		{"puberty, exposure", func(f *Facts) { f.Age, f.Pubertal, f.Activity = "14-15", "pubescent", "exposure" }, map[Scale]string{NCMEC: "B2", UK: "C", ICCAM: "2"}},
		{"generated", func(f *Facts) { f.Subject = "generated" }, map[Scale]string{NCMEC: "A1", Baseline: "no", ICCAM: "person:by_country", DSA: "material_deepfake", UCS: "material_ai"}},
		{"drawing", func(f *Facts) { f.Subject = "drawing" }, map[Scale]string{NCMEC: "none:drawing", UK: "prohibited_image", ICCAM: "person:by_country", XARFMaterial: "none:drawing", DSA: "person:by_law_of_place"}},
		{"doubtful age", func(f *Facts) { f.Confidence = "low" }, map[Scale]string{NCMEC: "none:age_doubtful", UK: "none:age_doubtful", Baseline: "no", ICCAM: "3", UCS: "not_determined", XARFMaterial: "none:age_doubtful"}},
		{"text only", func(f *Facts) { f.Subject, f.Activity = None, None }, map[Scale]string{NCMEC: "none:no_material", UK: "none:no_material", Baseline: "none:no_material", ICCAM: "none:no_material"}},
		{"grooming", func(f *Facts) { f.Conduct = []string{"solicitation"} }, map[Scale]string{NCMECIncident: "online_enticement", XARFConduct: "grooming", DSAConduct: "grooming"}},
		{"sextortion", func(f *Facts) { f.Conduct = []string{"sextortion_financial"} }, map[Scale]string{NCMECIncident: "online_enticement", XARFConduct: "sextortion", DSAConduct: "grooming"}},
		{"trafficking", func(f *Facts) { f.Conduct = []string{"trafficking"} }, map[Scale]string{NCMECIncident: "child_sex_trafficking", XARFConduct: "trafficking", DSAConduct: "trafficking"}},
	} {
		f := child()
		c.change(&f)
		for s, want := range c.want {
			r := one(t, f, s)
			got := r.Value
			if r.Kind != KindValue {
				got = string(r.Kind) + ":" + r.Reason
			}
			if got != want {
				t.Errorf("%s: %s is %s (row %s), want %s", c.name, s, got, r.Row, want)
			}
		}
	}
}

// ICCAM 1 and the baseline gate need everything determined: whatever is
// undetermined, or in doubt, never becomes either.
func TestUndeterminedIsNeverBaseline(t *testing.T) {
	t.Parallel()
	gates := 0
	each(material, func(f Facts) {
		if f.Validate() != nil {
			return
		}
		sure := f.Subject == "real" && f.Age != "adult" && f.Age != Undetermined && f.Confidence != "low" && f.Pubertal == "prepubescent" &&
			f.Activity != None && f.Activity != Undetermined
		for _, s := range []Scale{ICCAM, Baseline} {
			r := one(t, f, s)
			if gate := r.Value == "1" || r.Value == "yes"; gate != sure {
				t.Errorf("%s of %+v is %q", s, f, r.Value)
			} else if gate {
				gates++
			}
		}
	})
	if gates == 0 {
		t.Error("nothing passed the gate: the test shows nothing")
	}
}

func TestMarks(t *testing.T) {
	t.Parallel()
	f := child()
	f.Setting, f.Conduct, f.Relation = []string{"live", "self_generated"}, []string{"sadistic_group"}, "child_child"
	d, err := Current().Derive(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []Mark{{NCMEC, "liveStreaming", "file"}, {NCMEC, "possibleSelfProduction", "file"}, {NCMEC, "sadisticOnlineExploitation", "report"},
		{NCMEC, "minorToMinorInteraction", "report"}, {UK, "welfare_first", "case"}, {UK, "nca_p1_candidate", "case"}, {UCS, "age_7_10", "file"}} {
		if !slices.Contains(d.Marks, want) {
			t.Errorf("mark %v is missing in %v", want, d.Marks)
		}
	}
	if slices.Contains(d.Marks, Mark{NCMEC, "generativeAi", "file"}) {
		t.Error("a real child is marked as generated")
	}
	if d.Version != 1 {
		t.Errorf("version %d", d.Version)
	}
}

func TestWordsAreComplete(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	need := func(key string) {
		used[key] = true
		w := words()[key]
		if w.EN == "" || w.ID == "" {
			t.Errorf("%s has no words in both languages", key)
		}
	}
	for _, f := range AllFacts() {
		need("fact/" + string(f))
		for _, v := range values[f] {
			need("fact/" + string(f) + "/" + v)
		}
	}
	need("fact/conduct/none")
	for _, s := range Current().scales {
		need("scale/" + string(s.name))
		for _, r := range s.rows {
			if r.result.Kind == KindValue {
				need(string(s.name) + "/" + r.result.Value)
			} else {
				need("reason/" + r.result.Reason)
			}
		}
	}
	for _, m := range Current().marks {
		need("mark/" + string(m.mark.Scale) + "/" + m.mark.Name)
	}
	for key := range words() {
		if !used[key] {
			t.Errorf("the words %s are used by nothing", key)
		}
	}
}

// No exported or other function takes a result, a value or a mark of a scale
// and returns those of one: the only way to a scale is Derive, from facts.
func TestNoScaleIsConvertedIntoAnother(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	mentions := func(fields *ast.FieldList, names ...string) (found bool) {
		if fields == nil {
			return false
		}
		ast.Inspect(fields, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && slices.Contains(names, id.Name) {
				found = true
			}
			return true
		})
		return found
	}
	seen := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			seen++
			from := mentions(fn.Recv, "Result", "Derived", "Mark") || mentions(fn.Type.Params, "Result", "Derived", "Mark")
			to := mentions(fn.Type.Results, "Derived", "Mark") || mentions(fn.Type.Results, "Result") && fn.Name.Name != "Of" && fn.Name.Name != "NeedsPerson"
			if from && to {
				t.Errorf("%s: %s makes scales from scales", file, fn.Name.Name)
			}
		}
	}
	if seen < 10 {
		t.Errorf("%d functions were looked at", seen)
	}
}

func TestFactsAreRefusedWhole(t *testing.T) {
	t.Parallel()
	for text, field := range map[string]string{
		`{}`: "facts.subject",
		`{"subject":"real","age_band":"12","age_confidence":"high","pubertal":"pubescent","activity":"act","relation":"adult_child","immediacy":"past","source":"police"}`:                             "facts.age_band",
		`{"subject":"none","age_band":"adult","age_confidence":"high","pubertal":"pubescent","activity":"act","relation":"adult_child","immediacy":"past","source":"police"}`:                          "facts.activity",
		`{"subject":"real","age_band":"7-10","age_confidence":"high","pubertal":"pubescent","activity":"act","relation":"adult_child","immediacy":"past","source":"police","setting":["live","live"]}`: "facts.setting",
		`{"subject":"real","a1":"A1"}`: "facts",
		`{} {}`:                        "facts",
		`[]`:                           "facts",
	} {
		_, err := ParseFacts([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), field+":") {
			t.Errorf("%s: %v, want the field %s", text, err, field)
		}
	}
}

func anyFacts(t *rapid.T) Facts {
	pick := func(f Fact) string { return rapid.SampledFrom(values[f]).Draw(t, string(f)) }
	some := func(f Fact) []string { return rapid.SampledFrom(subsets(values[f])).Draw(t, string(f)) }
	f := Facts{pick(Subject), pick(Age), pick(Confidence), pick(Pubertal), pick(Activity), some(Setting), some(Conduct), pick(Relation), pick(Immediacy), some(Media), some(Verbs), pick(Source)}
	if f.Subject == None {
		f.Activity = None
	}
	return f
}

func TestFactsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := anyFacts(t)
		text, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseFacts(text)
		if err != nil || !reflect.DeepEqual(f, back) {
			t.Fatalf("%+v became %+v (%v)", f, back, err)
		}
		if _, err := Current().Derive(f); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzParseFacts(f *testing.F) {
	text, _ := json.Marshal(child())
	f.Add(text)
	f.Add([]byte(`{"subject":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		facts, err := ParseFacts(text)
		if err != nil {
			return
		}
		if _, err := Current().Derive(facts); err != nil {
			t.Errorf("facts that were taken have no derivation: %v", err)
		}
	})
}
