package look

import (
	"context"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// ViewedAfter is how long a file must have been on the screen, in one reveal and
// without blur, to count as viewed.
const ViewedAfter = time.Second

// GapMost is how far apart two beats may be; a longer silence means that the
// connection was lost, and ends the reveal at the beat before. Beats come every
// second, and a busy browser is sometimes late.
const GapMost = 3 * time.Second

// Show is what is to be shown.
type Show struct {
	Session int64
	// File is the keyed digest of the file's content, in hexadecimal digits:
	// the same for the same content everywhere in the installation.
	File string
	// Kind is that of a picture, a film or a sound; nothing else is shown.
	Kind jaga.Kind
	// Class is that of the material, for budgets by class; empty where it is
	// not known.
	Class string
}

// Screen is how something stands on the screen from a beat on.
type Screen struct {
	// On is set while something of the file is painted; of a sound, which has
	// nothing to paint, while it is heard.
	On bool
	// Width and Height are in CSS pixels.
	Width, Height int64
	// Blur is the strength of blur, 0 for none, up to 100.
	Blur int64
	Grey bool
	// Sound is set while the file's sound is on.
	Sound bool
}

// Reveal is one time that something is shown.
type Reveal struct {
	ID      int64
	Session int64
	Case    int64
	File    string
	Kind    jaga.Kind
	// Left is how much longer it may last: what is left of the budgets, until
	// the break, and of the session.
	Left time.Duration
}

type revealRow struct {
	ID, Session, Case               int64
	Person, File, Kind, Class       string
	Began, Beat, Ended              int64
	Served, Held, Shown, Clear      int64
	Width, Height, Blur, Grey, Loud int64
	Heard                           int64
}

const revealColumns = `id, session_id, case_id, person, file_key, kind, class, began_at, beat_at, ended_at, served, held, shown, clear, width, height, blur, grey, sound, heard`

func (r revealRow) file() Reveal {
	return Reveal{ID: r.ID, Session: r.Session, Case: r.Case, File: r.File, Kind: jaga.Kind(r.Kind)}
}

// touch keeps other writers of exposure out until the transaction ends, so that
// a budget is not spent twice, and remembers the time over a restart.
func touch(tx *store.Tx, now time.Time) error {
	_, err := tx.Exec(`UPDATE look_clock SET at = $1 WHERE id = 1`, now.UnixMicro())
	return err
}

// Begin begins a reveal, and ends one of the same person that still runs. The
// error's Field says why it is refused: "expired", "second" while the second
// person has not consented, "opt_out", "no_look" where the file was decided
// already, "budget" or "break".
func (s *Service) Begin(ctx context.Context, actor string, show Show) (out Reveal, err error) {
	switch {
	case !person(actor):
		return out, denied("actor", "show file: only people look", "")
	case !keyText.MatchString(show.File):
		return out, invalid("file", "show file: it is not a keyed digest in hexadecimal digits")
	case show.Kind != jaga.KindImage && !Films(show.Kind):
		return out, invalid("kind", "show file: %q cannot be shown", show.Kind)
	case show.Class != "" && !classText.MatchString(show.Class):
		return out, invalid("class", "show file: it has no such class")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, mono := s.clock.now()
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		if err := touch(tx, now); err != nil {
			return err
		}
		v, err := live(tx, actor, show.Session, now.UnixMicro())
		if err != nil {
			return err
		}
		if err := s.allow(ctx, tx, actor, v.Case, v.Purpose); err != nil {
			return err
		}
		if v.NeedsSecond && v.Second == "" {
			return denied("second", "show file: a second person must consent first", "ask a colleague to open the link and consent")
		}
		if err := mayLook(tx, actor, show.Class); err != nil {
			return err
		}
		if v.Purpose.First() {
			if err := undecided(tx, show.File); err != nil {
				return err
			}
		}
		if err := s.endOpen(tx, `person = $1`, actor); err != nil {
			return err
		}
		left, err := s.left(tx, actor, show.File, show.Class, now)
		if err != nil {
			return err
		}
		out = Reveal{Session: v.ID, Case: v.Case, File: show.File, Kind: show.Kind, Left: min(left, time.Duration(v.ExpiresAt-now.UnixMicro())*time.Microsecond)}
		if out.ID, err = store.One[int64](tx, `INSERT INTO look_reveals (session_id, case_id, person, file_key, kind, class, began_at, beat_at, blur) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 100) RETURNING id`,
			v.ID, v.Case, actor, show.File, string(show.Kind), show.Class, now.UnixMicro()); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: actor, Action: "look.begin", Subject: Subject(v.Case), Detail: map[string]string{
			"session": id(v.ID), "reveal": id(out.ID), "file": show.File, "kind": string(show.Kind), "class": show.Class}})
	})
	if err != nil {
		return Reveal{}, err
	}
	s.running[out.ID] = &running{person: actor, beat: mono}
	return out, nil
}

