package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/live"
)

// Watches lists watches.
type Watches struct {
	Watches []live.Watch `json:"watches" doc:"The newest first." nullable:"false"`
	Next    string       `json:"next,omitempty" doc:"The value of before for the next page; missing on the last one."`
}

// EventsAnswer says what became of events.
type EventsAnswer struct {
	Events   int             `json:"events" doc:"How many were taken, with those that were ignored because they had been sent before." example:"1"`
	Findings []convo.Finding `json:"findings" doc:"What they made, or raised to a higher band." nullable:"false"`
}

// FeedAnswer answers one frame of a feed.
type FeedAnswer struct {
	Frame    int             `json:"frame"` // counts from 1
	Events   int             `json:"events"`
	Findings []convo.Finding `json:"findings"`
	Error    *Problem        `json:"error,omitempty"`
}

const (
	// maxEvents bounds a body of events; more come in several requests, or over
	// the feed.
	maxEvents = 8 << 20
	// eventChunk is how many events are observed together.
	eventChunk = 64
	// maxPicture bounds a picture of a feed.
	maxPicture = 8 << 20
)

type watchPath struct {
	Watch string `path:"watch" doc:"The identifier of the watch." maxLength:"64" example:"019213a4-7c1e-7b2a-9d3e-5f60718293a4"`
}

type watchesInput struct {
	State  string `query:"state" doc:"Only those that are running, or over; all when it is missing." enum:"running,over,"`
	Ref    string `query:"ref" doc:"Only those of a stream, by your own name of it." maxLength:"512"`
	Before string `query:"before" doc:"Only older ones than the one with this identifier." maxLength:"64"`
	Limit  int    `query:"limit" doc:"How many at most." minimum:"1" maximum:"500" default:"100"`
}

func (s *server) registerLive() {
	schemas := s.api.OpenAPI().Components.Schemas
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/live", OperationID: "start-watch", Tags: []string{tagLive}, DefaultStatus: http.StatusCreated,
		Summary: "Begin to watch a stream",
		Description: "The stream is fetched and decoded here, one or two frames a second are compared with the banks, and findings become items and join the case of the stream. " +
			"Watches go on after the server was started anew, until they are stopped or the stream ends.",
		Security: needs(auth.LiveWrite), Errors: []int{403, 404, 409, 503}}, s.startWatch)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/live", OperationID: "list-watches", Tags: []string{tagLive},
		Summary: "List watches", Description: "The newest first, as they stand: what each is doing, what happens in a minute, and what is known so far.", Security: needs(auth.LiveRead)}, s.listWatches)
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/live/{watch}", OperationID: "get-watch", Tags: []string{tagLive},
		Summary:     "Read a watch with everything that happened in it",
		Description: "Matches, findings of the chat, what was not checked, what happened in slots of ten seconds, and who plays which part, with what speaks for and against it.",
		Security:    needs(auth.LiveRead), Errors: []int{404}}, s.getWatch)
	add(s, huma.Operation{Method: http.MethodDelete, Path: "/v1/live/{watch}", OperationID: "stop-watch", Tags: []string{tagLive}, DefaultStatus: http.StatusNoContent,
		Summary: "Stop a watch", Description: "What was found stays. A watch that is over stays as it is.", Security: needs(auth.LiveWrite), Errors: []int{404}}, s.stopWatch)
	manualWith(s, huma.Operation{Method: http.MethodPost, Path: "/v1/live/{watch}/events", OperationID: "send-events", Tags: []string{tagLive},
		Summary: "Hand in what happens in a stream beside its picture",
		Description: "Chat, gifts, payments, joins and leaves, who comes on screen, what is known of accounts, and what an outside speech-to-text heard; one event a line. " +
			"They are messages of the conversation that the watch names. Events with an id that was sent before are ignored.",
		Security: needs(auth.LiveWrite), Errors: []int{404, 408, 409},
		RequestBody: body(content{jsonLines, &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "One event a line, see the schema Event."}}}, jsonContent(schemaOf[live.Event](schemas), nil)),
		Responses:   map[string]*huma.Response{"200": {Description: "The events are durable and observed.", Content: map[string]*huma.MediaType{"application/json": {Schema: schemaOf[EventsAnswer](schemas)}}}},
	}, s.sendEvents)
	manualWith(s, huma.Operation{Method: http.MethodPost, Path: "/v1/live/{watch}/media", OperationID: "send-media", Tags: []string{tagLive},
		Summary:     "Send the stream of a watch whose source is push",
		Description: "The body is the stream, in any container that ffmpeg knows, for as long as it lasts. The answer comes when it has ended and all of it was compared, and the watch is over then.",
		Security:    needs(auth.LiveWrite), Errors: []int{404, 409},
		RequestBody: body(content{anything, &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}),
		Responses:   map[string]*huma.Response{"200": {Description: "The stream has ended.", Content: map[string]*huma.MediaType{"application/json": {Schema: schemaOf[live.Detail](schemas)}}}},
	}, s.sendMedia)
	manualWith(s, huma.Operation{Method: http.MethodGet, Path: "/v1/live/{watch}/feed", OperationID: "live-feed", Tags: []string{tagLive},
		Summary: "Hand in pictures and events over a WebSocket",
		Description: "A text frame holds events, one a line, and is answered with `{\"frame\":1,\"events\":1,\"findings\":[]}` or `{\"frame\":1,\"error\":{…}}`. " +
			"A binary frame is a JPEG picture of a watch whose source is frames, and is answered only when it cannot be taken.",
		Security: needs(auth.LiveWrite), Errors: []int{400, 404, 426},
		Responses: map[string]*huma.Response{"101": {Description: "The connection goes on as a WebSocket."}},
	}, s.feed)
}

