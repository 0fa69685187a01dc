package jaga

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Detector names something that checks items, such as "pdq", "md5" or
// "decode".
type Detector string

// DetectorPDQ compares the perceptual hash of a picture with the banks, with
// pictures and the frames of films; DetectorVPDQ compares those of a film's
// frames, and DetectorSound sound; DetectorExact compares the hashes of the file's bytes; DetectorArchive
// looks at the files in an archive one by one.
const (
	DetectorPDQ     Detector = "pdq"
	DetectorVPDQ    Detector = "vpdq"
	DetectorSound   Detector = "chromaprint"
	DetectorExact   Detector = "exact"
	DetectorArchive Detector = "archive"
	// DetectorLists compares the addresses and words of a text with lists.
	DetectorLists Detector = "lists"
)

// Why is the machine-readable reason why a detector did not check an item.
type Why string

// The reasons for which something is not checked.
const (
	WhyEmpty       Why = "empty"           // there are no bytes
	WhyTooBig      Why = "too_big"         // more bytes than the limit
	WhyTooManyPix  Why = "too_many_pixels" // more pixels than the limit
	WhyTruncated   Why = "truncated"       // the file ends too early
	WhyDamaged     Why = "damaged"         // the file breaks its format's rules
	WhyUnsupported Why = "unsupported"     // no decoder for this format here
	WhyNotAnImage  Why = "not_an_image"    // a kind this detector cannot look at
	WhyLowQuality  Why = "low_quality"     // too little detail for a useful hash
	WhyTimeout     Why = "timeout"         // the time limit passed
	WhyBusy        Why = "busy"            // no room to decode in time
	WhyNoBanks     Why = "no_banks"        // there is nothing to compare with
	WhyNotLoaded   Why = "not_loaded"      // the index is not loaded yet
	WhyNotGiven    Why = "not_given"       // the needed input was not handed in
	WhyPending     Why = "pending"         // accepted, and not looked at yet
	WhyUnreadable  Why = "unreadable"      // the bytes could not be read
	WhyUnanswered  Why = "unanswered"      // an outside service did not answer as agreed
	WhyBudget      Why = "budget"          // an outside service was asked as often as is allowed
	WhyInternal    Why = "internal"        // a fault of ours; see the log
)

// Skip says that a detector did not check the item, and why.
type Skip struct {
	Detector Detector `json:"detector"`
	Why      Why      `json:"why"`
	// Detail says more in plain words. It never holds content of the item.
	Detail string `json:"detail,omitempty"`
	// Optional is true when the installation does not ask for this detector,
	// so that its absence does not keep the outcome from being clear.
	Optional bool `json:"optional,omitempty"`
}

// State is the one-word summary of an [Outcome].
type State string

// The states of an outcome. There is no word "clean": StateClear means that
// nothing was found in what was checked, and everything required was checked.
const (
	StateNotChecked State = "not_checked" // something required did not run, and nothing was found
	StateFindings   State = "findings"    // there is at least one finding
	StateClear      State = "clear"       // all required detectors ran and found nothing
)

// Outcome is what is known about an item after checking. Its zero value is
// not clear: nothing ran.
type Outcome struct {
	// Findings, most urgent first.
	Findings []Finding
	// Matches are all matches, including suppressed ones.
	Matches []Match
	// Checked lists the detectors that ran to the end.
	Checked []Detector
	// Skipped lists the detectors that did not, with the reason.
	Skipped []Skip
	// Index is the version of the bank index that was asked.
	Index string
	// Scores are what outside classifiers said. They decide nothing: neither
	// findings, state nor band depend on them.
	Scores []Score
}

// State summarises the outcome. A finding outweighs a skipped detector; a
// skipped required detector, or no detector at all, is not checked.
func (o Outcome) State() State {
	switch {
	case len(o.Findings) > 0:
		return StateFindings
	case len(o.Checked) == 0 || slices.ContainsFunc(o.Skipped, func(s Skip) bool { return !s.Optional }):
		return StateNotChecked
	}
	return StateClear
}

// Clear reports whether every required detector ran and nothing was found.
func (o Outcome) Clear() bool { return o.State() == StateClear }

// Complete reports whether every required detector ran, whatever was found.
func (o Outcome) Complete() bool {
	return len(o.Checked) > 0 && !slices.ContainsFunc(o.Skipped, func(s Skip) bool { return !s.Optional })
}

// Band returns the most urgent band of the findings, or [BandNone].
func (o Outcome) Band() Band {
	band := BandNone
	for _, f := range o.Findings {
		band = max(band, f.Band())
	}
	return band
}

type outcomeJSON struct {
	State    State      `json:"state"`
	Band     Band       `json:"band"`
	Findings []Finding  `json:"findings"`
	Matches  []Match    `json:"matches"`
	Checked  []Detector `json:"checked"`
	Skipped  []Skip     `json:"skipped"`
	Index    string     `json:"index,omitempty"`
	Scores   []Score    `json:"scores,omitempty"`
}

// MarshalJSON writes the parts and, for readers, the state and the band. The
// lists are never null.
func (o Outcome) MarshalJSON() ([]byte, error) {
	return json.Marshal(outcomeJSON{
		State: o.State(), Band: o.Band(),
		Findings: orEmpty(o.Findings), Matches: orEmpty(o.Matches),
		Checked: orEmpty(o.Checked), Skipped: orEmpty(o.Skipped), Index: o.Index, Scores: o.Scores,
	})
}

// UnmarshalJSON reads the parts; state and band must agree with them.
func (o *Outcome) UnmarshalJSON(data []byte) error {
	var j outcomeJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return fmt.Errorf("decode outcome: %w", err)
	}
	out := Outcome{j.Findings, j.Matches, j.Checked, j.Skipped, j.Index, j.Scores}
	if j.State != out.State() {
		return fmt.Errorf("decode outcome: state is %q, but its parts say %q", j.State, out.State())
	}
	*o = out
	return nil
}

func orEmpty[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
