package policy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// BacktestJob is the kind of job that [Service.BacktestWork] does.
const BacktestJob = "backtest"

// Backtest asks a version of a rule, or two versions, about what is stored.
type Backtest struct {
	ID         int64
	Rule       string
	Before     int64 // the version it is compared with, 0 for none
	After      int64
	Since      int64 // microseconds
	AskedBy    string
	AskedAt    int64
	FinishedAt int64 // 0 while it runs
	Fault      string
	Found      *Found // nil while it runs
}

// Found is what a back-test found. Before is about the version it is compared
// with, and stays zero without one.
type Found struct {
	Looked          int64     `json:"looked"` // findings, and items without one
	FiredBefore     int64     `json:"fired_before"`
	FiredAfter      int64     `json:"fired_after"`
	UndecidedBefore int64     `json:"undecided_before"`
	UndecidedAfter  int64     `json:"undecided_after"`
	NewlyFired      int64     `json:"newly_fired"`
	NoLongerFired   int64     `json:"no_longer_fired"`
	Newly           []Example `json:"newly"` // at most 50, the newest first
	Gone            []Example `json:"gone"`
	Days            []Day     `json:"days"` // oldest first; days without any are left out
	// Needs counts the facts that kept the version from being decided.
	Needs map[string]int64 `json:"needs"`
	// Unread is how many stored outcomes could not be read, and so were not
	// looked at.
	Unread int64 `json:"unread"`
}

// Example is something stored, by its identifier.
type Example struct {
	ID   string    `json:"id"`
	Talk bool      `json:"talk"` // a finding in a conversation; otherwise an item
	At   int64     `json:"at"`
	Form string    `json:"form"`
	Band jaga.Band `json:"band"`
}

// Day counts how often the versions fired on a day, in UTC.
type Day struct {
	Day    string `json:"day"` // 2026-05-17
	Before int64  `json:"before"`
	After  int64  `json:"after"`
}

const (
	examplesKept = 50
	backtestPage = 200
)

type backtestArgs struct{ ID int64 }

// StartBacktest asks for a back-test of a version, compared with another one
// unless before is 0, over what is stored since a time. It runs as a job; see
// [Service.Backtests].
func (s *Service) StartBacktest(ctx context.Context, actor, rule string, before, after int64, since time.Time) (id int64, err error) {
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		for _, v := range []int64{before, after} {
			if v == 0 && v != after {
				continue
			}
			n, err := store.One[int64](tx, `SELECT COUNT(*) FROM policy_versions WHERE rule = $1 AND version = $2`, rule, v)
			if err == nil && n == 0 {
				err = noRule()
			}
			if err != nil {
				return err
			}
		}
		id, err = store.One[int64](tx, `INSERT INTO policy_backtests (rule, before, after, since, asked_by, asked_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`, rule, before, after, since.UnixMicro(), actor, tx.Now())
		if err != nil {
			return err
		}
		if err := tx.Record(custody.Event{Actor: actor, Action: "rule.backtest", Subject: Subject(rule), Detail: map[string]string{"before": fmt.Sprint(before), "after": fmt.Sprint(after)}}); err != nil {
			return err
		}
		return tx.Enqueue(store.Job{Kind: BacktestJob, Args: backtestArgs{id}, Unique: fmt.Sprint("backtest ", id)})
	})
	return id, err
}

// Backtests returns those of a rule, the newest first.
func (s *Service) Backtests(ctx context.Context, rule string, limit int) (out []Backtest, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[backtestRow](tx, `SELECT `+backtestColumns+` FROM policy_backtests WHERE rule = $1 ORDER BY id DESC LIMIT $2`, rule, limit)
		for _, r := range rows {
			out = append(out, r.backtest())
		}
		return err
	})
	return out, err
}

// Backtest returns one.
func (s *Service) Backtest(ctx context.Context, id int64) (out Backtest, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		r, err := store.One[backtestRow](tx, `SELECT `+backtestColumns+` FROM policy_backtests WHERE id = $1`, id)
		if errors.Is(err, store.ErrNotFound) {
			return &jaga.Error{Code: jaga.CodeNotFound, Field: "id", Msg: "there is no such back-test"}
		}
		out = r.backtest()
		return err
	})
	return out, err
}

type backtestRow struct {
	ID                   int64
	Rule                 string
	Before, After, Since int64
	AskedBy              string
	AskedAt, FinishedAt  int64
	Result, Fault        string
}

const backtestColumns = `id, rule, before, after, since, asked_by, asked_at, finished_at, result, fault`

func (r backtestRow) backtest() Backtest {
	b := Backtest{ID: r.ID, Rule: r.Rule, Before: r.Before, After: r.After, Since: r.Since, AskedBy: r.AskedBy, AskedAt: r.AskedAt, FinishedAt: r.FinishedAt, Fault: r.Fault}
	var f Found
	if r.Result != "" && json.Unmarshal([]byte(r.Result), &f) == nil {
		b.Found = &f
	}
	return b
}

