package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/listfmt"
)

// jsonLines is the type of answers that come line by line.
const jsonLines = "application/x-ndjson"

// ImportLine is one line of the answer to an import that asks for progress.
// The last one has the result or the problem.
type ImportLine struct {
	Rows   *int64             `json:"rows,omitempty" doc:"How many rows were read so far."`
	Result *bank.ImportResult `json:"result,omitempty" doc:"What became of the list; the last line."`
	Error  *Problem           `json:"error,omitempty" doc:"Why nothing was imported; the last line."`
}

func (s *server) registerLists() {
	schemas := s.api.OpenAPI().Components.Schemas
	manualWith(s, huma.Operation{Method: http.MethodPost, Path: "/v1/banks/{name}/import", OperationID: "import-list", Tags: []string{tagLists},
		Summary: "Import a list",
		Description: "The body is the list itself, of any size: CSV, JSON lines, or one hash a line; compressed with gzip or not. It is imported whole or not at all: a line that is wrong is named, and nothing is kept, unless `skip_bad=true` leaves such lines out.\n\n" +
			"With `Accept: application/x-ndjson` the answer comes line by line while the list is read: `{\"rows\":…}` about twice a second, and last `{\"result\":…}` or `{\"error\":…}`; its status is 200 from the first line on, so the last line decides. A connection that is cut leaves nothing behind.",
		Security: needs(auth.BanksWrite), Errors: []int{404, 408, 503},
		RequestBody: body(content{anything, &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary", Description: "The list; any other type but a form is taken as well."}}}),
		Responses: map[string]*huma.Response{"200": {Description: "The list is imported.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: schemaOf[bank.ImportResult](schemas)}, jsonLines: {Schema: schemaOf[ImportLine](schemas)}}}},
	}, s.importList)
	manualWith(s, huma.Operation{Method: http.MethodGet, Path: "/v1/banks/{name}/export", OperationID: "export-list", Tags: []string{tagLists},
		Summary: "Export a bank", Description: "As a list that can be imported again. An answer that is cut off ends the connection, so a list that arrives is whole.",
		Security: needs(auth.BanksRead), Errors: []int{404},
		Responses: map[string]*huma.Response{"200": withHeader(&huma.Response{Description: "The list.", Content: map[string]*huma.MediaType{
			"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}, jsonLines: {Schema: &huma.Schema{Type: huma.TypeString}}, "text/plain": {Schema: &huma.Schema{Type: huma.TypeString}},
		}}, "Content-Disposition", "A file name of bank, date and format.")},
	}, s.exportList)
}

type importInput struct {
	Name    string          `path:"name" doc:"The name of the bank." maxLength:"255" example:"KNOWN_MATERIAL"`
	Type    jaga.SignalType `query:"type" doc:"The type of all hashes, where the list does not say so." enum:"pdq,md5,sha1,sha256,vpdq,chromaprint,url,domain,keyword"`
	SkipBad bool            `query:"skip_bad" doc:"Keep the good lines of a list with bad ones."`
	Source  string          `query:"source" doc:"Where the list is from. Unless set: import." maxLength:"255"`
	Licence string          `query:"licence" doc:"The terms under which it may be used." maxLength:"255"`
}

// importList is POST /v1/banks/{name}/import.
func (s *server) importList(c call, in *importInput) error {
	ctx := c.r.Context()
	if _, err := s.Banks.Get(ctx, in.Name); err != nil {
		return err
	}
	list := bufio.NewReaderSize(patient(c), 64<<10)
	opt := bank.ImportOptions{Type: in.Type, SkipBad: in.SkipBad, Source: in.Source, Licence: in.Licence}
	if !asksForLines(c.r) {
		res, err := s.Banks.Import(ctx, actor(ctx), in.Name, list, opt)
		if err != nil {
			return listError(err)
		}
		return c.send(http.StatusOK, res)
	}
	// The answer begins while the body is read. A client that waits for
	// "100 Continue" gets it by the first read.
	if err := http.NewResponseController(c.w).EnableFullDuplex(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	_, _ = list.Peek(1)
	lines := &lineWriter{w: c.w, flush: http.NewResponseController(c.w)}
	var rows atomic.Int64
	opt.Progress = rows.Store
	stop := lines.every(500*time.Millisecond, func() any { return ImportLine{Rows: new(rows.Load())} })
	res, err := s.Banks.Import(ctx, actor(ctx), in.Name, list, opt)
	stop()
	if err != nil {
		lines.write(ImportLine{Error: s.problem.of(ctx, listError(err))})
		return nil
	}
	lines.write(ImportLine{Result: &res})
	return nil
}

// listError says what to do about a bad line in the words of this interface.
func listError(err error) error {
	var known *jaga.Error
	if errors.As(err, &known) && strings.HasPrefix(known.Field, "line ") {
		e := *known
		e.Hint = "nothing was imported; mend the line, or keep the good lines with skip_bad=true"
		return &e
	}
	return err
}

func asksForLines(r *http.Request) bool {
	return acceptable(r.Header.Values("Accept"), []string{jsonLines}) && !acceptable(r.Header.Values("Accept"), []string{"application/json"})
}

// lineWriter writes one JSON value a line, at once.
type lineWriter struct {
	mu    sync.Mutex
	w     http.ResponseWriter
	flush *http.ResponseController
	begun bool
}

func (l *lineWriter) write(v any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", jsonLines)
		l.w.WriteHeader(http.StatusOK)
	}
	_ = l.flush.SetWriteDeadline(time.Now().Add(bodyTime)) // not every writer has one
	_, _ = l.w.Write(encode(v))
	_ = l.flush.Flush()
}

// every writes a line now and again after each interval, until stop is called.
func (l *lineWriter) every(d time.Duration, line func() any) (stop func()) {
	done := make(chan struct{})
	var running sync.WaitGroup
	l.write(line())
	running.Go(func() {
		t := time.NewTicker(d)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				l.write(line())
			}
		}
	})
	return func() { close(done); running.Wait() }
}

type exportInput struct {
	Name   string          `path:"name" doc:"The name of the bank." maxLength:"255" example:"KNOWN_MATERIAL"`
	Format listfmt.Format  `query:"format" doc:"csv has type, value and note; jsonl an object a line; plain one hash a line, of one type." enum:"csv,jsonl,plain" default:"csv"`
	Type   jaga.SignalType `query:"type" doc:"Only hashes of this type; needed for plain." enum:"pdq,md5,sha1,sha256,vpdq,chromaprint,url,domain,keyword"`
}

// exportList is GET /v1/banks/{name}/export.
func (s *server) exportList(c call, in *exportInput) error {
	ctx := c.r.Context()
	if in.Format == listfmt.Plain && in.Type == "" {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "type", Msg: "a plain list holds hashes of one type; say which", Hint: "or choose csv or jsonl"}
	}
	b, err := s.Banks.Get(ctx, in.Name)
	if err != nil {
		return err
	}
	kind, end := "text/csv; charset=utf-8", ".csv"
	switch in.Format {
	case listfmt.JSONL:
		kind, end = jsonLines, ".jsonl"
	case listfmt.Plain:
		kind, end = "text/plain; charset=utf-8", ".txt"
	}
	name := b.Name + "-" + time.Now().UTC().Format(time.DateOnly) + end
	out := &download{w: c.w, deadline: http.NewResponseController(c.w), begin: func(h http.Header) {
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}}
	if _, err := s.Banks.Export(ctx, actor(ctx), in.Name, out, in.Format, in.Type); err != nil {
		if !out.begun {
			return err
		}
		// Half a list must not look like a whole one.
		if ctx.Err() == nil && !errors.Is(err, context.Canceled) {
			s.Log.Error("api", "operation", "export-list", "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	if !out.begun {
		_, _ = out.Write(nil)
	}
	return nil
}

// download is an answer of any length, which may take as long as it likes,
// unless it stands still.
type download struct {
	w        http.ResponseWriter
	deadline *http.ResponseController
	begin    func(http.Header)
	begun    bool
	last     time.Time
}

func (d *download) Write(p []byte) (int, error) {
	if !d.begun {
		d.begun = true
		d.begin(d.w.Header())
		d.w.WriteHeader(http.StatusOK)
	}
	if now := time.Now(); now.Sub(d.last) > time.Second {
		d.last = now
		_ = d.deadline.SetWriteDeadline(now.Add(bodyTime)) // not every writer has one
	}
	return d.w.Write(p)
}

var _ io.Writer = (*download)(nil)
