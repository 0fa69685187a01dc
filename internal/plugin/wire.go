package plugin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jaga-project/jaga"
)

// Contract is the version of the contract.
const Contract = 1

// maxAnswer bounds an answer of a plugin, and maxSignals what is in it.
const (
	maxAnswer  = 64 << 10
	maxSignals = 64
)

// About is the answer of GET /v1/about.
type About struct {
	// Contract is [Contract].
	Contract int `json:"contract"`
	// Name and Version name the program, in the characters of [jaga.Score].
	Name    string `json:"name"`
	Version string `json:"version"`
	// Kind is classifier, matcher or transcriber.
	Kind Kind `json:"kind"`
	// Items are the kinds of items that it looks at; at least one.
	Items []jaga.Kind `json:"items"`
	// MaxBytes is the largest item that it takes; 0 is [MaxBytes], and more
	// than that is never sent.
	MaxBytes int64 `json:"max_bytes,omitempty"`
}

// Facts are what a plugin learns of an item beside its bytes: the part "item"
// of the request, as JSON. Neither author nor reference are among them.
type Facts struct {
	ID    string    `json:"id"`
	Kind  jaga.Kind `json:"kind"`
	Type  string    `json:"type,omitempty"` // media type, by content
	Bytes int64     `json:"bytes"`
	// From and Seconds are for transcribers: when the stretch begins, since the
	// sound of the stream did, and how long it is.
	From    float64 `json:"from,omitempty"`
	Seconds float64 `json:"seconds,omitempty"`
}

// Signal is one thing that a classifier says: how sure it is, between 0 and 1,
// that the item belongs to a category.
type Signal struct {
	Category string  `json:"category"`
	Score    float64 `json:"score"`
}

// ListMatch is one thing that a matcher says: the item is on a list.
type ListMatch struct {
	List       string  `json:"list"`       // its name, in the characters of [jaga.Score]
	Confidence float64 `json:"confidence"` // between 0 and 1
	// Reference is the matcher's own name of the entry, in the same characters;
	// may be empty.
	Reference string `json:"reference,omitempty"`
}

// Signals is the answer of POST /v1/signals. A classifier fills in Signals, a
// matcher Matches, a transcriber Utterances; they are empty when there is nothing to
// say.
type Signals struct {
	Signals    []Signal    `json:"signals"`
	Matches    []ListMatch `json:"matches,omitempty"`
	Utterances []Utterance `json:"utterances,omitempty"`
}

// check returns what is wrong with the facts about a plugin.
func (a About) check() error {
	name := jaga.Score{Name: a.Name, Version: a.Version, Category: "x"}
	switch {
	case a.Contract != Contract:
		return fmt.Errorf("it speaks contract %d, and not %d", a.Contract, Contract)
	case !name.Valid():
		return errors.New("its name or version is empty, too long, or has characters other than letters, digits and -_./")
	case !a.Kind.ofItems() && a.Kind != Transcriber:
		return errors.New("its kind is not one of classifier, matcher, transcriber")
	case len(a.Items) == 0 || len(a.Items) > 8:
		return errors.New("it names no kinds of items")
	case a.Kind == Transcriber && (len(a.Items) != 1 || a.Items[0] != jaga.KindAudio):
		return errors.New("a transcriber takes audio, and nothing else")
	case a.MaxBytes < 0:
		return errors.New("its largest item is negative")
	}
	for _, k := range a.Items {
		if !k.Valid() || k == jaga.KindHash || k == jaga.KindOther {
			return errors.New("it names a kind of item that there is not")
		}
	}
	return nil
}

// scores turns an answer into scores of the plugin, or says what is wrong. An
// answer is taken whole or not at all.
func (s Signals) scores(kind Kind, name, version string) ([]jaga.Score, error) {
	if len(s.Signals)+len(s.Matches) > maxSignals {
		return nil, fmt.Errorf("it answered more than %d signals", maxSignals)
	}
	if kind != Classifier && len(s.Signals) > 0 || kind != Matcher && len(s.Matches) > 0 {
		return nil, errors.New("it answered what its kind does not")
	}
	var out []jaga.Score
	for _, x := range s.Signals {
		out = append(out, jaga.Score{Name: name, Version: version, Category: x.Category, Value: x.Score})
	}
	for _, x := range s.Matches {
		out = append(out, jaga.Score{Name: name, Version: version, Category: "list/" + x.List, Value: x.Confidence})
	}
	for i, x := range out {
		if !x.Valid() || strings.HasSuffix(x.Category, "/") {
			return nil, fmt.Errorf("its signal %d has no proper name, or a score that is not between 0 and 1", i+1)
		}
		for _, y := range out[:i] {
			if x.Category == y.Category {
				return nil, errors.New("it answered a category twice")
			}
		}
	}
	return out, nil
}

// listed turns the matches of an answer that [Signals.scores] took into reasons
// of a finding.
func (s Signals) listed(name, version string) ([]jaga.Listed, error) {
	var out []jaga.Listed
	for i, x := range s.Matches {
		l := jaga.Listed{Name: name, Version: version, List: x.List, Reference: x.Reference, Confidence: x.Confidence}
		if !l.Valid() {
			return nil, fmt.Errorf("its match %d has no proper name or reference", i+1)
		}
		out = append(out, l)
	}
	return out, nil
}

// decode reads one JSON value strictly: known fields only, and nothing after
// it.
func decode(r io.Reader, v any) error {
	data, err := io.ReadAll(io.LimitReader(r, maxAnswer+1))
	if err != nil {
		return err
	}
	if len(data) > maxAnswer {
		return errTooLong
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return errNonsense
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errNonsense
	}
	return nil
}

var (
	errTooLong  = errors.New("its answer is longer than 64 KiB")
	errNonsense = errors.New("its answer is not as the contract says")
)
