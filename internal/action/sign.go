package action

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
)

// The headers of a delivery, as the Standard Webhooks specification names them
// (standardwebhooks.com, version 1).
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// SecretPrefix begins a secret; base64 of its bytes follows.
const SecretPrefix = "whsec_"

// Tolerance is how far the time of a delivery may be from the receiver's clock,
// either way. Standard Webhooks leaves the value to the receiver; five minutes
// is what its libraries use.
const Tolerance = 5 * time.Minute

// newSecret returns a secret of 32 random bytes.
func newSecret() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
	return SecretPrefix + base64.StdEncoding.EncodeToString(raw[:])
}

// decodeSecret returns the bytes of a secret: 24 to 64 of them.
func decodeSecret(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(text), SecretPrefix))
	if err != nil || len(raw) < 24 || len(raw) > 64 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "secret", Msg: "it is not whsec_ and base64 of 24 to 64 bytes"}
	}
	return raw, nil
}

// signature is the HMAC-SHA-256 of identifier, time and body.
func signature(secret []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// sign sets the three headers. During a rotation there are two secrets, and a
// signature with each.
func sign(h http.Header, secrets [][]byte, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	var all []string
	for _, s := range secrets {
		all = append(all, signature(s, id, timestamp, body))
	}
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, timestamp)
	h.Set(HeaderSignature, strings.Join(all, " "))
}

// Verify checks a delivery as a receiver does: the signature with the secret,
// in constant time, and that its time is within [Tolerance] of now. It returns
// the identifier, by which a receiver tells repetitions.
func Verify(secret string, h http.Header, body []byte, now time.Time) (id string, err error) {
	raw, err := decodeSecret(secret)
	if err != nil {
		return "", err
	}
	denied := func(msg string) (string, error) {
		return "", &jaga.Error{Code: jaga.CodeDenied, Msg: "verify delivery: " + msg}
	}
	id, stamp := h.Get(HeaderID), h.Get(HeaderTimestamp)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil {
		return denied("the headers are not there")
	}
	if d := now.Sub(time.Unix(seconds, 0)); d > Tolerance || d < -Tolerance {
		return denied("its time is too far from now")
	}
	want := []byte(signature(raw, id, stamp, body))
	for got := range strings.FieldsSeq(h.Get(HeaderSignature)) {
		if hmac.Equal([]byte(got), want) {
			return id, nil
		}
	}
	return denied("no signature is that of this secret")
}