func (s *server) startWatch(ctx context.Context, in *struct{ Body live.New }) (*struct {
	Location string `header:"Location"`
	Body     live.Watch
}, error) {
	if _, err := s.asked(ctx, in.Body.Banks); err != nil {
		return nil, err
	}
	w, err := s.Live.Start(ctx, actor(ctx), in.Body)
	if err != nil {
		return nil, err
	}
	return &struct {
		Location string `header:"Location"`
		Body     live.Watch
	}{"/v1/live/" + w.ID, w}, nil
}

func (s *server) listWatches(ctx context.Context, in *watchesInput) (*struct{ Body Watches }, error) {
	f := live.Filter{Ref: in.Ref, Before: in.Before, Limit: in.Limit}
	if in.State != "" {
		over := in.State == "over"
		f.Over = &over
	}
	list, err := s.Live.List(ctx, f)
	if err != nil {
		return nil, err
	}
	out := Watches{Watches: list}
	if len(list) == in.Limit {
		out.Next = list[len(list)-1].ID
	}
	return &struct{ Body Watches }{out}, nil
}

func (s *server) getWatch(ctx context.Context, in *watchPath) (*struct{ Body live.Detail }, error) {
	d, err := s.Live.Get(ctx, in.Watch)
	return &struct{ Body live.Detail }{d}, err
}

func (s *server) stopWatch(ctx context.Context, in *watchPath) (*struct{}, error) {
	return nil, s.Live.Stop(ctx, actor(ctx), in.Watch)
}

// sendEvents is POST /v1/live/{watch}/events.
func (s *server) sendEvents(c call, in *watchPath) error {
	ctx := c.r.Context()
	if _, err := s.Live.Get(ctx, in.Watch); err != nil {
		return err
	}
	out := EventsAnswer{Findings: []convo.Finding{}}
	lines := bufio.NewReaderSize(http.MaxBytesReader(c.w, patient(c), maxEvents), 64<<10)
	var chunk []live.Event
	flush := func() error {
		n, found, err := s.observeEvents(ctx, in.Watch, chunk)
		out.Events, out.Findings = out.Events+n, append(out.Findings, found...)
		chunk = chunk[:0]
		return err
	}
	for n := 1; ; n++ {
		line, err := readLine(lines, live.MaxEvent)
		ended := errors.Is(err, io.EOF)
		if errors.Is(err, errLongLine) {
			return lineError(n, &jaga.Error{Code: jaga.CodeInvalid, Msg: "the event is larger than 64 KiB"})
		}
		if err != nil && !ended {
			return bodyError(err)
		}
		if len(line) > 0 {
			e, err := live.ParseEvent(line)
			if err != nil {
				return lineError(n, err)
			}
			chunk = append(chunk, e)
		}
		if len(chunk) >= eventChunk || ended {
			if err := flush(); err != nil {
				return err
			}
		}
		if ended {
			return c.send(http.StatusOK, out)
		}
	}
}

