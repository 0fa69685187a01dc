package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
)

// installation runs commands on a data directory of its own.
type installation struct {
	t       *testing.T
	data    string
	environ []string
}

func (i *installation) run(args ...string) (status int, out, errs string) {
	i.t.Helper()
	var o, e bytes.Buffer
	status = Main(i.t.Context(), args, Streams{In: strings.NewReader(""), Out: &o, Err: &e}, append(i.environ, "JAGA_DATA="+i.data))
	return status, o.String(), e.String()
}

// ok runs a command that must succeed.
func (i *installation) ok(args ...string) string {
	i.t.Helper()
	status, out, errs := i.run(args...)
	if status != 0 {
		i.t.Fatalf("jaga %s: status %d\n%s%s", strings.Join(args, " "), status, out, errs)
	}
	return out
}

// with runs fn with the installation open.
func (i *installation) with(fn func(s *site)) {
	i.t.Helper()
	a := &app{Streams: Streams{Out: io.Discard, Err: io.Discard}, environ: append(i.environ, "JAGA_DATA="+i.data)}
	if err := a.withVault(i.t.Context(), func(s *site) error { fn(s); return nil }); err != nil {
		i.t.Fatal(err)
	}
}

// put keeps a file in a case and returns its id.
func (i *installation) put(text string) (id string) {
	i.t.Helper()
	i.with(func(s *site) {
		it, err := s.evidence.Put(i.t.Context(), "person:1", evidence.Acquisition{Tool: "test", Operator: "person:1", Source: "test", Method: "upload", At: time.Now()}, strings.NewReader(text))
		if err == nil {
			id = it.ID
			err = s.db.Update(i.t.Context(), custody.Event{Actor: "person:1", Action: "test.case"}, func(tx *store.Tx) error { return s.evidence.Promote(tx, "person:1", id, 1) })
		}
		if err != nil {
			i.t.Fatal(err)
		}
	})
	return id
}

func (i *installation) read(id string) (text string) {
	i.t.Helper()
	i.with(func(s *site) {
		var grant int64
		err := s.db.Update(i.t.Context(), custody.Event{Actor: "person:1", Action: "test.grant"}, func(tx *store.Tx) (err error) {
			grant, err = s.evidence.Grant(tx, "person:1", evidence.NewGrant{Evidence: id, Person: "person:1", Purpose: "test", Until: time.Now().Add(time.Minute)})
			return err
		})
		if err != nil {
			i.t.Fatal(err)
		}
		f, err := s.evidence.Open(i.t.Context(), "person:1", grant)
		if err != nil {
			i.t.Fatal(err)
		}
		defer f.Close()
		b, err := io.ReadAll(f)
		if err != nil {
			i.t.Fatal(err)
		}
		text = string(b)
	})
	return text
}

func (i *installation) status() (st vaultStatus) {
	i.t.Helper()
	if err := json.Unmarshal([]byte(i.ok("vault", "status", "--json")), &st); err != nil {
		i.t.Fatal(err)
	}
	return st
}

