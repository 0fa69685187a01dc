// Package stamp asks for and checks RFC 3161 time stamps: a third party's
// signature that a digest was there at a time.
//
// A request holds the SHA-256 digest of what is stamped and nothing of it. The
// package does no input or output and reads no clock; its functions are safe
// for concurrent use. It reads what DER allows; tokens in other encodings are
// refused.
package stamp

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// MaxToken is the size in bytes above which an answer or a token is not read.
// Those with a chain of three RSA certificates have about 6 KiB.
const MaxToken = 64 << 10

var (
	oidSHA256     = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTSTInfo    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
)

type algorithm struct {
	ID     asn1.ObjectIdentifier
	Params asn1.RawValue `asn1:"optional"`
}

type imprint struct {
	Algorithm algorithm
	Digest    []byte
}

type request struct {
	Version int
	Imprint imprint
	Nonce   *big.Int `asn1:"optional"`
	Certs   bool     `asn1:"optional"`
}

// Request returns the DER of a request for a time stamp of the digest, which
// asks for the authority's certificate as well. nonce ties the answer to the
// request; 0 sends none. Without one a request has 59 bytes, with one of eight
// bytes 69.
func Request(digest [sha256.Size]byte, nonce uint64) ([]byte, error) {
	r := request{Version: 1, Imprint: imprint{algorithm{oidSHA256, asn1.NullRawValue}, digest[:]}, Certs: true}
	if nonce != 0 {
		r.Nonce = new(big.Int).SetUint64(nonce)
	}
	return asn1.Marshal(r)
}

type response struct {
	Status struct {
		Status int
		Text   asn1.RawValue  `asn1:"optional,tag:16"`
		Fail   asn1.BitString `asn1:"optional"`
	}
	Token asn1.RawValue `asn1:"optional"`
}

// Token takes the token out of an authority's answer, and checks that it is one
// for the digest and the nonce that were asked for. The authority's signature
// is for [Verify] to check.
func Token(answer []byte, digest [sha256.Size]byte, nonce uint64) ([]byte, error) {
	if len(answer) > MaxToken {
		return nil, fmt.Errorf("read time stamp: the answer has more than %d bytes", MaxToken)
	}
	var r response
	if rest, err := asn1.Unmarshal(answer, &r); err != nil || len(rest) > 0 {
		return nil, errors.New("read time stamp: the answer is not a time-stamp response")
	}
	if r.Status.Status != 0 && r.Status.Status != 1 { // granted, granted with changes
		return nil, fmt.Errorf("read time stamp: the authority refused, with status %d", r.Status.Status)
	}
	t, err := parse(r.Token.FullBytes)
	if err != nil {
		return nil, err
	}
	if err := t.covers(digest); err != nil {
		return nil, err
	}
	want := new(big.Int).SetUint64(nonce)
	if nonce != 0 && (t.info.Nonce == nil || t.info.Nonce.Cmp(want) != 0) {
		return nil, errors.New("read time stamp: the answer is not to this request: its nonce is another")
	}
	return r.Token.FullBytes, nil
}

// Info is what a token states.
type Info struct {
	Time      time.Time // UTC
	Authority string    // subject of the certificate that signed it, as a person reads it
	Policy    string    // object identifier
	Serial    string    // hexadecimal
	// Trusted is true when the signature was checked up to a root that the
	// caller trusts.
	Trusted bool
}

