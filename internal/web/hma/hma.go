package hma

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/outbound"
)

// Options configure the handler. Banks, Engine and Decoder are required.
type Options struct {
	Banks   *bank.Service
	Engine  *engine.Engine
	Decoder *media.Decoder
	// FetchURLs allows the parameter url to make the server fetch a file from
	// the public internet. Private addresses are refused all the same.
	FetchURLs bool
	// FetchHosts are the only hosts, with their subdomains, that are fetched
	// from; empty is every public one.
	FetchHosts []string
	// MaxBytes is the largest file that is taken, uploaded or fetched; 0 is
	// 128 MiB.
	MaxBytes int64
	// VideoMD5 answers for a video of which no types are named with its exact
	// hash alone, as HMA does. Then a known video under another encoding is
	// "no match"; without it, it is an error.
	VideoMD5 bool
	// May says whether the request may use a scope: "match" for /h and /m,
	// "banks:read" and "banks:write" for /c, the first two for /ui. Its error is the answer, with
	// status 401 when the request has no Authorization header. nil allows
	// everything.
	May func(r *http.Request, scope string) error
	// Actor names in custody records who changes a bank; nil is "hma".
	Actor func(r *http.Request) string
	// Log receives what goes wrong on our side; nil is silent.
	Log *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Draw gives the random number, in [0,1), of a look-up without a seed;
	// nil is [rand.Float64].
	Draw func() float64
}

// Scopes that [Options.May] is asked about.
const (
	scopeMatch      = "match"
	scopeBanksRead  = "banks:read"
	scopeBanksWrite = "banks:write"
)

const defaultMaxBytes = 128 << 20

// server holds what the handlers share. It is safe for concurrent use.
type server struct {
	Options
	fetch *fetcher
	grace time.Duration
	// routes are the paths and what answers them.
	routes []route
}

// New returns the handler of every path that [Owns] names. It is safe for
// concurrent use. Package web keeps pages of other sites from using it through
// a browser.
func New(opt Options) http.Handler { return build(opt, reach{allowed: outbound.Public}, 0) }

// build is New with another way to what is fetched, and another time than
// slowStart unless grace is 0.
func build(opt Options, to reach, grace time.Duration) http.Handler {
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = defaultMaxBytes
	}
	if opt.May == nil {
		opt.May = func(*http.Request, string) error { return nil }
	}
	if opt.Actor == nil {
		opt.Actor = func(*http.Request) string { return "hma" }
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Draw == nil {
		opt.Draw = rand.Float64
	}
	s := &server{Options: opt, fetch: newFetcher(opt.FetchHosts, opt.MaxBytes, to), grace: grace}
	s.routes = s.table()
	return s.handler()
}

// Owns reports whether a request's path belongs to this API. A server asks it
// before its own [http.ServeMux]: clients that join addresses carelessly send
// "//c/banks", which a ServeMux redirects, and a redirected POST becomes a GET.
func Owns(path string) bool {
	path = collapse(path)
	switch path {
	case "/status", "/status/live", "/site-map", "/openapi/openapi.json", "/ui":
		return true
	}
	for _, group := range []string{"/h/", "/m/", "/c/", "/ui/"} {
		if strings.HasPrefix(path, group) {
			return true
		}
	}
	return false
}

// collapse makes one slash of several.
func collapse(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}