// TestVaultKeysAreLostAndFound goes the way of docs/vault.md: rotate, set
// officers, lose the key, recover.
func TestVaultKeysAreLostAndFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	i := &installation{t: t, data: filepath.Join(dir, "data")}
	i.ok("init")
	key := filepath.Join(i.data, "vault.key")
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("vault.key: %v, error %v", info, err)
	}
	first := i.put("a test card")
	st := i.status()
	if st.Kept != 1 || st.Bytes != 11 || len(st.Keys) != 1 || st.Officers != 0 {
		t.Errorf("%+v", st)
	}
	i.ok("vault", "rotate")
	if now := i.status(); len(now.Keys) != 2 || now.Keys[0] == st.Keys[0] || now.Stale != 0 {
		t.Errorf("after rotating: %+v", now)
	}
	if got := i.read(first); got != "a test card" {
		t.Errorf("read %q", got)
	}
	i.ok("vault", "rotate", "--forget")
	if now := i.status(); len(now.Keys) != 1 {
		t.Errorf("after forgetting: %+v", now)
	}
	var pubs []string
	for _, name := range []string{"ani", "budi", "citra"} {
		pub := filepath.Join(dir, name+".pub")
		if err := os.WriteFile(pub, []byte(i.ok("vault", "officer-key", filepath.Join(dir, name+".key"))), 0o600); err != nil {
			t.Fatal(err)
		}
		pubs = append(pubs, pub)
	}
	if status, _, errs := i.run("vault", "officer-key", filepath.Join(dir, "ani.key")); status == 0 {
		t.Errorf("an officer's key was overwritten: %s", errs)
	}
	i.ok(append([]string{"vault", "officers"}, pubs...)...)
	second := i.put("another")
	if out := i.ok("doctor"); !strings.Contains(out, "any 2 of 3 officers") || !strings.Contains(out, "ok    vault key") {
		t.Errorf("doctor:\n%s", out)
	}
	officers := []string{filepath.Join(dir, "ani.key"), filepath.Join(dir, "citra.key")}
	recover := append([]string{"vault", "recover"}, officers...)
	if status, _, errs := i.run(recover...); status == 0 || !strings.Contains(errs, "opens everything") {
		t.Errorf("recovered what was not lost: %s", errs)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"vault", "verify"}, {"vault", "status"}, {"doctor"}} {
		if status, out, errs := i.run(args...); status == 0 || !strings.Contains(out+errs, "the vault key is gone") {
			t.Errorf("jaga %v without the key: %s%s", args, out, errs)
		}
	}
	// The log is checked all the same, and the files are never said to be fine.
	if status, out, errs := i.run("verify"); status != exitNotChecked || !strings.Contains(out, "custody   ok") || !strings.Contains(out, "not checked  vault: ") || !strings.Contains(out, "the vault key is gone") || strings.Contains(out, "vault     ok") {
		t.Errorf("verify without the key: status %d\n%s%s", status, out, errs)
	}
	if _, err := os.Stat(key); err == nil {
		t.Fatal("a new key was made although things were sealed with the old one")
	}
	if status, _, errs := i.run("vault", "recover", officers[0], officers[0]); status == 0 || strings.Contains(errs, "AGE-SECRET") {
		t.Errorf("one officer alone: %s", errs)
	}
	i.ok(recover...)
	if i.read(first) != "a test card" || i.read(second) != "another" {
		t.Error("a recovered file is another")
	}
	if out := i.ok("vault", "verify"); !strings.Contains(out, "2 files were read, 0 are bad") {
		t.Errorf("verify:\n%s", out)
	}
	if out := i.ok("verify"); !strings.Contains(out, "vault     ok: 2 files of 18 bytes, read whole") {
		t.Errorf("verify:\n%s", out)
	}
	if out := i.ok("verify", "--no-content"); !strings.Contains(out, "content was not read") {
		t.Errorf("verify without content:\n%s", out)
	}
}

// A running server changes its key and goes on reading and sealing.
func TestVaultRotatesBesideTheServer(t *testing.T) {
	t.Parallel()
	i := &installation{t: t, data: filepath.Join(t.TempDir(), "data")}
	i.ok("init")
	first := i.put("a test card")
	before := i.status()
	i.with(func(s *site) {
		if err := s.evidence.AskRotate(t.Context(), "person:1"); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = s.db.Work(ctx, 1, map[string]store.Handler{evidence.RotateJob: s.rotate}) // its error is that of ctx
		}()
		until(t, "the key is changed", func() bool {
			jobs, err := s.db.Jobs(t.Context(), 1)
			return err == nil && len(jobs) == 1 && jobs[0].State == store.JobDone
		})
		stop()
		<-ended
		if it, err := s.evidence.Put(t.Context(), "person:1", evidence.Acquisition{Tool: "test", Operator: "person:1", Source: "test", Method: "upload", At: time.Now()}, strings.NewReader("another")); err != nil || it.Size != 7 {
			t.Fatal(it, err)
		}
		if c, err := s.evidence.Check(t.Context(), evidence.CheckOptions{Content: true}); err != nil || c.Files != 2 || !c.Whole() {
			t.Errorf("%+v (%v)", c, err)
		}
	})
	now := i.status()
	if len(now.Keys) != 2 || now.Keys[0] == before.Keys[0] || now.Keys[1] != before.Keys[0] || now.Stale != 0 {
		t.Errorf("%v, before %v", now, before)
	}
	if i.read(first) != "a test card" {
		t.Error("the file is another")
	}
}

