package console_test

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/pack"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/helpcheck"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/spread"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/takedown"
	"github.com/jaga-project/jaga/internal/tell"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/internal/tip"
	"github.com/jaga-project/jaga/internal/web/console"
)

const (
	hashP = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
	md5P  = "d41d8cd98f00b204e9800998ecf8427e"
	maxUp = 4 << 20
)

var flatGrey = color.RGBA{90, 90, 90, 255}

// world is a console over services of its own, put together as the server does.
type world struct {
	t       *testing.T
	db      *store.DB
	banks   *bank.Service
	in      *intake.Service
	talk    *converse.Service
	auth    *auth.Service
	help    *helpcheck.Service
	cases   *takedown.Service
	look    *look.Service
	work    *casework.Service
	shapes  *shapes
	streams *live.Service
	sealed  *evidence.Service
	told    *tell.Service
	reports *tip.Service
	spreads *spread.Service
	queue   *casework.Service
	hooks   *action.Service
	plugs   *plugin.Service
	model   *talkModel
	rules   *policy.Service
	proofs  *proof.Service
	desk    *casework.Service
	few     *fewSettings
	h       http.Handler
	session string
	lang    string
}

func open(t *testing.T, db *store.DB) *world {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	eng := engine.New()
	banks, err := bank.Open(ctx, db, eng, bank.Options{Key: [32]byte{7}})
	if err != nil {
		t.Fatal(err)
	}
	dec := media.NewDecoder(media.DefaultLimits(), 2)
	in := intake.New(ctx, db, eng, dec, intake.Options{Rotations: true, Matched: takedown.Saw})
	tiny := detector(t)
	d := func() (*convo.Detector, error) { return tiny, nil }
	talk, err := converse.Open(ctx, db, converse.Options{Detector: d, Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	who := auth.New(db)
	cases := takedown.New(db, banks, eng, takedown.Options{Open: true})
	told := team(t, db)
	help, err := helpcheck.Open(ctx, db, helpcheck.Options{Rows: helpRows(), Superseded: []string{"08111772273"}})
	if err != nil {
		t.Fatal(err)
	}
	looking, err := look.New(ctx, db, look.Options{})
	if err != nil {
		t.Fatal(err)
	}
	work := casesOf(t, db)
	reports, err := tip.Open(db, work, tip.Options{Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	spreads, err := spread.New(db, spread.Options{Key: bytes.Repeat([]byte{7}, 32), Engine: eng, Item: in.Known})
	if err != nil {
		t.Fatal(err)
	}
	built, err := law.BuiltInProfiles()
	if err != nil {
		t.Fatal(err)
	}
	var all law.Set
	for _, l := range built {
		all = append(all, l.Profile)
	}
	shapes, vaulted := &shapes{}, sealing(t, db)
	hooks, err := action.New(db, action.Options{Key: bytes.Repeat([]byte{7}, 32), PublicURL: "http://jaga.test", Internal: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	model := &talkModel{}
	plugs := testPlugins(t, db, model)
	rules, err := policy.Open(ctx, db, policy.Options{Key: [32]byte{7}})
	if err != nil {
		t.Fatal(err)
	}
	proofs := proof.New(db, proof.Options{Origin: "jaga.test", Signer: storetest.Signer(t), Verifier: storetest.Verifier(t), File: filepath.Join(t.TempDir(), "medium", "checkpoints.txt")})
	few := &fewSettings{wanted: "30"}
	streams, err := live.Open(ctx, live.Options{DB: db, Intake: in, Talk: talk, Engine: eng, Decoder: dec, Key: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(streams.Close)
	opt := console.Options{
		Live: streams,
		DB:   db, Takedown: cases, Banks: banks, Intake: in, Talk: talk, Detector: d, Engine: eng, Auth: who, Help: help, Decoder: dec, MaxBytes: maxUp, Rotations: true, Version: "1.2.3-test",
		Look: looking, Files: shapes, Evidence: vaulted, Cases: work, Laws: laws(t),
		Tell:    told,
		Reports: reports, AllLaws: all, Spread: spreads,
		Actions: hooks, Plugins: plugs, Second: model.second(talk, plugs),
		Policy: rules,
		Proof:  proofs,
		Log:    slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))}
	if err := few.options(&opt, db); err != nil {
		t.Fatal(err)
	}
	h, err := console.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	guard := http.NewCrossOriginProtection()
	return &world{
		t: t, db: db, banks: banks, in: in, talk: talk, auth: who, help: help, cases: cases, h: who.Identify(guard.Handler(h)), lang: "en",
		look: looking, shapes: shapes, sealed: vaulted, work: work,
		told:    told,
		reports: reports, queue: work, spreads: spreads,
		hooks: hooks, plugs: plugs, model: model,
		rules:   rules,
		proofs:  proofs,
		desk:    work,
		few:     few,
		streams: streams,
	}
}

// detector knows one sentence in each language, so that these tests do not move
// with the packs.
func detector(t testing.TB) *convo.Detector {
	t.Helper()
	p, err := pack.Parse("console.pack", []byte("pack console-en 1\nlanguage en\ntitle For tests\nindicator G-13\nlookalike surprise-parties\nsay dont tell anyone\nsay jangan bilang siapa siapa\n"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := convo.New(convo.Options{}, p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// link makes a sign-in link's token.
func (w *world) link() string {
	w.t.Helper()
	person, _, err := w.auth.Operator(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	token, err := w.auth.NewLink(w.t.Context(), "system", person)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func (w *world) signIn() *world {
	w.t.Helper()
	session, err := w.auth.SignIn(w.t.Context(), w.link())
	if err != nil {
		w.t.Fatal(err)
	}
	w.session = session
	return w
}

// each runs fn on every database engine, signed in.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, open(t, db).signIn()) })
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (w *world) send(r *http.Request) answer {
	w.t.Helper()
	if w.session != "" {
		r.AddCookie(&http.Cookie{Name: "jaga_session", Value: w.session})
	}
	r.AddCookie(&http.Cookie{Name: "jaga_lang", Value: w.lang})
	rec := httptest.NewRecorder()
	w.h.ServeHTTP(rec, r)
	a := answer{rec.Code, rec.Header(), rec.Body.String()}
	if strings.Contains(a.body, "⟦") {
		w.t.Errorf("%s %s: a text is missing: %s", r.Method, r.URL.Path, around(a.body, "⟦"))
	}
	if strings.Contains(a.body, "ZgotmplZ") || strings.Contains(a.body, "&lt;no value") {
		w.t.Errorf("%s %s: the template refused a value: %s", r.Method, r.URL.Path, around(a.body, "ZgotmplZ"))
	}
	return a
}

func around(body, text string) string {
	i := max(0, strings.Index(body, text))
	return body[max(0, i-60):min(len(body), i+80)]
}

func (w *world) get(path string) answer {
	w.t.Helper()
	return w.send(httptest.NewRequest(http.MethodGet, path, nil))
}

// page gets a page that must be there.
func (w *world) page(path string) string {
	w.t.Helper()
	a := w.get(path)
	if a.status != http.StatusOK {
		w.t.Errorf("GET %s: status %d: %s", path, a.status, text(a.body))
	}
	return a.body
}

func (w *world) post(path string, form url.Values) answer {
	w.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(r)
}

// done posts a form and expects to be sent to a page, which it returns.
func (w *world) done(path string, form url.Values) string {
	w.t.Helper()
	a := w.post(path, form)
	if a.status != http.StatusSeeOther {
		w.t.Fatalf("POST %s: status %d, want 303: %s", path, a.status, text(a.body))
	}
	to, _, _ := strings.Cut(a.header.Get("Location"), "#")
	return w.page(to)
}

// part is a part of a form; a file has a name.
type part struct{ field, file, data string }

func (w *world) upload(path string, parts ...part) answer {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		var dst io.Writer
		var err error
		if p.file == "" {
			dst, err = m.CreateFormField(p.field)
		} else {
			dst, err = m.CreateFormFile(p.field, p.file)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		_, _ = io.WriteString(dst, p.data)
	}
	_ = m.Close()
	r := httptest.NewRequest(http.MethodPost, path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return w.send(r)
}

func photo(seed uint64) []byte { return testpic.JPEG(testpic.Photo(seed, 240, 180), 90) }

func smaller(seed uint64) []byte {
	return testpic.JPEG(testpic.Scale(testpic.Photo(seed, 240, 180), 0.7), 70)
}

func (w *world) newBank(name string) {
	w.t.Helper()
	if _, err := w.banks.Create(w.t.Context(), "person:1", bank.Defaults(name)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) addPhoto(name string, seed uint64) {
	w.t.Helper()
	if a := w.upload("/banks/"+name+"/files", part{"file", "shape.jpg", string(photo(seed))}); a.status != http.StatusOK {
		w.t.Fatalf("add picture: status %d: %s", a.status, text(a.body))
	}
}

func (w *world) take(ref string, data []byte) string {
	w.t.Helper()
	rec, err := w.in.Take(w.t.Context(), intake.Request{Source: "key:1", Ref: ref, Body: bytes.NewReader(data)})
	if err != nil {
		w.t.Fatal(err)
	}
	return rec.Item.ID
}

// text is what a reader sees of a page: no tags, one space between words.
func text(body string) string {
	var b strings.Builder
	if i := strings.Index(body, "<body"); i >= 0 {
		body = body[i:]
	}
	depth := false
	for _, r := range body {
		switch {
		case r == '<':
			depth = true
			b.WriteByte(' ')
		case r == '>' && depth:
			depth = false
		case !depth:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func want(t *testing.T, what, body string, parts ...string) {
	t.Helper()
	plain := text(body)
	for _, p := range parts {
		if !strings.Contains(plain, p) && !strings.Contains(body, p) {
			t.Errorf("%s: %q is missing in: %s", what, p, plain)
		}
	}
}

func unwanted(t *testing.T, what, body string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(body, p) {
			t.Errorf("%s: %q stands there: …%s…", what, p, around(body, p))
		}
	}
}

func entryPath(bankName string, id int64) string {
	return fmt.Sprintf("/banks/%s/entries/%d", bankName, id)
}
