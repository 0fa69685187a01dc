package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/vpdq"
)

// Engine answers which entries a set of signals matches. Look-ups take no lock
// until they have a hit, so they run beside each other, beside changes and
// beside a swap of all tables. All methods are safe for concurrent use.
type Engine struct {
	tables atomic.Pointer[tables] // nil until the first Replace
	write  sync.Mutex             // one change at a time
	grown  atomic.Uint64          // how often more may have come to match
}

// Tables are everything an engine needs to match.
type Tables struct {
	Banks []Bank
	Spans []Span
	// Facts of the entries that are not plain.
	Facts map[uint32]Facts
	// Counts are how many hashes of each type a bank has, by the bank's ID.
	// What is left out counts as none: such a bank matches, and is taken for
	// empty by [Answer.Asked].
	Counts Counts
	// PDQ holds the perceptual hashes, with entry numbers as identifiers.
	PDQ *hamming.Set
	// Exact holds one index for each exact signal type; those of text may be
	// left out.
	Exact map[jaga.SignalType]*Exact
	// Films holds the frames of films, with entry numbers as identifiers; nil
	// is none.
	Films *vpdq.Set
	// Digests are the values of the entries in Films.
	Digests map[uint32][32]byte
	// Sounds holds the words of sound, with entry numbers as identifiers; nil is
	// none. SoundDigests are the values of its entries.
	Sounds       *chroma.Set
	SoundDigests map[uint32][32]byte
	// Version names this state of the tables, for outcomes and for people.
	Version string
}

// Value is one signal of an entry: the first Type.Size() bytes of Bytes.
type Value struct {
	Type  jaga.SignalType
	Bytes [32]byte
	// Frames are those of a film in the compact form of package vpdq, of which
	// Bytes is the SHA-256. A value without them can be compared with others,
	// but neither matched nor stored.
	Frames string
	// Words are those of sound in the text form of package chroma, in the same
	// way.
	Words string
}

// FilmValue returns the value of a film.
func FilmValue(v vpdq.Video) Value {
	frames := v.Binary()
	return Value{Type: jaga.VPDQ, Bytes: sha256.Sum256(frames), Frames: string(frames)}
}

// FilmSignal returns the signal of a film.
func FilmSignal(v vpdq.Video) jaga.Signal {
	value := FilmValue(v)
	return jaga.Signal{Type: jaga.VPDQ, Value: value.String(), Frames: value.Frames, By: "vpdq/1"}
}

// ParseSignal returns the value of a signal, with the frames of a film and the
// words of sound.
func ParseSignal(s jaga.Signal) (Value, error) {
	v, err := ParseValue(s.Type, s.Value)
	if err == nil && s.Type == jaga.VPDQ && v.Frames == "" {
		v.Frames = s.Frames
	}
	if err == nil && s.Type == jaga.Chromaprint && v.Words == "" {
		v.Words = s.Words
	}
	return v, err
}

// Film returns the frames of a film's value.
func (v Value) Film() (vpdq.Video, error) { return vpdq.ParseBinary([]byte(v.Frames)) }

// ParseValue reads the text of a signal of the type: hexadecimal digits, and of
// a film also the list of its frames in the form of Hasher-Matcher-Actioner, of
// sound also the fingerprint as fpcalc prints it. An address, domain, word or phrase may stand as itself; errors do not repeat it.
func ParseValue(typ jaga.SignalType, text string) (Value, error) {
	v := Value{Type: typ}
	if typ == jaga.VPDQ && strings.HasPrefix(strings.TrimSpace(text), "[") {
		film, err := vpdq.ParseList(text)
		if err != nil {
			return v, fmt.Errorf("parse %s: %w", typ, err)
		}
		return FilmValue(film), nil
	}
	if typ == jaga.Chromaprint && !isDigest(text) {
		words, err := chroma.Decode(strings.TrimSpace(text))
		if err != nil {
			return v, fmt.Errorf("parse %s: %w", typ, err)
		}
		return SoundValue(words)
	}
	if !typ.Valid() {
		return v, fmt.Errorf("parse value: %q is not a signal type", typ)
	}
	if typ.OfText() && !isDigest(text) {
		return textValue(typ, text)
	}
	if len(text) != 2*typ.Size() {
		return v, fmt.Errorf("parse %s: %d characters, want %d hexadecimal digits", typ, len(text), 2*typ.Size())
	}
	if _, err := hex.Decode(v.Bytes[:], []byte(text)); err != nil {
		return v, fmt.Errorf("parse %s: not hexadecimal", typ)
	}
	return v, nil
}

// String returns the lowercase hexadecimal text of the value.
func (v Value) String() string { return hex.EncodeToString(v.Bytes[:v.Type.Size()]) }

// book is what a hit is looked up in.
type book struct {
	mu    sync.RWMutex
	banks map[int64]Bank
	spans spans
	facts map[uint32]Facts
	count Counts
	// films and sounds are the values of those entries.
	films, sounds names
}

