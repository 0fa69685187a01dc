package helpcheck

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/contact"
	"github.com/jaga-project/jaga/internal/store"
)

// Channels lists the ways in which a row can be tried.
func Channels() []string { return []string{"phone", "whatsapp", "sms", "web", "visit"} }

// Try is what somebody has to say of a try.
type Try struct {
	Value   string // that was tried, as it was shown
	Channel string // one of Channels
	Note    string // may be empty; at most 255 characters
}

// Correction is a new value and where it stands.
type Correction struct {
	Value    string // that is replaced, as it was shown
	NewValue string
	Source   string // the address of the page
	Dated    string // the date of the page: a day, a month or a year
	Note     string
}

// UndoWithin is how long somebody may take their last act back.
const UndoWithin = 24 * time.Hour

// Answers records that somebody tried a row and was answered.
func (s *Service) Answers(ctx context.Context, who, row string, t Try) error {
	return s.try(ctx, who, row, Answers, "help.answers", t)
}

// NoAnswer records that somebody tried a row and nobody answered. The same
// person counts once a day.
func (s *Service) NoAnswer(ctx context.Context, who, row string, t Try) error {
	return s.try(ctx, who, row, NoAnswer, "help.silent", t)
}

func (s *Service) try(ctx context.Context, who, row string, kind Kind, action string, t Try) error {
	if !slices.Contains(Channels(), t.Channel) {
		return invalid("channel", "%q is no channel", t.Channel)
	}
	if err := checkNote(t.Note); err != nil {
		return err
	}
	a := Act{Row: row, Kind: kind, Value: t.Value, Channel: t.Channel, Note: t.Note}
	return s.write(ctx, who, action, a, nil, func(_ Standing, acts []Act, _ []superseded) error {
		twice := func(b Act) bool {
			return b.UndoneAt == 0 && b.Row == row && b.Kind == kind && b.Who == who && b.Day == s.today() && contact.Same(b.Value, t.Value)
		}
		if slices.ContainsFunc(acts, twice) {
			return conflict("twice", "the same person has said so today")
		}
		return nil
	})
}

// Correct records that a value has changed. The old one never comes back.
func (s *Service) Correct(ctx context.Context, who, row string, c Correction) error {
	c.NewValue, c.Source, c.Dated = strings.TrimSpace(c.NewValue), strings.TrimSpace(c.Source), strings.TrimSpace(c.Dated)
	if u, err := url.Parse(c.Source); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || len(c.Source) > 1000 {
		return invalid("page", "the source is no address of a page")
	}
	if !s.dateOf(c.Dated) {
		return invalid("dated", "%q is no day, month or year up to today", c.Dated)
	}
	if err := checkNote(c.Note); err != nil {
		return err
	}
	a := Act{Row: row, Kind: Corrected, Value: c.Value, NewValue: c.NewValue, Source: c.Source, Dated: c.Dated, Note: c.Note}
	detail := map[string]string{"old": digest(c.Value), "new": digest(c.NewValue), "source": digest(c.Source)}
	return s.write(ctx, who, "help.correct", a, detail, func(now Standing, acts []Act, no []superseded) error {
		if err := checkValue(now.Channel, c.NewValue); err != nil {
			return err
		}
		if contact.Same(now.Value, c.NewValue) {
			return invalid("new_value", "this is the value that is there")
		}
		if retired(c.NewValue, now.Country, no) {
			return conflict("new_value", "this value was replaced before and does not come back")
		}
		return nil
	})
}

// write adds an act, if the row still stands as the person saw it and may
// agrees.
func (s *Service) write(ctx context.Context, who, action string, a Act, detail map[string]string, may func(Standing, []Act, []superseded) error) error {
	s.mu.Lock()
	rows := s.rows
	s.mu.Unlock()
	i := slices.IndexFunc(rows, func(r Row) bool { return r.ID == a.Row })
	if i < 0 {
		return jaga.Errorf(jaga.CodeNotFound, "the help directory has no such row")
	}
	event := custody.Event{Actor: who, Action: action, Subject: Subject(a.Row), Detail: detail}
	if detail == nil {
		event.Detail = map[string]string{"value": digest(a.Value), "channel": a.Channel}
	}
	defer s.forget() // also when the answer was lost on its way
	return s.db.Update(ctx, event, func(tx *store.Tx) error {
		acts, err := all(tx)
		if err != nil {
			return err
		}
		no := gone(s.opt.Superseded, acts)
		now := stand(rows[i], acts, no)
		if now.Value != a.Value {
			return conflict("changed", "the value has changed meanwhile")
		}
		if err := may(now, acts, no); err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO help_acts (row_id, country, act, value, new_value, source, dated, channel, note, day, who, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			a.Row, now.Country, string(a.Kind), now.Value, a.NewValue, a.Source, a.Dated, a.Channel, a.Note, s.today(), who, s.opt.Now().UnixMicro())
		return err
	})
}

