package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/vault"
)

// memory is a blob in memory.
type memory struct{ *bytes.Reader }

// Close implements vault.Blob.
func (memory) Close() error { return nil }

func blobOf(b []byte) vault.Blob { return memory{bytes.NewReader(b)} }

func newVault(t testing.TB, keys vault.Keys, glass string) *vault.Vault {
	t.Helper()
	v, err := vault.New(keys, glass)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func seal(t testing.TB, v *vault.Vault, at vault.Binding, data []byte) (header, payload []byte) {
	t.Helper()
	s, err := v.Seal(at, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if payload, err = io.ReadAll(s.Payload); err != nil {
		t.Fatal(err)
	}
	return s.Header, payload
}

// unseal reads a whole file, or returns the error that refused it.
func unseal(v *vault.Vault, header []byte, at vault.Binding, payload []byte) ([]byte, error) {
	c, err := v.Open(header, at, blobOf(payload))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
}

var here = vault.Binding{Case: 7, File: "0199aa-1", Version: 2}

func TestSealOpensWhereItWasSealedAndNowhereElse(t *testing.T) {
	t.Parallel()
	v := newVault(t, vault.NewKeys(), "")
	data := []byte("a test card")
	header, payload := seal(t, v, here, data)
	if bytes.Contains(payload, data) || bytes.Contains(header, data) {
		t.Fatal("the plaintext is in the sealed bytes")
	}
	got, err := unseal(v, header, here, payload)
	if err != nil || !bytes.Equal(got, data) {
		t.Fatalf("%q, error %v", got, err)
	}
	for _, at := range []vault.Binding{{8, here.File, 2}, {0, here.File, 2}, {7, "0199aa-2", 2}, {7, here.File, 1}, {7, here.File, 3}} {
		if got, err := unseal(v, header, at, payload); !errors.Is(err, vault.ErrDamaged) {
			t.Errorf("at %v it opened: %q, error %v", at, got, err)
		}
	}
	other := newVault(t, vault.NewKeys(), "")
	if _, err := unseal(other, header, here, payload); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("under another key: %v", err)
	}
	if _, err := unseal(v, nil, here, payload); jaga.CodeOf(err) != jaga.CodeNotFound {
		t.Errorf("without its header: %v", err)
	}
}

// Law: sealing and opening is the identity for every size and place, and a
// range is that range of the plaintext.
func TestSealRoundTripLaw(t *testing.T) {
	t.Parallel()
	v := newVault(t, vault.NewKeys(), "")
	rapid.Check(t, func(t *rapid.T) {
		// Around the segments of 64 KiB.
		size := rapid.IntRange(0, 3).Draw(t, "segments")*65536 + rapid.IntRange(-2, 2).Draw(t, "more")
		data := noise(rapid.Uint64().Draw(t, "seed"), max(size, 0))
		at := vault.Binding{Case: rapid.Int64Range(0, 1<<62).Draw(t, "case"), File: rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,63}`).Draw(t, "file"), Version: rapid.Int64Range(1, 1<<62).Draw(t, "version")}
		s, err := v.Seal(at, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		payload, err := io.ReadAll(s.Payload)
		if err != nil {
			t.Fatal(err)
		}
		c, err := v.Open(s.Header, at, blobOf(payload))
		if err != nil || c.Size() != int64(len(data)) {
			t.Fatalf("error %v", err)
		}
		from := rapid.IntRange(0, len(data)).Draw(t, "from")
		to := rapid.IntRange(from, len(data)).Draw(t, "to")
		got, err := io.ReadAll(io.NewSectionReader(c, int64(from), int64(to-from)))
		if err != nil || !bytes.Equal(got, data[from:to]) {
			t.Fatalf("%d to %d: error %v", from, to, err)
		}
	})
}

// A header and a payload are an age file as age knows it, for an officer.
func TestSealedIsAnAgeFile(t *testing.T) {
	t.Parallel()
	officer, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	v := newVault(t, vault.NewKeys(), officer.Recipient().String())
	data := noise(4, 200_000)
	header, payload := seal(t, v, here, data)
	moved := vault.Binding{Case: 9, File: here.File, Version: 3}
	again, err := v.Rewrap(header, here, moved)
	if err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string][]byte{"sealed": header, "wrapped again": again} {
		r, err := age.Decrypt(io.MultiReader(bytes.NewReader(h), bytes.NewReader(payload)), officer)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%s: %d bytes, error %v", name, len(got), err)
		}
	}
	if n := strings.Count(string(header), "\n-> "); n != 2 {
		t.Errorf("the header has %d recipients, want ours and the officers'", n)
	}
}

func TestRewrapMovesAFileAndShutsTheOldPlace(t *testing.T) {
	t.Parallel()
	v := newVault(t, vault.NewKeys(), "")
	data := noise(1, 100)
	header, payload := seal(t, v, vault.Binding{File: "f", Version: 1}, data)
	to := vault.Binding{Case: 12, File: "f", Version: 2}
	next, err := v.Rewrap(header, vault.Binding{File: "f", Version: 1}, to)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unseal(v, next, to, payload); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("%v", err)
	}
	if _, err := unseal(v, header, to, payload); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("the old header opens at the new place: %v", err)
	}
	for _, bad := range []vault.Binding{{12, "g", 2}, {12, "f", 1}, {12, "f", 0}} {
		if _, err := v.Rewrap(header, vault.Binding{File: "f", Version: 1}, bad); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("wrapped again for %v: %v", bad, err)
		}
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	old := vault.NewKeys()
	header, payload := seal(t, newVault(t, old, ""), here, []byte("x"))
	keys, err := vault.ParseKeys(old.Rotated().Text())
	if err != nil {
		t.Fatal(err)
	}
	v := newVault(t, keys, "")
	if vault.KeyID(header) != old.Current() || keys.Current() == old.Current() || len(keys.IDs()) != 2 {
		t.Fatalf("ids: header %s, old %v, new %v", vault.KeyID(header), old, keys)
	}
	if _, err := unseal(v, header, here, payload); err != nil {
		t.Fatalf("an older key does not open: %v", err)
	}
	next := vault.Binding{Case: here.Case, File: here.File, Version: here.Version + 1}
	again, err := v.Rewrap(header, here, next)
	if err != nil || vault.KeyID(again) != keys.Current() {
		t.Fatalf("wrapped with %s, error %v", vault.KeyID(again), err)
	}
	last := newVault(t, keys.OnlyCurrent(), "")
	if _, err := unseal(last, again, next, payload); err != nil {
		t.Errorf("without the old key: %v", err)
	}
	if _, err := unseal(last, header, here, payload); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("a header from before opens without the old key: %v", err)
	}
}

func TestKeysRefuseAndStaySecret(t *testing.T) {
	t.Parallel()
	keys := vault.NewKeys()
	line := strings.Split(strings.TrimSpace(keys.Text()), "\n")[2]
	for _, text := range []string{"", "# nothing\n", "jaga-vault-key-1:", line[:len(line)-1], line + "0", "x" + line, line + "\n" + line, "jaga-vault-key-1:" + strings.Repeat("0", 64)} {
		_, err := vault.ParseKeys(text)
		if jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%q: %v", text, err)
		} else if digits := strings.TrimPrefix(line, "jaga-vault-key-1:"); strings.Contains(err.Error(), digits[:16]) {
			t.Errorf("the error holds the key: %v", err)
		}
	}
	secret := strings.TrimPrefix(line, "jaga-vault-key-1:")
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, keys); strings.Contains(s, secret[:16]) || !strings.Contains(s, keys.Current()) {
			t.Errorf("%s prints %s", format, s)
		}
	}
}

func TestRecordOpensWithItsFileOnly(t *testing.T) {
	t.Parallel()
	v := newVault(t, vault.NewKeys(), "")
	s, err := v.Seal(here, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.SealRecord([]byte("name and digests"))
	if got, err := v.OpenRecord(s.Header, here, sealed); err != nil || string(got) != "name and digests" {
		t.Fatalf("%q, error %v", got, err)
	}
	next := vault.Binding{Case: 8, File: here.File, Version: 3}
	again, err := v.Rewrap(s.Header, here, next)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.OpenRecord(again, next, sealed); err != nil {
		t.Errorf("after moving: %v", err)
	}
	other, _ := seal(t, v, here, []byte("x"))
	if _, err := v.OpenRecord(other, here, sealed); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("with the header of another file: %v", err)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := v.OpenRecord(s.Header, here, bad); !errors.Is(err, vault.ErrDamaged) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
	}
}

func TestColumns(t *testing.T) {
	t.Parallel()
	secret := vault.NewColumnSecret()
	c, same, other := vault.NewColumns(secret), vault.NewColumns(secret), vault.NewColumns(vault.NewColumnSecret())
	sealed := c.Seal("notes.text:1", []byte("a note"))
	if got, err := same.Open("notes.text:1", sealed); err != nil || string(got) != "a note" {
		t.Fatalf("%q, error %v", got, err)
	}
	if bytes.Equal(sealed, c.Seal("notes.text:1", []byte("a note"))) {
		t.Error("equal texts are sealed equally")
	}
	if _, err := c.Open("notes.text:2", sealed); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("in another row: %v", err)
	}
	if _, err := other.Open("notes.text:1", sealed); !errors.Is(err, vault.ErrDamaged) {
		t.Errorf("with another secret: %v", err)
	}
	d := c.Digest("content", []byte("abc"))
	if d != same.Digest("content", []byte("abc")) || d == other.Digest("content", []byte("abc")) || d == c.Digest("contenta", []byte("bc")) || d == c.Digest("content", []byte("abd")) {
		t.Error("digests are not keyed by secret, use and data")
	}
}

func TestBreakGlassNeedsTwoOfThree(t *testing.T) {
	t.Parallel()
	var secrets, recipients []string
	for range 3 {
		s, r, err := vault.NewOfficerKey()
		if err != nil {
			t.Fatal(err)
		}
		secrets, recipients = append(secrets, s), append(recipients, r)
	}
	glass, escrow, err := vault.NewBreakGlass(recipients)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(escrow, "SECRET") {
		t.Error("a secret is in the escrow")
	}
	data := noise(2, 70_000)
	v := newVault(t, vault.NewKeys(), glass)
	header, payload := seal(t, v, here, data)
	fresh := newVault(t, vault.NewKeys(), glass) // the vault key was lost
	next := vault.Binding{Case: here.Case, File: here.File, Version: 3}
	stranger, _, err := vault.NewOfficerKey()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		for j := range 3 {
			id, err := vault.OpenBreakGlass(escrow, []string{secrets[i], "# a comment\n" + secrets[j] + "\n"})
			if i == j {
				if jaga.CodeOf(err) != jaga.CodeDenied {
					t.Errorf("officer %d alone, twice: %v", i, err)
				}
				continue
			}
			if err != nil || id.Recipient() != glass {
				t.Fatalf("officers %d and %d: %v", i, j, err)
			}
			if s := fmt.Sprintf("%v %+v %#v", id, id, id); strings.Contains(s, "SECRET") {
				t.Errorf("the identity prints itself: %s", s)
			}
			again, err := fresh.Recover(header, id, here, next)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := unseal(fresh, again, next, payload); err != nil || !bytes.Equal(got, data) {
				t.Errorf("officers %d and %d: %v", i, j, err)
			}
		}
		for _, few := range [][]string{nil, {secrets[i]}, {secrets[i], stranger}} {
			if _, err := vault.OpenBreakGlass(escrow, few); jaga.CodeOf(err) != jaga.CodeDenied {
				t.Errorf("%d keys: %v", len(few), err)
			}
		}
	}
	if _, err := vault.OpenBreakGlass(escrow, []string{secrets[0], secrets[1][:30]}); jaga.CodeOf(err) != jaga.CodeInvalid || strings.Contains(err.Error(), secrets[1][20:30]) {
		t.Errorf("half a key: %v", err)
	}
	for _, bad := range [][]string{nil, recipients[:2], {recipients[0], recipients[1], recipients[0]}, {recipients[0], recipients[1], "age1x"}} {
		if _, _, err := vault.NewBreakGlass(bad); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%d officers: %v", len(bad), err)
		}
	}
}

// http.ServeContent serves ranges of an open file.
func TestServeContent(t *testing.T) {
	t.Parallel()
	v := newVault(t, vault.NewKeys(), "")
	data := noise(8, 300_000)
	header, payload := seal(t, v, here, data)
	c, err := v.Open(header, here, blobOf(payload))
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(c, 0, c.Size()))
	}))
	defer srv.Close()
	for _, at := range [][2]int{{0, 0}, {65535, 65536}, {100_000, 299_999}} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", at[0], at[1]))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusPartialContent || !bytes.Equal(got, data[at[0]:at[1]+1]) {
			t.Errorf("%v: status %d, %d bytes, error %v", at, res.StatusCode, len(got), err)
		}
	}
}
