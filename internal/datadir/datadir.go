// Package datadir is the directory in which an installation keeps what is its
// own: who it is, its secret keys, and the lock that keeps a second process
// out.
//
//	identity.json  who the installation is, and its keys (mode 0600)
//	lock           held while a process uses the directory
//	jaga.db        the SQLite database, unless another store is configured
//	vault.key      the vault keys, unless they are kept elsewhere (mode 0600)
//	vault/         sealed evidence, unless it is kept elsewhere
//	index/         snapshots of the bank index; can be deleted, they are rebuilt
//	server.json    while a server runs: where it listens, and the key for the
//	               commands of the same user (mode 0600)
//
// identity.json is trusted: whoever reads it can sign checkpoints of the
// custody log and knows the permutation of the index.
package datadir

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/durable"
)

// Identity is what makes an installation itself.
type Identity struct {
	Format    int       `json:"format"` // of this file, 1
	ID        string    `json:"id"`     // 16 hexadecimal digits
	CreatedAt time.Time `json:"created_at"`
	// CustodySigner and CustodyVerifier are the key pair of the custody log.
	CustodySigner   string `json:"custody_signer"`
	CustodyVerifier string `json:"custody_verifier"`
	// IndexKey is the secret permutation of the bank index, 64 hexadecimal
	// digits.
	IndexKey string `json:"index_key"`
}

// Origin names the custody log of the installation.
func (i Identity) Origin() string { return "jaga/" + i.ID }

// Key returns the secret permutation of the bank index.
func (i Identity) Key() (key [32]byte, err error) {
	b, err := hex.DecodeString(i.IndexKey)
	if err != nil || len(b) != len(key) {
		return key, &jaga.Error{Code: jaga.CodeInvalid, Field: "identity.json", Msg: "index_key is not 64 hexadecimal digits",
			Hint: "restore identity.json from a backup"}
	}
	copy(key[:], b)
	return key, nil
}

// Dir is a data directory that this process holds.
type Dir struct {
	Path     string
	Identity Identity
	Created  bool // Open made it
	lock     *os.File
}

const identityFile = "identity.json"

// Open takes hold of the directory, and makes it when it is missing or empty
// and create is set. It refuses a directory that another process holds, and
// one that is not empty and not Jaga's.
func Open(path string, create bool) (*Dir, error) {
	fail := func(code jaga.Code, msg, hint string, err error) error {
		return &jaga.Error{Code: code, Field: path, Msg: "open data directory: " + msg, Hint: hint, Err: err}
	}
	entries, err := os.ReadDir(path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fail(jaga.CodeInvalid, err.Error(), "choose another directory with JAGA_DATA", err)
	case err != nil && !create:
		return nil, fail(jaga.CodeNotFound, "there is none", "run `jaga init`, or name another with JAGA_DATA", err)
	}
	_, err = os.Stat(filepath.Join(path, identityFile))
	known := err == nil
	if !known && len(foreign(entries)) > 0 {
		return nil, fail(jaga.CodeConflict, fmt.Sprintf("it holds other files (%s) and no %s", foreign(entries)[0], identityFile),
			"name an empty directory, or restore identity.json from a backup", nil)
	}
	if !known && !create {
		return nil, fail(jaga.CodeNotFound, "it is empty", "run `jaga init`", nil)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fail(jaga.CodeInvalid, err.Error(), "choose another directory with JAGA_DATA", err)
	}
	if !known {
		// A directory that was made for us, by a package or a volume, may be
		// open to others; what comes into it is for its owner only.
		if err := os.Chmod(path, 0o700); err != nil {
			return nil, fail(jaga.CodeInvalid, err.Error(), "choose another directory with JAGA_DATA", err)
		}
	}
	d := &Dir{Path: path}
	if d.lock, err = hold(filepath.Join(path, "lock")); errors.Is(err, ErrInUse) {
		return nil, fail(jaga.CodeConflict, ErrInUse.Error(), "stop the other `jaga`, or give this one its own JAGA_DATA", err)
	} else if err != nil {
		return nil, fail(jaga.CodeUnavailable, err.Error(), "check who owns the directory, and the disk", err)
	}
	// Another process may have made it while this one waited for the lock.
	if _, err := os.Stat(filepath.Join(path, identityFile)); err != nil {
		if err := d.create(); err != nil {
			d.Close()
			return nil, fail(jaga.CodeUnavailable, err.Error(), "", err)
		}
		d.Created = true
	}
	if d.Identity, err = ReadIdentity(path); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// patience is how long a lock is waited for. A process that is killed in the moment
// in which it starts a decoder leaves a copy of itself behind that holds the lock
// until it has become the decoder, or ends.
const patience = 2 * time.Second

// hold takes the lock, and waits for it a little.
func hold(path string) (f *os.File, err error) {
	for until := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if f, err = lock(path); !errors.Is(err, ErrInUse) || time.Now().After(until) {
			return f, err
		}
	}
}

