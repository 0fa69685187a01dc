package helpcheck

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// reloadAfter is how long a process shows what it has read before it looks
// whether another process on the same database has written. What this process
// writes is seen at once.
const reloadAfter = time.Minute

// Options configure [Open].
type Options struct {
	// Rows is the help directory as its file has it.
	Rows []Row
	// Superseded are the values that the file forbids.
	Superseded []string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log receives what an operator should know; nil is silent.
	Log *slog.Logger
}

// Service keeps the checks. It is safe for concurrent use.
type Service struct {
	db  *store.DB
	opt Options

	mu   sync.Mutex
	rows []Row // replaced when some join, and never changed
	seen *Seen
	read time.Time // when seen was read; the zero time after a change
}

// Seen is how all rows stand. It does not change; a change makes a new one.
type Seen struct {
	// Rows are in the order of the file.
	Rows []Standing
	// Unknown counts acts on rows that the file no longer has.
	Unknown int
}

// Row returns one row.
func (s *Seen) Row(id string) (Standing, bool) {
	for _, r := range s.Rows {
		if r.ID == id {
			return r, true
		}
	}
	return Standing{}, false
}

// Open reads the checks.
func Open(ctx context.Context, db *store.DB, opt Options) (*Service, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{db: db, opt: opt, rows: opt.Rows}
	db.OnDoubt(s.forget)
	seen, err := s.load(ctx)
	s.seen, s.read = seen, opt.Now()
	return s, err
}

// Join adds rows that no file has, until the process ends: those of sample data.
// A row whose name is there already is left out.
func (s *Service) Join(rows ...Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clip(s.rows)
	for _, r := range rows {
		if !slices.ContainsFunc(all, func(x Row) bool { return x.ID == r.ID }) {
			all = append(all, r)
		}
	}
	s.rows, s.read = all, time.Time{}
}

// Now is the time by the service's clock.
func (s *Service) Now() time.Time { return s.opt.Now() }

// forget has the next reader look into the database.
func (s *Service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read = time.Time{}
}

// Seen returns how all rows stand now: the same pointer for as long as nothing
// has changed. When the database cannot be read it returns what it last read,
// for readers in need must have something.
func (s *Service) Seen(ctx context.Context) *Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opt.Now()
	if age := now.Sub(s.read); age >= 0 && age < reloadAfter {
		return s.seen
	}
	seen, err := s.load(ctx)
	if err != nil {
		s.opt.Log.Error("read the checks of the help directory; those of before are shown", "error", err)
		return s.seen
	}
	s.seen, s.read = seen, now
	return s.seen
}

func (s *Service) load(ctx context.Context) (seen *Seen, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		acts, err := all(tx)
		if err == nil {
			seen = s.look(acts)
		}
		return err
	})
	return seen, err
}

// look is called with mu held, or before anybody else knows the service.
func (s *Service) look(acts []Act) *Seen {
	seen, no, known := &Seen{}, gone(s.opt.Superseded, acts), map[string]bool{}
	for _, r := range s.rows {
		known[r.ID] = true
		seen.Rows = append(seen.Rows, stand(r, acts, no))
	}
	for _, a := range acts {
		if !known[a.Row] {
			seen.Unknown++
		}
	}
	return seen
}

const columns = `id, row_id, country, act, value, new_value, source, dated, channel, note, day, who, at, undone_at`

func all(tx *store.Tx) ([]Act, error) {
	return store.All[Act](tx, `SELECT `+columns+` FROM help_acts ORDER BY id`)
}

// History lists the acts on a row, newest first, with those that were taken
// back.
func (s *Service) History(ctx context.Context, row string) (list []Act, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		list, err = store.All[Act](tx, `SELECT `+columns+` FROM help_acts WHERE row_id = $1 ORDER BY id DESC`, row)
		return err
	})
	return list, err
}

func invalid(field, format string, args ...any) error {
	e := jaga.Errorf(jaga.CodeInvalid, format, args...)
	e.Field = field
	return e
}

func conflict(field, format string, args ...any) error {
	e := jaga.Errorf(jaga.CodeConflict, format, args...)
	e.Field = field
	return e
}
