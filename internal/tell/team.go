package tell

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Lease is for how long nobody else can answer a conversation that somebody has
// taken. It begins anew with everything that they do in it.
const Lease = 20 * time.Minute

// Head is a conversation as lists show it: without what was written.
type Head struct {
	ID     int64
	State  State
	Lang   string // of the page it was written on
	Urgent bool   // to be read earlier
	// Created and Changed are hours; Since is that of the oldest message
	// without an answer. Due is when there should be one. Microseconds since
	// 1970; Since and Due are 0 of one that does not wait.
	Created, Changed, Since, Due int64
	Messages                     int64
	// By is who has taken it, until Until; empty if nobody has.
	By    string
	Until int64
	Case  int64 // that it was passed on to, or 0
	Draft bool  // somebody began an answer
	// Gone is when it is removed if nobody writes.
	Gone int64
}

// Late reports whether the answer is overdue.
func (h Head) Late(now time.Time) bool {
	return h.State == Waiting && h.Due > 0 && now.UnixMicro() > h.Due
}

func (s *Service) head(t threadRow) Head {
	h := Head{ID: t.ID, State: State(t.State), Lang: t.Lang, Urgent: t.Urgent > 0, Created: t.Created, Changed: t.Changed, Messages: t.Messages, Case: t.Case,
		Draft: t.HasDraft > 0, Gone: t.Changed + s.kept().Microseconds()}
	if h.State == Waiting {
		h.Since, h.Due = t.Since, t.Due
	}
	if t.held(s.now()) {
		h.By, h.Until = t.LeaseBy, t.LeaseUntil
	}
	return h
}

// held reports whether somebody has taken the conversation. A clock that was set
// back makes no lease longer than leases are.
func (t threadRow) held(now time.Time) bool {
	left := t.LeaseUntil - now.UnixMicro()
	return t.LeaseBy != "" && left > 0 && left <= Lease.Microseconds()
}

// Counts returns how many conversations there are of each state.
func (s *Service) Counts(ctx context.Context) (map[State]int64, error) {
	out := map[State]int64{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[struct {
			State string
			N     int64
		}](tx, `SELECT state, COUNT(*) FROM tell_threads GROUP BY state`)
		for _, r := range rows {
			out[State(r.State)] = r.N
		}
		return err
	})
	return out, err
}

// List returns conversations of a state: those that wait in the order in which
// to answer them, others by their last message.
func (s *Service) List(ctx context.Context, state State, limit int) (out []Head, err error) {
	order := `changed_at DESC, id DESC`
	if state == Waiting {
		order = `urgent DESC, due_at, id`
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[threadRow](tx, `SELECT `+threadColumns+` FROM tell_threads WHERE state = $1 ORDER BY `+order+` LIMIT $2`, string(state), int64(limit))
		for _, r := range rows {
			out = append(out, s.head(r))
		}
		return err
	})
	return out, err
}

// Get returns one conversation without what was written.
func (s *Service) Get(ctx context.Context, id int64) (h Head, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		t, err := row(tx, id)
		h = s.head(t)
		return err
	})
	return h, err
}

// Take takes a conversation for a person, who then can read and answer it, or
// says that somebody else has it.
func (s *Service) Take(ctx context.Context, actor string, id int64) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error { return s.hold(tx, actor, id, true) })
}

// hold makes the lease of a person begin anew. take gets it where nobody has it.
func (s *Service) hold(tx *store.Tx, actor string, id int64, take bool) error {
	now := s.now()
	until := now.Add(Lease).UnixMicro()
	// One statement, so that of two at once one gets it.
	n, err := tx.Exec(`UPDATE tell_threads SET lease_by = $1, lease_until = $2 WHERE id = $3
		AND (lease_by = $1 AND lease_until > $4 AND lease_until <= $2 OR $5 = 1 AND (lease_by = '' OR lease_until <= $4 OR lease_until > $2))`,
		actor, until, id, now.UnixMicro(), oneIf(take))
	if err != nil || n == 1 {
		return err
	}
	if _, err := row(tx, id); err != nil {
		return err
	}
	if take {
		return &jaga.Error{Code: jaga.CodeConflict, Field: "taken", Msg: "take conversation: somebody else has it"}
	}
	return &jaga.Error{Code: jaga.CodeConflict, Field: "lease", Msg: "it is not yours any more", Hint: "take it again"}
}

func oneIf(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Next takes the conversation that should be answered first and that nobody
// has; ok is false if there is none.
func (s *Service) Next(ctx context.Context, actor string) (id int64, ok bool, err error) {
	list, err := s.List(ctx, Waiting, waitingMost)
	if err != nil {
		return 0, false, err
	}
	for _, h := range list {
		if h.By != "" && h.By != actor {
			continue
		}
		switch err := s.Take(ctx, actor, h.ID); jaga.CodeOf(err) {
		case "":
			return h.ID, true, nil
		case jaga.CodeConflict, jaga.CodeNotFound: // somebody was quicker, or the writer deleted it
		default:
			return 0, false, err
		}
	}
	return 0, false, nil
}

// Conversation is all of it, for whoever has taken it.
type Conversation struct {
	Head
	Lines []Line // the oldest first
	Draft string
}

// Read returns what was written, to whoever has taken the conversation, and
// records that they read it.
func (s *Service) Read(ctx context.Context, actor string, id int64) (c Conversation, err error) {
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		if err := s.hold(tx, actor, id, false); err != nil {
			return err
		}
		t, err := row(tx, id)
		if err != nil {
			return err
		}
		c.Head = s.head(t)
		if c.Lines, err = s.lines(tx, id); err != nil {
			return err
		}
		if c.Draft, err = s.draft(tx, id); err != nil {
			return err
		}
		return tx.Record(event(actor, "tell.read", id, map[string]string{"messages": strconv.Itoa(len(c.Lines))}))
	})
	if err != nil {
		return Conversation{}, err
	}
	return c, nil
}

