package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// fileClass is what a file is known to be of before anybody looks at it.
type fileClass struct {
	// Class is one of the industry's four, "A1" to "B2", or empty.
	Class string
	// Hardest is set where a second person has to be there.
	Hardest bool
}

// The industry's four classes, the hardest first: a letter for the age, and 1 for
// an act or 2 for a display.
var fileClasses = []string{"A1", "B1", "A2", "B2"}

// classWord reads a class as lists and classifiers write it: "A1", "b2",
// "ncmec:A1", "industry/A1". It is empty for anything else.
func classWord(text string) string {
	text = strings.ToUpper(strings.TrimSpace(text))
	if i := strings.LastIndexAny(text, ":/"); i >= 0 {
		text = text[i+1:]
	}
	if slices.Contains(fileClasses, text) {
		return text
	}
	return ""
}

// saw takes in that something says that the file is of a class. What is harder
// holds: to ask for a second person too often costs little.
func (f *fileClass) saw(class string) {
	i := slices.Index(fileClasses, class)
	if i < 0 {
		return
	}
	if at := slices.Index(fileClasses, f.Class); at < 0 || i < at {
		f.Class = class
	}
	f.Hardest = f.Hardest || class == "A1" || class == "B1"
}

// sureEnough is from where on the word of a classifier asks for a second person.
const sureEnough = 0.5

// mostAsked bounds how many entries and cases are asked about one file.
const mostAsked = 30

// classOf finds out what is known of the class of a file: from the entries that it
// matches, from classifiers, and from what people decided on the same content in
// other cases. What somebody answered in a review of this case that is still open
// is no part of it, since the next person must not know.
func (f *caseFiles) classOf(ctx context.Context, it evidence.Item, rec intake.Record) (out fileClass, err error) {
	asked := 0
	for _, m := range rec.Outcome.Matches {
		if m.Role != jaga.RoleMatch || m.Suppressed != "" {
			continue
		}
		if asked++; asked > mostAsked {
			break
		}
		e, err := f.banks.Entry(ctx, m.Bank, m.Entry)
		if jaga.CodeOf(err) == jaga.CodeNotFound {
			continue // it was removed, and so was what it said
		}
		if err != nil {
			return out, err
		}
		for _, class := range entryClasses(e.Metadata) {
			out.saw(class)
		}
	}
	for _, s := range rec.Outcome.Scores {
		if s.Value >= sureEnough {
			out.saw(classWord(s.Category))
		}
	}
	return out, f.decidedClass(ctx, it, &out)
}

// decidedClass adds what stands decided in cases with the same content.
func (f *caseFiles) decidedClass(ctx context.Context, it evidence.Item, out *fileClass) error {
	var cases []int64
	err := f.db.View(ctx, func(tx *store.Tx) error {
		same, err := f.evidence.WithDigest(tx, it.Digest)
		if err != nil {
			return err
		}
		for _, s := range slices.Backward(same) {
			if s.Case == 0 || len(cases) == mostAsked {
				continue
			}
			id, err := f.cases.Root(tx, s.Case)
			if err != nil {
				return err
			}
			if !slices.Contains(cases, id) {
				cases = append(cases, id)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range cases {
		r, ok, err := f.cases.Ruling(ctx, id)
		if err != nil {
			return err
		}
		if !ok || r.Outcome != casework.Confirmed && r.Outcome != casework.Welfare {
			continue
		}
		for _, class := range r.Derived.Of(taxonomy.NCMEC) {
			out.saw(classWord(class.Value))
		}
		out.Hardest = out.Hardest || r.Hardest()
	}
	return nil
}

// classKeys are where lists keep the class of an entry, in its metadata.
var classKeys = []string{"class", "classification", "industry_classification", "industryClassification", "category"}

// entryClasses are the classes that the metadata of an entry names: under one of
// the keys above, or among its "tags".
func entryClasses(metadata json.RawMessage) (out []string) {
	var fields map[string]json.RawMessage
	if len(metadata) == 0 || json.Unmarshal(metadata, &fields) != nil {
		return nil
	}
	for _, key := range append(slices.Clone(classKeys), "tags") {
		for _, text := range textsOf(fields[key]) {
			if class := classWord(text); class != "" {
				out = append(out, class)
			}
		}
	}
	return out
}

// textsOf reads a text, or a list of texts.
func textsOf(raw json.RawMessage) []string {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var many []string
	if json.Unmarshal(raw, &many) == nil {
		return many
	}
	return nil
}
