package spread

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/sealed"
	"github.com/jaga-project/jaga/internal/store"
)

// Kind is what happened to the material on a platform.
type Kind string

// The kinds.
const (
	Viewed   Kind = "viewed"
	Sent     Kind = "sent"
	Received Kind = "received"
	Reported Kind = "reported"
)

// Kinds lists the kinds in the order in which people read them.
func Kinds() []Kind { return []Kind{Viewed, Sent, Received, Reported} }

// Options configure a [Service].
type Options struct {
	// Key is the installation's secret, at least 16 bytes, required.
	Key []byte
	// Engine says which entries of banks a hash matches. Required.
	Engine *engine.Engine
	// Item says which entries an item matches, and whether anything was found
	// in it; not_found where it is not kept. Required.
	Item func(ctx context.Context, id string) (entries []int64, found bool, err error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service keeps the counts. It is safe for concurrent use, also by several
// processes.
type Service struct {
	db  *store.DB
	opt Options
	mac []byte
}

// New returns a service.
func New(db *store.DB, opt Options) (*Service, error) {
	if len(opt.Key) < 16 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "key", Msg: "open spread: the key of the installation has fewer than 16 bytes"}
	}
	if opt.Engine == nil || opt.Item == nil {
		return nil, jaga.Errorf(jaga.CodeInternal, "open spread: the engine or the items are missing")
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	mac, err := sealed.Derive(opt.Key, "jaga spread digest")
	return &Service{db, opt, mac}, err
}

// digest is a keyed digest of parts, 128 bits in hexadecimal digits.
func (s *Service) digest(parts ...string) string {
	h := hmac.New(sha256.New, s.mac)
	for _, p := range parts {
		_, _ = h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// hash is the subject of a hash, in whichever way it is written.
func (s *Service) hash(sig jaga.Signal) (string, error) {
	v, err := engine.ParseSignal(sig)
	if err != nil {
		return "", err
	}
	return s.digest("hash", string(v.Type), v.String()), nil
}

func (s *Service) item(id string) string { return s.digest("item", id) }

// matches are the entries of match banks that a hash matches, whatever share of
// the traffic a bank is asked about.
func (s *Service) matches(sig jaga.Signal) (out []int64, err error) {
	sig.Quality = 100 // the platform's tool has decided that it can be compared
	a, err := s.opt.Engine.Match(engine.Query{Signals: []jaga.Signal{sig}, Now: s.opt.Now(), Draw: math.SmallestNonzeroFloat64, Limit: mostMatches})
	if err != nil {
		return nil, err
	}
	for _, m := range a.Matches {
		if m.Role == jaga.RoleMatch && m.Suppressed == "" {
			out = append(out, m.Entry)
		}
	}
	return out, nil
}

// mostMatches bounds how many entries one hash is counted for.
const mostMatches = 100

const (
	// keep is how long counts are kept, and how far back one can be told of.
	keep = 2 * 365 * 24 * time.Hour
	// keepBatches is how long a batch is known when it is sent again.
	keepBatches = 90 * 24 * time.Hour
)

// Purge removes what is no longer kept.
func (s *Service) Purge(ctx context.Context) error {
	now := s.opt.Now()
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM spread_batches WHERE at < $1`, now.Add(-keepBatches).UnixMicro()); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM spread_hours WHERE hour < $1`, now.Add(-keep).Unix()/3600); err != nil {
			return err
		}
		for _, table := range []string{"spread_entries", "spread_accounts"} {
			if _, err := tx.Exec(`DELETE FROM ` + table + ` WHERE NOT EXISTS (SELECT 1 FROM spread_hours h WHERE h.subject = ` + table + `.subject)`); err != nil {
				return err
			}
		}
		return nil
	})
}