func TestVaultVerifyAndMend(t *testing.T) {
	t.Parallel()
	i := &installation{t: t, data: filepath.Join(t.TempDir(), "data")}
	i.ok("init")
	good, bad := i.put("good"), i.put("bad")
	blob := func(id string) string { return filepath.Join(i.data, "vault", id[len(id)-2:], id) }
	data, err := os.ReadFile(blob(bad))
	if err != nil {
		t.Fatal(err)
	}
	data[20] ^= 1
	if err := os.WriteFile(blob(bad), data, 0o600); err != nil {
		t.Fatal(err)
	}
	// What a running server holds is looked at just the same.
	for _, args := range [][]string{{"verify", "--json"}, {"verify", "--json", "--no-content"}} {
		var beside verified
		i.with(func(*site) {
			status, out, errs := i.run(args...)
			if err := json.Unmarshal([]byte(out), &beside); err != nil {
				t.Fatalf("status %d: %s%s", status, out, errs)
			}
			// A small file is one piece, which opening it reads.
			if status != exitError || beside.OK || len(beside.Vault.Faults) != 1 || beside.Vault.Faults[0].Evidence != bad || beside.Vault.Files != 2 || !beside.Custody.OK {
				t.Errorf("%v: status %d, %+v", args, status, beside)
			}
		})
	}
	status, out, _ := i.run("vault", "verify", "--json")
	var v vaultVerified
	if err := json.Unmarshal([]byte(out), &v); err != nil || status != exitError {
		t.Fatalf("status %d: %s", status, out)
	}
	if v.OK || v.Files != 2 || len(v.Faults) != 1 || v.Faults[0].Evidence != bad {
		t.Errorf("%+v", v)
	}
	if err := os.Rename(blob(bad), blob(bad)+"-gone"); err != nil {
		t.Fatal(err)
	}
	if status, out, _ := i.run("vault", "verify", "--mend"); status != exitError || !strings.Contains(out, "mended") {
		t.Errorf("status %d: %s", status, out)
	}
	if status, out, _ := i.run("doctor"); status == 0 || !strings.Contains(out, "payload of 1 files is missing") {
		t.Errorf("doctor: status %d\n%s", status, out)
	}
	if got := i.read(good); got != "good" {
		t.Errorf("read %q", got)
	}
}

func TestVaultKeyCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	i := &installation{t: t, data: filepath.Join(dir, "data")}
	elsewhere := filepath.Join(dir, "elsewhere")
	keys := "jaga-vault-key-1:" + strings.Repeat("1f", 32) + "\n"
	if err := os.WriteFile(elsewhere, []byte(keys), 0o600); err != nil {
		t.Fatal(err)
	}
	i.environ = []string{"JAGA_VAULT_KEY_COMMAND=cat, " + elsewhere}
	i.ok("init")
	if _, err := os.Stat(filepath.Join(i.data, "vault.key")); err == nil {
		t.Error("a key file was made beside the key command")
	}
	id := i.put("a test card")
	if err := os.WriteFile(elsewhere, []byte("jaga-vault-key-1:"+strings.Repeat("2e", 32)+"\n"+keys), 0o600); err != nil {
		t.Fatal(err)
	}
	if st := i.status(); st.Stale != 1 {
		t.Errorf("%+v", st)
	}
	i.ok("vault", "rotate")
	if status, _, errs := i.run("vault", "rotate", "--forget"); status == 0 {
		t.Errorf("forgot keys that are not in a file: %s", errs)
	}
	if err := os.WriteFile(elsewhere, []byte("jaga-vault-key-1:"+strings.Repeat("2e", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := i.read(id); got != "a test card" {
		t.Errorf("read %q", got)
	}
	if err := os.WriteFile(elsewhere, []byte(strings.Replace(keys, "1f", "3d", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := i.run("vault", "verify"); status == 0 || !strings.Contains(errs, "not the one that this database was sealed with") || strings.Contains(errs, "1f1f") {
		t.Errorf("with another key: %s", errs)
	}
	i.environ = []string{"JAGA_VAULT_KEY_COMMAND=false"}
	if status, _, errs := i.run("vault", "verify"); status == 0 || !strings.Contains(errs, "vault.key_command") {
		t.Errorf("a command that fails: %s", errs)
	}
}

func TestVaultConfigIsRefused(t *testing.T) {
	t.Parallel()
	for field, environ := range map[string][]string{
		"vault.key_command":     {"JAGA_VAULT_KEY_FILE=a", "JAGA_VAULT_KEY_COMMAND=b"},
		"vault.quarantine_days": {"JAGA_VAULT_QUARANTINE_DAYS=0"},
		"vault.s3_url":          {"JAGA_VAULT_S3_URL=https://s3.example"},
		"vault.s3_bucket":       {"JAGA_VAULT_S3_BUCKET=b"},
	} {
		i := &installation{t: t, data: t.TempDir(), environ: environ}
		if status, _, errs := i.run("init"); status == 0 || !strings.Contains(errs, field) {
			t.Errorf("%v: status %d: %s", environ, status, errs)
		}
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hidden-secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	i := &installation{t: t, data: filepath.Join(t.TempDir(), "data"), environ: []string{
		"JAGA_VAULT_S3_URL=http://127.0.0.1:1", "JAGA_VAULT_S3_BUCKET=evidence", "JAGA_VAULT_S3_ACCESS_KEY_FILE=" + secret, "JAGA_VAULT_S3_SECRET_KEY_FILE=" + secret}}
	i.ok("init") // the store is not needed to start
	status, out, errs := i.run("doctor")
	if status == 0 || !strings.Contains(out, "vault store") || strings.Contains(fmt.Sprint(out, errs), "hidden-secret") {
		t.Errorf("a store that is not there: status %d\n%s%s", status, out, errs)
	}
}
