package bank

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/internal/durable"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/mmap"
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
	Files   map[string]string `json:"files"` // signal type → file
}

const (
	manifestFile   = "manifest.json"
	manifestFormat = 2
)

// writeSnapshot writes the immutable part of the contents: changes made since
// they were built come from the database when the snapshot is read.
func (s *Service) writeSnapshot(c *contents) error {
	if s.opt.Dir == "" {
		return nil
	}
	base := c.built
	m := manifest{Format: manifestFormat, Version: c.version, Next: base.next, Seq: base.seq, Pending: base.pending, Spans: base.spans, Counts: base.count, Files: map[string]string{}}
	write := func(typ jaga.SignalType, to io.WriterTo) error {
		name := string(typ) + "-" + c.version + ".idx"
		m.Files[string(typ)] = name
		return durable.Write(filepath.Join(s.opt.Dir, name), 0o600, func(w io.Writer) error {
			_, err := to.WriteTo(w)
			return err
		})
	}
	if err := write(jaga.PDQ, base.pdq); err != nil {
		return fmt.Errorf("write index snapshot: %w", err)
	}
	for typ, x := range base.exact {
		if err := write(typ, x); err != nil {
			return fmt.Errorf("write index snapshot: %w", err)
		}
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

// readSnapshot returns the contents of the snapshot, nil when there is none,
// and an error when it is damaged.
func (s *Service) readSnapshot() (*contents, error) {
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
		if c.exact[typ], err = engine.LoadExact(typ, f.Bytes()); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return c, nil
}

// VerifySnapshot reads the snapshot in a directory to its end and checks it
// against its checksums. It returns how many hashes the snapshot holds, and
// ok false when there is none.
func VerifySnapshot(dir string, key [32]byte) (hashes int, ok bool, err error) {
	s := &Service{opt: Options{Dir: dir, Key: key}}
	c, err := s.readSnapshot()
	if err != nil || c == nil {
		return 0, false, err
	}
	hashes = c.pdq.Len()
	for _, x := range c.exact {
		hashes += x.Len()
	}
	return hashes, true, nil
}
