package law

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/jaga-project/jaga"
)

// signHead begins what is signed, so that a signature of a profile can never
// stand for one of a checkpoint of the custody log, which has three lines.
const signHead = "jaga law profile 1"

// SignatureName is the name of the file with the signatures of a profile's file.
func SignatureName(file string) string { return file + ".sig" }

func signed(p *Profile, text []byte) string {
	sum := sha256.Sum256(text)
	return fmt.Sprintf("%s\n%s\n%d\n%s\n", signHead, p.ID, p.Version, base64.StdEncoding.EncodeToString(sum[:]))
}

// Sign returns the signature of a profile's file as a signed note (Ed25519,
// C2SP). signer is a secret key as custody.NewKey makes it.
func Sign(name string, text []byte, signer string) (string, error) {
	p, err := Parse(name, text)
	if err != nil {
		return "", err
	}
	s, err := note.NewSigner(signer)
	if err != nil {
		return "", fmt.Errorf("sign profile: %w", err)
	}
	msg, err := note.Sign(&note.Note{Text: signed(p, text)}, s)
	if err != nil {
		return "", fmt.Errorf("sign profile: %w", err)
	}
	return string(msg), nil
}

// Verify checks the signature of a profile's file and returns the name of the
// key that made it. verifiers are public keys, of which one must have signed.
func Verify(p *Profile, text []byte, signature string, verifiers []string) (by string, err error) {
	refuse := func(format string, args ...any) error {
		e := jaga.Errorf(jaga.CodeDenied, "check the signature of "+p.ID+": "+format, args...)
		e.Hint = "sign the file again with `jaga law sign FILE`, or add the public key of whoever signed it to law.signers"
		return e
	}
	var list []note.Verifier
	for _, v := range verifiers {
		one, err := note.NewVerifier(strings.TrimSpace(v))
		if err != nil {
			return "", refuse("%q is no public key", v)
		}
		list = append(list, one)
	}
	n, err := note.Open([]byte(signature), note.VerifierList(list...))
	if err != nil {
		return "", refuse("nobody whose key is known has signed it: %v", err)
	}
	if n.Text != signed(p, text) {
		return "", refuse("the file, its id or its version is not what was signed")
	}
	return n.Sigs[0].Name, nil
}