// BacktestWork is the handler of [BacktestJob]. It reads only, so that it can
// begin anew after it was cut off.
func (s *Service) BacktestWork(ctx context.Context, job *store.Running) error {
	var args backtestArgs
	if err := job.Args(&args); err != nil {
		return store.Permanent(err)
	}
	b, err := s.Backtest(ctx, args.ID)
	if err != nil {
		return err
	}
	found, err := s.look(ctx, b, func(done, total int64) { job.Progress(ctx, done, total, b.Rule) })
	if err != nil && ctx.Err() != nil {
		return err
	}
	result, fault := "", ""
	if err != nil {
		fault = err.Error()
	} else if data, err := json.Marshal(found); err != nil {
		return store.Permanent(err)
	} else {
		result = string(data)
	}
	if err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE policy_backtests SET result = $1, fault = $2, finished_at = $3 WHERE id = $4`, result, fault, tx.Now(), b.ID)
		return err
	}); err != nil {
		return err
	}
	if fault != "" {
		return store.Permanent(jaga.Errorf(jaga.CodeInternal, "back-test %d: %s", b.ID, fault))
	}
	return nil
}

// stored is something that was kept, as facts.
type stored struct {
	Example
	facts Facts
}

// look asks the versions about everything that is stored.
func (s *Service) look(ctx context.Context, b Backtest, progress func(done, total int64)) (Found, error) {
	found := Found{Newly: []Example{}, Gone: []Example{}, Days: []Day{}, Needs: map[string]int64{}}
	after, err := s.version(ctx, b.Rule, b.After)
	if err != nil {
		return found, err
	}
	var before *Compiled
	if b.Before != 0 {
		if before, err = s.version(ctx, b.Rule, b.Before); err != nil {
			return found, err
		}
	}
	var total int64
	if err := s.db.View(ctx, func(tx *store.Tx) error {
		items, err := store.One[int64](tx, `SELECT COUNT(*) FROM items WHERE at >= $1`, b.Since)
		if err != nil {
			return err
		}
		talks, err := store.One[int64](tx, `SELECT COUNT(*) FROM talk_findings WHERE updated_at >= $1`, b.Since)
		total = items + talks
		return err
	}); err != nil {
		return found, err
	}
	days, done := map[string]*Day{}, int64(0)
	for _, page := range []pager{s.itemPage, s.talkPage} {
		for last := ""; ; {
			if err := ctx.Err(); err != nil {
				return found, err
			}
			list, n, next, err := page(ctx, b.Since, last)
			if err != nil {
				return found, err
			}
			for i := range list {
				found.add(&list[i], before, after, days)
			}
			found.Unread += n.unread
			done += n.rows
			progress(min(done, total), max(total, 1))
			if next == "" {
				break
			}
			last = next
		}
	}
	for _, d := range days {
		found.Days = append(found.Days, *d)
	}
	slices.SortFunc(found.Days, func(a, b Day) int {
		if a.Day < b.Day {
			return -1
		}
		return 1
	})
	progress(max(total, 1), max(total, 1))
	return found, nil
}

func (f *Found) add(x *stored, before, after *Compiled, days map[string]*Day) {
	f.Looked++
	now := after.Ask(&x.facts)
	was := Verdict{Answer: Quiet}
	if before != nil {
		was = before.Ask(&x.facts)
	}
	fired, fires := was.Answer == Fires, now.Answer == Fires
	if fired || fires {
		name := time.UnixMicro(x.At).UTC().Format(time.DateOnly)
		if days[name] == nil {
			days[name] = &Day{Day: name}
		}
		if fired {
			f.FiredBefore++
			days[name].Before++
		}
		if fires {
			f.FiredAfter++
			days[name].After++
		}
	}
	if was.Answer == Undecided {
		f.UndecidedBefore++
	}
	if now.Answer == Undecided {
		f.UndecidedAfter++
		for _, n := range now.Needs {
			f.Needs[n]++
		}
	}
	// The pages go from old to new, so the newest examples push out the oldest.
	keep := func(list []Example) []Example {
		return append([]Example{x.Example}, list[:min(len(list), examplesKept-1)]...)
	}
	switch {
	case fires && !fired:
		f.NewlyFired++
		f.Newly = keep(f.Newly)
	case fired && !fires:
		f.NoLongerFired++
		f.Gone = keep(f.Gone)
	}
}

func (s *Service) version(ctx context.Context, rule string, version int64) (c *Compiled, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT `+columns+` FROM policy_versions WHERE rule = $1 AND version = $2`, rule, version)
		if err == nil && len(rows) == 0 {
			err = noRule()
		}
		if err != nil {
			return err
		}
		v, err := rows[0].compile()
		c = v.Compiled
		return err
	})
	return c, err
}

