package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// knownQueues lists the queues that there are: those of the settings, those in
// which a case ever was, and those in which somebody has a role.
func (c *console) knownQueues(ctx context.Context) ([]string, error) {
	cases, err := c.Cases.Queues(ctx)
	if err != nil {
		return nil, err
	}
	roles, err := c.Auth.Queues(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.Queues, cases, roles)))), nil
}

// newQueue refuses the name of a queue that there is not, unless the form says
// that it is to be made. What is no name at all is refused where it is used.
func (c *console) newQueue(r *http.Request, queue string) error {
	if queue == "" || queue == auth.AllQueues || casework.CheckQueue(queue) != nil || r.PostFormValue("new_queue") == queue {
		return nil
	}
	known, err := c.knownQueues(r.Context())
	if err == nil && !slices.Contains(known, queue) {
		err = &jaga.Error{Code: jaga.CodeInvalid, Field: "new_queue", Msg: "there is no such queue yet", Hint: "confirm that it is to be made, or choose one that there is"}
	}
	return err
}
