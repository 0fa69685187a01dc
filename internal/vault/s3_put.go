package vault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
)

const (
	// partSize is what is sent in one request, and held in memory, in bytes.
	// With the protocol's most 10,000 parts a blob can have 156 GiB.
	partSize = 16 << 20
	// smallSize is what a Put begins with, so that many small ones at once
	// need little memory.
	smallSize = 512 << 10
	// partsMost is the protocol's limit.
	partsMost = 10_000
)

// Put implements Blobs. What fits into one part is one request; more is sent in
// parts, which become an object by one last request. Both requests have the
// condition that there is no object of the name (If-None-Match), which decides
// between two at once. The client's own way for streams drops the condition.
func (s *S3) Put(ctx context.Context, name string, r io.Reader) (int64, error) {
	if err := checkName(name); err != nil {
		return 0, err
	}
	// Stores that do not know the condition, and long uploads, are asked first.
	if _, err := s.client.StatObject(ctx, s.bucket, s.prefix+name, minio.StatObjectOptions{}); err == nil {
		return 0, blobTaken(nil)
	} else if status(err) != http.StatusNotFound {
		return 0, blobsDown("store blob", err)
	}
	src := &readError{r: contextReader{ctx, r}}
	size, err := s.put(ctx, s.prefix+name, src)
	switch {
	case src.err != nil:
		return 0, src.err // the source's own error, which has its own words
	case status(err) == http.StatusPreconditionFailed, status(err) == http.StatusConflict:
		return 0, blobTaken(err)
	case err != nil:
		return 0, blobsDown("store blob", err)
	}
	return size, nil
}

func (s *S3) put(ctx context.Context, key string, src io.Reader) (int64, error) {
	opts := minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true}
	opts.SetMatchETagExcept("*")
	buf := make([]byte, smallSize)
	n, err := io.ReadFull(src, buf)
	if err == nil {
		grown := make([]byte, partSize)
		copy(grown, buf)
		buf = grown
		var more int
		more, err = io.ReadFull(src, buf[n:])
		n += more
	}
	switch err {
	case io.EOF, io.ErrUnexpectedEOF:
		_, err = s.client.PutObject(ctx, s.bucket, key, bytes.NewReader(buf[:n]), int64(n), opts)
		return int64(n), err
	case nil:
		return s.putParts(ctx, key, src, buf, opts)
	}
	return 0, err
}

// abortTime is how long ending an unfinished upload may take.
const abortTime = 30 * time.Second

// putParts sends the full buffer and then what src yields.
func (s *S3) putParts(ctx context.Context, key string, src io.Reader, buf []byte, opts minio.PutObjectOptions) (size int64, err error) {
	core := minio.Core{Client: s.client}
	id, err := core.NewMultipartUpload(ctx, s.bucket, key, minio.PutObjectOptions{ContentType: opts.ContentType})
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			// Also when ctx has ended. What this cannot remove, List shows.
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTime)
			defer cancel()
			_ = core.AbortMultipartUpload(end, s.bucket, key, id)
		}
	}()
	var parts []minio.CompletePart
	for n := len(buf); n > 0; {
		if len(parts) == partsMost {
			return 0, errors.New("the blob has more than 10,000 parts of 16 MiB")
		}
		p, err := core.PutObjectPart(ctx, s.bucket, key, id, len(parts)+1, bytes.NewReader(buf[:n]), int64(n), minio.PutObjectPartOptions{})
		if err != nil {
			return 0, err
		}
		parts = append(parts, minio.CompletePart{PartNumber: p.PartNumber, ETag: p.ETag})
		size += int64(n)
		if n, err = io.ReadFull(src, buf); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return 0, err
		}
	}
	_, err = core.CompleteMultipartUpload(ctx, s.bucket, key, id, parts, opts)
	return size, err
}
