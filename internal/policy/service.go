package policy

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Options configure a Service.
type Options struct {
	// Key is a secret of the installation; it chooses the accounts of canaries.
	Key [32]byte
	// Limits bound a rule that names none of its own, and PerAction every
	// action over all rules. Zeros take [DefaultLimits].
	Limits, PerAction Limits
	// Zone is by what clock the facts of time are; nil is time.Local.
	Zone *time.Location
	// EarlierCases counts the cases about an account; nil leaves that unknown.
	EarlierCases func(tx *store.Tx, account string) (int64, error)
	// Alarm is called in the transaction in which a breaker opens, to tell an
	// administrator; nil tells the log alone.
	Alarm func(tx *store.Tx, b Breaker) error
	// Log receives what an operator should know; nil is silent.
	Log *slog.Logger
}

// Service keeps the rules and decides by them. It is safe for concurrent use,
// also by several processes on one database.
type Service struct {
	db  *store.DB
	opt Options
	key []byte

	mu    sync.Mutex
	stamp int64 // of the set in memory; -1 when there is none
	set   *Set
}

// Open returns the service, and installs the rules that come with the program
// where they were never installed.
func Open(ctx context.Context, db *store.DB, opt Options) (*Service, error) {
	if opt.Zone == nil {
		opt.Zone = time.Local
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	opt.Limits, opt.PerAction = opt.Limits.or(DefaultLimits()), opt.PerAction.or(DefaultLimits().times(actionFactor))
	key := sha256.Sum256(append([]byte("jaga policy\n"), opt.Key[:]...))
	s := &Service{db: db, opt: opt, key: key[:], stamp: -1}
	if err := s.install(ctx); err != nil {
		return nil, fmt.Errorf("install rules: %w", err)
	}
	return s, nil
}

// install stores the shipped rules that the database has never had. One that
// somebody retired stays retired.
func (s *Service) install(ctx context.Context) error {
	var missing []Rule
	err := s.db.View(ctx, func(tx *store.Tx) error {
		for _, r := range Shipped() {
			n, err := store.One[int64](tx, `SELECT COUNT(*) FROM policy_versions WHERE rule = $1`, r.Name)
			if err != nil {
				return err
			}
			if n == 0 {
				missing = append(missing, r)
			}
		}
		return nil
	})
	if err != nil || len(missing) == 0 {
		return err
	}
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		for _, r := range missing {
			n, err := tx.Exec(`INSERT INTO policy_versions (rule, version, state, author, source, created_at, changed_at) VALUES ($1, 1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING`,
				r.Name, string(Active), system, Format(r), tx.Now())
			if err != nil {
				return err
			}
			if n == 0 {
				continue // another process was quicker
			}
			if err := tx.Record(custody.Event{Actor: system, Action: "rule.install", Subject: Subject(r.Name), Detail: map[string]string{"version": "1", "digest": digest(Format(r))}}); err != nil {
				return err
			}
		}
		return touch(tx)
	})
}

// system is the author of the rules that come with the program.
const system = "system"

// Subject is how custody records name a rule.
func Subject(rule string) string { return "rule:" + rule }

// digest is what custody records say of a rule's text.
func digest(source string) string {
	d := sha256.Sum256([]byte(source))
	return fmt.Sprintf("%x", d[:16])
}

// touch tells all processes that the rules have changed.
func touch(tx *store.Tx) error {
	_, err := tx.Exec(`UPDATE policy_head SET stamp = stamp + 1 WHERE id = 1`)
	tx.Notify("policy", "rules")
	return err
}

// row is a version as it is stored.
type row struct {
	Rule                       string
	Version                    int64
	State                      string
	Share                      int64
	Author, Source             string
	Created, Changed, Replaced int64
	AskedState                 string
	AskedShare                 int64
	AskedBy                    string
	AskedAt                    int64
	ApprovedBy                 string
}

const columns = `rule, version, state, share, author, source, created_at, changed_at, replaced, asked_state, asked_share, asked_by, asked_at, approved_by`

// current returns the rules as they are in the transaction's view.
func (s *Service) current(tx *store.Tx) (*Set, error) {
	stamp, err := store.One[int64](tx, `SELECT stamp FROM policy_head WHERE id = 1`)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set != nil && s.stamp == stamp {
		return s.set, nil
	}
	rows, err := store.All[row](tx, `SELECT `+columns+` FROM policy_versions WHERE state IN ($1, $2, $3)`, string(Shadow), string(Canary), string(Active))
	if err != nil {
		return nil, err
	}
	var list []Version
	for _, r := range rows {
		v, err := r.compile()
		if err != nil {
			// It was good when it was saved. Leaving it out would let findings
			// pass by it without a word, so nothing is decided until a person
			// has mended it.
			return nil, &jaga.Error{Code: jaga.CodeUnavailable, Field: r.Rule, Msg: fmt.Sprintf("read rule %s version %d: %v", r.Rule, r.Version, err), Hint: "retire it or submit it anew", Err: err}
		}
		list = append(list, v)
	}
	set := NewSet(s.key, list)
	s.stamp, s.set = stamp, set
	return set, nil
}

// compile reads a stored version. Its tests were run when it was saved.
func (r row) compile() (Version, error) {
	rule, err := ParseRule([]byte(r.Source))
	if err != nil {
		return Version{}, err
	}
	c, err := compile(rule)
	return Version{c, r.Version, State(r.State), r.Share}, err
}
