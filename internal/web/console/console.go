package console

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/helpcheck"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/takedown"
)

// Options are what the pages are made of.
type Options struct {
	DB     *store.DB
	Banks  *bank.Service
	Intake *intake.Service
	Talk   *converse.Service
	Engine *engine.Engine
	Auth   *auth.Service
	// Help keeps what people find out about the guide's help directory.
	Help    *helpcheck.Service
	Decoder *media.Decoder
	// Takedown has the cases that were handed in through the guide; nil shows
	// none.
	Takedown *takedown.Service
	// Proof keeps checkpoints outside and checks the log; nil shows the log
	// without either.
	Proof *proof.Service
	// Detector reads the chats that people try; nil is one of the packs that
	// come with the program.
	Detector *convo.Detector
	// MaxBytes is the largest upload.
	MaxBytes int64
	// Rotations says that the installation compares the other rotations and
	// mirrorings of pictures as well.
	Rotations bool
	// Secure is true where people reach the server by https.
	Secure bool
	// Version is that of the program.
	Version string
	// Log receives what an operator should know; nil is silent.
	Log *slog.Logger
}

type console struct {
	Options
	files     files
	languages *languages
	pages     map[string]pageSet // by language
	detector  func() (*convo.Detector, error)
	now       func() time.Time
	zone      *time.Location
}

// New returns a handler for all paths of the console. Other handlers of the
// server may stand beside it under longer paths.
func New(opt Options) (http.Handler, error) {
	if opt.DB == nil || opt.Banks == nil || opt.Intake == nil || opt.Talk == nil || opt.Engine == nil || opt.Auth == nil || opt.Help == nil || opt.Decoder == nil {
		return nil, errors.New("console: a service is missing")
	}
	if opt.MaxBytes <= 0 {
		return nil, errors.New("console: the largest upload is not set")
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	c := &console{Options: opt, now: time.Now, zone: time.Local}
	// The packs are read when somebody first needs them: it takes a moment.
	c.detector = sync.OnceValues(func() (*convo.Detector, error) { return tryDetector(opt.Detector) })
	var err error
	if c.files, err = loadFiles(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if c.languages, err = loadLanguages(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	if c.pages, err = c.loadPages(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return headers(c.mux()), nil
}

// route is one page or act.
type route struct {
	pattern string
	// open needs nobody to be signed in.
	open bool
	do   func(http.ResponseWriter, *http.Request) error
}

func (c *console) routes() []route {
	return slices.Concat(c.workRoutes(), c.custodyRoutes())
}

// workRoutes are the pages of what came in, what it is compared with, and the
// installation itself.
func (c *console) workRoutes() []route {
	return []route{
		{"GET /static/{name}", true, c.static},
		{"GET /sign-in", true, c.signInPage},
		{"POST /sign-in", true, c.signIn},
		{"POST /sign-out", true, c.signOut},
		{"GET /{$}", false, c.home},
		{"GET /items", false, c.items},
		{"POST /items", false, c.checkPicture},
		{"GET /items/{id}", false, c.item},
		{"GET /conversations", false, c.talks},
		{"GET /conversations/try", false, c.try},
		{"POST /conversations/try", false, c.tryRead},
		{"GET /conversations/{id}", false, c.finding},
		{"POST /conversations/{id}/excerpt", false, c.excerpt},
		{"GET /indicators", false, c.glossary},
		{"GET /banks", false, c.bankList},
		{"GET /banks/new", false, c.bankNew},
		{"POST /banks", false, c.bankCreate},
		{"POST /banks/restore", false, c.bankRestore},
		{"GET /banks/{bank}", false, c.bank},
		{"GET /banks/{bank}/settings", false, c.bankSettings},
		{"POST /banks/{bank}/settings", false, c.bankUpdate},
		{"POST /banks/{bank}/delete", false, c.bankDelete},
		{"POST /banks/{bank}/files", false, c.bankFiles},
		{"POST /banks/{bank}/hash", false, c.bankHash},
		{"POST /banks/{bank}/export", false, c.bankExport},
		{"GET /banks/{bank}/entries/{id}", false, c.entry},
		{"POST /banks/{bank}/entries/{id}", false, c.entryChange},
		{"POST /banks/{bank}/entries/{id}/delete", false, c.entryDelete},
		{"POST /banks/{bank}/entries", false, c.entryAgain},
		{"POST /reported/{id}", false, c.caseDecide},
		{"GET /why", false, c.whyPage},
		{"POST /why", false, c.whyCompare},
		{"GET /directory", false, c.directory},
		{"GET /directory/{id}", false, c.directoryRow},
		{"POST /directory/{id}", false, c.directoryAct},
		{"GET /system", false, c.status},
		{"POST /system/rebuild", false, c.rebuild},
		{"GET /keys", false, c.keys},
		{"POST /keys", false, c.keyCreate},
		{"POST /keys/link", false, c.keyLink},
		{"POST /keys/{id}/revoke", false, c.keyRevoke},
		{"GET /keyboard", false, c.keyboard},
		{"/", true, c.notFound},
	}
}

func (c *console) mux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, rt := range c.routes() {
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) {
			if c.preferences(w, r) {
				return
			}
			if who, ok := auth.From(r.Context()); !rt.open && !(ok && who.Person) {
				toSignIn(w, r)
				return
			}
			if err := rt.do(w, r); err != nil {
				c.fail(w, r, err)
			}
		})
	}
	return mux
}

// headers sets what a browser must keep to on every page.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", strings.Join([]string{
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
			"form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
		}, "; "))
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Add("Vary", "Cookie, Accept-Language")
		next.ServeHTTP(w, r)
	})
}

// actor is who is signed in, as custody records name them.
func actor(r *http.Request) string {
	who, _ := auth.From(r.Context())
	return who.Actor
}

// seeOther answers an act with the page that shows its effect.
func seeOther(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
