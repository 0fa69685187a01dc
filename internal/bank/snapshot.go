package bank

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/internal/durable"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/mmap"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/vpdq"
)

// manifest names the files of a snapshot and says what they hold. It is
// written last, so that what it names is whole.
type manifest struct {
	Format  int               `json:"format"` // manifestFormat
	Version string            `json:"version"`
	Next    int64             `json:"next"`
	Seq     int64             `json:"seq"`
	Pending []int64           `json:"pending"`
	Spans   []engine.Span     `json:"spans"`
	Counts  engine.Counts     `json:"counts"`
	Files   map[string]string `json:"files"`   // signal type → file
	Digests map[string]string `json:"digests"` // signal type → SHA-256 of the file
	// Records is how many custody records the database had, and Leaf the hash
	// of the last: a snapshot belongs to the database that has the same.
	Records int64  `json:"records"`
	Leaf    string `json:"leaf"`
	// MAC is over all of the above with a key of the installation.
	MAC string `json:"mac"`
}

// sign returns the MAC of the manifest.
func (m manifest) sign(key [32]byte) (string, error) {
	m.MAC = ""
	text, err := json.Marshal(m)
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, append([]byte("jaga index manifest\n"), key[:]...))
	_, _ = h.Write(text)
	return hex.EncodeToString(h.Sum(nil)), nil
}

const (
	manifestFile   = "manifest.json"
	manifestFormat = 6
)

// writeSnapshot writes the immutable part of the contents: changes made since
// they were built come from the database when the snapshot is read.
func (s *Service) writeSnapshot(c *contents) error {
	if s.opt.Dir == "" {
		return nil
	}
	base := c.built
	m := manifest{Format: manifestFormat, Version: c.version, Next: base.next, Seq: base.seq, Pending: base.pending, Spans: base.spans, Counts: base.count, Files: map[string]string{}, Digests: map[string]string{},
		Records: base.records, Leaf: base.leaf}
	write := func(typ jaga.SignalType, to io.WriterTo) error {
		name := string(typ) + "-" + c.version + ".idx"
		m.Files[string(typ)] = name
		digest := sha256.New()
		err := durable.Write(filepath.Join(s.opt.Dir, name), 0o600, func(w io.Writer) error {
			_, err := to.WriteTo(io.MultiWriter(w, digest))
			return err
		})
		m.Digests[string(typ)] = hex.EncodeToString(digest.Sum(nil))
		return err
	}
	if err := write(jaga.PDQ, base.pdq); err != nil {
		return fmt.Errorf("write index snapshot: %w", err)
	}
	if err := write(jaga.VPDQ, base.film); err != nil {
		return fmt.Errorf("write index snapshot: %w", err)
	}
	if err := write(jaga.Chromaprint, base.sound); err != nil {
		return fmt.Errorf("write index snapshot: %w", err)
	}
	for typ, x := range base.exact {
		if err := write(typ, x); err != nil {
			return fmt.Errorf("write index snapshot: %w", err)
		}
	}
	var err error
	if m.MAC, err = m.sign(s.opt.Key); err != nil {
		return err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(s.opt.Dir, manifestFile), text, 0o600); err != nil {
		return fmt.Errorf("write index snapshot: %w", err)
	}
	return s.removeOld(m)
}

