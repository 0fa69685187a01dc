package vault

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/jaga-project/jaga"
)

// S3Options name a bucket of an S3-compatible object store.
type S3Options struct {
	// URL is the address, https://host[:port]; http is meant for a gateway on
	// the same machine.
	URL string
	// Bucket must exist. Prefix is put before every name, such as "jaga/".
	Bucket, Prefix string
	// Region may be empty where the store has none.
	Region string
	// AccessKey and SecretKey sign the requests.
	AccessKey, SecretKey string
	// PathStyle puts the bucket into the path and not into the host name.
	PathStyle bool
	// Transport sends the requests; nil is one with time limits.
	Transport http.RoundTripper
}

// S3 keeps blobs as objects of a bucket. An object lock or versions of the
// bucket keep payloads longer than Jaga asks for; they do not open once their
// headers are destroyed.
type S3 struct {
	client         *minio.Client
	bucket, prefix string
	place          string
}

// windowSize is what one read fetches, in bytes: small reads one after another
// are answered from it. It holds 15 segments of a payload.
const windowSize = 1 << 20

// OpenS3 returns the bucket. It does not connect.
func OpenS3(o S3Options) (*S3, error) {
	bad := func(field, msg string, err error) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: "open bucket: " + msg, Err: err}
	}
	u, err := url.Parse(o.URL)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Host == "", strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.User != nil:
		return nil, bad("url", "the address is not https://host[:port]", nil) // err could hold a password
	case o.Bucket == "":
		return nil, bad("bucket", "no bucket is named", nil)
	case o.AccessKey == "" || o.SecretKey == "":
		return nil, bad("access_key", "an access key and a secret key are needed", nil)
	case strings.HasPrefix(o.Prefix, "/") || strings.Contains(o.Prefix, ".."):
		return nil, bad("prefix", "a prefix does not begin with / and has no ..", nil)
	}
	transport := o.Transport
	if transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		// A store that takes a request and then says nothing must not hold an
		// upload for ever.
		t.ResponseHeaderTimeout = time.Minute
		transport = t
	}
	lookup := minio.BucketLookupAuto
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	c, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: u.Scheme == "https",
		Region: o.Region, BucketLookup: lookup, Transport: transport, MaxRetries: 4,
	})
	if err != nil {
		return nil, bad("url", err.Error(), err)
	}
	return &S3{c, o.Bucket, o.Prefix, "bucket " + o.Bucket + " at " + u.Host}, nil
}

// Place implements Blobs.
func (s *S3) Place() string { return s.place }

// status is the HTTP status of an answer, 0 where there was none.
func status(err error) int {
	if e, ok := errors.AsType[minio.ErrorResponse](err); ok {
		return e.StatusCode
	}
	return 0
}

// Open implements Blobs.
func (s *S3) Open(ctx context.Context, name string) (Blob, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	info, err := s.client.StatObject(ctx, s.bucket, s.prefix+name, minio.StatObjectOptions{})
	if status(err) == http.StatusNotFound {
		return nil, noBlob(err)
	}
	if err != nil {
		return nil, blobsDown("open blob", err)
	}
	return &s3Blob{s: s, ctx: ctx, name: s.prefix + name, size: info.Size, etag: info.ETag}, nil
}

// s3Blob reads an object in windows and keeps the last one. The context of its
// opening is that of its reading, for ReadAt has none.
type s3Blob struct {
	s          *S3
	ctx        context.Context
	name, etag string
	size       int64

	mu     sync.Mutex
	at     int64
	window []byte
}

// Size implements Blob.
func (b *s3Blob) Size() int64 { return b.size }

// Close implements Blob.
func (b *s3Blob) Close() error { return nil }

// ReadAt implements Blob.
func (b *s3Blob) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("read blob: a negative offset")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for n < len(p) {
		if off >= b.size {
			return n, io.EOF
		}
		if off < b.at || off >= b.at+int64(len(b.window)) {
			if err := b.fetch(off, len(p)-n); err != nil {
				return n, err
			}
		}
		m := copy(p[n:], b.window[off-b.at:])
		n, off = n+m, off+int64(m)
	}
	return n, nil
}

// fetch reads the window at off, or as much as is wanted at once. The object
// must still be the one that was opened.
func (b *s3Blob) fetch(off int64, want int) error {
	size := min(int64(max(windowSize, want)), b.size-off)
	var opts minio.GetObjectOptions
	if err := opts.SetRange(off, off+size-1); err != nil {
		return err
	}
	if err := opts.SetMatchETag(b.etag); err != nil {
		return err
	}
	body, _, _, err := minio.Core{Client: b.s.client}.GetObject(b.ctx, b.s.bucket, b.name, opts)
	if err != nil {
		return err
	}
	defer body.Close()
	if int64(cap(b.window)) < size {
		b.window = make([]byte, size)
	}
	b.window = b.window[:size]
	if _, err := io.ReadFull(body, b.window); err != nil {
		b.window = b.window[:0]
		return err
	}
	b.at = off
	return nil
}

// Remove implements Blobs.
func (s *S3) Remove(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if after, ok := strings.CutPrefix(name, partialPrefix); ok {
		if err := s.abort(ctx, after); err != nil {
			return blobsDown("remove blob", err)
		}
		return nil
	}
	err := s.client.RemoveObject(ctx, s.bucket, s.prefix+name, minio.RemoveObjectOptions{})
	if err != nil && status(err) != http.StatusNotFound {
		return blobsDown("remove blob", err)
	}
	return nil
}

// abort ends unfinished uploads of a name, whose parts would be kept, and paid
// for, until then.
func (s *S3) abort(ctx context.Context, name string) error {
	for u := range s.client.ListIncompleteUploads(ctx, s.bucket, s.prefix+name, true) {
		if u.Err != nil {
			return u.Err
		}
		if err := (minio.Core{Client: s.client}).AbortMultipartUpload(ctx, s.bucket, u.Key, u.UploadID); err != nil && status(err) != http.StatusNotFound {
			return err
		}
	}
	return nil
}

// List implements Blobs. Objects that are not ours are left alone.
func (s *S3) List(ctx context.Context, fn func(BlobInfo) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // the client's goroutine ends
	for o := range s.client.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix, Recursive: true}) {
		if o.Err != nil {
			return blobsDown("list blobs", o.Err)
		}
		if name := strings.TrimPrefix(o.Key, s.prefix); validName(name) {
			if err := fn(BlobInfo{Name: name, Size: o.Size, At: o.LastModified}); err != nil {
				return err
			}
		}
	}
	for u := range s.client.ListIncompleteUploads(ctx, s.bucket, s.prefix, true) {
		if u.Err != nil {
			return blobsDown("list blobs", u.Err)
		}
		if name := strings.TrimPrefix(u.Key, s.prefix); validName(partialPrefix + name) {
			if err := fn(BlobInfo{Name: partialPrefix + name, Size: u.Size, At: u.Initiated, Partial: true}); err != nil {
				return err
			}
		}
	}
	return nil
}
