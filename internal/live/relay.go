package live

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// TLS of RTMP ends here and not in ffmpeg: so the address that is connected to is the
// one that was checked, certificates are verified as everywhere else, and the key of
// this server is in no other process.

// handshakeTime bounds what a peer may take to begin.
const handshakeTime = 10 * time.Second

// tls is how streams are fetched with TLS; name is whose certificate is wanted, where
// the library does not know it.
func (r Reach) tls(name string) *tls.Config {
	return &tls.Config{RootCAs: r.Roots, ServerName: name, MinVersion: tls.VersionTLS12}
}

// relays are the connections that one fetching process needs.
type relays struct {
	mu    sync.Mutex
	open  map[io.Closer]bool
	ended bool
}

// add has something closed at the end; it is closed at once after that.
func (r *relays) add(c io.Closer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		_ = c.Close()
		return
	}
	if r.open == nil {
		r.open = map[io.Closer]bool{}
	}
	r.open[c] = true
}

// drop closes something before the end.
func (r *relays) drop(c io.Closer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = c.Close()
	delete(r.open, c)
}

func (r *relays) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	for c := range r.open {
		_ = c.Close()
	}
	r.open = nil
}

// both passes on what either says, until one ends.
func both(a, b net.Conn) {
	var all sync.WaitGroup
	pipe := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // one has gone
		_, _ = to.Close(), from.Close()
	}
	all.Go(func() { pipe(a, b) })
	all.Go(func() { pipe(b, a) })
	all.Wait()
}

// startCaller connects to a server with TLS, and returns where on this machine a
// fetching process finds it in the clear. It serves one connection.
func startCaller(ctx context.Context, address, name string, reach Reach) (local string, stop func(), err error) {
	r := &relays{}
	dialer := tls.Dialer{NetDialer: &net.Dialer{Timeout: handshakeTime}, Config: reach.tls(name)}
	ctx, done := context.WithTimeout(ctx, handshakeTime)
	defer done()
	far, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", nil, err
	}
	r.add(far)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.close()
		return "", nil, err
	}
	r.add(ln)
	go func() {
		near, err := ln.Accept()
		if err != nil {
			return // it was stopped
		}
		r.add(near)
		both(near, far)
	}()
	return ln.Addr().String(), r.close, nil
}

// startListener listens with TLS at an address, and returns where on this machine a
// fetching process is to listen for it in the clear. The first peer that speaks TLS is
// passed on; while it is there, others are turned away.
func startListener(address string, conf *tls.Config) (local string, stop func(), err error) {
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	local = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, err
	}
	r := &relays{}
	r.add(ln)
	var one sync.Mutex // held by the peer that is passed on
	go func() {
		for {
			far, err := ln.Accept()
			if err != nil {
				return // it was stopped
			}
			r.add(far)
			go func() {
				defer r.drop(far)
				_ = far.SetDeadline(time.Now().Add(handshakeTime))
				secure := tls.Server(far, conf)
				if secure.Handshake() != nil || !one.TryLock() {
					return
				}
				defer one.Unlock()
				_ = far.SetDeadline(time.Time{})
				near, err := dialSoon(local)
				if err != nil {
					return // the process has gone
				}
				r.add(near)
				both(near, secure)
				r.drop(near)
			}()
		}
	}()
	return local, r.close, nil
}

// dialSoon connects to a process that was just started and may not listen yet.
func dialSoon(local string) (conn net.Conn, err error) {
	for range 100 {
		if conn, err = net.DialTimeout("tcp", local, handshakeTime); err == nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return conn, err
}

// freePort is a port of this machine that nobody listens on now.
func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}
