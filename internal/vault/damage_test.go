package vault_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/vault"
)

// segment is the size of a sealed segment of a payload: 64 KiB and a tag. The
// first 16 bytes of a payload are its nonce.
const (
	nonceSize = 16
	segment   = 64<<10 + 16
)

// damages are the kinds of damage; each returns what to open instead of header
// and payload of a, where b is another file. All must be refused.
var damages = map[string]func(r *rand.Rand, a, b sealedFile) sealedFile{
	"a bit of the payload": func(r *rand.Rand, a, _ sealedFile) sealedFile {
		a.payload = bytes.Clone(a.payload)
		a.payload[r.IntN(len(a.payload))] ^= 1 << r.IntN(8)
		return a
	},
	"a bit of the header": func(r *rand.Rand, a, _ sealedFile) sealedFile {
		a.header = bytes.Clone(a.header)
		a.header[r.IntN(len(a.header))] ^= 1 << r.IntN(8)
		return a
	},
	"the end cut off": func(r *rand.Rand, a, _ sealedFile) sealedFile {
		a.payload = a.payload[:r.IntN(len(a.payload))]
		return a
	},
	"whole segments cut off": func(r *rand.Rand, a, _ sealedFile) sealedFile {
		a.payload = a.payload[:nonceSize+segment*(1+r.IntN(3))]
		return a
	},
	"bytes at the end": func(r *rand.Rand, a, _ sealedFile) sealedFile {
		a.payload = append(bytes.Clone(a.payload), noise(r.Uint64(), 1+r.IntN(70_000))...)
		return a
	},
	"two segments swapped": func(r *rand.Rand, a, _ sealedFile) sealedFile {
		p := bytes.Clone(a.payload)
		i := r.IntN(3)
		j := (i + 1 + r.IntN(2)) % 3
		x, y := p[nonceSize+i*segment:][:segment], p[nonceSize+j*segment:][:segment]
		keep := bytes.Clone(x)
		copy(x, y)
		copy(y, keep)
		a.payload = p
		return a
	},
	"a segment twice": func(r *rand.Rand, a, _ sealedFile) sealedFile {
		at := nonceSize + r.IntN(3)*segment
		a.payload = append(bytes.Clone(a.payload[:at+segment]), a.payload[at:]...)
		return a
	},
	"a segment left out": func(r *rand.Rand, a, _ sealedFile) sealedFile {
		at := nonceSize + r.IntN(3)*segment
		a.payload = append(bytes.Clone(a.payload[:at]), a.payload[at+segment:]...)
		return a
	},
	"a segment of another file": func(r *rand.Rand, a, b sealedFile) sealedFile {
		at := nonceSize + r.IntN(3)*segment
		a.payload = bytes.Clone(a.payload)
		copy(a.payload[at:at+segment], b.payload[at:])
		return a
	},
	"the payload of another file": func(_ *rand.Rand, a, b sealedFile) sealedFile {
		a.payload = b.payload
		return a
	},
	"the header of another file": func(_ *rand.Rand, a, b sealedFile) sealedFile {
		a.header = b.header
		return a
	},
	"both of another file": func(_ *rand.Rand, a, b sealedFile) sealedFile {
		a.header, a.payload = b.header, b.payload
		return a
	},
	"another case": func(r *rand.Rand, a, _ sealedFile) sealedFile {
		a.at.Case += 1 + r.Int64N(1000)
		return a
	},
	"another version": func(r *rand.Rand, a, _ sealedFile) sealedFile {
		a.at.Version += 1 + r.Int64N(1000)
		return a
	},
	"an added recipient": func(_ *rand.Rand, a, _ sealedFile) sealedFile {
		a.header = bytes.Replace(a.header, []byte("\n---"), []byte("\n-> other\nAAAA\n---"), 1)
		return a
	},
}

type sealedFile struct {
	at              vault.Binding
	header, payload []byte
}

