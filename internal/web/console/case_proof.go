package console

import (
	"slices"

	"github.com/jaga-project/jaga/convo/indicator"
)

// weighing is the evidence for and against, with equal weight.
type weighing struct {
	For, Against []proofLine
	// MoreFor and MoreAgainst are left out; they stand in the timeline.
	MoreFor, MoreAgainst int
}

// proofLine is one piece of evidence.
type proofLine struct {
	Indicator indicator.ID // empty for a match
	Text      string
	Anchor    string // where it stands on the page
	N         int    // how often
}

// mostProof is how many pieces each side shows.
const mostProof = 8

func (g *gathering) weigh() weighing {
	p := weighing{For: g.for_, Against: g.against}
	if len(p.For) > mostProof {
		p.MoreFor, p.For = len(p.For)-mostProof, p.For[:mostProof]
	}
	if len(p.Against) > mostProof {
		p.MoreAgainst, p.Against = len(p.Against)-mostProof, p.Against[:mostProof]
	}
	return p
}

// addProof counts a piece that is there already.
func addProof(list []proofLine, p proofLine) []proofLine {
	if i := slices.IndexFunc(list, func(o proofLine) bool { return o.Indicator == p.Indicator && o.Text == p.Text }); i >= 0 {
		list[i].N += p.N
		return list
	}
	return append(list, p)
}

func reasonProof(r reasonLine, anchor string) proofLine {
	p := proofLine{Indicator: r.Indicator, Text: r.Explain, Anchor: anchor, N: max(1, r.Count)}
	if r.Anchor != "" {
		p.Anchor = r.Anchor
	}
	return p
}
