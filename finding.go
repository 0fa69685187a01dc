package jaga

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Reason is one piece of evidence for, or against, a finding. Exactly one of
// its parts is set.
type Reason struct {
	// Match points to a bank entry.
	Match *Match `json:"match,omitempty"`
	// Indicator is a behaviour seen in a conversation.
	Indicator *Seen `json:"indicator,omitempty"`
	// Classifier is what an outside classifier said. It supports a finding
	// that has another reason; alone it makes none.
	Classifier *Score `json:"classifier,omitempty"`
	// Listed is what a matcher of the operator's own said: the item is on a list
	// that only licensed operators hold.
	Listed *Listed `json:"listed,omitempty"`
}

func (r Reason) valid() bool {
	parts := 0
	for _, set := range []bool{r.Match != nil, r.Indicator != nil, r.Classifier != nil, r.Listed != nil} {
		if set {
			parts++
		}
	}
	return parts == 1 && (r.Classifier == nil || r.Classifier.Valid()) && (r.Listed == nil || r.Listed.Valid())
}

// Seen is where an indicator of the catalogue was seen in a conversation. It
// holds no text.
type Seen struct {
	// ID is the indicator, such as "G-13", or a modifier, "CTX-02".
	ID string `json:"id"`
	// Message is the platform's identifier of the message, empty when it
	// follows from what is known of the people.
	Message string `json:"message,omitempty"`
	// Span are byte offsets into the message's text; nil for an event.
	Span *[2]int `json:"span,omitempty"`
	// View is how the words were read: raw, stem, slang, folded; event for
	// an act.
	View string `json:"view,omitempty"`
	// By names the pack and its version.
	By string `json:"by,omitempty"`
}

// Finding is a claim about an item, with its reasons. It names a harm, never
// a guilty person, and it is for a person to decide on. A Finding can only be
// built by [NewFinding] or decoded from its JSON form, so it always has a
// reason.
type Finding struct {
	form    Form
	band    Band
	because []Reason
	against []Reason
}

// ErrNoReason is returned when a finding is built without a reason.
var ErrNoReason = errors.New("a finding needs at least one reason")

// ErrOnlyClassifiers is returned when a finding has no other reasons than the
// scores of outside classifiers. It is an [ErrNoReason].
var ErrOnlyClassifiers = fmt.Errorf("scores of classifiers alone make no finding: %w", ErrNoReason)

// NewFinding builds a finding of the form at the band. It refuses an unknown
// form, band none, a missing reason, and reasons that are scores of outside
// classifiers only. The slices are not copied and must
// not be changed afterwards.
func NewFinding(form Form, band Band, because, against []Reason) (Finding, error) {
	switch {
	case !form.Valid():
		return Finding{}, fmt.Errorf("new finding: %q is not a form", form)
	case band == BandNone || band > BandUrgent:
		return Finding{}, fmt.Errorf("new finding: band %v is not observe, review or urgent", band)
	case len(because) == 0:
		return Finding{}, fmt.Errorf("new finding: %w", ErrNoReason)
	}
	for _, reasons := range [][]Reason{because, against} {
		for _, r := range reasons {
			if !r.valid() {
				return Finding{}, fmt.Errorf("new finding: empty reason: %w", ErrNoReason)
			}
		}
	}
	if !slices.ContainsFunc(because, func(r Reason) bool { return r.Classifier == nil }) {
		return Finding{}, fmt.Errorf("new finding: %w", ErrOnlyClassifiers)
	}
	return Finding{form: form, band: band, because: because, against: against}, nil
}

// Form returns which of the four forms the finding is about.
func (f Finding) Form() Form { return f.form }

// Band returns how soon a person should look.
func (f Finding) Band() Band { return f.band }

// Because returns the reasons; there is at least one.
func (f Finding) Because() []Reason { return f.because }

// Against returns the counter-evidence, which may be empty.
func (f Finding) Against() []Reason { return f.against }

type findingJSON struct {
	Form    Form     `json:"form"`
	Harm    Harm     `json:"harm"`
	Band    Band     `json:"band"`
	Because []Reason `json:"because"`
	Against []Reason `json:"against,omitempty"`
}

// MarshalJSON writes form, published harm identifier, band and reasons.
func (f Finding) MarshalJSON() ([]byte, error) {
	if len(f.because) == 0 {
		return nil, fmt.Errorf("encode finding: %w", ErrNoReason)
	}
	return json.Marshal(findingJSON{f.form, f.form.Harm(), f.band, f.because, f.against})
}

// UnmarshalJSON reads what MarshalJSON wrote and applies the rules of
// [NewFinding].
func (f *Finding) UnmarshalJSON(data []byte) error {
	var j findingJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("decode finding: %w", err)
	}
	g, err := NewFinding(j.Form, j.Band, j.Because, j.Against)
	if err != nil {
		return fmt.Errorf("decode finding: %w", err)
	}
	*f = g
	return nil
}
