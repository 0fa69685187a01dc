// Package proof makes the custody log provable to others: it copies signed
// checkpoints to another medium, has a third party stamp their time, checks the
// whole log as a job, and makes evidence bundles.
//
// The copy is a file that is only ever added to. Before it is added to, its last
// checkpoint is compared with the log: a log that was cut, restored from an old
// backup or rewritten does not continue it, and that is a grave fault which
// stays visible until a person has looked.
//
// The service is safe for concurrent use. The file is trusted for nothing: who
// can write to it can destroy copies, but cannot make the log verify against
// others.
package proof

import (
	"crypto/x509"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// Options configure [New].
type Options struct {
	// Origin and the key pair are those of the log.
	Origin, Signer, Verifier string
	// File is the append-only file of copies; empty keeps none.
	File string
	// Authority is the address of an RFC 3161 time-stamp authority; empty
	// asks none. Roots are its certificates; nil stores tokens without
	// knowing who signed them.
	Authority string
	Roots     *x509.CertPool
	// Client asks the authority; nil is one that waits ten seconds.
	Client *http.Client
	// Every and Records say how long, and for how many records, the log goes
	// on at most before it is anchored again; 0 is ten minutes and 1,000.
	Every   time.Duration
	Records int64
	Now     func() time.Time // nil is time.Now
	Log     *slog.Logger     // nil is silent
	// Version of the program, for bundles.
	Version string
	// Belongs yields what belongs to a subject besides itself, such as the
	// files, findings and actions of a case: a bundle about the one is about
	// all. add ends it by an error, which Belongs returns. nil is nothing.
	Belongs func(tx *store.Tx, subject string, add func(subject string) error) error
}

// Service does it.
type Service struct {
	db    *store.DB
	opt   Options
	place string // of the copies, in the database

	mu   sync.Mutex
	days map[[2]int64]dayCount // by beginning and end, in seconds
}

// The places outside that [Service.Outside] speaks of.
const (
	placeFile  = "file:"
	placeStamp = "stamp:"
)

// New returns the service. It does nothing by itself; see [Service.Run].
func New(db *store.DB, opt Options) *Service {
	if opt.Every <= 0 {
		opt.Every = 10 * time.Minute
	}
	if opt.Records <= 0 {
		opt.Records = 1000
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Client == nil {
		opt.Client = &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return &Service{db: db, opt: opt, place: placeFile + opt.File, days: map[[2]int64]dayCount{}}
}
