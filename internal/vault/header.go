package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"filippo.io/age"

	"github.com/jaga-project/jaga"
)

// maxHeader is the largest header that is read, in bytes: ours, and officers'
// with post-quantum keys of about 1.6 kB, leave much room.
const maxHeader = 64 << 10

// marshalHeader writes an age header, as age does it: age has no function for
// wrapping a file key again. A test compares the two.
func marshalHeader(fileKey []byte, stanzas []*age.Stanza) []byte {
	var b bytes.Buffer
	b.WriteString("age-encryption.org/v1\n")
	for _, s := range stanzas {
		b.WriteString("-> " + strings.Join(append([]string{s.Type}, s.Args...), " ") + "\n")
		body := base64.RawStdEncoding.EncodeToString(s.Body)
		for len(body) >= 64 { // the last line is shorter than 64, and may be empty
			b.WriteString(body[:64] + "\n")
			body = body[64:]
		}
		b.WriteString(body + "\n")
	}
	b.WriteString("---")
	mac := hmac.New(sha256.New, derive(fileKey, nil, "header", 32))
	_, _ = mac.Write(b.Bytes())
	b.WriteString(" " + base64.RawStdEncoding.EncodeToString(mac.Sum(nil)) + "\n")
	return b.Bytes()
}

// fileKeyOf opens a header.
func fileKeyOf(header []byte, id age.Identity) ([]byte, error) {
	if len(header) == 0 {
		return nil, &jaga.Error{Code: jaga.CodeNotFound, Field: "header", Msg: "open file: its keys were destroyed"}
	}
	if len(header) > maxHeader {
		return nil, damaged("header", "it is longer than 64 KiB", nil)
	}
	// A header that age reads in another form than the one that is stored
	// would be two headers for one file.
	if exact, err := age.ExtractHeader(bytes.NewReader(header)); err != nil || !bytes.Equal(exact, header) {
		return nil, damaged("header", "it is no age header", err)
	}
	key, err := age.DecryptHeader(header, id)
	if err != nil {
		return nil, damaged("header", reason(err), err)
	}
	return key, nil
}

// KeyID is the id of the vault key that a header is wrapped with, "" when it is
// none of ours. The header is not checked further.
func KeyID(header []byte) string {
	var s stanzasOf
	if len(header) > maxHeader {
		return ""
	}
	_, _ = age.DecryptHeader(header, &s) // it fits nothing; the stanzas are what is wanted
	for _, st := range s.list {
		if st.Type == stanzaType && len(st.Args) == 2 {
			return st.Args[0]
		}
	}
	return ""
}
