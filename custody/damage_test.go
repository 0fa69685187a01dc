package custody_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/damagetable"
)

// TestBundleDamage breaks bundles in every way of the table in docs/custody.md
// a hundred times each, a thousand when the table is written, and every time the
// verifier must say so and where.
// Half of the ways are those of somebody who also writes the manifests anew.
func TestBundleDamage(t *testing.T) {
	t.Parallel()
	m := testBundle(t, nil)
	other := otherLog(t)
	trials := damagetable.Trials(t)
	var rows []damagetable.Row
	for _, kind := range bundleDamage(m, other) {
		row := damagetable.Row{What: kind.what, Trials: trials}
		for seed := range trials {
			r := rand.New(rand.NewPCG(uint64(seed), 6))
			report := kind.verify(t, r, m)
			if report.OK || len(report.Problems) == 0 {
				t.Errorf("%s, seed %d: not found", kind.what, seed)
				continue
			}
			row.Found++
			if kind.named(report) {
				row.Named++
			} else {
				t.Errorf("%s, seed %d: the place is not named: %+v", kind.what, seed, report.Problems)
			}
		}
		rows = append(rows, row)
	}
	damagetable.Compare(t, "../docs/custody.md", "bundle", rows)
}

type damageKind struct {
	what   string
	verify func(testing.TB, *rand.Rand, made) *custody.Report
	named  func(*custody.Report) bool
}

// located is true when the first problem names a place.
func located(r *custody.Report) bool { return r.Problems[0].Where != "" }

// atRecord is true when a problem names a record.
func atRecord(r *custody.Report) bool {
	return slices.ContainsFunc(r.Problems, func(p custody.Problem) bool {
		return p.Record >= 0 || strings.Contains(p.Where, " line ")
	})
}

