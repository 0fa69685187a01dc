package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Standing is a version of a rule with what people did with it.
type Standing struct {
	Rule       Rule
	Version    int64
	State      State
	Share      int64  // of [ShareUnit]
	Author     string // who submitted it
	Source     string // the file as it was submitted
	CreatedAt  int64  // microseconds
	ChangedAt  int64
	Replaced   int64 // the version that was active before, 0 for none
	Asked      State // for what approval was asked; empty for nothing
	AskedShare int64
	AskedBy    string
	AskedAt    int64
	ApprovedBy string
	Cost       uint64
}

func (r row) standing() (Standing, error) {
	out := Standing{Version: r.Version, State: State(r.State), Share: r.Share, Author: r.Author, Source: r.Source, CreatedAt: r.Created, ChangedAt: r.Changed, Replaced: r.Replaced,
		Asked: State(r.AskedState), AskedShare: r.AskedShare, AskedBy: r.AskedBy, AskedAt: r.AskedAt, ApprovedBy: r.ApprovedBy}
	v, err := r.compile()
	if err != nil {
		// Its text can still be shown, so that somebody can mend it.
		out.Rule = Rule{Name: r.Rule}
		return out, err
	}
	out.Rule, out.Cost = v.Rule, v.Cost
	return out, nil
}

func noRule() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "rule", Msg: "there is no such rule", Hint: "jaga rules list names them"}
}

// List returns one version of each rule, by name: the active one, else the
// newest that is not retired, else the newest.
func (s *Service) List(ctx context.Context) ([]Standing, error) {
	all, err := s.standings(ctx, `ORDER BY rule, version`)
	var out []Standing
	for _, v := range all {
		last := len(out) - 1
		switch {
		case last < 0 || out[last].Rule.Name != v.Rule.Name:
			out = append(out, v)
		case out[last].State != Active && (v.State != Retired || out[last].State == Retired):
			out[last] = v
		}
	}
	return out, err
}

// Versions returns all versions of a rule, the newest first.
func (s *Service) Versions(ctx context.Context, rule string) ([]Standing, error) {
	list, err := s.standings(ctx, `WHERE rule = $1 ORDER BY version DESC`, rule)
	if err == nil && len(list) == 0 {
		err = noRule()
	}
	return list, err
}

// Waiting returns the versions for which approval was asked, the oldest first.
func (s *Service) Waiting(ctx context.Context) ([]Standing, error) {
	return s.standings(ctx, `WHERE asked_state <> '' ORDER BY asked_at, rule`)
}

