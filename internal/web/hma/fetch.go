package hma

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/outbound"
)

// fetchTime bounds one fetch from the first byte sent to the last received.
const fetchTime = 30 * time.Second

// maxRedirects is how many redirects a fetch follows.
const maxRedirects = 5

// fetcher gets files from the public internet. A stranger chooses the address,
// so every connection is checked after the name was resolved: what counts is
// where it goes, not what it is called, and redirects are connections too.
type fetcher struct {
	hosts    []string
	maxBytes int64
	client   *http.Client
}

// reach is how a fetch gets to a server.
type reach struct {
	allowed  func(netip.Addr) bool // the addresses it may connect to
	resolver *net.Resolver         // nil is the system's
	within   time.Duration         // 0 is fetchTime
}

func newFetcher(hosts []string, maxBytes int64, to reach) *fetcher {
	f := &fetcher{hosts: hosts, maxBytes: maxBytes}
	f.client = &http.Client{
		Timeout: cmp.Or(to.within, fetchTime),
		// No proxy from the environment: it would resolve names for us, and
		// reach what we must not.
		Transport: &http.Transport{DialContext: outbound.Dial(to.allowed, to.resolver), DisableCompression: true, MaxIdleConns: 16,
			IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errors.New("too many redirects")
			}
			r.Header.Del("Referer")
			return f.check(r.URL)
		},
	}
	return f
}

// check refuses addresses by their form.
func (f *fetcher) check(u *url.URL) error {
	host := u.Hostname()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return bad("the url must be http or https")
	case host == "" || u.Opaque != "":
		return bad("the url has no host")
	case u.User != nil:
		return bad("the url must not hold a user name")
	case strings.HasSuffix(u.Host, ":"):
		return bad("the url has an empty port")
	case !f.listed(host):
		return bad("this server does not fetch from that host")
	}
	return nil
}

// listed reports whether a host, or a domain above it, is in the list.
func (f *fetcher) listed(host string) bool {
	host = strings.ToLower(host)
	for _, h := range f.hosts {
		h = strings.ToLower(h)
		if host == h || strings.HasSuffix(host, "."+h) {
			return true
		}
	}
	return len(f.hosts) == 0
}

// remote is a file that is being fetched.
type remote struct {
	io.ReadCloser
	content string // photo or video, empty when the remote does not say
}

// get begins to fetch a file. Errors do not repeat the address, which may be
// that of abuse material.
func (f *fetcher) get(ctx context.Context, address string) (*remote, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, bad("the url is not well formed")
	}
	if err := f.check(u); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, bad("the url is not well formed")
	}
	r.Header.Set("User-Agent", "jaga")
	resp, err := f.client.Do(r)
	var own *refusal
	switch {
	case errors.As(err, &own):
		return nil, own
	case errors.Is(err, outbound.ErrAddress):
		return nil, bad("this server does not fetch from private addresses")
	case err != nil:
		return nil, bad("the file at the url could not be fetched")
	}
	refused := func(err error) (*remote, error) {
		_ = resp.Body.Close()
		return nil, err
	}
	switch {
	case resp.StatusCode != http.StatusOK:
		return refused(bad("the file at the url could not be fetched: the remote server answered %d", resp.StatusCode))
	case resp.ContentLength > f.maxBytes:
		return refused(refuse(http.StatusRequestEntityTooLarge, "Content too large"))
	}
	return &remote{limit(resp.Body, f.maxBytes), remoteType(resp.Header.Get("Content-Type"))}, nil
}

// remoteType is the content type that a media type stands for.
func remoteType(header string) string {
	kind, _, err := mime.ParseMediaType(header)
	switch {
	case err != nil:
		return ""
	case strings.HasPrefix(kind, "image"):
		return photo
	case strings.HasPrefix(kind, "video"):
		return video
	}
	return ""
}

// limited reads up to a number of bytes, and is an error beyond them.
type limited struct {
	io.Closer
	r        io.Reader
	left, of int64
}

func limit(r io.ReadCloser, n int64) *limited { return &limited{r, r, n, n} }

func (l *limited) Read(p []byte) (int, error) {
	// One byte more than allowed is asked for, to tell the end from too much.
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		n, l.left = int(l.left), 0
		return n, &http.MaxBytesError{Limit: l.of}
	}
	l.left -= int64(n)
	return n, err
}
