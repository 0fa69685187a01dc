package jaga

// Form is one of the four forms of online sexual exploitation of children.
// The set is closed: it is the founding definition of the project.
type Form string

// The four forms.
const (
	FormCSAM       Form = "csam"        // child sexual abuse material: photo, audio, video
	FormGrooming   Form = "grooming"    // a relationship built in order to exploit
	FormLiveStream Form = "live_stream" // live-streamed abuse, with audiences and facilitators
	FormSextortion Form = "sextortion"  // blackmail with, or for, intimate material
)

// Forms lists the four forms.
func Forms() []Form { return []Form{FormCSAM, FormGrooming, FormLiveStream, FormSextortion} }

// Valid reports whether f is one of the four forms.
func (f Form) Valid() bool {
	switch f {
	case FormCSAM, FormGrooming, FormLiveStream, FormSextortion:
		return true
	}
	return false
}

// Harm is the identifier under which a form is published to other systems,
// from the harms taxonomy of Matrix proposal MSC4456. The taxonomy has no
// identifiers of its own for live-streamed abuse and sextortion of children;
// those use its general child-safety identifier.
type Harm string

// Harm returns the published identifier of the form, and the general
// child-safety identifier for a form that has none.
func (f Form) Harm() Harm {
	const childSafety = "org.matrix.msc4456.child_safety"
	switch f {
	case FormCSAM:
		return childSafety + ".csam"
	case FormGrooming:
		return childSafety + ".grooming"
	}
	return childSafety
}