type pageCount struct{ rows, unread int64 }

// pager reads a page of what is stored after an identifier; next is empty at
// the end.
type pager func(ctx context.Context, since int64, after string) (list []stored, n pageCount, next string, err error)

type itemRow struct {
	ID                             string
	At                             int64
	Source, Kind, Author, Audience string
	Outcome                        string
}

const itemColumns = `id, at, source, kind, author, audience, outcome`

func (s *Service) itemPage(ctx context.Context, since int64, after string) (list []stored, n pageCount, next string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[itemRow](tx, `SELECT `+itemColumns+` FROM items WHERE at >= $1 AND id > $2 ORDER BY id LIMIT $3`, since, after, backtestPage)
		if err != nil {
			return err
		}
		for _, r := range rows {
			facts, err := s.factsOfItem(tx, r)
			if err != nil {
				return err
			}
			if facts == nil {
				n.unread++
			}
			for _, f := range facts {
				list = append(list, stored{example(r.ID, false, r.At, f), f})
			}
		}
		if n.rows = int64(len(rows)); len(rows) == backtestPage {
			next = rows[len(rows)-1].ID
		}
		return nil
	})
	return list, n, next, err
}

// factsOfItem is nil for an outcome that cannot be read.
func (s *Service) factsOfItem(tx *store.Tx, r itemRow) ([]Facts, error) {
	var o jaga.Outcome
	if err := json.Unmarshal([]byte(r.Outcome), &o); err != nil {
		return nil, nil
	}
	return s.ItemFacts(tx, jaga.Item{ID: r.ID, At: time.UnixMicro(r.At), Source: r.Source, Kind: jaga.Kind(r.Kind), Author: r.Author, Audience: r.Audience}, o)
}

type talkRow struct {
	ID, Source  string
	At, Updated int64
	Finding     string
}

const talkColumns = `id, source, at, updated_at, finding`

func (s *Service) talkPage(ctx context.Context, since int64, after string) (list []stored, n pageCount, next string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[talkRow](tx, `SELECT `+talkColumns+` FROM talk_findings WHERE updated_at >= $1 AND id > $2 ORDER BY id LIMIT $3`, since, after, backtestPage)
		if err != nil {
			return err
		}
		for _, r := range rows {
			f, ok, err := s.factsOfTalk(tx, r)
			if err != nil {
				return err
			}
			if !ok {
				n.unread++
				continue
			}
			list = append(list, stored{example(r.ID, true, r.Updated, f), f})
		}
		if n.rows = int64(len(rows)); len(rows) == backtestPage {
			next = rows[len(rows)-1].ID
		}
		return nil
	})
	return list, n, next, err
}

func (s *Service) factsOfTalk(tx *store.Tx, r talkRow) (Facts, bool, error) {
	var f convo.Finding
	if err := json.Unmarshal([]byte(r.Finding), &f); err != nil {
		return Facts{}, false, nil
	}
	facts, err := s.TalkFacts(tx, r.Source, time.UnixMicro(r.At), f)
	return facts, err == nil, err
}

func example(id string, talk bool, at int64, f Facts) Example {
	e := Example{ID: id, Talk: talk, At: at}
	e.Form, _ = f.Form.Get()
	e.Band, _ = f.Band.Get()
	return e
}

// Explained is what a version of a rule says about something stored.
type Explained struct {
	Example
	Facts Facts
	Verdict
	Because []Part
}

// Explain asks a version of a rule about an item or a finding that is stored,
// by its identifier. An item may have several findings.
func (s *Service) Explain(ctx context.Context, rule string, version int64, id string) (out []Explained, err error) {
	c, err := s.version(ctx, rule, version)
	if err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		items, err := store.All[itemRow](tx, `SELECT `+itemColumns+` FROM items WHERE id = $1`, id)
		if err != nil {
			return err
		}
		for _, r := range items {
			facts, err := s.factsOfItem(tx, r)
			if err != nil {
				return err
			}
			for _, f := range facts {
				out = append(out, explained(c, example(r.ID, false, r.At, f), f))
			}
		}
		talks, err := store.All[talkRow](tx, `SELECT `+talkColumns+` FROM talk_findings WHERE id = $1`, id)
		if err != nil {
			return err
		}
		for _, r := range talks {
			f, ok, err := s.factsOfTalk(tx, r)
			if err != nil {
				return err
			}
			if ok {
				out = append(out, explained(c, example(r.ID, true, r.Updated, f), f))
			}
		}
		if len(out) == 0 {
			return &jaga.Error{Code: jaga.CodeNotFound, Field: "id", Msg: "explain: nothing of this identifier is kept that can be read"}
		}
		return nil
	})
	return out, err
}

func explained(c *Compiled, e Example, f Facts) Explained {
	v, parts := c.Explain(&f)
	return Explained{e, f, v, parts}
}
