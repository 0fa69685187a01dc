package intake

import (
	"bytes"
	"context"
	"errors"
	"io"

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

// askPlugins adds to an outcome what the plugins say. Their scores make nothing
// clear: an item that only plugins looked at stays one that nothing checked.
func (s *Service) askPlugins(ctx context.Context, source string, rec *Record, file *kept) {
	a := s.opt.Plugins.Ask(ctx, source, plugin.Facts{ID: rec.Item.ID, Kind: rec.Item.Kind, Type: rec.Type, Bytes: rec.Bytes}, file.open)
	o := &rec.Outcome
	o.Scores = a.Scores
	o.Skipped = append(o.Skipped, a.Skipped...)
	if len(o.Checked) > 0 {
		o.Checked = append(append([]jaga.Detector{}, o.Checked...), a.Checked...)
	}
}
