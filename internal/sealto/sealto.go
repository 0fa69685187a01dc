// Package sealto encrypts a stream to receivers, in the format of age, so that
// only they can open it, with age or any program that knows its format.
package sealto

import (
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"github.com/jaga-project/jaga"
)

// Header is how an encrypted file begins.
const Header = "age-encryption.org/v1"

// Writer returns a writer that encrypts to the public keys of the receivers
// ("age1…", X25519 or hybrid, not both kinds). It must be closed, and what it
// wrote is worthless until then. It keeps one chunk of 64 KiB.
func Writer(w io.Writer, receivers []string) (io.WriteCloser, error) {
	keys, err := parse(receivers)
	if err != nil {
		return nil, err
	}
	out, err := age.Encrypt(w, keys...)
	return out, fault(err)
}

// Reader is Writer for something that is read: it yields what r yields,
// encrypted.
func Reader(r io.Reader, receivers []string) (io.Reader, error) {
	keys, err := parse(receivers)
	if err != nil {
		return nil, err
	}
	out, err := age.EncryptReader(r, keys...)
	return out, fault(err)
}

// Check returns an error unless files can be encrypted to the receivers.
func Check(receivers []string) error {
	_, err := Writer(io.Discard, receivers)
	return err
}

// Opener returns a function that decrypts what was encrypted to one of the
// secret keys ("AGE-SECRET-KEY-…") in a text, one a line.
func Opener(secrets string) (func(io.Reader) (io.Reader, error), error) {
	keys, err := age.ParseIdentities(strings.NewReader(secrets))
	if err != nil {
		// Not with the text of the error, which may quote a line of it.
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "open", Msg: "decrypt: this is no file of secret keys of age", Hint: "it is what age-keygen wrote for the receiver, with a line that begins with AGE-SECRET-KEY"}
	}
	return func(r io.Reader) (io.Reader, error) { return age.Decrypt(r, keys...) }, nil
}

func parse(receivers []string) (keys []age.Recipient, err error) {
	for i, text := range receivers {
		found, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(found) != 1 {
			// Not with the text: it may be a secret key that was given by mistake.
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "to", Msg: fmt.Sprintf("encrypt: key %d is not a public key of age", i+1), Hint: "it begins with age1; the receiver makes one with age-keygen"}
		}
		keys = append(keys, found[0])
	}
	return keys, nil
}

func fault(err error) error {
	if err == nil {
		return nil
	}
	return &jaga.Error{Code: jaga.CodeInvalid, Field: "to", Msg: "encrypt: " + err.Error(), Hint: "give at least one key, and keys of one kind", Err: err}
}