// gone is the answer to a beat of a reveal that has ended.
func gone(why string) error {
	return &jaga.Error{Code: jaga.CodeConflict, Field: why, Msg: "what was shown has ended", Hint: "begin again"}
}

// Beat says that the reveal goes on, and how it stands on the screen from now
// until the next beat. It returns how much longer it may last. An error means
// that it has ended; its Field says why, as for Begin, or "ended".
func (s *Service) Beat(ctx context.Context, actor string, reveal int64, screen Screen) (time.Duration, error) {
	return s.step(ctx, actor, reveal, screen, false)
}

// End ends a reveal. One that has ended already is no error: what counted was
// its last beat.
func (s *Service) End(ctx context.Context, actor string, reveal int64) error {
	_, err := s.step(ctx, actor, reveal, Screen{}, true)
	return err
}

func (s *Service) step(ctx context.Context, actor string, reveal int64, screen Screen, last bool) (left time.Duration, err error) {
	if screen.Width < 0 || screen.Height < 0 || screen.Width > 100_000 || screen.Height > 100_000 || screen.Blur < 0 || screen.Blur > 100 {
		return 0, invalid("screen", "show file: the size or the blur cannot be")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, mono := s.clock.now()
	run := s.running[reveal]
	if run == nil || run.person != actor {
		if last {
			return 0, nil
		}
		return 0, gone("ended")
	}
	gap := mono - run.beat
	lost := gap > GapMost
	var why error
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		if err := touch(tx, now); err != nil {
			return err
		}
		rows, err := store.All[revealRow](tx, `SELECT `+revealColumns+` FROM look_reveals WHERE id = $1 AND ended_at = 0`, reveal)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			why = gone("ended")
			return nil
		}
		r := rows[0]
		if lost {
			why = gone("ended")
			return s.end(tx, r, r.Beat, "lost")
		}
		r.Beat = now.UnixMicro()
		if run.served {
			r.Held += (mono - max(run.beat, run.servedAt)).Microseconds()
		}
		if run.on {
			r.Shown += gap.Microseconds()
		}
		if run.clear {
			r.Clear += gap.Microseconds()
		}
		if run.loud {
			r.Heard += gap.Microseconds()
		}
		if r.Kind == string(jaga.KindAudio) {
			// There is nothing to blur, and nothing there until it is heard.
			screen.On, screen.Blur = screen.On && screen.Sound, 0
		}
		if screen.On && run.served {
			r.Width, r.Height, r.Blur = max(r.Width, screen.Width), max(r.Height, screen.Height), min(r.Blur, screen.Blur)
			r.Grey, r.Loud = bit(screen.Grey), max(r.Loud, bit(screen.Sound))
		}
		if _, err := tx.Exec(`UPDATE look_reveals SET beat_at = $1, held = $2, shown = $3, clear = $4, width = $5, height = $6, blur = $7, grey = $8, sound = $9, heard = $10 WHERE id = $11`,
			r.Beat, r.Held, r.Shown, r.Clear, r.Width, r.Height, r.Blur, r.Grey, r.Loud, r.Heard, r.ID); err != nil {
			return err
		}
		if last {
			return s.end(tx, r, now.UnixMicro(), "released")
		}
		v, err := live(tx, actor, r.Session, now.UnixMicro())
		if jaga.CodeOf(err) == jaga.CodeConflict {
			why = err
			return s.end(tx, r, now.UnixMicro(), "expired")
		}
		if err != nil {
			return err
		}
		left, err = s.left(tx, actor, r.File, r.Class, now)
		if jaga.CodeOf(err) == jaga.CodeDenied {
			why = err
			return s.end(tx, r, now.UnixMicro(), "limit")
		}
		left = min(left, time.Duration(v.ExpiresAt-now.UnixMicro())*time.Microsecond)
		return err
	})
	switch {
	case err != nil:
		return 0, err
	case why != nil || last:
		delete(s.running, reveal)
		return 0, why
	}
	run.beat, run.on = mono, screen.On && run.served
	run.clear = run.on && screen.Blur == 0
	run.loud = run.on && screen.Sound
	return left, nil
}

