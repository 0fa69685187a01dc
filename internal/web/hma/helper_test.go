package hma_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image/color"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/internal/web/hma"
)

// hashP is the example hash of the PDQ reference; hashQ differs from it in two
// bits.
const (
	hashP = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
	hashQ = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b21"
	md5P  = "d41d8cd98f00b204e9800998ecf8427e"
)

// client talks to a handler over banks of its own.
type client struct {
	t     *testing.T
	h     http.Handler
	banks *bank.Service
	eng   *engine.Engine
}

// open returns a client for a fresh database; change edits the options.
func open(t *testing.T, db *store.DB, change func(*hma.Options)) *client {
	t.Helper()
	eng := engine.New()
	banks, err := bank.Open(context.Background(), db, eng, bank.Options{Key: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	opt := hma.Options{Banks: banks, Engine: eng, Decoder: decoder(), MaxBytes: 4 << 20}
	if change != nil {
		change(&opt)
	}
	return &client{t, hma.New(opt), banks, eng}
}

// each runs fn on every database engine.
func each(t *testing.T, change func(*hma.Options), fn func(t *testing.T, c *client)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, open(t, db, change)) })
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (c *client) send(r *http.Request) answer {
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), strings.TrimSuffix(w.Body.String(), "\n")}
}

// call sends a JSON body, or none when body is empty.
func (c *client) call(method, path, body string) answer {
	c.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return c.send(r)
}

func (c *client) get(path string) answer { c.t.Helper(); return c.call(http.MethodGet, path, "") }

// part is a part of a form; a file has a name.
type part struct{ field, file, data string }

func (c *client) form(path string, parts ...part) answer {
	c.t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, p := range parts {
		if p.file == "" {
			if err := w.WriteField(p.field, p.data); err != nil {
				c.t.Fatal(err)
			}
			continue
		}
		f, err := w.CreateFormFile(p.field, p.file)
		if err != nil {
			c.t.Fatal(err)
		}
		_, _ = f.Write([]byte(p.data))
	}
	_ = w.Close()
	r := httptest.NewRequest(http.MethodPost, path, &buf)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return c.send(r)
}

func photo(seed uint64) part {
	return part{"photo", "x", string(testpic.PNG(testpic.Photo(seed, 160, 120)))}
}

func flat() part {
	return part{"photo", "x", string(testpic.PNG(testpic.Flat(96, 96, color.RGBA{90, 90, 90, 255})))}
}

// is checks the status, and the body unless want is empty: JSON by its
// meaning, other text as it is.
func (a answer) is(t *testing.T, status int, want string) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	if want == "" || a.body == want {
		return
	}
	var got, exp any
	if json.Unmarshal([]byte(want), &exp) != nil {
		t.Fatalf("body %q, want %q", a.body, want)
	}
	a.decode(t, &got)
	if diff := cmp.Diff(exp, got); diff != "" {
		t.Fatalf("body differs (-want +got):\n%s", diff)
	}
}

// refused checks that it is an error in one of the API's forms: message,
// list, page or text.
func (a answer) refused(t *testing.T, status int, form string) {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	kind := a.header.Get("Content-Type")
	var message map[string]string
	var list []map[string]any
	got := "text"
	switch {
	case strings.HasPrefix(kind, "text/html"):
		got = "page"
	case kind == "application/json" && json.Unmarshal([]byte(a.body), &message) == nil:
		if got = "message"; len(message) != 1 || message["message"] == "" {
			t.Fatalf("error object %q", a.body)
		}
	case kind == "application/json" && json.Unmarshal([]byte(a.body), &list) == nil && len(list) > 0:
		got = "list"
	case strings.HasPrefix(a.body, "{"):
		got = "object with the wrong type " + kind
	}
	if got != form {
		t.Fatalf("error is a %s, want a %s: %s", got, form, a.body)
	}
}

func (a answer) decode(t *testing.T, v any) {
	t.Helper()
	if kind := a.header.Get("Content-Type"); kind != "application/json" {
		t.Fatalf("Content-Type %q: %s", kind, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

// bank creates one.
func (c *client) bank(name string) {
	c.t.Helper()
	c.call("POST", "/c/banks", `{"name":"`+name+`"}`).is(c.t, 201, `{"matching_enabled_ratio":1.0,"name":"`+name+`"}`)
}

// signal adds a hash and returns the number of its entry.
func (c *client) signal(bank, body string) int64 {
	c.t.Helper()
	var got struct{ ID int64 }
	a := c.call("POST", "/c/bank/"+bank+"/signal", body)
	a.is(c.t, 200, "")
	a.decode(c.t, &got)
	return got.ID
}

func lookupP(rest string) string { return "/m/lookup?signal_type=pdq&signal=" + hashP + rest }

func rawP(rest string) string { return "/m/raw_lookup?signal_type=pdq&signal=" + hashP + rest }

func entries(ids ...int64) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = fmt.Sprintf(`{"bank_content_id":%d,"distance":"0"}`, id)
	}
	return "[" + strings.Join(out, ",") + "]"
}

func decoder() *media.Decoder { return media.NewDecoder(media.DefaultLimits(), 2) }

// offline is a client without a database, for calls that need none.
func offline(t testing.TB) *client {
	t.Helper()
	return &client{h: hma.New(hma.Options{Engine: engine.New(), Decoder: decoder(), MaxBytes: 1 << 20})}
}

// raw posts a body as it is.
func (c *client) raw(t testing.TB, path, kind, body string) answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	return c.send(r)
}
