package custody

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// VerifyOptions are what a verifier knows from elsewhere than the bundle. All
// of them may be left out; the report says what then is not proven.
type VerifyOptions struct {
	// Key is the log's verifier text, or its fingerprint.
	Key string
	// Checkpoints are signed checkpoints of the log that were received by
	// another way, and Proofs lines of [Consistency] that join them to the
	// bundle's.
	Checkpoints []string
	Proofs      string
	// Roots are the time-stamp authorities that are trusted; nil checks that
	// tokens belong to their checkpoints, and not who signed them.
	Roots *x509.CertPool
	// Open decrypts a file that is encrypted to the one who checks; nil leaves
	// them closed. It answers with an error for one of another's.
	Open func(io.Reader) (io.Reader, error)
	// Progress is told how many bytes of how many were read; it may be nil.
	Progress func(done, total int64)
}

// VerifyBundle checks everything that a bundle holds, off line. What is wrong
// with the bundle is in the report; an error is a fault of reading r only. Time
// grows with size and records; memory does not grow with either, only with the
// number of files.
func VerifyBundle(r io.ReaderAt, size int64, opt VerifyOptions) (*Report, error) {
	src, err := newZipSource(r, size)
	return verifyBundle(src, err, opt)
}

// VerifyFolder checks a bundle that was unpacked into a folder.
func VerifyFolder(fsys fs.FS, opt VerifyOptions) (*Report, error) {
	src, err := newFolderSource(fsys)
	return verifyBundle(src, err, opt)
}

func verifyBundle(src source, err error, opt VerifyOptions) (*Report, error) {
	v := &bundleVerifier{src: src, opt: opt, Report: &Report{OK: true, Problems: []Problem{}, NotChecked: []Unchecked{}, Notes: []string{}, Stamps: []StampReport{}}}
	if f, ok := errors.AsType[*formError](err); ok {
		where := "bundle"
		if f.at > 0 {
			where = fmt.Sprintf("bundle, byte %d", f.at)
		}
		v.problem(ProblemContainer, where, -1, "%s", f.what)
		return v.Report, nil
	}
	if err == nil {
		err = v.run()
	}
	if err != nil {
		return nil, fmt.Errorf("verify bundle: %w", err)
	}
	return v.Report, nil
}

type bundleVerifier struct {
	*Report
	src  source
	opt  VerifyOptions
	key  string // verifier that is used
	main Checkpoint
	// listed are the files of the manifests in order, with their digests.
	listed []listing
	byName map[string]listing
	// encrypted are the listed files that begin as an encrypted file does.
	encrypted map[string]bool
	others    map[int64]Checkpoint
	// about are the subjects of the bundle and of its files: there may be
	// many, and every record is looked up among them.
	about map[string]bool
	// commitments by the place of their record.
	commitments map[int64][]FileFact
}

type listing struct{ name, s256, s512 string }

