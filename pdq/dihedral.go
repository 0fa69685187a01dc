package pdq

// Rotation names one of the eight ways to turn or mirror a picture.
type Rotation uint8

// The eight rotations and mirrorings. Rotations are counter-clockwise.
const (
	Original   Rotation = iota
	Rotate90            // quarter turn
	Rotate180           // half turn
	Rotate270           // three quarter turn
	FlipX               // top and bottom exchanged
	FlipY               // left and right exchanged
	FlipPlus1           // mirrored at the main diagonal
	FlipMinus1          // mirrored at the other diagonal
)

var rotationNames = [...]string{"original", "rotate90", "rotate180", "rotate270", "flipX", "flipY", "flipPlus1", "flipMinus1"}

// String returns the name, such as "rotate90".
func (r Rotation) String() string {
	if int(r) < len(rotationNames) {
		return rotationNames[r]
	}
	return "rotation?"
}

// Rotations lists all eight, Original first.
func Rotations() []Rotation {
	return []Rotation{Original, Rotate90, Rotate180, Rotate270, FlipX, FlipY, FlipPlus1, FlipMinus1}
}

// Dihedral holds the hashes of the eight rotations and mirrorings, indexed by
// [Rotation]. They approximate hashing the turned picture; a few bits differ,
// because the reference's boxes are not centred.
type Dihedral [8]Hash

// turn gives the coefficients of the turned picture: turning swaps rows and
// columns of the transform or changes signs of its odd frequencies. Index 0 is
// frequency 1, so an even index is an odd frequency.
func (b *coefficients) turn(r Rotation) (c coefficients) {
	for i := range 16 {
		for j := range 16 {
			v, at := b[16*i+j], 16*i+j
			iEven, jEven := i%2 == 0, j%2 == 0
			switch r {
			case Rotate90, Rotate270, FlipPlus1, FlipMinus1:
				at = 16*j + i
			}
			negative := false
			switch r {
			case Rotate90, FlipY:
				negative = jEven
			case Rotate270, FlipX:
				negative = iEven
			case Rotate180, FlipMinus1:
				negative = iEven != jEven
			}
			if negative {
				v = -v
			}
			c[at] = v
		}
	}
	return c
}

// dihedral returns all eight hashes and the smallest of their gaps.
func (b *coefficients) dihedral(lv level) (d Dihedral, gap float32) {
	d[Original], gap = b.hash(lv)
	for _, r := range Rotations()[1:] {
		c := b.turn(r)
		h, g := c.hash(lv)
		d[r], gap = h, min(gap, g)
	}
	return d, gap
}
