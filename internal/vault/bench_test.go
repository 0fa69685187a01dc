package vault_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"io"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/jaga-project/jaga/internal/vault"
)

// benchSize is what one round of the benchmarks seals, in bytes.
const benchSize = 64 << 20

// The benchmarks run in one goroutine each, beside their baseline: the bare
// cipher over the same segments. The goal is 200 MB/s and core each way.
// MB/cpu-s counts the processor's time alone, so that it means the same on a
// machine that is busy with other things.

// perCore reports megabytes for each second of a processor.
func perCore(b *testing.B, size int64, before float64) {
	if used := processorTime() - before; used > 0 {
		b.ReportMetric(float64(size)*float64(b.N)/1e6/used, "MB/cpu-s")
	}
}

func BenchmarkBareCipher(b *testing.B) {
	aead, err := chacha20poly1305.New(make([]byte, 32))
	if err != nil {
		b.Fatal(err)
	}
	plain := noise(1, 64<<10)
	out := make([]byte, 0, len(plain)+aead.Overhead())
	nonce := make([]byte, aead.NonceSize())
	b.SetBytes(benchSize)
	before := processorTime()
	defer func() { perCore(b, benchSize, before) }()
	for b.Loop() {
		for range benchSize / len(plain) {
			out = aead.Seal(out[:0], nonce, plain, nil)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	v := newVault(b, vault.NewKeys(), "")
	b.SetBytes(benchSize)
	b.ReportAllocs()
	before := processorTime()
	defer func() { perCore(b, benchSize, before) }()
	for b.Loop() {
		s, err := v.Seal(here, &stream{left: benchSize})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyBuffer(onlyWriter{io.Discard}, s.Payload, make([]byte, 256<<10)); err != nil {
			b.Fatal(err)
		}
	}
}

// Sealing with the two digests of an acquisition, as evidence comes in.
func BenchmarkSealWithDigests(b *testing.B) {
	v := newVault(b, vault.NewKeys(), "")
	b.SetBytes(benchSize)
	before := processorTime()
	defer func() { perCore(b, benchSize, before) }()
	for b.Loop() {
		s, err := v.Seal(here, io.TeeReader(&stream{left: benchSize}, io.MultiWriter(sha256.New(), sha512.New())))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyBuffer(onlyWriter{io.Discard}, s.Payload, make([]byte, 256<<10)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	v := newVault(b, vault.NewKeys(), "")
	header, payload := seal(b, v, here, noise(1, benchSize))
	b.SetBytes(benchSize)
	b.ReportAllocs()
	before := processorTime()
	defer func() { perCore(b, benchSize, before) }()
	for b.Loop() {
		c, err := v.Open(header, here, blobOf(payload))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyBuffer(onlyWriter{io.Discard}, io.NewSectionReader(c, 0, c.Size()), make([]byte, 256<<10)); err != nil {
			b.Fatal(err)
		}
	}
}

// Ten gigabytes into a store that keeps nothing.
func BenchmarkSealTenGigabytes(b *testing.B) {
	if testing.Short() {
		b.Skip("takes ten seconds a round")
	}
	v := newVault(b, vault.NewKeys(), "")
	b.SetBytes(10e9)
	b.ReportAllocs()
	before := processorTime()
	defer func() { perCore(b, 10e9, before) }()
	for b.Loop() {
		s, err := v.Seal(here, &stream{left: 10e9})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyBuffer(onlyWriter{io.Discard}, s.Payload, make([]byte, 256<<10)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPutDir(b *testing.B) {
	d, err := vault.OpenDir(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	v := newVault(b, vault.NewKeys(), "")
	b.SetBytes(benchSize)
	before := processorTime()
	defer func() { perCore(b, benchSize, before) }()
	for b.Loop() {
		s, err := v.Seal(here, &stream{left: benchSize})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.Put(b.Context(), here.File, s.Payload); err != nil {
			b.Fatal(err)
		}
		if err := d.Remove(b.Context(), here.File); err != nil {
			b.Fatal(err)
		}
	}
}
