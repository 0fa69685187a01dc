package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/archive"
)

// inside is a file in an archive. Its name is that within the archive; it is in
// the journal, in the record of the archive.
type inside struct {
	Name    string       `json:"name"`
	Outcome jaga.Outcome `json:"outcome"`
	Other   bool         `json:"other,omitempty"` // its content is of no known kind
}

// isArchive reports whether a file is one whose files can be looked at.
func isArchive(f *os.File) bool {
	head := make([]byte, archive.SniffLen)
	n, err := f.ReadAt(head, 0)
	return (err == nil || errors.Is(err, io.EOF)) && archive.Sniff(head[:n]) != archive.None
}

// archive looks at the files in an archive one by one and calls found for each.
// outer is what is known of the archive as a file; what is returned says also
// whether all that is in it was seen.
func (c *checker) archive(ctx context.Context, f *os.File, outer jaga.Outcome, found func(inside)) jaga.Outcome {
	info, err := f.Stat()
	if err != nil {
		return c.unreadable(err)
	}
	err = archive.Walk(ctx, f, info.Size(), archive.DefaultLimits(), func(name string, r io.Reader, why error) error {
		in := inside{Name: name}
		if why == nil {
			m, ear, err := c.measure(ctx, r)
			if why = err; err == nil {
				in.Outcome, in.Other = c.judge(m, ear), m.Type == "" && m.Bytes > 0
			}
		}
		if why != nil {
			w, detail := whyOfArchive(why)
			in.Outcome = c.failed(w, detail)
		}
		found(in)
		if errors.Is(why, archive.ErrLimit) && r != nil || ctx.Err() != nil {
			return why // nothing after it can be read either
		}
		return nil
	})
	// What is inside is what counts, so nobody misses a hash of the picture that
	// the archive is not.
	for i := range outer.Skipped {
		if outer.Skipped[i].Detector == jaga.DetectorPDQ {
			outer.Skipped[i].Optional = true
		}
	}
	if err != nil {
		why, detail := whyOfArchive(err)
		outer.Skipped = append([]jaga.Skip{{Detector: jaga.DetectorArchive, Why: why, Detail: detail}}, outer.Skipped...)
		return outer
	}
	outer.Checked = append(outer.Checked, jaga.DetectorArchive)
	return outer
}

// whyOfArchive says in our words why an archive, or a file in it, was not looked
// at. Details of decoders are left out: they may hold names.
func whyOfArchive(err error) (jaga.Why, string) {
	switch {
	case errors.Is(err, archive.ErrLimit):
		return jaga.WhyTooBig, archive.ErrLimit.Error()
	case errors.Is(err, archive.ErrDepth):
		return jaga.WhyTooBig, archive.ErrDepth.Error()
	case errors.Is(err, archive.ErrEncrypted):
		return jaga.WhyUnsupported, archive.ErrEncrypted.Error()
	case errors.Is(err, archive.ErrUnsupported):
		return jaga.WhyUnsupported, archive.ErrUnsupported.Error()
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return jaga.WhyTimeout, ""
	case errors.As(err, new(*os.PathError)):
		return jaga.WhyUnreadable, errText(err)
	}
	return jaga.WhyDamaged, archive.ErrDamaged.Error()
}

// namesInside makes the names of files in one archive differ, as their results
// are told apart by them: an archive may hold two files of one name.
func namesInside(list []inside) {
	seen := map[string]bool{}
	for i := range list {
		name := list[i].Name
		for n := 2; seen[name]; n++ {
			name = fmt.Sprintf("%s (%d)", list[i].Name, n)
		}
		seen[name] = true
		list[i].Name = name
	}
}
