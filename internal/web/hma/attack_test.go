package hma_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/web/hma"
)

// nameServer answers every question for an IPv4 address with what next gives.
func nameServer(t *testing.T, next func() netip.Addr) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			end := 12
			for end < n && buf[end] != 0 {
				end += 1 + int(buf[end])
			}
			end += 5 // the root, the type and the class
			if n < 12 || end > n {
				continue
			}
			out := append([]byte(nil), buf[:end]...)
			copy(out[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
			if binary.BigEndian.Uint16(buf[end-4:]) == 1 { // A; there is no AAAA
				out[7] = 1
				out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				out = append(out, next().AsSlice()...)
			}
			_, _ = conn.WriteTo(out, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// A name that is public when it is first asked for and private the second time
// is refused the second time: what counts is the connection.
func TestFetchRebinding(t *testing.T) {
	t.Parallel()
	var addresses, asked atomic.Int64
	names := nameServer(t, func() netip.Addr {
		if addresses.Add(1) == 1 {
			return netip.MustParseAddr("127.0.0.1") // allowed below, as a public address is
		}
		return netip.MustParseAddr("127.0.0.2")
	})
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Connection", "close") // the next request resolves again
		http.Redirect(w, r, "/again", http.StatusFound)
	}))
	l, err := net.Listen("tcp", "0.0.0.0:0") // both addresses reach it
	if err != nil {
		t.Fatal(err)
	}
	_ = srv.Listener.Close()
	srv.Listener = l
	srv.Start()
	t.Cleanup(srv.Close)
	port := l.Addr().(*net.TCPAddr).Port
	c := &client{t: t, h: hma.NewReaching(hma.Options{Engine: engine.New(), Decoder: decoder(), FetchURLs: true},
		func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") }, names, 10*time.Second)}
	a := c.get("/h/hash?url=" + url.QueryEscape(fmt.Sprintf("http://rebind.example:%d/", port)))
	a.refused(t, 400, "message")
	if !strings.Contains(a.body, "private") || asked.Load() != 1 || addresses.Load() < 2 {
		t.Errorf("asked %d times after %d names: %s", asked.Load(), addresses.Load(), a.body)
	}
}

// Other ways to write this machine's address, and what is not an address.
func TestFetchForms(t *testing.T) {
	t.Parallel()
	at, asked := remote(t)
	port := at[strings.LastIndex(at, ":"):]
	// A name server that knows nobody else: no test asks the real one.
	names := nameServer(t, func() netip.Addr { return netip.MustParseAddr("127.0.0.1") })
	c := &client{t: t, h: hma.NewReaching(hma.Options{Engine: engine.New(), Decoder: decoder(), FetchURLs: true}, hma.Public, names, 5*time.Second)}
	for _, host := range []string{
		"2130706433", "0x7f000001", "0x7f.1", "017700000001", "127.1", "127.0.1", "127.000.000.001", "0", "１２７.0.0.1", "127。0。0。1",
		"[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[fe80::1%25lo]", "[::1%25lo]",
		"rebind.example", "localhost.", "example.org@127.0.0.1", "127.0.0.1#@example.org", "127.0.0.1\\@example.org", "%31%32%37.0.0.1", "127.0.0.1%2f", "127.0.0.1%00.example.org",
	} {
		c.get("/h/hash?url="+url.QueryEscape("http://"+host+port+"/photo")).refused(t, 400, "message")
		c.get("/h/hash?url="+url.QueryEscape("http://"+host+"/photo")).refused(t, 400, "message")
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the server was reached %d times", n)
	}
}

// What a URL holds cannot add lines to the request that is made of it.
func TestFetchAddsNoHeaders(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var heads []string
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				var head strings.Builder
				for {
					line, err := r.ReadString('\n')
					if err != nil || line == "\r\n" {
						break
					}
					head.WriteString(line)
				}
				mu.Lock()
				heads = append(heads, head.String())
				mu.Unlock()
				_, _ = io.WriteString(conn, "HTTP/1.1 302 Found\r\nLocation: /a\r\n b%0d%0aX-Added: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			}()
		}
	}()
	c := &client{t: t, h: hma.NewAllowing(hma.Options{Engine: engine.New(), Decoder: decoder(), FetchURLs: true}, func(a netip.Addr) bool { return a.IsLoopback() })}
	for _, path := range []string{"/a b", "/a\r\nX-Added: 1", "/a%0d%0aX-Added: 1", "/?q=\r\nX-Added: 1", "/?q=%0D%0AX-Added:%201", "/\x00"} {
		c.get("/h/hash?url="+url.QueryEscape("http://"+l.Addr().String()+path)).refused(t, 400, "message")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(heads) == 0 {
		t.Error("nothing was asked")
	}
	for _, h := range heads {
		for line := range strings.Lines(h) {
			if strings.HasPrefix(strings.ToLower(line), "x-added") {
				t.Errorf("a header was added:\n%s", h)
			}
		}
	}
}

// A remote that sends for ever is left.
func TestFetchEnds(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}))
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(stop) })
	c := &client{t: t, h: hma.NewReaching(hma.Options{Engine: engine.New(), Decoder: decoder(), FetchURLs: true},
		func(netip.Addr) bool { return true }, nil, 300*time.Millisecond)}
	start := time.Now()
	c.get("/h/hash?url="+url.QueryEscape(srv.URL)).refused(t, 400, "message")
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("left after %s", d)
	}
}

