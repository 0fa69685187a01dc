package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/sealed"
	"github.com/jaga-project/jaga/internal/store"
)

// classifyAhead is how many messages wait for classifiers at most. More are not
// asked about; they are counted and shown as not checked.
const classifyAhead = 10_000

// classifyWorkers is how many are asked about at a time; each plugin has limits of
// its own.
const classifyWorkers = 4

// classifyJob is the kind of the job that asks about all that wait.
const classifyJob = "classify"

// classifyTidy is how often the number of those that wait is counted anew, and what
// a job left behind is taken up.
const classifyTidy = time.Minute

// classifier asks outside classifiers about the words of messages, behind their
// acknowledgement, and hands the scores in as facts of their own: the act
// "category", about the same people at the same time. A message without an answer
// has no such fact, and what needs one says so; it never gets a score of zero.
//
// What waits is stored, sealed, in the transaction that acknowledges the messages,
// and removed when classifiers were asked, so that a restart loses none.
type classifier struct {
	site    *site
	key     *sealed.Key
	waiting atomic.Int64 // about how many messages wait
	warned  atomic.Bool
}

// said is one message that waits.
type said struct {
	Source, Conversation string
	Message              converse.Message
}

func newClassifier(s *site, secret []byte) (*classifier, error) {
	key, err := sealed.New(secret, "jaga messages for classifiers")
	return &classifier{site: s, key: key}, err
}

const classifyPlace = "messages for classifiers"

// taken stores the words of messages in the transaction that acknowledges them.
func (c *classifier) taken(tx *store.Tx, source string, entries []converse.Entry) error {
	var list []said
	for i := range entries {
		for _, m := range entries[i].All() {
			if m.Text != "" && m.Act == "" {
				list = append(list, said{source, entries[i].Conversation, *m})
			}
		}
	}
	n := int64(len(list))
	switch {
	case n == 0:
		return nil
	case c.waiting.Load()+n > classifyAhead:
		if !c.warned.Swap(true) {
			c.site.log.Warn("more messages come in than classifiers answer; the words of some are not checked by them")
		}
		return plugin.NoteMissed(tx, plugin.MissedFull, n)
	}
	plain, err := json.Marshal(list)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO classify_waiting (at, n, sealed) VALUES ($1, $2, $3)`, tx.Now(), n, c.key.Seal(classifyPlace, plain)); err != nil {
		return err
	}
	c.waiting.Add(n)
	return tx.Enqueue(store.Job{Kind: classifyJob, Unique: classifyJob, Lane: classifyJob})
}

// count counts anew what waits, and has it done where no job does: one may have
// ended just as a message came.
func (c *classifier) count(ctx context.Context) error {
	return c.site.db.Bulk(ctx, func(tx *store.Tx) error {
		n, err := store.One[int64](tx, `SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM classify_waiting`)
		if err != nil {
			return err
		}
		if c.waiting.Store(n); n == 0 {
			c.warned.Store(false)
			return nil
		}
		return tx.Enqueue(store.Job{Kind: classifyJob, Unique: classifyJob, Lane: classifyJob})
	})
}

// run asks until ctx ends.
func (c *classifier) run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { _ = c.site.db.Work(ctx, 1, map[string]store.Handler{classifyJob: c.work}) }) // its error is that of ctx
	both.Go(func() {
		every := time.NewTicker(classifyTidy)
		defer every.Stop()
		for ctx.Err() == nil {
			err := c.count(ctx)
			if err == nil {
				// There would be one for every few messages.
				err = c.site.db.ForgetDone(ctx, classifyJob)
			}
			if err != nil && ctx.Err() == nil {
				c.site.log.Error("count messages that wait for classifiers", "error", err)
			}
			select {
			case <-every.C:
			case <-ctx.Done():
			}
		}
	})
	both.Wait()
}

// waits is what is stored of some messages.
type waits struct {
	ID, N  int64
	Sealed []byte
}

// work asks about all that waits.
func (c *classifier) work(ctx context.Context, _ *store.Running) error {
	for {
		var list []waits
		if err := c.site.db.View(ctx, func(tx *store.Tx) (err error) {
			list, err = store.All[waits](tx, `SELECT id, n, sealed FROM classify_waiting ORDER BY id LIMIT $1`, int64(8*classifyWorkers))
			return err
		}); err != nil || len(list) == 0 {
			return err
		}
		errs := make([]error, len(list))
		next := make(chan int)
		var workers sync.WaitGroup
		for range classifyWorkers {
			workers.Go(func() {
				for i := range next {
					errs[i] = c.batch(ctx, list[i])
				}
			})
		}
		for i := range list {
			next <- i
		}
		close(next)
		workers.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
}

// batch asks about messages that were stored together, and forgets their words. When
// it is cut off it is done again: what was handed in has the same identifiers then,
// and is known as a repetition.
func (c *classifier) batch(ctx context.Context, b waits) error {
	var list []said
	plain, err := c.key.Open(classifyPlace, b.Sealed)
	if err == nil {
		err = json.Unmarshal(plain, &list)
	}
	missed := int64(0)
	if err != nil {
		c.site.log.Error("read messages that wait for classifiers", "error", err)
		missed = b.N
	}
	for i, m := range list {
		all, err := c.ask(ctx, m, "classified-"+strconv.FormatInt(b.ID, 10)+"-"+strconv.Itoa(i))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			c.site.log.Error("hand in what a classifier said of a message", "error", err)
		}
		if err != nil || !all {
			missed++
		}
	}
	err = c.site.db.Bulk(ctx, func(tx *store.Tx) error {
		n, err := tx.Exec(`DELETE FROM classify_waiting WHERE id = $1`, b.ID)
		if err != nil || n == 0 || missed == 0 {
			return err
		}
		return plugin.NoteMissed(tx, plugin.MissedFailed, missed)
	})
	if err == nil {
		c.waiting.Add(-b.N)
	}
	return err
}

// ask hands in what classifiers say of one message, if it is something that
// conversations know, and reports whether all of them answered. id names the
// message where its sender does not.
func (c *classifier) ask(ctx context.Context, m said, id string) (all bool, err error) {
	answer := c.site.plugins.Message(ctx, m.Source, m.Message.Text)
	if m.Message.ID != "" {
		id = m.Message.ID
	}
	for _, x := range answer.Scores {
		if x.Category != "sexual" && x.Category != "direction" {
			continue
		}
		fact := converse.Message{From: m.Message.From, To: m.Message.To, At: m.Message.At, Act: "category", Category: x.Category, Score: x.Value}
		if fact.ID = id + "/" + x.Name + "/" + x.Category; len(fact.ID) > converse.MaxIDLength {
			fact.ID = ""
		}
		if _, err := c.site.talk.Observe(ctx, m.Source, []converse.Entry{{Conversation: m.Conversation, Message: fact}}); err != nil {
			return false, err
		}
	}
	return len(answer.Skipped) == 0, nil
}

// unclassified ends the waiting of messages where no classifier is set up any more:
// their words are forgotten, and they count as not checked.
func (s *site) unclassified(ctx context.Context) error {
	if s.classifier != nil {
		return nil
	}
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		n, err := store.One[int64](tx, `SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM classify_waiting`)
		if err != nil || n == 0 {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM classify_waiting`); err != nil {
			return err
		}
		return plugin.NoteMissed(tx, plugin.MissedOff, n)
	})
	if err != nil {
		return fmt.Errorf("forget messages that wait for classifiers: %w", err)
	}
	return nil
}
