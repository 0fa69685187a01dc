package hma_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jaga-project/jaga/internal/web/hma"
)

// fetching is a client that may fetch from this machine.
func fetching(t *testing.T, c *client, hosts ...string) {
	t.Helper()
	c.h = hma.NewAllowing(hma.Options{Banks: c.banks, Engine: c.eng, Decoder: decoder(), FetchURLs: true, FetchHosts: hosts, MaxBytes: 100_000},
		func(a netip.Addr) bool { return a.IsLoopback() })
}

// remote is a server of files; it counts how often it was asked.
func remote(t *testing.T) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	mux := http.NewServeMux()
	file := func(path, kind, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil // nothing is guessed
			if kind != "" {
				w.Header().Set("Content-Type", kind)
			}
			_, _ = w.Write([]byte(body))
		})
	}
	file("/photo", "image/png", photo(1).data)
	file("/flat", "image/png", flat().data)
	file("/clip", "video/mp4", "some bytes")
	file("/text", "text/plain", photo(1).data)
	file("/untyped", "", photo(1).data)
	file("/broken", "image/png", "not a picture")
	file("/declared", "image/png", strings.Repeat("x", 100_001))
	mux.HandleFunc("/counted", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		for range 20 {
			_, _ = w.Write(make([]byte, 10_000))
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Content-Length", "5000")
		_, _ = w.Write([]byte(photo(1).data[:1000]))
	})
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("u"), http.StatusFound)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
			t.Errorf("a fetch tells more than it must: %v", r.Header)
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, asked
}

func TestFetch(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		at, _ := remote(t)
		fetching(t, c)
		hash := func(path, rest string) answer {
			return c.get("/h/hash?url=" + url.QueryEscape(at+path) + rest)
		}
		var want map[string]string
		c.form("/h/hash", photo(1)).decode(t, &want)
		body := `{"pdq":"` + want["pdq"] + `"}`
		hash("/photo", "").is(t, 200, body)
		hash("/photo", "&types=pdq").is(t, 200, body)
		hash("/text", "&content_type=photo").is(t, 200, body)
		hash("/untyped", "&content_type=photo").is(t, 200, body)
		hash("/to?u=/photo", "").is(t, 200, body)
		hash("/flat", "").is(t, 200, `{"pdq":""}`)
		hash("/clip", "&types=video_md5").is(t, 200, "")
		for rest, status := range map[string]int{
			"/text": 400, "/untyped": 400, "/broken": 400, "/missing": 400, "/cut": 400, "/loop": 400, "/clip": 501,
			"/declared": 413, "/counted": 413, "/to?u=ftp://example.org/a": 400, "/to?u=http://u:p@example.org/": 400,
		} {
			hash(rest, "").refused(t, status, "message")
		}
		hash("/photo", "&content_type=picture").refused(t, 400, "message")
		hash("/photo", "&types=tlsh").refused(t, 400, "message")
		hash("/photo", "&types=").refused(t, 400, "message")
		hash("/photo", "&types=video_md5").refused(t, 400, "message")

		// As content, and in look-ups.
		c.bank("A")
		in := url.QueryEscape(at + "/photo")
		c.call("POST", "/c/bank/A/content?url="+in, `{"metadata":{"content_id":"e1"},"note":"n"}`).is(t, 200, `{"id":1,"signals":`+body+`}`)
		c.call("POST", "/c/bank/A/content?url="+in, "").is(t, 200, "")
		c.get("/c/bank/A/content/1").is(t, 200, `{"bank":`+shownBank("A", "1.0")+`,"disable_until_ts":1,"id":1,"note":"n","original_media_uri":null,
			"metadata":{"collab":null,"content_id":"e1","content_uri":null,"json":null}}`)
		c.call("POST", "/c/bank/A/content?url="+in, `{"metadata":{"x":1}}`).refused(t, 400, "message")
		c.call("POST", "/c/bank/A/content?url="+in, `{`).refused(t, 400, "message")
		c.call("POST", "/c/bank/A/content?url="+url.QueryEscape(at+"/flat"), "").refused(t, 400, "message")
		found := `{"A":` + entries(1, 2) + `}`
		c.get("/m/lookup?url="+in).is(t, 200, `{"pdq":`+found+`}`)
		c.get("/m/lookup?signal_type=pdq&url="+in).is(t, 200, found)
		c.get("/m/lookup?signal=x&signal_type=md5&url="+in).is(t, 200, `{}`)
		c.get("/m/lookup?signal_type=md5&types=pdq&url="+in).refused(t, 400, "message")
		c.get("/m/lookup?signal_type=tlsh&url="+in).refused(t, 400, "message")
		c.get("/m/lookup?url="+url.QueryEscape(at+"/clip")).refused(t, 501, "text")
	})
}

