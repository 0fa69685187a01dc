package tip

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// Received is the answer to a report. The same report gets the same one.
type Received struct {
	ID   string // of the report, here
	Case int64
	// Joined is true where the case was there already.
	Joined bool
	// Times is how often the same was said until then, this time included: by
	// the same person, of the same account. From 2 on it was counted, and not
	// linked again.
	Times int64
}

// Repeated reports whether the same had been said before.
func (r Received) Repeated() bool { return r.Times > 1 }

// Take takes a report of a source, an actor such as "key:7", and returns when it
// is stored. An id that was sent before with other contents is a conflict.
func (s *Service) Take(ctx context.Context, source string, r Report) (out Received, err error) {
	if err := line("source", source, maxRef); err != nil {
		return out, err
	}
	if err := r.check(s.db.Now()); err != nil {
		return out, err
	}
	ref := s.keys.digest("ref", r.Ref)
	content, err := s.content(r)
	if err != nil {
		return out, err
	}
	account := s.keys.digest("account", source, r.Account)
	reporter := ""
	if r.Reporter != "" {
		reporter = s.keys.digest("reporter", source, r.Reporter)
	}
	// Every report records itself, below.
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		out = Received{}
		// One at a time: the same id sent twice at once is one report.
		if err := tx.Lock(); err != nil {
			return err
		}
		if done, err := s.before(tx, source, ref, content, &out); done || err != nil {
			return err
		}
		if err := s.flooded(tx, source, account, reporter, r.Safe); err != nil {
			return err
		}
		same := s.same(source, r)
		type row struct {
			ID    string
			Times int64
		}
		var rows []row
		if same != "" {
			if rows, err = store.All[row](tx, `SELECT id, times FROM tip_reports WHERE same = $1 AND first_at > $2 ORDER BY first_at DESC LIMIT 1`,
				same, tx.Now()-s.opt.Window.Microseconds()); err != nil {
				return err
			}
		}
		if out.Times = 1; len(rows) > 0 {
			out.ID, out.Times = rows[0].ID, rows[0].Times+1
		} else {
			id, err := uuid.NewV7()
			if err != nil {
				return err
			}
			out.ID = id.String()
		}
		// A repeated one is linked already: this adds nothing, unless it says
		// that it is more urgent now.
		added, err := s.cases.Add(tx, r.finding(source, out.ID, s.opt.Queue))
		if err != nil {
			return err
		}
		out.Case, out.Joined = added.Case, !added.Opened
		if out.Repeated() {
			_, err = tx.Exec(`UPDATE tip_reports SET times = $1 WHERE id = $2`, out.Times, out.ID)
		} else {
			_, err = tx.Exec(`INSERT INTO tip_reports (id, same, case_id, first_at, times) VALUES ($1, $2, $3, $4, 1)`, out.ID, same, out.Case, tx.Now())
		}
		if err != nil {
			return err
		}
		joined := int64(0)
		if out.Joined {
			joined = 1
		}
		if _, err := tx.Exec(`INSERT INTO tip_sent (source, ref, report_id, case_id, at, content, account, reporter, joined, times) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			source, ref, out.ID, out.Case, tx.Now(), content, account, reporter, joined, out.Times); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO tip_cases (case_id, sent) VALUES ($1, 1) ON CONFLICT (case_id) DO UPDATE SET sent = tip_cases.sent + 1`, out.Case); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: source, Action: "report.take", Subject: "report:" + out.ID,
			Detail: map[string]string{"case": strconv.FormatInt(out.Case, 10), "times": strconv.FormatInt(out.Times, 10)}})
	})
	return out, err
}

// before returns the answer to a report that was sent already.
func (s *Service) before(tx *store.Tx, source, ref, content string, out *Received) (bool, error) {
	type row struct {
		Report  string
		Case    int64
		Content string
		Joined  int64
		Times   int64
	}
	rows, err := store.All[row](tx, `SELECT report_id, case_id, content, joined, times FROM tip_sent WHERE source = $1 AND ref = $2`, source, ref)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	if rows[0].Content != content {
		return false, &jaga.Error{Code: jaga.CodeConflict, Field: "id", Msg: "a report of this id was sent before, and said something else", Hint: "send what is new as a report of its own, with another id"}
	}
	*out = Received{rows[0].Report, rows[0].Case, rows[0].Joined != 0, rows[0].Times}
	return true, nil
}

