package console

import (
	"errors"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// derivedView is what the scales of the field make of facts.
type derivedView struct {
	Version int
	Lines   []scaleLine
	None    string // the scales that do not apply
	Persons int    // how many a person has to settle
	Marks   []string
	Wrong   string // why nothing is derived
}

type scaleLine struct {
	Scale   string
	Conduct string
	Word    string
	Kind    taxonomy.Kind
}

// derive says what a table makes of facts that are typed. Facts that cannot be
// together make nothing, and the line says so.
func (s *speaker) derive(f taxonomy.Facts) *derivedView {
	d, err := taxonomy.Current().Derive(f)
	if err != nil {
		v := &derivedView{Version: taxonomy.Current().Version(), Wrong: s.t("casefile.derive_wrong")}
		var e *jaga.Error
		if errors.As(err, &e) && e.Field == "facts.activity" && f.Subject == taxonomy.None {
			v.Wrong = s.t("casefile.derive_no_material")
		}
		return v
	}
	return s.derived(d)
}

func (s *speaker) derived(d taxonomy.Derived) *derivedView {
	v := &derivedView{Version: d.Version, Persons: len(d.NeedsPerson())}
	var none []string
	for _, r := range d.Results {
		if r.Kind == taxonomy.KindNone {
			if name := taxonomy.ScaleWord(r.Scale).In(s.tag); !slices.Contains(none, name) {
				none = append(none, name)
			}
			continue
		}
		line := scaleLine{Scale: taxonomy.ScaleWord(r.Scale).In(s.tag), Word: r.Word().In(s.tag), Kind: r.Kind}
		if r.Conduct != "" && r.Conduct != taxonomy.None {
			line.Conduct = taxonomy.ValueWord(taxonomy.Conduct, r.Conduct).In(s.tag)
		}
		v.Lines = append(v.Lines, line)
	}
	v.None = strings.Join(none, ", ")
	for _, m := range d.Marks {
		v.Marks = append(v.Marks, taxonomy.ScaleWord(m.Scale).In(s.tag)+": "+m.Word().In(s.tag))
	}
	return v
}
