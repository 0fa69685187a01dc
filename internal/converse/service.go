package converse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/sealed"
	"github.com/jaga-project/jaga/internal/store"
)

// Options configure a service.
type Options struct {
	// Detector is required. It is asked for when a conversation is first read:
	// reading the packs takes most of a second, and few commands need them.
	Detector func() (*convo.Detector, error)
	// Key is the installation's secret, at least 16 bytes, required.
	Key []byte
	// Loaded is how many conversations are kept in memory; 0 is 100,000.
	Loaded int
	// Every is how often states are written; 0 is ten seconds.
	Every time.Duration
	// Keep is how long the state of a quiet conversation is kept; 0 is 90
	// days.
	Keep time.Duration
	// Found is called when a finding is stored that is new or reached a
	// higher band, in the same transaction; nil does nothing.
	Found func(tx *store.Tx, f Finding) error
	// Taken is called with messages in the transaction that makes them durable,
	// and an error of it refuses them; nil does nothing. What is observed again
	// after a crash is not told of again.
	Taken func(tx *store.Tx, source string, entries []Entry) error
	// Scanning says whether messages of private channels are read at a time; nil
	// reads them.
	Scanning func(at time.Time) Scanning
	// Log receives what goes wrong on our side; nil is silent.
	Log *slog.Logger
}

// chunk is how many messages are made durable and observed at once. It is no
// more than the messages back that a repetition is recognised, so that a
// client that lost an answer can send the last chunk again.
const chunk = 64

// chunkText bounds the text of a chunk, in bytes, so that an entry of the
// journal stays small however long the messages are.
const chunkText = 1 << 20

// Service takes messages and keeps conversations. It is safe for concurrent
// use; messages are observed one after the other.
type Service struct {
	db   *store.DB
	opt  Options
	seal *sealed.Key

	mu      sync.Mutex
	live    map[string]*conversation
	senders map[string]*sender
	ctx     context.Context // of the observation under way, for loading
	fault   error           // the first fault while loading
	seq     int64           // the last entry of the journal that was observed
	written int64           // the last one whose states are written down
	pending int             // messages in the journal that no state has yet
	broken  error           // set when the memory and the journal differ
	counts  Counts
}

// Counts is what happened since the start.
type Counts struct {
	Messages int64 `json:"messages"` // observed
	Findings int64 `json:"findings"` // made or raised
	Lost     int64 `json:"lost"`     // states and sketches that could not be read and were begun anew
	Loaded   int   `json:"loaded"`   // conversations in memory
	Pending  int   `json:"pending"`  // messages in the journal alone
}

// conversation is one that is in memory.
type conversation struct {
	state *convo.State
	dirty bool
	used  int64
	lines window
}

type sender struct {
	sketch *convo.Sender
	dirty  bool
}

