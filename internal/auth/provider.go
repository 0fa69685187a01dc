package auth

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/jaga-project/jaga"
)

// ProviderConfig names an OpenID Connect provider at which people sign in. The
// zero value is none.
type ProviderConfig struct {
	// Issuer is the provider's address, which its tokens name. It is https,
	// except on this machine.
	Issuer string
	// ClientID is what the provider calls this installation.
	ClientID string
	// SecretFile names a file whose first line is the client's secret; empty
	// is a client without one.
	SecretFile string
	// Domains are the mail domains whose verified addresses may sign in.
	// Empty allows all that the provider lets in.
	Domains []string
	// RoleClaim is the claim that says what somebody is, a text or a list of
	// texts.
	RoleClaim string
	// Roles says which value of the claim comes to which role, as
	// "value=role" or "value=role@queue".
	Roles []string
}

// CallbackPath is where the provider sends people back to.
const CallbackPath = "/sign-in/provider/back"

// providerTime is how long the provider has for one answer.
const providerTime = 10 * time.Second

// provider is a provider that is configured. It is asked for its addresses and
// keys when somebody first signs in there, so that the server starts without it.
type provider struct {
	cfg    ProviderConfig
	oauth  oauth2.Config
	roles  map[string][]Grant
	client *http.Client

	mu    sync.Mutex
	found *oidc.Provider
}

func newProvider(c ProviderConfig, site *url.URL) (*provider, error) {
	bad := func(field, msg, hint string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "oidc." + field, Msg: msg, Hint: hint}
	}
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && onThisMachine(u.Hostname())) {
		return nil, bad("issuer", "it is not an https address", "the provider's documentation names it, such as https://login.example/realms/team")
	}
	if c.ClientID == "" {
		return nil, bad("client_id", "it is not set", "the provider gives one when you register Jaga there; send people back to "+site.JoinPath(CallbackPath).String())
	}
	p := &provider{cfg: c, roles: map[string][]Grant{}, client: &http.Client{Timeout: providerTime}}
	if c.SecretFile != "" {
		text, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return nil, bad("client_secret_file", "it cannot be read: "+err.Error(), "")
		}
		line, _, _ := strings.Cut(string(text), "\n")
		if p.oauth.ClientSecret = strings.TrimSpace(line); p.oauth.ClientSecret == "" {
			return nil, bad("client_secret_file", "its first line is empty", "")
		}
	}
	for _, line := range c.Roles {
		value, text, ok := cutLast(line, "=")
		g, err := ParseGrant(text)
		if !ok || value == "" || err != nil {
			return nil, bad("roles", "\""+line+"\" is not a value of the claim, =, and a role", "such as jaga-reviewers=reviewer@default; the roles are "+joinRoles(Roles()))
		}
		p.roles[value] = append(p.roles[value], g)
	}
	if len(p.roles) > 0 && c.RoleClaim == "" {
		return nil, bad("role_claim", "roles are set, and the claim they are read from is not", "often groups or roles")
	}
	p.oauth.ClientID, p.oauth.RedirectURL, p.oauth.Scopes = c.ClientID, site.JoinPath(CallbackPath).String(), []string{oidc.ScopeOpenID, "profile", "email"}
	return p, nil
}

// cutLast cuts around the last separator: values of claims hold all characters.
func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func onThisMachine(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// discover asks the provider where its parts are, once.
func (p *provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The keys are fetched later with the same context, which must not end
	// with this request.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.cfg.Issuer)
	if err != nil {
		return nil, &jaga.Error{Code: jaga.CodeUnavailable, Field: "provider", Msg: "the provider does not answer as it should: " + err.Error(), Hint: "sign in another way, and look at [oidc] in the configuration", Err: err}
	}
	p.found = found
	return found, nil
}

// claims are what is used of an ID token.
type claims struct {
	issuer, subject string
	email, name     string
	verified        bool
	proved          time.Time // zero when the provider does not say
	roles           []Grant
}

// redeem changes the code for an ID token and checks it.
func (p *provider) redeem(ctx context.Context, now func() time.Time, code string, st providerState) (c claims, err error) {
	found, err := p.discover(ctx)
	if err != nil {
		return c, err
	}
	cfg := p.oauth
	cfg.Endpoint = found.Endpoint()
	token, err := cfg.Exchange(oidc.ClientContext(ctx, p.client), code, oauth2.VerifierOption(st.Verifier))
	if err != nil {
		return c, denied("what the provider sent")
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := found.VerifierContext(oidc.ClientContext(context.WithoutCancel(ctx), p.client), &oidc.Config{ClientID: p.cfg.ClientID, Now: now}).Verify(ctx, raw)
	if err != nil || id.Nonce != st.Nonce || st.Nonce == "" {
		return c, denied("what the provider sent")
	}
	var all map[string]any
	var known struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"` // some send the text "true"
		Name     string `json:"name"`
		AuthTime int64  `json:"auth_time"`
	}
	if id.Claims(&known) != nil || id.Claims(&all) != nil {
		return c, denied("what the provider sent")
	}
	c = claims{issuer: id.Issuer, subject: id.Subject, email: strings.ToLower(known.Email), name: known.Name, verified: known.Verified == true || known.Verified == "true"}
	if known.AuthTime > 0 {
		c.proved = time.Unix(known.AuthTime, 0)
	}
	for _, value := range texts(all[p.cfg.RoleClaim]) {
		for _, g := range p.roles[value] {
			if !slices.Contains(c.roles, g) {
				c.roles = append(c.roles, g)
			}
		}
	}
	return c, nil
}

// texts reads a claim that is a text or a list of texts.
func texts(v any) (out []string) {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		for _, x := range v {
			if s, ok := x.(string); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

// allowed reports whether the address may sign in at all. An address that the
// provider has not verified is none.
func (p *provider) allowed(c claims) bool {
	if len(p.cfg.Domains) == 0 {
		return true
	}
	_, domain, ok := cutLast(c.email, "@")
	return ok && c.verified && slices.ContainsFunc(p.cfg.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
}
