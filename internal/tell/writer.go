package tell

import (
	"context"
	"crypto/hmac"
	"net/netip"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/store"
)

// Letter is a first message as it was typed.
type Letter struct {
	// Token is that of the form; one that no form has stands for a new one.
	Token string
	// Lang is the language of the page, "en" or "id".
	Lang string
	Text string
}

// Sent is what a writer gets for a message.
type Sent struct {
	Number, PIN string // as people write them; they are kept nowhere
	// Twice says that the same form had come before.
	Twice bool
}

// Thread is a conversation as its writer sees it.
type Thread struct {
	State    State
	Messages []Line // the oldest first
	// Due is when there should be an answer; zero of one that does not wait.
	Due time.Time
	// Passed says that the team passed it on.
	Passed bool
	// Full says that the writer can write no more before there is an answer.
	Full bool
	// Kept is until when it is kept if nobody writes.
	Kept time.Time
}

// Line is one message of a conversation.
type Line struct {
	Team bool // or else the writer
	At   time.Time
	Text string
}

// tokenLen is the length of tokens (crypto/rand.Text).
const tokenLen = 26

// Send takes in a first message. The same form that comes again within about an
// hour gets the same number and PIN; another text with it is added as a further
// message.
func (s *Service) Send(ctx context.Context, from netip.Addr, l Letter) (Sent, error) {
	if !s.Open() {
		return Sent{}, &jaga.Error{Code: jaga.CodeUnavailable, Field: "off", Msg: "send message: nobody reads messages here"}
	}
	text, err := tidy("text", l.Text)
	if err != nil {
		return Sent{}, err
	}
	if l.Lang != "id" {
		l.Lang = "en"
	}
	if len(l.Token) != tokenLen {
		l.Token = s.Token()
	}
	number, pin := slip.Checked(s.keys.seed(l.Token))
	n, _ := slip.CheckedNumber(number)
	p, _ := slip.LongPIN(pin)
	now := s.now()
	if !s.sent.Take(now, from) {
		return Sent{}, busy("flood", "send message: too many came in from here")
	}
	if !s.sentDay.Take(now, from) {
		s.sent.Give(now, from)
		return Sent{}, busy("flood", "send message: too many came in from here")
	}
	var slow []byte
	giveBack := func() {
		s.sent.Give(now, from)
		s.sentDay.Give(now, from)
	}
	if err := s.gate.through(ctx, func() (err error) { slow, err = s.keys.pin(n, p); return err }); err != nil {
		giveBack()
		return Sent{}, err
	}
	urgent, twice := s.opt.Urgent(text), false
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		old, err := store.All[threadRow](tx, `SELECT `+threadColumns+` FROM tell_threads WHERE number = $1`, s.keys.digest("number", n))
		if err != nil {
			return err
		}
		if len(old) == 1 {
			twice, err = s.again(tx, old[0], text, urgent)
			return err
		}
		counts, err := store.One[struct{ Waiting, All int64 }](tx, `SELECT COALESCE(SUM(CASE WHEN state = $1 THEN 1 ELSE 0 END), 0), COUNT(*) FROM tell_threads`, string(Waiting))
		if err != nil {
			return err
		}
		if counts.Waiting >= waitingMost || counts.All >= threadsMost {
			return busy("full", "send message: too many wait for an answer")
		}
		at := s.hour().UnixMicro()
		id, err := store.One[int64](tx, `INSERT INTO tell_threads (number, pin, lang, state, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5) RETURNING id`,
			s.keys.digest("number", n), slow, l.Lang, string(Closed), at)
		if err != nil {
			return err
		}
		if err := tally(tx, "received", 1); err != nil {
			return err
		}
		return s.put(tx, threadRow{ID: id, State: string(Closed)}, 1, text, urgent)
	})
	if err != nil {
		giveBack()
		return Sent{}, err
	}
	return Sent{number, pin, twice}, nil
}

