package custody

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// BundleWriter writes an evidence bundle as one stream, without keeping more
// than its list of files in memory. It is used in this order: AddFile for each
// file, Facts, then, when the log holds the record of the export, Finish. After
// an error the bundle is worthless and the writer must not be used again.
//
// Whether the export is allowed, and by whom, is for the caller to know.
type BundleWriter struct {
	zip    zipWriter
	facts  Facts
	sums   []fileSum       // payload and tag files in the order of the zip
	names  map[string]bool // of the files, in lower case
	buffer *bufio.Writer
	frozen bool
	done   bool
}

type fileSum struct {
	name   string
	size   int64
	s256   string
	s512   string
	hashes [2]hash.Hash
}

// NewBundleWriter begins a bundle. Format and Files of the facts are filled in.
// The bytes go to w as they are: to encrypt a bundle, let w encrypt.
func NewBundleWriter(w io.Writer, facts Facts) (*BundleWriter, error) {
	facts.Format, facts.Files = BundleFormat, []FileFact{}
	facts.Tools = append([]Tool{}, facts.Tools...)
	if facts.Origin == "" || len(facts.Subjects) == 0 || facts.MadeBy == "" || facts.MadeAt <= 0 {
		return nil, fmt.Errorf("write bundle: origin, subjects, maker and time must be stated")
	}
	if slices.Contains(facts.Subjects, "") {
		return nil, fmt.Errorf("write bundle: a subject is empty")
	}
	buffer := bufio.NewWriterSize(w, 64<<10)
	return &BundleWriter{zip: zipWriter{w: buffer}, buffer: buffer, facts: facts, names: map[string]bool{}}, nil
}

// AddFile copies a file into the bundle. Name, Subject and the like are taken
// from f, size and digests from what r gives.
func (b *BundleWriter) AddFile(f FileFact, r io.Reader) (FileFact, error) {
	switch {
	case b.frozen:
		return f, fmt.Errorf("write bundle: files come before the facts")
	case f.Subject == "":
		return f, fmt.Errorf("write bundle: the file %q has no subject", f.Name)
	case strings.Contains(f.Name, "/"):
		return f, fmt.Errorf("write bundle: the file %q is in a folder", f.Name)
	case b.names[strings.ToLower(f.Name)]:
		return f, fmt.Errorf("write bundle: the file %q is there already", f.Name)
	}
	sum, err := b.file(folderFiles+f.Name, func(w io.Writer) error {
		_, err := io.Copy(w, r)
		return err
	})
	if err != nil {
		return f, err
	}
	f.Bytes, f.SHA256, f.SHA512 = sum.size, sum.s256, sum.s512
	b.facts.Files, b.names[strings.ToLower(f.Name)] = append(b.facts.Files, f), true
	return f, nil
}

// Facts ends the list of files and returns the facts and their SHA-256 in
// hexadecimal: the detail "facts" of the record of the export, which must be in
// the log before Finish.
func (b *BundleWriter) Facts() (Facts, string, error) {
	if b.frozen {
		return b.facts, "", fmt.Errorf("write bundle: the facts were written before")
	}
	b.frozen = true
	text, err := json.MarshalIndent(b.facts, "", "  ")
	if err != nil {
		return b.facts, "", fmt.Errorf("write bundle: %w", err)
	}
	sum, err := b.text(fileFacts, string(text)+"\n")
	return b.facts, sum.s256, err
}

// BundleLog is the part of a bundle that comes from the log.
type BundleLog struct {
	// Verifier and Signer are the log's key pair (see [NewKey]).
	Verifier, Signer string
	// Checkpoint is the one in which the records are proven; Others are
	// earlier ones that it is proven to continue.
	Checkpoint Stamped
	Others     []Stamped
	// Records are those of the subjects in the order of the log, with the
	// record of the export among them. They are read several times and must
	// be the same each time.
	Records iter.Seq2[Record, error]
	// Hashes reads the tree's stored hashes.
	Hashes tlog.HashReader
}

// Finish writes what proves the bundle, and ends it.
func (b *BundleWriter) Finish(l BundleLog) error {
	if !b.frozen || b.done {
		return fmt.Errorf("write bundle: Finish comes once, after Facts")
	}
	b.done = true
	main, err := OpenCheckpoint(l.Checkpoint.Note, l.Verifier)
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	if main.Origin != b.facts.Origin {
		return fmt.Errorf("write bundle: the checkpoint is of the log %q, the facts of %q", main.Origin, b.facts.Origin)
	}
	if err := b.records(l.Records); err != nil {
		return err
	}
	if err := b.sheets(l.Verifier, main, l.Records); err != nil {
		return err
	}
	if err := b.log(l, main); err != nil {
		return err
	}
	return b.manifests(l.Signer)
}

