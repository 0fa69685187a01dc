package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"

	"github.com/jaga-project/jaga"
)

// argonParams say how costly a guess is.
type argonParams struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// The parameters: 19 MiB, two passes, one lane, as the OWASP Password Storage
// Cheat Sheet has them (section Argon2id, minimum configuration). A password
// that was hashed with others is hashed anew when it is next typed.
var argonNow = argonParams{memory: 19 << 10, time: 2, threads: 1}

const (
	argonSalt = 16
	argonKey  = 32
	// argonAtOnce passwords are hashed at a time, so at most 76 MiB are used;
	// argonWaiting more may wait, and others are told to come back.
	argonAtOnce  = 4
	argonWaiting = 32
)

// argonGate keeps many sign-ins at once from using up the memory.
type argonGate struct {
	slots   chan struct{}
	waiting *atomic.Int64
}

func newArgonGate() argonGate {
	return argonGate{make(chan struct{}, argonAtOnce), &atomic.Int64{}}
}

func (g argonGate) enter(ctx context.Context) (leave func(), err error) {
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > argonWaiting {
		return nil, &jaga.Error{Code: jaga.CodeBusy, Field: "password", Msg: "too many people sign in at this moment", Hint: "try again in a few seconds, or use a passkey"}
	}
	select {
	case g.slots <- struct{}{}:
		return func() { <-g.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// hash returns the password's hash in the PHC string format.
func (p argonParams) hash(password string) string {
	var salt [argonSalt]byte
	_, _ = rand.Read(salt[:]) // never fails (crypto/rand)
	key := argon2.IDKey([]byte(password), salt[:], p.time, p.memory, p.threads, argonKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("%s%s$%s", p.prefix(), b64.EncodeToString(salt[:]), b64.EncodeToString(key))
}

func (p argonParams) prefix() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, p.memory, p.time, p.threads)
}

// verify reports whether the password has the hash, and whether the hash was
// made with other parameters than these.
func (p argonParams) verify(hash, password string) (ok, old bool, err error) {
	part := strings.Split(hash, "$")
	var q argonParams
	var version int
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" {
		return false, false, fmt.Errorf("a stored password has a form that is not known")
	}
	if _, err := fmt.Sscanf(part[2]+" "+part[3], "v=%d m=%d,t=%d,p=%d", &version, &q.memory, &q.time, &q.threads); err != nil || version != argon2.Version ||
		q.memory == 0 || q.memory > 1<<20 || q.time == 0 || q.time > 100 || q.threads == 0 {
		return false, false, fmt.Errorf("a stored password has parameters that are not known")
	}
	salt, err := base64.RawStdEncoding.DecodeString(part[4])
	if err != nil {
		return false, false, fmt.Errorf("a stored password is damaged")
	}
	want, err := base64.RawStdEncoding.DecodeString(part[5])
	if err != nil || len(want) < 16 || len(want) > 64 {
		return false, false, fmt.Errorf("a stored password is damaged")
	}
	got := argon2.IDKey([]byte(password), salt, q.time, q.memory, q.threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, q != p, nil
}
