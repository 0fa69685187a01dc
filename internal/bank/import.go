package bank

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/listfmt"
	"github.com/jaga-project/jaga/internal/store"
)

// ImportOptions say how to read a list.
type ImportOptions struct {
	// Type of all hashes; empty when the list says so itself.
	Type jaga.SignalType
	// SkipBad keeps the good lines of a list with bad ones. Without it a
	// list with a bad line is refused whole.
	SkipBad bool
	// Source names where the list is from, Licence under what terms.
	Source, Licence string
	// Progress is told how many rows were read, at most ten times a second.
	Progress func(rows int64)
}

// ImportResult says what became of a list.
type ImportResult struct {
	Rows       int64  `json:"rows"`       // lines with content
	Added      int64  `json:"added"`      // new entries
	Duplicates int64  `json:"duplicates"` // already in the bank or the list
	Bad        int64  `json:"bad"`        // lines that were left out
	BadLines   []Bad  `json:"bad_lines"`  // the first of them
	Digest     string `json:"digest"`     // SHA-256 of the list as it was read
}

// Bad is a line that was left out, and why.
type Bad struct {
	Line int    `json:"line"`
	Msg  string `json:"message"`
}

// maxBadLines is how many bad lines a result names.
const maxBadLines = 100

// importChunk is how many rows are stored in one transaction.
const importChunk = 50_000

// frameBytes is what a frame takes in the compact form of a film, about, and a
// second of sound in the form of its words.
const frameBytes = 36

// importFrames is how many bytes of films' frames and words of sound are stored in one transaction.
const importFrames = 64 << 20

// directInsert is up to how many new entries the running index takes directly;
// for more it is built anew.
const directInsert = 20_000

// Import adds a list of hashes to a bank. Its entries exist once Import has
// returned without an error, and match then; before that, and after an error,
// none of them does. Hashes that the bank has already, and those that the list
// holds twice, are counted and left out.
func (s *Service) Import(ctx context.Context, actor, bank string, r io.Reader, opt ImportOptions) (ImportResult, error) {
	digest := sha256.New()
	list, err := listfmt.NewReader(io.TeeReader(r, digest), opt.Type)
	if err != nil {
		return ImportResult{}, fmt.Errorf("import: %w", err)
	}
	if opt.Source == "" {
		opt.Source = "import"
	}
	b, err := s.Get(ctx, bank)
	if err != nil {
		return ImportResult{}, err
	}
	im := &importer{s: s, bank: b, opt: opt, list: list, seen: map[uint64]struct{}{}, seed: maphash.MakeSeed(), res: ImportResult{BadLines: []Bad{}}}
	if err := im.begin(ctx); err != nil {
		return ImportResult{}, err
	}
	reading, stop := context.WithCancel(ctx)
	var reader sync.WaitGroup
	rows := make(chan batch) // two batches are in memory: one read, one stored
	reader.Go(func() { im.readAll(reading, rows) })
	err = im.store(ctx, rows)
	stop()
	reader.Wait()
	if err == nil {
		im.res.Digest = hex.EncodeToString(digest.Sum(nil))
		err = im.finish(ctx, actor)
	}
	if err != nil && !im.finished {
		im.abandon(context.WithoutCancel(ctx))
	}
	if err != nil {
		return ImportResult{}, err
	}
	return im.res, nil
}

type importer struct {
	s      *Service
	bank   Bank
	opt    ImportOptions
	list   *listfmt.Reader
	source int64
	seen   map[uint64]struct{} // keyed hashes of the list's own values
	seed   maphash.Seed
	res    ImportResult
	last   time.Time

	first, next int64 // entry numbers of this import, first <= id < next
	small       []smallEntry
	frames      int  // of films, and seconds of sound, all together, about
	finished    bool // the entries exist
}

type smallEntry struct {
	id    int64
	value engine.Value
}

func (im *importer) begin(ctx context.Context) error {
	return im.s.db.Bulk(ctx, func(tx *store.Tx) (err error) {
		im.source, err = store.One[int64](tx, `INSERT INTO bank_sources (bank_id, name, licence, state, created_at) VALUES ($1, $2, $3, 'loading', $4) RETURNING id`,
			im.bank.ID, im.opt.Source, im.opt.Licence, tx.Now())
		return err
	})
}

// fresh is a hash that is new, and its note.
type fresh struct {
	value engine.Value
	note  string
}

// batch is up to importChunk rows of the list; err ends it, io.EOF at its end.
type batch struct {
	rows []fresh
	err  error
}

