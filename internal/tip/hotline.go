package tip

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/store"
)

// Kept is a call as its lists show it: without what was said.
type Kept struct {
	ID     int64
	Number string // that the caller has, such as "7K2M-9PQR-4STV"
	At     int64  // microseconds, as all times here
	Case   int64
	// Opened is true when the case was opened for it.
	Opened   bool
	Safe     Safe
	Country  string
	CallBack int64 // 0 is never
	CalledAt int64 // when that was done; 0 is not yet
}

// Waits reports whether the caller still expects a call.
func (k Kept) Waits() bool { return k.CallBack > 0 && k.CalledAt == 0 }

type callRow struct {
	ID                 int64
	Number             string
	At, Case, Opened   int64
	Safe, Country      string
	CallBack, CalledAt int64
}

const callColumns = `id, number, at, case_id, opened, safe, country, call_back, called_at`

func (r callRow) kept() Kept {
	return Kept{r.ID, r.Number, r.At, r.Case, r.Opened != 0, Safe(r.Safe), r.Country, r.CallBack, r.CalledAt}
}

// callProfile is the profile of the clock of a call that was promised.
func callProfile(id int64) string { return "hotline-" + strconv.FormatInt(id, 10) }

func callPurpose(id int64) string { return fmt.Sprintf("call %d", id) }

// Save keeps a call as a case, and removes the person's draft. token names the
// form: the same form that is saved twice is one call.
func (s *Service) Save(ctx context.Context, actor, token string, c Call) (out Kept, err error) {
	if err := c.Check(s.db.Now()); err != nil {
		return Kept{}, err
	}
	if len(token) < 8 || len(token) > 100 {
		return Kept{}, invalid("token", "the form has no name of its own")
	}
	token = s.keys.digest("form", token)
	data, err := json.Marshal(c)
	if err != nil {
		return Kept{}, err
	}
	err = s.db.Bulk(ctx, func(tx *store.Tx) error { // the call records itself, below
		if err := tx.Lock(); err != nil {
			return err
		}
		had, err := store.All[callRow](tx, `SELECT `+callColumns+` FROM tip_calls WHERE actor = $1 AND token = $2`, actor, token)
		if err != nil {
			return err
		}
		if len(had) > 0 {
			out = had[0].kept()
			return nil
		}
		out = Kept{Number: slip.NewNumber(), At: tx.Now(), Safe: c.Safe, Country: c.Country}
		if !c.CallBack.IsZero() {
			out.CallBack = c.CallBack.UnixMicro()
		}
		account := ""
		if name := c.name(); name != "" {
			account = "named-" + s.keys.digest("name", name)[:16]
		}
		added, err := s.cases.Add(tx, c.finding(actor, out.Number, s.opt.Hotline, account))
		if err != nil {
			return err
		}
		if added.Known {
			return jaga.Errorf(jaga.CodeInternal, "save a call: its number is another one's")
		}
		out.Case, out.Opened = added.Case, added.Opened
		opened := int64(0)
		if out.Opened {
			opened = 1
		}
		if out.ID, err = store.One[int64](tx, `INSERT INTO tip_calls (number, actor, token, at, case_id, opened, safe, country, call_back, sealed)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
			out.Number, actor, token, out.At, out.Case, opened, string(c.Safe), c.Country, out.CallBack, []byte{}); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE tip_calls SET sealed = $1 WHERE id = $2`, s.keys.Seal(callPurpose(out.ID), data), out.ID); err != nil {
			return err
		}
		if out.CallBack > 0 {
			start := time.UnixMicro(min(tx.Now(), out.CallBack))
			if err := s.cases.StartClock(tx, actor, out.Case, casework.Clock{What: casework.ClockCallBack, Profile: callProfile(out.ID), Start: start, Due: c.CallBack}); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`DELETE FROM tip_drafts WHERE actor = $1`, actor); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: actor, Action: "call.save", Subject: callSubject(out.ID), Detail: map[string]string{"case": strconv.FormatInt(out.Case, 10)}})
	})
	return out, err
}

func callSubject(id int64) string { return "call:" + strconv.FormatInt(id, 10) }

// Calls lists the last calls that a person wrote down, newest first.
func (s *Service) Calls(ctx context.Context, actor string, limit int) (out []Kept, err error) {
	out = []Kept{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[callRow](tx, `SELECT `+callColumns+` FROM tip_calls WHERE actor = $1 ORDER BY id DESC LIMIT $2`, actor, int64(min(max(limit, 1), 500)))
		for _, r := range rows {
			out = append(out, r.kept())
		}
		return err
	})
	return out, err
}

// Head returns a call that the person wrote down, without what was said.
func (s *Service) Head(ctx context.Context, actor string, id int64) (out Kept, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = s.head(tx, actor, id)
		return err
	})
	return out, err
}

func (s *Service) head(tx *store.Tx, actor string, id int64) (Kept, error) {
	rows, err := store.All[callRow](tx, `SELECT `+callColumns+` FROM tip_calls WHERE id = $1 AND actor = $2`, id, actor)
	if err == nil && len(rows) == 0 {
		err = &jaga.Error{Code: jaga.CodeNotFound, Field: "call", Msg: "there is no such call of yours"}
	}
	if err != nil {
		return Kept{}, err
	}
	k := rows[0].kept()
	k.Case, err = s.cases.Root(tx, k.Case)
	return k, err
}

