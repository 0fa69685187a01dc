package main

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/jaga-project/jaga/internal/converse"
)

// classifyAhead is how many messages wait for classifiers at most. More are not
// asked about, and stay what they are without an answer: not checked.
const classifyAhead = 10_000

// classifyWorkers is how many are asked about at a time; each plugin has limits of
// its own.
const classifyWorkers = 4

// classifier asks outside classifiers about the words of messages, behind their
// acknowledgement, and hands the scores in as facts of their own: the act
// "category", about the same people at the same time. A message without an answer
// has no such fact, and what needs one says so; it never gets a score of zero.
type classifier struct {
	site    *site
	waiting chan said
	dropped atomic.Int64
}

// said is one message that waits.
type said struct {
	source, conversation string
	message              converse.Message
}

func newClassifier(s *site) *classifier {
	return &classifier{site: s, waiting: make(chan said, classifyAhead)}
}

// taken is told of messages that were acknowledged. It never waits.
func (c *classifier) taken(source, conversation string, m converse.Message) {
	if m.Text == "" || m.Act != "" {
		return
	}
	select {
	case c.waiting <- said{source, conversation, m}:
	default:
		if c.dropped.Add(1) == 1 {
			c.site.log.Warn("more messages come in than classifiers answer; the words of some are not checked by them")
		}
	}
}

// run asks until ctx ends. What waits then is not asked about any more.
func (c *classifier) run(ctx context.Context) {
	var workers sync.WaitGroup
	for range classifyWorkers {
		workers.Go(func() {
			for {
				select {
				case m := <-c.waiting:
					c.ask(ctx, m)
				case <-ctx.Done():
					return
				}
			}
		})
	}
	workers.Wait()
}

// ask hands in what classifiers say of one message, if it is something that
// conversations know.
func (c *classifier) ask(ctx context.Context, m said) {
	answer := c.site.plugins.Message(ctx, m.source, m.message.Text)
	for _, x := range answer.Scores {
		if x.Category != "sexual" && x.Category != "direction" {
			continue
		}
		fact := converse.Message{From: m.message.From, To: m.message.To, At: m.message.At, Act: "category", Category: x.Category, Score: x.Value}
		if m.message.ID != "" {
			fact.ID = m.message.ID + "/" + x.Name + "/" + x.Category
			if len(fact.ID) > converse.MaxIDLength {
				fact.ID = ""
			}
		}
		if _, err := c.site.talk.Observe(ctx, m.source, []converse.Entry{{Conversation: m.conversation, Message: fact}}); err != nil && ctx.Err() == nil {
			c.site.log.Error("hand in what a classifier said of a message", "error", err)
		}
	}
}