// Open observes what the journal holds and returns the service.
func Open(ctx context.Context, db *store.DB, opt Options) (*Service, error) {
	if opt.Loaded <= 0 {
		opt.Loaded = 100_000
	}
	if opt.Every <= 0 {
		opt.Every = 10 * time.Second
	}
	if opt.Keep <= 0 {
		opt.Keep = 90 * 24 * time.Hour
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Found == nil {
		opt.Found = func(*store.Tx, Finding) error { return nil }
	}
	seal, err := sealed.New(opt.Key, "jaga conversations")
	if err != nil {
		return nil, err
	}
	s := &Service{db: db, opt: opt, seal: seal, live: map[string]*conversation{}, senders: map[string]*sender{}}
	if err := s.replay(ctx); err != nil {
		return nil, fmt.Errorf("open conversations: %w", err)
	}
	return s, nil
}

type journalRow struct {
	Seq    int64
	Sealed []byte
}

// record is what the journal holds of one chunk.
type record struct {
	Source  string  `json:"source"`
	Entries []Entry `json:"entries"`
}

const journalPurpose = "talk journal"

// replay observes what was acknowledged and is in no state yet. The caller has
// the service to itself.
func (s *Service) replay(ctx context.Context) error {
	for {
		var rows []journalRow
		err := s.db.View(ctx, func(tx *store.Tx) (err error) {
			rows, err = store.All[journalRow](tx, `SELECT seq, sealed FROM talk_journal WHERE seq > $1 ORDER BY seq LIMIT 16`, s.seq)
			return err
		})
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		for _, row := range rows {
			plain, err := s.seal.Open(journalPurpose, row.Sealed)
			if err != nil {
				return fmt.Errorf("journal entry %d: %w", row.Seq, err)
			}
			var rec record
			if err := json.Unmarshal(plain, &rec); err != nil {
				return fmt.Errorf("journal entry %d: %w", row.Seq, err)
			}
			if _, err := s.apply(ctx, &rec); err != nil {
				return err
			}
			s.seq = row.Seq
			s.pending += messages(rec.Entries)
		}
	}
}

func messages(entries []Entry) int {
	n := 0
	for i := range entries {
		n += len(entries[i].All())
	}
	return n
}

// Answer says what became of messages.
type Answer struct {
	// Messages is how many were taken, with those that were ignored as
	// repetitions.
	Messages int `json:"messages"`
	// Findings are those that the messages made or raised.
	Findings []convo.Finding `json:"findings"`
}

// Observe takes entries that were checked. When it returns without an error
// they are durable and observed. source names who sent them. Where messages of
// private channels are not read, a list with some is refused whole, with an
// error that wraps [ErrPrivate].
func (s *Service) Observe(ctx context.Context, source string, entries []Entry) (Answer, error) {
	out := Answer{Findings: []convo.Finding{}}
	if err := s.allowed(ctx, entries); err != nil {
		return out, err
	}
	for len(entries) > 0 {
		n, size, text := 0, 0, 0
		for n < len(entries) {
			ms := entries[n].All()
			long := 0
			for _, m := range ms {
				long += len(m.Text)
			}
			if n > 0 && (size+len(ms) > chunk || text+long > chunkText) {
				break
			}
			size, text = size+len(ms), text+long
			n++
		}
		found, err := s.take(ctx, &record{source, entries[:n]})
		if err != nil {
			return out, err
		}
		out.Messages += size
		out.Findings = append(out.Findings, found...)
		entries = entries[n:]
	}
	return out, nil
}

func (s *Service) take(ctx context.Context, rec *record) ([]convo.Finding, error) {
	plain, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	sealed := s.seal.Seal(journalPurpose, plain)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return nil, &jaga.Error{Code: jaga.CodeUnavailable, Msg: "conversations are at a stop after a fault; see the server's log", Hint: "it tries again every few seconds", Err: s.broken}
	}
	// Loading what the messages need comes first: what cannot be observed is
	// not acknowledged.
	if err := s.load(ctx, rec); err != nil {
		return nil, err
	}
	var seq int64
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		var err error
		seq, err = store.One[int64](tx, `INSERT INTO talk_journal (at, sealed) VALUES ($1, $2) RETURNING seq`, tx.Now(), sealed)
		if err != nil || s.opt.Taken == nil {
			return err
		}
		return s.opt.Taken(tx, rec.Source, rec.Entries)
	})
	if err != nil {
		return nil, err
	}
	// From here the messages are acknowledged, so a client that leaves does
	// not stop them.
	found, err := s.apply(context.WithoutCancel(ctx), rec)
	if err != nil {
		s.broken = err
		s.opt.Log.Error("observe messages", "error", err)
		return nil, err
	}
	s.seq = seq
	s.pending += messages(rec.Entries)
	return found, nil
}

// load brings the conversations of the record into memory.
func (s *Service) load(ctx context.Context, rec *record) error {
	s.ctx, s.fault = ctx, nil
	for i := range rec.Entries {
		if _, err := s.conversation(rec.Entries[i].Conversation); err != nil {
			return err
		}
	}
	return nil
}

