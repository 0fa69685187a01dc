package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/agreed"
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
	"github.com/jaga-project/jaga/internal/takedown"
	"github.com/jaga-project/jaga/internal/tell"
	"github.com/jaga-project/jaga/internal/tip"
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
	// Look keeps view sessions and exposure.
	Look *look.Service
	// Files finds the files of cases; nil shows none.
	Files Files
	// Evidence keeps the sealed files of cases; nil shows nothing of them.
	Evidence *evidence.Service
	// Cases are what people decide on.
	Cases *casework.Service
	// Laws are the profiles in force, for the next steps of a case.
	Laws law.Set
	// Settings keeps those that take two people; nil shows none. With it,
	// SettingWanted says to what value people may ask one to be changed, Keeping
	// how long things are kept, Private whether private chats are read, and
	// SettingChanged is called when one was changed.
	Settings       *agreed.Service
	SettingWanted  func(name string) (value string, ok bool)
	SettingChanged func(ctx context.Context, name string)
	Keeping        func(tx *store.Tx) ([]Term, error)
	Private        func() Private
	// Actions tells other servers what happens.
	Actions *action.Service
	// Plugins are asked about items; nil shows none.
	Plugins *plugin.Service
	// Second asks a language model about a finding of a case, as a person, and
	// keeps what it says; nil asks none.
	Second func(ctx context.Context, who string, caseID int64, finding string) (plugin.Asked, error)
	// Reports takes what callers of the hotline say.
	Reports *tip.Service
	// Spread counts what platforms tell of the spread of known material; nil
	// shows nothing of it.
	Spread *spread.Service
	// Live watches live streams; nil shows none.
	Live *live.Service
	// AllLaws are the profiles whose next steps are shown after a call, for any
	// country that has one.
	AllLaws law.Set
	// Policy keeps the rules.
	Policy *policy.Service
	// Takedown has the cases that were handed in through the guide; nil shows
	// none.
	Takedown *takedown.Service
	// Tell has what people wrote to the team through the guide; nil shows
	// nothing of it.
	Tell *tell.Service
	// Proof keeps checkpoints outside and checks the log.
	Proof *proof.Service
	// Detector reads the chats that people try; nil is one of the packs that
	// come with the program.
	Detector func() (*convo.Detector, error)
	// MaxBytes is the largest upload.
	MaxBytes int64
	// Rotations says that the installation compares the other rotations and
	// mirrorings of pictures as well.
	Rotations bool
	// Queues are those that the settings name; nil are default and hotline.
	Queues []string
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
	shown     openFiles
}

