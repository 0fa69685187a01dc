package casework

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Kind says where a finding is from.
type Kind string

// The kinds of findings. Ref names the finding within its kind.
const (
	KindMedia        Kind = "media"        // an item that matches a bank; Ref is the item
	KindConversation Kind = "conversation" // Ref is the finding of the conversation
	KindLive         Kind = "live"         // a live stream
	KindText         Kind = "text"         // a report that is text alone
	KindUser         Kind = "user_report"  // a platform's report button
	KindHotline      Kind = "hotline"      // somebody called
	KindTakedown     Kind = "takedown"     // a copy of a picture that somebody wants found
)

// Kinds lists the kinds.
func Kinds() []Kind {
	return []Kind{KindMedia, KindConversation, KindLive, KindText, KindUser, KindHotline, KindTakedown}
}

// Finding is something that people have to look at.
type Finding struct {
	Kind Kind
	Ref  string // required; with Kind it is linked once
	// Source is who handed it in, as in custody records; empty is the
	// installation itself.
	Source string
	Queue  string // of a case that is opened; empty is "default"
	Form   jaga.Form
	Band   jaga.Band
	Risk   Risk   // 0 is RiskNew
	Path   string // PathWelfare when both sides are children
	// Account, Conversation and Entries (entries of banks, or hashes) are what
	// cases are joined by; all may be empty.
	Account, Conversation string
	Entries               []string
	// Text is in the words of whoever reported it. It is sealed.
	Text string
	At   time.Time // when it happened; zero is now
}

func (f *Finding) check() error {
	bad := func(field, format string, args ...any) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: "add finding: " + fmt.Sprintf(format, args...)}
	}
	if !slices.Contains(Kinds(), f.Kind) {
		return bad("kind", "%.40q is no kind of finding", f.Kind)
	}
	if f.Ref == "" {
		return bad("ref", "it is missing")
	}
	for field, v := range map[string]string{"ref": f.Ref, "source": f.Source, "account": f.Account, "conversation": f.Conversation} {
		if err := checkText(field, v, 512); err != nil {
			return err
		}
	}
	if len(f.Entries) > 1000 {
		return bad("entries", "there are more than 1000")
	}
	if err := checkText("text", f.Text, MaxText); err != nil {
		return err
	}
	if f.Form != "" && !f.Form.Valid() {
		return bad("form", "%.40q is none of the four forms", f.Form)
	}
	if f.Path != "" && f.Path != PathWelfare {
		return bad("path", "there is no path %.40q", f.Path)
	}
	if f.Queue == "" {
		f.Queue = "default"
	}
	if f.Risk == 0 {
		f.Risk = RiskNew
	}
	if err := CheckQueue(f.Queue); err != nil {
		return err
	}
	return checkRisk(f.Risk)
}

// MaxText is the largest text of a report or a note, in bytes.
const MaxText = 64 << 10

// Added says what became of a finding.
type Added struct {
	Case    int64 // the case that it is in
	Finding int64 // its own number
	// Opened is true when the case was opened for it, Known when it was linked
	// before.
	Opened, Known bool
}

// Add puts a finding into a case, in the caller's transaction: the one that is
// open on the same conversation, account or entry (in this order), or a new
// one. A finding that is linked already is not linked again; when it has become
// more urgent its case does, too, and is reopened if it was decided on. Cases
// on something in common that are not joined are kept as related.
func (s *Service) Add(tx *store.Tx, f Finding) (Added, error) { return s.add(tx, f, false) }

