package tip

import (
	"cmp"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// Options configure a [Service].
type Options struct {
	// Key is the installation's secret, at least 16 bytes, required.
	Key []byte
	// Queue is the queue of cases that open because of a platform's report;
	// empty is "default".
	Queue string
	// Hotline is the queue of cases that open because of a call; empty is
	// "hotline".
	Hotline string
	// PerKey is how many reports one key may hand in within an hour; 0 is
	// 10,000.
	PerKey int64
	// PerAccount is how many reports about one account are taken within 24
	// hours; 0 is 500. One that says that a child is in danger now is taken
	// all the same.
	PerAccount int64
	// PerReporter is how many reports one person may make within 24 hours; 0
	// is 50.
	PerReporter int64
	// Window is for how long what the same person says again is the same
	// report; 0 is 7 days.
	Window time.Duration
}

// Service takes reports. It is safe for concurrent use, and by several processes
// on one database.
type Service struct {
	db    *store.DB
	cases *casework.Service
	opt   Options
	keys  *keys
}

// Open returns a service.
func Open(db *store.DB, cases *casework.Service, opt Options) (*Service, error) {
	k, err := newKeys(opt.Key)
	if err != nil {
		return nil, err
	}
	opt.Queue, opt.Hotline = cmp.Or(opt.Queue, "default"), cmp.Or(opt.Hotline, "hotline")
	for _, q := range []string{opt.Queue, opt.Hotline} {
		if err := casework.CheckQueue(q); err != nil {
			return nil, err
		}
	}
	opt.PerKey = cmp.Or(max(opt.PerKey, 0), 10_000)
	opt.PerAccount = cmp.Or(max(opt.PerAccount, 0), 500)
	opt.PerReporter = cmp.Or(max(opt.PerReporter, 0), 50)
	opt.Window = cmp.Or(max(opt.Window, 0), 7*24*time.Hour)
	return &Service{db, cases, opt, k}, nil
}

// Hotline is the queue of calls.
func (s *Service) Hotline() string { return s.opt.Hotline }

// Now is the time by the clock of the database.
func (s *Service) Now() time.Time { return s.db.Now() }

// flood is the answer to whoever has to wait.
func flood(field, msg string) error {
	return &jaga.Error{Code: jaga.CodeBusy, Field: field, Msg: msg, Hint: "send it again later, with the same id; docs/reports.md has the limits"}
}
