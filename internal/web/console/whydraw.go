package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
)

// nearness is the comparison of two PDQ hashes as it is drawn.
type nearness struct {
	A, B      string
	Distance  int
	Rotation  string // of A, the one that is nearest
	FieldA    bitField
	FieldB    bitField
	Rotations []rotation
	Ruler     ruler
	Within    bool // at most the customary threshold
	Quality   int  // the lower of the two, when it is known and low
}

// rotation is one of the eight small pictures.
type rotation struct {
	Name     string
	Distance int
	Field    bitField
	Best     bool
}

// bitField is a hash as 16 rows of 16 squares, in paths of an 8-pixel grid:
// the bits that are set, and those that differ from the other hash.
type bitField struct {
	Set      string // set, and the same in both
	LitOn    string // set, and different
	LitOff   string // not set, and different
	SetN     int
	DiffersN int
}

func field(h, other pdq.Hash) bitField {
	var set, on, off strings.Builder
	f := bitField{}
	for row := range 16 {
		for col := range 16 {
			i := 16*row + col
			bit, differs := h.Bit(i), h.Bit(i) != other.Bit(i)
			to := &set
			switch {
			case differs && bit:
				to = &on
			case differs:
				to = &off
			case !bit:
				continue
			}
			// Bit 0 is the lowest frequency; it stands at the upper left.
			fmt.Fprintf(to, "M%d %dh6v6h-6z", 8*col+1, 8*row+1)
			if bit {
				f.SetN++
			}
			if differs {
				f.DiffersN++
			}
		}
	}
	f.Set, f.LitOn, f.LitOff = set.String(), on.String(), off.String()
	return f
}

// ruler is the line from 0 to 64 bits with the thresholds.
type ruler struct {
	Ticks  []rulerTick
	Marks  []rulerMark
	X      string
	Anchor string
	Text   string
	Beyond bool
	Zone   string // the width of what matches customarily
}

type rulerTick struct{ X, Anchor, Text string }

type rulerMark struct {
	X, Anchor string
	N         int
	Names     []string // banks, the customary threshold first
	More      int      // banks that are not named
}

const rulerMax = 64

func rulerAt(d int) string { return percent(100 * float64(min(d, rulerMax)) / rulerMax) }

func anchorAt(d int) string {
	switch {
	case d < 6:
		return "start"
	case d > rulerMax-6:
		return "end"
	}
	return "middle"
}

func (c *console) nearness(r *http.Request, s *speaker, as, bs []jaga.Signal) (*nearness, error) {
	// The rotations are those of the side that has them; the other side
	// stays as it is.
	swapped := len(as) == 1 && len(bs) > 1
	if swapped {
		as, bs = bs, as
	}
	fixed, err := pdq.ParseHash(bs[0].Value)
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	n := &nearness{Distance: 257}
	var best pdq.Hash
	for _, x := range as {
		h, err := pdq.ParseHash(x.Value)
		if err != nil {
			return nil, fmt.Errorf("compare: %w", err)
		}
		name := x.Variant
		if name == "" {
			name = pdq.Original.String()
		}
		d := h.Distance(fixed)
		n.Rotations = append(n.Rotations, rotation{Name: name, Distance: d, Field: field(h, fixed)})
		if d < n.Distance {
			n.Distance, n.Rotation, best = d, name, h
		}
	}
	slices.SortStableFunc(n.Rotations, func(x, y rotation) int { return rotationIndex(x.Name) - rotationIndex(y.Name) })
	for i := range n.Rotations {
		n.Rotations[i].Best = n.Rotations[i].Name == n.Rotation
	}
	if len(n.Rotations) == 1 {
		n.Rotations = nil
	}
	n.A, n.B, n.FieldA, n.FieldB = best.String(), fixed.String(), field(best, fixed), field(fixed, best)
	if swapped {
		n.A, n.B, n.FieldA, n.FieldB = n.B, n.A, n.FieldB, n.FieldA
	}
	n.Within = n.Distance <= pdq.MatchThreshold
	for _, list := range [][]jaga.Signal{as, bs} {
		if q := list[0].Quality; q > 0 && q < pdq.MinQuality {
			n.Quality = q
		}
	}
	n.Ruler, err = c.ruler(r, s, n.Distance)
	return n, err
}

func rotationIndex(name string) int {
	for _, r := range pdq.Rotations() {
		if r.String() == name {
			return int(r)
		}
	}
	return len(pdq.Rotations())
}

func (c *console) ruler(r *http.Request, s *speaker, distance int) (ruler, error) {
	banks, err := c.Banks.List(r.Context())
	if err != nil {
		return ruler{}, err
	}
	v := ruler{X: rulerAt(distance), Anchor: anchorAt(distance), Beyond: distance > rulerMax, Text: s.t("why_page.bits", "N", distance), Zone: rulerAt(pdq.MatchThreshold)}
	for d := 0; d <= rulerMax; d += 8 {
		tick := rulerTick{rulerAt(d), anchorAt(d), s.n(d)}
		if gap := d - distance; -2 < gap && gap < 2 {
			tick.Text = "" // the mark of the distance stands there
		}
		v.Ticks = append(v.Ticks, tick)
	}
	names := map[int][]string{pdq.MatchThreshold: {s.t("why_page.customary")}}
	for _, b := range banks {
		if b.EnabledRatio == 0 {
			continue // it is not asked
		}
		names[b.Threshold] = append(names[b.Threshold], shorten(b.Name))
	}
	for d := 0; d <= rulerMax; d++ {
		if all := names[d]; len(all) > 0 {
			shown := min(len(all), 5)
			v.Marks = append(v.Marks, rulerMark{rulerAt(d), anchorAt(d), d, all[:shown], len(all) - shown})
		}
	}
	return v, nil
}

// shorten keeps a name to what a line has room for.
func shorten(name string) string {
	const room = 40
	if r := []rune(name); len(r) > room {
		return string(r[:room]) + "…"
	}
	return name
}
