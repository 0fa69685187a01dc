package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"github.com/jaga-project/jaga"
)

// ErrDamaged is in the error of everything that was refused because the sealed
// bytes are not what was written, or do not belong where they are.
var ErrDamaged = errors.New("sealed data is damaged or in the wrong place")

func damaged(field, why string, cause error) error {
	return &jaga.Error{Code: jaga.CodeUnavailable, Field: field, Msg: "open file: " + why,
		Hint: "keep what is there as it is, and restore the file from a copy; docs/vault.md says how", Err: errors.Join(ErrDamaged, cause)}
}

func reason(err error) string {
	for _, known := range []error{errMoved, ErrNoKey} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	if _, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
		return "none of the keys fits"
	}
	return "it was changed"
}

// Vault seals and opens files with the keys of an installation. It is immutable
// and safe for concurrent use.
type Vault struct {
	keys  Keys
	glass *age.HybridRecipient
}

// New returns a vault. breakGlass is the recipient of [NewBreakGlass] for which
// files are sealed too, or "" where there is none.
func New(keys Keys, breakGlass string) (*Vault, error) {
	if len(keys.list) == 0 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "vault key", Msg: "open vault: there is no key"}
	}
	v := &Vault{keys: keys}
	if breakGlass != "" {
		var err error
		if v.glass, err = age.ParseHybridRecipient(breakGlass); err != nil {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "break-glass recipient", Msg: "open vault: it does not begin with age1pq1, or is incomplete", Err: err}
		}
	}
	return v, nil
}

// Keys returns the keys of the vault.
func (v *Vault) Keys() Keys { return v.keys }

// wrap returns the header of a file key at a place.
func (v *Vault) wrap(fileKey []byte, b Binding) ([]byte, []*age.Stanza, error) {
	stanzas := []*age.Stanza{v.keys.list[0].wrap(fileKey, b)}
	if v.glass != nil {
		more, err := v.glass.Wrap(fileKey)
		if err != nil {
			return nil, nil, fmt.Errorf("wrap file key: %w", err)
		}
		stanzas = append(stanzas, more...)
	}
	return marshalHeader(fileKey, stanzas), stanzas, nil
}

// Sealed is a file while it is being sealed.
type Sealed struct {
	// Header is to be kept apart from the payload. Nothing opens without it.
	Header []byte
	// Payload is what is to be stored, encrypted as it is read from the source.
	// It never holds more than a segment of 64 KiB.
	Payload io.Reader
	fileKey []byte
}

// keeper is the age.Recipient that takes the file key from age and puts all
// stanzas in.
type keeper struct {
	v       *Vault
	at      Binding
	fileKey []byte
	header  []byte
}

// Wrap implements age.Recipient.
func (k *keeper) Wrap(fileKey []byte) (stanzas []*age.Stanza, err error) {
	k.fileKey = bytes.Clone(fileKey)
	k.header, stanzas, err = k.v.wrap(fileKey, k.at)
	return stanzas, err
}

// Seal begins sealing src for a place, under a new key of its own. Nothing of
// src is read before the payload is.
func (v *Vault) Seal(b Binding, src io.Reader) (*Sealed, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	k := &keeper{v: v, at: b}
	whole, err := age.EncryptReader(src, k)
	if err != nil {
		return nil, fmt.Errorf("seal file: %w", err)
	}
	written := make([]byte, len(k.header))
	if _, err := io.ReadFull(whole, written); err != nil || !bytes.Equal(written, k.header) {
		return nil, fmt.Errorf("seal file: the header is not as expected: %w", errors.Join(err, ErrDamaged))
	}
	return &Sealed{k.header, whole, k.fileKey}, nil
}

// SealRecord seals what is known of the file under the file's own key: it opens
// with the header, and is destroyed with it.
func (s *Sealed) SealRecord(plain []byte) []byte {
	aead := recordCipher(s.fileKey)
	return aead.Seal(nil, nil, plain, nil)
}

