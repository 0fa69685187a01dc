package intake

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/plugin"
)

// kept is a reader that keeps what it read, up to what plugins take.
type kept struct {
	io.Reader
	data []byte
	over bool
}

func (k *kept) Read(p []byte) (int, error) {
	n, err := k.Reader.Read(p)
	if k.over = k.over || len(k.data)+n > plugin.MaxBytes; k.over {
		k.data = nil
	} else {
		k.data = append(k.data, p[:n]...)
	}
	return n, err
}

var errNotKept = errors.New("the file is larger than what plugins get")

func (k *kept) open() (io.ReadCloser, error) {
	if k.over {
		return nil, errNotKept
	}
	return io.NopCloser(bytes.NewReader(k.data)), nil
}

// askPlugins adds to an outcome what the plugins say. Matches of matchers make
// findings; scores make nothing. Neither makes anything clear: an item that only
// plugins looked at stays one that nothing checked.
func (s *Service) askPlugins(ctx context.Context, source string, rec *Record, file *kept) {
	a := s.opt.Plugins.Ask(ctx, source, plugin.Facts{ID: rec.Item.ID, Kind: rec.Item.Kind, Type: rec.Type, Bytes: rec.Bytes}, file.open)
	o := &rec.Outcome
	o.Scores = a.Scores
	o.Findings = withListed(o.Findings, a.Findings)
	o.Skipped = append(o.Skipped, a.Skipped...)
	if len(o.Checked) > 0 {
		o.Checked = append(append([]jaga.Detector{}, o.Checked...), a.Checked...)
	}
}

// withListed adds the findings of matchers to others, the most urgent first.
func withListed(findings, more []jaga.Finding) []jaga.Finding {
	out := append(slices.Clone(findings), more...)
	slices.SortStableFunc(out, func(a, b jaga.Finding) int { return cmp.Compare(b.Band(), a.Band()) })
	return out
}

// listed are the findings of an outcome that matchers made. Looking again asks
// banks and no matcher, so they are kept.
func listed(o jaga.Outcome) (out []jaga.Finding) {
	for _, f := range o.Findings {
		if slices.ContainsFunc(f.Because(), func(r jaga.Reason) bool { return r.Listed != nil }) {
			out = append(out, f)
		}
	}
	return out
}