func TestFetchRefusesForms(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		fetching(t, c)
		for _, address := range []string{
			"ftp://example.org/a", "file:///etc/hostname", "data:image/png;base64,AAAA", "javascript:alert(1)", "ws://example.org/",
			"http://", "http:///a", "http://example.org:/a", "http://example.org:abc/", "http:example.org", "//example.org/a", "example.org/a", "",
			"http://user:word@example.org/", "http://user@example.org/", "http://exa mple.org/", "http://[::1/", "http://\x7f/", "gopher://127.0.0.1:70/",
		} {
			c.get("/h/hash?url="+url.QueryEscape(address)).refused(t, 400, "message")
		}
	})
}

func TestFetchHosts(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		at, asked := remote(t)
		port := at[strings.LastIndex(at, ":"):]
		fetching(t, c, "localhost")
		hash := func(address string) answer { return c.get("/h/hash?url=" + url.QueryEscape(address)) }
		hash("http://localhost"+port+"/photo").is(t, 200, "")
		hash("http://LOCALHOST"+port+"/photo").is(t, 200, "")
		before := asked.Load()
		for _, address := range []string{
			at + "/photo", "http://localhost.example.org/photo", "http://xlocalhost" + port + "/photo", "http://example.org/localhost", "http://example.org/?localhost",
		} {
			a := hash(address)
			a.refused(t, 400, "message")
			if !strings.Contains(a.body, "does not fetch from that host") {
				t.Errorf("%s: %s", address, a.body)
			}
		}
		if asked.Load() != before {
			t.Error("a host that is not listed was asked")
		}
		// A listed host cannot lead elsewhere.
		hash("http://localhost"+port+"/to?u="+url.QueryEscape(at+"/photo")).refused(t, 400, "message")
		if asked.Load() != before+1 {
			t.Error("a redirect to a host that is not listed was followed")
		}
	})
}

// The real rule, with a server on this machine: neither its address, nor a
// name for it, nor another way to write it is connected to.
func TestFetchRefusesPrivate(t *testing.T) {
	t.Parallel()
	each(t, func(o *hma.Options) { o.FetchURLs = true }, func(t *testing.T, c *client) {
		at, asked := remote(t)
		port := at[strings.LastIndex(at, ":"):]
		for _, host := range []string{"127.0.0.1", "localhost", "LocalHost", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "169.254.169.254", "10.0.0.1"} {
			a := c.get("/h/hash?url=" + url.QueryEscape("http://"+host+port+"/photo"))
			a.refused(t, 400, "message")
			if !strings.Contains(a.body, "private") {
				t.Errorf("%s: %s", host, a.body)
			}
		}
		if n := asked.Load(); n != 0 {
			t.Errorf("the server was reached %d times", n)
		}
	})
}

// A redirect is a connection as well: the first server may be reached here,
// the second may not.
func TestFetchChecksRedirects(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		inner, asked := remote(t)
		outer, _ := remote(t)
		n := 0
		c.h = hma.NewAllowing(hma.Options{Banks: c.banks, Engine: c.eng, Decoder: decoder(), FetchURLs: true}, func(netip.Addr) bool {
			n++
			return n == 1
		})
		a := c.get("/h/hash?url=" + url.QueryEscape(outer+"/to?u="+url.QueryEscape(inner+"/photo")))
		a.refused(t, 400, "message")
		if !strings.Contains(a.body, "private") || asked.Load() != 0 || n != 2 {
			t.Errorf("reached %d times after %d checks: %s", asked.Load(), n, a.body)
		}
	})
}

func TestPublic(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"93.184.215.14": true, "1.1.1.1": true, "2606:4700:4700::1111": true, "::ffff:1.1.1.1": true, "2a00::1": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false, "100.64.0.1": false, "100.127.255.255": false, "127.0.0.1": false, "127.255.0.1": false,
		"169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "192.0.0.8": false, "192.0.2.1": false,
		"192.88.99.1": false, "198.18.0.1": false, "198.51.100.1": false, "203.0.113.9": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::7f00:1": false, "64:ff9b::a00:1": false, "64:ff9b:1::1": false,
		"100::1": false, "2001::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "fc00::1": false, "fd12::1": false, "fe80::1": false,
		"fe80::1%eth0": false, "2606::1%eth0": false, "fec0::1": false, "ff02::1": false, "5f00::1": false, "3fff::1": false,
	} {
		if got := hma.Public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: public is %v", text, got)
		}
	}
	if hma.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
	for _, a := range []string{"172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "198.17.255.255", "198.20.0.0", "11.0.0.0"} {
		if !hma.Public(netip.MustParseAddr(a)) {
			t.Errorf("%s is refused", fmt.Sprint(a))
		}
	}
}
