package console

import (
	"context"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
)

// What was found is in the queue of its case. A finding without a case is in no
// queue yet: whoever may read findings in any queue may read it, and its words
// are for those who may open words in every queue, since it is not known into
// which one it will come.

// itemKinds are the kinds of findings of cases that are items.
func itemKinds() []casework.Kind {
	return []casework.Kind{casework.KindMedia, casework.KindLive, casework.KindTakedown}
}

// talkKinds are the kinds of findings of cases that are of conversations.
func talkKinds() []casework.Kind { return []casework.Kind{casework.KindConversation} }

// unless is the condition for what the reader must not see in a list; nil for
// those who may read in all queues.
func (c *console) unless(ctx context.Context, need auth.Capability, kinds []casework.Kind) store.Condition {
	who, _ := auth.From(ctx)
	all, queues := who.Queues(need)
	if all {
		return nil
	}
	return casework.Hidden(kinds, queues)
}

// mayRead returns gone, the answer for what is not there, where the case of a
// finding is in a queue that the reader may not read: the two must look alike.
func (c *console) mayRead(ctx context.Context, need auth.Capability, kinds []casework.Kind, ref string, gone error) error {
	who, _ := auth.From(ctx)
	if who.Can(need, "") {
		return nil
	}
	queue, ok, err := c.Cases.QueueOf(ctx, kinds, ref)
	if err == nil && ok && !who.Can(need, queue) {
		err = gone
	}
	return err
}

// noFinding is the one answer for a finding that is not there and for one that
// is not the reader's to see.
func noFinding() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "finding", Msg: "there is no finding of this number"}
}

// mayOpen says whether the reader may open the words of a finding of a
// conversation.
func (c *console) mayOpen(ctx context.Context, id string) error {
	who, _ := auth.From(ctx)
	if who.Can(auth.OpenExcerpts, "") {
		return nil
	}
	if err := c.mayRead(ctx, auth.ReadFindings, talkKinds(), id, noFinding()); err != nil {
		return err
	}
	queue, ok, err := c.Cases.QueueOf(ctx, talkKinds(), id)
	if err == nil && !(ok && who.Can(auth.OpenExcerpts, queue)) {
		err = &jaga.Error{Code: jaga.CodeDenied, Field: "capability", Msg: "none of your roles includes " + string(auth.OpenExcerpts) + " in the queue of this finding",
			Hint: "an administrator gives roles, on the page People"}
	}
	return err
}

// itemFor returns an item that the reader may see.
func (c *console) itemFor(ctx context.Context, id string) (intake.Record, error) {
	rec, err := c.Intake.Get(ctx, id)
	if err != nil {
		return intake.Record{}, err
	}
	return rec, c.mayRead(ctx, auth.ReadItems, itemKinds(), id, &jaga.Error{Code: jaga.CodeNotFound, Field: "item", Msg: "there is no item of this number, or it is no longer kept"})
}
