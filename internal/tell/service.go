package tell

import (
	"crypto/rand"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/store"
)

// MaxText is how many characters a message or an answer may have.
const MaxText = 4000

// Options configure a Service.
type Options struct {
	// Key is the secret of the installation.
	Key []byte
	// Team is who reads, as readers of the guide are told. Empty takes no new
	// messages in; those that are there can be read, answered and deleted all
	// the same.
	Team string
	// Hours are when the team reads.
	Hours Hours
	// Goal is how much opening time the team wants to need for an answer.
	Goal time.Duration
	// Keep is for how long a conversation is kept after its last message, until
	// [Service.KeepFor] says otherwise.
	Keep time.Duration
	// Urgent moves a message to the front of the queue; nil is [NewCues].
	Urgent func(text string) bool
	// OpenCase opens a case for a conversation that the team passes on, in the
	// transaction tx, and returns its number. nil passes nothing on.
	OpenCase func(tx *store.Tx, actor string, h Handover) (int64, error)
	// Held reports whether a conversation that was passed on to a case must be
	// kept although its time is over; nil is never.
	Held func(tx *store.Tx, caseID int64) (bool, error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Work is how often the digest of a PIN is iterated; 0 is right, tests take
	// less.
	Work int
}

// Handover is what a case gets of a conversation: no text of the writer's.
type Handover struct {
	Thread int64
	Urgent bool
	// Summary is what the team says of it in its own words.
	Summary string
}

// State is how a conversation stands.
type State string

// The states.
const (
	Waiting  State = "waiting"  // for an answer
	Answered State = "answered" // and the writer may write on
	Closed   State = "closed"   // the team is done; the writer may write on
)

// States lists all states in the order in which people look at them.
func States() []State { return []State{Waiting, Answered, Closed} }

// Service keeps conversations. It is safe for concurrent use, by one process at
// a time.
type Service struct {
	db   *store.DB
	keys *keys
	opt  Options
	now  func() time.Time

	sent, sentDay, wrong *slip.Limiter
	locks                *locks
	gate                 gate
	keep                 atomic.Int64 // a time.Duration
}

// New returns a service.
func New(db *store.DB, opt Options) (*Service, error) {
	k, err := newKeys(opt.Key, opt.Work)
	if err != nil {
		return nil, err
	}
	if opt.Team != "" && (opt.Hours.Never() || opt.Goal <= 0 || opt.Keep < 2*24*time.Hour) {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "tell", Msg: "messages are taken in by a team only that has hours, a goal for answers and a time for which they are kept, of at least two days"}
	}
	if opt.Urgent == nil {
		opt.Urgent = NewCues().Urgent
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	s := &Service{db: db, keys: k, opt: opt, now: opt.Now,
		sent: slip.NewLimiter(sentHour()), sentDay: slip.NewLimiter(sentDay()), wrong: slip.NewLimiter(wrongHour()),
		locks: newLocks(), gate: make(gate, 2)}
	s.KeepFor(opt.Keep)
	return s, nil
}

// KeepFor sets for how long conversations are kept after their last message, which
// is what writers are told from then on.
func (s *Service) KeepFor(d time.Duration) { s.keep.Store(int64(d)) }

// kept is for how long they are.
func (s *Service) kept() time.Duration { return time.Duration(s.keep.Load()) }

// Open reports whether new messages are taken in.
func (s *Service) Open() bool { return s.opt.Team != "" }

// PassesOn reports whether conversations can be passed on to a case.
func (s *Service) PassesOn() bool { return s.opt.OpenCase != nil }

// Promise is what readers are told before they write.
type Promise struct {
	Team string
	Zone *time.Location
	// Reads says that somebody reads now, until Until.
	Reads bool
	Until time.Time
	// Next is when somebody reads next, if nobody does now; zero if that is not
	// known.
	Next time.Time
	// Due is when a message of now should have its answer; zero if that is not
	// known.
	Due time.Time
	// KeepDays is for how many days a conversation is kept after its last
	// message.
	KeepDays int
}

// Promise returns what holds now.
func (s *Service) Promise() Promise {
	now := s.now()
	p := Promise{Team: s.opt.Team, Zone: s.opt.Hours.Zone(), KeepDays: int(s.kept() / (24 * time.Hour)), Due: s.due()}
	if open, ok := s.opt.Hours.At(now); ok {
		p.Reads, p.Until = true, open.To
	} else {
		p.Next = s.opt.Hours.Next(now)
	}
	return p
}

// due is when a message of this hour should have its answer: reckoned from the
// end of the hour, since nothing more exact is kept, and to the next full quarter
// of an hour.
func (s *Service) due() time.Time {
	then := s.opt.Hours.After(s.hour().Add(time.Hour), s.opt.Goal)
	if then.IsZero() {
		return then
	}
	return then.Add(15*time.Minute - 1).Truncate(15 * time.Minute)
}

// Now is the clock of the service.
func (s *Service) Now() time.Time { return s.now() }

// hour is all that is kept of the time of what a writer did.
func (s *Service) hour() time.Time { return s.now().Truncate(time.Hour) }

// Token returns what a form carries so that it is noticed when it is sent
// twice. Whoever has it gets the number and the PIN of what was sent with it,
// for about an hour.
func (s *Service) Token() string { return rand.Text() }

// tidy is a text as it is kept: without spaces around it, line ends as \n, and no
// characters that steer a screen. field is named in errors.
func tidy(field, typed string) (string, error) {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(typed, "\uFFFD"))
	text = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, text)
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: "there is no text"}
	case n > MaxText:
		return "", &jaga.Error{Code: jaga.CodeInvalid, Field: field + "_long", Msg: "the text has " + strconv.Itoa(n) + " characters, more than " + strconv.Itoa(MaxText)}
	}
	return text, nil
}

// Subject names a conversation in custody records.
func Subject(id int64) string { return "tell:" + strconv.FormatInt(id, 10) }

func event(actor, action string, id int64, detail map[string]string) custody.Event {
	return custody.Event{Actor: actor, Action: action, Subject: Subject(id), Detail: detail}
}

// tally counts what happens without a custody record of its own.
func tally(tx *store.Tx, what string, n int64) error {
	_, err := tx.Exec(`INSERT INTO tell_tally (what, n) VALUES ($1, $2) ON CONFLICT (what) DO UPDATE SET n = tell_tally.n + $2`, what, n)
	return err
}

func notThere() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "conversation", Msg: "there is no such conversation: its writer has deleted it, or it is no longer kept"}
}