func (s *Service) standings(ctx context.Context, where string, args ...any) ([]Standing, error) {
	var out []Standing
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT `+columns+` FROM policy_versions `+where, args...)
		for _, r := range rows {
			st, err := r.standing()
			if err != nil {
				s.opt.Log.Error("a stored rule cannot be read", "rule", r.Rule, "version", r.Version, "error", err)
			}
			out = append(out, st)
		}
		return err
	})
	return out, err
}

// Submit saves a rule as a new version, a draft. It is refused when its own
// tests fail or when it can cost too much.
func (s *Service) Submit(ctx context.Context, actor string, source []byte) (Standing, error) {
	r, err := ParseRule(source)
	if err != nil {
		return Standing{}, err
	}
	if r.Owner == shipped {
		return Standing{}, invalid("owner", "name the person who answers for it", "only rules that come with the program are owned by %s", shipped)
	}
	if _, err := Compile(r); err != nil {
		return Standing{}, err
	}
	var out row
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		// Versions are numbered under the lock of the log, so that two people
		// who submit at once get two numbers.
		if _, err := store.One[int64](tx, `SELECT size FROM custody_head WHERE id = 1 {{forupdate}}`); err != nil {
			return err
		}
		version, err := store.One[int64](tx, `SELECT COALESCE(MAX(version), 0) + 1 FROM policy_versions WHERE rule = $1`, r.Name)
		if err != nil {
			return err
		}
		out, err = store.One[row](tx, `INSERT INTO policy_versions (rule, version, state, author, source, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING `+columns,
			r.Name, version, string(Draft), actor, string(source), tx.Now())
		if err != nil {
			return err
		}
		return s.record(tx, actor, "rule.submit", out, map[string]string{"digest": digest(out.Source)})
	})
	if err != nil {
		return Standing{}, err
	}
	return out.standing()
}

func (s *Service) record(tx *store.Tx, actor, action string, r row, more map[string]string) error {
	detail := map[string]string{"version": strconv.FormatInt(r.Version, 10)}
	maps.Copy(detail, more)
	return tx.Record(custody.Event{Actor: actor, Action: action, Subject: Subject(r.Rule), Detail: detail})
}

// Promote moves a version on. To shadow and to retired it goes at once; canary
// and active, and retiring a rule that comes with the program, need the approval
// of a second person, and what is asked for waits for [Service.Approve]. share
// is that of a canary, of [ShareUnit]. A version that is retired begins again in
// shadow.
func (s *Service) Promote(ctx context.Context, actor, rule string, version int64, to State, share int64) (Standing, error) {
	if to == Canary && (share < 1 || share >= ShareUnit) {
		return Standing{}, invalid("share", "begin small, as with 5 %", "a canary acts for 0.1 to 99.9 per cent of the accounts")
	}
	return s.change(ctx, rule, version, func(tx *store.Tx, r row) error {
		from := State(r.State)
		allowed := map[State][]State{Draft: {Shadow, Retired}, Shadow: {Canary, Active, Retired}, Canary: {Canary, Active, Retired, Shadow}, Active: {Retired}, Retired: {Shadow}}
		if !slices.Contains(allowed[from], to) {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "to", Msg: fmt.Sprintf("promote rule: version %d is %s and cannot become %s", r.Version, from, to), Hint: "the way is draft, shadow, canary, active"}
		}
		// What comes with the program brings findings to people; one person
		// alone does not switch that off.
		if to.Acts() || to == Retired && from.Acts() && r.Author == system {
			if _, err := tx.Exec(`UPDATE policy_versions SET asked_state = $1, asked_share = $2, asked_by = $3, asked_at = $4 WHERE rule = $5 AND version = $6`,
				string(to), share, actor, tx.Now(), r.Rule, r.Version); err != nil {
				return err
			}
			return s.record(tx, actor, "rule.ask", r, map[string]string{"to": string(to), "share": strconv.FormatInt(share, 10)})
		}
		if err := s.enter(tx, r, to, 0, ""); err != nil {
			return err
		}
		return s.record(tx, actor, "rule."+string(to), r, nil)
	})
}

// Approve lets a version take the step that was asked for. The second person is
// neither who wrote it, nor who answers for it, nor who asked.
func (s *Service) Approve(ctx context.Context, actor, rule string, version int64) (Standing, error) {
	return s.change(ctx, rule, version, func(tx *store.Tx, r row) error {
		if err := s.second(actor, r); err != nil {
			return err
		}
		if err := s.enter(tx, r, State(r.AskedState), r.AskedShare, actor); err != nil {
			return err
		}
		return s.record(tx, actor, "rule.approve", r, map[string]string{"to": r.AskedState, "share": strconv.FormatInt(r.AskedShare, 10), "asked_by": r.AskedBy})
	})
}

// Decline refuses what was asked for; whoever asked may take it back as well.
func (s *Service) Decline(ctx context.Context, actor, rule string, version int64, reason string) (Standing, error) {
	if err := needReason(reason); err != nil {
		return Standing{}, err
	}
	return s.change(ctx, rule, version, func(tx *store.Tx, r row) error {
		if r.AskedState == "" {
			return notAsked()
		}
		if err := clear(tx, r); err != nil {
			return err
		}
		if err := keepReason(tx, whatRule(r.Rule), actor, "rule.decline", reason); err != nil {
			return err
		}
		return s.record(tx, actor, "rule.decline", r, map[string]string{"to": r.AskedState, "reason": digest(reason)})
	})
}

func notAsked() error {
	return &jaga.Error{Code: jaga.CodeConflict, Field: "approval", Msg: "nobody has asked for approval of this version"}
}

// second refuses an approval that is not a second person's.
func (s *Service) second(actor string, r row) error {
	if r.AskedState == "" {
		return notAsked()
	}
	if !Person(actor) {
		return &jaga.Error{Code: jaga.CodeDenied, Field: "approval", Msg: "approve rule: only a person can, who is signed in", Hint: "approve on the page of the rule, or with --sign-in"}
	}
	rule, err := ParseRule([]byte(r.Source))
	if err != nil {
		return err
	}
	if actor == r.Author || actor == r.AskedBy || actor == rule.Owner {
		return &jaga.Error{Code: jaga.CodeDenied, Field: "approval", Msg: "approve rule: it takes a second person", Hint: "whoever wrote it, answers for it or asked cannot approve it"}
	}
	return nil
}

func clear(tx *store.Tx, r row) error {
	_, err := tx.Exec(`UPDATE policy_versions SET asked_state = '', asked_share = 0, asked_by = '', asked_at = 0 WHERE rule = $1 AND version = $2`, r.Rule, r.Version)
	return err
}

// enter puts a version into a state. There is one active version of a rule at
// most, and one other that is on its way; what it replaces is retired.
func (s *Service) enter(tx *store.Tx, r row, to State, share int64, approved string) error {
	replaced := r.Replaced
	if to == Active {
		old, err := store.All[int64](tx, `SELECT version FROM policy_versions WHERE rule = $1 AND state = $2 AND version <> $3`, r.Rule, string(Active), r.Version)
		if err != nil {
			return err
		}
		if len(old) > 0 {
			replaced = old[0]
		}
	}
	var others []State
	switch to {
	case Active:
		others = []State{Active, Canary, Shadow}
	case Canary, Shadow:
		others = []State{Canary, Shadow}
	}
	for _, o := range others {
		if _, err := tx.Exec(`UPDATE policy_versions SET state = $1, changed_at = $2, asked_state = '' WHERE rule = $3 AND state = $4 AND version <> $5`,
			string(Retired), tx.Now(), r.Rule, string(o), r.Version); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE policy_versions SET state = $1, share = $2, replaced = $3, changed_at = $4, approved_by = $5 WHERE rule = $6 AND version = $7`,
		string(to), share, replaced, tx.Now(), approved, r.Rule, r.Version); err != nil {
		return err
	}
	if err := clear(tx, r); err != nil {
		return err
	}
	return touch(tx)
}

