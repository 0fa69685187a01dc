package vault_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/vault"
)

// The keys of the gateway that the tests start; nothing else knows them.
const accessKey, secretKey = "jaga-test", "only-for-the-tests"

// gateway starts one Versity S3 Gateway for the test process, on loopback: a
// real S3 server, in Go, whose module is that of tools/s3. It ends with the
// test process, whatever way that ends.
var gateway = sync.OnceValues(func() (string, error) {
	tool, err := exec.Command("go", "tool", "-n", "-modfile=../../tools/s3/go.mod", "versitygw").Output()
	if err != nil {
		if e, ok := errors.AsType[*exec.ExitError](err); ok {
			err = fmt.Errorf("%w: %s", err, e.Stderr)
		}
		return "", fmt.Errorf("build versitygw: %w", err)
	}
	dir, err := os.MkdirTemp("", "jaga-s3-")
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	_ = l.Close()
	for _, d := range []string{"data", "sidecar"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			return "", err
		}
	}
	// A shell watches its standard input, which closes when this process ends.
	script := `"$1" --quiet --health /health --port "$2" posix --sidecar "$3/sidecar" "$3/data" >"$3/log" 2>&1 &
pid=$!; cat >/dev/null; kill $pid; wait $pid; rm -rf "$3"`
	cmd := exec.Command("/bin/sh", "-c", script, "sh", strings.TrimSpace(string(tool)), addr, dir)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+accessKey, "ROOT_SECRET_KEY="+secretKey)
	ownGroup(cmd)
	hold, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", err
	}
	held = append(held, hold)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		r, err := http.Get("http://" + addr + "/health")
		if err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return "http://" + addr, nil
			}
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return "", fmt.Errorf("start versitygw: %w: %s", err, log)
		}
	}
})

// held keeps the pipe to the watching shell from being collected.
var held []any

var bucketNumber atomic.Int64

// bucketAt returns the options of a new bucket.
func bucketAt(t testing.TB) vault.S3Options {
	t.Helper()
	if testing.Short() {
		t.Skip("builds an S3 server")
	}
	url, err := gateway()
	if err != nil {
		need.Missing(t, "s3", err.Error())
	}
	o := vault.S3Options{URL: url, Bucket: fmt.Sprintf("evidence-%d", bucketNumber.Add(1)), Prefix: "jaga/", Region: "us-east-1", AccessKey: accessKey, SecretKey: secretKey, PathStyle: true}
	c, err := minio.New(strings.TrimPrefix(url, "http://"), &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, ""), BucketLookup: minio.BucketLookupPath, Region: "us-east-1"})
	if err == nil {
		err = c.MakeBucket(t.Context(), o.Bucket, minio.MakeBucketOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func bucket(t testing.TB) *vault.S3 {
	t.Helper()
	s, err := vault.OpenS3(bucketAt(t))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestS3RefusesSettings(t *testing.T) {
	t.Parallel()
	good := vault.S3Options{URL: "https://store.example", Bucket: "b", AccessKey: "a", SecretKey: "s"}
	if _, err := vault.OpenS3(good); err != nil {
		t.Fatal(err)
	}
	for field, change := range map[string]func(*vault.S3Options){
		"url":        func(o *vault.S3Options) { o.URL = "store.example" },
		"bucket":     func(o *vault.S3Options) { o.Bucket = "" },
		"access_key": func(o *vault.S3Options) { o.SecretKey = "" },
		"prefix":     func(o *vault.S3Options) { o.Prefix = "../other" },
	} {
		o := good
		change(&o)
		_, err := vault.OpenS3(o)
		if e, ok := errors.AsType[*jaga.Error](err); !ok || e.Field != field || e.Code != jaga.CodeInvalid {
			t.Errorf("%s: %v", field, err)
		}
	}
	secret := good
	secret.URL = "https://user:hidden@store.example"
	if _, err := vault.OpenS3(secret); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("a password in the address: %v", err)
	}
}

// faulty answers some requests itself.
type faulty struct {
	next http.RoundTripper
	at   func(*http.Request) error
}

// RoundTrip implements http.RoundTripper.
func (f faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := f.at(r); err != nil {
		return nil, err
	}
	return f.next.RoundTrip(r)
}

// A store that goes away in the middle is told from a damaged file, and what
// was begun is seen and can be removed.
func TestS3GoesAway(t *testing.T) {
	t.Parallel()
	o := bucketAt(t)
	var down atomic.Bool
	var lost atomic.Bool // parts arrive, the request that joins them does not
	refused := errors.New("connection refused")
	o.Transport = faulty{http.DefaultTransport, func(r *http.Request) error {
		q := r.URL.Query()
		if down.Load() || lost.Load() && (r.Method == http.MethodPost && q.Has("uploadId") || r.Method == http.MethodDelete) {
			return refused
		}
		return nil
	}}
	s, err := vault.OpenS3(o)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := vault.New(vault.NewKeys(), "")
	if err != nil {
		t.Fatal(err)
	}
	at := vault.Binding{Case: 1, File: "f", Version: 1}
	sealed, err := keys.Seal(at, bytes.NewReader(noise(1, 3<<20)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(t.Context(), "f", sealed.Payload); err != nil {
		t.Fatal(err)
	}
	blob, err := s.Open(t.Context(), "f")
	if err != nil {
		t.Fatal(err)
	}
	c, err := keys.Open(sealed.Header, at, blob)
	if err != nil {
		t.Fatal(err)
	}
	down.Store(true)
	_, err = c.ReadAt(make([]byte, 10), 0)
	if jaga.CodeOf(err) != jaga.CodeUnavailable || errors.Is(err, vault.ErrDamaged) {
		t.Errorf("reading from a store that is down: %v", err)
	}
	if _, err := s.Open(t.Context(), "f"); jaga.CodeOf(err) != jaga.CodeUnavailable {
		t.Errorf("opening in a store that is down: %v", err)
	}
	down.Store(false)
	if _, err = c.ReadAt(make([]byte, 10), 0); err != nil {
		t.Errorf("reading after the store came back: %v", err)
	}
	lost.Store(true)
	if _, err := s.Put(t.Context(), "half", bytes.NewReader(noise(2, 20<<20))); jaga.CodeOf(err) != jaga.CodeUnavailable {
		t.Errorf("an upload whose end was lost: %v", err)
	}
	lost.Store(false)
	all := names(t, s)
	if !all["partial-half"].Partial || len(all) != 2 {
		t.Errorf("listed: %v", all)
	}
	if err := s.Remove(t.Context(), "partial-half"); err != nil {
		t.Fatal(err)
	}
	if all = names(t, s); len(all) != 1 {
		t.Errorf("after removing: %v", all)
	}
	put(t, s, "half", noise(2, 20<<20))
}

// An object that was replaced while it was open is refused, not mixed.
func TestS3ReplacedWhileOpen(t *testing.T) {
	t.Parallel()
	o := bucketAt(t)
	s, err := vault.OpenS3(o)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "x", noise(1, 3<<20))
	blob, err := s.Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	put(t, s, "x", noise(2, 3<<20))
	if _, err := bufio.NewReader(io.NewSectionReader(blob, 0, blob.Size())).ReadByte(); err == nil {
		t.Error("bytes of another object were handed out")
	}
}