// end writes that a reveal has ended at a time.
func (s *Service) end(tx *store.Tx, r revealRow, at int64, why string) error {
	n, err := tx.Exec(`UPDATE look_reveals SET ended_at = $1, held = $2 WHERE id = $3 AND ended_at = 0`, at, r.Held, r.ID)
	if err != nil || n == 0 {
		return err
	}
	detail := map[string]string{
		"session": id(r.Session), "reveal": id(r.ID), "file": r.File, "why": why, "held_ms": id(r.Held / 1000), "shown_ms": id(r.Shown / 1000), "clear_ms": id(r.Clear / 1000), "heard_ms": id(r.Heard / 1000),
		"size": id(r.Width) + "x" + id(r.Height), "blur": id(r.Blur), "grey": strconv.FormatBool(r.Grey != 0), "sound": strconv.FormatBool(r.Loud != 0)}
	if run := s.running[r.ID]; run != nil && run.served {
		run.sent.tell(detail)
	}
	delete(s.running, r.ID)
	return tx.Record(custody.Event{Actor: r.Person, Action: "look.end", Subject: Subject(r.Case), Detail: detail})
}

// endOpen ends the reveals of a condition that still run, at their last beats.
// Bytes that the browser had until now count until now. The caller holds the
// lock.
func (s *Service) endOpen(tx *store.Tx, where string, args ...any) error {
	rows, err := store.All[revealRow](tx, `SELECT `+revealColumns+` FROM look_reveals WHERE ended_at = 0 AND `+where+` ORDER BY id`, args...)
	if err != nil {
		return err
	}
	_, mono := s.clock.now()
	for _, r := range rows {
		if run := s.running[r.ID]; run != nil && run.served && mono-run.beat <= GapMost {
			r.Held += (mono - max(run.beat, run.servedAt)).Microseconds()
		}
		if err := s.end(tx, r, r.Beat, "replaced"); err != nil {
			return err
		}
	}
	return nil
}

// Sweep ends reveals whose connection was lost, at their last beats, and returns
// how many there were.
func (s *Service) Sweep(ctx context.Context) (n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, mono := s.clock.now()
	var open []revealRow
	err = s.db.View(ctx, func(tx *store.Tx) error {
		open, err = store.All[revealRow](tx, `SELECT `+revealColumns+` FROM look_reveals WHERE ended_at = 0 ORDER BY id`)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, r := range open {
		if run := s.running[r.ID]; run != nil && mono-run.beat <= GapMost {
			continue
		}
		if err := s.db.Bulk(ctx, func(tx *store.Tx) error { return s.end(tx, r, r.Beat, "lost") }); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Run sweeps every few seconds until ctx ends. failed is told of faults; it may
// be nil.
func (s *Service) Run(ctx context.Context, failed func(error)) {
	every := time.NewTicker(5 * time.Second)
	defer every.Stop()
	for {
		select {
		case <-every.C:
			if _, err := s.Sweep(ctx); err != nil && ctx.Err() == nil && failed != nil {
				failed(err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// Serve makes sure that bytes may be sent for a reveal now, and that the custody
// log has them: call it for every part, once it is read and before it leaves.
// From then on the time counts against the budgets, whatever the browser says of
// its screen. A record names a window of the file, so that what goes on in it
// needs no other one, and the record of the end says what was sent.
func (s *Service) Serve(ctx context.Context, actor string, reveal int64, b Bytes) error {
	if err := b.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, mono := s.clock.now()
	run := s.running[reveal]
	if run == nil || run.person != actor || mono-run.beat > GapMost {
		return gone("ended")
	}
	window, missing := run.sent.missing(b)
	if !missing {
		run.sent.exact = run.sent.exact.with(span{b.From, b.To})
		return nil
	}
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		rows, err := store.All[revealRow](tx, `SELECT `+revealColumns+` FROM look_reveals WHERE id = $1 AND ended_at = 0`, reveal)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return gone("ended")
		}
		r := rows[0]
		v, err := live(tx, actor, r.Session, now.UnixMicro())
		if err != nil {
			return err
		}
		if err := s.allow(ctx, tx, actor, v.Case, v.Purpose); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE look_reveals SET served = 1 WHERE id = $1`, r.ID); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: actor, Action: "look.range", Subject: Subject(r.Case), Detail: map[string]string{
			"session": id(r.Session), "reveal": id(r.ID), "file": r.File, "from": id(window.from), "to": id(window.to)}})
	})
	if err != nil {
		return err
	}
	run.sent.record(window)
	run.sent.exact = run.sent.exact.with(span{b.From, b.To})
	if !run.served {
		run.served, run.servedAt = true, mono
	}
	return nil
}

// Running returns a reveal of the actor that goes on now, for whoever finds the
// bytes for it.
func (s *Service) Running(ctx context.Context, actor string, reveal int64) (out Reveal, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, mono := s.clock.now()
	if run := s.running[reveal]; run == nil || run.person != actor || mono-run.beat > GapMost {
		return out, gone("ended")
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[revealRow](tx, `SELECT `+revealColumns+` FROM look_reveals WHERE id = $1 AND ended_at = 0`, reveal)
		if err == nil && len(rows) == 0 {
			err = gone("ended")
		}
		if err == nil {
			out = rows[0].file()
		}
		return err
	})
	return out, err
}
