package live

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"sync"
	"time"
)

const (
	// RingTime is how much of a stream is kept to become evidence.
	RingTime = 30 * time.Second
	// ringBytes bounds it: half a minute of 4 Mbit/s, which is above what is
	// usual for 720p. Of a heavier stream less time is kept.
	ringBytes = 16 << 20
)

// Ring keeps the end of a stream in memory, encrypted under a key of its own that
// is nowhere else: a copy of the memory's pages on a disk is noise once the
// process has ended or the ring was forgotten. Its chunks are AES-256-GCM with a
// counter as nonce, so none is used twice under the key. It is safe for concurrent
// use.
type Ring struct {
	keep time.Duration
	most int

	mu     sync.Mutex
	aead   cipher.AEAD // nil when it was forgotten
	next   uint64      // counter of the next chunk
	chunks []chunk
	bytes  int
	head   chunk             // what a decoder needs before the chunks; empty where nothing
	heads  [sha256.Size]byte // its digest
}

type chunk struct {
	at     time.Time
	n      uint64
	sealed []byte
}

// noHead is the digest of nothing.
var noHead = sha256.Sum256(nil)

// NewRing returns an empty ring that keeps so much time and at most so many bytes.
func NewRing(keep time.Duration, most int) *Ring {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // the key has the right length
	}
	clear(key)
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return &Ring{keep: keep, most: most, aead: aead, heads: noHead}
}

func nonce(n uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 4, 12), n) }

// Add appends bytes that came at a time, which does not go back. head is what must
// stand before them where what came before them is gone; nil where nothing must. What
// was kept under another head is let go.
func (r *Ring) Add(at time.Time, head, p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.aead == nil || len(p) == 0 {
		return
	}
	if d := sha256.Sum256(head); d != r.heads {
		if r.chunks, r.bytes, r.heads = nil, 0, d; len(head) > 0 {
			r.head = r.seal(at, head)
		}
	}
	c := r.seal(at, p)
	r.chunks, r.bytes = append(r.chunks, c), r.bytes+len(p)
	old := 0
	for old < len(r.chunks)-1 && (r.bytes > r.most || at.Sub(r.chunks[old].at) > r.keep) {
		r.bytes -= len(r.chunks[old].sealed) - r.aead.Overhead()
		old++
	}
	if old > 0 {
		n := copy(r.chunks, r.chunks[old:])
		clear(r.chunks[n:]) // let the bytes go
		r.chunks = r.chunks[:n]
	}
}

// seal makes a chunk. The lock is held.
func (r *Ring) seal(at time.Time, p []byte) chunk {
	c := chunk{at, r.next, r.aead.Seal(nil, nonce(r.next), p, nil)}
	r.next++
	return c
}

// Len is how many bytes of the stream it holds.
func (r *Ring) Len() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes
}

// Held is the time that it holds; both are zero when it is empty.
func (r *Ring) Held() (from, until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.chunks) > 0 {
		from, until = r.chunks[0].at, r.chunks[len(r.chunks)-1].at
	}
	return from, until
}

// Reader returns what the ring holds now, decrypted piece by piece as it is read.
// What is added later is not in it. It is nil when the ring is empty.
func (r *Ring) Reader() io.Reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.aead == nil || len(r.chunks) == 0 {
		return nil
	}
	return &ringReader{aead: r.aead, chunks: append(r.start(), r.chunks...)}
}

// start is the head, where there is one. The lock is held.
func (r *Ring) start() []chunk {
	if r.heads == noHead {
		return nil
	}
	return []chunk{r.head}
}

// Forget lets go of everything, and of the key. Readers that are open still end.
func (r *Ring) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.aead, r.chunks, r.bytes, r.head, r.heads = nil, nil, 0, chunk{}, noHead
}

type ringReader struct {
	aead   cipher.AEAD
	chunks []chunk
	plain  []byte // of the first chunk, what is not read yet
}

func (r *ringReader) Read(p []byte) (int, error) {
	for len(r.plain) == 0 {
		if len(r.chunks) == 0 {
			return 0, io.EOF
		}
		plain, err := r.aead.Open(nil, nonce(r.chunks[0].n), r.chunks[0].sealed, nil)
		if err != nil {
			return 0, err
		}
		r.plain, r.chunks = plain, r.chunks[1:]
	}
	n := copy(p, r.plain)
	clear(r.plain[:n]) // it was in the clear for no longer than needed
	r.plain = r.plain[n:]
	return n, nil
}