// Read opens what was said in a call that the person wrote down, and records
// that they did.
func (s *Service) Read(ctx context.Context, actor string, id int64) (out Call, err error) {
	err = s.db.Update(ctx, custody.Event{Actor: actor, Action: "call.read", Subject: callSubject(id)}, func(tx *store.Tx) error {
		if _, err := s.head(tx, actor, id); err != nil {
			return err
		}
		sealed, err := store.One[[]byte](tx, `SELECT sealed FROM tip_calls WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if len(sealed) == 0 {
			return &jaga.Error{Code: jaga.CodeNotFound, Field: "call", Msg: "what was said in this call is no longer kept"}
		}
		plain, err := s.keys.Open(callPurpose(id), sealed)
		if err != nil {
			return err
		}
		return json.Unmarshal(plain, &out)
	})
	return out, err
}

// Called says that the caller was called back. Saying it twice changes nothing.
func (s *Service) Called(ctx context.Context, actor string, id int64) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error { // the case records that its clock was met
		if err := tx.Lock(); err != nil {
			return err
		}
		k, err := s.head(tx, actor, id)
		if err != nil || !k.Waits() {
			return err
		}
		if _, err := tx.Exec(`UPDATE tip_calls SET called_at = $1 WHERE id = $2`, max(tx.Now(), 1), id); err != nil {
			return err
		}
		// The clock is that of the case which the call came to, also when that
		// was merged since.
		at, err := store.One[int64](tx, `SELECT case_id FROM tip_calls WHERE id = $1`, id)
		if err != nil {
			return err
		}
		return s.cases.MeetClock(tx, actor, at, casework.ClockCallBack, callProfile(id))
	})
}

// Draft is a form that somebody has begun.
type Draft struct {
	At     int64 // when it was kept, in microseconds
	Fields map[string][]string
}

// maxDraft is the largest draft, in bytes: more than a form that can be saved.
const maxDraft = 256 << 10

// SaveDraft keeps what a person has typed into the form, sealed, for them alone.
// It takes the place of the draft before.
func (s *Service) SaveDraft(ctx context.Context, actor string, fields map[string][]string) error {
	data, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	if len(data) > maxDraft {
		return invalid("what", "there is more than a draft can hold")
	}
	if actor == "" {
		return jaga.Errorf(jaga.CodeDenied, "save a draft: nobody is signed in")
	}
	// A draft is nobody's act yet: machine data, and often.
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO tip_drafts (actor, at, sealed) VALUES ($1, $2, $3) ON CONFLICT (actor) DO UPDATE SET at = excluded.at, sealed = excluded.sealed`,
			actor, tx.Now(), s.keys.Seal("draft of "+actor, data))
		return err
	})
}

// Draft returns what the person has typed; ok is false when there is nothing.
func (s *Service) Draft(ctx context.Context, actor string) (d Draft, ok bool, err error) {
	type row struct {
		At     int64
		Sealed []byte
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT at, sealed FROM tip_drafts WHERE actor = $1`, actor)
		if err != nil || len(rows) == 0 {
			return err
		}
		plain, err := s.keys.Open("draft of "+actor, rows[0].Sealed)
		if err != nil {
			return err
		}
		d.At, ok = rows[0].At, true
		return json.Unmarshal(plain, &d.Fields)
	})
	return d, ok, err
}

// DropDraft removes the person's draft.
func (s *Service) DropDraft(ctx context.Context, actor string) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM tip_drafts WHERE actor = $1`, actor)
		return err
	})
}

// keepDrafts is for how long a draft that nobody goes on with is kept.
const keepDrafts = 30 * 24 * time.Hour

// Tend removes drafts that nobody went on with, and returns how many.
func (s *Service) Tend(ctx context.Context) (n int64, err error) {
	err = s.db.Bulk(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.Exec(`DELETE FROM tip_drafts WHERE at < $1`, tx.Now()-keepDrafts.Microseconds())
		return err
	})
	return n, err
}

// similarMost is how many cases are named as perhaps the same.
const similarMost = 10

// Similar lists cases in which one of the accounts or links stands, newest
// first, out of the queues that the reader may read; all stands for every queue.
func (s *Service) Similar(ctx context.Context, all bool, queues, names []string) (out []casework.Case, err error) {
	if !all && len(queues) == 0 {
		return nil, nil
	}
	if all {
		queues = nil
	}
	seen := map[int64]bool{}
	for _, name := range names[:min(len(names), 20)] {
		q := search(name)
		if q == "" {
			continue
		}
		page, err := s.cases.List(ctx, casework.Filter{Words: q, Queues: queues, Order: casework.ByUpdate, Limit: similarMost})
		if err != nil {
			if jaga.CodeOf(err) == jaga.CodeInvalid {
				continue // nothing in it can be looked for
			}
			return nil, err
		}
		for _, c := range page.Cases {
			if !seen[c.ID] && c.MergedInto == 0 {
				seen[c.ID] = true
				out = append(out, c)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b casework.Case) int { return int(min(1, max(-1, b.UpdatedAt-a.UpdatedAt))) })
	return out[:min(len(out), similarMost)], nil
}

// search is what is looked for: the name as one whole piece, as it was indexed,
// without the words that every address begins with.
func search(name string) string {
	name = strings.TrimSpace(name)
	pieces := strings.Fields(name)
	if len(pieces) > 20 {
		pieces = pieces[:20]
	}
	out := strings.Join(pieces, " ")
	if len([]rune(out)) < 3 {
		return "" // it would be found everywhere
	}
	return out
}
