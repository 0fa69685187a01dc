// Package agreed keeps settings that take two people: one person asks for a
// change, with a reason, and another one agrees, as for the destruction of
// evidence. What a setting means is for its caller; to this package it is a name
// and a value.
//
// A change to what is safer, such as keeping something for longer, takes nobody's
// agreement: the caller takes it by [Take] or [Service.End].
//
// Every change is a custody record in its transaction. It has the name, both values
// and who asked; the reason is sealed. Methods that change something want a
// transaction of [store.DB.Update] or one that has locked the custody log.
package agreed

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/sealed"
	"github.com/jaga-project/jaga/internal/store"
)

// State is where a wish stands.
type State string

// The states of a wish.
const (
	Asked   State = "asked"
	Refused State = "refused"
	Done    State = "done"
)

// States lists them.
func States() []State { return []State{Asked, Refused, Done} }

// MaxReason is the longest reason, in bytes.
const MaxReason = 1000

// Value is a setting as it is in force.
type Value struct {
	Name, Value string
	// Wish is the number of the wish that brought it, 0 where none did.
	Wish int64
	At   int64 // microseconds
}

// Wish is a change that somebody asked for.
type Wish struct {
	ID          int64
	Name        string
	Was, Wanted string
	Reason      string
	State       State
	AskedBy     string
	AskedAt     int64 // microseconds
	DecidedBy   string
	DecidedAt   int64
}

// Service keeps settings. It is safe for concurrent use.
type Service struct{ key *sealed.Key }

// New returns a service; secret is the installation's, of 16 bytes at least.
func New(secret []byte) (*Service, error) {
	k, err := sealed.New(secret, "jaga settings seal")
	return &Service{k}, err
}

var nameText = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,79}$`)

// Get returns the setting in force; ok is false where there is none.
func Get(tx *store.Tx, name string) (v Value, ok bool, err error) {
	rows, err := store.All[Value](tx, `SELECT name, value, wish, at FROM agreed_settings WHERE name = $1`, name)
	if err != nil || len(rows) == 0 {
		return Value{Name: name}, false, err
	}
	return rows[0], true, nil
}

// put makes a value the one in force and records it.
func put(tx *store.Tx, actor, name, was, value string, wish int64, detail map[string]string) error {
	if _, err := tx.Exec(`INSERT INTO agreed_settings (name, value, wish, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, wish = excluded.wish, at = excluded.at`, name, value, wish, tx.Now()); err != nil {
		return err
	}
	detail["from"], detail["to"] = was, value
	return tx.Record(custody.Event{Actor: actor, Action: "setting.change", Subject: "setting:" + name, Detail: detail})
}

// Take puts a value into force that is safer than the one that is, or the first
// one, for which nobody has to be asked. A wish about the setting that waits ends:
// what it was to change is not so any more.
func Take(tx *store.Tx, actor, name, value string) error {
	if !nameText.MatchString(name) {
		return jaga.Errorf(jaga.CodeInternal, "take setting: %q is no name", name)
	}
	now, _, err := Get(tx, name)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE setting_wishes SET state = 'refused', decided_by = $1, decided_at = $2 WHERE name = $3 AND state = 'asked'`, actor, tx.Now(), name); err != nil {
		return err
	}
	return put(tx, actor, name, now.Value, value, 0, map[string]string{})
}

// person reports whether an actor is a human being who signed in.
func person(actor string) bool { return strings.HasPrefix(actor, "person:") }

func denied(msg string) error {
	return &jaga.Error{Code: jaga.CodeDenied, Field: "person", Msg: "change setting: " + msg}
}

func place(id int64) string { return "setting wish " + strconv.FormatInt(id, 10) }