// add is Add; gold marks a case that it opens before anything is told of it.
func (s *Service) add(tx *store.Tx, f Finding, gold bool) (Added, error) {
	if err := f.check(); err != nil {
		return Added{}, err
	}
	if err := tx.Lock(); err != nil {
		return Added{}, err
	}
	type link struct{ ID, Case, Band, Risk int64 }
	had, err := store.One[link](tx, `SELECT id, case_id, band, risk FROM case_findings WHERE kind = $1 AND ref = $2`, string(f.Kind), f.Ref)
	switch {
	case err == nil:
		root, err := resolve(tx, had.Case)
		if err != nil {
			return Added{}, err
		}
		out := Added{Case: root, Finding: had.ID, Known: true}
		if int64(f.Band) <= had.Band && int64(f.Risk) >= had.Risk {
			return out, nil
		}
		return out, s.raise(tx, root, had.ID, f)
	case !errors.Is(err, store.ErrNotFound):
		return Added{}, err
	}
	keys := s.joinKeys(f)
	into, related, err := s.match(tx, keys)
	if err != nil {
		return Added{}, err
	}
	actor := orSystem(f.Source)
	if gold {
		actor = "system" // the log says who it was, whatever it seems to be
	}
	var r caseRow
	out := Added{Case: into, Opened: into == 0}
	if into == 0 {
		if r, err = s.open(tx, f); err != nil {
			return Added{}, err
		}
		if gold {
			if _, err := tx.Exec(`UPDATE cases SET gold = 1 WHERE id = $1`, r.ID); err != nil {
				return Added{}, err
			}
			r.Gold = 1
		}
		out.Case = r.ID
	} else if r, err = load(tx, into); err != nil {
		return Added{}, err
	}
	at := f.At.UnixMicro()
	if f.At.IsZero() {
		at = tx.Now()
	}
	if out.Finding, err = store.One[int64](tx, `INSERT INTO case_findings (case_id, kind, ref, at, form, band, risk, account, conversation, source)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
		r.ID, string(f.Kind), f.Ref, at, string(f.Form), int64(f.Band), int64(f.Risk), f.Account, f.Conversation, f.Source); err != nil {
		return Added{}, err
	}
	if f.Text != "" {
		if _, err := tx.Exec(`UPDATE case_findings SET sealed = $1 WHERE id = $2`, s.keys.Seal(findingPurpose(out.Finding), []byte(f.Text)), out.Finding); err != nil {
			return Added{}, err
		}
	}
	for _, k := range keys {
		if _, err := tx.Exec(`INSERT INTO case_keys (key, finding_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, k, out.Finding); err != nil {
			return Added{}, err
		}
	}
	d := Data{Form: f.Form, Band: f.Band, Risk: f.Risk, Path: f.Path, Finding: out.Finding}
	kind := Joined
	if out.Opened {
		kind, d.Queue, d.Findings = Opened, f.Queue, 1
	}
	if err := s.change(tx, &r, actor, kind, d, ""); err != nil {
		return Added{}, err
	}
	for _, other := range related {
		if other == r.ID {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO case_related (case_id, other_id, why) VALUES ($1, $2, 'key') ON CONFLICT DO NOTHING`, r.ID, other); err != nil {
			return Added{}, err
		}
	}
	if err := s.startClocks(tx, &r, f); err != nil {
		return Added{}, err
	}
	return out, s.index(tx, r.ID, f.Ref, f.Account, f.Conversation, f.Text, strings.Join(f.Entries, " "))
}

func findingPurpose(id int64) string { return "finding " + strconv.FormatInt(id, 10) }

func orSystem(actor string) string {
	if actor == "" {
		return "system"
	}
	return actor
}

// raise makes the case of a finding as urgent as the finding became.
func (s *Service) raise(tx *store.Tx, id, finding int64, f Finding) error {
	if _, err := tx.Exec(`UPDATE case_findings SET band = CASE WHEN band < $1 THEN $1 ELSE band END, risk = CASE WHEN risk > $2 THEN $2 ELSE risk END WHERE id = $3`,
		int64(f.Band), int64(f.Risk), finding); err != nil {
		return err
	}
	r, err := load(tx, id)
	if err != nil {
		return err
	}
	d := Data{Form: f.Form, Band: f.Band, Risk: f.Risk, Path: f.Path, Finding: finding}
	switch State(r.State) {
	case StateDecided, StateReporting, StateReported, StateFollowUp, StateClosed:
		d.Why = WhyRaised
		err = s.reopen(tx, &r, orSystem(f.Source), d, "")
	default:
		err = s.change(tx, &r, orSystem(f.Source), Raised, d, "")
	}
	if err != nil {
		return err
	}
	return s.startClocks(tx, &r, f)
}

// About counts the cases about an account, those that were merged as the one
// that they became.
func (s *Service) About(tx *store.Tx, account string) (int64, error) {
	if account == "" {
		return 0, nil
	}
	cases, err := store.All[int64](tx, `SELECT DISTINCT f.case_id FROM case_keys k JOIN case_findings f ON f.id = k.finding_id JOIN cases c ON c.id = f.case_id
		WHERE k.key = $1 AND c.gold = 0 ORDER BY f.case_id LIMIT $2`, s.keys.digest("join account", account), int64(mostAbout))
	if err != nil {
		return 0, err
	}
	roots := map[int64]bool{}
	for _, id := range cases {
		root, err := resolve(tx, id)
		if err != nil {
			return 0, err
		}
		roots[root] = true
	}
	return int64(len(roots)), nil
}

// mostAbout bounds how many cases are counted: more says nothing more.
const mostAbout = 1000

// open inserts the row of a case, which its first event then fills.
func (s *Service) open(tx *store.Tx, f Finding) (caseRow, error) {
	id, err := store.One[int64](tx, `INSERT INTO cases (state, round, cycle, queue, form, band, risk, path, held, hold_until, assignee, escalated, acknowledged,
		merged_into, outcome, findings, events, opened_at, updated_at, found_at, ready, whole_queue)
		VALUES ('', 0, 0, $1, '', 0, 0, '', 0, 0, '', '', 0, 0, '', 0, 0, $2, 0, $2, 0, $1) RETURNING id`, f.Queue, tx.Now())
	return caseRow{ID: id, OpenedAt: tx.Now(), FoundAt: tx.Now()}, err
}

// joinKeys are the digests of what the finding can be joined by, the strongest
// first.
func (s *Service) joinKeys(f Finding) (out []int64) {
	add := func(kind, v string) {
		if v != "" {
			out = append(out, s.keys.digest("join "+kind, v))
		}
	}
	add("conversation", f.Conversation)
	add("account", f.Account)
	for _, e := range f.Entries {
		add("entry", e)
	}
	return out
}

// keysAtOnce is how many findings are looked at for one key: those of one key
// are mostly in one case.
const keysAtOnce = 50

// match returns the open case that the keys lead to, or 0, and all cases that
// they lead to.
func (s *Service) match(tx *store.Tx, keys []int64) (into int64, all []int64, err error) {
	since := tx.Now() - s.opt.Window.Microseconds()
	for _, k := range keys {
		cases, err := store.All[int64](tx, `SELECT DISTINCT case_id FROM (SELECT f.case_id FROM case_keys k JOIN case_findings f ON f.id = k.finding_id
			WHERE k.key = $1 ORDER BY k.finding_id DESC LIMIT $2) AS newest ORDER BY case_id DESC`, k, int64(keysAtOnce))
		if err != nil {
			return 0, nil, err
		}
		for _, id := range cases {
			root, err := resolve(tx, id)
			if err != nil {
				return 0, nil, err
			}
			if slices.Contains(all, root) {
				continue
			}
			all = append(all, root)
			if into != 0 {
				continue
			}
			r, err := load(tx, root)
			if err != nil {
				return 0, nil, err
			}
			if r.status().open() && r.FoundAt >= since && r.Findings < s.opt.Most && r.Gold == 0 {
				into = root
			}
		}
	}
	return into, all, nil
}

// Needs returns those of refs whose findings a case still needs: every case
// that is not closed, and one that was closed not long ago. What they point to
// must not be deleted. At most 500 at a time.
func (s *Service) Needs(tx *store.Tx, kind Kind, refs []string) ([]string, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	args := []any{string(kind), string(StateClosed), tx.Now() - time.Duration(s.keepClosed.Load()).Microseconds()}
	marks := make([]string, len(refs))
	for i, r := range refs {
		args = append(args, r)
		marks[i] = "$" + strconv.Itoa(len(args))
	}
	return store.All[string](tx, `SELECT f.ref FROM case_findings f JOIN cases c ON c.id = f.case_id
		WHERE f.kind = $1 AND (c.state <> $2 OR c.updated_at >= $3) AND f.ref IN (`+strings.Join(marks, ", ")+`)`, args...)
}
