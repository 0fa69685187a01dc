package bank

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/vpdq"
)

// contents are the parts of the index while it is put together.
type contents struct {
	spans   []engine.Span
	count   engine.Counts
	pdq     *hamming.Set
	film    *vpdq.Set
	sound   *chroma.Set
	exact   map[jaga.SignalType]*engine.Exact
	version string
	// next and seq say up to where it holds what the database has: entries
	// with smaller numbers, and deletions up to seq.
	next, seq int64
	// pending are the imports that had not finished then.
	pending []int64
	// built is what build read, before anything was caught up with: the part
	// that a snapshot holds.
	built *built
}

// built is the immutable part of contents.
type built struct {
	spans     []engine.Span
	count     engine.Counts
	pdq       *hamming.Index
	film      *vpdq.Index
	sound     *chroma.Index
	exact     map[jaga.SignalType]*engine.Exact
	next, seq int64
	pending   []int64
	// records is how many custody records there were, leaf the last one's hash.
	records int64
	leaf    string
}

// load fills the engine at the start: from a snapshot and what came after it,
// or from the database alone.
func (s *Service) load(ctx context.Context) error {
	c, err := s.readSnapshot(ctx)
	for try := 0; s.opt.ReadOnly && errors.Is(err, fs.ErrNotExist) && try < 3; try++ {
		c, err = s.readSnapshot(ctx) // the other process put a new one in its place
	}
	if err != nil {
		s.opt.Log.Warn("the index snapshot is not used; the index is built from the database", "reason", err)
	}
	if c == nil {
		if c, err = s.build(ctx, nil); err != nil {
			return err
		}
		if err := s.swap(ctx, c); err != nil {
			return err
		}
		if !s.opt.ReadOnly {
			s.keep(c)
		}
		return nil
	}
	return s.swap(ctx, c)
}

// Rebuild builds the index from the database beside running look-ups and
// changes, puts it in place and writes a snapshot. progress may be nil.
func (s *Service) Rebuild(ctx context.Context, progress func(done, total int)) error {
	s.rebuild.Lock()
	defer s.rebuild.Unlock()
	return s.rebuildAlone(ctx, progress)
}

// Settle returns when every entry that was stored before is in the index, and
// an error when that must wait for a rebuild.
func (s *Service) Settle() error {
	s.rebuild.Lock()
	defer s.rebuild.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind.Load() {
		return &jaga.Error{Code: jaga.CodeUnavailable, Msg: "the index lacks entries until it is built anew"}
	}
	return nil
}

