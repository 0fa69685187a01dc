package taxonomy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/jaga-project/jaga"
)

// Fact names a fact of the master model. Its values are closed sets; see
// [Values].
type Fact string

// The facts. The first five and Conduct decide classes; the others are
// elements and annotations beside a class.
const (
	Subject    Fact = "subject"
	Age        Fact = "age_band"
	Confidence Fact = "age_confidence"
	Pubertal   Fact = "pubertal"
	Activity   Fact = "activity"
	Setting    Fact = "setting"
	Conduct    Fact = "conduct"
	Relation   Fact = "relation"
	Immediacy  Fact = "immediacy"
	Media      Fact = "media"
	Verbs      Fact = "verbs"
	Source     Fact = "source"
)

// Undetermined is the value of a fact that somebody looked for and could not
// tell. It is never read as any other value.
const Undetermined = "undetermined"

// None is the subject where there is no material, and the activity or conduct
// where there is none.
const None = "none"

// values lists the values of every fact. Age bands are those of IWF
// IntelliGrade; media and verbs are those of the founding document.
var values = map[Fact][]string{
	Subject:    {None, "real", "generated", "altered", "drawing", Undetermined},
	Age:        {"0-2", "3-6", "7-10", "11-13", "14-15", "16-17", "adult", Undetermined},
	Confidence: {"high", "medium", "low"},
	Pubertal:   {"prepubescent", "pubescent", Undetermined},
	Activity:   {None, "exposure", "act", "penetrative", "sadistic", Undetermined},
	Setting:    {"self_generated", "coerced", "live"},
	Conduct:    {"solicitation", "sextortion_financial", "sextortion_sexual", "trafficking", "in_person_abuse", "sadistic_group"},
	Relation:   {"adult_child", "child_child", Undetermined},
	Immediacy:  {"imminent", "ongoing", "past", Undetermined},
	Media:      {"photo", "audio", "video", "text"},
	Verbs:      {"access", "possess", "produce", "send"},
	Source:     {"hash_list", "indicator", "user_report", "hotline", "police", "own_review"},
}

// Values returns the closed set of values of a fact in the order of screens,
// and nil for what is no fact.
func Values(f Fact) []string { return slices.Clone(values[f]) }

// Several reports whether a fact may have several values at once, or none.
func Several(f Fact) bool {
	switch f {
	case Setting, Conduct, Media, Verbs:
		return true
	}
	return false
}

// AllFacts lists the facts in the order of screens.
func AllFacts() []Fact {
	return []Fact{Subject, Age, Confidence, Pubertal, Activity, Setting, Conduct, Relation, Immediacy, Media, Verbs, Source}
}

// Facts is what was observed. Who viewed a file, when and for how long is not
// among them: that follows from the log of reveals and is never typed in.
//
// A fact with one value must be stated, as [Undetermined] where it could not be
// told; lists may be empty.
type Facts struct {
	Subject    string   `json:"subject"`
	Age        string   `json:"age_band"`
	Confidence string   `json:"age_confidence"`
	Pubertal   string   `json:"pubertal"`
	Activity   string   `json:"activity"`
	Setting    []string `json:"setting,omitempty"`
	Conduct    []string `json:"conduct,omitempty"`
	Relation   string   `json:"relation"`
	Immediacy  string   `json:"immediacy"`
	Media      []string `json:"media,omitempty"`
	Verbs      []string `json:"verbs,omitempty"`
	Source     string   `json:"source"`
}

// Unknown returns facts of which nothing is known but where they are from, one
// of the values of [Source].
func Unknown(source string) Facts {
	return Facts{Subject: Undetermined, Age: Undetermined, Confidence: "low", Pubertal: Undetermined, Activity: Undetermined,
		Relation: Undetermined, Immediacy: Undetermined, Source: source}
}

// Of returns the values of a fact.
func (f Facts) Of(name Fact) []string {
	switch name {
	case Subject:
		return []string{f.Subject}
	case Age:
		return []string{f.Age}
	case Confidence:
		return []string{f.Confidence}
	case Pubertal:
		return []string{f.Pubertal}
	case Activity:
		return []string{f.Activity}
	case Setting:
		return f.Setting
	case Conduct:
		return f.Conduct
	case Relation:
		return []string{f.Relation}
	case Immediacy:
		return []string{f.Immediacy}
	case Media:
		return f.Media
	case Verbs:
		return f.Verbs
	case Source:
		return []string{f.Source}
	}
	return nil
}

// Validate refuses values that are in no closed set, a list that names one
// twice, and facts that cannot be together. The error names the fact.
func (f Facts) Validate() error {
	bad := func(name Fact, format string, args ...any) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "facts." + string(name), Msg: fmt.Sprintf(format, args...)}
	}
	for _, name := range AllFacts() {
		seen := map[string]bool{}
		for _, v := range f.Of(name) {
			if !slices.Contains(values[name], v) {
				return bad(name, "%.40q is not one of its values; state %q where it cannot be told", v, Undetermined)
			}
			if seen[v] {
				return bad(name, "%q is named twice", v)
			}
			seen[v] = true
		}
	}
	if f.Subject == None && f.Activity != None {
		return bad(Activity, "without material there is nothing that shows an activity: state %q", None)
	}
	return nil
}

// ParseFacts decodes the JSON form of facts, refusing fields that do not exist,
// and validates them.
func ParseFacts(text []byte) (Facts, error) {
	var f Facts
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return Facts{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "facts", Msg: "they are not a JSON object of the format: " + err.Error(), Err: err}
	}
	if _, err := d.Token(); err != io.EOF {
		return Facts{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "facts", Msg: "something follows the JSON object"}
	}
	return f, f.Validate()
}