// run makes all checks. It returns faults of reading only.
func (v *bundleVerifier) run() error {
	v.others, v.byName, v.encrypted = map[int64]Checkpoint{}, map[string]listing{}, map[string]bool{}
	for _, step := range []func() error{v.manifests, v.trust, v.seal, v.digests, v.aboutItself, v.contents, v.checkpoint, v.records, v.otherCheckpoints, v.outside} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

const (
	maxText     = 1 << 20
	maxManifest = 64 << 20
)

// text reads a small file whole. ok is false when the bundle has none, or one
// that is too large, which is a problem.
func (v *bundleVerifier) text(name string, limit int64) (text string, ok bool, err error) {
	if !slices.Contains(v.src.list(), name) {
		v.problem(ProblemMissing, name, -1, "the file is missing")
		return "", false, nil
	}
	if v.src.size(name) > limit {
		v.problem(ProblemContainer, name, -1, "the file has more than %d bytes", limit)
		return "", false, nil
	}
	r, done, err := openFaithful(v.src, name)
	if err != nil {
		return "", false, err
	}
	defer done()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if errors.Is(err, errChecksum) {
		v.problem(ProblemContainer, name, -1, "%v", err)
		err = nil
	}
	return string(b), err == nil, err
}

// manifests reads what the bundle lists, and compares it with what is there.
func (v *bundleVerifier) manifests() error {
	for _, pair := range [][2]string{{fileManifest256, fileManifest512}, {fileTags256, fileTags512}} {
		payload := pair[0] == fileManifest256
		a, okA, err := v.text(pair[0], maxManifest)
		if err != nil {
			return err
		}
		b, okB, err := v.text(pair[1], maxManifest)
		if err != nil {
			return err
		}
		if okA && okB {
			v.manifest(pair, a, b, payload)
		}
	}
	last := []string{fileTags256, fileTags512, fileSeal}
	want := map[string]bool{}
	var order []string
	for _, l := range v.listed {
		want[l.name] = true
		order = append(order, l.name)
	}
	order = append(order, last...)
	have := map[string]bool{}
	for _, name := range v.src.list() {
		have[name] = true
		if !want[name] && !slices.Contains(last, name) {
			v.problem(ProblemExtra, name, -1, "the file is in no manifest")
		}
	}
	for _, l := range v.listed {
		if !have[l.name] {
			v.problem(ProblemMissing, l.name, -1, "the manifest lists it and it is missing")
		}
	}
	for _, name := range []string{fileBagit, fileInfo, fileKey, fileCheckpoint, fileInclusion, fileRecords, fileFacts, fileManifest256, fileManifest512} {
		if !want[name] {
			v.problem(ProblemManifest, name, -1, "no manifest lists the file, which every bundle has")
		}
	}
	if v.src.ordered() && v.OK && !slices.Equal(order, v.src.list()) {
		v.problem(ProblemContainer, "bundle", -1, "the files are not in the order of the manifests")
	}
	return nil
}

func (v *bundleVerifier) manifest(names [2]string, a, b string, payload bool) {
	x, y := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	if len(x) != len(y) {
		v.problem(ProblemManifest, names[1], -1, "it does not list the same files as %s", names[0])
		return
	}
	for i := range x[:len(x)-1] {
		where := fmt.Sprintf("%s line %d", names[0], i+1)
		s256, name, ok := manifestLine(x[i], sha256.Size)
		s512, other, ok512 := manifestLine(y[i], sha512.Size)
		switch {
		case !ok || !ok512:
			v.problem(ProblemManifest, where, -1, "the line is not a digest, two spaces and a name")
		case name != other:
			v.problem(ProblemManifest, where, -1, "the two manifests differ: %q and %q", name, other)
		case badName(name) != "":
			v.problem(ProblemManifest, where, -1, "the name %q %s", name, badName(name))
		case v.byName[name].name != "":
			v.problem(ProblemManifest, where, -1, "%s is listed twice", name)
		case payload != strings.HasPrefix(name, "data/") || !knownFile(name):
			v.problem(ProblemExtra, where, -1, "%s has no place in a bundle", name)
		default:
			l := listing{name, s256, s512}
			v.listed, v.byName[name] = append(v.listed, l), l
		}
	}
	if x[len(x)-1] != "" || y[len(y)-1] != "" {
		v.problem(ProblemManifest, names[0], -1, "the last line is not whole")
	}
}

// manifestLine reads one line, of the exact form that is written.
func manifestLine(line string, size int) (digest, name string, ok bool) {
	digest, name, ok = strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
	b, err := hex.DecodeString(digest)
	return digest, name, ok && err == nil && len(b) == size && strings.ToLower(digest) == digest && strings.HasSuffix(line, "\n")
}

// knownFile reports whether a bundle of this format may list a file.
func knownFile(name string) bool {
	switch name {
	case fileBagit, fileInfo, fileRecords, fileFacts, fileKey, fileCheckpoint, fileToken, fileInclusion, fileConsistency, fileManifest256, fileManifest512:
		return true
	}
	for _, lang := range SheetLanguages() {
		if name == "data/sheet-"+lang+".html" || name == "data/sheet-"+lang+".txt" {
			return true
		}
	}
	if rest, ok := strings.CutPrefix(name, folderFiles); ok {
		return !strings.Contains(rest, "/")
	}
	_, ok := otherSize(name)
	return ok
}

// trust finds the key that the bundle is checked with.
func (v *bundleVerifier) trust() error {
	text, ok, err := v.text(fileKey, maxText)
	if err != nil {
		return err
	}
	inside := strings.TrimSuffix(text, "\n")
	finger, ferr := Fingerprint(inside)
	if ok && (ferr != nil || text != inside+"\n") {
		v.problem(ProblemKey, fileKey, -1, "it is no key of a log")
		ok = false
	}
	given := strings.TrimSpace(v.opt.Key)
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer(" ", "", ":", "", "-", "").Replace(s))
	}
	known, kerr := Fingerprint(given)
	switch {
	case given == "":
		v.unchecked("Whose key signed this bundle. The key was taken from the bundle itself.",
			"Get the fingerprint from the sender by another way, and verify again with it.")
		v.key = inside
	case kerr == nil:
		v.key, v.KeyTrusted = given, true
		if ok && known != finger {
			v.problem(ProblemKey, fileKey, -1, "the bundle's key has the fingerprint %s, the one you trust %s", finger, known)
		}
	case ok && plain(given) == plain(finger):
		v.key, v.KeyTrusted = inside, true
	default:
		v.key = inside
		v.problem(ProblemKey, fileKey, -1, "the bundle's key has the fingerprint %s, and not the one you trust", finger)
	}
	if v.key != "" {
		v.Fingerprint, _ = Fingerprint(v.key) // "" when there is no usable key, which was reported
	}
	return nil
}

