package vault

import (
	"context"
	"io"
	"time"

	"github.com/jaga-project/jaga"
)

// Blobs keeps sealed payloads under names. All methods may be called by several
// goroutines at once. A name is 1 to 64 of a-z, 0-9 and -, not beginning with -.
type Blobs interface {
	// Put stores everything that r yields under a new name and returns its
	// size in bytes. When it returns nil the blob is there whole and survives
	// a crash; when it does not, nothing opens under the name, except where
	// the answer of an object store was lost after it had acted. A name that
	// is taken is refused with jaga.CodeConflict. Memory does not grow with
	// the size.
	Put(ctx context.Context, name string, r io.Reader) (int64, error)
	// Open opens a blob for reading; jaga.CodeNotFound says that there is none.
	Open(ctx context.Context, name string) (Blob, error)
	// Remove removes a blob; it is no error when there is none.
	Remove(ctx context.Context, name string) error
	// List calls fn for every blob, in no order, and for what is left of a Put
	// that was broken off.
	List(ctx context.Context, fn func(BlobInfo) error) error
	// Place says where the blobs are, for people; it holds no secret.
	Place() string
}

// Blob is an open blob. ReadAt may be called by several goroutines at once.
type Blob interface {
	io.ReaderAt
	io.Closer
	// Size is the size in bytes.
	Size() int64
}

// BlobInfo is a blob of a list.
type BlobInfo struct {
	Name string
	Size int64
	// At is when it was stored.
	At time.Time
	// Partial says that it is left of a Put that was broken off. Remove with
	// its name removes it.
	Partial bool
}

func checkName(name string) error {
	if !validName(name) {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "blob", Msg: "blob store: a name is 1 to 64 of a-z, 0-9 and -"}
	}
	return nil
}

func noBlob(cause error) error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "blob", Msg: "open blob: there is none of this name", Err: cause}
}

func blobTaken(cause error) error {
	return &jaga.Error{Code: jaga.CodeConflict, Field: "blob", Msg: "store blob: the name is taken", Err: cause}
}

func blobsDown(op string, cause error) error {
	return &jaga.Error{Code: jaga.CodeUnavailable, Field: "blob", Msg: op + ": the blob store did not do it",
		Hint: "look at the disk or the object store; `jaga doctor` tries it", Err: cause}
}

// contextReader ends a Put when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