// Verify checks a token for the digest: that it states it, that its signature
// is by the certificate inside it, and, when roots is not nil, that this
// certificate is for time stamps and was good at the stated time under one of
// the roots.
func Verify(token []byte, digest [sha256.Size]byte, roots *x509.CertPool) (Info, error) {
	if len(token) > MaxToken {
		return Info{}, fmt.Errorf("check time stamp: the token has more than %d bytes", MaxToken)
	}
	t, err := parse(token)
	if err != nil {
		return Info{}, err
	}
	if err := t.covers(digest); err != nil {
		return Info{}, err
	}
	cert, err := t.checkSignature()
	if err != nil {
		return Info{}, err
	}
	info := Info{Time: t.at, Authority: cert.Subject.String(), Policy: t.info.Policy.String(), Serial: fmt.Sprintf("%x", t.info.Serial)}
	if roots == nil {
		return info, nil
	}
	between := x509.NewCertPool()
	for _, c := range t.certs {
		between.AddCert(c)
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: t.at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}}); err != nil {
		return Info{}, fmt.Errorf("check time stamp: the authority is not one that you trust: %w", err)
	}
	info.Trusted = true
	return info, nil
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version int
	Digests []algorithm `asn1:"set"`
	Content struct {
		Type asn1.ObjectIdentifier
		Data []byte `asn1:"explicit,optional,tag:0"`
	}
	Certs   asn1.RawValue `asn1:"optional,tag:0"`
	CRLs    asn1.RawValue `asn1:"optional,tag:1"`
	Signers []signerInfo  `asn1:"set"`
}

type tstInfo struct {
	Version  int
	Policy   asn1.ObjectIdentifier
	Imprint  imprint
	Serial   *big.Int
	Time     asn1.RawValue
	Accuracy asn1.RawValue `asn1:"optional,tag:16"`
	Ordering bool          `asn1:"optional"`
	Nonce    *big.Int      `asn1:"optional"`
	TSA      asn1.RawValue `asn1:"optional,tag:0"`
	Ext      asn1.RawValue `asn1:"optional,tag:1"`
}

// parsed is a token taken apart.
type parsed struct {
	content []byte // DER of info, which is what the signature is over
	info    tstInfo
	at      time.Time
	certs   []*x509.Certificate
	signer  signerInfo
}

func parse(token []byte) (*parsed, error) {
	bad := func(what string) (*parsed, error) { return nil, errors.New("read time stamp: " + what) }
	var ci contentInfo
	if rest, err := asn1.Unmarshal(token, &ci); err != nil || len(rest) > 0 || !ci.Type.Equal(oidSignedData) {
		return bad("the token is not signed data")
	}
	var sd signedData
	if rest, err := asn1.Unmarshal(ci.Content.Bytes, &sd); err != nil || len(rest) > 0 {
		return bad("the signed data cannot be read")
	}
	if !sd.Content.Type.Equal(oidTSTInfo) {
		return bad("the signed data is no time stamp")
	}
	if len(sd.Signers) != 1 {
		return bad(fmt.Sprintf("it has %d signers, want 1", len(sd.Signers)))
	}
	t := &parsed{content: sd.Content.Data, signer: sd.Signers[0]}
	if rest, err := asn1.Unmarshal(t.content, &t.info); err != nil || len(rest) > 0 || t.info.Version != 1 || t.info.Serial == nil {
		return bad("what it states cannot be read")
	}
	var err error
	if t.at, err = generalizedTime(t.info.Time); err != nil {
		return bad("its time cannot be read")
	}
	if len(sd.Certs.Bytes) > 0 {
		if t.certs, err = x509.ParseCertificates(sd.Certs.Bytes); err != nil {
			return bad("its certificates cannot be read")
		}
	}
	return t, nil
}

// covers reports whether the token is about the digest.
func (t *parsed) covers(digest [sha256.Size]byte) error {
	if !t.info.Imprint.Algorithm.ID.Equal(oidSHA256) || !bytes.Equal(t.info.Imprint.Digest, digest[:]) {
		return errors.New("check time stamp: it is for other bytes: the digest it states is not theirs")
	}
	return nil
}

// generalizedTime reads the form that RFC 3161 demands: UTC, with a fraction of
// a second or none.
func generalizedTime(v asn1.RawValue) (time.Time, error) {
	if v.Class != asn1.ClassUniversal || v.Tag != asn1.TagGeneralizedTime || v.IsCompound {
		return time.Time{}, errors.New("not a time")
	}
	s, utc := strings.CutSuffix(string(v.Bytes), "Z")
	at, err := time.Parse("20060102150405", s) // takes a fraction as well
	if err != nil || !utc || strings.ContainsAny(s, ",") {
		return time.Time{}, errors.New("not a time in UTC")
	}
	return at, nil
}
