package api

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/converse"
)

const (
	// maxMessages bounds a JSON body of messages; a stream has no bound.
	maxMessages = 8 << 20
	// streamChunk is how many lines of a stream are acknowledged together at
	// most. Less come together when no more have arrived.
	streamChunk = 64
	// streamBytes bounds what the lines of a chunk take together, so that
	// many streams of long lines do not fill the memory.
	streamBytes = 1 << 20
)

// MessagesAnswer says what became of messages.
type MessagesAnswer struct {
	Messages int             `json:"messages" doc:"How many are durable and observed, with those that were ignored because they had been sent before." example:"1"`
	Findings []convo.Finding `json:"findings" doc:"What the messages made, or raised to a higher band." nullable:"false"`
}

// StreamLine is one line of the answer to a stream: an acknowledgement, a line
// that was wrong, or the end.
type StreamLine struct {
	// Line counts from 1.
	Line     int             `json:"line" doc:"Up to which line of the body everything is durable and observed; with error, the line that is wrong."`
	Messages int             `json:"messages,omitempty" doc:"How many messages were taken since the last line of the answer."`
	Findings []convo.Finding `json:"findings,omitempty" doc:"What they made or raised."`
	Error    *Problem        `json:"error,omitempty" doc:"Why a line was not taken. The lines after it are, unless strict is set."`
	Result   *StreamResult   `json:"result,omitempty" doc:"The end of the stream."`
}

// StreamResult sums a stream up.
type StreamResult struct {
	Lines    int `json:"lines" doc:"Lines that were read."`
	Messages int `json:"messages" doc:"Messages that were taken."`
	Findings int `json:"findings" doc:"Findings that were made or raised."`
	Bad      int `json:"bad" doc:"Lines that were wrong and were not taken."`
}

type messagesInput struct {
	Strict bool `query:"strict" doc:"Stop a stream at the first line that is wrong."`
}

func (s *server) registerTalk() {
	schemas := s.api.OpenAPI().Components.Schemas
	entry := schemaOf[converse.Entry](schemas)
	for _, name := range []string{"MessageEntry", "Message"} {
		schemas.Map()[name].Properties["to"] = receivers()
	}
	manualWith(s, huma.Operation{Method: http.MethodPost, Path: "/v1/messages", OperationID: "send-messages", Tags: []string{tagTalk},
		Summary: "Hand in messages of conversations",
		Description: "One entry, a list of entries, or a stream with one entry a line (`application/x-ndjson`). An entry is a message, what is known of the participants, or both. " +
			"Messages are durable and observed when they are acknowledged. One that was sent before, by its conversation and id, is ignored, so after a broken connection the last ones may be sent again.\n\n" +
			"Below the band *observe* no text is kept.\n\n" +
			"The answer to a stream is a stream: up to which line everything is taken, with the findings; lines that are wrong; and last the sums.",
		Security: needs(auth.MessagesWrite), Errors: []int{408, 409, 503},
		RequestBody: body(jsonContent(&huma.Schema{OneOf: []*huma.Schema{entry, {Type: huma.TypeArray, Items: entry}}}, exampleEntry()),
			content{jsonLines, &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Description: "One entry a line."}}}),
		Responses: map[string]*huma.Response{"200": {Description: "The messages are taken.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemaOf[MessagesAnswer](schemas)}, jsonLines: {Schema: schemaOf[StreamLine](schemas)}}}},
	}, s.sendMessages)
	s.manual(huma.Operation{Method: http.MethodGet, Path: "/v1/messages/socket", OperationID: "messages-socket", Tags: []string{tagTalk},
		Summary: "Hand in messages over a WebSocket",
		Description: "Each text frame is an entry or a list of entries, as for `POST /v1/messages`; each is answered, in order, with a frame: " +
			"`{\"frame\":1,\"messages\":1,\"findings\":[]}` or `{\"frame\":1,\"error\":{…}}`. An answer means that the messages are durable and observed.",
		Security: needs(auth.MessagesWrite), Errors: []int{400, 426},
		Responses: map[string]*huma.Response{"101": {Description: "The connection goes on as a WebSocket."}},
	}, s.socket)
	s.registerFindings()
}

func exampleEntry() any {
	return map[string]any{"conversation": "c1", "id": "m1", "from": "a", "to": "b", "at": "2026-11-25T20:00:00Z", "text": "see you at practice"}
}

// sendMessages is POST /v1/messages.
func (s *server) sendMessages(c call, in *messagesInput) error {
	if kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); kind == jsonLines {
		return s.streamMessages(c, in.Strict)
	}
	data, err := io.ReadAll(http.MaxBytesReader(c.w, patient(c), maxMessages))
	if err != nil {
		return bodyError(err)
	}
	entries, err := parseEntries(data)
	if err != nil {
		return err
	}
	a, err := s.Talk.Observe(c.r.Context(), actor(c.r.Context()), entries)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, MessagesAnswer{a.Messages, a.Findings})
}

