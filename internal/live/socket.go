package live

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/jaga-project/jaga/internal/outbound"
)

const (
	// pictureEvery is how far apart pictures of a socket are that are looked at: those
	// between them show nearly the same.
	pictureEvery = 400 * time.Millisecond
	// mostPicture bounds a picture of a socket.
	mostPicture = 8 << 20
)

// socket watches over one connection to a server that sends JPEG pictures over a
// WebSocket, and says why that ended.
func (w *watcher) socket(ctx context.Context) string {
	client := outbound.NewClient(outbound.Options{Allowed: w.s.opt.Reach.allowed, Transport: func(t *http.Transport) {
		t.ForceAttemptHTTP2 = false // a WebSocket begins with HTTP/1.1
		t.TLSClientConfig = w.s.opt.Reach.tls("")
	}})
	defer client.CloseIdleConnections()
	conn, answer, err := websocket.Dial(ctx, w.src.URL, &websocket.DialOptions{HTTPClient: client})
	switch {
	case errors.Is(err, outbound.ErrAddress):
		return "its address is not allowed"
	case err != nil && answer != nil:
		return "the server refused"
	case err != nil:
		return outbound.Why(err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(mostPicture)
	var last time.Time
	for {
		kind, picture, err := read(ctx, conn)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return "nothing came for a while"
		case websocket.CloseStatus(err) != -1:
			return "it ended"
		case err != nil:
			return "it failed"
		}
		now := time.Now()
		// Text is nothing that a stream's own server may tell of accounts.
		if kind != websocket.MessageBinary || now.Sub(last) < pictureEvery {
			continue
		}
		last = now
		if err := w.picture(ctx, picture); err != nil && ctx.Err() == nil {
			w.because(GapDamaged)
		}
	}
}

// read waits for as long as a server may be silent.
func read(ctx context.Context, conn *websocket.Conn) (websocket.MessageType, []byte, error) {
	ctx, done := context.WithTimeout(ctx, stallTime)
	defer done()
	return conn.Read(ctx)
}
