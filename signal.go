package jaga

// SignalType names a way of measuring an item. The values are those of shared
// lists and of Hasher-Matcher-Actioner where such exist.
type SignalType string

// Signal types of this version.
const (
	PDQ    SignalType = "pdq"    // 256-bit perceptual hash of a picture
	MD5    SignalType = "md5"    // exact, of the file's bytes
	SHA1   SignalType = "sha1"   // exact, of the file's bytes
	SHA256 SignalType = "sha256" // exact, of the file's bytes
	VPDQ   SignalType = "vpdq"   // perceptual hashes of a film's frames

	Chromaprint SignalType = "chromaprint" // acoustic fingerprint of sound

	// Of text: the SHA-256 of what package weblist makes of an entry.
	URL     SignalType = "url"     // an address, or a path with all below it
	Domain  SignalType = "domain"  // a domain with all below it, or one host
	Keyword SignalType = "keyword" // a word or phrase
)

// SignalTypes lists all signal types in the order they are shown.
func SignalTypes() []SignalType {
	return []SignalType{PDQ, MD5, SHA1, SHA256, VPDQ, Chromaprint, URL, Domain, Keyword}
}

// Size is the length of the signal's value in bytes, 0 for an unknown type. The
// value of a VPDQ is the SHA-256 of [Signal.Frames], that of a Chromaprint of
// [Signal.Words].
func (t SignalType) Size() int {
	switch t {
	case PDQ, SHA256, VPDQ, Chromaprint, URL, Domain, Keyword:
		return 32
	case MD5:
		return 16
	case SHA1:
		return 20
	}
	return 0
}

// Exact reports whether two values of the type match only when equal.
func (t SignalType) Exact() bool { return t == MD5 || t == SHA1 || t == SHA256 || t.OfText() }

// OfText reports whether t is looked for in text.
func (t SignalType) OfText() bool { return t == URL || t == Domain || t == Keyword }

// Valid reports whether t is a known type.
func (t SignalType) Valid() bool { return t.Size() != 0 }

// Signal is one thing measured of an item. A signal decides nothing.
type Signal struct {
	Type SignalType `json:"type"`
	// Value is the lowercase hexadecimal text of the hash; of a film, of the
	// digest of its frames, and of sound of that of its words, which names them
	// and is near to nothing.
	Value string `json:"value"`
	// Frames are the frames of a VPDQ in the compact form of package vpdq. They
	// go beside the item, and into no text.
	Frames string `json:"-"`
	// Words are those of a Chromaprint in the compressed text form of fpcalc, see
	// package chroma. Like Frames they go beside the item.
	Words string `json:"-"`
	// Quality is the PDQ quality, or how much detail the best ten seconds of sound
	// have, 0..100; 0 for types that have none.
	Quality int `json:"quality,omitempty"`
	// Variant names the dihedral variant of a PDQ hash ("rotate90",
	// "flipX" …), or the picture of a file that holds several ("frame 12",
	// counted from 0); empty is the first picture as it came.
	Variant string `json:"variant,omitempty"`
	// By names what measured it and its version, such as "pdq/1".
	By string `json:"by,omitempty"`
}
