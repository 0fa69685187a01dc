package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/listfmt"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// defaultThreshold is the largest PDQ distance that matches unless a bank
// says otherwise.
const defaultThreshold = pdq.MatchThreshold

// listTables builds tables for matching from lists, one bank for each file,
// named after it.
type listTables struct {
	typ     jaga.SignalType // of lists that do not say
	skipBad bool            // leave bad lines out instead of refusing the list

	next   uint32
	near   *hamming.Builder
	films  *vpdq.Builder
	sounds chroma.Builder
	exact  map[jaga.SignalType]*engine.ExactBuilder
	count  map[jaga.SignalType]int // of the list that is read
	digest hash.Hash               // of all rows, to tell one set of lists from another
	tables engine.Tables
}

// engineOf reads hash lists and returns an engine that matches with them.
func (a *app) engineOf(ctx context.Context, files []string, f scanFlags) (*engine.Engine, error) {
	l := &listTables{
		typ: jaga.SignalType(f.listType), skipBad: f.skipBad,
		next: 1, near: hamming.NewBuilder(hamming.Options{}, 0), films: vpdq.NewBuilder(hamming.Options{}),
		exact: map[jaga.SignalType]*engine.ExactBuilder{}, count: map[jaga.SignalType]int{}, digest: sha256.New(),
		tables: engine.Tables{Counts: engine.Counts{}, Digests: map[uint32][32]byte{}, SoundDigests: map[uint32][32]byte{}},
	}
	for _, typ := range jaga.SignalTypes() {
		if !typ.Exact() {
			continue
		}
		b, err := engine.NewExactBuilder(typ)
		if err != nil {
			return nil, err
		}
		l.exact[typ] = b
	}
	for _, name := range files {
		bad, err := l.read(ctx, name, f.threshold)
		if err != nil {
			return nil, err
		}
		if bad > 0 {
			a.notef("%s: %d bad lines left out", name, bad)
		}
	}
	return l.build(ctx)
}

// read adds one list and returns how many lines were left out.
func (l *listTables) read(ctx context.Context, name string, threshold int) (bad int, err error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, errorf(jaga.CodeNotFound, "", "read list: %w", err)
	}
	defer f.Close()
	r, err := listfmt.NewReader(f, l.typ)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	first := l.next
	for {
		row, err := r.Next()
		var line *listfmt.LineError
		switch {
		case errors.Is(err, io.EOF):
			if l.next == first {
				return 0, errorf(jaga.CodeInvalid, "", "%s: there is no hash in it", name)
			}
			l.bank(filepath.Base(name), first, threshold)
			return bad, nil
		case errors.As(err, &line) && l.skipBad:
			bad++
			continue
		case errors.As(err, &line):
			return 0, errorf(jaga.CodeInvalid, "mend the line, or leave out bad lines with --skip-bad", "%s %w", name, err)
		case err != nil:
			return 0, fmt.Errorf("read list %s: %w", name, err)
		}
		if err := l.add(row); err != nil {
			return 0, fmt.Errorf("read list %s: %w", name, err)
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
}

func (l *listTables) add(row *listfmt.Row) error {
	fmt.Fprintf(l.digest, "%s %x\n", row.Type, row.Value)
	l.count[row.Type]++
	id := l.next
	l.next++
	switch row.Type {
	case jaga.PDQ:
		l.near.Add(row.Value, id)
		return nil
	case jaga.VPDQ:
		film, err := vpdq.ParseBinary([]byte(row.Frames))
		if err != nil {
			return err
		}
		l.tables.Digests[id] = row.Value
		return l.films.Add(id, film)
	case jaga.Chromaprint:
		words, err := chroma.Decode(row.Words)
		if err != nil {
			return err
		}
		l.tables.SoundDigests[id] = row.Value
		return l.sounds.Add(id, words)
	}
	return l.exact[row.Type].Add(row.Value[:row.Type.Size()], id)
}

func (l *listTables) bank(name string, first uint32, threshold int) {
	id := int64(len(l.tables.Banks) + 1)
	l.tables.Counts[id] = l.count
	l.count = map[jaga.SignalType]int{}
	l.tables.Spans = append(l.tables.Spans, engine.Span{First: first, Last: l.next - 1, Bank: id})
	l.tables.Banks = append(l.tables.Banks, engine.Bank{
		ID: id, Name: name, Role: jaga.RoleMatch, Form: jaga.FormCSAM, Band: jaga.BandReview,
		EnabledRatio: 1, Threshold: threshold, Film: engine.DefaultFilmRule(),
	})
	fmt.Fprintf(l.digest, "bank %q %d\n", name, threshold)
}

func (l *listTables) build(ctx context.Context) (*engine.Engine, error) {
	index, err := l.near.Build(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	if l.tables.PDQ, err = hamming.NewSet(hamming.Options{}, index); err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	films, err := l.films.Build(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	if l.tables.Films, err = vpdq.NewSet(hamming.Options{}, films); err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	sounds, err := l.sounds.Build(ctx)
	if err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	l.tables.Sounds = chroma.NewSet(sounds)
	l.tables.Exact = map[jaga.SignalType]*engine.Exact{}
	for typ, b := range l.exact {
		l.tables.Exact[typ] = b.Build()
	}
	l.tables.Version = "list-" + hex.EncodeToString(l.digest.Sum(nil)[:8])
	e := engine.New()
	return e, e.Replace(l.tables)
}
