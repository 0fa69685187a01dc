package stamp

import (
	"bytes"
	"crypto"
	"crypto/sha1" // names the certificate in the oldest form of the attribute
	"crypto/sha256"
	_ "crypto/sha512" // SHA-384 and SHA-512 of crypto.Hash
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
)

var (
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}

	oidSHA384 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}

	oidRSA     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidRSA256  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidRSA384  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}
	oidRSA512  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}
	oidECDSA   = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidEC256   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}
	oidEC384   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}
	oidEC512   = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}
	oidEd25519 = asn1.ObjectIdentifier{1, 3, 101, 112}
)

type signerInfo struct {
	Version   int
	ID        asn1.RawValue
	Digest    algorithm
	Attrs     asn1.RawValue `asn1:"optional,tag:0"`
	Algorithm algorithm
	Signature []byte
	Unsigned  asn1.RawValue `asn1:"optional,tag:1"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

type issuerSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

// checkSignature checks the signature and returns the certificate that made it.
func (t *parsed) checkSignature() (*x509.Certificate, error) {
	fail := func(what string) (*x509.Certificate, error) { return nil, errors.New("check time stamp: " + what) }
	cert := t.certificate()
	if cert == nil {
		return fail("the authority's certificate is not in it")
	}
	hash, ok := hashOf(t.signer.Digest.ID)
	if !ok {
		return fail("its digest is of a kind that is not accepted")
	}
	attrs, ok := t.attributes()
	if !ok {
		return fail("its signed attributes cannot be read")
	}
	var kind asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(attrs[oidContentType.String()], &kind); err != nil || !kind.Equal(oidTSTInfo) {
		return fail("its signature is about something else")
	}
	h := hash.New()
	h.Write(t.content)
	var stated []byte
	if _, err := asn1.Unmarshal(attrs[oidMessageDigest.String()], &stated); err != nil || !bytes.Equal(stated, h.Sum(nil)) {
		return fail("what it states was changed after it was signed")
	}
	if !namesCertificate(attrs, cert) {
		return fail("its signature does not name the certificate that is in it")
	}
	// The signature is over the attributes as a SET, not as the implicit tag
	// under which they stand.
	signed := bytes.Clone(t.signer.Attrs.FullBytes)
	signed[0] = 0x31
	algorithm, ok := signatureOf(t.signer.Algorithm.ID, hash)
	if !ok {
		return fail("its signature is of a kind that is not accepted")
	}
	if err := cert.CheckSignature(algorithm, signed, t.signer.Signature); err != nil {
		return fail("its signature is wrong")
	}
	return cert, nil
}

// certificate finds the signer's among those in the token.
func (t *parsed) certificate() *x509.Certificate {
	id := t.signer.ID
	for _, c := range t.certs {
		if id.Class == asn1.ClassContextSpecific && id.Tag == 0 {
			if bytes.Equal(id.Bytes, c.SubjectKeyId) {
				return c
			}
			continue
		}
		var by issuerSerial
		if _, err := asn1.Unmarshal(id.FullBytes, &by); err == nil && by.Serial != nil &&
			bytes.Equal(by.Issuer.FullBytes, c.RawIssuer) && by.Serial.Cmp(c.SerialNumber) == 0 {
			return c
		}
	}
	return nil
}

// attributes returns the single value of every signed attribute.
func (t *parsed) attributes() (map[string][]byte, bool) {
	if len(t.signer.Attrs.FullBytes) == 0 {
		return nil, false
	}
	out := map[string][]byte{}
	for rest := t.signer.Attrs.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil || len(a.Values) != 1 || out[a.Type.String()] != nil {
			return nil, false
		}
		out[a.Type.String()] = a.Values[0].FullBytes
	}
	return out, true
}

// namesCertificate reports whether a signed attribute has the digest of the
// certificate, so that no other certificate of the same key can take its place
// (RFC 3161 section 2.4.2, RFC 5816).
func namesCertificate(attrs map[string][]byte, cert *x509.Certificate) bool {
	var outer struct {
		Certs []asn1.RawValue
		Rest  asn1.RawValue `asn1:"optional"`
	}
	if v2 := attrs[oidCertificateV2.String()]; v2 != nil {
		if _, err := asn1.Unmarshal(v2, &outer); err != nil || len(outer.Certs) == 0 {
			return false
		}
		return names(outer.Certs[0].Bytes, cert.Raw)
	}
	v1 := attrs[oidCertificate.String()]
	if _, err := asn1.Unmarshal(v1, &outer); v1 == nil || err != nil || len(outer.Certs) == 0 {
		return false
	}
	var digest []byte
	sum := sha1.Sum(cert.Raw)
	_, err := asn1.Unmarshal(outer.Certs[0].Bytes, &digest)
	return err == nil && bytes.Equal(digest, sum[:])
}

// names reads the fields of ESSCertIDv2: an algorithm, SHA-256 when it is
// missing, and the digest.
func names(fields, cert []byte) bool {
	hash := crypto.SHA256
	var alg algorithm
	if rest, err := asn1.Unmarshal(fields, &alg); err == nil {
		var ok bool
		if hash, ok = hashOf(alg.ID); !ok {
			return false
		}
		fields = rest
	}
	var digest []byte
	if _, err := asn1.Unmarshal(fields, &digest); err != nil {
		return false
	}
	if hash == crypto.SHA256 {
		sum := sha256.Sum256(cert)
		return bytes.Equal(digest, sum[:])
	}
	h := hash.New()
	h.Write(cert)
	return bytes.Equal(digest, h.Sum(nil))
}

func hashOf(id asn1.ObjectIdentifier) (crypto.Hash, bool) {
	switch {
	case id.Equal(oidSHA256):
		return crypto.SHA256, true
	case id.Equal(oidSHA384):
		return crypto.SHA384, true
	case id.Equal(oidSHA512):
		return crypto.SHA512, true
	}
	return 0, false
}

// signatureOf joins the signature's algorithm with the digest's, since the
// first may or may not name the second.
func signatureOf(id asn1.ObjectIdentifier, hash crypto.Hash) (x509.SignatureAlgorithm, bool) {
	rsa := map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.SHA256WithRSA, crypto.SHA384: x509.SHA384WithRSA, crypto.SHA512: x509.SHA512WithRSA}
	ec := map[crypto.Hash]x509.SignatureAlgorithm{crypto.SHA256: x509.ECDSAWithSHA256, crypto.SHA384: x509.ECDSAWithSHA384, crypto.SHA512: x509.ECDSAWithSHA512}
	switch {
	case id.Equal(oidRSA):
		return rsa[hash], true
	case id.Equal(oidRSA256):
		return x509.SHA256WithRSA, true
	case id.Equal(oidRSA384):
		return x509.SHA384WithRSA, true
	case id.Equal(oidRSA512):
		return x509.SHA512WithRSA, true
	case id.Equal(oidECDSA):
		return ec[hash], true
	case id.Equal(oidEC256):
		return x509.ECDSAWithSHA256, true
	case id.Equal(oidEC384):
		return x509.ECDSAWithSHA384, true
	case id.Equal(oidEC512):
		return x509.ECDSAWithSHA512, true
	case id.Equal(oidEd25519):
		return x509.PureEd25519, true
	}
	return 0, false
}
