package storetest

import (
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// Cut puts something between a program and a PostgreSQL at url that can be cut:
// after cut() the database is gone, with every connection to it, until mend().
func Cut(t testing.TB, address string) (between string, cut, mend func()) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	// A socket's path is short; that of a test's own directory may not be.
	dir, err := os.MkdirTemp("", "cut")
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	network, to := "tcp", u.Host
	if host := q.Get("host"); host != "" {
		network, to = "unix", filepath.Join(host, ".s.PGSQL.5432")
	}
	q.Set("host", dir)
	u.RawQuery, u.Host = q.Encode(), ""
	c := &cutter{network: network, to: to, path: filepath.Join(dir, ".s.PGSQL.5432"), open: map[net.Conn]bool{}}
	mend = func() {
		if err := c.listen(); err != nil {
			t.Error(err)
		}
	}
	mend()
	t.Cleanup(func() { c.cut(); _ = os.RemoveAll(dir) })
	return u.String(), c.cut, mend
}

type cutter struct {
	network, to, path string

	mu       sync.Mutex
	listener net.Listener
	open     map[net.Conn]bool
}

func (c *cutter) listen() error {
	l, err := net.Listen("unix", c.path)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.listener = l
	c.mu.Unlock()
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial(c.network, c.to)
			if err != nil {
				_ = in.Close()
				continue
			}
			c.mu.Lock()
			if c.listener != l { // it was cut meanwhile
				_, _ = in.Close(), out.Close()
				c.mu.Unlock()
				continue
			}
			c.open[in], c.open[out] = true, true
			c.mu.Unlock()
			go c.pass(in, out)
			go c.pass(out, in)
		}
	}()
	return nil
}

func (c *cutter) pass(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_, _ = from.Close(), to.Close()
	c.mu.Lock()
	delete(c.open, from)
	c.mu.Unlock()
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listener != nil {
		_ = c.listener.Close()
		c.listener = nil
	}
	for conn := range c.open {
		_ = conn.Close()
	}
}