// Undo takes back the act, which must be the last one of this person and on
// this row, and not be older than [UndoWithin].
func (s *Service) Undo(ctx context.Context, who string, id int64) (row string, err error) {
	last, ok, err := s.Last(ctx, who)
	if err != nil {
		return "", err
	}
	if !ok || last.ID != id {
		return "", conflict("undo", "this act can no longer be taken back")
	}
	defer s.forget()
	return last.Row, s.db.Update(ctx, custody.Event{Actor: who, Action: "help.undo", Subject: Subject(last.Row), Detail: map[string]string{"act": strconv.FormatInt(id, 10)}}, func(tx *store.Tx) error {
		acts, err := all(tx)
		if err != nil {
			return err
		}
		if a, ok := s.last(who, acts); !ok || a.ID != id {
			return conflict("undo", "this act can no longer be taken back")
		}
		_, err = tx.Exec(`UPDATE help_acts SET undone_at = $1 WHERE id = $2 AND undone_at = 0`, s.opt.Now().UnixMicro(), id)
		return err
	})
}

// Last returns the act that somebody can still take back.
func (s *Service) Last(ctx context.Context, who string) (last Act, ok bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		acts, err := all(tx)
		last, ok = s.last(who, acts)
		return err
	})
	return last, ok, err
}

func (s *Service) last(who string, acts []Act) (Act, bool) {
	mine := -1
	for i, a := range acts {
		if a.Who == who && a.UndoneAt == 0 {
			mine = i
		}
	}
	if mine < 0 || s.opt.Now().Sub(time.UnixMicro(acts[mine].At)) > UndoWithin {
		return Act{}, false
	}
	a := acts[mine]
	for _, b := range acts[mine+1:] {
		if b.Row == a.Row && b.UndoneAt == 0 {
			return Act{}, false // somebody has built on it
		}
	}
	return a, true
}

// Subject names a row in custody records.
func Subject(row string) string { return "help:" + row }

func (s *Service) today() string { return s.opt.Now().Format(time.DateOnly) }

func (s *Service) dateOf(text string) bool {
	for _, form := range []string{time.DateOnly, "2006-01", "2006"} {
		if at, err := time.Parse(form, text); err == nil {
			return at.Year() >= 1990 && !at.After(s.opt.Now().AddDate(0, 0, 1))
		}
	}
	return false
}

func checkNote(note string) error {
	if utf8.RuneCountInString(note) > 255 || !utf8.ValidString(note) || strings.ContainsFunc(note, unicode.IsControl) {
		return invalid("note", "the note has more than 255 characters, or is no text")
	}
	return nil
}

var (
	telephone = regexp.MustCompile(`^\+?[0-9][0-9 ().-]{1,24}$`)
	whatsapp  = regexp.MustCompile(`^\+[1-9][0-9 ().-]{7,24}$`)
)

// checkValue says what is wrong with the form of a value.
func checkValue(channel, value string) error {
	switch channel {
	case "phone", "sms":
		if !telephone.MatchString(value) {
			return invalid("new_value", "%q is no telephone number", value)
		}
	case "whatsapp":
		if !whatsapp.MatchString(value) {
			return invalid("new_value", "%q is no number with the code of its country", value)
		}
	case "web":
		if u, err := url.Parse(value); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(value) > 500 || strings.ContainsFunc(value, unicode.IsSpace) {
			return invalid("new_value", "%q is no address that begins with https://", value)
		}
	default:
		if value == "" || utf8.RuneCountInString(value) > 100 || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
			return invalid("new_value", "it is empty or too long")
		}
	}
	return nil
}

// digest stands for a value in the custody log, which holds no content.
func digest(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:8])
}
