package convo

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/model"
	"github.com/jaga-project/jaga/convo/pack"
)

// Version names the rules by which evidence adds up. It changes whenever a
// conversation could get another answer.
const Version = "convo/1"

// Detector is immutable and safe for concurrent use. States that it opened
// are each for one goroutine at a time.
type Detector struct {
	matcher *pack.Matcher
	packs   []*pack.Pack
	own     map[ownWords]indicator.L
	cat     [indicator.Count]entryInfo
	have    indicator.Capability
	scans   *sync.Pool
	version string
	model   *model.Model
}

// ownWords finds the sentence with which a pack explains an indicator itself.
type ownWords struct {
	pack uint8 // as in ref
	code uint8
}

// entryInfo is what the score needs of a catalogue entry.
type entryInfo struct {
	id       indicator.ID
	low, up  float64 // weights in log-odds
	forms    [4]float64
	main     int // the form that it speaks for first
	class    uint8
	halfLife float64 // milliseconds
	needs    indicator.Capability
	target   bool // shows on the side of the person who may be targeted
}

// Options say what a deployment supplies.
type Options struct {
	// Capabilities are the inputs that conversations of this deployment
	// come with. Inputs that a conversation itself shows, such as an age
	// band or a payment, count for that conversation without being named.
	Capabilities indicator.Capability
	// Model is one that the deployment has trained on its own judged
	// conversations; nil, as Jaga comes, scores nothing. Alone it reaches at
	// most the band observe: it has no reason that a person could check.
	Model *model.Model
}

// New makes a detector of packs. At least one pack is needed.
func New(opt Options, packs ...*pack.Pack) (*Detector, error) {
	if len(packs) == 0 {
		return nil, fmt.Errorf("new detector: no pack is given; without packs no words are read")
	}
	m, err := pack.Compile(packs...)
	if err != nil {
		return nil, fmt.Errorf("new detector: %w", err)
	}
	d := &Detector{matcher: m, packs: m.Packs(), have: opt.Capabilities, model: opt.Model}
	d.scans = &sync.Pool{New: func() any { return new(pack.Scan) }}
	classes := indicator.Combines()
	for i, e := range indicator.All() {
		in := entryInfo{
			id: e.ID, low: strengthWeight(e.Alone), up: strengthWeight(e.AloneUp),
			class: uint8(slices.Index(classes, e.Combine)), halfLife: float64(e.HalfLife.Milliseconds()),
			needs: e.Needs, target: e.Side == indicator.Target,
		}
		for n, form := range e.Forms {
			share := 1.0
			if n > 0 {
				share = sideShare
			} else {
				in.main = formIndex(form)
			}
			in.forms[formIndex(form)] = share
		}
		d.cat[i] = in
	}
	d.own = map[ownWords]indicator.L{}
	var names, digests []string
	for i, p := range packs {
		for _, r := range p.Rules {
			if r.Kind == pack.RuleIndicator && r.Explain != (indicator.L{}) {
				d.own[ownWords{uint8(i + 1), uint8(indicator.Index(r.Indicator))}] = r.Explain
			}
		}
		names = append(names, p.String())
		digests = append(digests, p.String()+":"+p.Digest)
	}
	sum := digest(strings.Join(digests, " "))
	d.version = Version + "+" + strings.Join(names, "+") + "#" + hex.EncodeToString(sum[:4])
	if d.model != nil {
		d.version += "+model:" + d.model.Digest()[:8]
	}
	return d, nil
}

// Version names the rules, the packs with their versions, and a digest of
// the packs' files.
func (d *Detector) Version() string { return d.version }

// Packs returns the packs in the order given to [New].
func (d *Detector) Packs() []*pack.Pack { return slices.Clone(d.packs) }

// Item is what the words of one message alone show.
type Item struct {
	// Indicators are identifiers in catalogue order, each once.
	Indicators []indicator.ID
	Reasons    []Reason
	// Cut is true when the message was not read in full.
	Cut bool
}

// Read looks at the words of one message alone: who says it to whom, as
// "adult", "minor" or "unknown". Words that are quoted, or that stand in a
// lesson, a report or a play, are no indicators and are left out.
func (d *Detector) Read(text, speaker, target string) Item {
	s := d.scans.Get().(*pack.Scan)
	defer d.scans.Put(s)
	d.matcher.Scan(s, text, pack.ParseWho(speaker), pack.ParseWho(target))
	it := Item{Cut: s.Cut}
	if s.Frames != 0 {
		return it
	}
	for i := range s.Hits {
		h := &s.Hits[i]
		if h.Index < 0 || h.Quoted {
			continue
		}
		it.Reasons = append(it.Reasons, Reason{
			Indicator: h.Rule.Indicator, Span: &[2]int{h.Start, h.End}, View: string(h.View), Pack: h.Pack.String(),
		})
		if !slices.Contains(it.Indicators, h.Rule.Indicator) {
			it.Indicators = append(it.Indicators, h.Rule.Indicator)
		}
	}
	slices.SortFunc(it.Indicators, func(a, b indicator.ID) int { return indicator.Index(a) - indicator.Index(b) })
	return it
}