// content is the digest of everything that a report says.
func (s *Service) content(r Report) (string, error) {
	at := int64(0)
	if !r.At.IsZero() {
		at = r.At.UnixMicro()
	}
	r.At = time.Time{}
	data, err := json.Marshal(r)
	return s.keys.digest("content", string(data), strconv.FormatInt(at, 10)), err
}

// same is the digest of who says what about whom; what they say of the child's
// safety and of the time is left out. It is empty where nobody is named and
// nothing is said: such reports are of different people.
func (s *Service) same(source string, r Report) string {
	if r.Reporter == "" && r.Text == "" {
		return ""
	}
	parts := []string{"same", source, r.Reporter, r.Account, string(r.Form), r.Text, r.Conversation}
	for _, list := range [][]string{r.Content, r.Items, r.Links} {
		sorted := slices.Sorted(slices.Values(list))
		parts = append(parts, strconv.Itoa(len(sorted)))
		parts = append(parts, sorted...)
	}
	return s.keys.digest(parts...)
}

// flooded refuses what is over a limit. A report that says that a child is in
// danger now does not count the account's: a flood of others must not hide it.
func (s *Service) flooded(tx *store.Tx, source, account, reporter string, safe Safe) error {
	hour, day := tx.Now()-time.Hour.Microseconds(), tx.Now()-24*time.Hour.Microseconds()
	over := func(column, v string, since, most int64) (bool, error) {
		n, err := store.One[int64](tx, `SELECT COUNT(*) FROM (SELECT at FROM tip_sent WHERE `+column+` = $1 AND at > $2 LIMIT $3) AS newest`, v, since, most)
		return n >= most, err
	}
	if full, err := over("source", source, hour, s.opt.PerKey); full || err != nil {
		return either(err, flood("key", "this key sent too many reports within an hour"))
	}
	if reporter != "" {
		if full, err := over("reporter", reporter, day, s.opt.PerReporter); full || err != nil {
			return either(err, flood("reporter", "this person reported too often within a day"))
		}
	}
	if safe == NotSafe {
		return nil
	}
	if full, err := over("account", account, day, s.opt.PerAccount); full || err != nil {
		return either(err, flood("account", "this account was reported too often within a day; those who decide have those reports"))
	}
	return nil
}

// either is the fault, or else the refusal.
func either(fault, refusal error) error {
	if fault != nil {
		return fault
	}
	return refusal
}

// Stage is how far a report is, as a platform may know. It says nothing of what
// was decided.
type Stage string

// The stages.
const (
	StageReceived Stage = "received"
	StageInReview Stage = "in_review"
	StageDecided  Stage = "decided"
	StageClosed   Stage = "closed"
)

// Stages lists the stages in their order.
func Stages() []Stage { return []Stage{StageReceived, StageInReview, StageDecided, StageClosed} }

// StageOf is the stage of a case's state.
func StageOf(st casework.State) Stage {
	switch st {
	case casework.StateNew, casework.StateTriage:
		return StageReceived
	case casework.StateInReview, casework.StateSecondReview:
		return StageInReview
	case casework.StateClosed:
		return StageClosed
	}
	return StageDecided
}

// Status is what became of a report.
type Status struct {
	ID    string
	Case  int64 // that it is in now
	Stage Stage
	Times int64 // how often the same was said
	First time.Time
}

// Status tells the source of a report how far it is; of the reports of others it
// knows nothing.
func (s *Service) Status(ctx context.Context, source, id string) (out Status, err error) {
	type row struct {
		Case, First, Times int64
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT r.case_id, r.first_at, r.times FROM tip_reports r WHERE r.id = $1
			AND EXISTS (SELECT 1 FROM tip_sent t WHERE t.report_id = r.id AND t.source = $2)`, id, source)
		if err == nil && len(rows) == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "id", Msg: "there is no such report of yours"}
		}
		if err != nil {
			return err
		}
		out = Status{ID: id, Times: rows[0].Times, First: time.UnixMicro(rows[0].First)}
		out.Case, err = s.cases.Root(tx, rows[0].Case)
		return err
	})
	if err != nil {
		return Status{}, err
	}
	c, _, err := s.cases.Get(ctx, out.Case)
	if err != nil {
		return Status{}, err
	}
	out.Stage = StageOf(c.State)
	return out, nil
}