// readAll reads the list into out, until its end, an error, or the end of ctx.
// It runs beside store, because finding duplicates takes about as long as
// storing; the list and the result belong to it until it has returned.
func (im *importer) readAll(ctx context.Context, out chan<- batch) {
	for ended := false; !ended; {
		b := batch{rows: make([]fresh, 0, 1024)}
		frames := 0
		for len(b.rows) < importChunk && frames < importFrames && b.err == nil {
			var f fresh
			if f.value, f.note, b.err = im.read(); b.err == nil {
				b.rows = append(b.rows, f)
				frames += len(f.value.Frames) + len(f.value.Words)
			}
		}
		select {
		case out <- b:
			ended = b.err != nil
		case <-ctx.Done():
			ended = true
		}
	}
}

// store stores each batch in a transaction of its own, so that other writers
// get their turn. A batch is whole before its transaction begins: a list that
// comes slowly must not hold up the others.
func (im *importer) store(ctx context.Context, in <-chan batch) error {
	for {
		var b batch
		select {
		case b = <-in:
		case <-ctx.Done():
			return fmt.Errorf("import: %w", ctx.Err())
		}
		if b.err != nil && b.err != io.EOF {
			return fmt.Errorf("import: %w", b.err)
		}
		if len(b.rows) > 0 {
			if err := im.s.db.Bulk(ctx, func(tx *store.Tx) error { return im.storeBatch(tx, b.rows) }); err != nil {
				return fmt.Errorf("import: %w", err)
			}
		}
		if b.err == io.EOF {
			return nil
		}
	}
}

func (im *importer) storeBatch(tx *store.Tx, rows []fresh) error {
	first, err := reserve(tx, int64(len(rows)))
	if err != nil {
		return err
	}
	if im.first == 0 {
		im.first = first
	}
	bank, source, now := any(im.bank.ID), any(im.source), any(tx.Now())
	types := map[jaga.SignalType]any{}
	for t, n := range typeNumbers {
		types[t] = n
	}
	i, row := 0, make([]any, 6)
	_, err = tx.BulkInsert("entries", []string{"bank_id", "id", "type", "source_id", "created_at", "value"}, func() ([]any, error) {
		if i == len(rows) {
			return nil, nil
		}
		v := &rows[i].value
		row[0], row[1], row[2], row[3], row[4], row[5] = bank, first+int64(i), types[v.Type], source, now, v.Bytes[:v.Type.Size()]
		i++
		return row, nil
	})
	if err != nil {
		return err
	}
	for i, r := range rows {
		if err := addBody(tx, im.bank.ID, first+int64(i), r.value); err != nil {
			return err
		}
		if r.note == "" {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO entry_facts (entry_id, bank_id, note) VALUES ($1, $2, $3)`, first+int64(i), im.bank.ID, r.note); err != nil {
			return err
		}
	}
	for _, r := range rows {
		im.frames += (len(r.value.Frames) + len(r.value.Words)) / frameBytes
	}
	if im.frames > directInsert {
		im.small = nil // the index is built anew, from the database
	}
	for i := 0; i < len(rows) && len(im.small) <= directInsert && im.frames <= directInsert; i++ {
		im.small = append(im.small, smallEntry{first + int64(i), rows[i].value})
	}
	im.next = first + int64(len(rows))
	return nil
}

// read returns the next hash that is new, and its note.
func (im *importer) read() (engine.Value, string, error) {
	for {
		row, err := im.list.Next()
		var bad *listfmt.LineError
		switch {
		case err == io.EOF:
			return engine.Value{}, "", err
		case errors.As(err, &bad):
			if !im.opt.SkipBad {
				return engine.Value{}, "", &jaga.Error{Code: jaga.CodeInvalid, Field: "line " + strconv.Itoa(bad.Line), Msg: bad.Msg,
					Hint: "nothing was imported; mend the line, or keep the good lines with --skip-bad", Err: err}
			}
			im.res.Rows++
			im.res.Bad++
			if len(im.res.BadLines) < maxBadLines {
				im.res.BadLines = append(im.res.BadLines, Bad{bad.Line, bad.Msg})
			}
			continue
		case err != nil:
			return engine.Value{}, "", err
		}
		im.res.Rows++
		if im.opt.Progress != nil && im.res.Rows%4096 == 0 && time.Since(im.last) > 100*time.Millisecond {
			im.last = time.Now()
			im.opt.Progress(im.res.Rows)
		}
		v := engine.Value{Type: row.Type, Bytes: row.Value, Frames: row.Frames, Words: row.Words}
		if im.duplicate(v) {
			im.res.Duplicates++
			continue
		}
		im.res.Added++
		return v, row.Note, nil
	}
}

// duplicate reports whether the value is in the list already or in the bank.
// The list's own values are remembered by a keyed 64-bit hash: among 10 million
// the chance of one false duplicate is 3 in a million, and nobody can aim at it.
func (im *importer) duplicate(v engine.Value) bool {
	var h maphash.Hash
	h.SetSeed(im.seed)
	_, _ = h.WriteString(string(v.Type))
	_, _ = h.Write(v.Bytes[:])
	sum := h.Sum64()
	if _, ok := im.seen[sum]; ok {
		return true
	}
	im.seen[sum] = struct{}{}
	return im.s.eng.Has(im.bank.ID, v, time.Now().Unix())
}

// finish brings the entries into being.
func (im *importer) finish(ctx context.Context, actor string) error {
	s := im.s
	large := im.res.Added > directInsert || im.frames > directInsert
	if large {
		// Until the index has the entries, [Service.Settle] waits.
		s.rebuild.Lock()
		defer s.rebuild.Unlock()
	}
	s.mu.Lock()
	err := s.db.Update(ctx, custody.Event{Actor: actor, Action: "bank.import", Subject: subject(im.bank.ID), Detail: map[string]string{
		"source": strconv.FormatInt(im.source, 10), "added": strconv.FormatInt(im.res.Added, 10), "duplicates": strconv.FormatInt(im.res.Duplicates, 10),
		"bad": strconv.FormatInt(im.res.Bad, 10), "list_sha256": im.res.Digest,
	}}, func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE bank_sources SET state = 'ready' WHERE id = $1`, im.source); err != nil {
			return err
		}
		if err := count(tx, im.bank.ID, im.source, im.res.Added); err != nil {
			return err
		}
		if im.res.Added == 0 {
			return nil
		}
		return grew(tx, im.bank.ID, im.first, im.next-1)
	})
	im.finished = err == nil
	ctx = context.WithoutCancel(ctx) // from here on the list is in the bank
	if err == nil && !large {
		for _, e := range im.small {
			if err = s.eng.Insert(im.bank.ID, uint32(e.id), e.value); err != nil {
				break
			}
		}
	}
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("import: %w", err)
	}
	if large {
		// The rows are durable now. If building the index fails, the next
		// start builds it.
		if err := s.rebuildAlone(ctx, nil); err != nil {
			s.stale(ctx, err)
			return fmt.Errorf("import: the entries are stored, but the index could not be built yet; it is tried again: %w", err)
		}
	}
	return nil
}

