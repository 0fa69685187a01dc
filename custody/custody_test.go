package custody_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jaga-project/jaga/custody"
)

type stored struct {
	r    custody.Record
	leaf tlog.Hash
}

func log(t *testing.T, n int) []stored {
	t.Helper()
	var out []stored
	for i := range n {
		r, err := custody.NewRecord(int64(i), int64(1000*i), custody.Event{
			Actor: "person:1", Action: "bank.create", Subject: fmt.Sprint("bank:", i), Detail: map[string]string{"b": "2", "a": "1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, stored{r, r.Leaf()})
	}
	return out
}

func verify(l []stored, c custody.Checkpoint) error {
	var v custody.Verifier
	for _, s := range l {
		if err := v.Add(s.r, s.leaf); err != nil {
			return err
		}
	}
	return v.Check(c)
}

func checkpoint(t *testing.T, l []stored) custody.Checkpoint {
	t.Helper()
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(ix []int64) (out []tlog.Hash, err error) {
		for _, i := range ix {
			out = append(out, hashes[i])
		}
		return out, nil
	})
	for i, s := range l {
		h, err := tlog.StoredHashesForRecordHash(int64(i), s.leaf, reader)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, h...)
	}
	root, err := tlog.TreeHash(int64(len(l)), reader)
	if err != nil {
		t.Fatal(err)
	}
	return custody.Checkpoint{Origin: "test", Size: int64(len(l)), Root: root}
}

func TestVerifyAgreesWithTlogAtManySizes(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 3, 7, 8, 9, 100, 2500, 5000} {
		l := log(t, n)
		if err := verify(l, checkpoint(t, l)); err != nil {
			t.Fatalf("%d records: %v", n, err)
		}
	}
}

func TestEveryDamageIsFound(t *testing.T) {
	t.Parallel()
	good := log(t, 50)
	c := checkpoint(t, good)
	rehash := func(l []stored) []stored {
		for i := range l {
			l[i].leaf = l[i].r.Leaf()
		}
		return l
	}
	for i := range good {
		for name, damage := range map[string]func(l []stored) []stored{
			"changed subject":              func(l []stored) []stored { l[i].r.Subject += "x"; return l },
			"changed subject and its hash": func(l []stored) []stored { l[i].r.Subject += "x"; return rehash(l) },
			"changed time and its hash":    func(l []stored) []stored { l[i].r.At++; return rehash(l) },
			"flipped stored hash":          func(l []stored) []stored { l[i].leaf[3] ^= 1; return l },
			"deleted":                      func(l []stored) []stored { return slices.Delete(l, i, i+1) },
			"deleted and renumbered": func(l []stored) []stored {
				l = slices.Delete(l, i, i+1)
				for k := range l {
					l[k].r.Seq = int64(k)
				}
				return rehash(l)
			},
			"swapped and renumbered": func(l []stored) []stored {
				k := (i + 1) % len(l)
				l[i].r, l[k].r = l[k].r, l[i].r
				l[i].r.Seq, l[k].r.Seq = int64(i), int64(k)
				return rehash(l)
			},
			"cut off":    func(l []stored) []stored { return l[:i] },
			"duplicated": func(l []stored) []stored { return slices.Insert(l, i, l[i]) },
		} {
			err := verify(damage(slices.Clone(good)), c)
			var d *custody.Damage
			if !errors.As(err, &d) {
				t.Errorf("record %d %s: not found; error %v", i, name, err)
			}
			if name == "changed subject" && d.Seq != int64(i) {
				t.Errorf("record %d %s: reported at %d", i, name, d.Seq)
			}
		}
	}
}

func TestCheckpointSignature(t *testing.T) {
	t.Parallel()
	signer, verifier, err := custody.NewKey("jaga.test/log")
	if err != nil {
		t.Fatal(err)
	}
	c := checkpoint(t, log(t, 9))
	signed, err := c.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := custody.OpenCheckpoint(signed, verifier); err != nil || got != c {
		t.Fatalf("%v, error %v", got, err)
	}
	_, other, err := custody.NewKey("jaga.test/log")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := custody.OpenCheckpoint(signed, other); err == nil {
		t.Error("a checkpoint passed with another log's key")
	}
	if _, err := custody.OpenCheckpoint(strings.Replace(signed, "\n9\n", "\n8\n", 1), verifier); err == nil {
		t.Error("a changed checkpoint passed")
	}
}

func TestRecordNeedsActorAndAction(t *testing.T) {
	t.Parallel()
	for _, e := range []custody.Event{{Action: "x"}, {Actor: "x"}} {
		if _, err := custody.NewRecord(0, 0, e); err == nil {
			t.Errorf("%+v was accepted", e)
		}
	}
}

func FuzzOpenCheckpoint(f *testing.F) {
	_, verifier, err := custody.NewKey("x")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("x\n1\nAAAA\n\n— x AAAA\n")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := custody.OpenCheckpoint(s, verifier); err == nil {
			t.Error("an unsigned checkpoint passed")
		}
	})
}
