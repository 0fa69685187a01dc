package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/auth"
)

// SocketAnswer answers one frame of a socket.
type SocketAnswer struct {
	Frame    int             `json:"frame"` // counts from 1
	Messages int             `json:"messages"`
	Findings []convo.Finding `json:"findings"`
	Error    *Problem        `json:"error,omitempty"`
}

// socketIdle is how long a socket may be silent before it is asked whether
// somebody is there.
const socketIdle = 30 * time.Second

// socket is GET /v1/messages/socket.
func (s *server) socket(c call) error {
	if !strings.EqualFold(c.r.Header.Get("Upgrade"), "websocket") {
		return &Problem{Status: http.StatusUpgradeRequired, Code: jaga.CodeInvalid, Field: "Upgrade", Detail: "this address speaks WebSocket only", Hint: "send messages with POST /v1/messages"}
	}
	if origin := c.r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || !strings.EqualFold(u.Host, c.r.Host) {
			return &Problem{Status: http.StatusForbidden, Code: jaga.CodeDenied, Field: "Origin", Detail: "pages of other sites may not open this socket"}
		}
	}
	// The library compares Origin with Host as well, and would answer in
	// words of its own.
	conn, err := websocket.Accept(c.w, c.r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return nil // it has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxMessages)
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(socketIdle):
				ping, done := context.WithTimeout(ctx, socketIdle)
				if err := conn.Ping(ping); err != nil {
					cancel()
				}
				done()
			}
		}
	}()
	still := s.still(c)
	for frame := 1; ; frame++ {
		kind, data, err := conn.Read(ctx)
		if err != nil {
			return nil // the other side has gone, or sent too much
		}
		ended := false
		answer := SocketAnswer{Frame: frame, Findings: []convo.Finding{}}
		if kind != websocket.MessageText {
			err = &jaga.Error{Code: jaga.CodeInvalid, Msg: "a frame is text"}
		}
		if err == nil {
			err = still()
		}
		if err == nil {
			entries, perr := parseEntries(data)
			if err = perr; err == nil {
				a, oerr := s.Talk.Observe(ctx, actor(ctx), entries)
				answer.Messages, answer.Findings, err = a.Messages, a.Findings, oerr
			}
		}
		if err != nil {
			answer.Error = s.problem.of(ctx, err)
			ended = jaga.CodeOf(err) == jaga.CodeDenied
		}
		write, done := context.WithTimeout(ctx, socketIdle)
		err = conn.Write(write, websocket.MessageText, encode(answer))
		done()
		if err != nil || ended {
			return nil
		}
	}
}

// recheck is how long whoever sends for long is taken at their word.
const recheck = 30 * time.Second

// still returns a function that says, now and again, whether whoever began to
// send may still do so: a key may have been revoked meanwhile.
func (s *server) still(c call) func() error { return s.stillMay(c, auth.MessagesWrite) }

func (s *server) stillMay(c call, need auth.Scope) func() error {
	last := time.Now()
	return func() error {
		if time.Since(last) < recheck {
			return nil
		}
		last = time.Now()
		return s.Auth.Again(c.r, need)
	}
}
