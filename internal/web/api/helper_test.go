package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/pack"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/spread"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/internal/tip"
	"github.com/jaga-project/jaga/internal/vault"
)

const (
	hashP = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
	hashQ = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b21" // two bits away
	md5P  = "000102030405060708090a0b0c0d0e0f"
)

// client talks to the API of a fresh installation, by HTTP over loopback, with
// a key that has all scopes.
type client struct {
	t      *testing.T
	s      *server
	url    string
	key    string // sent as Authorization unless empty
	log    *syncBuffer
	intake *intake.Service
	db     *store.DB
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func using(d *convo.Detector) func() (*convo.Detector, error) {
	return func() (*convo.Detector, error) { return d, nil }
}

// testDetector reads one indicator, so that these tests do not move with the
// packs.
func testDetector(t *testing.T) *convo.Detector {
	t.Helper()
	p, err := pack.Parse("api.pack", []byte("pack api-en 1\nlanguage en\ntitle For tests\nindicator G-13\nlookalike surprise-party\nsay dont tell anyone\n"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := convo.New(convo.Options{}, p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func open(t *testing.T, db *store.DB, change func(*Options)) *client {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	log := &syncBuffer{}
	logger := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	eng := engine.New()
	banks, err := bank.Open(ctx, db, eng, bank.Options{Key: [32]byte{1}, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	dec := media.NewDecoder(media.DefaultLimits(), 0)
	in := intake.New(ctx, db, eng, dec, intake.Options{Log: logger})
	keys := auth.New(db)
	_, secret, err := keys.CreateKey(ctx, "system", "test", auth.Scopes(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	talk, err := converse.Open(ctx, db, converse.Options{Detector: using(testDetector(t)), Key: []byte("0123456789abcdef"), Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	hooks, err := action.New(db, action.Options{Key: []byte("0123456789abcdef"), PublicURL: "http://jaga.test", Internal: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	cases, err := casework.Open(db, casework.Options{Key: []byte("0123456789abcdef"), Undo: time.Millisecond, Second: func(_ casework.Decision, first bool) bool { return first }})
	if err != nil {
		t.Fatal(err)
	}
	reports, err := tip.Open(db, cases, tip.Options{Key: []byte("0123456789abcdef"), PerKey: 100_000, PerAccount: 100_000, PerReporter: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	told, err := spread.New(db, spread.Options{Key: []byte("0123456789abcdef"), Engine: eng, Item: in.Known})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := policy.Open(ctx, db, policy.Options{Key: [32]byte{1}, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := vault.OpenDir(filepath.Join(t.TempDir(), "vault"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := evidence.Open(ctx, db, evidence.Options{Keys: vault.NewKeys(), Blobs: blobs, Origin: "jaga.test", Signer: storetest.Signer(t), Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	streams, err := live.Open(ctx, live.Options{DB: db, Intake: in, Talk: talk, Engine: eng, Decoder: dec, Key: []byte("0123456789abcdef"), Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(streams.Close)
	opt := Options{Live: streams, Evidence: sealed, MaxEvidence: 4 << 20, DB: db, Cases: cases, Reports: reports, Spread: told, Actions: hooks, Policy: rules, Banks: banks, Intake: in, Talk: talk, Engine: eng, Auth: keys, Decoder: dec, Queues: []string{"default", "hotline"}, MaxBytes: 2 << 20,
		PublicURL: "http://jaga.test/", Version: "test", Log: logger,
		Verify: func(ctx context.Context) (int64, error) { return db.VerifyCustody(ctx, storetest.Verifier(t), "", nil) }}
	if change != nil {
		change(&opt)
	}
	s, err := build(opt)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(keys.Identify(watch(t, s)))
	t.Cleanup(func() { srv.Close(); in.Wait() })
	return &client{t, s, srv.URL, secret, log, in, db}
}

// each runs fn on every database engine.
func each(t *testing.T, change func(*Options), fn func(t *testing.T, c *client)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, open(t, db, change)) })
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// do sends a request; headers are name, value, name, value.
func (c *client) do(method, path string, body io.Reader, headers ...string) reply {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{resp.StatusCode, resp.Header, string(data)}
}

// call sends a JSON body, or none when it is empty.
func (c *client) call(method, path, body string) reply {
	c.t.Helper()
	if body == "" {
		return c.do(method, path, nil)
	}
	return c.do(method, path, strings.NewReader(body), "Content-Type", "application/json")
}

// want is call, which must answer with the status, and decodes the answer.
func want[T any](c *client, status int, method, path, body string) T {
	c.t.Helper()
	return decode[T](c, status, c.call(method, path, body))
}

func decode[T any](c *client, status int, a reply) (v T) {
	c.t.Helper()
	if a.status != status {
		c.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if a.body == "" {
		return v
	}
	dec := json.NewDecoder(strings.NewReader(a.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		c.t.Fatalf("decode %T: %v: %s", v, err, a.body)
	}
	return v
}

// refused checks that the answer is a problem with the status, the code and
// the field.
func (c *client) refused(a reply, status int, code, field string) {
	c.t.Helper()
	var p Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.header.Get("Content-Type") != "application/problem+json" {
		c.t.Errorf("status %d, want a problem with %d: %s", a.status, status, a.body)
		return
	}
	if a.status != status || p.Status != status || string(p.Code) != code || p.Field != field || p.Detail == "" || p.Title == "" {
		c.t.Errorf("status %d, want %d %s %q: %s", a.status, status, code, field, a.body)
	}
}

// part is a part of a form; a file has a name.
type part struct{ field, file, data string }

func formBody(t testing.TB, parts ...part) (kind, body string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		create := func() (io.Writer, error) { return w.CreateFormField(p.field) }
		if p.file != "" {
			create = func() (io.Writer, error) { return w.CreateFormFile(p.field, p.file) }
		}
		out, err := create()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(out, p.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

func (c *client) form(path string, headers []string, parts ...part) reply {
	c.t.Helper()
	kind, body := formBody(c.t, parts...)
	return c.do(http.MethodPost, path, strings.NewReader(body), append([]string{"Content-Type", kind}, headers...)...)
}

// photo is a generated picture as a JPEG file.
func photo(seed uint64, width int) string {
	return string(testpic.JPEG(testpic.Photo(seed, width, width*3/4), 85))
}

// makeBank makes a bank with the picture in it.
func (c *client) makeBank(name string, pictures ...string) {
	c.t.Helper()
	want[Bank](c, http.StatusCreated, http.MethodPost, "/v1/banks", fmt.Sprintf(`{"name":%q}`, name))
	for _, p := range pictures {
		res := decode[FileResults](c, http.StatusOK, c.form("/v1/banks/"+name+"/entries", nil, part{"file", "a.jpg", p}))
		if res.Added != 1 {
			c.t.Fatalf("added %+v", res)
		}
	}
}

var timeNever time.Time

// undatabased is a server that can only describe itself.
func undatabased(t testing.TB) *server {
	t.Helper()
	s, err := build(Options{Version: "1.2.3", PublicURL: "http://jaga.test"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(h http.Handler, method, path string) reply {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return reply{w.Code, w.Header(), w.Body.String()}
}