func (b *BundleWriter) records(all iter.Seq2[Record, error]) error {
	exported, last := false, int64(-1)
	facts := b.sumOf(fileFacts)
	_, err := b.file(fileRecords, func(w io.Writer) error {
		for r, err := range all {
			if err != nil {
				return err
			}
			line := r.Bytes()
			if r.Seq <= last || len(line) >= maxLine {
				return fmt.Errorf("write bundle: record %d is out of order or too long", r.Seq)
			}
			last = r.Seq
			exported = exported || r.Action == ExportAction && r.Details()["facts"] == facts
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !exported {
		err = fmt.Errorf("write bundle: the log has no record of this export")
	}
	return err
}

func (b *BundleWriter) sheets(verifier string, main Checkpoint, all iter.Seq2[Record, error]) error {
	finger, err := Fingerprint(verifier)
	if err != nil {
		return err
	}
	for _, lang := range SheetLanguages() {
		for _, form := range []string{"txt", "html"} {
			_, err := b.file("data/sheet-"+lang+"."+form, func(w io.Writer) error {
				return WriteSheet(w, lang, form == "html", Sheet{b.facts, main, finger, all})
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *BundleWriter) log(l BundleLog, main Checkpoint) error {
	if _, err := b.text(fileKey, l.Verifier+"\n"); err != nil {
		return err
	}
	if err := b.stamped(fileCheckpoint, fileToken, l.Checkpoint); err != nil {
		return err
	}
	_, err := b.file(fileInclusion, func(w io.Writer) error {
		for r, err := range l.Records {
			if err != nil {
				return err
			}
			p, err := tlog.ProveRecord(main.Size, r.Seq, l.Hashes)
			if err != nil {
				return fmt.Errorf("write bundle: prove record %d: %w", r.Seq, err)
			}
			if _, err := fmt.Fprintf(w, "%d%s\n", r.Seq, hashText(p)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(l.Others) == 0 {
		return err
	}
	var lines strings.Builder
	last := int64(0)
	for _, o := range l.Others {
		c, err := OpenCheckpoint(o.Note, l.Verifier)
		if err != nil {
			return fmt.Errorf("write bundle: %w", err)
		}
		if c.Size <= last || c.Size >= main.Size || c.Origin != main.Origin {
			return fmt.Errorf("write bundle: the other checkpoints are not earlier ones of the log in their order")
		}
		last = c.Size
		p, err := ProveConsistency(c.Size, main.Size, l.Hashes)
		if err != nil {
			return err
		}
		lines.WriteString(p.String() + "\n")
		at := folderOthers + strconv.FormatInt(c.Size, 10)
		if err := b.stamped(at+".txt", at+".tst", o); err != nil {
			return err
		}
	}
	_, err = b.text(fileConsistency, lines.String())
	return err
}

func (b *BundleWriter) stamped(name, token string, s Stamped) error {
	if _, err := b.text(name, s.Note); err != nil || len(s.Token) == 0 {
		return err
	}
	_, err := b.text(token, string(s.Token))
	return err
}

func (b *BundleWriter) manifests(signer string) error {
	files, octets := 0, int64(0)
	for _, s := range b.sums {
		if strings.HasPrefix(s.name, "data/") {
			files, octets = files+1, octets+s.size
		}
	}
	if _, err := b.text(fileBagit, bagitText); err != nil {
		return err
	}
	info := bagInfo(b.facts, b.sumOf(fileFacts), octets, files)
	if _, err := b.text(fileInfo, info); err != nil {
		return err
	}
	m256, m512 := b.manifest(func(name string) bool { return strings.HasPrefix(name, "data/") })
	if _, err := b.text(fileManifest256, m256); err != nil {
		return err
	}
	if _, err := b.text(fileManifest512, m512); err != nil {
		return err
	}
	t256, t512 := b.manifest(func(name string) bool { return !strings.HasPrefix(name, "data/") })
	s256, err := b.text(fileTags256, t256)
	if err != nil {
		return err
	}
	s512, err := b.text(fileTags512, t512)
	if err != nil {
		return err
	}
	seal, err := signSeal(sealText(b.facts.Origin, s256.s256, s512.s512), signer)
	if err != nil {
		return err
	}
	if _, err := b.text(fileSeal, seal); err != nil {
		return err
	}
	if err := b.zip.close(); err != nil {
		return err
	}
	if err := b.buffer.Flush(); err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

func (b *BundleWriter) manifest(keep func(string) bool) (m256, m512 string) {
	var x, y strings.Builder
	for _, s := range b.sums {
		if keep(s.name) {
			fmt.Fprintf(&x, "%s  %s\n", s.s256, s.name)
			fmt.Fprintf(&y, "%s  %s\n", s.s512, s.name)
		}
	}
	return x.String(), y.String()
}

func (b *BundleWriter) sumOf(name string) string {
	for _, s := range b.sums {
		if s.name == name {
			return s.s256
		}
	}
	return ""
}

func (b *BundleWriter) text(name, text string) (fileSum, error) {
	return b.file(name, func(w io.Writer) error {
		_, err := io.Copy(w, bytes.NewReader([]byte(text)))
		return err
	})
}

// file writes one file and notes its digests.
func (b *BundleWriter) file(name string, fill func(io.Writer) error) (fileSum, error) {
	if err := b.zip.next(name); err != nil {
		return fileSum{}, err
	}
	s := fileSum{name: name, hashes: [2]hash.Hash{sha256.New(), sha512.New()}}
	if err := fill(&summing{&b.zip, &s}); err != nil {
		return s, err
	}
	s.s256, s.s512 = hex.EncodeToString(s.hashes[0].Sum(nil)), hex.EncodeToString(s.hashes[1].Sum(nil))
	s.hashes = [2]hash.Hash{}
	b.sums = append(b.sums, s)
	return s, nil
}

type summing struct {
	w io.Writer
	s *fileSum
}

func (s *summing) Write(p []byte) (int, error) {
	s.s.size += int64(len(p))
	s.s.hashes[0].Write(p)
	s.s.hashes[1].Write(p)
	return s.w.Write(p)
}
