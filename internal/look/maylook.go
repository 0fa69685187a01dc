package look

import (
	"context"
	"errors"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// May says whether somebody could look at a file now.
type May struct {
	// Why is empty where they could; otherwise "opt_out", "budget" or "break", as
	// in the errors of [Service.Begin].
	Why string
	// Until is when a break that goes on ends, in microseconds since 1970.
	Until int64
	// Left is for how long they could, until a limit or a break.
	Left time.Duration
}

// MayLook says it before anybody begins, so that pages can tell the person, and
// nobody else. It promises nothing: [Service.Begin] asks again.
func (s *Service) MayLook(ctx context.Context, actor, file, class string) (m May, err error) {
	now, _ := s.clock.now()
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if err := mayLook(tx, actor, class); err != nil {
			return err
		}
		m.Left, err = s.left(tx, actor, file, class, now)
		if err == nil {
			return nil
		}
		l, limitsErr := limits(tx)
		if limitsErr != nil {
			return limitsErr
		}
		b, breakErr := breakOf(tx, actor, l, now)
		if breakErr != nil {
			return breakErr
		}
		m.Until = b.Until
		return err
	})
	var refused *jaga.Error
	if errors.As(err, &refused) && refused.Code == jaga.CodeDenied {
		if m.Why = refused.Field; m.Why != "break" {
			m.Until = 0
		}
		return m, nil
	}
	return m, err
}