// recordCipher derives a key of its own; its use for anything but records would
// be a mistake. age derives its keys from the file key in the same way, under
// the infos "header" and "payload".
func recordCipher(fileKey []byte) cipher.AEAD {
	block, err := aes.NewCipher(derive(fileKey, nil, "jaga vault record 1", keySize))
	if err != nil {
		panic(err) // the key has the right size
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the right block size
	}
	return aead
}

// OpenRecord opens what [Sealed.SealRecord] sealed.
func (v *Vault) OpenRecord(header []byte, b Binding, sealed []byte) ([]byte, error) {
	key, err := fileKeyOf(header, unlock{v.keys, b})
	if err != nil {
		return nil, err
	}
	plain, err := recordCipher(key).Open(nil, nil, sealed, nil)
	if err != nil {
		return nil, damaged("record", "its record was changed", err)
	}
	return plain, nil
}

// Rewrap returns a new header for another place, and for the current key and
// break-glass recipient. The payload stays as it is. to must be another place
// than from, by its version at least, so that the old header is refused there.
func (v *Vault) Rewrap(header []byte, from, to Binding) ([]byte, error) {
	return v.rewrap(header, unlock{v.keys, from}, from, to)
}

// Recover is Rewrap with an identity, that of the officers, in place of the
// vault key that the header is wrapped with.
func (v *Vault) Recover(header []byte, identity *BreakGlass, from, to Binding) ([]byte, error) {
	return v.rewrap(header, identity.key, from, to)
}

func (v *Vault) rewrap(header []byte, id age.Identity, from, to Binding) ([]byte, error) {
	if err := to.check(); err != nil {
		return nil, err
	}
	if to.File != from.File || to.Version <= from.Version {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "binding", Msg: "wrap again: it must be the same file, with a later version"}
	}
	key, err := fileKeyOf(header, id)
	if err != nil {
		return nil, err
	}
	out, _, err := v.wrap(key, to)
	return out, err
}

// Content is an open file. It may be read by several goroutines at once.
type Content struct {
	io.ReaderAt
	size int64
}

// Size is the size of the plaintext in bytes.
func (c *Content) Size() int64 { return c.size }

// Open opens a file at its place for reading at any position. Opening reads the
// last segment of the blob, which tells a payload that was cut off.
func (v *Vault) Open(header []byte, b Binding, blob Blob) (*Content, error) {
	key, err := fileKeyOf(header, unlock{v.keys, b})
	if err != nil {
		return nil, err
	}
	whole := joined{header, blob}
	r, size, err := age.DecryptReaderAt(whole, int64(len(header))+blob.Size(), age.NewInjectedFileKeyIdentity(key))
	if err != nil {
		return nil, refused(err)
	}
	return &Content{readChecked{r}, size}, nil
}

// readChecked gives errors of reading their code.
type readChecked struct{ r io.ReaderAt }

// ReadAt implements io.ReaderAt.
func (r readChecked) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.r.ReadAt(p, off)
	if err != nil && err != io.EOF {
		err = refused(err)
	}
	return n, err
}

// refused tells damage from a store that does not answer.
func refused(err error) error {
	if f, ok := errors.AsType[*blobError](err); ok {
		return &jaga.Error{Code: jaga.CodeUnavailable, Field: "blob", Msg: "read file: the blob store did not answer", Hint: "try again; `jaga doctor` looks at the store", Err: f.err}
	}
	return damaged("blob", "its sealed bytes are not what was written, or belong to another file", err)
}

// blobError marks an error of the blob store.
type blobError struct{ err error }

func (e *blobError) Error() string { return e.err.Error() }

// joined is a header and a payload as the one age file that they are.
type joined struct {
	header []byte
	blob   Blob
}

// ReadAt implements io.ReaderAt.
func (j joined) ReadAt(p []byte, off int64) (n int, err error) {
	if off < int64(len(j.header)) {
		n = copy(p, j.header[off:])
		if n == len(p) {
			return n, nil
		}
	}
	m, err := j.blob.ReadAt(p[n:], off+int64(n)-int64(len(j.header)))
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		err = &blobError{err}
	}
	return n + m, err
}