// Rollback takes back the last step in one: a canary ends, and the active
// version goes on; without a canary the active version gives way to the one
// that it replaced, which had been approved, or to none. It needs one person
// and no approval, because it must be quick.
func (s *Service) Rollback(ctx context.Context, actor, rule, reason string) (Standing, error) {
	if err := needReason(reason); err != nil {
		return Standing{}, err
	}
	return s.change(ctx, rule, 0, func(tx *store.Tx, _ row) error {
		live, err := store.All[row](tx, `SELECT `+columns+` FROM policy_versions WHERE rule = $1 AND state IN ($2, $3) ORDER BY CASE WHEN state = 'canary' THEN 0 ELSE 1 END LIMIT 1`, rule, string(Canary), string(Active))
		if err != nil {
			return err
		}
		if len(live) == 0 {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "rule", Msg: "roll back rule: no version of it acts"}
		}
		r := live[0]
		if r.Author == system {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "rule", Msg: "roll back rule: it came with the program, and there is nothing before it", Hint: "ask for it to be retired; that takes a second person"}
		}
		if err := s.enter(tx, r, Retired, 0, r.ApprovedBy); err != nil {
			return err
		}
		back := int64(0)
		if State(r.State) == Active && r.Replaced > 0 {
			old, err := store.One[row](tx, `SELECT `+columns+` FROM policy_versions WHERE rule = $1 AND version = $2`, rule, r.Replaced)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err == nil {
				back = old.Version
				if err := s.enter(tx, old, Active, 0, old.ApprovedBy); err != nil {
					return err
				}
			}
		}
		if err := keepReason(tx, whatRule(r.Rule), actor, "rule.rollback", reason); err != nil {
			return err
		}
		return s.record(tx, actor, "rule.rollback", r, map[string]string{"to": strconv.FormatInt(back, 10), "reason": digest(reason)})
	})
}

// change runs fn on a version, the newest for 0, and returns how it stands
// afterwards.
func (s *Service) change(ctx context.Context, rule string, version int64, fn func(*store.Tx, row) error) (Standing, error) {
	var out row
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		if _, err := store.One[int64](tx, `SELECT size FROM custody_head WHERE id = 1 {{forupdate}}`); err != nil {
			return err
		}
		find := func() (row, error) {
			q, args := `SELECT `+columns+` FROM policy_versions WHERE rule = $1 ORDER BY version DESC LIMIT 1`, []any{rule}
			if version != 0 {
				q, args = `SELECT `+columns+` FROM policy_versions WHERE rule = $1 AND version = $2`, []any{rule, version}
			}
			list, err := store.All[row](tx, q, args...)
			if err == nil && len(list) == 0 {
				err = noRule()
			}
			if err != nil {
				return row{}, err
			}
			return list[0], nil
		}
		r, err := find()
		if err != nil {
			return err
		}
		if err := fn(tx, r); err != nil {
			return err
		}
		out, err = find()
		return err
	})
	if err != nil {
		return Standing{}, err
	}
	return out.standing()
}