// again is what a form does that came before.
func (s *Service) again(tx *store.Tx, t threadRow, text string, urgent bool) (twice bool, err error) {
	if age := s.hour().Sub(time.UnixMicro(t.Created)); age > time.Hour || age < -time.Hour {
		// The form lies open somewhere, and whoever sends it now may be another.
		return false, &jaga.Error{Code: jaga.CodeConflict, Field: "sent", Msg: "send message: this form was sent before"}
	}
	lines, err := s.lines(tx, t.ID)
	if err != nil {
		return false, err
	}
	for _, l := range lines {
		if !l.Team && l.Text == text {
			return true, nil
		}
	}
	if full(lines) {
		return false, busy("enough", "send message: too many messages without an answer")
	}
	return false, s.put(tx, t, int64(len(lines)+1), text, urgent)
}

// put stores a message of the writer's; the conversation waits from then on. An
// answer that was overdue stays so.
func (s *Service) put(tx *store.Tx, t threadRow, seq int64, text string, urgent bool) error {
	at := s.hour()
	if _, err := tx.Exec(`INSERT INTO tell_messages (thread_id, seq, team, at, sealed) VALUES ($1, $2, 0, $3, $4)`,
		t.ID, seq, at.UnixMicro(), s.keys.seal(place("writer", t.ID, seq), text)); err != nil {
		return err
	}
	mark := int64(0)
	if urgent {
		mark = 1
	}
	if State(t.State) == Waiting {
		_, err := tx.Exec(`UPDATE tell_threads SET changed_at = $1, old_at = 0, urgent = CASE WHEN urgent > $2 THEN urgent ELSE $2 END WHERE id = $3`, at.UnixMicro(), mark, t.ID)
		return err
	}
	due := int64(0)
	if d := s.due(); !d.IsZero() {
		due = d.UnixMicro()
	}
	_, err := tx.Exec(`UPDATE tell_threads SET state = $1, changed_at = $2, waiting_at = $2, due_at = $3, urgent = $4, old_at = 0 WHERE id = $5`,
		string(Waiting), at.UnixMicro(), due, mark, t.ID)
	return err
}

// full reports whether the writer has to wait for an answer before the next
// message.
func full(lines []Line) bool {
	n := 0
	for _, l := range lines {
		n++
		if l.Team {
			n = 0
		}
	}
	return n >= inARow || len(lines) >= messagesMost
}

// threadRow is a row of tell_threads.
type threadRow struct {
	ID, Urgent                 int64
	PIN                        []byte
	Lang, State                string
	Created, Changed, Since    int64
	Due                        int64
	LeaseBy                    string
	LeaseUntil, Case, Messages int64
	HasDraft                   int64
}

const threadColumns = `id, urgent, pin, lang, state, created_at, changed_at, waiting_at, due_at, lease_by, lease_until, case_id,
	(SELECT COUNT(*) FROM tell_messages m WHERE m.thread_id = tell_threads.id), CASE WHEN draft IS NULL THEN 0 ELSE 1 END`

// lines opens the messages of a conversation.
func (s *Service) lines(tx *store.Tx, id int64) (out []Line, err error) {
	rows, err := store.All[struct {
		Seq, Team, At int64
		Sealed        []byte
	}](tx, `SELECT seq, team, at, sealed FROM tell_messages WHERE thread_id = $1 ORDER BY seq`, id)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		who := "writer"
		if r.Team == 1 {
			who = "team"
		}
		text, err := s.keys.open(place(who, id, r.Seq), r.Sealed)
		if err != nil {
			return nil, &jaga.Error{Code: jaga.CodeInternal, Field: Subject(id), Msg: err.Error(), Err: err}
		}
		out = append(out, Line{r.Team == 1, time.UnixMicro(r.At), text})
	}
	return out, nil
}

