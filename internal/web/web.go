// Package web puts the HTTP interfaces of an installation behind one address:
// Jaga's own API, the API of Hasher-Matcher-Actioner, and the console for
// everything else. It finds out who asks, keeps a broken handler from taking
// the server along, and writes the access log, which names paths and never
// what was sent.
package web

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/auth"
)

// Part is an interface that has paths of its own.
type Part struct {
	Owns    func(path string) bool
	Handler http.Handler
	// Unlogged keeps requests of the part out of the access log: who reads
	// a page for people in danger is nobody's business.
	Unlogged bool
}

// unlogged reports whether a path belongs to a part that is kept out of the
// log.
func unlogged(parts []Part, path string) bool {
	for _, p := range parts {
		if p.Owns(path) {
			return p.Unlogged
		}
	}
	return false
}

// New returns the handler of the whole address: the first part that owns a
// request's path answers it, rest answers all others. It is safe for
// concurrent use.
func New(who *auth.Service, log *slog.Logger, rest http.Handler, parts ...Part) http.Handler {
	routed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, p := range parts {
			if p.Owns(r.URL.Path) {
				p.Handler.ServeHTTP(w, r)
				return
			}
		}
		rest.ServeHTTP(w, r)
	})
	// Pages of other sites may not make a browser change anything here; see
	// the documentation of CrossOriginProtection. Programs are not affected.
	guarded := http.NewCrossOriginProtection().Handler(routed)
	return logged(log, parts, recovered(log, who.Identify(guarded)))
}

// recovered answers 500 where a handler panics.
func recovered(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			log.Error("a handler broke", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
			http.Error(w, "a fault of the server; it is in its log", http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}

// counted remembers what was answered.
type counted struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (c *counted) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *counted) Write(p []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(p)
	c.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func logged(log *slog.Logger, parts []Part, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if unlogged(parts, r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		c, start := &counted{ResponseWriter: w}, time.Now()
		defer func() {
			log.Debug("request", "method", r.Method, "path", r.URL.Path, "status", c.status, "bytes", c.bytes, "ms", time.Since(start).Milliseconds())
		}()
		next.ServeHTTP(c, r)
	})
}

// Allow decides who may use a scope of an interface whose clients often send
// no key: the holder of a key or session with the scope, and whoever asks
// without a key from one of the open networks. A request that came through a
// proxy is never from an open network, because its address is the proxy's; nor
// is one for a public name that is not our own, because it comes from a page
// whose name server pointed a browser inside the network at us.
func Allow(open []netip.Prefix, publicURL string) func(r *http.Request, scope string) error {
	own := ""
	if u, err := url.Parse(publicURL); err == nil {
		own = u.Hostname()
	}
	return func(r *http.Request, scope string) error {
		err := auth.Need(r.Context(), auth.Scope(scope))
		if err == nil || keySent(r) || !from(r, open) || !local(r.Host, own) {
			return err
		}
		return nil
	}
}

// local reports whether the host that a request names is one that nobody
// outside can own: an address, a name without a dot, a name of a private zone,
// or our own.
func local(host, own string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if _, err := netip.ParseAddr(host); err == nil || host == strings.ToLower(own) || !strings.Contains(host, ".") {
		return true
	}
	for _, zone := range []string{".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test"} {
		if strings.HasSuffix(host, zone) {
			return true
		}
	}
	return false
}

// keySent reports whether the request names a key. Some clients send the scheme
// alone when they were given none.
func keySent(r *http.Request) bool {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(secret) != "" || scheme != "" && !strings.EqualFold(scheme, "Bearer")
}

func from(r *http.Request, open []netip.Prefix) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	for _, p := range open {
		if p.Contains(at.Addr().Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// Actor names in custody records who asks.
func Actor(r *http.Request) string {
	if who, ok := auth.From(r.Context()); ok {
		return who.Actor
	}
	return "network"
}