// dribble opens an upload and sends a byte of it now and then until it is cut
// off, and returns what was answered.
func dribble(t *testing.T, address string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST /h/hash HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n--b\r\nContent-Disposition: form-data; name=photo; filename=x\r\n\r\n")
	go func() {
		for {
			if _, err := conn.Write([]byte("x")); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	data, err := io.ReadAll(conn)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		t.Error("a slow upload was not cut off")
	}
	return string(data)
}

// Slow uploads are cut off, and while they last they keep nobody from being
// answered, however few decoders there are.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(hma.NewImpatient(hma.Options{Engine: engine.New(), Decoder: media.NewDecoder(media.DefaultLimits(), 1)}, 700*time.Millisecond))
	t.Cleanup(srv.Close)
	address := strings.TrimPrefix(srv.URL, "http://")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got := dribble(t, address); got != "" && !strings.HasPrefix(got, "HTTP/1.1 400 ") {
				t.Errorf("answered %q", got)
			}
		})
	}
	time.Sleep(100 * time.Millisecond)
	start := time.Now()
	if digits, ok := hashTwice(t, srv.URL); !ok || digits != 64 {
		t.Errorf("a hash of %d digits", digits)
	}
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("a fast upload waited %s", d)
	}
	wg.Wait()
}

// hashTwice hashes a photo over a connection, twice on the same one: the limit
// of the first body must not hold for the second.
func hashTwice(t *testing.T, base string) (digits int, ok bool) {
	t.Helper()
	for range 2 {
		body := "--b\r\nContent-Disposition: form-data; name=photo; filename=x\r\n\r\n" + photo(1).data + "\r\n--b--\r\n"
		status, answer := wire(t, "POST", base+"/h/hash", "", "multipart/form-data; boundary=b", body)
		if status != 200 {
			t.Errorf("%d %s", status, answer)
			return 0, false
		}
		digits = len(strings.TrimSpace(answer)) - len(`{"pdq":""}`)
		time.Sleep(time.Second)
	}
	return digits, true
}

// Tricks with paths reach nothing that the plain path does not, and redirects
// stay on the server.
func TestPaths(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("A")
		id, b := c.signal("A", pdqBody(hashP)), "/c/bank/A"
		for _, path := range []string{
			b + "%2F..%2FB", b + "%00", b + "/content/1%2F", b + "/content/%31x", b + "/content/+1", b + "/content/٣", b + "/content/1.0", b + "/content/0x1",
			"/c/bank/%2e%2e", "/c/bank/A;x=1", "/c/bank/..%2f..%2fstatus", "/c/bank/%41%0a", "/c/bank/" + strings.Repeat("A", 5000), "/c/bank/%ff", "/c/banks%2F", "/c/banks%20",
		} {
			a := c.send(httptest.NewRequest("GET", path, nil))
			if a.status != 404 && a.status != 307 && a.status != 301 {
				t.Errorf("%.40s: %d %s", path, a.status, a.body)
			}
			if to := a.header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\")) {
				t.Errorf("%.40s leads to %q", path, to)
			}
			if strings.Contains(a.body, "\n\n") || strings.Contains(a.header.Get("Content-Type"), "\n") {
				t.Errorf("%.40s: %q", path, a.body)
			}
		}
		for _, path := range []string{"//example.org/..", "///example.org/%2e%2e", "/c//example.org/..//", "//example.org/ui", "/ui//example.org"} {
			a := c.send(httptest.NewRequest("GET", "http://host"+path, nil))
			if to := a.header.Get("Location"); strings.HasPrefix(to, "//") || strings.Contains(to, "://") {
				t.Errorf("%s leads to %q", path, to)
			}
		}
		for _, body := range []string{`{"name":"A\u0000"}`, `{"name":"\ud800"}`} {
			c.call("POST", "/c/banks", body).refused(t, 400, "message")
			c.call("PUT", b, body).refused(t, 400, "message")
		}
		for _, body := range []string{`{"note":"\u0000"}`, `{"note":"a\u0000b","disable_until_ts":0}`} {
			c.call("PUT", fmt.Sprintf("%s/content/%d", b, id), body).refused(t, 400, "message")
		}
		c.form(b+"/content", photo(1), part{"note", "", "a\x00b"}).refused(t, 400, "message")
		c.form(b+"/content", photo(1), part{"note", "", "a\xffb"}).refused(t, 400, "message")
		c.form(b+"/content", photo(1), part{"metadata", "", `{"content_id":"\u0000"}`}, part{"note", "", "n"}).is(t, 200, "")
		c.call("DELETE", "/c/bank/A%00", "").is(t, 200, `{"message":"Done"}`)
		c.send(httptest.NewRequest("GET", fmt.Sprintf("/c/bank/%%41/content/%d", id), nil)).is(t, 200, "")
		// A number with zeros before it is the same number.
		c.get(fmt.Sprintf("%s/content/00%d", b, id)).is(t, 200, "")
	})
}

