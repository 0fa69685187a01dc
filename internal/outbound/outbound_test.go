package outbound

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestAddresses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][3]bool{ // public, intranet, near
		"8.8.8.8": {true, true, false}, "2606:4700::1111": {true, true, false},
		"127.0.0.1": {false, true, true}, "::1": {false, true, true}, "10.1.2.3": {false, true, true}, "192.168.0.9": {false, true, true}, "fd12::1": {false, true, true},
		"::ffff:10.0.0.1": {false, true, true}, "169.254.169.254": {}, "fe80::1": {}, "fe80::1%eth0": {}, "0.0.0.0": {}, "::": {}, "100.64.0.1": {}, "224.0.0.1": {},
		"64:ff9b::a00:1": {}, "2002:7f00:1::": {}, "::ffff:169.254.169.254": {},
	} {
		a := netip.MustParseAddr(text)
		if got := [3]bool{Public(a), Intranet(a), Near(a)}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// TestClient connects to allowed addresses only and follows nothing.
func TestClient(t *testing.T) {
	t.Parallel()
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "/again", http.StatusFound)
	}))
	t.Cleanup(srv.Close)
	if _, err := NewClient(Options{}).Get(srv.URL); !errors.Is(err, ErrAddress) || asked != 0 || Why(err) != "refused: the name leads to an address that is not allowed" {
		t.Errorf("%v after %d requests", err, asked)
	}
	r, err := NewClient(Options{Allowed: Near}).Get(srv.URL)
	if err != nil || r.StatusCode != http.StatusFound || asked != 1 {
		t.Fatalf("%v after %d requests", err, asked)
	}
	_ = r.Body.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	_ = l.Close()
	if _, err := NewClient(Options{Allowed: Near}).Get("http://" + at + "/secret"); err == nil || Why(err) != "nobody listens there" {
		t.Errorf("%q", Why(err))
	}
}
