// Package outbound makes the connections that leave this machine to addresses
// which somebody else chose. What counts is where a connection goes after its
// name was resolved, not what it is called: the address that was checked is the
// one that is dialled, so a name that changes between the two gains nothing.
package outbound

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/jaga-project/jaga"
)

// ErrAddress says that a name leads to an address that may not be reached.
var ErrAddress = errors.New("an address that is not allowed")

// Dial returns a function for [http.Transport.DialContext] that connects to
// allowed addresses only, and fails with [ErrAddress] otherwise. A nil resolver
// is the system's.
func Dial(allowed func(netip.Addr) bool, resolver *net.Resolver) func(context.Context, string, string) (net.Conn, error) {
	d := &net.Dialer{Timeout: 10 * time.Second, Resolver: resolver, Control: func(_, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil || !allowed(ap.Addr()) {
			return ErrAddress
		}
		return nil
	}}
	return d.DialContext
}

// Options configure [NewClient].
type Options struct {
	// Allowed are the addresses that may be reached; nil is [Public].
	Allowed func(netip.Addr) bool
	// Timeout bounds a whole exchange, from the first byte sent to the last
	// received; 0 is 10 seconds.
	Timeout time.Duration
	// Transport, when not nil, may change what was set up, for tests.
	Transport func(*http.Transport)
}

// NewClient returns a client that follows no redirects, uses no proxy of the
// environment (which would resolve names for us and reach what we must not),
// and verifies certificates. A redirect is returned as the answer that it is.
func NewClient(o Options) *http.Client {
	if o.Allowed == nil {
		o.Allowed = Public
	}
	t := &http.Transport{
		DialContext: Dial(o.Allowed, nil), DisableCompression: true, ForceAttemptHTTP2: true,
		MaxIdleConns: 32, MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
	if o.Transport != nil {
		o.Transport(t)
	}
	return &http.Client{
		Timeout: cmp.Or(o.Timeout, 10*time.Second), Transport: t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// CheckURL refuses what is no address of a server. Plain http is refused unless
// it is allowed, for the operator's own network.
func CheckURL(text string, plain bool) error {
	bad := func(msg, hint string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "url", Msg: msg, Hint: hint}
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > 1000 || u.Opaque != "" || u.Hostname() == "" || strings.HasSuffix(u.Host, ":"):
		return bad("it is no address of a server", "write it as https://host/path")
	case u.Scheme == "http" && !plain:
		return bad("it must begin with https://", "plain http is for targets in the own network only, which are marked so")
	case u.Scheme != "https" && u.Scheme != "http":
		return bad("it must begin with https://", "")
	case u.User != nil || u.Fragment != "":
		return bad("it must hold neither a user name nor a fragment", "what is sent is signed; no password is needed")
	}
	return nil
}

// Why says in few words why an exchange failed, without the address: it may
// hold a secret, and errors end up in logs and on pages.
func Why(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, ErrAddress):
		return "refused: the name leads to an address that is not allowed"
	case errors.As(err, &dns):
		return "the name of the host does not resolve"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens there"
	case strings.Contains(err.Error(), "tls:"), strings.Contains(err.Error(), "x509:"), strings.Contains(err.Error(), "HTTP response to HTTPS"):
		return "the certificate is not valid for that address"
	}
	return "the connection was cut"
}
