package hma_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/internal/web/hma"
)

// BenchmarkHashFile is POST /h/hash: reading the form, decoding, hashing.
func BenchmarkHashFile(b *testing.B) {
	for name, size := range map[string][2]int{"640x480": {640, 480}, "1600x1200": {1600, 1200}} {
		b.Run(name, func(b *testing.B) {
			var buf bytes.Buffer
			form := multipart.NewWriter(&buf)
			f, err := form.CreateFormFile("photo", "x")
			if err != nil {
				b.Fatal(err)
			}
			_, _ = f.Write(testpic.JPEG(testpic.Photo(7, size[0], size[1]), 85))
			_ = form.Close()
			h := hma.New(hma.Options{Engine: engine.New(), Decoder: decoder()})
			b.SetBytes(int64(buf.Len()))
			answers(b, h, func() *http.Request {
				r := httptest.NewRequest(http.MethodPost, "/h/hash", bytes.NewReader(buf.Bytes()))
				r.Header.Set("Content-Type", form.FormDataContentType())
				return r
			})
		})
	}
}

// BenchmarkLookup is GET /m/lookup in a million hashes, each time of another
// hash: one that is there, and one that is not.
func BenchmarkLookup(b *testing.B) {
	const size = 1_000_000
	db := storetest.Open(b, storetest.SQLite(b))
	eng := engine.New()
	banks, err := bank.Open(context.Background(), db, eng, bank.Options{Key: [32]byte{1}})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := banks.Create(b.Context(), "person:1", bank.Defaults("A")); err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() string {
		var v [32]byte
		for i := range v {
			v[i] = byte(rng.Uint32())
		}
		return hex.EncodeToString(v[:])
	}
	var list bytes.Buffer
	there := make([]string, 1000)
	for i := range size {
		text := random()
		if i < len(there) {
			there[i] = text
		}
		list.WriteString(text + "\n")
	}
	if _, err := banks.Import(b.Context(), "person:1", "A", &list, bank.ImportOptions{Type: jaga.PDQ}); err != nil {
		b.Fatal(err)
	}
	h := hma.New(hma.Options{Banks: banks, Engine: eng, Decoder: decoder()})
	for name, next := range map[string]func(i int) string{
		"match": func(i int) string { return there[i%len(there)] },
		"none":  func(int) string { return random() },
	} {
		b.Run(name, func(b *testing.B) {
			i := 0
			answers(b, h, func() *http.Request {
				i++
				return httptest.NewRequest(http.MethodGet, "/m/lookup?signal_type=pdq&signal="+next(i), nil)
			})
		})
	}
}

// answers measures requests one after another, as one client sends them,
// without the network.
func answers(b *testing.B, h http.Handler, next func() *http.Request) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, next())
		if w.Code != http.StatusOK {
			b.Fatalf("status %d: %s", w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