// What hostile forms can do is end in an error.
func TestForms(t *testing.T) {
	t.Parallel()
	c := offline(t)
	const multi = "multipart/form-data; boundary=b"
	head := func(disposition string) string {
		return "--b\r\nContent-Disposition: " + disposition + "\r\n\r\nx\r\n--b--\r\n"
	}
	for name, tt := range map[string]struct{ kind, body string }{
		"no boundary":       {"multipart/form-data", head("form-data; name=photo; filename=x")},
		"boundary too long": {"multipart/form-data; boundary=" + strings.Repeat("b", 2000), "--"},
		"mixed":             {"multipart/mixed; boundary=b", head("form-data; name=photo; filename=x")},
		"no disposition":    {multi, "--b\r\n\r\nx\r\n--b--\r\n"},
		"attachment":        {multi, head("attachment; name=photo; filename=x")},
		"no name":           {multi, head("form-data; filename=x")},
		"path as name":      {multi, head("form-data; name=\"../../etc\"; filename=\"../../x\"")},
		"many headers":      {multi, "--b\r\n" + strings.Repeat("X-A: b\r\n", 20_000) + "\r\nx\r\n--b--\r\n"},
		"long header":       {multi, "--b\r\nX-A: " + strings.Repeat("b", 600_000) + "\r\n\r\nx\r\n--b--\r\n"},
		"many parts":        {multi, strings.Repeat("--b\r\nContent-Disposition: form-data; name=n\r\n\r\nx\r\n", 5000) + "--b--\r\n"},
		"nested":            {multi, "--b\r\nContent-Disposition: form-data; name=photo\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Disposition: file; filename=x\r\n\r\nx\r\n--c--\r\n--b--\r\n"},
		"file after file":   {multi, "--b\r\nContent-Disposition: form-data; name=photo; filename=x\r\n\r\n" + photo(1).data + "\r\n" + head("form-data; name=photo; filename=x")},
		"nothing":           {multi, ""},
		"gzip":              {multi, "\x1f\x8b\x08\x00"},
	} {
		t.Run(name, func(t *testing.T) { c.raw(t, "/h/hash", tt.kind, tt.body).refused(t, 400, "message") })
	}
	deep := strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000)
	c.raw(t, "/m/compare", "application/json", deep).refused(t, 400, "message")
	c.raw(t, "/m/compare", "application/json", `{"pdq":`+deep+`}`).refused(t, 400, "message")
}

// Adding, looking up and deleting beside each other: what was added matches at
// once, what was deleted no longer does, and nobody sees another's entry lost.
func TestConcurrentChanges(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.bank("A")
		kept := c.signal("A", pdqBody(hashP))
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				hash := fmt.Sprintf("%064x", 1<<worker)
				hash = strings.Repeat(fmt.Sprint(worker+1), 32) + hash[32:] // far from the others
				path := "/m/lookup?signal_type=pdq&signal=" + hash
				for range 10 {
					id := c.signal("A", pdqBody(hash))
					if a := c.get(path); a.body != `{"A":`+entries(id)+`}` {
						t.Errorf("added %d: %s", id, a.body)
					}
					if a := c.call("DELETE", fmt.Sprintf("/c/bank/A/content/%d", id), ""); a.body != `{"deleted":1}` {
						t.Errorf("deleted %d: %s", id, a.body)
					}
					if a := c.get(path); a.body != `{}` {
						t.Errorf("deleted %d: %s", id, a.body)
					}
					if a := c.get(lookupP("")); a.body != `{"A":`+entries(kept)+`}` {
						t.Errorf("the other entry: %s", a.body)
					}
				}
			})
		}
		wg.Wait()
	})
}