// ReadIdentity reads who the installation of a directory is, without taking
// hold of the directory: for commands that only read.
func ReadIdentity(path string) (i Identity, err error) {
	fail := func(code jaga.Code, msg, hint string) error {
		return &jaga.Error{Code: code, Field: path, Msg: "open data directory: " + msg, Hint: hint, Err: err}
	}
	text, err := os.ReadFile(filepath.Join(path, identityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return i, fail(jaga.CodeNotFound, "there is no "+identityFile+" in it", "run `jaga init`, or name another with JAGA_DATA")
	}
	if err != nil {
		return i, fail(jaga.CodeUnavailable, err.Error(), "check who owns the data directory")
	}
	if err = json.Unmarshal(text, &i); err != nil || i.ID == "" {
		return i, fail(jaga.CodeInvalid, identityFile+" cannot be read", "restore it from a backup")
	}
	if i.Format != 1 {
		return i, fail(jaga.CodeConflict, fmt.Sprintf("%s has format %d, this program knows 1", identityFile, i.Format),
			"start the newer version of Jaga")
	}
	return i, nil
}

// foreign lists what may not be in a directory that is about to become ours.
func foreign(entries []fs.DirEntry) (names []string) {
	for _, e := range entries {
		if e.Name() != "lock" && e.Name() != identityFile && e.Name() != "lost+found" {
			names = append(names, e.Name())
		}
	}
	return names
}

func (d *Dir) create() error {
	var id [8]byte
	var key [32]byte
	_, _ = rand.Read(id[:])
	_, _ = rand.Read(key[:])
	i := Identity{Format: 1, ID: hex.EncodeToString(id[:]), CreatedAt: time.Now().UTC().Truncate(time.Second), IndexKey: hex.EncodeToString(key[:])}
	var err error
	if i.CustodySigner, i.CustodyVerifier, err = custody.NewKey(i.Origin()); err != nil {
		return err
	}
	text, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(d.Path, identityFile), append(text, '\n'), 0o600)
}

// Server says where the process that holds the directory listens, and the key
// with which the commands of the same user may ask it to do things.
type Server struct {
	URL string `json:"url"`
	Key string `json:"key"`
}

const serverFile = "server.json"

// Announce writes where this process listens, until the returned function is
// called. What a killed process left behind is harmless: its key is known to
// nobody any more.
func (d *Dir) Announce(s Server) (withdraw func(), err error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(d.Path, serverFile)
	if err := durable.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return nil, err
	}
	return func() { _ = os.Remove(path) }, nil
}

// ReadServer returns what the process that holds the directory announced.
func ReadServer(path string) (s Server, err error) {
	text, err := os.ReadFile(filepath.Join(path, serverFile))
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	return s, err
}

// InUse reports whether a process holds the directory.
func InUse(path string) bool {
	if _, err := os.Stat(filepath.Join(path, "lock")); err != nil {
		return false
	}
	f, err := lock(filepath.Join(path, "lock"))
	if err == nil {
		_ = f.Close()
	}
	return errors.Is(err, ErrInUse)
}

// ErrInUse is in the error of [Open] when another process holds the directory.
var ErrInUse = errors.New("another process is using it")

// Store is the address of the directory's own database.
func (d *Dir) Store() string { return "sqlite:" + filepath.Join(d.Path, "jaga.db") }

// Index is the directory of the index snapshots.
func (d *Dir) Index() string { return IndexDir(d.Path) }

// IndexDir is the directory of the index snapshots of a data directory.
func IndexDir(path string) string { return filepath.Join(path, "index") }

// VaultKey is the file of the vault keys of a data directory.
func VaultKey(path string) string { return filepath.Join(path, "vault.key") }

// VaultDir is the directory of sealed evidence of a data directory.
func VaultDir(path string) string { return filepath.Join(path, "vault") }

// Close gives the directory up.
func (d *Dir) Close() { _ = d.lock.Close() }