// lineError says in which line of a body something is wrong; the lines before it
// may have been taken.
func lineError(n int, err error) error {
	return within(err, "["+strconv.Itoa(n-1)+"]")
}

func (s *server) observeEvents(ctx context.Context, watch string, events []live.Event) (int, []convo.Finding, error) {
	if len(events) == 0 {
		return 0, nil, nil
	}
	a, err := s.Live.Events(ctx, actor(ctx), watch, events)
	return len(events), a.Findings, err
}

// sendMedia is POST /v1/live/{watch}/media.
func (s *server) sendMedia(c call, in *watchPath) error {
	ctx := c.r.Context()
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Time{}) // a stream lasts as long as it lasts
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{})
	if err := s.Live.Push(ctx, in.Watch, c.r.Body); err != nil {
		return err
	}
	d, err := s.Live.Get(ctx, in.Watch)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, d)
}

// feed is GET /v1/live/{watch}/feed.
func (s *server) feed(c call, in *watchPath) error {
	if _, err := s.Live.Get(c.r.Context(), in.Watch); err != nil {
		return err
	}
	if !strings.EqualFold(c.r.Header.Get("Upgrade"), "websocket") {
		return &Problem{Status: http.StatusUpgradeRequired, Code: jaga.CodeInvalid, Field: "Upgrade", Detail: "this address speaks WebSocket only", Hint: "send events with POST /v1/live/{watch}/events"}
	}
	if origin := c.r.Header.Get("Origin"); origin != "" {
		if u, err := url.Parse(origin); err != nil || !strings.EqualFold(u.Host, c.r.Host) {
			return &Problem{Status: http.StatusForbidden, Code: jaga.CodeDenied, Field: "Origin", Detail: "pages of other sites may not open this socket"}
		}
	}
	conn, err := websocket.Accept(c.w, c.r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return nil // it has answered
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxPicture)
	ctx := c.r.Context()
	still := s.stillMay(c, auth.LiveWrite)
	for frame := 1; ; frame++ {
		kind, data, err := conn.Read(ctx)
		if err != nil {
			return nil // the other side has gone, or sent too much
		}
		answer := FeedAnswer{Frame: frame, Findings: []convo.Finding{}}
		if err = still(); err == nil {
			if kind == websocket.MessageBinary {
				if err = s.Live.Picture(ctx, in.Watch, data); err == nil {
					continue
				}
			} else {
				err = s.feedEvents(ctx, in.Watch, data, &answer)
			}
		}
		ended := false
		if err != nil {
			answer.Error = s.problem.of(ctx, err)
			ended = jaga.CodeOf(err) == jaga.CodeDenied || jaga.CodeOf(err) == jaga.CodeConflict
		}
		write, done := context.WithTimeout(ctx, socketIdle)
		err = conn.Write(write, websocket.MessageText, encode(answer))
		done()
		if err != nil || ended {
			return nil
		}
	}
}

func (s *server) feedEvents(ctx context.Context, watch string, data []byte, answer *FeedAnswer) error {
	var events []live.Event
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		e, err := live.ParseEvent([]byte(line))
		if err != nil {
			return lineError(n, err)
		}
		events = append(events, e)
	}
	took, found, err := s.observeEvents(ctx, watch, events)
	if found == nil {
		found = []convo.Finding{}
	}
	answer.Events, answer.Findings = took, found
	return err
}
