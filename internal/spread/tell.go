package spread

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
)

// Batch is what a platform tells at once.
type Batch struct {
	// ID is the platform's own number of it, 1 to 200 characters. A batch that
	// is sent again counts once.
	ID string
	// Seen are 1 to [MostSeen] observations.
	Seen []Seen
}

// Seen is an observation: how often something happened to one picture or film
// within an hour or so. It names a hash or an item, and not both.
type Seen struct {
	Hash jaga.Signal // Type and Value; the quality does not matter
	Item string      // the number of an item that was handed in here
	Kind Kind
	At   time.Time // within the last two years
	// Account is by whom, pseudonymous; empty is not said.
	Account string
	Count   int64 // 1 to [MostCount]; 0 is 1
}

// Bounds of a batch.
const (
	MostSeen  = 1000
	MostCount = 1_000_000
	// mostAccount is the longest account, in bytes.
	mostAccount = 512
	mostID      = 200
	// ahead is how far the clock of a platform may be before ours.
	ahead = 5 * time.Minute
)

// Taken says what became of a batch.
type Taken struct {
	Counted int64 // how often it happened to known material
	// Ignored is how many observations are of material that is not known here.
	// Nothing of them is kept.
	Ignored  int64
	Repeated bool // it was taken before, with this answer
}

// known is an observation of material that is known.
type known struct {
	Seen
	subject string
	entries []int64
}

