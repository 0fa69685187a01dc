// Package storetest runs a test on every database engine that Jaga supports:
// SQLite always, PostgreSQL when it is installed.
package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/store"
)

// Each runs fn as a subtest on a fresh database of each engine. The databases
// sign checkpoints under the origin "jaga.test".
func Each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { fn(t, Open(t, url)) })
}

// EachURL is Each for tests that open the database themselves.
func EachURL(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, Postgres(t))
	})
}

var keys = sync.OnceValues(func() ([2]string, error) {
	signer, verifier, err := custody.NewKey("jaga.test")
	return [2]string{signer, verifier}, err
})

// Verifier is the public key of the checkpoints of test databases.
func Verifier(t testing.TB) string {
	t.Helper()
	k, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	return k[1]
}

// Signer is the secret key of the checkpoints of test databases.
func Signer(t testing.TB) string {
	t.Helper()
	k, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	return k[0]
}

// Open opens a database and closes it after the test.
func Open(t testing.TB, url string) *store.DB {
	t.Helper()
	k, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(context.Background(), url, store.Options{Origin: "jaga.test", Signer: k[0]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// SQLite returns the address of a new SQLite database.
func SQLite(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "jaga.db")
}

// Postgres returns the address of a new PostgreSQL database, in the cluster
// that JAGA_TEST_POSTGRES names or in a private one. Without PostgreSQL the
// test is skipped, or fails where it is required.
func Postgres(t testing.TB) string {
	t.Helper()
	base := os.Getenv("JAGA_TEST_POSTGRES")
	if base == "" {
		var err error
		if base, err = cluster(); err != nil {
			need.Missing(t, "postgres", err.Error())
		}
	}
	ctx := context.Background()
	c, err := pgx.Connect(ctx, base)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	name := fmt.Sprintf("jaga_%d_%x", os.Getpid(), rand.Uint64())
	if _, err := c.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c, err := pgx.Connect(ctx, base)
		if err != nil {
			return // the cluster is gone, and the database with it
		}
		defer c.Close(ctx)
		_, _ = c.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	q := u.Query()
	q.Set("pool_max_conns", "8")
	u.RawQuery = q.Encode()
	return u.String()
}

// cluster starts one private PostgreSQL for the test process, on a Unix socket
// in a temporary directory. PostgreSQL refuses to run as root, so a root test
// run starts it as another user. The server dies with the test process.
var cluster = sync.OnceValues(func() (string, error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "jaga-pg-")
	if err != nil {
		return "", err
	}
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() == 0 {
		uid, gid, err := otherUser()
		if err != nil {
			return "", err
		}
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "jaga", "-A", "trust", "--no-sync", "-E", "UTF8", "--no-locale")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	// A shell watches its standard input, which closes when this process ends
	// in whatever way, and then stops the server and removes its directory.
	script := `"$1" -D "$2" -k "$3" -c listen_addresses= -c fsync=off -c max_connections=400 -c shared_buffers=64MB >"$3/log" 2>&1 &
pid=$!; cat >/dev/null; kill -INT $pid; wait $pid; rm -rf "$3"`
	server := exec.Command("/bin/sh", "-c", script, "sh", filepath.Join(bin, "postgres"), data, dir)
	server.SysProcAttr, server.Dir = attr, dir
	hold, err := server.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := server.Start(); err != nil {
		return "", err
	}
	held = append(held, hold)
	address := (&url.URL{Scheme: "postgres", User: url.User("jaga"), Path: "/postgres",
		RawQuery: url.Values{"host": {dir}}.Encode()}).String()
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for {
		c, err := pgx.Connect(ctx, address)
		if err == nil {
			return address, c.Close(ctx)
		}
		if ctx.Err() != nil {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return "", fmt.Errorf("start PostgreSQL: %w: %s", err, log)
		}
		time.Sleep(50 * time.Millisecond)
	}
})

// held keeps the pipe to the watching shell from being collected.
var held []any

func binaries() (string, error) {
	var dirs []string
	if p, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(p))
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(found, func(a, b string) int { return version(b) - version(a) })
	for _, d := range append(found, dirs...) {
		if _, err := os.Stat(filepath.Join(d, "initdb")); err != nil {
			continue
		}
		if _, err := os.Stat(filepath.Join(d, "postgres")); err == nil {
			return d, nil
		}
	}
	return "", fmt.Errorf("initdb and postgres are not installed")
}

func version(dir string) int {
	n, _ := strconv.Atoi(strings.Split(dir, "/")[4])
	return n
}

func otherUser() (uid, gid int, err error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		return uid, gid, nil
	}
	return 0, 0, fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres or nobody")
}