func bundleDamage(m made, other made) []damageKind {
	raw := func(change func(*rand.Rand, []byte) []byte) func(testing.TB, *rand.Rand, made) *custody.Report {
		return func(t testing.TB, r *rand.Rand, m made) *custody.Report {
			return verifyBytes(t, change(r, bytes.Clone(m.data)), custody.VerifyOptions{Key: m.verifier})
		}
	}
	lines := func(anew bool, change func(r *rand.Rand, recs, proofs []string) ([]string, []string)) func(testing.TB, *rand.Rand, made) *custody.Report {
		return func(t testing.TB, r *rand.Rand, m made) *custody.Report {
			f := unpack(t, m.data)
			recs, proofs := change(r, splitLines(f["data/records.jsonl"].Data), splitLines(f["log/inclusion.txt"].Data))
			f["data/records.jsonl"].Data, f["log/inclusion.txt"].Data = []byte(strings.Join(recs, "")), []byte(strings.Join(proofs, ""))
			if anew {
				manifestsAnew(f)
			}
			return verifyFiles(t, f, custody.VerifyOptions{Key: m.verifier})
		}
	}
	swap := func(r *rand.Rand, a, b []string) ([]string, []string) {
		i := r.IntN(len(a))
		k := (i + 1 + r.IntN(len(a)-1)) % len(a)
		a[i], a[k], b[i], b[k] = a[k], a[i], b[k], b[i]
		return a, b
	}
	remove := func(r *rand.Rand, a, b []string) ([]string, []string) {
		i := r.IntN(len(a))
		return slices.Delete(a, i, i+1), slices.Delete(b, i, i+1)
	}
	insert := func(r *rand.Rand, a, b []string) ([]string, []string) {
		i := r.IntN(len(a))
		return slices.Insert(a, i, strings.Replace(a[i], "person:1", "person:2", 1)), slices.Insert(b, i, b[i])
	}
	change := func(r *rand.Rand, a, b []string) ([]string, []string) {
		i := r.IntN(len(a))
		line := []byte(a[i])
		digits := digitPlaces(line)
		at := digits[r.IntN(len(digits))]
		line[at] = '0' + (line[at]-'0'+1+byte(r.IntN(8)))%10
		a[i] = string(line)
		return a, b
	}
	return []damageKind{
		{"one bit of the file is flipped", raw(func(r *rand.Rand, b []byte) []byte {
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
			return b
		}), located},
		{"the file is cut off", raw(func(r *rand.Rand, b []byte) []byte { return b[:r.IntN(len(b))] }), located},
		{"bytes are put in", raw(func(r *rand.Rand, b []byte) []byte {
			return slices.Insert(b, r.IntN(len(b)+1), byte(r.IntN(256)))
		}), located},
		{"two stretches are exchanged", raw(func(r *rand.Rand, b []byte) []byte {
			for {
				n := 1 + r.IntN(64)
				i, k := r.IntN(len(b)-n), r.IntN(len(b)-n)
				if i+n <= k && !bytes.Equal(b[i:i+n], b[k:k+n]) {
					x := bytes.Clone(b[i : i+n])
					copy(b[i:], b[k:k+n])
					copy(b[k:], x)
					return b
				}
			}
		}), located},
		{"a record is changed", lines(false, change), atRecord},
		{"a record is changed and the manifests are written anew", lines(true, change), atRecord},
		{"two records are exchanged", lines(false, swap), atRecord},
		{"two records are exchanged and the manifests are written anew", lines(true, swap), atRecord},
		{"a record is deleted", lines(false, remove), located},
		{"a record is deleted and the manifests are written anew", lines(true, remove), located},
		{"a record is inserted", lines(false, insert), atRecord},
		{"a record is inserted and the manifests are written anew", lines(true, insert), atRecord},
		{"the records are put in another order", lines(true, func(r *rand.Rand, a, b []string) ([]string, []string) {
			order := r.Perm(len(a))
			if slices.IsSorted(order) {
				slices.Reverse(order)
			}
			x, y := make([]string, len(a)), make([]string, len(b))
			for i, k := range order {
				x[i], y[i] = a[k], b[k]
			}
			return x, y
		}), atRecord},
		{"an older checkpoint takes the place of the bundle's", func(t testing.TB, r *rand.Rand, m made) *custody.Report {
			f := unpack(t, m.data)
			f["log/checkpoint.txt"].Data = []byte(m.early)
			if r.IntN(2) == 0 {
				manifestsAnew(f)
			}
			return verifyFiles(t, f, custody.VerifyOptions{Key: m.verifier})
		}, atRecord},
		{"parts of another log are spliced in", func(t testing.TB, r *rand.Rand, m made) *custody.Report {
			f, g := unpack(t, m.data), unpack(t, other.data)
			names := slices.Sorted(maps.Keys(f))
			for taken := 0; taken == 0; {
				for _, name := range names {
					if strings.HasPrefix(name, "tagmanifest") || strings.HasPrefix(name, "manifest") || g[name] == nil || r.IntN(3) > 0 || bytes.Equal(f[name].Data, g[name].Data) {
						continue
					}
					f[name].Data, taken = g[name].Data, taken+1
				}
			}
			manifestsAnew(f)
			return verifyFiles(t, f, custody.VerifyOptions{Key: m.verifier})
		}, located},
		{"a file is missing, extra, or renamed", func(t testing.TB, r *rand.Rand, m made) *custody.Report {
			f := unpack(t, m.data)
			names := slices.Sorted(maps.Keys(f))
			name := names[r.IntN(len(names))]
			switch r.IntN(3) {
			case 0:
				delete(f, name)
			case 1:
				f[name+fmt.Sprint(r.IntN(1000))] = &fstest.MapFile{Data: []byte("x"), Mode: 0o644}
			default:
				f[name+"x"] = f[name]
				delete(f, name)
			}
			return verifyFiles(t, f, custody.VerifyOptions{Key: m.verifier})
		}, located},
		{"the whole bundle is made again by somebody without the key", func(t testing.TB, r *rand.Rand, m made) *custody.Report {
			return verifyBytes(t, other.data, custody.VerifyOptions{Key: m.verifier})
		}, located},
		{"whoever has the key rewrites the log; a checkpoint was kept elsewhere", func(t testing.TB, r *rand.Rand, m made) *custody.Report {
			forged := newTestLog(t)
			forged.signer, forged.verifier = m.signer, m.verifier
			at := r.IntN(len(m.records) - 1)
			for i, rec := range m.records {
				who := rec.Actor
				if i == at {
					who = "person:9"
				}
				forged.add(t, custody.Event{Actor: who, Action: rec.Action, Subject: rec.Subject, Detail: rec.Details()})
			}
			return verifyBytes(t, m.data, custody.VerifyOptions{Key: m.verifier, Checkpoints: []string{forged.sign(t)}})
		}, located},
	}
}