// find returns the conversation of a number and a PIN as they were typed.
func (s *Service) find(ctx context.Context, from netip.Addr, typedNumber, typedPIN string) (t threadRow, err error) {
	n, isNumber := slip.CheckedNumber(typedNumber)
	p, isPIN := slip.LongPIN(typedPIN)
	if !isNumber || !isPIN {
		// No number has these letters, so this tells nothing about any.
		field := "typo_number"
		if isNumber {
			field = "typo_pin"
		}
		return t, &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: "find conversation: this cannot be a number and a PIN"}
	}
	now := s.now()
	if !s.wrong.Take(now, from) {
		return t, busy("wait", "find conversation: too many wrong numbers or PINs came from here")
	}
	key := s.keys.digest("number", n)
	if !s.locks.try(now, key, from) {
		return t, busy("locked", "find conversation: too many wrong PINs came from here")
	}
	var slow []byte
	if err := s.gate.through(ctx, func() (err error) { slow, err = s.keys.pin(n, p); return err }); err != nil {
		return t, err
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		found, err := store.All[threadRow](tx, `SELECT `+threadColumns+` FROM tell_threads WHERE number = $1`, key)
		if len(found) == 1 {
			t = found[0]
		}
		return err
	})
	if err != nil {
		return threadRow{}, err
	}
	// Compared also where there is none, so that both take as long.
	if !hmac.Equal(slow, t.PIN) {
		return threadRow{}, &jaga.Error{Code: jaga.CodeDenied, Field: "pin", Msg: "find conversation: number and PIN do not fit"}
	}
	s.wrong.Give(now, from)
	s.locks.right(key, from)
	return t, nil
}

// Look returns a conversation to its writer.
func (s *Service) Look(ctx context.Context, from netip.Addr, number, pin string) (Thread, error) {
	t, err := s.find(ctx, from, number, pin)
	if err != nil {
		return Thread{}, err
	}
	return s.thread(ctx, t.ID)
}

func (s *Service) thread(ctx context.Context, id int64) (out Thread, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		t, err := row(tx, id)
		if err != nil {
			return err
		}
		if out.Messages, err = s.lines(tx, id); err != nil {
			return err
		}
		out.State, out.Passed, out.Full = State(t.State), t.Case > 0, full(out.Messages)
		out.Kept = time.UnixMicro(t.Changed).Add(s.kept())
		if out.State == Waiting && t.Due > 0 {
			out.Due = time.UnixMicro(t.Due)
		}
		return nil
	})
	return out, err
}

// row returns a conversation by its id.
func row(tx *store.Tx, id int64) (threadRow, error) {
	found, err := store.All[threadRow](tx, `SELECT `+threadColumns+` FROM tell_threads WHERE id = $1`, id)
	if err == nil && len(found) == 0 {
		err = notThere()
	}
	if err != nil {
		return threadRow{}, err
	}
	return found[0], nil
}

// Reply adds a message of the writer's. The same text again is noticed: twice
// is true then, and nothing is added.
func (s *Service) Reply(ctx context.Context, from netip.Addr, number, pin, typed string) (out Thread, twice bool, err error) {
	t, err := s.find(ctx, from, number, pin)
	if err != nil {
		return Thread{}, false, err
	}
	text, textErr := tidy("text", typed)
	if textErr == nil {
		urgent := s.opt.Urgent(text)
		err = s.db.Bulk(ctx, func(tx *store.Tx) error {
			t, err := row(tx, t.ID)
			if err != nil {
				return err
			}
			lines, err := s.lines(tx, t.ID)
			if err != nil {
				return err
			}
			for i := len(lines) - 1; i >= 0 && !lines[i].Team && !twice; i-- {
				twice = lines[i].Text == text
			}
			switch {
			case twice:
				return nil
			case full(lines):
				return busy("enough", "write on: too many messages without an answer")
			}
			if err := tally(tx, "followed", 1); err != nil {
				return err
			}
			return s.put(tx, t, int64(len(lines)+1), text, urgent)
		})
		textErr = err
	}
	// The conversation is shown beside what is wrong.
	out, err = s.thread(ctx, t.ID)
	if textErr != nil {
		err = textErr
	}
	return out, twice, err
}

// Delete removes a conversation for good.
func (s *Service) Delete(ctx context.Context, from netip.Addr, number, pin string) error {
	t, err := s.find(ctx, from, number, pin)
	if err != nil {
		return err
	}
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		if err := remove(tx, t.ID); err != nil {
			return err
		}
		return tally(tx, "deleted", 1)
	})
}

func remove(tx *store.Tx, id int64) error {
	if _, err := tx.Exec(`DELETE FROM tell_messages WHERE thread_id = $1`, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM tell_threads WHERE id = $1`, id)
	return err
}
