package action

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/outbound"
	"github.com/jaga-project/jaga/internal/store"
)

// Options configure a [Service].
type Options struct {
	// Key seals the secrets of targets; it is the installation's own.
	Key []byte
	// PublicURL is where people reach the server, without a slash at the end.
	PublicURL string
	// Internal lists hosts, such as "hooks.internal.example" or "127.0.0.1",
	// that may have private addresses and be reached by plain http.
	Internal []string
	// SecretDir is the directory of the secrets that are kept in files; empty
	// allows none.
	SecretDir string
	// Timeout bounds one try; 0 is 10 seconds, which is within the 15 to 30
	// that Standard Webhooks names as the longest.
	Timeout time.Duration
	// Workers is how many deliveries run at a time, and Each how many to one
	// target; 0 is 16 and 2.
	Workers, Each int
	// Waits are the times between tries; nil is [Waits].
	Waits []time.Duration
	// Log receives what an operator should know; nil is silent.
	Log *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Transport changes how servers are reached, for tests.
	Transport func(*http.Transport)
}

// Waits are the times between the tries of a delivery: eleven tries within a
// good day, as Standard Webhooks proposes. Each is varied by a fifth.
func Waits() []time.Duration {
	return []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour}
}

// Service starts actions and delivers events. It is safe for concurrent use.
type Service struct {
	db       *store.DB
	opt      Options
	sealer   sealer
	outside  *http.Client // reaches the public internet
	inside   *http.Client // reaches the operator's own network as well
	breakers *outbound.Breakers
}

// New returns a service on the database.
func New(db *store.DB, opt Options) (*Service, error) {
	sealer, err := newSealer(opt.Key)
	if err != nil {
		return nil, err
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Waits == nil {
		opt.Waits = Waits()
	}
	opt.Timeout, opt.Workers, opt.Each = cmp.Or(opt.Timeout, 10*time.Second), cmp.Or(opt.Workers, 16), cmp.Or(opt.Each, 2)
	return &Service{
		db: db, opt: opt, sealer: sealer,
		outside:  outbound.NewClient(outbound.Options{Timeout: opt.Timeout, Transport: opt.Transport}),
		inside:   outbound.NewClient(outbound.Options{Timeout: opt.Timeout, Transport: opt.Transport, Allowed: outbound.Intranet}),
		breakers: outbound.NewBreakers(opt.Now),
	}, nil
}

// Run delivers until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	return s.db.WorkLanes(ctx, store.Lanes{Workers: s.opt.Workers, Each: s.opt.Each, Closed: s.breakers.Open},
		map[string]store.Handler{deliverJob: s.deliver})
}

// internal reports whether a host is one of the operator's own network.
func (s *Service) internal(host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(s.opt.Internal, func(h string) bool {
		if at, _, err := net.SplitHostPort(h); err == nil {
			h = at
		}
		return strings.ToLower(h) == host
	})
}

// client returns what reaches the host.
func (s *Service) client(host string) *http.Client {
	if s.internal(host) {
		return s.inside
	}
	return s.outside
}