// otherLog is the same bundle of a log with another key.
func otherLog(t testing.TB) made {
	t.Helper()
	m := testBundle(t, nil)
	o := newTestLog(t)
	for _, r := range m.records[:len(m.records)-1] {
		o.add(t, custody.Event{Actor: r.Actor, Action: r.Action, Subject: r.Subject, Detail: r.Details()})
	}
	var b bytes.Buffer
	w, err := custody.NewBundleWriter(&b, custody.Facts{Origin: testOrigin, Subjects: []string{"case:1"}, MadeAt: 1_790_000_900_000_001, MadeBy: "person:1", Tools: []custody.Tool{{Name: "jaga", Version: "1.2.3"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"1.png", "2.bin"} {
		if _, err := w.AddFile(custody.FileFact{Name: name, Subject: "evidence:1"}, strings.NewReader("another "+name)); err != nil {
			t.Fatal(err)
		}
	}
	_, digest, err := w.Facts()
	if err != nil {
		t.Fatal(err)
	}
	early := o.sign(t)
	o.add(t, custody.Event{Actor: "person:1", Action: custody.ExportAction, Subject: "case:1", Detail: map[string]string{"facts": digest}})
	if err := w.Finish(custody.BundleLog{Verifier: o.verifier, Signer: o.signer, Checkpoint: custody.Stamped{Note: o.sign(t)},
		Others: []custody.Stamped{{Note: early}}, Records: o.about("case:1", "evidence:1"), Hashes: o}); err != nil {
		t.Fatal(err)
	}
	return made{o, b.Bytes(), early}
}

func splitLines(b []byte) []string {
	return slices.DeleteFunc(strings.SplitAfter(string(b), "\n"), func(s string) bool { return s == "" })
}

// digitPlaces lists where a record has digits, so that a change of one leaves
// it readable.
func digitPlaces(line []byte) (at []int) {
	for i, c := range line {
		if c >= '1' && c <= '9' && i > 18 { // behind the version
			at = append(at, i)
		}
	}
	return at
}

// manifestsAnew makes the manifests fit what is there, as anybody can; only the
// seal needs the key.
func manifestsAnew(f fstest.MapFS) {
	for _, pair := range [][2]string{{"manifest-sha256.txt", "manifest-sha512.txt"}, {"tagmanifest-sha256.txt", "tagmanifest-sha512.txt"}} {
		var a, b strings.Builder
		for line := range strings.Lines(string(f[pair[0]].Data)) {
			_, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
			if f[name] == nil {
				continue
			}
			x, y := sha256.Sum256(f[name].Data), sha512.Sum512(f[name].Data)
			fmt.Fprintf(&a, "%s  %s\n", hex.EncodeToString(x[:]), name)
			fmt.Fprintf(&b, "%s  %s\n", hex.EncodeToString(y[:]), name)
		}
		f[pair[0]].Data, f[pair[1]].Data = []byte(a.String()), []byte(b.String())
	}
}

func verifyFiles(t testing.TB, f fstest.MapFS, opt custody.VerifyOptions) *custody.Report {
	t.Helper()
	r, err := custody.VerifyFolder(f, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