// seal checks that the log's key signed the manifests.
func (v *bundleVerifier) seal() error {
	signed, ok, err := v.text(fileSeal, maxText)
	if err != nil || !ok {
		return err
	}
	a, okA, err := v.text(fileTags256, maxManifest)
	if err != nil {
		return err
	}
	b, okB, err := v.text(fileTags512, maxManifest)
	if err != nil || !okA || !okB {
		return err
	}
	text, nerr := openNote(signed, v.key)
	if nerr != nil {
		v.problem(ProblemSeal, fileSeal, -1, "the signature over the bundle is not by the key with the fingerprint %s", v.Fingerprint)
		return nil
	}
	s256, s512 := sha256.Sum256([]byte(a)), sha512.Sum512([]byte(b))
	lines := strings.SplitN(text, "\n", 3)
	if len(lines) != 3 || text != sealText(lines[1], hex.EncodeToString(s256[:]), hex.EncodeToString(s512[:])) {
		v.problem(ProblemSeal, fileSeal, -1, "the signature is over other lists of files than are here")
	}
	return nil
}

// digests reads every file that is listed.
func (v *bundleVerifier) digests() error {
	var total, done int64
	have := map[string]bool{}
	for _, name := range v.src.list() {
		have[name] = true
		total += v.src.size(name)
	}
	v.Bytes = total
	buffer := make([]byte, 256<<10)
	for _, l := range v.listed {
		if !have[l.name] {
			continue
		}
		r, closeIt, err := openFaithful(v.src, l.name)
		if err != nil {
			return err
		}
		a, b := sha256.New(), sha512.New()
		var head []byte
		for {
			var n int
			n, err = r.Read(buffer)
			head = append(head, buffer[:min(n, len(sealedHead)-len(head))]...)
			a.Write(buffer[:n])
			b.Write(buffer[:n])
			done += int64(n)
			if v.opt.Progress != nil {
				v.opt.Progress(done, total)
			}
			if err != nil {
				break
			}
		}
		closeIt()
		v.encrypted[l.name] = string(head) == sealedHead
		if fault, ok := errors.AsType[*readError](err); ok {
			return fault
		}
		if hex.EncodeToString(a.Sum(nil)) != l.s256 || hex.EncodeToString(b.Sum(nil)) != l.s512 {
			v.problem(ProblemDigest, l.name, -1, "its bytes do not have the digests that the manifest states")
		} else if errors.Is(err, errChecksum) {
			v.problem(ProblemContainer, l.name, -1, "%v", err)
		}
	}
	return nil
}

// aboutItself checks facts.json and the two BagIt files against what is there.
func (v *bundleVerifier) aboutItself() error {
	bagit, ok, err := v.text(fileBagit, maxText)
	if err != nil {
		return err
	}
	if ok && bagit != bagitText {
		v.problem(ProblemFacts, fileBagit, -1, "it is not that of a bundle")
	}
	text, ok, err := v.text(fileFacts, maxManifest)
	if err != nil || !ok {
		return err
	}
	var f Facts
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		v.problem(ProblemFacts, fileFacts, -1, "it cannot be read: %v", err)
		return nil
	}
	if again, err := json.MarshalIndent(f, "", "  "); err != nil || string(again)+"\n" != text {
		v.problem(ProblemFacts, fileFacts, -1, "it is not in the form in which it is written")
	}
	v.Facts, v.about = &f, make(map[string]bool, len(f.Subjects))
	for _, subject := range f.Subjects {
		v.about[subject] = true
	}
	for _, file := range f.Files {
		v.about[file.Subject] = true
	}
	switch {
	case f.Format != BundleFormat:
		v.problem(ProblemFacts, fileFacts, -1, "its format %q is not %s; a newer Jaga may know it", f.Format, BundleFormat)
	case f.Origin == "" || len(f.Subjects) == 0 || f.MadeBy == "" || f.MadeAt <= 0:
		v.problem(ProblemFacts, fileFacts, -1, "it does not state origin, subjects, maker and time")
	}
	v.files(f)
	return v.bagInfo(f)
}

