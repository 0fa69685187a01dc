package auth

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
)

// The cookie of a session. The name with the prefix is one that browsers
// accept over TLS only, and from no other host of the domain.
const (
	cookieName       = "jaga_session"
	secureCookieName = "__Host-jaga_session"
)

// Identify finds out who asks, by the API key in the Authorization header or
// by the session's cookie, and passes that on in the context (see [From]). It
// refuses nobody: what may be done without a name is for the handlers to say.
// Only a fault of the database ends a request here, with status 503.
func (s *Service) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(withVisitor(r.Context(), visitorOf(r)))
		who, err := s.identify(r)
		switch {
		case err == nil:
			r = r.WithContext(With(r.Context(), who))
		case errors.Is(err, errNobody), jaga.CodeOf(err) == jaga.CodeDenied:
		case r.Context().Err() != nil:
			return // nobody waits for the answer
		default:
			w.Header().Set("Retry-After", "5")
			http.Error(w, unchecked, http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// unchecked is what everybody gets while it cannot be found out who asks, because
// the database does not answer.
const unchecked = `Jaga cannot reach its database just now, so it cannot tell who asks. Nothing that was acknowledged is lost, and you stay signed in. Try again in a moment.

Jaga sedang tidak dapat mencapai basis datanya, jadi tidak dapat mengetahui siapa yang bertanya. Tidak ada yang sudah diterima yang hilang, dan Anda tetap masuk. Coba lagi sebentar lagi.`

// Again finds out who asks anew, for a request that goes on for long: a key
// may have been revoked, a session ended.
func (s *Service) Again(r *http.Request, need Scope) error {
	who, err := s.identify(r)
	if err != nil {
		return err
	}
	return Need(With(r.Context(), who), need)
}

var errNobody = errors.New("no key and no session")

func (s *Service) identify(r *http.Request) (Who, error) {
	// A key that was sent decides alone: a wrong one must not fall back to
	// what a browser happens to hold.
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return Who{}, denied("the Authorization header")
		}
		return s.Key(r.Context(), strings.TrimSpace(secret))
	}
	if token := SessionToken(r); token != "" {
		return s.Session(r.Context(), token)
	}
	return Who{}, errNobody
}

// SessionToken returns the token in the request's cookie, or "".
func SessionToken(r *http.Request) string {
	for _, name := range []string{secureCookieName, cookieName} {
		if c, err := r.Cookie(name); err == nil && len(c.Value) <= 100 {
			return c.Value
		}
	}
	return ""
}

// SetCookie gives the browser the token of a session. secure is true where
// people reach the server by https. SameSite is Lax, so that a link in a chat
// or a mail opens the page it names; requests that change something are
// protected by their origin as well.
func SetCookie(w http.ResponseWriter, token string, secure bool) {
	http.SetCookie(w, cookie(token, secure, int(SessionLife/time.Second)))
}

// ClearCookie takes the token away.
func ClearCookie(w http.ResponseWriter, secure bool) {
	http.SetCookie(w, cookie("", secure, -1))
}

func cookie(value string, secure bool, maxAge int) *http.Cookie {
	name := cookieName
	if secure {
		name = secureCookieName
	}
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode}
}
