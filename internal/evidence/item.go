package evidence

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// State is where a file stands.
type State string

// The states of a file. One that was discarded from quarantine leaves no row.
const (
	Quarantine State = "quarantine" // sealed, bound to no case
	Kept       State = "kept"       // bound to a case
	Destroyed  State = "destroyed"  // its keys are gone
)

// Item is what is known of a file without opening it.
type Item struct {
	ID     string
	Case   int64  // 0 in quarantine
	Parent string // the file that this is a working copy of, or ""
	State  State
	// Digest is the keyed digest of the content (see [Service.Digest]); equal
	// files have equal digests.
	Digest [32]byte
	Size   int64 // bytes of the plaintext
	By     string
	At     int64 // microseconds since 1970
	// MissingAt is when the payload was found to be gone, 0 when it is there.
	MissingAt   int64
	DestroyedAt int64
}

// Acquisition says how a file was acquired (ISO/IEC 27037): who, what, when, how.
// It is kept sealed. Tool, Operator, Source, Method and At must be stated.
type Acquisition struct {
	// Tool and ToolVersion name the program that took the file.
	Tool        string `json:"tool"`
	ToolVersion string `json:"tool_version,omitempty"`
	// Operator is the actor for whom it ran: "person:1", "key:7", "system".
	Operator string `json:"operator"`
	// Source is where it came from, as the caller names it: an upload, a
	// stream, a platform's account.
	Source string `json:"source"`
	// Method is how: "upload", "screen recording", "working copy".
	Method string `json:"method"`
	// At is when, and Clock whose clock said so ("server" when empty).
	At    time.Time `json:"at"`
	Clock string    `json:"clock,omitempty"`
	// Name and MediaType are as the sender stated them; nothing relies on them.
	Name      string `json:"name,omitempty"`
	MediaType string `json:"media_type,omitempty"`
}

// Record is the sealed record of a file.
type Record struct {
	Acquisition Acquisition `json:"acquisition"`
	Size        int64       `json:"size"`
	SHA256      string      `json:"sha256"` // hexadecimal, of the plaintext
	SHA512      string      `json:"sha512"`
	// Salt opens what the record of the file's arrival states of its digest
	// under [CommitKey] (see custody.Commitment): 16 bytes, hexadecimal. Files
	// that came in before there was one have none.
	Salt string `json:"salt,omitempty"`
}

// CommitKey is the detail of the record of a file's arrival that commits to its
// SHA-256. Whoever gets the salt can check that the file is the one that came
// in; without it, it tells nothing.
const CommitKey = "commit"

// maxText is the longest text of an acquisition, in bytes.
const maxText = 1000

func (a *Acquisition) check() error {
	for _, f := range []struct{ name, text string }{{"tool", a.Tool}, {"operator", a.Operator}, {"source", a.Source}, {"method", a.Method}} {
		if f.text == "" {
			return invalid("acquisition."+f.name, "keep evidence: it must be stated")
		}
	}
	for _, f := range []struct{ name, text string }{{"tool", a.Tool}, {"tool_version", a.ToolVersion}, {"operator", a.Operator}, {"source", a.Source}, {"method", a.Method}, {"clock", a.Clock}, {"name", a.Name}, {"media_type", a.MediaType}} {
		if len(f.text) > maxText {
			return invalid("acquisition."+f.name, "keep evidence: it is longer than 1,000 bytes")
		}
	}
	if a.At.IsZero() {
		return invalid("acquisition.at", "keep evidence: the time must be stated")
	}
	return nil
}

// Put seals what r yields while it arrives and keeps it in quarantine. The file
// is acknowledged, by a nil error, when it and its record are durable. When r or
// anything else fails nothing is kept: what may lie in the blob store then is
// encrypted under a key that is nowhere. Put never limits the size.
func (s *Service) Put(ctx context.Context, actor string, a Acquisition, r io.Reader) (Item, error) {
	return s.put(ctx, actor, "", a, r)
}

// PutDerived seals a working copy of a file, such as a small grey one. It is
// bound to the case of its parent, and destroyed with it.
func (s *Service) PutDerived(ctx context.Context, actor, parent string, a Acquisition, r io.Reader) (Item, error) {
	if parent == "" {
		return Item{}, invalid("parent", "keep working copy: it must be stated of what")
	}
	return s.put(ctx, actor, parent, a, r)
}

