package evidence

import (
	"context"
	"encoding/json"
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// MaxGrant is how long a grant lasts at most: who needs a file for longer asks
// again, and is asked again for what.
const MaxGrant = 24 * time.Hour

// NewGrant lets one person or program open one file.
type NewGrant struct {
	Evidence string
	Person   string // an actor: "person:1"
	// Purpose is a short fixed word, such as "review" or "report"; it stands in
	// custody records, so it is no free text.
	Purpose string
	Until   time.Time
}

// Grant makes a grant and returns its number.
func (s *Service) Grant(tx *store.Tx, actor string, g NewGrant) (int64, error) {
	until := g.Until.UnixMicro()
	switch {
	case g.Person == "":
		return 0, invalid("person", "grant: it must be stated to whom")
	case !word(g.Purpose):
		return 0, invalid("purpose", "grant: a purpose is one short word of a-z and -")
	case until <= tx.Now():
		return 0, invalid("until", "grant: the end is over already")
	case until > tx.Now()+MaxGrant.Microseconds():
		return 0, invalid("until", "grant: a grant lasts a day at most")
	}
	if _, err := alive(tx, g.Evidence); err != nil {
		return 0, err
	}
	id, err := store.One[int64](tx, `INSERT INTO evidence_grants (evidence_id, person, purpose, until, granted_by, granted_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
		g.Evidence, g.Person, g.Purpose, until, actor, tx.Now())
	if err != nil {
		return 0, err
	}
	return id, tx.Record(event(actor, "evidence.grant", g.Evidence, map[string]string{
		"grant": strconv.FormatInt(id, 10), "person": g.Person, "purpose": g.Purpose, "until": strconv.FormatInt(until, 10)}))
}

// word reports whether a text is one short word.
func word(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return true
}

// Revoke ends a grant; whoever reads within it is stopped at the next range.
func (s *Service) Revoke(tx *store.Tx, actor string, grant int64) error {
	g, err := grantOf(tx, grant)
	if err != nil {
		return err
	}
	if g.RevokedAt > 0 {
		return nil
	}
	if _, err := tx.Exec(`UPDATE evidence_grants SET revoked_at = $1 WHERE id = $2`, tx.Now(), grant); err != nil {
		return err
	}
	return tx.Record(event(actor, "evidence.revoke", g.Evidence, map[string]string{"grant": strconv.FormatInt(grant, 10)}))
}

type grantRow struct {
	ID                        int64
	Evidence, Person, Purpose string
	Until, RevokedAt          int64
}

func grantOf(tx *store.Tx, id int64) (grantRow, error) {
	g, err := store.One[grantRow](tx, `SELECT id, evidence_id, person, purpose, until, revoked_at FROM evidence_grants WHERE id = $1`, id)
	return g, missing(err, "grant")
}

// allowed returns the grant and its file, where the person may read now.
func allowed(tx *store.Tx, grant int64, person string) (g grantRow, r row, err error) {
	deny := func(msg string) error {
		return &jaga.Error{Code: jaga.CodeDenied, Field: "grant", Msg: "open evidence: " + msg}
	}
	if g, err = grantOf(tx, grant); err != nil {
		return g, r, err
	}
	switch {
	case g.Person != person:
		return g, r, deny("the grant is another person's")
	case g.RevokedAt > 0:
		return g, r, deny("the grant was revoked")
	case g.Until <= tx.Now():
		return g, r, deny("the grant is over")
	}
	r, err = alive(tx, g.Evidence)
	return g, r, err
}

func (g grantRow) event(person, action string, detail map[string]string) custody.Event {
	if detail == nil {
		detail = map[string]string{}
	}
	detail["grant"], detail["purpose"] = strconv.FormatInt(g.ID, 10), g.Purpose
	return event(person, action, g.Evidence, detail)
}

// ReadRecord opens the record of a file: where it came from, and its real
// digests. It is a custody record.
func (s *Service) ReadRecord(ctx context.Context, person string, grant int64) (Record, error) {
	var r row
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		g, found, err := allowed(tx, grant, person)
		if err != nil {
			return err
		}
		r = found
		return tx.Record(g.event(person, "evidence.read_record", nil))
	})
	if err != nil {
		return Record{}, err
	}
	return s.record(r)
}

func (s *Service) record(r row) (rec Record, err error) {
	v, _ := s.keys()
	text, err := v.OpenRecord(r.Header, r.binding(), r.Record)
	if err != nil {
		return rec, err
	}
	err = json.Unmarshal(text, &rec)
	return rec, err
}

// Noted records that a working copy of a file was made that is not kept, such as
// the small grey picture of a page.
func (s *Service) Noted(tx *store.Tx, person string, grant int64, what string) error {
	if !word(what) {
		return invalid("what", "note working copy: it is one short word of a-z and -")
	}
	g, _, err := allowed(tx, grant, person)
	if err != nil {
		return err
	}
	return tx.Record(g.event(person, "evidence.working_copy", map[string]string{"what": what}))
}

// File is a file that is open for reading. It is an io.ReadSeeker for
// http.ServeContent, and an io.ReaderAt; what ReadAt does may be done by several
// goroutines at once. Close must be called.
type File struct {
	*io.SectionReader
	blob vault.Blob
}

// Close closes the file.
func (f *File) Close() error { return f.blob.Close() }

// Open opens a file for the person within a grant. Reading fails once ctx ends,
// or the grant does.
func (s *Service) Open(ctx context.Context, person string, grant int64) (*File, error) {
	var r row
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		g, found, err := allowed(tx, grant, person)
		if err != nil {
			return err
		}
		r = found
		return tx.Record(g.event(person, "evidence.open", nil))
	})
	if err != nil {
		return nil, err
	}
	blob, err := s.blobs.Open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	v, _ := s.keys()
	c, err := v.Open(r.Header, r.binding(), blob)
	if err == nil && c.Size() != r.Size {
		err = &jaga.Error{Code: jaga.CodeUnavailable, Field: "blob", Msg: "open evidence: its size is not the one that was kept", Err: vault.ErrDamaged}
	}
	if err != nil {
		_ = blob.Close()
		return nil, err
	}
	l := &logged{s: s, ctx: ctx, person: person, grant: grant, c: c, next: firstWindow}
	return &File{io.NewSectionReader(l, 0, c.Size()), blob}, nil
}

// A range is recorded before its first byte is handed out, and with it some of
// what comes next, so that reading on needs few records: a window that doubles.
// The record so names what was within reach, never less than what was read.
const (
	firstWindow = 1 << 20
	lastWindow  = 64 << 20
)

// logged records ranges before they are read.
type logged struct {
	s      *Service
	ctx    context.Context
	person string
	grant  int64
	c      *vault.Content

	mu   sync.Mutex
	done []span // recorded
	next int64  // size of the next window
}

type span struct{ from, to int64 } // [from, to)

// ReadAt implements io.ReaderAt.
func (l *logged) ReadAt(p []byte, off int64) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	if len(p) == 0 || off < 0 || off >= l.c.Size() {
		return l.c.ReadAt(p, off)
	}
	if err := l.record(off, min(off+int64(len(p)), l.c.Size())); err != nil {
		return 0, err
	}
	return l.c.ReadAt(p, off)
}

// record returns when the range is in the custody log.
func (l *logged) record(from, to int64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, d := range l.done {
		if from < d.from || from > d.to {
			continue
		}
		if to <= d.to {
			return nil
		}
		// It goes on where a recorded range ends.
		end, err := l.add(d.to, to)
		if err == nil {
			l.done[i].to = end
		}
		return err
	}
	end, err := l.add(from, to)
	if err == nil {
		l.done = append(l.done, span{from, end})
	}
	return err
}

// add writes the record of a range of which at least [from, to) is wanted.
func (l *logged) add(from, to int64) (end int64, err error) {
	end = min(max(to, from+l.next), l.c.Size())
	err = l.s.db.Bulk(l.ctx, func(tx *store.Tx) error {
		g, _, err := allowed(tx, l.grant, l.person)
		if err != nil {
			return err
		}
		return tx.Record(g.event(l.person, "evidence.read", map[string]string{"from": strconv.FormatInt(from, 10), "to": strconv.FormatInt(end, 10)}))
	})
	if err == nil {
		l.next = min(2*l.next, lastWindow)
	}
	return end, err
}
