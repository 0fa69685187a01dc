package vault

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/jaga-project/jaga"
)

// Officers are 3 to 5 people, any two of whom can restore the break-glass
// identity together.
const (
	minOfficers = 3
	maxOfficers = 5
)

// NewOfficerKey makes a key pair for an officer: the secret that only they
// keep, off-line, and the recipient text that they hand out. It is what
// `age-keygen -pq` makes, post-quantum because evidence is kept for years.
func NewOfficerKey() (secret, recipient string, err error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", "", fmt.Errorf("make officer key: %w", err)
	}
	return id.String(), id.Recipient().String(), nil
}

// BreakGlass is the identity that opens every file, after two officers restored
// it. It is a secret and has no text form.
type BreakGlass struct{ key *age.HybridIdentity }

// Recipient is the public side, for [New].
func (b *BreakGlass) Recipient() string { return b.key.Recipient().String() }

// String keeps the identity out of logs.
func (b *BreakGlass) String() string { return "break-glass identity" }

// GoString is String, for %#v.
func (b *BreakGlass) GoString() string { return b.String() }

// NewBreakGlass makes an identity and, for every pair of the officers, an escrow:
// the identity encrypted for one of the two, and that for the other. The
// identity is in the memory of this call only. escrow may be kept anywhere.
func NewBreakGlass(officers []string) (recipient, escrow string, err error) {
	if len(officers) < minOfficers || len(officers) > maxOfficers {
		return "", "", &jaga.Error{Code: jaga.CodeInvalid, Field: "officers", Msg: fmt.Sprintf("set officers: there must be %d to %d, so that any two can act and one may be lost", minOfficers, maxOfficers)}
	}
	keys := make([]*age.HybridRecipient, len(officers))
	for i, text := range officers {
		if keys[i], err = age.ParseHybridRecipient(strings.TrimSpace(text)); err != nil {
			return "", "", &jaga.Error{Code: jaga.CodeInvalid, Field: "officers", Msg: fmt.Sprintf("set officers: the recipient of officer %d does not begin with age1pq1, or is incomplete", i+1),
				Hint: "`jaga vault officer-key`, or age-keygen -pq, makes a key pair", Err: err}
		}
		for j := range i {
			if keys[j].String() == keys[i].String() {
				return "", "", &jaga.Error{Code: jaga.CodeInvalid, Field: "officers", Msg: fmt.Sprintf("set officers: officers %d and %d have the same recipient", j+1, i+1)}
			}
		}
	}
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", "", fmt.Errorf("set officers: %w", err)
	}
	var b strings.Builder
	for i := range keys {
		for j := i + 1; j < len(keys); j++ {
			inner, err := encrypt([]byte(id.String()), keys[j])
			if err != nil {
				return "", "", fmt.Errorf("set officers: %w", err)
			}
			outer, err := encrypt(inner, keys[i])
			if err != nil {
				return "", "", fmt.Errorf("set officers: %w", err)
			}
			fmt.Fprintf(&b, "officers %d and %d\n", i+1, j+1)
			w := armor.NewWriter(&b)
			if _, err := w.Write(outer); err != nil {
				return "", "", fmt.Errorf("set officers: %w", err)
			}
			if err := w.Close(); err != nil {
				return "", "", fmt.Errorf("set officers: %w", err)
			}
			b.WriteString("\n")
		}
	}
	return id.Recipient().String(), b.String(), nil
}

func encrypt(text []byte, to age.Recipient) ([]byte, error) {
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(text); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// maxEscrow is the largest escrow that is read: ten pairs take some 60 kB.
const maxEscrow = 1 << 20

// OpenBreakGlass restores the identity from the escrow with the secrets of two
// officers.
func OpenBreakGlass(escrow string, secrets []string) (*BreakGlass, error) {
	if len(escrow) > maxEscrow {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "escrow", Msg: "break glass: the escrow is too long"}
	}
	var ids []age.Identity
	for i, s := range secrets {
		id, err := age.ParseHybridIdentity(secretLine(s))
		if err != nil {
			// The cause could hold a part of the secret.
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "officer key", Msg: fmt.Sprintf("break glass: key %d is no secret key of an officer", i+1),
				Hint: "it is a line that begins with AGE-SECRET-KEY-PQ-1"}
		}
		ids = append(ids, id)
	}
	for rest := escrow; ; {
		at := strings.Index(rest, armor.Header)
		if at < 0 {
			break
		}
		rest = rest[at:]
		end := strings.Index(rest, armor.Footer)
		if end < 0 {
			break
		}
		one := rest[:end+len(armor.Footer)]
		rest = rest[end:]
		inner, ok := decrypt(armor.NewReader(strings.NewReader(one)), ids)
		if !ok {
			continue
		}
		text, ok := decrypt(bytes.NewReader(inner), ids)
		if !ok {
			continue
		}
		id, err := age.ParseHybridIdentity(string(text))
		if err == nil {
			return &BreakGlass{id}, nil
		}
	}
	return nil, &jaga.Error{Code: jaga.CodeDenied, Field: "officer key", Msg: "break glass: these keys do not open the escrow",
		Hint: "the keys of two different officers are needed, out of those who were set last"}
}

// secretLine finds the key in what age-keygen writes, which has comments.
func secretLine(text string) string {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return ""
}

func decrypt(src io.Reader, ids []age.Identity) ([]byte, bool) {
	if len(ids) == 0 {
		return nil, false
	}
	r, err := age.Decrypt(src, ids...)
	if err != nil {
		return nil, false
	}
	out, err := io.ReadAll(io.LimitReader(r, maxEscrow))
	return out, err == nil
}
