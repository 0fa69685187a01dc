package live

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Filter chooses watches, the newest first.
type Filter struct {
	Over   *bool  // only those that are over, or are not; nil is all
	Ref    string // empty is any
	Before string // older than the one with this id
	Limit  int    // at most 500; 0 is 100
	Unless Sight  // leaves out what the reader must not see
}

// Sight is what a reader must not see: watches of which an item or a finding of the
// chat is hidden. Its zero value hides nothing.
type Sight struct {
	Items store.Condition // true for the identifiers of items that are hidden
	Talks store.Condition // the same for findings of conversations
}

// condition is true for hidden rows of live_watches; it is empty where nothing is
// hidden.
func (s Sight) condition(arg func(any) string) string {
	var parts []string
	if s.Items != nil {
		parts = append(parts, `EXISTS (SELECT 1 FROM items WHERE items.ref = 'live/' || live_watches.id AND `+s.Items("items.id", arg)+`)`)
	}
	if s.Talks != nil {
		parts = append(parts, `EXISTS (SELECT 1 FROM talk_findings WHERE talk_findings.conversation = 'live/' || live_watches.id AND `+s.Talks("talk_findings.id", arg)+`)`)
	}
	return strings.Join(parts, " OR ")
}

// arguments collects the arguments of a query, and marks them.
type arguments []any

func (a *arguments) mark(v any) string {
	*a = append(*a, v)
	return fmt.Sprintf("$%d", len(*a))
}

// List returns watches as they stand.
func (s *Service) List(ctx context.Context, f Filter) (out []Watch, err error) {
	where, args := `1 = 1`, arguments{}
	if f.Over != nil {
		in := `IN`
		if !*f.Over {
			in = `NOT IN`
		}
		where += ` AND state ` + in + ` ('ended', 'stopped')`
	}
	if f.Ref != "" {
		where += ` AND ref = ` + args.mark(f.Ref)
	}
	if f.Before != "" {
		where += ` AND id < ` + args.mark(f.Before)
	}
	if hidden := f.Unless.condition(args.mark); hidden != "" {
		where += ` AND NOT (` + hidden + `)`
	}
	limit := args.mark(int64(min(cmp.Or(f.Limit, 100), 500)))
	out = []Watch{}
	err = s.opt.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[watchRow](tx, `SELECT `+watchColumns+` FROM live_watches WHERE `+where+` ORDER BY id DESC LIMIT `+limit, args...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if w := s.get(r.ID); w != nil {
				out = append(out, w.detail(time.Now()).Watch)
				continue
			}
			d, err := s.stored(tx, r)
			if err != nil {
				return err
			}
			out = append(out, d.Watch)
		}
		return nil
	})
	return out, err
}

// Sees reports whether a reader may see a watch. One that is not there is seen:
// [Service.Get] says that it is not.
func (s *Service) Sees(ctx context.Context, id string, sight Sight) (bool, error) {
	var args arguments
	hidden := sight.condition(args.mark)
	if hidden == "" {
		return true, nil
	}
	var n int64
	err := s.opt.DB.View(ctx, func(tx *store.Tx) (err error) {
		n, err = store.One[int64](tx, `SELECT COUNT(*) FROM live_watches WHERE (`+hidden+`) AND id = `+args.mark(id), args...)
		return err
	})
	return n == 0, err
}

// Get returns one watch with everything that happened in it.
func (s *Service) Get(ctx context.Context, id string) (d Detail, err error) {
	if w := s.get(id); w != nil {
		return w.detail(time.Now()), nil
	}
	err = s.opt.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[watchRow](tx, `SELECT `+watchColumns+` FROM live_watches WHERE id = $1`, id)
		if err == nil && len(rows) == 0 {
			err = notFound()
		}
		if err != nil {
			return err
		}
		d, err = s.stored(tx, rows[0])
		return err
	})
	return d, err
}

// stored is a watch that does not run.
func (s *Service) stored(tx *store.Tx, r watchRow) (d Detail, err error) {
	if d.Watch, _, err = r.watch(); err != nil {
		return d, err
	}
	if d.Marks, err = loadMarks(tx, r.ID); err != nil {
		return d, err
	}
	if d.Slots, err = loadSlots(tx, r.ID); err != nil {
		return d, err
	}
	c := NewCrowd(r.Account)
	if len(r.People) > 0 {
		text, err := s.key.Open("live people "+r.ID, r.People)
		if err != nil {
			return d, err
		}
		if err := c.decode(text, d.Slots); err != nil {
			return d, fmt.Errorf("who did what in the watch %s: %w", r.ID, err)
		}
	}
	end := time.Now()
	if d.EndedAt != nil {
		end = *d.EndedAt
	}
	d.Parts, d.Unchecked = c.Parts(end, mostParts), unchecked(c, d.Counts)
	d.Speech = heardBefore(d.Counts)
	d.Marks, d.Slots = orEmpty(d.Marks), orEmpty(d.Slots)
	d.summary()
	return d, nil
}

// mostParts is how many parts of accounts are told of.
const mostParts = 200

// unchecked lists what was not looked at throughout.
func unchecked(c *Crowd, n Counts) []string {
	var out []string
	if n.Sound == 0 {
		out = append(out, "sound")
	}
	if n.Heard == 0 && !c.kinds[EventSpeech] {
		out = append(out, "speech")
	}
	return append(out, c.Unchecked()...)
}

// heardBefore says how speech was listened to in a watch that is over.
func heardBefore(n Counts) Speech {
	switch {
	case n.Heard > 0:
		return Speech{State: SpeechHears}
	case n.Unheard > 0:
		return Speech{State: SpeechFails}
	}
	return Speech{State: SpeechOff}
}

// summary fills in what follows from the marks.
func (d *Detail) summary() {
	d.Outcome = jaga.StateClear
	if d.Frames == 0 {
		d.Outcome = jaga.StateNotChecked
	}
	for _, m := range d.Marks {
		if m.Kind == MarkGap && !m.Optional && d.Outcome == jaga.StateClear {
			d.Outcome = jaga.StateNotChecked
		}
		if m.Kind != MarkGap {
			d.Outcome = jaga.StateFindings
			d.Band = max(d.Band, m.Band)
		}
	}
}