// Counts are numbers of hashes by bank and type.
type Counts map[int64]map[jaga.SignalType]int

// Add adds n hashes of a type to a bank, or takes them away.
func (c Counts) Add(bank int64, typ jaga.SignalType, n int) {
	if c[bank] == nil {
		c[bank] = map[jaga.SignalType]int{}
	}
	c[bank][typ] += n
}

// Clone returns a copy that shares nothing.
func (c Counts) Clone() Counts {
	out := make(Counts, len(c))
	for bank, types := range c {
		out[bank] = maps.Clone(types)
	}
	return out
}

type tables struct {
	book
	pdq     *hamming.Set
	film    *vpdq.Set
	sound   *chroma.Set
	exact   map[jaga.SignalType]*Exact
	version string
}

// ErrNotLoaded is returned by changes before the first Replace.
var ErrNotLoaded = errors.New("the bank index is not loaded")

// New returns an engine without tables. It answers every question with
// [jaga.WhyNotLoaded] until Replace is called.
func New() *Engine { return &Engine{} }

// Replace puts new tables in the place of the old ones at once. Look-ups that
// are under way finish on the old ones. The caller must not change the parts
// afterwards except through the engine.
func (e *Engine) Replace(t Tables) error {
	s, err := newSpans(t.Spans)
	if err != nil {
		return fmt.Errorf("replace tables: %w", err)
	}
	if t.PDQ == nil {
		return errors.New("replace tables: no PDQ index")
	}
	t.Exact = maps.Clone(t.Exact)
	for _, typ := range jaga.SignalTypes() {
		switch {
		case !typ.Exact() || t.Exact[typ] != nil:
		case typ.OfText():
			b, err := NewExactBuilder(typ)
			if err != nil {
				return fmt.Errorf("replace tables: %w", err)
			}
			t.Exact[typ] = b.Build()
		default:
			return fmt.Errorf("replace tables: no %s index", typ)
		}
	}
	if t.Films == nil {
		if t.Films, err = vpdq.NewSet(hamming.Options{}, nil); err != nil {
			return fmt.Errorf("replace tables: %w", err)
		}
	}
	if t.Sounds == nil {
		t.Sounds = chroma.NewSet(nil)
	}
	n := &tables{pdq: t.PDQ, film: t.Films, sound: t.Sounds, exact: t.Exact, version: t.Version}
	n.banks = make(map[int64]Bank, len(t.Banks))
	for _, b := range t.Banks {
		n.banks[b.ID] = b
	}
	n.spans, n.count = s, t.Counts.Clone()
	n.films, n.sounds = newNames(t.Digests), newNames(t.SoundDigests)
	n.facts = maps.Clone(t.Facts)
	if n.facts == nil {
		n.facts = map[uint32]Facts{}
	}
	e.write.Lock()
	defer e.write.Unlock()
	e.tables.Store(n)
	e.grown.Add(1)
	return nil
}

// Grown counts the changes that may make more match: entries that were added,
// banks and entries whose settings changed, tables that were replaced. Whoever
// asked a question before the count changed may get more matches now.
func (e *Engine) Grown() uint64 { return e.grown.Load() }

// Loaded reports whether there are tables to match with.
func (e *Engine) Loaded() bool { return e.tables.Load() != nil }

// change runs fn on the tables, one change at a time.
func (e *Engine) change(fn func(*tables) error) error {
	e.write.Lock()
	defer e.write.Unlock()
	t := e.tables.Load()
	if t == nil {
		return ErrNotLoaded
	}
	return fn(t)
}

// PutBank adds a bank or replaces the one with the same ID.
func (e *Engine) PutBank(b Bank) error {
	defer e.grown.Add(1)
	return e.change(func(t *tables) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.banks[b.ID] = b
		return nil
	})
}

// DropBank removes a bank. Its entries match no more from that moment.
func (e *Engine) DropBank(id int64) error {
	return e.change(func(t *tables) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.banks, id)
		return nil
	})
}

// Insert adds the values of one entry of a bank. They match as soon as it
// returns.
func (e *Engine) Insert(bank int64, entry uint32, values ...Value) error {
	defer e.grown.Add(1)
	return e.change(func(t *tables) error {
		t.mu.Lock()
		s, err := t.spans.with(entry, bank)
		t.spans = s
		if err == nil {
			for _, v := range values {
				t.count.Add(bank, v.Type, 1)
				switch v.Type {
				case jaga.VPDQ:
					t.films.put(entry, v.Bytes)
				case jaga.Chromaprint:
					t.sounds.put(entry, v.Bytes)
				}
			}
		}
		t.mu.Unlock()
		if err != nil {
			return fmt.Errorf("insert entry: %w", err)
		}
		for _, v := range values {
			switch v.Type {
			case jaga.PDQ:
				t.pdq.Insert(v.Bytes, entry)
				continue
			case jaga.VPDQ:
				film, err := v.Film()
				if err == nil {
					err = t.film.Insert(entry, film)
				}
				if err != nil {
					return fmt.Errorf("insert entry %d: %w", entry, err)
				}
				continue
			case jaga.Chromaprint:
				words, err := v.Sound()
				if err == nil {
					err = t.sound.Insert(entry, words)
				}
				if err != nil {
					return fmt.Errorf("insert entry %d: %w", entry, err)
				}
				continue
			}
			x := t.exact[v.Type]
			if x == nil {
				return fmt.Errorf("insert entry %d: %q is not a signal type", entry, v.Type)
			}
			if err := x.Insert(v.Bytes[:v.Type.Size()], entry); err != nil {
				return fmt.Errorf("insert entry %d: %w", entry, err)
			}
		}
		return nil
	})
}

