// Package tsatest is a time-stamp authority (RFC 3161) for tests: it answers
// over HTTP on loopback, and can be told to hang, to lie and to fail.
package tsatest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Fault is how an authority misbehaves.
type Fault string

// The faults. The empty one is none.
const (
	Hang        Fault = "hang"         // never answers
	Status500   Fault = "500"          // says so
	Refuse      Fault = "refuse"       // answers that it will not
	OtherDigest Fault = "other digest" // stamps something else
	OtherNonce  Fault = "other nonce"  // answers another request
	Garbage     Fault = "garbage"
	Endless     Fault = "endless" // an answer without end
)

// Authority is a running one.
type Authority struct {
	URL string
	CA  *x509.CertPool
	PEM []byte // the root certificate in PEM

	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	stop chan struct{}

	mu       sync.Mutex
	fault    Fault
	now      time.Time
	requests [][]byte
}

// New starts an authority that ends with the test.
func New(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{stop: make(chan struct{}), now: time.Now()}
	root, rootKey := certificate(t, "Test Root", nil, nil)
	a.cert, a.key = certificate(t, "Test Time Stamps", root, rootKey)
	a.CA = x509.NewCertPool()
	a.CA.AddCert(root)
	a.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	t.Cleanup(func() { close(a.stop) })
	a.URL = srv.URL
	return a
}

// Set makes the authority misbehave from now on.
func (a *Authority) Set(f Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fault = f
}

// SetTime sets the authority's clock.
func (a *Authority) SetTime(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now = now
}

// Requests returns what it was asked.
func (a *Authority) Requests() [][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([][]byte(nil), a.requests...)
}

// ServeHTTP answers one request.
func (a *Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	a.mu.Lock()
	a.requests = append(a.requests, body)
	fault := a.fault
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/timestamp-reply")
	switch fault {
	case Hang:
		select {
		case <-a.stop:
		case <-r.Context().Done():
		}
		return
	case Status500:
		http.Error(w, "no", http.StatusInternalServerError)
		return
	case Garbage:
		_, _ = w.Write([]byte("<html>welcome to the hotel network</html>"))
		return
	case Endless:
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "not a query", http.StatusBadRequest)
		return
	}
	answer, err := a.Answer(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_, _ = w.Write(answer)
}

type algorithm struct {
	ID     asn1.ObjectIdentifier
	Params asn1.RawValue `asn1:"optional"`
}

type imprint struct {
	Algorithm algorithm
	Digest    []byte
}

type query struct {
	Version int
	Imprint imprint
	Nonce   *big.Int `asn1:"optional"`
	Certs   bool     `asn1:"optional"`
}

type tstInfo struct {
	Version int
	Policy  asn1.ObjectIdentifier
	Imprint imprint
	Serial  *big.Int
	Time    time.Time `asn1:"generalized"`
	Nonce   *big.Int  `asn1:"optional"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []any `asn1:"set"`
}

// Answer returns the DER of the answer to the DER of a request.
func (a *Authority) Answer(request []byte) ([]byte, error) {
	a.mu.Lock()
	fault, now := a.fault, a.now
	a.mu.Unlock()
	var q query
	if _, err := asn1.Unmarshal(request, &q); err != nil {
		return nil, err
	}
	if fault == Refuse {
		return asn1.Marshal(struct{ S struct{ Status int } }{struct{ Status int }{2}})
	}
	if fault == OtherDigest {
		q.Imprint.Digest[0] ^= 1
	}
	if fault == OtherNonce && q.Nonce != nil {
		q.Nonce.Add(q.Nonce, big.NewInt(1))
	}
	info, err := asn1.Marshal(tstInfo{1, asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, q.Imprint, big.NewInt(77), now.UTC(), q.Nonce})
	if err != nil {
		return nil, err
	}
	token, err := a.sign(info)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct {
		S struct{ Status int }
		T asn1.RawValue
	}{struct{ Status int }{0}, asn1.RawValue{FullBytes: token}})
}

// sign wraps the statement in CMS signed data.
func (a *Authority) sign(info []byte) ([]byte, error) {
	oid := func(last ...int) asn1.ObjectIdentifier {
		return append(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9}, last...)
	}
	sha := algorithm{ID: asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}}
	digest, certDigest := sha256.Sum256(info), sha256.Sum256(a.cert.Raw)
	type certID struct{ Digest []byte }
	type signingCert struct{ Certs []certID }
	attrs := []attribute{
		{oid(3), []any{oid(16, 1, 4)}},
		{oid(4), []any{digest[:]}},
		{oid(16, 2, 47), []any{signingCert{[]certID{{certDigest[:]}}}}},
	}
	set, err := asn1.MarshalWithParams(attrs, "set")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(set)
	signature, err := a.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	tagged := append([]byte{0xa0}, set[1:]...)
	type signer struct {
		Version int
		ID      struct {
			Issuer asn1.RawValue
			Serial *big.Int
		}
		Digest    algorithm
		Attrs     asn1.RawValue
		Algorithm algorithm
		Signature []byte
	}
	s := signer{Version: 1, Digest: sha, Attrs: asn1.RawValue{FullBytes: tagged},
		Algorithm: algorithm{ID: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, Signature: signature}
	s.ID.Issuer, s.ID.Serial = asn1.RawValue{FullBytes: a.cert.RawIssuer}, a.cert.SerialNumber
	var data struct {
		Version int
		Digests []algorithm `asn1:"set"`
		Content struct {
			Type asn1.ObjectIdentifier
			Data []byte `asn1:"explicit,tag:0"`
		}
		Certs   asn1.RawValue
		Signers []signer `asn1:"set"`
	}
	data.Version, data.Digests, data.Signers = 3, []algorithm{sha}, []signer{s}
	data.Content.Type, data.Content.Data = oid(16, 1, 4), info
	data.Certs = asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: a.cert.Raw}
	inner, err := asn1.Marshal(data)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue
	}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}})
}

// certificate makes one that is signed by parent, or by itself.
func certificate(t testing.TB, name string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour), BasicConstraintsValid: true}
	signer, signerKey := parent, parentKey
	if parent == nil {
		tmpl.IsCA, tmpl.KeyUsage = true, x509.KeyUsageCertSign
		signer, signerKey = tmpl, key
	} else {
		tmpl.KeyUsage = x509.KeyUsageDigitalSignature
		// RFC 3161 section 2.3: this purpose alone, and critical.
		usage, err := asn1.Marshal([]asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 8}})
		if err != nil {
			t.Fatal(err)
		}
		tmpl.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: true, Value: usage}}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, signer, key.Public(), signerKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}
