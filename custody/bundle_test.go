package custody_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/jaga-project/jaga/custody"
)

// testLog is a log in memory, with its key.
type testLog struct {
	signer, verifier string
	records          []custody.Record
	hashes           []tlog.Hash
}

const testOrigin = "jaga/test"

func newTestLog(t testing.TB) *testLog {
	t.Helper()
	l := &testLog{}
	var err error
	if l.signer, l.verifier, err = custody.NewKey(testOrigin); err != nil {
		t.Fatal(err)
	}
	return l
}

// fixedKey is the same in every process, so that what a fuzzer keeps means the
// same to all of its workers.
func fixedKey(t testing.TB) (signer, verifier string) {
	t.Helper()
	seed := bytes.Repeat([]byte{9}, ed25519.SeedSize)
	verifier, err := note.NewEd25519VerifierKey(testOrigin, ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.Split(verifier, "+")[1]
	return fmt.Sprintf("PRIVATE+KEY+%s+%s+%s", testOrigin, hash, base64.StdEncoding.EncodeToString(append([]byte{1}, seed...))), verifier
}

func (l *testLog) ReadHashes(ix []int64) (out []tlog.Hash, err error) {
	for _, i := range ix {
		out = append(out, l.hashes[i])
	}
	return out, nil
}

func (l *testLog) add(t testing.TB, e custody.Event) custody.Record {
	t.Helper()
	r, err := custody.NewRecord(int64(len(l.records)), 1_790_000_000_000_000+int64(len(l.records))*60_000_000, e)
	if err != nil {
		t.Fatal(err)
	}
	h, err := tlog.StoredHashesForRecordHash(r.Seq, r.Leaf(), l)
	if err != nil {
		t.Fatal(err)
	}
	l.records, l.hashes = append(l.records, r), append(l.hashes, h...)
	return r
}

func (l *testLog) checkpoint(t testing.TB) custody.Checkpoint {
	t.Helper()
	root, err := tlog.TreeHash(int64(len(l.records)), l)
	if err != nil {
		t.Fatal(err)
	}
	return custody.Checkpoint{Origin: testOrigin, Size: int64(len(l.records)), Root: root}
}

func (l *testLog) sign(t testing.TB) string {
	t.Helper()
	n, err := l.checkpoint(t).Sign(l.signer)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// about yields the records about the subjects.
func (l *testLog) about(subjects ...string) iter.Seq2[custody.Record, error] {
	return func(yield func(custody.Record, error) bool) {
		for _, r := range l.records {
			if slices.Contains(subjects, r.Subject) && !yield(r, nil) {
				return
			}
		}
	}
}

var salt = bytes.Repeat([]byte{7}, 32)

// made is a bundle with two files and the log it comes from.
type made struct {
	*testLog
	data  []byte
	early string // a checkpoint over the first records
}

func testBundle(t testing.TB, token func(note string) []byte) made {
	t.Helper()
	return makeBundle(t, token, 0)
}

// grown is the bundle of a log with more records behind the early checkpoint.
func grown(t testing.TB, more int) made {
	t.Helper()
	return makeBundle(t, nil, more)
}

func makeBundle(t testing.TB, token func(note string) []byte, more int) made {
	t.Helper()
	m := made{testLog: newTestLog(t)}
	m.signer, m.verifier = fixedKey(t)
	picture := bytes.Repeat([]byte("a shape "), 1000)
	sum := sha256.Sum256(picture)
	for i := range 20 {
		m.add(t, custody.Event{Actor: "key:3", Action: "item.finding", Subject: fmt.Sprint("item:", i)})
		m.add(t, custody.Event{Actor: "person:1", Action: "entry.opinion", Subject: "case:1", Detail: map[string]string{"n": fmt.Sprint(i), "b": "<&>"}})
		if i == 4 {
			m.add(t, custody.Event{Actor: "system", Action: "item.finding", Subject: "evidence:1", Detail: map[string]string{"digest": custody.Commit(salt, sum[:])}})
		}
		if i == 9 {
			m.early = m.sign(t)
		}
	}
	for range more {
		m.add(t, custody.Event{Actor: "system", Action: "item.finding", Subject: "item:9"})
	}
	var b bytes.Buffer
	w, err := custody.NewBundleWriter(&b, custody.Facts{Origin: testOrigin, Subjects: []string{"case:1"}, MadeAt: 1_790_000_900_000_000, MadeBy: "person:1",
		Reference: "LP/1/2026", Tools: []custody.Tool{{Name: "jaga", Version: "1.2.3"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddFile(custody.FileFact{Name: "1.png", Subject: "evidence:1", Media: "image/png",
		Source:     &custody.Acquisition{At: 1_790_000_000_000_000, By: "key:3", Method: "POST /v1/items", Source: "chat", Tool: custody.Tool{Name: "jaga", Version: "1.2.3"}},
		Commitment: &custody.Commitment{Seq: 10, Key: "digest", Salt: hex.EncodeToString(salt)}}, bytes.NewReader(picture)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.AddFile(custody.FileFact{Name: "2.bin", Subject: "evidence:2"}, strings.NewReader("")); err != nil {
		t.Fatal(err)
	}
	_, digest, err := w.Facts()
	if err != nil {
		t.Fatal(err)
	}
	m.add(t, custody.Event{Actor: "person:1", Action: custody.ExportAction, Subject: "case:1", Detail: map[string]string{"facts": digest}})
	main, early := custody.Stamped{Note: m.sign(t)}, custody.Stamped{Note: m.early}
	if token != nil {
		main.Token, early.Token = token(main.Note), token(early.Note)
	}
	if err := w.Finish(custody.BundleLog{Verifier: m.verifier, Signer: m.signer, Checkpoint: main, Others: []custody.Stamped{early},
		Records: m.about("case:1", "evidence:1"), Hashes: m}); err != nil {
		t.Fatal(err)
	}
	m.data = b.Bytes()
	return m
}

func verifyBytes(t testing.TB, data []byte, opt custody.VerifyOptions) *custody.Report {
	t.Helper()
	r, err := custody.VerifyBundle(bytes.NewReader(data), int64(len(data)), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBundleVerifies(t *testing.T) {
	t.Parallel()
	m := testBundle(t, nil)
	finger, err := custody.Fingerprint(m.verifier)
	if err != nil {
		t.Fatal(err)
	}
	for name, opt := range map[string]custody.VerifyOptions{
		"key": {Key: m.verifier}, "fingerprint": {Key: strings.ToUpper(finger)}, "fingerprint without gaps": {Key: strings.ReplaceAll(finger, " ", "")},
		"early checkpoint": {Key: finger, Checkpoints: []string{m.early}}, "own checkpoint": {Key: finger, Checkpoints: []string{m.sign(t)}},
	} {
		r := verifyBytes(t, m.data, opt)
		if !r.OK || len(r.NotChecked) > 0 || !r.KeyTrusted || r.Records != 22 || r.LogSize != 42 || r.Fingerprint != finger {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if r := verifyBytes(t, m.data, custody.VerifyOptions{}); !r.OK || r.KeyTrusted || len(r.NotChecked) != 1 {
		t.Errorf("without a key: %+v", r)
	}
}

func TestBundleAgainstAnotherKey(t *testing.T) {
	t.Parallel()
	m, other := testBundle(t, nil), newTestLog(t)
	r := verifyBytes(t, m.data, custody.VerifyOptions{Key: other.verifier})
	if r.OK || !has(r, custody.ProblemKey) || !has(r, custody.ProblemSeal) || !has(r, custody.ProblemCheckpoint) {
		t.Errorf("%+v", r.Problems)
	}
	if r := verifyBytes(t, m.data, custody.VerifyOptions{Key: "nonsense"}); r.OK {
		t.Error("a key that is none passed")
	}
}

func has(r *custody.Report, code string) bool {
	return slices.ContainsFunc(r.Problems, func(p custody.Problem) bool { return p.Code == code })
}

// TestBundleLaterCheckpoint joins a bundle with a checkpoint that was signed
// after it was made.
func TestBundleLaterCheckpoint(t *testing.T) {
	t.Parallel()
	m := testBundle(t, nil)
	size := int64(len(m.records))
	for range 30 {
		m.add(t, custody.Event{Actor: "system", Action: "item.finding", Subject: "item:9"})
	}
	later := m.sign(t)
	opt := custody.VerifyOptions{Key: m.verifier, Checkpoints: []string{later}}
	if r := verifyBytes(t, m.data, opt); !r.OK || len(r.NotChecked) != 1 || !strings.Contains(r.NotChecked[0].Do, "prove 42 72") {
		t.Errorf("without a proof: %+v", r)
	}
	p, err := custody.ProveConsistency(size, size+30, m)
	if err != nil {
		t.Fatal(err)
	}
	opt.Proofs = p.String() + "\n"
	if r := verifyBytes(t, m.data, opt); !r.OK || len(r.NotChecked) > 0 {
		t.Errorf("with a proof: %+v", r)
	}
	// A log that was rewritten and signed again does not agree.
	forged := newTestLog(t)
	forged.signer, forged.verifier = m.signer, m.verifier
	for i, r := range m.records {
		subject := r.Subject
		if i == 3 {
			subject = "case:2"
		}
		forged.add(t, custody.Event{Actor: r.Actor, Action: r.Action, Subject: subject, Detail: r.Details()})
	}
	if p, err = custody.ProveConsistency(size, size+30, forged); err != nil {
		t.Fatal(err)
	}
	opt = custody.VerifyOptions{Key: m.verifier, Checkpoints: []string{forged.sign(t)}, Proofs: p.String()}
	if r := verifyBytes(t, m.data, opt); r.OK || !has(r, custody.ProblemConsistency) {
		t.Errorf("a rewritten log: %+v", r)
	}
}

// TestBundleReadByOthers reads the file with the standard library's reader and
// verifies what it unpacked.
func TestBundleReadByOthers(t *testing.T) {
	t.Parallel()
	m := testBundle(t, nil)
	files := unpack(t, m.data)
	r, err := custody.VerifyFolder(files, custody.VerifyOptions{Key: m.verifier})
	if err != nil || !r.OK || len(r.NotChecked) > 0 {
		t.Fatalf("%+v, error %v", r, err)
	}
	if string(files["bagit.txt"].Data) != "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n" {
		t.Errorf("bagit.txt: %q", files["bagit.txt"].Data)
	}
	for lang, want := range map[string]string{"en": "Custody sheet", "id": "Lembar penjagaan bukti"} {
		page := string(files["data/sheet-"+lang+".html"].Data)
		if !strings.Contains(page, want) || !strings.Contains(page, "LP/1/2026") || !strings.Contains(page, "&lt;&amp;&gt;") || strings.Contains(page, "<&>") {
			t.Errorf("the sheet in %s: %s", lang, page)
		}
	}
}

func unpack(t testing.TB, data []byte) fstest.MapFS {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = &fstest.MapFile{Data: b, Mode: 0o644}
	}
	return files
}

// TestBundleWriterRefuses lists what no bundle may be made of.
func TestBundleWriterRefuses(t *testing.T) {
	t.Parallel()
	facts := custody.Facts{Origin: testOrigin, Subjects: []string{"case:1"}, MadeAt: 1, MadeBy: "person:1"}
	for name, f := range map[string]custody.Facts{"no origin": {Subjects: facts.Subjects, MadeAt: 1, MadeBy: "x"}, "no subject": {Origin: "x", MadeAt: 1, MadeBy: "x"}} {
		if _, err := custody.NewBundleWriter(io.Discard, f); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	for _, name := range []string{"", "../x", "a/b", ".hidden", "a b", "nul", "COM1.txt", "x.", "é", strings.Repeat("a", 300)} {
		w, err := custody.NewBundleWriter(io.Discard, facts)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.AddFile(custody.FileFact{Name: name, Subject: "evidence:1"}, strings.NewReader("x")); err == nil {
			t.Errorf("the name %q was accepted", name)
		}
	}
	l := newTestLog(t)
	l.add(t, custody.Event{Actor: "person:1", Action: "bank.create", Subject: "case:1"})
	w, err := custody.NewBundleWriter(io.Discard, facts)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Facts(); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(custody.BundleLog{Verifier: l.verifier, Signer: l.signer, Checkpoint: custody.Stamped{Note: l.sign(t)}, Records: l.about("case:1"), Hashes: l}); err == nil {
		t.Error("a bundle whose export is not in the log was made")
	}
}

// TestFolderTricks checks what a folder may not hold.
func TestFolderTricks(t *testing.T) {
	t.Parallel()
	m := testBundle(t, nil)
	for name, change := range map[string]func(fstest.MapFS){
		"a link":        func(f fstest.MapFS) { f["data/files/l"] = &fstest.MapFile{Mode: fs.ModeSymlink | 0o777} },
		"an extra file": func(f fstest.MapFS) { f["data/files/3.bin"] = &fstest.MapFile{Data: []byte("x")} },
		"a missing one": func(f fstest.MapFS) { delete(f, "data/files/1.png") },
		"case twins":    func(f fstest.MapFS) { f["data/files/1.PNG"] = &fstest.MapFile{Data: []byte("x")} },
		"strange names": func(f fstest.MapFS) { f["data/files/a b"] = &fstest.MapFile{Data: []byte("x")} },
		"no manifests":  func(f fstest.MapFS) { delete(f, "manifest-sha256.txt") },
		"nothing":       func(f fstest.MapFS) { clear(f) },
	} {
		files := unpack(t, m.data)
		change(files)
		r, err := custody.VerifyFolder(files, custody.VerifyOptions{Key: m.verifier})
		if err != nil || r.OK {
			t.Errorf("%s: %+v, error %v", name, r, err)
		}
	}
}
