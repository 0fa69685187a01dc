package hma

import (
	"cmp"
	"io"
	"net/http"
	"time"
)

const (
	// slowStart is how long a body may take before its speed counts.
	slowStart = 30 * time.Second
	// slowRate is the least speed, on average, in bytes a second.
	slowRate = 16 << 10
)

// patient is a body that has to arrive at some speed, so that connections
// cannot be held for nothing. What takes time on our side does not count
// against the client as long as its bytes are there.
type patient struct {
	io.ReadCloser
	conn  *http.ResponseController
	until time.Time
	n     int64
}

func (s *server) patient(w http.ResponseWriter, body io.ReadCloser) io.ReadCloser {
	if body == nil || body == http.NoBody {
		return body
	}
	return &patient{body, http.NewResponseController(w), time.Now().Add(cmp.Or(s.grace, slowStart)), 0}
}

func (p *patient) Read(b []byte) (int, error) {
	// A connection without deadlines, in a test, is read without.
	_ = p.conn.SetReadDeadline(p.until.Add(time.Duration(p.n) * time.Second / slowRate))
	n, err := p.ReadCloser.Read(b)
	p.n += int64(n)
	if err == io.EOF {
		// The server now waits for the client to go away, however long the
		// answer takes.
		_ = p.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}
