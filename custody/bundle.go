package custody

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// BundleFormat names the form of bundles that this package writes and reads.
const BundleFormat = "jaga-bundle-1"

// ExportAction is the action of the record that every bundle must hold: it
// states the digest of the bundle's facts, and through them of every file.
const ExportAction = "bundle.export"

// The files of a bundle beside those under data/files/. docs/custody.md
// describes each.
const (
	fileBagit       = "bagit.txt"
	fileInfo        = "bag-info.txt"
	fileRecords     = "data/records.jsonl"
	fileFacts       = "data/facts.json"
	folderFiles     = "data/files/"
	fileKey         = "log/key.txt"
	fileCheckpoint  = "log/checkpoint.txt"
	fileToken       = "log/checkpoint.tst"
	fileInclusion   = "log/inclusion.txt"
	fileConsistency = "log/consistency.txt"
	folderOthers    = "log/others/"
	fileManifest256 = "manifest-sha256.txt"
	fileManifest512 = "manifest-sha512.txt"
	fileTags256     = "tagmanifest-sha256.txt"
	fileTags512     = "tagmanifest-sha512.txt"
	fileSeal        = "seal.txt"
)

// sealedHead begins a file that is encrypted in the format of age.
const sealedHead = "age-encryption.org/v1\n"

const bagitText = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"

// Facts are what a bundle states about itself and its files. They hold
// identifiers, digests and times; a reason or a reference number is for the
// reader, and stands in no record.
type Facts struct {
	Format string `json:"format"` // BundleFormat
	// Origin is the log's name, Subjects what the records are about: what was
	// asked for, and what belongs to it, such as the files of a case.
	Origin   string   `json:"origin"`
	Subjects []string `json:"subjects"`
	// MadeAt is in microseconds since 1970, MadeBy an actor.
	MadeAt int64  `json:"made_at"`
	MadeBy string `json:"made_by"`
	// Reference is the receiver's own number for the matter. It may be empty.
	Reference string     `json:"reference,omitempty"`
	Tools     []Tool     `json:"tools"`
	Files     []FileFact `json:"files"`
}

// aboutShown is how many subjects people are told of: a case may have thousands
// of files.
const aboutShown = 12

// About names the subjects for people. Where there are many it names the first,
// and more says how many others there are, as a format for their number.
func (f Facts) About(more string) string {
	if len(f.Subjects) <= aboutShown {
		return strings.Join(f.Subjects, ", ")
	}
	return strings.Join(f.Subjects[:aboutShown], ", ") + " " + fmt.Sprintf(more, len(f.Subjects)-aboutShown)
}

// Tool is a program that had a part in the bundle.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// FileFact describes one file of the bundle. The writer fills in Bytes and the
// digests of what it wrote.
type FileFact struct {
	// Name is that under data/files/: letters, digits, dot, dash, underscore.
	Name string `json:"name"`
	// Subject names the file in custody records, such as "evidence:ID".
	Subject string `json:"subject"`
	Media   string `json:"media,omitempty"` // media type
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	SHA512  string `json:"sha512"`
	// Sealed is true when the bytes are encrypted, in the format of age, to
	// the public keys To. Content states what is inside, for the receiver to
	// compare; where that is nobody else's to know, [Contents] does.
	Sealed  bool         `json:"sealed,omitempty"`
	To      []string     `json:"to,omitempty"`
	Content *Content     `json:"content,omitempty"`
	Source  *Acquisition `json:"acquisition,omitempty"`
	// Commitment ties the file to a record that was written long before.
	Commitment *Commitment `json:"commitment,omitempty"`
}

// Content is the size and the digests of a file before it was encrypted.
type Content struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	SHA512 string `json:"sha512"`
}

// Acquisition says how a file came to the installation (ISO/IEC 27037: who,
// what, when, how).
type Acquisition struct {
	At         int64  `json:"at"` // microseconds since 1970
	By         string `json:"by"` // actor
	Method     string `json:"method"`
	Source     string `json:"source"`
	Tool       Tool   `json:"tool"`
	TimeSource string `json:"time_source,omitempty"`
}

// Commitment opens what a record stated under a secret: the detail Key of the
// record Seq is the hexadecimal HMAC-SHA256, under Salt, of the 32 bytes of the
// file's SHA-256 (of its content, when it is sealed).
type Commitment struct {
	Seq  int64  `json:"seq"`
	Key  string `json:"key"`
	Salt string `json:"salt"` // hexadecimal
}

// Stamped is a signed checkpoint and, where there is one, its RFC 3161 time
// stamp token over the SHA-256 of the note.
type Stamped struct {
	Note  string
	Token []byte
}

// sealText is what the log's key signs over a whole bundle. Its first line
// keeps it from being taken for a checkpoint.
func sealText(origin, sha256, sha512 string) string {
	return fmt.Sprintf("%s\n%s\nsha256:%s\nsha512:%s\n", BundleFormat, origin, sha256, sha512)
}

func signSeal(text, signer string) (string, error) {
	s, err := note.NewSigner(signer)
	if err != nil {
		return "", fmt.Errorf("seal bundle: %w", err)
	}
	msg, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		return "", fmt.Errorf("seal bundle: %w", err)
	}
	return string(msg), nil
}

// openNote checks a note's signature and returns its text. A signature that is
// written in another way than the one way there is counts as damaged.
func openNote(signed, verifier string) (string, error) {
	v, err := note.NewVerifier(verifier)
	if err != nil {
		return "", err
	}
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	if err != nil {
		return "", err
	}
	for _, s := range n.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(s.Base64); err != nil {
			return "", fmt.Errorf("the signature is damaged: %w", err)
		}
	}
	return n.Text, nil
}