func (s *Service) put(ctx context.Context, actor, parent string, a Acquisition, r io.Reader) (Item, error) {
	if err := a.check(); err != nil {
		return Item{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Item{}, fmt.Errorf("keep evidence: %w", err)
	}
	it := Item{ID: id.String(), Parent: parent, State: Quarantine, By: actor}
	if parent != "" {
		var p row
		if err := s.db.View(ctx, func(tx *store.Tx) (err error) { p, err = alive(tx, parent); return err }); err != nil {
			return Item{}, err
		}
		it.Case, it.State = p.Case, p.state()
	}
	v, officers := s.keys()
	at := vault.Binding{Case: it.Case, File: it.ID, Version: 1}
	short, long := sha256.New(), sha512.New()
	count := &counter{r: r}
	sealed, err := v.Seal(at, io.TeeReader(count, io.MultiWriter(short, long)))
	if err != nil {
		return Item{}, err
	}
	if _, err := s.blobs.Put(ctx, it.ID, sealed.Payload); err != nil {
		return Item{}, err
	}
	it.Size, it.Digest = count.n, s.Digest([32]byte(short.Sum(nil)))
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // it never fails
	record, err := json.Marshal(Record{a, it.Size, hex.EncodeToString(short.Sum(nil)), hex.EncodeToString(long.Sum(nil)), hex.EncodeToString(salt)})
	if err == nil {
		err = s.insert(ctx, actor, &it, at, v, officers, sealed, record, custody.Commit(salt, short.Sum(nil)))
	}
	if err != nil {
		// The request may have ended; what is left is removed all the same,
		// and by Mend where that fails.
		if rerr := s.blobs.Remove(context.WithoutCancel(ctx), it.ID); rerr != nil {
			s.log.Warn("remove blob of evidence that was not kept", "evidence", it.ID, "error", rerr)
		}
		return Item{}, err
	}
	return it, nil
}

func (s *Service) insert(ctx context.Context, actor string, it *Item, at vault.Binding, v *vault.Vault, officers int64, sealed *vault.Sealed, record []byte, commit string) error {
	action, detail := "evidence.put", map[string]string{"content": hex.EncodeToString(it.Digest[:]), "size": strconv.FormatInt(it.Size, 10), CommitKey: commit}
	if it.Parent != "" {
		action, detail["parent"], detail["case"] = "evidence.derive", it.Parent, strconv.FormatInt(it.Case, 10)
	}
	return s.db.Update(ctx, event(actor, action, it.ID, detail), func(tx *store.Tx) error {
		if it.Parent != "" {
			// The parent may have moved or gone while the copy came in.
			p, err := alive(tx, it.Parent)
			if err != nil {
				return err
			}
			if p.Case != it.Case {
				return conflict("parent", "keep working copy: its file was moved to another case meanwhile", "try again")
			}
		}
		it.At = tx.Now()
		_, err := tx.Exec(`INSERT INTO evidence (id, case_id, version, parent, state, digest, size, key_id, officers, header, record, created_by, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
			it.ID, it.Case, at.Version, it.Parent, string(it.State), it.Digest[:], it.Size, v.Keys().Current(), officers, sealed.Header, sealed.SealRecord(record), actor, it.At)
		return err
	})
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// row is a row of the table.
type row struct {
	ID             string
	Case, Version  int64
	Parent         string
	State          string
	Digest         []byte
	Size           int64
	KeyID          string
	Officers       int64
	Header, Record []byte
	By             string
	At             int64
	MissingAt      int64
	DestroyedAt    int64
}

const columns = `id, case_id, version, parent, state, digest, size, key_id, officers, header, record, created_by, created_at, missing_at, destroyed_at`

func (r row) state() State { return State(r.State) }

func (r row) binding() vault.Binding {
	return vault.Binding{Case: r.Case, File: r.ID, Version: r.Version}
}

func (r row) item() Item {
	it := Item{ID: r.ID, Case: r.Case, Parent: r.Parent, State: r.state(), Size: r.Size, By: r.By, At: r.At, MissingAt: r.MissingAt, DestroyedAt: r.DestroyedAt}
	copy(it.Digest[:], r.Digest)
	return it
}

func get(tx *store.Tx, id string) (row, error) {
	r, err := store.One[row](tx, `SELECT `+columns+` FROM evidence WHERE id = $1`, id)
	return r, missing(err, "evidence")
}

// alive returns a file whose keys are there.
func alive(tx *store.Tx, id string) (row, error) {
	r, err := get(tx, id)
	if err == nil && r.state() == Destroyed {
		err = &jaga.Error{Code: jaga.CodeConflict, Field: "evidence", Msg: "the file was destroyed"}
	}
	return r, err
}

// Get returns a file, also one that was destroyed.
func (s *Service) Get(tx *store.Tx, id string) (Item, error) {
	r, err := get(tx, id)
	return r.item(), err
}

// OfCase lists the files of a case in the order in which they came, working
// copies among them.
func (s *Service) OfCase(tx *store.Tx, caseID int64) ([]Item, error) {
	if caseID <= 0 {
		return nil, invalid("case", "list evidence: there is no such case")
	}
	return items(tx, `case_id = $1 ORDER BY id`, caseID)
}

// WithDigest lists the files with a content, oldest first: those of other cases
// too, so that nobody must look at the same file again.
func (s *Service) WithDigest(tx *store.Tx, digest [32]byte) ([]Item, error) {
	return items(tx, `digest = $1 ORDER BY id`, digest[:])
}

func items(tx *store.Tx, where string, args ...any) (out []Item, err error) {
	rows, err := store.All[row](tx, `SELECT `+columns+` FROM evidence WHERE `+where, args...)
	for _, r := range rows {
		out = append(out, r.item())
	}
	return out, err
}