// Delete removes values of an entry, and its facts. They match no more as
// soon as it returns.
func (e *Engine) Delete(entry uint32, values ...Value) error {
	return e.change(func(t *tables) error {
		var gone []jaga.SignalType
		for _, v := range values {
			was := false
			if v.Type == jaga.PDQ {
				was = t.pdq.Delete(v.Bytes, entry)
			} else if v.Type == jaga.VPDQ {
				was = t.film.Delete(entry)
			} else if v.Type == jaga.Chromaprint {
				was = t.sound.Delete(entry) > 0
			} else if x := t.exact[v.Type]; x != nil {
				was = x.Delete(v.Bytes[:v.Type.Size()], entry)
			}
			if was {
				gone = append(gone, v.Type)
			}
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		delete(t.facts, entry)
		if slices.Contains(gone, jaga.VPDQ) {
			t.films.drop(entry)
		}
		if slices.Contains(gone, jaga.Chromaprint) {
			t.sounds.drop(entry)
		}
		if bank, ok := t.spans.bank(entry); ok {
			for _, typ := range gone {
				t.count.Add(bank, typ, -1)
			}
		}
		return nil
	})
}

// Has reports whether a bank has an entry with exactly this value that has not
// expired at the time (unix seconds). One that somebody switched off counts:
// a list that still holds it must not bring it back.
func (e *Engine) Has(bank int64, v Value, now int64) bool {
	t := e.tables.Load()
	if t == nil {
		return false
	}
	var ids []uint32
	if v.Type == jaga.PDQ {
		for _, h := range t.pdq.Search(nil, v.Bytes, 0) {
			ids = append(ids, h.ID)
		}
	} else if v.Type == jaga.VPDQ || v.Type == jaga.Chromaprint {
		t.mu.RLock()
		if ids = t.films.by[v.Bytes]; v.Type == jaga.Chromaprint {
			ids = t.sounds.by[v.Bytes]
		}
		ids = slices.Clone(ids)
		t.mu.RUnlock()
	} else if x := t.exact[v.Type]; x != nil {
		ids = x.Lookup(nil, v.Bytes[:v.Type.Size()])
	}
	if len(ids) == 0 {
		return false
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.ContainsFunc(ids, func(id uint32) bool {
		b, ok := t.spans.bank(id)
		f := t.facts[id]
		return ok && b == bank && (f.ExpiresAt == 0 || now < f.ExpiresAt)
	})
}

// SetFacts sets what differs for an entry; plain facts clear it.
func (e *Engine) SetFacts(entry uint32, f Facts) error {
	defer e.grown.Add(1)
	return e.change(func(t *tables) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		if f == PlainFacts() {
			delete(t.facts, entry)
		} else {
			t.facts[entry] = f
		}
		return nil
	})
}

// Stats says how large the tables are.
type Stats struct {
	Loaded  bool
	Version string
	Banks   int
	Entries map[jaga.SignalType]int
	Bytes   map[jaga.SignalType]int64
	// Frames is how many frames the films have that are compared.
	Frames int
	// Pending is how many changes lie beside the built indices.
	Pending int
}

// wordsAside is how many words of sound beside the built index weigh as one change:
// they have an index of their own.
const wordsAside = 500

// Stats returns the sizes of the tables as they are now.
func (e *Engine) Stats() Stats {
	s := Stats{Entries: map[jaga.SignalType]int{}, Bytes: map[jaga.SignalType]int64{}}
	t := e.tables.Load()
	if t == nil {
		return s
	}
	s.Loaded, s.Version = true, t.version
	s.Entries[jaga.PDQ], s.Bytes[jaga.PDQ] = t.pdq.Len(), t.pdq.Bytes()
	s.Entries[jaga.VPDQ], s.Bytes[jaga.VPDQ] = t.film.Films(), t.film.Bytes()
	s.Frames = t.film.Frames()
	s.Entries[jaga.Chromaprint], s.Bytes[jaga.Chromaprint] = t.sound.Len(), t.sound.Bytes()
	s.Pending = t.pdq.Pending() + t.film.Pending() + t.sound.Pending()/wordsAside
	for typ, x := range t.exact {
		s.Entries[typ], s.Bytes[typ] = x.Len(), x.Bytes()
		s.Pending += x.Pending()
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	s.Banks = len(t.banks)
	return s
}
