package action

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestPublishedExample is the example of the Standard Webhooks specification,
// as its libraries test it.
func TestPublishedExample(t *testing.T) {
	t.Parallel()
	secret, err := decodeSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	sign(h, [][]byte{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got, want := h.Get(HeaderSignature), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

// TestSignatures accepts what was signed and refuses everything that was
// changed.
func TestSignatures(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(rapid.Byte(), 24, 64).Draw(t, "secret")
		secret := SecretPrefix + base64.StdEncoding.EncodeToString(raw)
		body := rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		id := rapid.StringMatching(`evt_[a-z0-9-]{1,40}`).Draw(t, "id")
		at := time.Unix(rapid.Int64Range(1000, 1<<33).Draw(t, "at"), 0)
		h := http.Header{}
		sign(h, [][]byte{raw, []byte("another secret of 24 bytes or more")}, id, at, body)
		off := time.Duration(rapid.Int64Range(-int64(Tolerance), int64(Tolerance)).Draw(t, "off"))
		if got, err := Verify(secret, h, body, at.Add(off)); err != nil || got != id {
			t.Fatalf("%q, %v", got, err)
		}
		bad := func(what string, h http.Header, body []byte, now time.Time) {
			if _, err := Verify(secret, h, body, now); err == nil {
				t.Fatalf("accepted with %s", what)
			}
		}
		bad("another body", h, append(append([]byte{}, body...), 'x'), at)
		bad("an old time", h, body, at.Add(Tolerance+time.Second))
		bad("a time to come", h, body, at.Add(-Tolerance-time.Second))
		for name, value := range map[string]string{HeaderID: id + "1", HeaderTimestamp: "1", HeaderSignature: "v1,AAAA"} {
			c := h.Clone()
			c.Set(name, value)
			bad(name+" changed", c, body, at)
			c.Del(name)
			bad("no "+name, c, body, at)
		}
	})
	for _, text := range []string{"", "whsec_", "whsec_AAAA", "whsec_***", "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65))} {
		if _, err := decodeSecret(text); err == nil {
			t.Errorf("%q is a secret", text)
		}
	}
}

// TestSealedSecretsAreBound opens a secret for its own target only.
func TestSealedSecretsAreBound(t *testing.T) {
	t.Parallel()
	s, err := newSealer(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.seal(1, "whsec_x")
	if text, err := s.open(1, sealed); err != nil || text != "whsec_x" {
		t.Error(text, err)
	}
	if _, err := s.open(2, sealed); err == nil {
		t.Error("it opened for another target")
	}
	other, _ := newSealer(append(make([]byte, 31), 1))
	if _, err := other.open(1, sealed); err == nil {
		t.Error("it opened with another key")
	}
	for i := range sealed {
		sealed[i] ^= 1
		if _, err := s.open(1, sealed); err == nil {
			t.Errorf("it opened with byte %d changed", i)
		}
		sealed[i] ^= 1
	}
}
