package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/vault"
)

// eachStore runs fn as a subtest on an empty store of each driver: the one
// suite that both must pass.
func eachStore(t *testing.T, fn func(t *testing.T, b vault.Blobs)) {
	t.Run("dir", func(t *testing.T) {
		t.Parallel()
		d, err := vault.OpenDir(filepath.Join(t.TempDir(), "vault"))
		if err != nil {
			t.Fatal(err)
		}
		fn(t, d)
	})
	t.Run("s3", func(t *testing.T) {
		t.Parallel()
		fn(t, bucket(t))
	})
}

// noise is n bytes that depend on the seed alone.
func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), 7})
	_, _ = r.Read(b)
	return b
}

func put(t *testing.T, b vault.Blobs, name string, data []byte) {
	t.Helper()
	n, err := b.Put(t.Context(), name, bytes.NewReader(data))
	if err != nil || n != int64(len(data)) {
		t.Fatalf("put %s: %d bytes of %d, error %v", name, n, len(data), err)
	}
}

func get(t *testing.T, b vault.Blobs, name string) []byte {
	t.Helper()
	blob, err := b.Open(t.Context(), name)
	if err != nil {
		t.Fatalf("open %s: %v", name, err)
	}
	defer blob.Close()
	data, err := io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
	if err != nil {
		t.Fatalf("read %s: %v", name, err)
	}
	return data
}

func names(t *testing.T, b vault.Blobs) map[string]vault.BlobInfo {
	t.Helper()
	out := map[string]vault.BlobInfo{}
	if err := b.List(t.Context(), func(i vault.BlobInfo) error { out[i.Name] = i; return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBlobsRoundTrip(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, b vault.Blobs) {
		// Around a part of an upload and a window of reading.
		for i, size := range []int{0, 1, 65535, 1 << 20, 1<<20 + 1, 16 << 20, 16<<20 + 1} {
			name := fmt.Sprintf("0199aa-%d", i)
			data := noise(uint64(i), size)
			before := time.Now().Add(-time.Minute)
			put(t, b, name, data)
			if got := get(t, b, name); !bytes.Equal(got, data) {
				t.Errorf("%d bytes: another %d came back", size, len(got))
			}
			info := names(t, b)[name]
			if info.Size != int64(size) || info.Partial || info.At.Before(before) || info.At.After(time.Now().Add(time.Minute)) {
				t.Errorf("%d bytes: listed as %+v", size, info)
			}
		}
		if n := len(names(t, b)); n != 7 {
			t.Errorf("%d blobs are listed, want 7", n)
		}
	})
}

func TestBlobsReadAnywhere(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, b vault.Blobs) {
		data := noise(3, 3<<20+17)
		put(t, b, "ranges", data)
		blob, err := b.Open(t.Context(), "ranges")
		if err != nil {
			t.Fatal(err)
		}
		defer blob.Close()
		if blob.Size() != int64(len(data)) {
			t.Errorf("size %d", blob.Size())
		}
		var wg sync.WaitGroup
		for g := range uint64(4) {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(g, 1))
				for range 25 {
					off := r.IntN(len(data))
					p := make([]byte, r.IntN(200_000))
					n, err := blob.ReadAt(p, int64(off))
					want := data[off:min(off+len(p), len(data))]
					if !bytes.Equal(p[:n], want) || n < len(p) && err != io.EOF || n == len(p) && err != nil && err != io.EOF {
						t.Errorf("%d bytes at %d: %d bytes, error %v", len(p), off, n, err)
					}
				}
			})
		}
		wg.Wait()
		if n, err := blob.ReadAt(make([]byte, 1), int64(len(data))); n != 0 || err != io.EOF {
			t.Errorf("behind the end: %d bytes, error %v", n, err)
		}
	})
}

func TestBlobsNameIsTakenOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, b vault.Blobs) {
		put(t, b, "taken", []byte("first"))
		if _, err := b.Put(t.Context(), "taken", bytes.NewReader([]byte("second"))); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("a second blob of the name: %v", err)
		}
		if got := get(t, b, "taken"); string(got) != "first" {
			t.Errorf("the first blob is now %q", got)
		}
		// Many at once: one is acknowledged, and it is the one that is there.
		var won atomic.Int64
		var winner atomic.Value
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				text := fmt.Sprintf("writer %d", i)
				_, err := b.Put(context.Background(), "race", bytes.NewReader([]byte(text)))
				switch {
				case err == nil:
					won.Add(1)
					winner.Store(text)
				case jaga.CodeOf(err) != jaga.CodeConflict:
					t.Errorf("writer %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 || string(get(t, b, "race")) != winner.Load() {
			t.Errorf("%d writers won, the blob is %q, the last winner wrote %v", won.Load(), get(t, b, "race"), winner.Load())
		}
	})
}

func TestBlobsBrokenOffPutLeavesNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, b vault.Blobs) {
		lost := errors.New("the sender went away")
		for i, size := range []int{0, 1000, 17 << 20} {
			name := fmt.Sprintf("broken-%d", i)
			src := io.MultiReader(bytes.NewReader(noise(1, size)), iotest.ErrReader(lost))
			if _, err := b.Put(t.Context(), name, src); !errors.Is(err, lost) {
				t.Errorf("after %d bytes: %v", size, err)
			}
			if _, err := b.Open(t.Context(), name); jaga.CodeOf(err) != jaga.CodeNotFound {
				t.Errorf("after %d bytes the name opens: %v", size, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := b.Put(ctx, "cancelled", bytes.NewReader(noise(1, 1000))); err == nil {
			t.Error("a put whose context had ended was acknowledged")
		}
		for name := range names(t, b) {
			t.Errorf("%s is left", name)
		}
	})
}

func TestBlobsRemove(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, b vault.Blobs) {
		put(t, b, "gone", []byte("x"))
		put(t, b, "stays", []byte("y"))
		for range 2 { // again is no error
			if err := b.Remove(t.Context(), "gone"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.Open(t.Context(), "gone"); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("it opens: %v", err)
		}
		if all := names(t, b); len(all) != 1 || all["stays"].Name == "" {
			t.Errorf("listed: %v", all)
		}
		put(t, b, "gone", []byte("again"))
	})
}

func TestBlobsRefuseNames(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, b vault.Blobs) {
		for _, name := range []string{"", "..", "../x", "a/b", "A", "a.b", "-a", "a\x00", string(make([]byte, 65))} {
			if _, err := b.Put(t.Context(), name, bytes.NewReader(nil)); jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Errorf("put %q: %v", name, err)
			}
			if _, err := b.Open(t.Context(), name); jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Errorf("open %q: %v", name, err)
			}
			if err := b.Remove(t.Context(), name); jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Errorf("remove %q: %v", name, err)
			}
		}
	})
}

func TestDirListsAndRemovesWhatACrashLeft(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d, err := vault.OpenDir(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, d, "whole", []byte("x"))
	left := filepath.Join(path, "le", "partial-123")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "README"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	all := names(t, d)
	if len(all) != 2 || !all["partial-123"].Partial {
		t.Fatalf("listed: %v", all)
	}
	if err := d.Remove(t.Context(), "partial-123"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("the rest is still there")
	}
	info, err := os.Stat(filepath.Join(path, "le", "whole"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a blob has mode %v, error %v", info.Mode(), err)
	}
}