// rebuildAlone is Rebuild for a caller that holds the lock.
func (s *Service) rebuildAlone(ctx context.Context, progress func(done, total int)) error {
	c, err := s.build(ctx, progress)
	if err != nil {
		return err
	}
	s.mu.Lock()
	if err = s.swap(ctx, c); err == nil {
		s.behind.Store(false)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if s.keep(c) {
		s.wipe(ctx, c.built.seq)
	}
	return nil
}

// keep writes a snapshot, and reports whether it did. Without one nothing is
// lost but the time it takes to build the index at the next start, so a full
// disk is no reason to fail.
func (s *Service) keep(c *contents) bool {
	err := s.writeSnapshot(c)
	if err != nil {
		s.opt.Log.Warn("no index snapshot was written; the next start builds the index from the database", "error", err)
	}
	return err == nil
}

// wipe forgets the hashes of deletions up to seq, which no snapshot needs any
// more to catch up: what was deleted is then gone. Whoever comes with an older
// snapshot builds the index from the database.
func (s *Service) wipe(ctx context.Context, seq int64) {
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE bank_deletions SET value = $1 WHERE seq <= $2 AND value <> $1`, []byte{}, seq)
		return err
	})
	if err != nil {
		s.opt.Log.Warn("hashes of deleted entries stay in the database until the next rebuild", "error", err)
	}
}

// build reads all entries.
func (s *Service) build(ctx context.Context, progress func(done, total int)) (*contents, error) {
	c := &contents{version: time.Now().UTC().Format("20060102T150405.000000Z"), count: engine.Counts{}}
	exact := map[jaga.SignalType]*engine.ExactBuilder{}
	for _, t := range jaga.SignalTypes() {
		if t.Exact() {
			b, err := engine.NewExactBuilder(t)
			if err != nil {
				return nil, err
			}
			exact[t] = b
		}
	}
	near, films := hamming.NewBuilder(s.indexOptions(), 0), vpdq.NewBuilder(s.indexOptions())
	var sounds chroma.Builder
	var records int64
	var leaf string
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		if records, err = store.One[int64](tx, `SELECT size FROM custody_head WHERE id = 1`); err != nil {
			return err
		}
		if leaf, err = leafOf(tx, records); err != nil {
			return err
		}
		if c.next, err = store.One[int64](tx, `SELECT next FROM bank_sequence WHERE id = 1`); err != nil {
			return err
		}
		if c.seq, err = store.One[int64](tx, `SELECT COALESCE(MAX(seq), 0) FROM bank_deletions`); err != nil {
			return err
		}
		if c.pending, err = store.All[int64](tx, `SELECT id FROM bank_sources WHERE state = 'loading'`); err != nil {
			return err
		}
		var late lateRows
		err = c.rows(tx, `SELECT bank_id, id, type, source_id, value FROM entries ORDER BY bank_id, id, type`, func(id int64, v engine.Value) error {
			switch v.Type {
			case jaga.PDQ:
				near.Add(v.Bytes, uint32(id))
				return nil
			case jaga.VPDQ, jaga.Chromaprint:
				late.add(v.Type, id)
				return nil
			}
			return exact[v.Type].Add(v.Bytes[:v.Type.Size()], uint32(id))
		})
		if err != nil {
			return err
		}
		return late.read(tx, films.Add, sounds.Add)
	})
	if err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	x, err := near.Build(ctx, progress)
	if err != nil {
		return nil, err
	}
	if c.pdq, err = hamming.NewSet(s.indexOptions(), x); err != nil {
		return nil, err
	}
	y, err := films.Build(ctx, nil)
	if err != nil {
		return nil, err
	}
	if c.film, err = vpdq.NewSet(s.indexOptions(), y); err != nil {
		return nil, err
	}
	z, err := sounds.Build(ctx)
	if err != nil {
		return nil, err
	}
	c.sound = chroma.NewSet(z)
	c.exact = map[jaga.SignalType]*engine.Exact{}
	frozen := map[jaga.SignalType]*engine.Exact{}
	for t, b := range exact {
		frozen[t] = b.Build()
		c.exact[t] = frozen[t].Compact() // shares the base, has its own changes
	}
	c.built = &built{slices.Clone(c.spans), c.count.Clone(), x, y, z, frozen, c.next, c.seq, c.pending, records, leaf}
	return c, nil
}

// lateRows are the entries whose bodies are read after all rows: those are drained
// before the next statement.
type lateRows struct{ films, sounds []int64 }

func (l *lateRows) add(typ jaga.SignalType, id int64) {
	if typ == jaga.VPDQ {
		l.films = append(l.films, id)
	} else {
		l.sounds = append(l.sounds, id)
	}
}

// read gives the bodies to the functions.
func (l *lateRows) read(tx *store.Tx, film func(uint32, vpdq.Video) error, sound func(uint32, []uint32) error) error {
	for _, id := range l.films {
		v, err := filmOf(tx, id)
		if err != nil {
			return err
		}
		if err := film(uint32(id), v); err != nil {
			return err
		}
	}
	for _, id := range l.sounds {
		words, err := soundOf(tx, id)
		if err != nil {
			return err
		}
		if err := sound(uint32(id), words); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) indexOptions() hamming.Options {
	return hamming.Options{Key: s.opt.Key, Alloc: s.opt.Alloc}
}

// rows reads entries, leaving out those of pending imports, and keeps account
// of which bank they are in.
func (c *contents) rows(tx *store.Tx, q string, add func(id int64, v engine.Value) error, args ...any) error {
	type row struct {
		Bank, ID, Type, Source int64
		Value                  []byte
	}
	pending := map[int64]bool{}
	for _, p := range c.pending {
		pending[p] = true
	}
	return store.Each(tx, func(r *row) error {
		if pending[r.Source] {
			return nil
		}
		v, err := valueOf(r.Type, r.Value)
		if err != nil {
			return err
		}
		c.span(r.Bank, uint32(r.ID))
		c.count.Add(r.Bank, v.Type, 1)
		return add(r.ID, v)
	}, q, args...)
}

func (c *contents) span(bank int64, id uint32) {
	if n := len(c.spans); n > 0 && c.spans[n-1].Bank == bank && (c.spans[n-1].Last == id || c.spans[n-1].Last+1 == id) {
		c.spans[n-1].Last = id
		return
	}
	c.spans = append(c.spans, engine.Span{First: id, Last: id, Bank: bank})
}

// swap brings the contents up to date and hands them to the engine. Nothing
// else changes banks meanwhile: the caller holds mu, or is Open.
func (s *Service) swap(ctx context.Context, c *contents) error {
	t := engine.Tables{PDQ: c.pdq, Films: c.film, Digests: map[uint32][32]byte{}, Sounds: c.sound, SoundDigests: map[uint32][32]byte{}, Exact: c.exact, Version: c.version, Facts: map[uint32]engine.Facts{}}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		if err := c.catchUp(tx); err != nil {
			return err
		}
		if s.opt.ReadOnly {
			// A scan remembers under this name which files it has compared.
			state, err := stateOf(tx)
			if err != nil {
				return err
			}
			t.Version = state
		}
		banks, err := store.All[bankRow](tx, `SELECT `+bankColumns+` FROM banks WHERE deleted_at = 0`)
		if err != nil {
			return err
		}
		for _, b := range banks {
			t.Banks = append(t.Banks, b.bank().engine())
		}
		// Those of an import that has not finished are not there yet.
		named, err := store.All[namedRow](tx, `SELECT id, type, value FROM entries WHERE type IN ($1, $2)
			AND source_id NOT IN (SELECT id FROM bank_sources WHERE state = 'loading')`, typeNumbers[jaga.VPDQ], typeNumbers[jaga.Chromaprint])
		if err != nil {
			return err
		}
		for _, n := range named {
			v, err := valueOf(n.Type, n.Value)
			if err != nil {
				return err
			}
			if v.Type == jaga.VPDQ {
				t.Digests[uint32(n.ID)] = v.Bytes
			} else {
				t.SoundDigests[uint32(n.ID)] = v.Bytes
			}
		}
		special, err := store.All[factsRow](tx, `SELECT `+factsColumns+` FROM entry_facts WHERE disable_until <> 1 OR expires_at <> 0 OR quarantined_at <> 0`)
		for _, f := range special {
			t.Facts[uint32(f.Entry)] = f.facts()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("load index: %w", err)
	}
	t.Spans, t.Counts = slices.Clone(c.spans), c.count
	return s.eng.Replace(t)
}

type namedRow struct {
	ID, Type int64
	Value    []byte
}

// catchUp applies what the database has gained and lost since the contents
// were read.
func (c *contents) catchUp(tx *store.Tx) error {
	var late lateRows
	add := func(id int64, v engine.Value) error {
		switch v.Type {
		case jaga.PDQ:
			c.pdq.Insert(v.Bytes, uint32(id))
			return nil
		case jaga.VPDQ, jaga.Chromaprint:
			late.add(v.Type, id)
			return nil
		}
		return c.exact[v.Type].Insert(v.Bytes[:v.Type.Size()], uint32(id))
	}
	banks, err := store.All[int64](tx, `SELECT id FROM banks`)
	if err != nil {
		return err
	}
	loading, err := store.All[int64](tx, `SELECT id FROM bank_sources WHERE state = 'loading'`)
	if err != nil {
		return err
	}
	before := c.pending
	c.pending = loading
	for _, b := range banks {
		if err := c.rows(tx, `SELECT bank_id, id, type, source_id, value FROM entries WHERE bank_id = $1 AND id >= $2 ORDER BY id, type`, add, b, c.next); err != nil {
			return err
		}
		// Imports that were under way then and are finished now.
		for _, src := range before {
			if slices.Contains(loading, src) {
				continue
			}
			if err := c.rows(tx, `SELECT bank_id, id, type, source_id, value FROM entries WHERE bank_id = $1 AND source_id = $2 AND id < $3 ORDER BY id, type`, add, b, src, c.next); err != nil {
				return err
			}
		}
	}
	if err := late.read(tx, c.film.Insert, c.sound.Insert); err != nil {
		return err
	}
	type deletion struct {
		Seq, Entry, Bank, Type int64
		Value                  []byte
	}
	gone, err := store.All[deletion](tx, `SELECT seq, entry_id, bank_id, type, value FROM bank_deletions WHERE seq > $1 ORDER BY seq`, c.seq)
	if err != nil {
		return err
	}
	for _, d := range gone {
		v, err := valueOf(d.Type, d.Value)
		if err != nil {
			return err
		}
		was := false
		switch v.Type {
		case jaga.PDQ:
			was = c.pdq.Delete(v.Bytes, uint32(d.Entry))
		case jaga.VPDQ:
			was = c.film.Delete(uint32(d.Entry))
		case jaga.Chromaprint:
			was = c.sound.Delete(uint32(d.Entry)) > 0
		default:
			was = c.exact[v.Type].Delete(v.Bytes[:v.Type.Size()], uint32(d.Entry))
		}
		if was {
			c.count.Add(d.Bank, v.Type, -1)
		}
		c.seq = d.Seq
	}
	c.next, err = store.One[int64](tx, `SELECT next FROM bank_sequence WHERE id = 1`)
	return err
}
