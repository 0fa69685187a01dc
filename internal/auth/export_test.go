package auth

import (
	"context"
	"net/http"
	"net/netip"
)

// WithAgent is the context of a request of a browser.
func WithAgent(ctx context.Context, agent string) context.Context {
	return withVisitor(ctx, visitor{device: deviceOf(agent)})
}

// WithNetwork is the context of a request from a network.
func WithNetwork(ctx context.Context, network string) context.Context {
	return withVisitor(ctx, visitor{network: netip.MustParsePrefix(network)})
}

// NetworkOf is the network of a request, as text.
func NetworkOf(r *http.Request) string { return networkOf(r).String() }

// HashWith hashes as an earlier version did.
func HashWith(memory, passes uint32, password string) string {
	return argonParams{memory, passes, 1}.hash(cleanPassword(password))
}

// VerifyHash reports whether a password has a hash, and whether it is old.
func VerifyHash(hash, password string) (ok, old bool, err error) {
	return argonNow.verify(hash, password)
}

// NobodysHash is what is checked where there is no password.
const NobodysHash = nobodysHash

// CheckPassword is the rule for new passwords.
func CheckPassword(p, name, login string) error { return checkPassword(cleanPassword(p), name, login) }

// Enter takes a place among those who hash.
func (s *Service) Enter(ctx context.Context) (leave func(), err error) { return s.argon.enter(ctx) }

// AtOnce and Waiting are the limits of hashing.
const (
	AtOnce  = argonAtOnce
	Waiting = argonWaiting
)

// Tracked is how much the limiter remembers, and the most it may.
func (s *Service) Tracked() (n, most int) { return len(s.limits.all), mostTracked }

// Fail counts a wrong password.
func (s *Service) Fail(account, network string) { s.limits.failed(s.db.Now(), account, network) }

// SealFor and OpenFor use the seal of ceremonies.
func (s *Service) SealFor(purpose string, v any) (string, error) {
	return s.seal.close(s.db.Now(), purpose, v)
}

// OpenFor opens what SealFor closed.
func (s *Service) OpenFor(purpose, text string, v any) error {
	return s.seal.open(s.db.Now(), purpose, text, v)
}