// files compares the facts of files with the manifests.
func (v *bundleVerifier) files(f Facts) {
	stated := map[string]bool{}
	sealed, to := 0, []string(nil)
	for i, file := range f.Files {
		name := folderFiles + file.Name
		where := fmt.Sprintf("%s, file %d", fileFacts, i+1)
		l, listed := v.byName[name]
		switch {
		case stated[name]:
			v.problem(ProblemFacts, where, -1, "%s is described twice", name)
		case !listed:
			v.problem(ProblemMissing, where, -1, "%s is described and not listed", name)
		case file.SHA256 != l.s256 || file.SHA512 != l.s512 || file.Bytes != v.src.size(name):
			v.problem(ProblemFile, name, -1, "the facts state other digests or another size than the manifests")
		}
		stated[name] = true
		if file.Sealed {
			sealed++
			to = append(to, file.To...)
			if listed && !v.encrypted[name] {
				v.problem(ProblemFile, name, -1, "the facts say that it is encrypted, and it is not")
			}
		}
		if c := file.Commitment; c != nil {
			if v.commitments == nil {
				v.commitments = map[int64][]FileFact{}
			}
			v.commitments[c.Seq] = append(v.commitments[c.Seq], file)
		}
	}
	for _, l := range v.listed {
		if strings.HasPrefix(l.name, folderFiles) && !stated[l.name] {
			v.problem(ProblemExtra, l.name, -1, "the facts do not describe the file")
		}
	}
	v.Sealed = sealed
	if sealed > 0 && v.opt.Open == nil {
		v.unchecked(sealedText(sealed, to), "Whoever has the receiver's key gives its file with --open.")
	}
}

// sealedText says what is known of files that were not decrypted.
func sealedText(n int, to []string) string {
	slices.Sort(to)
	whom := strings.Join(slices.Compact(to), ", ")
	if whom == "" {
		whom = "a key that is not stated"
	}
	return fmt.Sprintf("What is inside the %d files that are encrypted to %s. Their encrypted bytes have the digests that the bundle states.", n, whom)
}

func (v *bundleVerifier) bagInfo(f Facts) error {
	text, ok, err := v.text(fileInfo, maxText)
	if err != nil || !ok {
		return err
	}
	files, octets := 0, int64(0)
	for _, name := range v.src.list() {
		if strings.HasPrefix(name, "data/") {
			files, octets = files+1, octets+v.src.size(name)
		}
	}
	if text != bagInfo(f, v.byName[fileFacts].s256, octets, files) {
		v.problem(ProblemFacts, fileInfo, -1, "it does not say what the facts and the files say")
	}
	return nil
}

// bagInfo is the text of bag-info.txt.
func bagInfo(f Facts, digest string, octets int64, files int) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "Bag-Software-Agent: Jaga\nBagging-Date: %s\n", time.UnixMicro(f.MadeAt).UTC().Format(time.DateOnly))
	fmt.Fprintf(&b, "External-Identifier: %s\nInternal-Sender-Description: %s\nPayload-Oxum: %d.%d\n", digest, BundleFormat, octets, files)
	return b.String()
}

// OpenFile returns one of the files that the facts of a bundle describe, by its
// name there. It is worth something only if [VerifyBundle] says so.
func OpenFile(r io.ReaderAt, size int64, name string) (io.ReadCloser, error) {
	z, err := newZipSource(r, size)
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	if _, ok := z.byName[folderFiles+name]; !ok {
		return nil, fmt.Errorf("open file: the bundle has no %s", name)
	}
	return z.open(folderFiles + name)
}

// OpenRecords returns the records of a bundle, one a line (see [ParseRecord]).
// They are worth something only if [VerifyBundle] says so.
func OpenRecords(r io.ReaderAt, size int64) (io.Reader, error) {
	z, err := newZipSource(r, size)
	if err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	if _, ok := z.byName[fileRecords]; !ok {
		return nil, fmt.Errorf("open records: the bundle has none")
	}
	return z.open(fileRecords)
}
