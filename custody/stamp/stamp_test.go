package stamp_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/custody/stamp"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/tsatest"
)

const nonce = 0x8123456789abcdef

func token(t testing.TB, a *tsatest.Authority, data string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(data))
	q, err := stamp.Request(digest, nonce)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := a.Answer(q)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := stamp.Token(answer, digest, nonce)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// TestRequest holds the only bytes that leave the machine to be the digest and
// constants.
func TestRequest(t *testing.T) {
	t.Parallel()
	digest := sha256.Sum256([]byte("x"))
	q, err := stamp.Request(digest, 0)
	if err != nil || len(q) != 59 {
		t.Fatalf("%d bytes, error %v", len(q), err)
	}
	want := "3039020101" + "3031300d060960864801650304020105000420" + hex.EncodeToString(digest[:]) + "0101ff"
	if hex.EncodeToString(q) != want {
		t.Errorf("%x, want %s", q, want)
	}
	if q, err = stamp.Request(digest, nonce>>1); err != nil || len(q) != 69 {
		t.Errorf("with a nonce %d bytes, error %v", len(q), err)
	}
}

func TestTokenAndVerify(t *testing.T) {
	t.Parallel()
	a := tsatest.New(t)
	at := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	a.SetTime(at)
	tok := token(t, a, "note")
	digest := sha256.Sum256([]byte("note"))
	info, err := stamp.Verify(tok, digest, a.CA)
	if err != nil || !info.Time.Equal(at) || !info.Trusted || info.Authority != "CN=Test Time Stamps" {
		t.Fatalf("%+v, error %v", info, err)
	}
	if info, err := stamp.Verify(tok, digest, nil); err != nil || info.Trusted {
		t.Errorf("without roots: %+v, error %v", info, err)
	}
	if _, err := stamp.Verify(tok, sha256.Sum256([]byte("other")), a.CA); err == nil {
		t.Error("a token passed for other bytes")
	}
	if _, err := stamp.Verify(tok, digest, tsatest.New(t).CA); err == nil {
		t.Error("a token passed under another root")
	}
	if _, err := stamp.Verify(tok, digest, x509.NewCertPool()); err == nil {
		t.Error("a token passed under no root")
	}
	// A time at which the certificate was not good is refused.
	a.SetTime(time.Now().Add(-72 * time.Hour))
	if _, err := stamp.Verify(token(t, a, "note"), digest, a.CA); err == nil {
		t.Error("a token of a time outside the certificate's passed")
	}
}

func TestLiesAreRefused(t *testing.T) {
	t.Parallel()
	digest := sha256.Sum256([]byte("note"))
	for fault, want := range map[tsatest.Fault]string{
		tsatest.OtherDigest: "other bytes", tsatest.OtherNonce: "nonce", tsatest.Refuse: "refused",
	} {
		a := tsatest.New(t)
		a.Set(fault)
		q, err := stamp.Request(digest, nonce)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := a.Answer(q)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stamp.Token(answer, digest, nonce); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", fault, err)
		}
	}
}

// TestFlippedTokens flips every bit of a token: none may still be trusted with
// another content. The attributes that are not signed do not exist here, so
// every bit counts.
func TestFlippedTokens(t *testing.T) {
	t.Parallel()
	a := tsatest.New(t)
	tok, digest := token(t, a, "note"), sha256.Sum256([]byte("note"))
	want, err := stamp.Verify(tok, digest, a.CA)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(tok) * 8 {
		bad := bytes.Clone(tok)
		bad[bit/8] ^= 1 << (bit % 8)
		if got, err := stamp.Verify(bad, digest, a.CA); err == nil && got != want {
			t.Errorf("bit %d: %+v passed", bit, got)
		}
	}
}

// TestOpenSSLAgrees has OpenSSL check our reading of the standard.
func TestOpenSSLAgrees(t *testing.T) {
	t.Parallel()
	openssl := need.Tool(t, "openssl")
	a := tsatest.New(t)
	dir := t.TempDir()
	for name, data := range map[string][]byte{"token": token(t, a, "note"), "note": []byte("note"), "ca": a.PEM} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(openssl, "ts", "-verify", "-token_in", "-in", "token", "-data", "note", "-CAfile", "ca")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Verification: OK") {
		t.Errorf("%v: %s", err, out)
	}
	digest := sha256.Sum256([]byte("note"))
	q, err := stamp.Request(digest, rand.Uint64())
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(openssl, "ts", "-query", "-in", "/dev/stdin", "-text")
	cmd.Stdin = bytes.NewReader(q)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "sha256") {
		t.Errorf("%v: %s", err, out)
	}
}

func FuzzVerify(f *testing.F) {
	a := tsatest.New(f)
	tok, digest := token(f, a, "note"), sha256.Sum256([]byte("note"))
	f.Add(tok)
	want, err := stamp.Verify(tok, digest, a.CA)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := stamp.Verify(b, digest, a.CA); err == nil && got != want {
			t.Errorf("%+v passed", got)
		}
		_, _ = stamp.Token(b, digest, 1) // must not panic
	})
}