// New returns a handler for all paths of the console. Other handlers of the
// server may stand beside it under longer paths.
func New(opt Options) (http.Handler, error) {
	missing := opt.DB == nil || opt.Banks == nil || opt.Intake == nil || opt.Talk == nil || opt.Engine == nil || opt.Auth == nil || opt.Help == nil || opt.Decoder == nil ||
		opt.Look == nil || opt.Cases == nil || opt.Reports == nil || opt.Actions == nil || opt.Policy == nil || opt.Proof == nil
	if missing {
		return nil, errors.New("console: a service is missing")
	}
	if opt.MaxBytes <= 0 {
		return nil, errors.New("console: the largest upload is not set")
	}
	if opt.Queues == nil {
		opt.Queues = []string{"default", "hotline"}
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	c := &console{Options: opt, now: time.Now, zone: time.Local}
	// The packs are read when somebody first needs them: it takes a moment.
	if c.detector = opt.Detector; c.detector == nil {
		c.detector = sync.OnceValues(coreDetector)
	}
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
	// need is what a person must be able to do, in some queue at least; a
	// handler that knows the queue asks again with it. Every route names one,
	// or says that it is open.
	need auth.Capability
	do   handler
}

type handler func(http.ResponseWriter, *http.Request) error

// open is the need of a route for visitors who are not signed in.
const open auth.Capability = "open"

func (c *console) routes() []route {
	return slices.Concat(
		c.workRoutes(),
		c.lookRoutes(),
		c.queueRoutes(),
		c.tellRoutes(),
		c.peopleRoutes(),
		c.vaultRoutes(),
		c.intakeRoutes(),
		c.actionRoutes(),
		c.ruleRoutes(),
		c.custodyRoutes(), c.liveRoutes(),
		c.caseRoutes(),
		c.evidenceRoutes(),
		c.settingRoutes(),
	)
}

// workRoutes are the pages of what came in, what it is compared with, and the
// installation itself.
func (c *console) workRoutes() []route {
	return []route{
		{"GET /static/{name}", open, c.static},
		{"GET /{$}", auth.OwnAccount, c.home},
		{"GET /items", auth.ReadItems, c.items},
		{"POST /items", auth.CheckItems, c.checkPicture},
		{"GET /items/{id}", auth.ReadItems, c.item},
		{"GET /conversations", auth.ReadFindings, c.talks},
		{"GET /conversations/try", auth.CheckItems, c.try},
		{"POST /conversations/try", auth.CheckItems, c.tryRead},
		{"GET /conversations/{id}", auth.ReadFindings, c.finding},
		{"POST /conversations/{id}/excerpt", auth.OpenExcerpts, c.excerpt},
		{"GET /indicators", auth.OwnAccount, c.glossary},
		{"GET /banks", auth.ReadBanks, c.bankList},
		{"GET /banks/new", auth.WriteBanks, c.bankNew},
		{"POST /banks", auth.WriteBanks, c.bankCreate},
		{"POST /banks/restore", auth.WriteBanks, c.bankRestore},
		{"GET /banks/{bank}", auth.ReadBanks, c.bank},
		{"GET /banks/{bank}/settings", auth.WriteBanks, c.bankSettings},
		{"POST /banks/{bank}/settings", auth.WriteBanks, c.bankUpdate},
		{"POST /banks/{bank}/delete", auth.WriteBanks, c.bankDelete},
		{"POST /banks/{bank}/files", auth.WriteBanks, c.bankFiles},
		{"POST /banks/{bank}/hash", auth.WriteBanks, c.bankHash},
		{"POST /banks/{bank}/text", auth.WriteBanks, c.bankText},
		{"POST /banks/{bank}/export", auth.WriteBanks, c.fresh(c.bankExport)},
		{"GET /banks/{bank}/entries/{id}", auth.ReadBanks, c.entry},
		{"POST /banks/{bank}/entries/{id}", auth.WriteBanks, c.entryChange},
		{"POST /banks/{bank}/entries/{id}/delete", auth.WriteBanks, c.entryDelete},
		{"POST /banks/{bank}/entries", auth.WriteBanks, c.entryAgain},
		{"POST /reported/{id}", auth.DecideReported, c.caseDecide},
		{"GET /why", auth.ReadItems, c.whyPage},
		{"POST /why", auth.ReadItems, c.whyCompare},
		{"GET /directory", auth.ReadDirectory, c.directory},
		{"GET /directory/{id}", auth.ReadDirectory, c.directoryRow},
		{"POST /directory/{id}", auth.WriteDirectory, c.directoryAct},
		{"GET /system", auth.ReadSystem, c.status},
		{"POST /system/rebuild", auth.Settings, c.rebuild},
		{"GET /keyboard", auth.OwnAccount, c.keyboard},
		{"/", open, c.notFound},
	}
}

func (c *console) mux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, rt := range c.routes() {
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) {
			if c.preferences(w, r) {
				return
			}
			who, ok := auth.From(r.Context())
			if rt.need != open && !(ok && who.Person) {
				toSignIn(w, r)
				return
			}
			if rt.need != open && !who.CanSomewhere(rt.need) {
				c.fail(w, r, &jaga.Error{Code: jaga.CodeDenied, Field: "capability", Msg: "none of your roles includes " + string(rt.need), Hint: "an administrator gives roles, on the page People"})
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
			"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "media-src 'self'", "connect-src 'self'",
			"form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
		}, "; "))
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)")
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
