package custody_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/jaga-project/jaga/custody"
)

func sealed(t testing.TB, to age.Recipient, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write(plain)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func contentOf(plain []byte) custody.Content {
	a, b := sha256.Sum256(plain), sha512.Sum512(plain)
	return custody.Content{Bytes: int64(len(plain)), SHA256: hex.EncodeToString(a[:]), SHA512: hex.EncodeToString(b[:])}
}

// content makes a bundle with two encrypted files and the list of what is inside;
// change may spoil the list or the encrypted bytes before they are written.
func content(t testing.TB, to *age.X25519Identity, change func(list *custody.Contents, files map[string][]byte)) made {
	t.Helper()
	m := made{testLog: newTestLog(t)}
	m.signer, m.verifier = fixedKey(t)
	list := custody.Contents{Format: custody.ContentsFormat, Lost: []string{"evidence:9"}}
	files := map[string][]byte{}
	for i := range 2 {
		plain := bytes.Repeat([]byte{byte('a' + i)}, 100_000)
		c := contentOf(plain)
		sum, _ := hex.DecodeString(c.SHA256)
		m.add(t, custody.Event{Actor: "key:3", Action: "evidence.put", Subject: fmt.Sprint("evidence:", i), Detail: map[string]string{"commit": custody.Commit(salt, sum)}})
		name := fmt.Sprintf("%d.age", i)
		files[name] = sealed(t, to.Recipient(), plain)
		list.Files = append(list.Files, custody.ContentEntry{Name: name, Content: c, Commitment: &custody.Commitment{Seq: int64(i), Key: "commit", Salt: hex.EncodeToString(salt)}})
	}
	if change != nil {
		change(&list, files)
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	if files[custody.ContentsFile] == nil {
		files[custody.ContentsFile] = sealed(t, to.Recipient(), text)
	}
	var b bytes.Buffer
	w, err := custody.NewBundleWriter(&b, custody.Facts{Origin: testOrigin, Subjects: []string{"case:1"}, MadeAt: 1_790_000_900_000_000, MadeBy: "person:1"})
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"0.age", "1.age", custody.ContentsFile} {
		subject := fmt.Sprint("evidence:", i)
		if name == custody.ContentsFile {
			subject = "case:1"
		}
		if _, err := w.AddFile(custody.FileFact{Name: name, Subject: subject, Sealed: true, To: []string{to.Recipient().String()}}, bytes.NewReader(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	_, digest, err := w.Facts()
	if err != nil {
		t.Fatal(err)
	}
	m.add(t, custody.Event{Actor: "person:1", Action: custody.ExportAction, Subject: "case:1", Detail: map[string]string{"facts": digest}})
	if err := w.Finish(custody.BundleLog{Verifier: m.verifier, Signer: m.signer, Checkpoint: custody.Stamped{Note: m.sign(t)}, Records: m.about("case:1", "evidence:0", "evidence:1"), Hashes: m}); err != nil {
		t.Fatal(err)
	}
	m.data = b.Bytes()
	return m
}

func agency(t testing.TB) *age.X25519Identity {
	t.Helper()
	k, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func with(k *age.X25519Identity) func(io.Reader) (io.Reader, error) {
	return func(r io.Reader) (io.Reader, error) { return age.Decrypt(r, k) }
}

// TestBundleWithContent: without the receiver's key the encrypted bytes are
// checked, with it what is inside and that it is what came in.
func TestBundleWithContent(t *testing.T) {
	t.Parallel()
	to := agency(t)
	m := content(t, to, nil)
	r := verifyBytes(t, m.data, custody.VerifyOptions{Key: m.verifier})
	if !r.OK || r.Sealed != 3 || r.Opened != 0 || len(r.NotChecked) != 1 || !strings.Contains(r.NotChecked[0].What, "encrypted to "+to.Recipient().String()) {
		t.Errorf("without the key: %+v", r)
	}
	r = verifyBytes(t, m.data, custody.VerifyOptions{Key: m.verifier, Open: with(to)})
	if !r.OK || r.Opened != 3 || len(r.NotChecked) != 0 || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "evidence:9") {
		t.Errorf("with the key: %+v", r)
	}
	r = verifyBytes(t, m.data, custody.VerifyOptions{Key: m.verifier, Open: with(agency(t))})
	if r.OK || r.Opened != 0 || len(r.Problems) == 0 || r.Problems[0].Code != custody.ProblemFile || r.Problems[0].Where != "data/files/"+custody.ContentsFile {
		t.Errorf("with another key: %+v", r)
	}
	for name, c := range map[string]struct {
		where  string
		change func(*custody.Contents, map[string][]byte)
	}{
		"another file": {"data/files/1.age", func(_ *custody.Contents, files map[string][]byte) {
			files["1.age"] = sealed(t, to.Recipient(), []byte("another shape"))
		}},
		"another file that the list states": {"data/files/1.age", func(list *custody.Contents, files map[string][]byte) {
			plain := []byte("another shape")
			files["1.age"], list.Files[1].Content = sealed(t, to.Recipient(), plain), contentOf(plain)
		}},
		"two files exchanged": {"data/files/0.age", func(_ *custody.Contents, files map[string][]byte) {
			files["0.age"], files["1.age"] = files["1.age"], files["0.age"]
		}},
		"one that is not listed": {"data/files/1.age", func(list *custody.Contents, _ map[string][]byte) { list.Files = list.Files[:1] }},
		"one that is not there": {"data/files/" + custody.ContentsFile, func(list *custody.Contents, _ map[string][]byte) {
			list.Files = append(list.Files, custody.ContentEntry{Name: "7.age"})
		}},
		"a commitment in no record": {"data/files/1.age", func(list *custody.Contents, _ map[string][]byte) { list.Files[1].Commitment.Seq = 77 }},
		"cut off":                   {"data/files/1.age", func(_ *custody.Contents, files map[string][]byte) { files["1.age"] = files["1.age"][:70_000] }},
		"no list": {"data/files/" + custody.ContentsFile, func(_ *custody.Contents, files map[string][]byte) {
			files[custody.ContentsFile] = sealed(t, to.Recipient(), []byte("nothing"))
		}},
	} {
		m := content(t, to, c.change)
		r := verifyBytes(t, m.data, custody.VerifyOptions{Key: m.verifier, Open: with(to)})
		if r.OK || !placed(r, c.where) {
			t.Errorf("%s: %+v", name, r.Problems)
		}
	}
	m = content(t, to, func(_ *custody.Contents, files map[string][]byte) { files["1.age"] = []byte("in the clear") })
	if r := verifyBytes(t, m.data, custody.VerifyOptions{Key: m.verifier}); r.OK || !placed(r, "data/files/1.age") {
		t.Errorf("not encrypted: %+v", r.Problems)
	}
}

func placed(r *custody.Report, where string) bool {
	for _, p := range r.Problems {
		if p.Where == where {
			return true
		}
	}
	return false
}

// TestBundleWithContentDamage flips bits in the encrypted files: each is found
// without any key, and the file is named.
func TestBundleWithContentDamage(t *testing.T) {
	t.Parallel()
	m := content(t, agency(t), nil)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		i := rng.IntN(200_000) // of the two files, and their headers
		bad := bytes.Clone(m.data)
		bad[i] ^= 1 << rng.IntN(8)
		r := verifyBytes(t, bad, custody.VerifyOptions{Key: m.verifier})
		if r.OK || len(r.Problems) == 0 || !strings.HasPrefix(r.Problems[0].Where, "data/files/") && r.Problems[0].Code != custody.ProblemContainer {
			t.Fatalf("byte %d: %+v", i, r.Problems)
		}
	}
}
