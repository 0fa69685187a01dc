package main

import (
	"fmt"
	"io"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/pack"
	"github.com/jaga-project/jaga/convo/packs"
)

// newDetector makes a detector of the packs that come with Jaga and of private
// ones, which are refused when their own tests fail.
func newDetector(files []string) (*convo.Detector, error) {
	return newDetectorWith(files, convo.Options{})
}

// newDetectorWith is newDetector with a model, and with inputs that all
// conversations come with.
func newDetectorWith(files []string, opt convo.Options) (*convo.Detector, error) {
	all, err := packs.Core()
	if err != nil {
		return nil, err
	}
	private, err := loadPacks(files)
	if err != nil {
		return nil, err
	}
	for i, p := range private {
		if problems := pack.Check(p); len(problems) > 0 {
			return nil, refused(files[i], problems)
		}
		opt.Capabilities |= codedTerms(p)
	}
	d, err := convo.New(opt, append(all, private...)...)
	if err != nil {
		return nil, errorf(jaga.CodeInvalid, "", "%w", err)
	}
	return d, nil
}

// codedTerms returns the capability of private packs if the pack describes an
// indicator that needs one. Any other private pack leaves those unchecked.
func codedTerms(p *pack.Pack) indicator.Capability {
	for i := range p.Rules {
		if e, ok := indicator.Get(p.Rules[i].Indicator); ok && e.Needs.Has(indicator.NeedsPrivatePack) {
			return indicator.NeedsPrivatePack
		}
	}
	return 0
}

// refused is the error of a pack that must not be used.
func refused(file string, problems []pack.Problem) error {
	more := ""
	if n := len(problems) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return errorf(jaga.CodeInvalid, "jaga packs test "+printable(file)+" shows all problems", "the pack is refused: %s%s", problems[0], more)
}

// loadPacks reads and parses pack files.
func loadPacks(files []string) ([]*pack.Pack, error) {
	var out []*pack.Pack
	for _, name := range files {
		p, err := loadPack(name)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func loadPack(name string) (*pack.Pack, error) {
	data, err := readSmall(name, pack.MaxSize)
	if err != nil {
		return nil, err
	}
	p, err := pack.Parse(printable(name), data)
	if err != nil {
		return nil, errorf(jaga.CodeInvalid, "docs/packs.md describes the format", "%w", err)
	}
	return p, nil
}

// readSmall reads a file of at most limit bytes.
func readSmall(name string, limit int64) ([]byte, error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, errorf(jaga.CodeInvalid, "", "read file: %s is larger than %d bytes", printable(name), limit)
	}
	return data, nil
}
