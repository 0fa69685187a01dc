package live_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/storetest"
)

// certificate is one for this machine, that nobody else trusts.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// An encoder sends its stream with TLS. Who speaks no TLS does not take its place.
func TestRTMPSListens(t *testing.T) {
	t.Parallel()
	cert, _ := certificate(t)
	at := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(freePort(t)))
	w := withFFmpeg(t, func(o *live.Options) {
		o.Reach.Listen, o.Reach.TLS = []netip.AddrPort{at}, &tls.Config{Certificates: []tls.Certificate{cert}}
	})
	url := "rtmps://" + at.String() + "/live/secret-key"
	watch := w.start(t, live.New{Source: "listen:" + url, Account: "host"})
	if strings.Contains(watch.Source, "secret") {
		t.Errorf("the key is shown: %s", watch.Source)
	}
	for range 100 { // until somebody listens
		conn, err := net.Dial("tcp", at.String())
		if err == nil {
			_, _ = io.WriteString(conn, "no TLS at all, and nothing that looks like it")
			_ = conn.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	ffmpeg(t, "-re", "-stream_loop", "3", "-i", filmFile(t), "-c", "copy", "-f", "flv", url)
	check(t, w, watch.ID)
}

// A server with TLS is asked; one whose certificate nobody vouches for is not.
func TestRTMPSPull(t *testing.T) {
	t.Parallel()
	cert, pool := certificate(t)
	local := net.JoinHostPort("127.0.0.1", strconv.Itoa(freePort(t)))
	ffmpeg(t, "-re", "-stream_loop", "3", "-i", filmFile(t), "-c", "copy", "-f", "flv", "-listen", "1", "rtmp://"+local+"/live/key")
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				if conn.(*tls.Conn).Handshake() != nil {
					return // who asked does not trust us
				}
				far, err := net.Dial("tcp", local)
				if err != nil {
					return
				}
				defer far.Close()
				go func() { _, _ = io.Copy(far, conn); _ = far.Close() }()
				_, _ = io.Copy(conn, far)
			}()
		}
	}()
	source := "rtmps://" + ln.Addr().String() + "/live/key"
	strict := withFFmpeg(t, nil)
	refused := strict.start(t, live.New{Source: source})
	d := strict.until(t, refused.ID, "waiting", func(d live.Detail) bool { return d.State == live.Waiting })
	if d.Why != "the certificate is not valid for that address" || d.Bytes != 0 {
		t.Errorf("%+v", d.Watch)
	}
	w := withFFmpeg(t, func(o *live.Options) { o.Reach.Roots = pool })
	check(t, w, w.start(t, live.New{Source: source, Account: "host"}).ID)
}

// A server sends pictures over a WebSocket, faster than is looked at, goes, and comes
// back. What is text or no picture does no harm.
func TestSocket(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)), nil)
	known := scene(t, 1)
	w.list(t, "KNOWN", jaga.BandReview, known)
	var asked atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(rw, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		if asked.Add(1) == 1 {
			_ = conn.Write(r.Context(), websocket.MessageText, []byte(`{"type":"gift","from":"x","amount":1}`))
			_ = conn.Write(r.Context(), websocket.MessageBinary, []byte("no picture"))
		}
		for range 30 {
			if conn.Write(r.Context(), websocket.MessageBinary, known) != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}))
	t.Cleanup(srv.Close)
	watch := w.start(t, live.New{Source: "ws" + strings.TrimPrefix(srv.URL, "http") + "/pictures", Account: "host"})
	d := w.until(t, watch.ID, "a second connection", func(d live.Detail) bool { return d.Connects > 1 && isFound(d) && d.State == live.Watching })
	m := marksOf(d, live.MarkMatch)
	if d.Kind != live.KindSocket || m[0].Frames < 2 || d.Frames > 20 || d.Rates.Gifts != 0 || slotGifts(d) != 0 {
		t.Errorf("%+v %+v", d.Watch, d.Marks)
	}
	if err := w.live.Stop(t.Context(), "key:1", watch.ID); err != nil {
		t.Fatal(err)
	}
	// What lies where it may not, is not asked.
	before := asked.Load()
	other := open(t, storetest.Open(t, storetest.SQLite(t)), func(o *live.Options) { o.Reach = live.Reach{} })
	_, port, err := net.SplitHostPort(strings.TrimPrefix(srv.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	denied := other.start(t, live.New{Source: "ws://localhost:" + port + "/pictures"})
	d = other.until(t, denied.ID, "waiting", func(d live.Detail) bool { return d.State == live.Waiting })
	if d.Why != "its address is not allowed" || asked.Load() != before {
		t.Errorf("%+v", d.Watch)
	}
}

func slotGifts(d live.Detail) (n int) {
	for _, s := range d.Slots {
		n += s.Gifts
	}
	return n
}
