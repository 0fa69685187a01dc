package pack

import (
	"fmt"

	"github.com/jaga-project/jaga/convo/indicator"
)

// Pack is a parsed pack. It is data: to find something with it, make a
// [Matcher] of it.
type Pack struct {
	Name     string // lower-case letters, digits and hyphens
	Version  int    // from 1, raised with every change
	Language string // BCP 47 language, such as "en" or "id"
	Title    string // one line for people
	Rules    []Rule
	// Digest is the lower-case hexadecimal SHA-256 of the file, by which a
	// finding names exactly what was used.
	Digest string

	classes map[string]*class
	slang   map[string]string // folded word to its usual spelling, folded
	common  map[string]bool   // words too frequent to look a pattern up by
	files   []startOf
	// compiled compiles the pack once, for its tests and for all matchers.
	compiled func() (*part, error)
}

// String returns the name and version, such as "en-core/3".
func (p *Pack) String() string { return fmt.Sprintf("%s/%d", p.Name, p.Version) }

// RuleKind says what a rule is for.
type RuleKind uint8

// The kinds of rules.
const (
	RuleIndicator RuleKind = iota // a behaviour of the catalogue
	RuleFact                      // something said that indicators build on, such as an age
	RuleFrame                     // a sign that the message is about warning signs, a quotation or fiction
)

// Rule is one block of a pack: patterns that all mean the same.
type Rule struct {
	Kind RuleKind
	// Indicator is the identifier for RuleIndicator.
	Indicator indicator.ID
	// Name is the name of the fact or frame.
	Name string
	// Speakers and Targets say who may say it to whom.
	Speakers, Targets Who
	// Weight is what one hit is worth in log-odds; 0 takes the catalogue's.
	Weight float64
	// Because is the reason for the weight.
	Because string
	// Explain replaces the catalogue's sentence when it is filled.
	Explain indicator.L
	// Lookalikes are families of harmless situations with the same words.
	Lookalikes []string
	// Evaded counts a hit only when the words were spelled to evade filters.
	Evaded bool
	// KeepNegated keeps hits that stand behind a negation.
	KeepNegated bool
	// Yes and No are the rule's own tests: messages that must be hit, and
	// harmless ones that must not.
	Yes, No []Example

	say, unless, with []*pattern
	line              int
}

// Example is a message that a rule must, or must not, hit.
type Example struct {
	Text string
	Line int // of the pack, see [Pack.Where]
}

// Who is a set of the kinds of people that speak or are spoken to.
type Who uint8

// The kinds of people. An unknown age is a kind of its own: it is neither.
const (
	Adult Who = 1 << iota
	Minor
	Unknown
	Anyone = Adult | Minor | Unknown
)

// ParseWho reads "adult", "minor" or "unknown"; everything else, also an
// empty word, is unknown.
func ParseWho(s string) Who {
	switch s {
	case "adult":
		return Adult
	case "minor":
		return Minor
	}
	return Unknown
}

// Has reports whether the sets share a kind.
func (w Who) Has(v Who) bool { return w&v != 0 }

type class struct {
	name string
	alts []seq
	line int
	used bool
	// open is true while the class is being expanded, so that a class that
	// contains itself is found.
	open, resolved bool
}
