package jpeg

import "github.com/jaga-project/jaga/pdq"

// Screen hashes a file without decoding it to pixels: the filter of PDQ and the
// inverse transform are linear, so the coefficients of luma are projected
// straight to the 64 x 64 buffer; chroma is only skipped over. It is several
// times faster than decoding and meant to find candidates: its hash is within
// [ScreenMargin] bits of the one of the decoded picture, from which it differs
// because decoders round and clamp samples.
//
// It answers ErrUnsupported, and the caller decodes, for files it does not read
// and for pictures where it could be too far off:
//
//   - files with subsampled luma, colours other than grey and YCbCr, or less
//     than [ScreenWidth] pixels across;
//   - files in which luma comes twice or goes far beyond what samples can have,
//     as no encoder writes them;
//   - pictures with little detail, of a quality near or below
//     [pdq.MinQuality], or with so many coefficients next to the median (a
//     mirrored half, say) that more than ScreenMargin bits could turn;
//   - files of several scans in which one is missing, or the end marker.
//
// Other errors mean what they mean for [Decode]. A file that is cut off is never
// answered for; but of scans without luma only the headers are read, so damage
// within their data is not noticed. It cannot change the hash.
//
// Memory use is small and does not depend on the size of the picture; for
// progressive files it is two bytes a pixel, at most 128 MiB.
func Screen(data []byte) (pdq.Result, *pdq.Buffer, error) {
	u, err := screen(data)
	if err != nil {
		return pdq.Result{}, nil, err
	}
	r := pdq.FromBuffer(u)
	if err := trust(r, u, false); err != nil {
		return pdq.Result{}, nil, err
	}
	return r, u, nil
}

// ScreenAll is [Screen] with the hashes of all eight rotations and mirrorings;
// it refuses pictures where any of them could be too far off.
func ScreenAll(data []byte) (pdq.Result, pdq.Dihedral, error) {
	u, err := screen(data)
	if err != nil {
		return pdq.Result{}, pdq.Dihedral{}, err
	}
	r, d := pdq.DihedralFromBuffer(u)
	if err := trust(r, u, true); err != nil {
		return pdq.Result{}, pdq.Dihedral{}, err
	}
	return r, d, nil
}

// ScreenWidth is the least width in pixels that Screen takes: below, one block
// can touch more than two columns of the buffer.
const ScreenWidth = 512

// ScreenMargin is how many bits more than [pdq.MatchThreshold] a search with a
// hash of [Screen] must allow, so that nothing is lost that the hash of the
// decoded picture would find: if that is within 31 bits of a stored hash, the
// screening hash is within 31 + ScreenMargin.
//
// The largest distance seen, over the pictures of TestScreenMargin and larger
// runs of the same kind, is 14 bits; 16 leaves room and is the largest margin
// for which an index of 16 bands needs no third flipped bit (47 = 3*16 - 1).
const ScreenMargin = 16

// screenQuality is the least quality that Screen answers for. Its quality
// differs by up to 5 from that of the decoded picture; what lies above is
// surely not below pdq.MinQuality there.
const screenQuality = pdq.MinQuality + 10

func screen(data []byte) (*pdq.Buffer, error) {
	p, err := newParser(data)
	if err != nil {
		return nil, err
	}
	sc, err := p.nextScan()
	if err != nil {
		return nil, err
	}
	if p.frame == nil {
		return nil, fail(ErrDamaged, "it has no picture")
	}
	if sc == nil {
		return nil, fail(ErrTruncated, "it ends before the picture")
	}
	if err := p.screenable(sc); err != nil {
		return nil, err
	}
	return p.luma(sc)
}

// trust refuses a picture whose hash could be too far from the one of the
// decoded picture.
func trust(r pdq.Result, u *pdq.Buffer, all bool) error {
	if r.Quality < screenQuality {
		return fail(ErrUnsupported, "screening a picture with little detail")
	}
	if !certain(u, all) {
		return fail(ErrUnsupported, "screening a picture with many coefficients near the median")
	}
	return nil
}

// luma projects the luma of the file whose first scan is sc.
func (p *parser) luma(sc *scan) (*pdq.Buffer, error) {
	if p.frame.progressive {
		return screenProgressive(p, sc)
	}
	s := newScreener(p, sc)
	if err := s.scan(); err != nil {
		return nil, err
	}
	// Scans of other components may follow, but luma must not come again:
	// decoders let the last scan count.
	if len(sc.comps) < len(p.frame.comps) {
		var seen scansSeen
		seen.add(sc)
		for {
			later, err := p.nextScan()
			if err != nil {
				return nil, err
			}
			if later == nil {
				break
			}
			if later.comps[0] == 0 {
				return nil, fail(ErrUnsupported, "screening a file with luma in several scans")
			}
			seen.add(later)
		}
		if err := p.whole(&seen); err != nil {
			return nil, err
		}
	}
	return s.finish()
}

// scansSeen notes which coefficients of which component had a scan, and how
// many of their low bits were left to later ones.
type scansSeen [4][64]struct {
	came bool
	low  uint
}

func (s *scansSeen) add(sc *scan) {
	for _, c := range sc.comps {
		for k := sc.first; k <= sc.last; k++ {
			s[c][k].came, s[c][k].low = true, sc.low
		}
	}
}

// whole refuses a file of several scans when one is missing or the end marker
// is: scans that are passed over unread may have been cut off, and Decode says
// whether they were.
func (p *parser) whole(seen *scansSeen) error {
	if !p.ended {
		return fail(ErrUnsupported, "screening a file without an end")
	}
	for c := range p.frame.comps {
		for k := range seen[c] {
			if !seen[c][k].came || seen[c][k].low != 0 {
				return fail(ErrUnsupported, "screening a file in which scans are missing")
			}
		}
	}
	return nil
}

func (p *parser) screenable(sc *scan) error {
	p.chooseColour()
	f := p.frame
	luma := &f.comps[0]
	switch {
	case f.colour != grey && f.colour != ycc:
		return fail(ErrUnsupported, "screening a file without luma")
	case sc.comps[0] != 0:
		return fail(ErrUnsupported, "screening a file that does not begin with luma")
	case luma.h != f.hMax || luma.v != f.vMax:
		return fail(ErrUnsupported, "screening subsampled luma")
	case f.width < ScreenWidth || f.height < 64:
		return fail(ErrUnsupported, "screening %d x %d pixels", f.width, f.height)
	}
	return nil
}
