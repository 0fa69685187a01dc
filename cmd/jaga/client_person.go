package main

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/jaga-project/jaga"
)

// signIn makes the client speak for a person, by a sign-in link, until leave is
// called. The link is used up.
func (c *client) signIn(ctx context.Context, link string) (leave func(), err error) {
	token := link
	if u, err := url.Parse(link); err == nil && u.Query().Get("token") != "" {
		token = u.Query().Get("token")
	}
	session, err := c.form(ctx, "/sign-in", url.Values{"token": {token}}, nil)
	if err != nil {
		return nil, err
	}
	if session == nil {
		return nil, errorf(jaga.CodeDenied, "jaga sign-in prints a new one", "sign in: the link is not valid, or no longer")
	}
	plain := c.http
	c.key = ""
	with := *plain
	with.Transport = cookieTransport{plain.Transport, session}
	c.http = &with
	return func() {
		// Signing out may fail when the server is stopping; the session ends by
		// itself then.
		_, _ = c.form(context.WithoutCancel(ctx), "/sign-out", url.Values{}, session)
		c.http = plain
	}, nil
}

// form posts a form as a browser does and returns the session that it got.
func (c *client) form(ctx context.Context, path string, values url.Values, session *http.Cookie) (*http.Cookie, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if session != nil {
		req.AddCookie(session)
	}
	once := *c.http
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	r, err := once.Do(req)
	if err != nil {
		return nil, errorf(jaga.CodeUnavailable, "is the server running?", "ask %s: %w", c.url, err)
	}
	defer r.Body.Close()
	for _, k := range r.Cookies() {
		if strings.HasSuffix(k.Name, "jaga_session") && k.Value != "" && r.StatusCode < 400 {
			return k, nil
		}
	}
	return nil, nil
}

// cookieTransport sends the session with every request.
type cookieTransport struct {
	next    http.RoundTripper
	session *http.Cookie
}

func (t cookieTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.AddCookie(&http.Cookie{Name: t.session.Name, Value: t.session.Value})
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	return next.RoundTrip(r)
}
