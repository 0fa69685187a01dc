package intake

import (
	"context"

	"github.com/jaga-project/jaga"
)

// Known says which entries of match banks an item matches, and whether anything
// was found in it. The error is not_found where it is not kept.
func (s *Service) Known(ctx context.Context, id string) (entries []int64, found bool, err error) {
	rec, err := s.Get(ctx, id)
	if err != nil {
		return nil, false, err
	}
	for _, m := range rec.Outcome.Matches {
		if m.Role == jaga.RoleMatch && m.Suppressed == "" {
			entries = append(entries, m.Entry)
		}
	}
	return entries, rec.Outcome.State() == jaga.StateFindings, nil
}
