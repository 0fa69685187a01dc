package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/datadir"
	"github.com/jaga-project/jaga/internal/web"
)

// client asks an installation for what its API offers. All commands that
// change something go through it, so that the command line, the console and
// other programs do the same things in the same way.
type client struct {
	http  *http.Client
	url   string
	key   string
	close func()
	// work does the jobs that wait, where no server does; nil where one does.
	work func(ctx context.Context)
}

// connect finds the installation: the server that JAGA_URL names; else the one
// that holds the data directory; else the data directory itself, which this
// process then holds until close, and makes when create is set.
func (a *app) connect(ctx context.Context, create bool) (*client, error) {
	env := jagaEnviron(a.environ)
	if u := env["JAGA_URL"]; u != "" {
		return &client{http: http.DefaultClient, url: trimSlash(u), key: env["JAGA_KEY"], close: func() {}}, nil
	}
	if err := a.load(); err != nil {
		return nil, err
	}
	// A command's own work is no news; what goes wrong is returned.
	s, err := a.openSite(ctx, create, slog.New(slog.NewTextHandler(a.Err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if errors.Is(err, datadir.ErrInUse) {
		return a.running(ctx, err)
	}
	if err != nil {
		return nil, err
	}
	if s.dir.Created {
		a.notef("made the data directory %s; no server runs on it yet", s.dir.Path)
	}
	h, err := a.apiHandler(s, a.publicURL(a.cfg.Server.Listen))
	if err != nil {
		s.close()
		return nil, err
	}
	ln := newMemoryListener()
	srv := &http.Server{Handler: web.New(s.auth, s.log, h)}
	go func() { _ = srv.Serve(ln) }()
	return &client{
		http: &http.Client{Transport: &http.Transport{DialContext: ln.dial, DisableCompression: true}},
		url:  "http://jaga", key: s.auth.LocalKey(),
		work: s.workWaiting,
		close: func() {
			_ = srv.Close()
			s.checkpoint(context.WithoutCancel(ctx))
			s.close()
		},
	}, nil
}

// running returns a client of the process that holds the data directory.
func (a *app) running(ctx context.Context, inUse error) (*client, error) {
	s, err := datadir.ReadServer(a.cfg.Data)
	if err != nil {
		return nil, inUse // a command holds it, or a server that is starting
	}
	c := &client{http: http.DefaultClient, url: s.URL, key: s.Key, close: func() {}}
	if err := c.call(ctx, http.MethodGet, "/status/live", nil, nil); err != nil {
		return nil, errorf(jaga.CodeUnavailable, "is it starting or stopping? try again", "the server that holds %s does not answer: %w", a.cfg.Data, err)
	}
	return c, nil
}

// call sends in as JSON, when there is any, and decodes the answer into out,
// which may be nil.
func (c *client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	kind := ""
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body, kind = bytes.NewReader(text), "application/json"
	}
	r, err := c.send(ctx, method, path, kind, "application/json", body)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(r.Body).Decode(out); err != nil {
		return fmt.Errorf("read the server's answer: %w", err)
	}
	return nil
}

// send sends a body and returns the answer, or the problem that the server
// answered as an error.
func (c *client) send(ctx context.Context, method, path, kind, accept string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return nil, err
	}
	return c.exchange(req, kind, accept)
}

// exchange is send for a request that has more to it.
func (c *client) exchange(req *http.Request, kind, accept string) (*http.Response, error) {
	if c.key != "" {
		req.Header.Set("Authorization", "Bearer "+c.key)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Accept", accept)
	r, err := c.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address and its query
		}
		return nil, errorf(jaga.CodeUnavailable, "is the server running?", "ask %s: %w", c.url, err)
	}
	if r.StatusCode < 300 {
		return r, nil
	}
	defer r.Body.Close()
	text, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	return nil, problemOf(r.StatusCode, text)
}

// problem is an RFC 9457 answer of the API.
type problem struct {
	Code   jaga.Code `json:"code"`
	Detail string    `json:"detail"`
	Field  string    `json:"field"`
	Hint   string    `json:"hint"`
}

func (p problem) err() error {
	return &jaga.Error{Code: p.Code, Field: p.Field, Msg: p.Detail, Hint: p.Hint}
}

func problemOf(status int, text []byte) error {
	var p problem
	if err := json.Unmarshal(text, &p); err == nil && p.Detail != "" {
		return p.err()
	}
	return jaga.Errorf(jaga.CodeInternal, "the server answered %d %s", status, http.StatusText(status))
}

// bankPath is the path of a bank, with what follows.
func bankPath(name string, rest ...string) string {
	var path strings.Builder
	path.WriteString("/v1/banks/" + url.PathEscape(name))
	for _, r := range rest {
		path.WriteString("/" + url.PathEscape(r))
	}
	return path.String()
}

// query appends the parameters that are not empty.
func query(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// memoryListener connects a client and a server of one process without any
// address that others could reach.
type memoryListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func newMemoryListener() *memoryListener {
	return &memoryListener{make(chan net.Conn), make(chan struct{})}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	close(l.done)
	return nil
}

func (l *memoryListener) Addr() net.Addr { return memoryAddr{} }

func (l *memoryListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "memory" }