// Ask asks for a change and returns the number of the wish. Only people ask, with
// a reason, and one wish about a setting waits at a time.
func (s *Service) Ask(tx *store.Tx, actor, name, wanted, reason string) (int64, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case !person(actor):
		return 0, denied("only people ask for it")
	case !nameText.MatchString(name):
		return 0, &jaga.Error{Code: jaga.CodeInvalid, Field: "setting", Msg: "change setting: there is no such setting"}
	case reason == "" || len(reason) > MaxReason || strings.ContainsRune(reason, 0):
		return 0, &jaga.Error{Code: jaga.CodeInvalid, Field: "reason", Msg: "change setting: a reason of at most 1,000 bytes must be stated"}
	}
	now, _, err := Get(tx, name)
	if err != nil {
		return 0, err
	}
	if now.Value == wanted {
		return 0, &jaga.Error{Code: jaga.CodeConflict, Field: "setting", Msg: "change setting: it is so already"}
	}
	id, err := store.One[int64](tx, `INSERT INTO setting_wishes (name, was, wanted, words, state, asked_by, asked_at) VALUES ($1, $2, $3, $4, 'asked', $5, $6) RETURNING id`,
		name, now.Value, wanted, []byte{}, actor, tx.Now())
	if jaga.CodeOf(err) == jaga.CodeConflict {
		return 0, &jaga.Error{Code: jaga.CodeConflict, Field: "setting", Msg: "change setting: somebody asked for a change already", Hint: "another person can agree or refuse"}
	}
	if err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`UPDATE setting_wishes SET words = $1 WHERE id = $2`, s.key.Seal(place(id), []byte(reason)), id); err != nil {
		return 0, err
	}
	return id, tx.Record(custody.Event{Actor: actor, Action: "setting.ask", Subject: "setting:" + name, Detail: map[string]string{"wish": strconv.FormatInt(id, 10), "from": now.Value, "to": wanted}})
}

// open returns a wish that waits, for a person who decides it.
func (s *Service) open(tx *store.Tx, actor string, id int64) (Wish, error) {
	list, err := s.wishes(tx, `id = $1`, id)
	switch {
	case err != nil:
		return Wish{}, err
	case len(list) == 0:
		return Wish{}, &jaga.Error{Code: jaga.CodeNotFound, Field: "wish", Msg: "change setting: there is no such wish"}
	case !person(actor):
		return Wish{}, denied("only people decide on it")
	case list[0].State != Asked:
		return Wish{}, &jaga.Error{Code: jaga.CodeConflict, Field: "wish", Msg: "change setting: this was decided already: " + string(list[0].State)}
	}
	return list[0], nil
}

// Agree puts a wish into force, for another person than the one who asked.
func (s *Service) Agree(tx *store.Tx, actor string, id int64) (Wish, error) {
	w, err := s.open(tx, actor, id)
	if err != nil {
		return w, err
	}
	if w.AskedBy == actor {
		return w, denied("another person than the one who asked must agree")
	}
	if err := decide(tx, actor, id, Done); err != nil {
		return w, err
	}
	return w, put(tx, actor, w.Name, w.Was, w.Wanted, id, map[string]string{"wish": strconv.FormatInt(id, 10), "asked_by": w.AskedBy})
}

// Refuse ends a wish without changing anything. Who asked may take it back so.
func (s *Service) Refuse(tx *store.Tx, actor string, id int64) error {
	w, err := s.open(tx, actor, id)
	if err != nil {
		return err
	}
	if err := decide(tx, actor, id, Refused); err != nil {
		return err
	}
	return tx.Record(custody.Event{Actor: actor, Action: "setting.refuse", Subject: "setting:" + w.Name, Detail: map[string]string{"wish": strconv.FormatInt(id, 10)}})
}

func decide(tx *store.Tx, actor string, id int64, to State) error {
	_, err := tx.Exec(`UPDATE setting_wishes SET state = $1, decided_by = $2, decided_at = $3 WHERE id = $4`, string(to), actor, tx.Now(), id)
	return err
}

// Wishes lists those that wait, and the newest that were decided, at most limit of
// each, the newest first.
func (s *Service) Wishes(tx *store.Tx, limit int) (waiting, past []Wish, err error) {
	if waiting, err = s.wishes(tx, `state = 'asked' ORDER BY id DESC LIMIT $1`, int64(limit)); err != nil {
		return nil, nil, err
	}
	past, err = s.wishes(tx, `state <> 'asked' ORDER BY id DESC LIMIT $1`, int64(limit))
	return waiting, past, err
}

func (s *Service) wishes(tx *store.Tx, where string, args ...any) (out []Wish, err error) {
	type row struct {
		ID                int64
		Name, Was, Wanted string
		Words             []byte
		State, AskedBy    string
		AskedAt           int64
		DecidedBy         string
		DecidedAt         int64
	}
	rows, err := store.All[row](tx, `SELECT id, name, was, wanted, words, state, asked_by, asked_at, decided_by, decided_at FROM setting_wishes WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		reason, err := s.key.Open(place(r.ID), r.Words)
		if err != nil {
			return nil, err
		}
		out = append(out, Wish{r.ID, r.Name, r.Was, r.Wanted, string(reason), State(r.State), r.AskedBy, r.AskedAt, r.DecidedBy, r.DecidedAt})
	}
	return out, nil
}