// parseEntries reads one entry or a list of them. A list is taken whole or not
// at all.
func parseEntries(data []byte) ([]converse.Entry, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return nil, &Problem{Status: http.StatusBadRequest, Code: jaga.CodeInvalid, Field: "body", Detail: "it is missing"}
	}
	if data[0] != '[' {
		e, err := converse.ParseEntry(data)
		return []converse.Entry{e}, err
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, &Problem{Status: http.StatusBadRequest, Code: jaga.CodeInvalid, Field: "body", Detail: "it is not valid JSON"}
	}
	out := make([]converse.Entry, 0, len(raw))
	for i, r := range raw {
		e, err := converse.ParseEntry(r)
		if err != nil {
			return nil, within(err, "["+strconv.Itoa(i)+"]")
		}
		out = append(out, e)
	}
	return out, nil
}

// within puts the place of an entry before the field at fault.
func within(err error, place string) error {
	var known *jaga.Error
	if !errors.As(err, &known) {
		return err
	}
	e := *known
	if e.Field != "" {
		place += "." + e.Field
	}
	e.Field = place
	return &e
}

// streamMessages reads one entry a line for as long as the client sends, and
// answers while it does.
func (s *server) streamMessages(c call, strict bool) error {
	if err := http.NewResponseController(c.w).EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	ctx := c.r.Context()
	in := bufio.NewReaderSize(patient(c), 64<<10)
	out := &lineWriter{w: c.w, flush: http.NewResponseController(c.w)}
	var sum StreamResult
	var chunk []converse.Entry
	var lines []int // of the chunk, by number
	held := 0       // bytes of the lines of chunk
	still := s.still(c)
	flush := func() error {
		if len(chunk) == 0 {
			return nil
		}
		if err := still(); err != nil {
			return err
		}
		a, err := s.Talk.Observe(ctx, actor(ctx), chunk)
		if errors.Is(err, converse.ErrPrivate) {
			// Some must not be read: the others are taken one by one.
			err = nil
			for i := range chunk {
				one, oneErr := s.Talk.Observe(ctx, actor(ctx), chunk[i:i+1])
				a.Messages, a.Findings = a.Messages+one.Messages, append(a.Findings, one.Findings...)
				if errors.Is(oneErr, converse.ErrPrivate) {
					sum.Bad++
					out.write(StreamLine{Line: lines[i], Error: s.problem.of(ctx, oneErr)})
				} else if oneErr != nil {
					err = oneErr
				}
				if err != nil || strict && sum.Bad > 0 {
					break
				}
			}
		}
		clear(chunk)
		chunk, lines, held = chunk[:0], lines[:0], 0
		if err != nil {
			return err
		}
		sum.Messages += a.Messages
		sum.Findings += len(a.Findings)
		out.write(StreamLine{Line: sum.Lines, Messages: a.Messages, Findings: a.Findings})
		return nil
	}
	for {
		line, err := readLine(in, converse.MaxEntry)
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended && !errors.Is(err, errLongLine) {
			// The connection broke: what came whole is taken, the rest is not.
			if ferr := flush(); ferr != nil {
				err = ferr
			}
			out.write(StreamLine{Line: sum.Lines, Error: s.problem.of(ctx, bodyError(err))})
			return nil
		}
		if len(line) > 0 || errors.Is(err, errLongLine) {
			sum.Lines++
			e, perr := converse.ParseEntry(line)
			if errors.Is(err, errLongLine) {
				perr = &jaga.Error{Code: jaga.CodeInvalid, Msg: fmt.Sprintf("the entry is larger than %d KiB", converse.MaxEntry>>10)}
			}
			if perr == nil {
				chunk, lines, held = append(chunk, e), append(lines, sum.Lines), held+len(line)
			} else {
				if ferr := flush(); ferr != nil {
					out.write(StreamLine{Line: sum.Lines, Error: s.problem.of(ctx, ferr)})
					return nil
				}
				sum.Bad++
				out.write(StreamLine{Line: sum.Lines, Error: s.problem.of(ctx, perr)})
				if strict {
					break
				}
			}
		} else if !ended {
			sum.Lines++ // an empty line
		}
		if len(chunk) >= streamChunk || held >= streamBytes || (ended || in.Buffered() == 0) && len(chunk) > 0 {
			if err := flush(); err != nil {
				out.write(StreamLine{Line: sum.Lines, Error: s.problem.of(ctx, err)})
				return nil
			}
		}
		if ended || strict && sum.Bad > 0 {
			break
		}
	}
	out.write(StreamLine{Line: sum.Lines, Result: &sum})
	return nil
}

var errLongLine = errors.New("the line is too long")

// readLine reads one line without its end. A line that is longer than most is
// read to its end and dropped.
func readLine(in *bufio.Reader, most int) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > most+2 {
			long, line = true, nil
		} else if !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || (len(line) == 0 && !long)):
			return nil, err
		}
		if long {
			return nil, errLongLine
		}
		return bytes.TrimSpace(line), nil
	}
}
