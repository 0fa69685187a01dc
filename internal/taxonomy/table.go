package taxonomy

import (
	_ "embed" // the table is a file
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Scale names a classification that somebody outside uses.
type Scale string

// The scales of table version 1.
const (
	NCMEC         Scale = "ncmec"          // A1 to B2, per file, only under the hash-sharing agreement
	NCMECIncident Scale = "ncmec_incident" // the type of incident of a report
	UK            Scale = "uk"             // sentencing categories A to C
	Baseline      Scale = "baseline"       // INTERPOL baseline, the gate for automatic sharing
	ICCAM         Scale = "iccam"          // 1 baseline, 2 national, 3 doubtful, 4 ignore
	UCS           Scale = "ucs"            // INHOPE Universal Classification Schema v3
	XARFMaterial  Scale = "xarf_csam"      // XARF v4 content/csam
	XARFConduct   Scale = "xarf_csem"      // XARF v4 content/csem
	DSA           Scale = "dsa"            // keyword of a statement of reasons, by material
	DSAConduct    Scale = "dsa_conduct"    // keyword of a statement of reasons, by conduct
)

// Kind says what a scale makes of facts.
type Kind string

// The kinds of results. Only a KindValue has a value that may leave the house.
const (
	KindValue  Kind = "value"
	KindNone   Kind = "none"   // the scale does not apply: nothing is sent
	KindPerson Kind = "person" // the facts do not decide it: a person does
)

// Result is what one row of a table says.
type Result struct {
	Scale Scale `json:"scale"`
	// Conduct is the conduct that the result is about, on scales that have
	// one result for each; "none" where there is none, empty on other scales.
	Conduct string `json:"conduct,omitempty"`
	Kind    Kind   `json:"kind"`
	// Value is the table's own name of the value, empty unless KindValue.
	Value string `json:"value,omitempty"`
	// Reason says why there is no value, as a key of [ReasonWords].
	Reason string `json:"reason,omitempty"`
	// Row is the row of the table that spoke.
	Row string `json:"row"`
}

// Mark is an annotation beside the values of a scale.
type Mark struct {
	Scale Scale  `json:"scale"`
	Name  string `json:"name"`
	// On is "report", "file" or "case": what it is an annotation of.
	On string `json:"on"`
}

// Derived is everything that a table makes of facts. It is stored with the
// version, and never derived again from itself.
type Derived struct {
	Version int      `json:"table_version"`
	Results []Result `json:"results"`
	Marks   []Mark   `json:"marks"`
}

// Of returns the results of one scale: one, or one for each conduct.
func (d Derived) Of(s Scale) []Result {
	return slices.DeleteFunc(slices.Clone(d.Results), func(r Result) bool { return r.Scale != s })
}

// NeedsPerson lists the results that a person has to settle.
func (d Derived) NeedsPerson() []Result {
	return slices.DeleteFunc(slices.Clone(d.Results), func(r Result) bool { return r.Kind != KindPerson })
}

// Table derives scales from facts. It is immutable and safe for concurrent use.
type Table struct {
	version int
	scales  []scale
	marks   []mark
}

type scale struct {
	name       Scale
	perConduct bool
	rows       []row
}

type row struct {
	when   condition
	result Result
}

type mark struct {
	when condition
	mark Mark
}

// condition maps facts to the values that fulfil it; all must be fulfilled.
type condition map[Fact][]string

// holds reports whether facts fulfil the condition. about is the one conduct
// that is looked at, or empty for all of them.
func (c condition) holds(f *Facts, about string) bool {
	for name, wanted := range c {
		if name == Conduct && about != "" {
			if !slices.Contains(wanted, about) {
				return false
			}
			continue
		}
		if !slices.ContainsFunc(f.Of(name), func(v string) bool { return slices.Contains(wanted, v) }) {
			return false
		}
	}
	return true
}

//go:embed table1.json
var table1 []byte

var loaded = sync.OnceValue(func() *Table {
	t, err := parse(table1)
	if err != nil {
		panic("taxonomy: the embedded table: " + err.Error()) // the tests read it first
	}
	return t
})

// Current returns the table in use, which is version 1.
func Current() *Table { return loaded() }

// Version numbers the table. A change of any row is a new version.
func (t *Table) Version() int { return t.version }

// Scales lists the scales in the order of screens.
func (t *Table) Scales() []Scale {
	var out []Scale
	for _, s := range t.scales {
		out = append(out, s.name)
	}
	return out
}

// Derive returns what the table makes of facts, which it validates first.
func (t *Table) Derive(f Facts) (Derived, error) {
	if err := f.Validate(); err != nil {
		return Derived{}, err
	}
	out := Derived{Version: t.version, Results: []Result{}, Marks: []Mark{}}
	for i := range t.scales {
		s := &t.scales[i]
		for _, about := range s.views(&f) {
			rows := s.matching(&f, about)
			if len(rows) != 1 {
				return Derived{}, fmt.Errorf("taxonomy: %d rows of scale %s fit the facts, there must be one", len(rows), s.name)
			}
			r := rows[0].result
			r.Conduct = about
			out.Results = append(out.Results, r)
		}
	}
	for i := range t.marks {
		if t.marks[i].when.holds(&f, "") {
			out.Marks = append(out.Marks, t.marks[i].mark)
		}
	}
	return out, nil
}

// views lists what the scale has one result about: everything, or each conduct.
func (s *scale) views(f *Facts) []string {
	switch {
	case !s.perConduct:
		return []string{""}
	case len(f.Conduct) == 0:
		return []string{None}
	}
	return f.Conduct
}

func (s *scale) matching(f *Facts, about string) (out []*row) {
	for i := range s.rows {
		if s.rows[i].when.holds(f, about) {
			out = append(out, &s.rows[i])
		}
	}
	return out
}

// tableFile is the form of a table as data.
type tableFile struct {
	Version int                 `json:"version"`
	Note    string              `json:"note"`
	Sets    map[string][]string `json:"sets"`
	Scales  []struct {
		Scale      Scale `json:"scale"`
		PerConduct bool  `json:"per_conduct"`
		Rows       []struct {
			Row    string            `json:"row"`
			When   map[Fact][]string `json:"when"`
			Value  string            `json:"value"`
			None   string            `json:"none"`
			Person string            `json:"person"`
		} `json:"rows"`
	} `json:"scales"`
	Marks []struct {
		Scale Scale             `json:"scale"`
		Mark  string            `json:"mark"`
		On    string            `json:"on"`
		When  map[Fact][]string `json:"when"`
	} `json:"marks"`
}

// parse reads a table. A condition may name a set as "@name".
func parse(text []byte) (*Table, error) {
	var file tableFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	expand := func(when map[Fact][]string) (condition, error) {
		out := condition{}
		for name, list := range when {
			for _, v := range list {
				if set, is := strings.CutPrefix(v, "@"); is {
					out[name] = append(out[name], file.Sets[set]...)
				} else {
					out[name] = append(out[name], v)
				}
			}
			for _, v := range out[name] {
				if !slices.Contains(values[name], v) && !(name == Conduct && v == None) {
					return nil, fmt.Errorf("%q is no value of %s", v, name)
				}
			}
		}
		return out, nil
	}
	t := &Table{version: file.Version}
	for _, fs := range file.Scales {
		s := scale{name: fs.Scale, perConduct: fs.PerConduct}
		for _, fr := range fs.Rows {
			when, err := expand(fr.When)
			if err != nil {
				return nil, fmt.Errorf("scale %s, row %s: %w", fs.Scale, fr.Row, err)
			}
			r := Result{Scale: fs.Scale, Row: fr.Row}
			switch {
			case fr.Value != "" && fr.None == "" && fr.Person == "":
				r.Kind, r.Value = KindValue, fr.Value
			case fr.Value == "" && fr.None != "" && fr.Person == "":
				r.Kind, r.Reason = KindNone, fr.None
			case fr.Value == "" && fr.None == "" && fr.Person != "":
				r.Kind, r.Reason = KindPerson, fr.Person
			default:
				return nil, fmt.Errorf("scale %s, row %s: it is not one of value, none and person", fs.Scale, fr.Row)
			}
			s.rows = append(s.rows, row{when, r})
		}
		t.scales = append(t.scales, s)
	}
	for _, fm := range file.Marks {
		when, err := expand(fm.When)
		if err != nil {
			return nil, fmt.Errorf("mark %s of %s: %w", fm.Mark, fm.Scale, err)
		}
		t.marks = append(t.marks, mark{when, Mark{fm.Scale, fm.Mark, fm.On}})
	}
	return t, nil
}