func (s *Service) draft(tx *store.Tx, id int64) (string, error) {
	sealed, err := store.One[[]byte](tx, `SELECT draft FROM tell_threads WHERE id = $1`, id)
	if err != nil || sealed == nil {
		return "", err
	}
	return s.keys.open(place("draft", id, 0), sealed)
}

// Save keeps an answer that is not finished, sealed like messages.
func (s *Service) Save(ctx context.Context, actor string, id int64, typed string) error {
	text, err := tidy("answer", typed)
	if err != nil && strings.TrimSpace(typed) != "" {
		return err
	}
	var sealed []byte
	if text != "" {
		sealed = s.keys.seal(place("draft", id, 0), text)
	}
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		if err := s.hold(tx, actor, id, false); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE tell_threads SET draft = $1 WHERE id = $2`, sealed, id)
		return err
	})
}

// Release gives a conversation back without an answer.
func (s *Service) Release(ctx context.Context, actor string, id int64) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE tell_threads SET lease_by = '', lease_until = 0 WHERE id = $1 AND lease_by = $2`, id, actor)
		return err
	})
}

// Answer writes an answer. seen is how many messages its author has read: if the
// writer has written on meanwhile, nothing is sent.
func (s *Service) Answer(ctx context.Context, actor string, id, seen int64, typed string) error {
	text, err := tidy("answer", typed)
	if err != nil {
		return err
	}
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		t, err := s.mine(tx, actor, id, seen)
		if err != nil {
			return err
		}
		if t.Messages >= messagesMost {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "answer", Msg: "answer: the conversation is full"}
		}
		if err := tx.Record(event(actor, "tell.answer", id, map[string]string{"message": strconv.FormatInt(t.Messages+1, 10)})); err != nil {
			return err
		}
		at := s.hour().UnixMicro()
		if _, err := tx.Exec(`INSERT INTO tell_messages (thread_id, seq, team, at, sealed) VALUES ($1, $2, 1, $3, $4)`,
			id, t.Messages+1, at, s.keys.seal(place("team", id, t.Messages+1), text)); err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE tell_threads SET state = $1, changed_at = $2, waiting_at = 0, due_at = 0, urgent = 0, lease_by = '', lease_until = 0, draft = NULL, old_at = 0 WHERE id = $3`,
			string(Answered), at, id)
		return err
	})
}

// mine returns a conversation that a person has taken, of which they have seen
// all messages.
func (s *Service) mine(tx *store.Tx, actor string, id, seen int64) (threadRow, error) {
	if err := s.hold(tx, actor, id, false); err != nil {
		return threadRow{}, err
	}
	t, err := row(tx, id)
	if err == nil && t.Messages != seen {
		err = &jaga.Error{Code: jaga.CodeConflict, Field: "more", Msg: "the writer has written on meanwhile", Hint: "read it first"}
	}
	return t, err
}

// Close ends a conversation for the team, answered or not. Its writer can still
// read it, write on and delete it.
func (s *Service) Close(ctx context.Context, actor string, id, seen int64) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		if _, err := s.mine(tx, actor, id, seen); err != nil {
			return err
		}
		if err := tx.Record(event(actor, "tell.close", id, nil)); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE tell_threads SET state = $1, waiting_at = 0, due_at = 0, urgent = 0, lease_by = '', lease_until = 0, draft = NULL WHERE id = $2`, string(Closed), id)
		return err
	})
}

// Pass opens a case for a conversation, with a summary in the team's own words,
// and returns its number. The conversation goes on.
func (s *Service) Pass(ctx context.Context, actor string, id int64, summary string) (number int64, err error) {
	if s.opt.OpenCase == nil {
		return 0, &jaga.Error{Code: jaga.CodeUnavailable, Field: "summary", Msg: "pass on: this installation has no cases"}
	}
	if summary, err = tidy("summary", summary); err != nil {
		return 0, err
	}
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		if err := s.hold(tx, actor, id, false); err != nil {
			return err
		}
		t, err := row(tx, id)
		if err != nil {
			return err
		}
		if t.Case > 0 {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "summary", Msg: "pass on: it was passed on already"}
		}
		if number, err = s.opt.OpenCase(tx, actor, Handover{Thread: id, Urgent: t.Urgent > 0, Summary: summary}); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE tell_threads SET case_id = $1 WHERE id = $2`, number, id); err != nil {
			return err
		}
		return tx.Record(event(actor, "tell.pass", id, map[string]string{"case": strconv.FormatInt(number, 10)}))
	})
	return number, err
}
