package convo

import (
	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
)

// Finding is a claim about what one side of a conversation does to the
// other. It names a harm and how soon a person should look, never a guilty
// person.
type Finding struct {
	Conversation string    `json:"conversation,omitempty"`
	Form         jaga.Form `json:"form"`
	Harm         jaga.Harm `json:"harm"`
	Band         jaga.Band `json:"band"`
	// From is the account under review, To the person who may need help;
	// To is "*" when it is everybody in a room.
	From string `json:"from"`
	To   string `json:"to"`
	// FirstAt is the message at which the band was first reached.
	FirstAt string `json:"first_at_message"`
	// Path is "welfare" when the account under review is a child's, too:
	// children need support first.
	Path string `json:"path,omitempty"`
	// Power lists in which ways one side has power over the other: age,
	// fame, authority, money, secret, skill, family.
	Power []string `json:"power,omitempty"`
	// FromAge and ToAge are the age bands that the platform stated, "said
	// minor" or "said adult" when only the conversation tells, and empty
	// when nothing is known.
	FromAge string `json:"from_age,omitempty"`
	ToAge   string `json:"to_age,omitempty"`
	// Because are the reasons, the weightiest first.
	Because []Reason `json:"because"`
	// Against is the counter-evidence: what lowers the finding, or tells
	// of a harmless reading.
	Against []Reason `json:"against"`
	// NotChecked lists the indicators of this form that lack an input.
	NotChecked []NotChecked `json:"not_checked,omitempty"`
	// Version names the rules and packs.
	Version string `json:"version,omitempty"`
}

// Reason is one piece of evidence, or of counter-evidence.
type Reason struct {
	// Indicator is an identifier of the catalogue, CTX-… for a modifier.
	Indicator indicator.ID `json:"indicator"`
	// Message is where it was last seen best, empty when it follows from
	// what is known of the people.
	Message string `json:"message,omitempty"`
	// Span are byte offsets into the message's text, nil for an event.
	Span *[2]int `json:"span,omitempty"`
	// View is how the words were read, see [pack.View]; "event" for an act.
	View string `json:"view,omitempty"`
	// Explain is one plain sentence in the language asked for, English
	// unless [Finding.Explained] or [Explain] says otherwise.
	Explain string `json:"explain"`
	// Own is the pack's own sentence in both languages, when it has one in
	// place of the catalogue's.
	Own *indicator.L `json:"own,omitempty"`
	// Pack names the pack and version in which the words were found.
	Pack string `json:"pack,omitempty"`
	// Count is how often it was seen, 0 for once.
	Count int `json:"count,omitempty"`
}

// NotChecked says that an indicator could not be looked for.
type NotChecked struct {
	// Indicator is empty when it concerns messages, see Why.
	Indicator indicator.ID `json:"indicator,omitempty"`
	// Needs are the inputs that are missing, such as "payment".
	Needs []string `json:"needs"`
	// Why says more when it is not a missing input.
	Why string `json:"why,omitempty"`
}

// Jaga returns the finding in the vocabulary that everything else in Jaga
// shares, so that it flows as every other finding does.
func (f Finding) Jaga() (jaga.Finding, error) {
	turn := func(in []Reason) []jaga.Reason {
		out := make([]jaga.Reason, 0, len(in))
		for _, r := range in {
			out = append(out, jaga.Reason{Indicator: &jaga.Seen{ID: string(r.Indicator), Message: r.Message, Span: r.Span, View: r.View, By: r.Pack}})
		}
		return out
	}
	return jaga.NewFinding(f.Form, f.Band, turn(f.Because), turn(f.Against))
}

// Explained returns the finding with its sentences in the language, "en" or
// "id".
func (f Finding) Explained(lang string) Finding {
	f.Because = explained(f.Because, lang)
	f.Against = explained(f.Against, lang)
	return f
}

func explained(in []Reason, lang string) []Reason {
	out := make([]Reason, len(in))
	for i, r := range in {
		if r.Explain = Explain(r.Indicator, lang); r.Own != nil {
			r.Explain = r.Own.In(lang)
		}
		out[i] = r
	}
	return out
}

// Besides the catalogue, these stand among reasons and counter-evidence.
const (
	// Model is a trained model, see [Options.Model].
	Model indicator.ID = "MODEL"
	// Open is a room in which others read along.
	Open indicator.ID = "OPEN"
)

// Beside returns the plain sentences of [Model] and [Open].
func Beside() []Sign {
	return []Sign{
		{Model, indicator.L{
			EN: "A model that this installation trained itself finds the conversation like ones that people judged to be harmful.",
			ID: "Model yang dilatih sendiri oleh instalasi ini menilai percakapan ini mirip dengan percakapan yang dinilai berbahaya oleh manusia.",
		}},
		{Open, indicator.L{
			EN: "It was said where others read along, so questions and requests count less.",
			ID: "Ini dikatakan di tempat yang dapat dibaca orang lain, sehingga pertanyaan dan permintaan dihitung lebih ringan.",
		}},
	}
}

// Sign is something that can stand among reasons, with its sentence.
type Sign struct {
	ID      indicator.ID
	Explain indicator.L
}

// Explain returns the plain sentence of an indicator or modifier, and the
// identifier for one that the catalogue does not have.
func Explain(id indicator.ID, lang string) string {
	if e, ok := indicator.Get(id); ok {
		return e.Explain.In(lang)
	}
	for _, sign := range Beside() {
		if sign.ID == id {
			return sign.Explain.In(lang)
		}
	}
	for _, m := range indicator.Modifiers() {
		if m.ID == id {
			return m.Explain.In(lang)
		}
	}
	return string(id)
}

// forms in the order of the arrays that scores are kept in.
const (
	grooming = iota
	sextortion
	liveStream
	material
	numForms
)

func formIndex(form string) int {
	switch jaga.Form(form) {
	case jaga.FormGrooming:
		return grooming
	case jaga.FormSextortion:
		return sextortion
	case jaga.FormLiveStream:
		return liveStream
	}
	return material
}

func formOf(i int) jaga.Form {
	return [numForms]jaga.Form{jaga.FormGrooming, jaga.FormSextortion, jaga.FormLiveStream, jaga.FormCSAM}[i]
}
