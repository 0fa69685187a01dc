package main

import (
	"context"
	"io/fs"
	"sync"
	"time"

	"github.com/jaga-project/jaga/internal/helpcheck"
	"github.com/jaga-project/jaga/internal/web/guide"
)

// helpTime is how long a page of the guide waits for the database; after that
// it shows the checks that were read before.
const helpTime = 2 * time.Second

// openHelp opens the checks of the guide's help directory, of the operator's
// files or ours.
func openHelp(ctx context.Context, s *site, overlay fs.FS) (*helpcheck.Service, error) {
	list, superseded, err := guide.ReadDirectory(overlay)
	if err != nil {
		return nil, err
	}
	var rows []helpcheck.Row
	for _, r := range list {
		rows = append(rows, helpcheck.Row(r))
	}
	return helpcheck.Open(ctx, s.db, helpcheck.Options{Rows: rows, Superseded: superseded, Log: s.log})
}

// helpChecks tells the guide, which knows no database, what people found out.
type helpChecks struct {
	keeper *helpcheck.Service

	mu   sync.Mutex
	from *helpcheck.Seen
	made *guide.Checks
}

// HelpChecks implements [guide.Checker].
func (h *helpChecks) HelpChecks() *guide.Checks {
	ctx, stop := context.WithTimeout(context.Background(), helpTime)
	defer stop()
	seen := h.keeper.Seen(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.from == seen {
		return h.made
	}
	all := guide.Checks{}
	for _, r := range seen.Rows {
		all[r.ID] = guide.Check{Value: r.Value, Source: r.Source, Dated: r.Dated, Checked: r.Answered, Failed: r.Failed, FailedOn: r.FailedOn, Retired: r.Retired}
	}
	h.from, h.made = seen, &all
	return h.made
}