// apply observes a record and stores what was found.
func (s *Service) apply(ctx context.Context, rec *record) ([]convo.Finding, error) {
	s.ctx, s.fault = ctx, nil
	var found []raised
	var out []convo.Finding
	for i := range rec.Entries {
		e := &rec.Entries[i]
		c, err := s.conversation(e.Conversation)
		if err != nil {
			return nil, err
		}
		c.dirty = true
		e.introduce(c.state)
		for _, m := range e.All() {
			findings := c.state.Observe(m.convo())
			s.counts.Messages++
			if s.fault != nil {
				return nil, s.fault
			}
			c.lines.add(m, c.state.Touched())
			out = append(out, findings...)
			for _, f := range c.state.Changed() {
				found = append(found, raised{f, c, at(m)})
			}
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	if err := s.keep(ctx, rec.Source, found); err != nil {
		return nil, err
	}
	s.counts.Findings += int64(len(out))
	return out, nil
}

// at is when a message was sent; zero for no time, and for one that JSON could
// not give back.
func at(m *Message) time.Time {
	if m.At == nil {
		return time.Time{}
	}
	t := m.At.UTC()
	if y := t.Year(); y < 1 || y > 9999 {
		return time.Time{}
	}
	return t
}

// raised is a finding that a message made, raised, or gave more reasons.
type raised struct {
	convo.Finding
	c  *conversation
	at time.Time
}

// findingKey tells findings apart as the table does.
type findingKey struct{ conversation, from, to, form string }

func (r *raised) key() findingKey {
	return findingKey{r.Conversation, r.From, r.To, string(r.Form)}
}

// keep stores findings with their excerpts. Storing one again, after a crash,
// changes nothing.
func (s *Service) keep(ctx context.Context, source string, found []raised) error {
	// Of several changes of one finding only the last is written: it has the
	// highest band and all reasons.
	last := map[findingKey]int{}
	for i := range found {
		last[found[i].key()] = i
	}
	// One transaction, and one custody record for each finding.
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		for i, r := range found {
			if last[r.key()] != i {
				continue
			}
			f := r.Finding
			// The vocabulary's own rules hold here, too: a finding without a
			// reason is not stored.
			if _, err := f.Jaga(); err != nil {
				return err
			}
			body, err := json.Marshal(f)
			if err != nil {
				return err
			}
			id, err := uuid.NewV7()
			if err != nil {
				return err
			}
			type before struct {
				Band    int64
				Excerpt []byte
			}
			had, err := store.One[before](tx, `SELECT band, excerpt FROM talk_findings WHERE conversation = $1 AND account = $2 AND target = $3 AND form = $4`,
				f.Conversation, f.From, f.To, string(f.Form))
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			lines, err := s.excerpt(r.c.lines.excerpt(), had.Excerpt)
			if err != nil {
				return err
			}
			n, err := tx.Exec(`INSERT INTO talk_findings (id, conversation, account, target, form, band, source, at, updated_at, finding, excerpt)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
				ON CONFLICT (conversation, account, target, form) DO UPDATE SET
					band = excluded.band, updated_at = excluded.updated_at, at = excluded.at, finding = excluded.finding, excerpt = excluded.excerpt
				WHERE talk_findings.band <= excluded.band AND talk_findings.finding <> excluded.finding`,
				id.String(), f.Conversation, f.From, f.To, string(f.Form), int64(f.Band), source, r.at.UnixMicro(), tx.Now(),
				string(body), lines)
			if err != nil {
				return err
			}
			if n == 0 || had.Band >= int64(f.Band) {
				continue // nothing new, or more reasons for what is known
			}
			actor := source
			if actor == "" {
				actor = "system"
			}
			stored := s.findingID(tx, f, id.String())
			if err := tx.Record(custody.Event{Actor: actor, Action: "conversation.finding", Subject: "finding:" + stored, Detail: map[string]string{
				"band": f.Band.String(), "form": string(f.Form), "version": f.Version}}); err != nil {
				return err
			}
			if err := s.opt.Found(tx, Finding{ID: stored, At: r.at, Updated: time.UnixMicro(tx.Now()), Source: source, Finding: f}); err != nil {
				return err
			}
		}
		tx.Notify("findings", "")
		return nil
	})
}