// Tell counts a batch, all of it or nothing, and is written in the custody log.
// source is who tells. The same batch counts once; another one under the number
// of an earlier one is a conflict.
func (s *Service) Tell(ctx context.Context, source string, b Batch) (Taken, error) {
	now := s.opt.Now()
	if err := b.check(now); err != nil {
		return Taken{}, err
	}
	data, err := json.Marshal(b.Seen)
	if err != nil {
		return Taken{}, err
	}
	id, content := s.digest("batch", source, b.ID), s.digest("content", string(data))
	list, ignored, err := s.sort(ctx, b.Seen)
	if err != nil {
		return Taken{}, err
	}
	var out Taken
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		out = Taken{}
		if err := tx.Lock(); err != nil {
			return err
		}
		type row struct {
			Content          string
			Counted, Ignored int64
		}
		had, err := store.All[row](tx, `SELECT content, counted, ignored FROM spread_batches WHERE source = $1 AND batch = $2`, source, id)
		switch {
		case err != nil:
			return err
		case len(had) > 0 && had[0].Content != content:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "id", Msg: "tell of spread: another batch had this id", Hint: "give each batch an id of its own"}
		case len(had) > 0:
			out = Taken{had[0].Counted, had[0].Ignored, true}
			return nil
		}
		sums := map[Kind]int64{}
		for _, k := range list {
			sums[k.Kind] += k.Count
			out.Counted += k.Count
		}
		out.Ignored = ignored
		if err := s.count(tx, source, list); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO spread_batches (source, batch, content, at, counted, ignored) VALUES ($1, $2, $3, $4, $5, $6)`, source, id, content, now.UnixMicro(), out.Counted, out.Ignored); err != nil {
			return err
		}
		detail := map[string]string{"observations": strconv.Itoa(len(b.Seen)), "ignored": strconv.FormatInt(ignored, 10), "content": content}
		for kind, n := range sums {
			detail[string(kind)] = strconv.FormatInt(n, 10)
		}
		return tx.Record(custody.Event{Actor: source, Action: "spread.told", Subject: "spread:" + id, Detail: detail})
	})
	return out, err
}

// sort finds out which observations are of known material.
func (s *Service) sort(ctx context.Context, list []Seen) (out []known, ignored int64, err error) {
	for i, x := range list {
		x.Count = cmp.Or(x.Count, 1)
		k := known{Seen: x}
		found := false
		if x.Item != "" {
			k.subject = s.item(x.Item)
			k.entries, found, err = s.opt.Item(ctx, x.Item)
			if jaga.CodeOf(err) == jaga.CodeNotFound {
				err = nil
			}
		} else {
			if k.subject, err = s.hash(x.Hash); err == nil {
				k.entries, err = s.matches(x.Hash)
			}
		}
		switch {
		case errors.Is(err, engine.ErrNotLoaded):
			return nil, 0, &jaga.Error{Code: jaga.CodeUnavailable, Field: "banks", Msg: "tell of spread: the banks are not loaded yet", Hint: "send the batch again in a minute, with the same id"}
		case err != nil:
			return nil, 0, fmt.Errorf("tell of spread: observation %d: %w", i, err)
		case len(k.entries) == 0 && !found:
			ignored++
		default:
			out = append(out, k)
		}
	}
	return out, ignored, nil
}

// count adds observations up, each row once.
func (s *Service) count(tx *store.Tx, source string, list []known) error {
	type cell struct {
		subject string
		kind    Kind
		hour    int64
	}
	type link struct {
		entry   int64
		subject string
	}
	hours, links, accounts := map[cell]int64{}, map[link]bool{}, map[string]map[string]bool{}
	for _, k := range list {
		hours[cell{k.subject, k.Kind, k.At.Unix() / 3600}] += k.Count
		for _, e := range k.entries {
			links[link{e, k.subject}] = true
		}
		if k.Account != "" {
			if accounts[k.subject] == nil {
				accounts[k.subject] = map[string]bool{}
			}
			accounts[k.subject][s.digest("account", source, k.Account)] = true
		}
	}
	for c, n := range hours {
		if _, err := tx.Exec(`INSERT INTO spread_hours (subject, kind, hour, n) VALUES ($1, $2, $3, $4) ON CONFLICT (subject, kind, hour) DO UPDATE SET n = spread_hours.n + $4`, c.subject, string(c.kind), c.hour, n); err != nil {
			return err
		}
	}
	for l := range links {
		if _, err := tx.Exec(`INSERT INTO spread_entries (entry, subject) VALUES ($1, $2) ON CONFLICT DO NOTHING`, l.entry, l.subject); err != nil {
			return err
		}
	}
	for subject, who := range accounts {
		n, err := store.One[int64](tx, `SELECT COUNT(*) FROM spread_accounts WHERE subject = $1`, subject)
		if err != nil {
			return err
		}
		for account := range who {
			if n >= MostAccounts {
				break
			}
			added, err := tx.Exec(`INSERT INTO spread_accounts (subject, account) VALUES ($1, $2) ON CONFLICT DO NOTHING`, subject, account)
			if err != nil {
				return err
			}
			n += added
		}
	}
	return nil
}

// MostAccounts is up to how many different accounts are counted for one hash or
// item. Where there are as many, there may be more.
const MostAccounts = 1000

func (b Batch) check(now time.Time) error {
	switch {
	case !plain(b.ID, mostID) || b.ID == "":
		return invalid("id", "it must be 1 to 200 characters, without control characters")
	case len(b.Seen) == 0:
		return invalid("observations", "there are none")
	case len(b.Seen) > MostSeen:
		return invalid("observations", fmt.Sprintf("there are more than %d", MostSeen))
	}
	for i, x := range b.Seen {
		if field, msg := x.fault(now); field != "" {
			return invalid(fmt.Sprintf("observations[%d].%s", i, field), msg)
		}
	}
	return nil
}

// fault says what is wrong with an observation, and in which field.
func (x Seen) fault(now time.Time) (field, msg string) {
	hasHash := x.Hash.Type != "" || x.Hash.Value != ""
	switch {
	case hasHash == (x.Item != ""):
		return "hash", "name a hash or an item, and not both"
	case x.Item != "" && uuid.Validate(x.Item) != nil:
		return "item", "this is no number of an item"
	case !slices.Contains(Kinds(), x.Kind):
		return "kind", "it must be viewed, sent, received or reported"
	case x.At.After(now.Add(ahead)):
		return "at", "it is in the future"
	case x.At.Before(now.Add(-keep)):
		return "at", "it is more than two years ago"
	case !plain(x.Account, mostAccount):
		return "account", "it must be at most 512 bytes, without control characters"
	case x.Count < 0 || x.Count > MostCount:
		return "count", fmt.Sprintf("it must be 1 to %d", MostCount)
	}
	if hasHash {
		if _, err := engine.ParseValue(x.Hash.Type, x.Hash.Value); err != nil {
			return "hash", "this is no hash of this type"
		}
	}
	return "", ""
}

func plain(text string, most int) bool {
	return len(text) <= most && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

func invalid(field, msg string) error {
	return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: "tell of spread: " + msg}
}
