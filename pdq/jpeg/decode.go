package jpeg

import "errors"

// Limits bound what one picture may take.
type Limits struct {
	// Pixels is the largest number of pixels; 0 stands for [DefaultPixels].
	Pixels int64
	// Memory is the largest number of bytes allocated for samples and
	// coefficients; 0 stands for [DefaultMemory].
	Memory int64
	// Stop, if not nil, is asked now and then (at least once for each row of
	// blocks); an error from it ends decoding and is returned. It is how a
	// caller sets a limit of time.
	Stop func() error
}

// The limits of a zero Limits.
const (
	DefaultPixels = 200 << 20 // pixels
	DefaultMemory = 2 << 30   // bytes
)

// maxScans bounds the work that a small file can ask for. Encoders write some
// ten scans, at most about sixty.
const maxScans = 128

// decoder turns the scans of one file into planes of samples.
type decoder struct {
	*parser
	lim    Limits
	planes []plane
	blocks [][][64]int16 // coefficients kept for later scans, by component; nil: not needed
	// missing[c][k] counts the bits still to come of coefficient k of component
	// c, -1 when none has come.
	missing [][64]int8
}

// plane is the samples of one component, of which width x height belong to the
// picture; the rest is padding to whole blocks.
type plane struct {
	pix           []byte
	stride        int
	width, height int
}

// row returns row y.
func (p *plane) row(y int) []byte { return p.pix[y*p.stride:][:p.width] }

// Decode decodes a file to the samples that libjpeg-turbo gives. Memory use is
// bounded by lim before anything large is allocated. Bytes behind the end of
// the picture are ignored; a missing end marker is accepted when the picture is
// complete without it.
func Decode(data []byte, lim Limits) (*Image, error) {
	p, err := newParser(data)
	if err != nil {
		return nil, err
	}
	d := &decoder{parser: p, lim: lim}
	scans := 0
	for {
		sc, err := p.nextScan()
		if err != nil {
			return nil, err
		}
		if sc == nil {
			break
		}
		if scans++; scans > maxScans {
			return nil, fail(ErrUnsupported, "more than %d scans", maxScans)
		}
		if scans == 1 {
			if err := d.allocate(sc); err != nil {
				return nil, err
			}
		}
		if err := d.scan(sc); err != nil {
			return nil, err
		}
		if d.blocks == nil {
			break // one scan with everything: what follows adds nothing
		}
	}
	if p.frame == nil {
		return nil, fail(ErrDamaged, "it has no picture")
	}
	if err := d.complete(len(p.frame.comps)); err != nil {
		return nil, err
	}
	if d.blocks != nil {
		if err := d.transformAll(); err != nil {
			return nil, err
		}
	}
	return d.assemble()
}

// Size returns the width and height that the file's header claims. It reads no
// further than the header, and its errors are those of [Decode].
func Size(data []byte) (width, height int, err error) {
	p, err := newParser(data)
	if err != nil {
		return 0, 0, err
	}
	if _, err := p.nextScan(); p.frame == nil {
		if err == nil {
			err = fail(ErrDamaged, "it has no picture")
		}
		return 0, 0, err
	}
	return p.frame.width, p.frame.height, nil
}

// allocate checks the limits and makes room for samples and coefficients.
func (d *decoder) allocate(first *scan) error {
	f := d.frame
	if d.lim.Pixels == 0 {
		d.lim.Pixels = DefaultPixels
	}
	if d.lim.Memory == 0 {
		d.lim.Memory = DefaultMemory
	}
	pixels := int64(f.width) * int64(f.height)
	if pixels > d.lim.Pixels {
		return fail(ErrPixels, "%d x %d, %d are allowed", f.width, f.height, d.lim.Pixels)
	}
	samples := int64(0)
	for _, k := range f.comps {
		samples += int64(k.paddedX) * int64(k.paddedY) * 64
	}
	keep := f.progressive || len(first.comps) < len(f.comps)
	need := samples + pixels*int64(len(f.comps))
	if keep {
		need += 2 * samples
	}
	if need > d.lim.Memory {
		return fail(ErrMemory, "%d bytes, %d are allowed", need, d.lim.Memory)
	}
	for _, k := range f.comps {
		n := k.paddedX * k.paddedY
		d.planes = append(d.planes, plane{make([]byte, 64*n), 8 * k.paddedX, k.width, k.height})
		if keep {
			d.blocks = append(d.blocks, make([][64]int16, n))
		}
		var none [64]int8
		for i := range none {
			none[i] = -1
		}
		d.missing = append(d.missing, none)
	}
	return nil
}

// scan decodes one scan.
func (d *decoder) scan(sc *scan) error {
	var decode func(*scan) error
	switch {
	case d.frame.progressive:
		decode = d.scanProgressive
	case d.blocks != nil:
		decode = d.scanSequential
	default:
		decode = d.scanStraight
	}
	if err := decode(sc); err != nil {
		if errors.Is(err, ErrDamaged) && d.bits.atEnd() {
			return d.short() // the zeros supplied there made no sense
		}
		return err
	}
	if d.bits.overrun() {
		return d.short()
	}
	for _, c := range sc.comps {
		for k := sc.first; k <= sc.last; k++ {
			d.missing[c][k] = int8(sc.low)
		}
	}
	return nil
}

// complete refuses a picture of which coefficients of the first components
// never came.
func (d *decoder) complete(components int) error {
	if d.missing == nil {
		return fail(ErrTruncated, "it ends before the picture")
	}
	for c := range components {
		for k, m := range d.missing[c] {
			if m != 0 {
				return fail(ErrTruncated, "coefficient %d of component %d is incomplete", k, c)
			}
		}
	}
	return nil
}

// transformAll makes samples of the kept coefficients.
func (d *decoder) transformAll() error {
	for c := range d.frame.comps {
		k, p := &d.frame.comps[c], &d.planes[c]
		for y := range k.blocksY {
			if err := d.stop(); err != nil {
				return err
			}
			for x := range k.blocksX {
				b := &d.blocks[c][y*k.paddedX+x]
				last := 0
				if !onlyConstant(b) {
					last = 63
				}
				idct(p.pix[8*y*p.stride+8*x:], p.stride, b, k.quant, last)
			}
		}
	}
	return nil
}

func onlyConstant(b *[64]int16) bool {
	var any int16
	for _, v := range b[1:] {
		any |= v
	}
	return any == 0
}

func (d *decoder) stop() error {
	if d.lim.Stop == nil {
		return nil
	}
	return d.lim.Stop()
}
