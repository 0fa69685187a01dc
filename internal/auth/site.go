package auth

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/jaga-project/jaga"
)

// site is where people reach the server. The zero value knows no place.
type site struct {
	url      *url.URL
	web      *webauthn.WebAuthn // nil without passkeys
	provider *provider          // nil without one
}

// Reach says at which address people reach the server, such as
// "https://jaga.example", and which provider they may sign in at; the zero
// ProviderConfig is none. It is called once, before the first request. An
// address at which passkeys cannot work is no error; see [Service.PasskeysAt].
func (s *Service) Reach(publicURL string, p ProviderConfig) error {
	u, err := url.Parse(publicURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "server.public_url", Msg: "it is not an address such as https://jaga.example"}
	}
	s.site = site{url: u}
	if name := partyOf(u); name != "" {
		origin := url.URL{Scheme: u.Scheme, Host: u.Host}
		if name != u.Hostname() { // 127.0.0.1, which is reached as localhost
			origin.Host = name
			if u.Port() != "" {
				origin.Host = net.JoinHostPort(name, u.Port())
			}
		}
		s.site.web, err = webauthn.New(&webauthn.Config{
			RPID: name, RPDisplayName: "Jaga", RPOrigins: []string{origin.String()},
			AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
			AttestationPreference:  protocol.PreferNoAttestation,
		})
		if err != nil {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "server.public_url", Msg: "passkeys: " + err.Error(), Err: err}
		}
	}
	if p.Issuer == "" {
		return nil
	}
	s.site.provider, err = newProvider(p, u)
	return err
}

// partyOf is the name that passkeys are bound to, or "" where the address
// cannot have any: a browser makes passkeys for names only, and over plain HTTP
// for localhost only. The loopback address stands for localhost.
func partyOf(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if a, err := netip.ParseAddr(host); err == nil {
		if a.IsLoopback() {
			return "localhost"
		}
		return ""
	}
	if u.Scheme != "https" && host != "localhost" {
		return ""
	}
	return host
}

// PasskeyState says whether passkeys work at an address.
type PasskeyState string

// The states.
const (
	PasskeysWork PasskeyState = "work"
	// PasskeysElsewhere: they work at another address of this server.
	PasskeysElsewhere PasskeyState = "elsewhere"
	// PasskeysNoName: the server's address is a number or speaks no TLS.
	PasskeysNoName PasskeyState = "no_name"
)

// PasskeysAt says whether passkeys work on a page that a browser opened under
// the host (with its port, as in a request), and the address at which they do.
func (s *Service) PasskeysAt(host string) (state PasskeyState, address string) {
	if s.site.web == nil {
		return PasskeysNoName, ""
	}
	address = s.site.web.Config.RPOrigins[0]
	if u, err := url.Parse(address); err == nil && strings.EqualFold(u.Host, host) {
		return PasskeysWork, address
	}
	return PasskeysElsewhere, address
}