// removeOld removes the files of earlier snapshots. Ones that are still mapped
// live on until they are closed.
func (s *Service) removeOld(m manifest) error {
	entries, err := os.ReadDir(s.opt.Dir)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, f := range m.Files {
		keep[f] = true
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".idx") && !keep[e.Name()] || strings.HasPrefix(e.Name(), ".new-") {
			if err := os.Remove(filepath.Join(s.opt.Dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// readManifest returns the manifest of the snapshot, nil when there is none, and
// an error when it is damaged or of another installation.
func (s *Service) readManifest() (*manifest, error) {
	if s.opt.Dir == "" {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Join(s.opt.Dir, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", manifestFile, err)
	}
	if m.Format != manifestFormat {
		return nil, fmt.Errorf("%s has format %d, this program knows %d", manifestFile, m.Format, manifestFormat)
	}
	mac, err := m.sign(s.opt.Key)
	if err != nil || !hmac.Equal([]byte(mac), []byte(m.MAC)) {
		return nil, fmt.Errorf("%s was not written by this installation as it is", manifestFile)
	}
	return &m, nil
}

// belongs returns an error unless the database is the one that the snapshot was
// made from, or a later state of it.
func (m *manifest) belongs(tx *store.Tx) error {
	next, err := store.One[int64](tx, `SELECT next FROM bank_sequence WHERE id = 1`)
	if err != nil {
		return err
	}
	leaf, err := leafOf(tx, m.Records)
	if err != nil {
		return err
	}
	if m.Next > next || leaf != m.Leaf {
		return errors.New("the snapshot is of another database, or of a later state of this one")
	}
	return nil
}

// leafOf is the hash of the last of n custody records, "" when there is none.
func leafOf(tx *store.Tx, n int64) (string, error) {
	leaf, err := store.All[[]byte](tx, `SELECT leaf FROM custody_records WHERE seq = $1`, n-1)
	if err != nil || len(leaf) == 0 {
		return "", err
	}
	return hex.EncodeToString(leaf[0]), nil
}

// readSnapshot returns the contents of the snapshot, nil when there is none,
// and an error when it is damaged or of another database.
func (s *Service) readSnapshot(ctx context.Context) (*contents, error) {
	m, err := s.readManifest()
	if err != nil || m == nil {
		return nil, err
	}
	if err := s.db.View(ctx, m.belongs); err != nil {
		return nil, err
	}
	return s.readFiles(m)
}

// readFiles reads the files of a snapshot.
func (s *Service) readFiles(m *manifest) (*contents, error) {
	c := &contents{spans: m.Spans, count: m.Counts.Clone(), version: m.Version, next: m.Next, seq: m.Seq, pending: m.Pending, exact: map[jaga.SignalType]*engine.Exact{}}
	for _, typ := range jaga.SignalTypes() {
		name := m.Files[string(typ)]
		if name == "" || name != filepath.Base(name) {
			return nil, fmt.Errorf("%s names no file for %s", manifestFile, typ)
		}
		f, err := mmap.Open(filepath.Join(s.opt.Dir, name))
		if err != nil {
			return nil, err
		}
		digest := sha256.Sum256(f.Bytes())
		if hex.EncodeToString(digest[:]) != m.Digests[string(typ)] {
			return nil, errors.Join(fmt.Errorf("%s is not as it was written", name), f.Close())
		}
		// The file stays mapped for as long as the process lives: answers may
		// point into it at any time.
		if typ == jaga.PDQ {
			x, err := hamming.Load(s.opt.Key, f.Bytes())
			if err != nil {
				return nil, errors.Join(err, f.Close())
			}
			if c.pdq, err = hamming.NewSet(s.indexOptions(), x); err != nil {
				return nil, errors.Join(err, f.Close())
			}
			continue
		}
		if typ == jaga.VPDQ {
			x, err := vpdq.Load(s.opt.Key, f.Bytes())
			if err != nil {
				return nil, errors.Join(err, f.Close())
			}
			if c.film, err = vpdq.NewSet(s.indexOptions(), x); err != nil {
				return nil, errors.Join(err, f.Close())
			}
			continue
		}
		if typ == jaga.Chromaprint {
			x, err := chroma.Load(f.Bytes())
			if err != nil {
				return nil, errors.Join(err, f.Close())
			}
			c.sound = chroma.NewSet(x)
			continue
		}
		if c.exact[typ], err = engine.LoadExact(typ, f.Bytes()); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return c, nil
}

// VerifySnapshot reads the snapshot in a directory to its end and checks it
// against its checksums and the database. It returns how many hashes the
// snapshot holds, and ok false when there is none.
func VerifySnapshot(ctx context.Context, db *store.DB, dir string, key [32]byte) (hashes int, ok bool, err error) {
	s := &Service{db: db, opt: Options{Dir: dir, Key: key}}
	c, err := s.readSnapshot(ctx)
	if err != nil || c == nil {
		return 0, false, err
	}
	hashes = c.pdq.Len() + c.film.Films() + c.sound.Len()
	for _, x := range c.exact {
		hashes += x.Len()
	}
	return hashes, true, nil
}
