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
	var keys []age.Recipient
	for i, text := range receivers {
		found, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil || len(found) != 1 {
			// Not with the text: it may be a secret key that was given by mistake.
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "to", Msg: fmt.Sprintf("encrypt: key %d is not a public key of age", i+1), Hint: "it begins with age1; the receiver makes one with age-keygen"}
		}
		keys = append(keys, found[0])
	}
	out, err := age.Encrypt(w, keys...)
	if err != nil {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "to", Msg: "encrypt: " + err.Error(), Hint: "give at least one key, and keys of one kind", Err: err}
	}
	return out, nil
}
