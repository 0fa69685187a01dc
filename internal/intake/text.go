package intake

import (
	"errors"
	"math/rand/v2"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
)

// MaxText is the longest text that is taken, in bytes.
const MaxText = 4 << 20

func (r Request) isText() bool { return r.Body == nil && len(r.Signals) == 0 && r.Text != "" }

func checkText(r Request) error {
	switch {
	case len(r.Text) > MaxText:
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "text", Msg: "it is longer than 4 MiB"}
	case !utf8.ValidString(r.Text):
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "text", Msg: "it is not text", Hint: "send UTF-8"}
	case len(r.Base) > 8192:
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "base", Msg: "it is longer than 8192 bytes"}
	}
	return nil
}

// text compares the addresses and words of a text with the lists. Of the text
// only what is on a list becomes part of the record, as digests and places: an
// entry that is added later is not looked for in it.
func (s *Service) text(rec Record, q engine.Query, r Request) Record {
	rec.Item.Kind, rec.Bytes = jaga.KindText, int64(len(r.Text))
	spotted := s.eng.Spot(r.Text, r.Base)
	rec.Signals = []jaga.Signal{}
	for _, x := range spotted {
		rec.Signals = append(rec.Signals, x.Signal)
	}
	q.Signals = rec.Signals
	rec.Outcome = s.judgeText(q, spotted)
	return rec
}

// judgeText says what it means that entries of lists stand in a text.
func (s *Service) judgeText(q engine.Query, spotted []engine.Spotted) jaga.Outcome {
	answer, err := s.eng.Match(q)
	places := map[jaga.Signal][]jaga.Place{}
	for _, x := range spotted {
		places[x.Signal] = x.Places
	}
	for i := range answer.Matches {
		m := &answer.Matches[i]
		m.Places = places[m.Signal]
	}
	size := 0
	for t, n := range answer.Asked {
		if t.OfText() {
			size += n
		}
	}
	var checked []jaga.Detector
	var skipped []jaga.Skip
	switch {
	case errors.Is(err, engine.ErrNotLoaded):
		skipped = append(skipped, jaga.Skip{Detector: jaga.DetectorLists, Why: jaga.WhyNotLoaded})
	case err != nil:
		s.opt.Log.Error("match", "error", err)
		skipped = append(skipped, jaga.Skip{Detector: jaga.DetectorLists, Why: jaga.WhyInternal})
	case size == 0:
		skipped = append(skipped, jaga.Skip{Detector: jaga.DetectorLists, Why: jaga.WhyNoBanks})
	default:
		checked = append(checked, jaga.DetectorLists)
	}
	return engine.Judge(answer.Matches, checked, skipped, answer.Version)
}

// Said is a message of a conversation.
type Said struct {
	Source string // who handed it in
	// Ref names the message: its conversation and identifier.
	Ref, Author, Audience string
	Text                  string
	// Once says that Ref names no other message: one that is sent again is not
	// stored again.
	Once bool
}

// Heard compares a message with the lists and stores it as an item in the
// transaction when something of it is on one; of other messages nothing is
// kept. It reports whether it was.
func (s *Service) Heard(tx *store.Tx, m Said) (bool, error) {
	spotted := s.eng.Spot(m.Text, "")
	if len(spotted) == 0 {
		return false, nil
	}
	id, err := uuid.NewV7()
	if err != nil {
		return false, err
	}
	now := time.UnixMicro(tx.Now())
	rec := Record{Item: jaga.Item{ID: id.String(), Source: m.Source, Ref: m.Ref, Kind: jaga.KindMessage, At: now, Author: m.Author, Audience: m.Audience}, Bytes: int64(len(m.Text))}
	q := engine.Query{Now: now, Draw: rand.Float64(), Limit: maxMatches}
	for _, x := range spotted {
		rec.Signals = append(rec.Signals, x.Signal)
	}
	q.Signals = rec.Signals
	rec.Outcome = s.judgeText(q, spotted)
	if len(rec.Outcome.Matches) == 0 {
		return false, nil
	}
	if m.Once {
		had, err := store.One[int64](tx, `SELECT COUNT(*) FROM items WHERE ref = $1 AND kind = $2 AND source = $3`, m.Ref, string(jaga.KindMessage), m.Source)
		if err != nil || had > 0 {
			return false, err
		}
	}
	return true, insert(tx, &rec, s.write.hooks)
}
