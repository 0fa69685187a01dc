package live

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

func TestRingKeepsTheEnd(t *testing.T) {
	t.Parallel()
	r := NewRing(30*time.Second, 1<<20)
	var want []byte
	for i := range 100 {
		p := bytes.Repeat([]byte{byte(i)}, 100+i)
		r.Add(at(i), nil, p)
		if i >= 99-30 {
			want = append(want, p...)
		}
	}
	got, err := io.ReadAll(r.Reader())
	if err != nil || !bytes.Equal(got, want) || r.Len() != len(want) {
		t.Fatalf("%d bytes, want %d: %v", len(got), len(want), err)
	}
	if from, until := r.Held(); !from.Equal(at(69)) || !until.Equal(at(99)) {
		t.Errorf("holds %s to %s", from, until)
	}
}

func TestRingIsBounded(t *testing.T) {
	t.Parallel()
	r := NewRing(time.Hour, 1000)
	for i := range 50 {
		r.Add(at(i), nil, make([]byte, 100))
	}
	if n := r.Len(); n != 1000 {
		t.Errorf("%d bytes", n)
	}
	r.Add(at(60), nil, make([]byte, 5000)) // more than fits is kept alone
	if n := r.Len(); n != 5000 {
		t.Errorf("%d bytes", n)
	}
}

// A reader has what was there when it was asked for, also while more comes and
// after everything was forgotten.
func TestRingReaderIsOfItsMoment(t *testing.T) {
	t.Parallel()
	r := NewRing(10*time.Second, 1<<20)
	r.Add(at(0), nil, []byte("first "))
	r.Add(at(1), nil, []byte("second"))
	reader := r.Reader()
	r.Add(at(60), nil, []byte("later"))
	r.Forget()
	if got, err := io.ReadAll(reader); err != nil || string(got) != "first second" {
		t.Errorf("%q, %v", got, err)
	}
	if r.Reader() != nil || r.Len() != 0 {
		t.Error("something is left")
	}
	r.Add(at(61), nil, []byte("x"))
	if r.Len() != 0 {
		t.Error("a forgotten ring takes more")
	}
}

// Nothing of the stream stands in memory in the clear.
func TestRingIsSealed(t *testing.T) {
	t.Parallel()
	r := NewRing(time.Hour, 1<<20)
	canary := strings.Repeat("canary in the stream ", 20)
	r.Add(at(0), nil, []byte(canary))
	for _, c := range r.chunks {
		if bytes.Contains(c.sealed, []byte("canary")) {
			t.Error("a chunk holds what came")
		}
	}
	if other := NewRing(time.Hour, 1<<20); other.aead == nil || bytes.Equal(other.aead.Seal(nil, nonce(0), []byte(canary), nil), r.chunks[0].sealed) {
		t.Error("two rings have one key")
	}
}