// TestDamageIsAlwaysRefused: flips, cuts, swaps and moves, 1,000 of 1,000, each
// found by reading the file once, and none hands out a byte that is not the
// file's.
func TestDamageIsAlwaysRefused(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	_, glass, err := vault.NewOfficerKey()
	if err != nil {
		t.Fatal(err)
	}
	v := newVault(t, vault.NewKeys(), glass)
	data := noise(1, 3*65536+500)
	a := sealedFile{at: vault.Binding{Case: 5, File: "file-a", Version: 1}}
	b := sealedFile{at: vault.Binding{Case: 5, File: "file-b", Version: 1}}
	a.header, a.payload = seal(t, v, a.at, data)
	b.header, b.payload = seal(t, v, b.at, noise(2, len(data)))
	if got, err := unseal(v, a.header, a.at, a.payload); err != nil || !bytes.Equal(got, data) {
		t.Fatalf("undamaged: %v", err)
	}
	var kinds []string
	for k := range damages {
		kinds = append(kinds, k)
	}
	refused := 0
	for i := range 1000 {
		kind := kinds[i%len(kinds)]
		bad := damages[kind](r, a, b)
		c, err := v.Open(bad.header, bad.at, blobOf(bad.payload))
		if err == nil {
			got := make([]byte, c.Size())
			var n int
			n, err = io.ReadFull(io.NewSectionReader(c, 0, c.Size()), got)
			if !bytes.HasPrefix(data, got[:n]) {
				t.Errorf("%s: bytes were handed out that are not the file's", kind)
			}
		}
		if errors.Is(err, vault.ErrDamaged) {
			refused++
		} else {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if refused != 1000 {
		t.Errorf("%d of 1000 were refused", refused)
	}
}

// FuzzHeader: no header but the right one opens, and none makes it panic or
// grow.
func FuzzHeader(f *testing.F) {
	_, glass, err := vault.NewOfficerKey()
	if err != nil {
		f.Fatal(err)
	}
	v := newVault(f, vault.NewKeys(), glass)
	at := vault.Binding{Case: 5, File: "file-a", Version: 1}
	header, payload := seal(f, v, at, []byte("a test card"))
	f.Add([]byte(nil))
	f.Add([]byte("age-encryption.org/v1\n-> jaga.vault/1 0011223344556677 00\nAAAA\n--- AAAA\n"))
	f.Add(append(bytes.Clone(header), "x"...))
	f.Add(bytes.ReplaceAll(header, []byte("\n"), []byte("\r\n")))
	f.Add(bytes.ToUpper(header))
	f.Fuzz(func(t *testing.T, h []byte) {
		_ = vault.KeyID(h)
		if _, err := unseal(v, h, at, payload); err == nil && !bytes.Equal(h, header) {
			t.Errorf("a header opens that was never written: %q", h)
		}
	})
}

// FuzzPayload: no payload but the right one opens whole.
func FuzzPayload(f *testing.F) {
	v := newVault(f, vault.NewKeys(), "")
	header, payload := seal(f, v, here, []byte("a test card"))
	f.Add([]byte(nil))
	f.Add(payload[:16])
	f.Add(append(bytes.Clone(payload), payload...))
	f.Fuzz(func(t *testing.T, p []byte) {
		if _, err := unseal(v, header, here, p); err == nil && !bytes.Equal(p, payload) {
			t.Errorf("a payload opens that was never written: %q", p)
		}
	})
}

// FuzzKeys: a key file is read back as it was written, or refused.
func FuzzKeys(f *testing.F) {
	f.Add("")
	f.Add("# comment\r\njaga-vault-key-1:" + strings.Repeat("01", 32) + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := vault.ParseKeys(text)
		if err != nil {
			return
		}
		again, err := vault.ParseKeys(k.Text())
		if err != nil || again.Text() != k.Text() || len(again.IDs()) == 0 {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// pattern is what stream yields again and again; copying it costs next to
// nothing, so that it does not count in the benchmarks.
var pattern = noise(9, 256<<10)

// stream yields a number of bytes.
type stream struct{ left int64 }

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	n := copy(p, pattern[:min(int64(len(pattern)), s.left)])
	s.left -= int64(n)
	return n, nil
}

// Sealing and reading a large file takes as much memory as a small one: the heap
// is looked at while it runs.
func TestMemoryIsFlat(t *testing.T) {
	const size = 192 << 20
	eachStoreAlone(t, func(t *testing.T, b vault.Blobs) {
		v := newVault(t, vault.NewKeys(), "")
		var peak uint64
		look := func() {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
		runtime.GC()
		look()
		before := peak
		s, err := v.Seal(here, &stream{left: size})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Put(t.Context(), here.File, &watched{r: s.Payload, every: 8 << 20, look: look}); err != nil {
			t.Fatal(err)
		}
		blob, err := b.Open(t.Context(), here.File)
		if err != nil {
			t.Fatal(err)
		}
		defer blob.Close()
		c, err := v.Open(s.Header, here, blob)
		if err != nil || c.Size() != size {
			t.Fatalf("size %d, error %v", c.Size(), err)
		}
		if _, err := io.CopyBuffer(onlyWriter{io.Discard}, &watched{r: io.NewSectionReader(c, 0, c.Size()), every: 8 << 20, look: look}, make([]byte, 256<<10)); err != nil {
			t.Fatal(err)
		}
		t.Logf("heap %d MiB, at most %d MiB with a file of %d MiB", before>>20, peak>>20, size>>20)
		if peak-before > 64<<20 {
			t.Errorf("the heap grew by %d MiB, more than 64", (peak-before)>>20)
		}
	})
}

// eachStoreAlone is eachStore without other tests beside it.
func eachStoreAlone(t *testing.T, fn func(t *testing.T, b vault.Blobs)) {
	t.Run("dir", func(t *testing.T) {
		d, err := vault.OpenDir(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		fn(t, d)
	})
	t.Run("s3", func(t *testing.T) { fn(t, bucket(t)) })
}

type onlyWriter struct{ io.Writer }

// watched calls look every so many bytes.
type watched struct {
	r           io.Reader
	every, left int
	look        func()
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if w.left -= n; w.left <= 0 {
		w.left = w.every
		w.look()
	}
	return n, err
}