// excerpt seals the lines of a finding together with those that were sealed
// with it before: a restart empties the window in memory.
func (s *Service) excerpt(lines []Line, sealed []byte) ([]byte, error) {
	if len(sealed) > 0 {
		var old []Line
		plain, err := s.seal.Open(excerptPurpose, sealed)
		if err == nil {
			err = json.Unmarshal(plain, &old)
		}
		if err != nil {
			// The old lines are lost. That must not stop what is observed now:
			// the messages are acknowledged already.
			s.opt.Log.Error("an excerpt cannot be read; it is begun anew", "error", err)
		}
		lines = merge(old, lines)
	}
	plain, err := json.Marshal(lines)
	if err != nil {
		return nil, err
	}
	return s.seal.Seal(excerptPurpose, plain), nil
}

// findingID is the identifier under which a finding is stored: that of its
// first time.
func (s *Service) findingID(tx *store.Tx, f convo.Finding, fresh string) string {
	id, err := store.One[string](tx, `SELECT id FROM talk_findings WHERE conversation = $1 AND account = $2 AND target = $3 AND form = $4`,
		f.Conversation, f.From, f.To, string(f.Form))
	if err != nil {
		return fresh
	}
	return id
}

// Counts returns what happened since the start.
func (s *Service) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Loaded, c.Pending = len(s.live), s.pending
	return c
}

// Detector is the one in use.
func (s *Service) Detector() (*convo.Detector, error) { return s.opt.Detector() }

// Version names the rules and packs in use.
func (s *Service) Version() (string, error) {
	d, err := s.opt.Detector()
	if err != nil {
		return "", err
	}
	return d.Version(), nil
}

// conversation returns one from memory or the database, or a new one.
func (s *Service) conversation(id string) (*conversation, error) {
	if c := s.live[id]; c != nil {
		c.used = s.counts.Messages
		return c, nil
	}
	detector, err := s.opt.Detector()
	if err != nil {
		return nil, err
	}
	var state []byte
	err = s.db.View(s.ctx, func(tx *store.Tx) (err error) {
		state, err = store.One[[]byte](tx, `SELECT state FROM talk_states WHERE conversation = $1`, id)
		return err
	})
	c := &conversation{used: s.counts.Messages}
	switch {
	case errors.Is(err, store.ErrNotFound):
		c.state = detector.Open(convo.Head{ID: id}, s)
	case err != nil:
		return nil, err
	default:
		if c.state, err = detector.Resume(state, s); err != nil {
			s.counts.Lost++
			s.opt.Log.Error("a conversation's state cannot be read; it is begun anew", "error", err)
			c.state = detector.Open(convo.Head{ID: id}, s)
			c.state.MarkLost()
		}
	}
	s.live[id] = c
	return c, nil
}

// Sender returns the sketch of an account. It is called while a message is
// observed, with the lock held.
func (s *Service) Sender(id string) *convo.Sender {
	if v := s.senders[id]; v != nil {
		v.dirty = true
		return v.sketch
	}
	v := &sender{sketch: new(convo.Sender), dirty: true}
	s.senders[id] = v
	var sketch []byte
	err := s.db.View(s.ctx, func(tx *store.Tx) (err error) {
		sketch, err = store.One[[]byte](tx, `SELECT sketch FROM talk_senders WHERE account = $1`, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return v.sketch
	}
	if err != nil {
		s.fault = err
		return v.sketch
	}
	if err := v.sketch.UnmarshalBinary(sketch); err != nil {
		s.counts.Lost++
		s.opt.Log.Error("what is known of an account cannot be read; it is begun anew", "error", err)
	}
	return v.sketch
}
