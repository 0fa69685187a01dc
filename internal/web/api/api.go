package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

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
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/proof"
	"github.com/jaga-project/jaga/internal/spread"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/tip"
)

// Options configure the handler. DB, Banks, Intake, Talk, Engine, Auth,
// Decoder, Actions and Policy are required.
type Options struct {
	DB      *store.DB
	Banks   *bank.Service
	Intake  *intake.Service
	Talk    *converse.Service
	Engine  *engine.Engine
	Auth    *auth.Service
	Decoder *media.Decoder
	// Queues are those that the settings name.
	Queues []string
	// Actions tells other servers what happens.
	Actions *action.Service
	// Cases keeps cases, and Reports takes what users report. Both are required.
	Cases   *casework.Service
	Reports *tip.Service
	// Spread counts what platforms tell of the spread of known material. It is
	// required.
	Spread *spread.Service
	// Live watches live streams. It is required.
	Live *live.Service
	// Policy keeps the rules.
	Policy *policy.Service
	// Plugins are asked about items; nil asks none.
	Plugins *plugin.Service
	// MaxBytes is the largest file that is taken; 0 is 128 MiB.
	MaxBytes int64
	// MaxFilm is the largest film or sound that is taken, where that is more than
	// MaxBytes; they go through, and are never in memory.
	MaxFilm int64
	// Evidence keeps sealed files; nil takes none. MaxEvidence is the largest
	// one, 0 is 16 GiB, and KeepFor says for how long laws have one kept that
	// comes in at a time; nil is not at all.
	Evidence    *evidence.Service
	MaxEvidence int64
	KeepFor     func(now time.Time) []evidence.Clock
	// Rotations says whether the installation compares rotated pictures; it
	// is shown in the status.
	Rotations bool
	// PublicURL is where people reach the server, for links; without it links
	// begin with a slash.
	PublicURL string
	Version   string
	// Log receives what goes wrong on our side; nil is silent.
	Log *slog.Logger
	// Verify checks the custody log and returns how many records it has; nil
	// when that cannot be done here.
	Verify func(ctx context.Context) (records int64, err error)
	// Proof makes evidence bundles and knows where checkpoints are kept; nil
	// when that cannot be done here.
	Proof *proof.Service
}

const (
	defaultMaxBytes    = 128 << 20
	defaultMaxEvidence = 16 << 30
	// maxJSON bounds a JSON body: the longest that makes sense is metadata of
	// 64 KiB with a few hashes.
	maxJSON = 1 << 20
	// maxWaitingBytes bounds the memory of files that were accepted and not
	// checked yet.
	maxWaitingBytes = 512 << 20
	// filmsWaiting is how many films of the largest size may be on the disk until
	// they are checked.
	filmsWaiting = 4
)

// server holds what the handlers share. It is safe for concurrent use.
type server struct {
	Options
	api     huma.API
	mux     *http.ServeMux
	problem problems
	waiting budget   // in memory
	films   budget   // on the disk
	order   []string // the operations as they were registered
}

// New returns the handler of every path that [Owns] names. It is safe for
// concurrent use.
func New(opt Options) (http.Handler, error) {
	s, err := build(opt)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func build(opt Options) (*server, error) {
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = defaultMaxBytes
	}
	if opt.MaxEvidence <= 0 {
		opt.MaxEvidence = defaultMaxEvidence
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	opt.PublicURL = strings.TrimSuffix(opt.PublicURL, "/")
	s := &server{Options: opt, mux: http.NewServeMux(), waiting: budget{most: maxWaitingBytes}, films: budget{most: filmsWaiting * max(opt.MaxFilm, opt.MaxBytes)}}
	s.problem = problems{log: opt.Log}
	s.api = s.framework()
	s.registerItems()
	s.registerTexts()
	s.registerMatches()
	s.registerTalk()
	s.registerReports()
	s.registerSpread()
	s.registerLive()
	s.registerCases()
	s.registerFiling()
	s.registerEvidence()
	s.registerBanks()
	s.registerEntries()
	s.registerLists()
	s.registerHooks()
	s.registerRules()
	s.registerStatus()
	s.registerStatistics()
	s.registerCustody()
	s.registerKeys()
	s.registerPeople()
	giveExamples(s.api.OpenAPI())
	s.problem.names = knownNames(s.api.OpenAPI())
	if err := s.serveDescription(); err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	if err := s.serveDocs(); err != nil {
		return nil, fmt.Errorf("write the page of the API: %w", err)
	}
	return s, nil
}

// Owns reports whether a request's path belongs to this API.
func Owns(path string) bool {
	switch path {
	case "/v1", "/openapi.json", "/openapi.yaml", "/docs":
		return true
	}
	return strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/docs/")
}

// ServeHTTP answers with a problem what no operation answers, and a panic.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if err, ok := p.(error); ok && err == http.ErrAbortHandler {
			panic(p)
		}
		s.problem.write(w, r, s.problem.internal(r.Context(), fmt.Errorf("panic: %v", p)))
	}()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Path == "/docs/" {
		http.Redirect(w, r, "/docs", http.StatusMovedPermanently)
		return
	}
	if path.Clean(r.URL.Path) != r.URL.Path {
		// The mux would redirect, and repeat in its answer what was sent.
		s.problem.write(w, r, noSuchAddress())
		return
	}
	h, pattern := s.mux.Handler(r)
	if pattern == "" {
		s.unrouted(w, r, h)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// unrouted says that there is no such address, or no such method at it.
func (s *server) unrouted(w http.ResponseWriter, r *http.Request, h http.Handler) {
	probe := &headerOnly{header: http.Header{}}
	h.ServeHTTP(probe, r)
	if probe.status != http.StatusMethodNotAllowed {
		s.problem.write(w, r, noSuchAddress())
		return
	}
	w.Header().Set("Allow", probe.header.Get("Allow"))
	s.problem.write(w, r, &Problem{Status: http.StatusMethodNotAllowed, Code: "invalid",
		Detail: "this address does not know the method", Hint: "the header Allow lists those that it knows"})
}

func noSuchAddress() *Problem {
	return &Problem{Status: http.StatusNotFound, Code: "not_found", Detail: "there is no such address", Hint: "/docs lists all of them"}
}

// headerOnly keeps status and header of an answer.
type headerOnly struct {
	header http.Header
	status int
}

func (h *headerOnly) Header() http.Header         { return h.header }
func (h *headerOnly) Write(p []byte) (int, error) { return len(p), nil }
func (h *headerOnly) WriteHeader(status int)      { h.status = status }