// abandon removes what was stored of a list that is not imported.
func (im *importer) abandon(ctx context.Context) {
	if err := im.s.forget(ctx, im.bank.ID, im.source); err != nil {
		im.s.opt.Log.Warn("what an import left is removed at the next start", "bank_id", im.bank.ID, "error", err)
	}
}

// Export writes a bank's hashes as a list. typ may be empty for all.
func (s *Service) Export(ctx context.Context, actor, bank string, w io.Writer, format listfmt.Format, typ jaga.SignalType) (rows int64, err error) {
	out, err := listfmt.NewWriter(w, format)
	if err != nil {
		return 0, err
	}
	b, err := s.Get(ctx, bank)
	if err != nil {
		return 0, err
	}
	if err := s.db.Update(ctx, custody.Event{Actor: actor, Action: "bank.export", Subject: subject(b.ID), Detail: map[string]string{"format": string(format)}},
		func(*store.Tx) error { return nil }); err != nil {
		return 0, err
	}
	after := int64(0)
	for {
		page, err := s.Entries(ctx, bank, Filter{Type: typ, After: after, Limit: 1000})
		if err != nil {
			return rows, err
		}
		if len(page) == 0 {
			return rows, out.Flush()
		}
		for _, e := range page {
			after = e.ID
			for _, sig := range e.Signals {
				if typ != "" && sig.Type != typ {
					continue
				}
				v, err := s.whole(ctx, b.ID, e.ID, sig)
				if err != nil {
					return rows, err
				}
				if err := out.Write(&listfmt.Row{Type: v.Type, Value: v.Bytes, Frames: v.Frames, Words: v.Words, Note: e.Note}); err != nil {
					return rows, err
				}
				rows++
			}
		}
	}
}
