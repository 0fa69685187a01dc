package auth_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
)

// double is a provider of our own on loopback. It signs what the test tells it
// to, and holds clients to PKCE.
type double struct {
	*httptest.Server
	t   *testing.T
	key *rsa.PrivateKey

	mu        sync.Mutex
	claims    map[string]any // of the next token, beside those of every token
	kid       string
	challenge string // of the last way here
	spoil     func(claims map[string]any)
	redeemed  int
}

// doubleKey is made once: it takes a second.
var doubleKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newDouble(t *testing.T) *double {
	t.Helper()
	key, err := doubleKey()
	if err != nil {
		t.Fatal(err)
	}
	d := &double{t: t, key: key, kid: "one"}
	mux := http.NewServeMux()
	d.Server = httptest.NewServer(mux)
	t.Cleanup(d.Close)
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"issuer": d.URL, "authorization_endpoint": d.URL + "/authorize", "token_endpoint": d.URL + "/token", "jwks_uri": d.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "one",
			"n": b64(key.N.Bytes()), "e": b64(big.NewInt(int64(key.E)).Bytes())}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		id, secret, _ := r.BasicAuth()
		if b64(sum[:]) != d.challenge || r.FormValue("code") != "the-code" || id != "jaga" || secret != "the-secret" || r.FormValue("redirect_uri") == "" {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		d.redeemed++
		answer(w, map[string]any{"access_token": "unused", "token_type": "Bearer", "expires_in": 60, "id_token": d.sign()})
	})
	return d
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// sign makes the token. The caller holds the lock.
func (d *double) sign() string {
	head, _ := json.Marshal(map[string]string{"alg": "RS256", "kid": d.kid, "typ": "JWT"})
	if d.spoil != nil {
		d.spoil(d.claims)
	}
	body, _ := json.Marshal(d.claims)
	text := b64(head) + "." + b64(body)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, d.key, crypto.SHA256, sum[:])
	if err != nil {
		d.t.Error(err)
	}
	return text + "." + b64(sig)
}

// arrive is what happens at the provider: somebody with these claims signs in
// at the address that Jaga sent them to. It returns the state to come back with.
func (d *double) arrive(address string, now int64, claims map[string]any) (state string, query url.Values) {
	d.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		d.t.Fatal(err)
	}
	q := u.Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || q.Get("response_type") != "code" {
		d.t.Errorf("the address lacks PKCE or a nonce: %s", address)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.challenge = q.Get("code_challenge")
	d.claims = map[string]any{"iss": d.URL, "aud": "jaga", "nonce": q.Get("nonce"), "iat": now, "exp": now + 300}
	maps.Copy(d.claims, claims)
	return q.Get("state"), q
}
