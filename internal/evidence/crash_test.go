//go:build unix

package evidence_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/vault"
)

// TestMain runs the victim of TestKill, in a process of its own.
func TestMain(m *testing.M) {
	if dir := os.Getenv("JAGA_TEST_VICTIM"); dir != "" {
		if err := victim(dir, os.Getenv("JAGA_TEST_VICTIM_DB")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// marker is in every file of the victim, so that plaintext is found on the disk.
const marker = "canary-plaintext-of-a-file-"

// contentOf is a file of some segments.
func contentOf(n int) []byte {
	return bytes.Repeat([]byte(marker+strconv.Itoa(n)+"\n"), 1+n%7*700)
}

// victim keeps files, binds them to cases and discards some, and says on its
// output what was acknowledged.
func victim(dir, url string) error {
	ctx := context.Background()
	text, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		return err
	}
	keys, err := vault.ParseKeys(string(text))
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, url, store.Options{Origin: "jaga.test"})
	if err != nil {
		return err
	}
	blobs, err := vault.OpenDir(filepath.Join(dir, "vault"))
	if err != nil {
		return err
	}
	s, err := evidence.Open(ctx, db, evidence.Options{Keys: keys, Blobs: blobs})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for n := os.Getpid() * 1000; ; n++ {
		it, err := s.Put(ctx, ani, acquired(), bytes.NewReader(contentOf(n)))
		if err != nil {
			return err
		}
		fmt.Println("put", it.ID, n)
		switch n % 3 {
		case 0:
			if err := db.Update(ctx, custody.Event{Actor: ani, Action: "test.case"}, func(tx *store.Tx) error { return s.Promote(tx, ani, it.ID, int64(n)) }); err != nil {
				return err
			}
			fmt.Println("promoted", it.ID, n)
		case 1:
			fmt.Println("discarding", it.ID, n)
			if err := s.Discard(ctx, ani, it.ID); err != nil {
				return err
			}
			fmt.Println("discarded", it.ID, n)
		}
	}
}

// TestKill kills a process that keeps files, again and again. What it had
// acknowledged opens, what it had not is nowhere in the clear, and one Mend
// brings rows and payloads together.
func TestKill(t *testing.T) {
	t.Parallel()
	rounds := 40
	if testing.Short() {
		rounds = 4
	}
	storetest.EachURL(t, func(t *testing.T, url string) {
		dir := t.TempDir()
		s := open(t, storetest.Open(t, url))
		s.must(os.WriteFile(filepath.Join(dir, "key"), []byte(s.keys.Text()), 0o600))
		blobs, err := vault.OpenDir(filepath.Join(dir, "vault"))
		s.must(err)
		s.dir, s.blobs = filepath.Join(dir, "vault"), blobs
		s.reopen(s.keys)
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 1))
		state := map[string]string{}
		number := map[string]int{}
		// A slow machine needs more rounds before a victim comes to seal.
		for n := 0; n < rounds || len(state) < rounds && n < 20*rounds; n++ {
			for _, line := range s.killOne(dir, url, time.Duration(1+r.IntN(60))*time.Millisecond) {
				var what, id string
				var n int
				if _, err := fmt.Sscan(line, &what, &id, &n); err != nil {
					continue // the last line was cut off: nobody has read it
				}
				state[id], number[id] = what, n
			}
		}
		acked := 0
		for id, what := range state {
			switch what {
			case "put", "promoted":
				acked++
				it := s.item(id)
				if got, err := s.read(id); err != nil || got != string(contentOf(number[id])) {
					t.Errorf("%s was %s and does not open: %v", id, what, err)
				} else if what == "promoted" && (it.State != evidence.Kept || it.Case != int64(number[id])) {
					t.Errorf("%s was promoted and is %+v", id, it)
				}
			case "discarded":
				if err := s.db.View(t.Context(), func(tx *store.Tx) error { _, err := s.Get(tx, id); return err }); err == nil {
					t.Errorf("%s was discarded and is there", id)
				}
			}
		}
		if acked < rounds/4 {
			t.Fatalf("only %d files were acknowledged in %d rounds: the test shows nothing", acked, rounds)
		}
		before, err := s.Mend(t.Context(), evidence.MendOptions{Grace: -time.Hour})
		if err != nil || before.Missing != 0 {
			t.Errorf("%+v, error %v", before, err)
		}
		after, err := s.Mend(t.Context(), evidence.MendOptions{Grace: -time.Hour})
		if want := (evidence.Mended{Files: before.Files}); err != nil || after != want {
			t.Errorf("after mending: %+v, error %v", after, err)
		}
		s.must(filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(p)
			if bytes.Contains(b, []byte(marker)) {
				t.Errorf("%s holds plaintext", p)
			}
			return err
		}))
		if c, err := s.Verify(t.Context(), ani, nil); err != nil || !c.Whole() {
			t.Errorf("verify: %+v, error %v", c, err)
		}
		if _, err := s.db.VerifyCustody(t.Context(), storetest.Verifier(t), "", nil); err != nil {
			t.Error(err)
		}
		t.Logf("%d rounds: %d files acknowledged; a crash had left %d payloads and %d partial ones", rounds, acked, before.Orphans, before.Partial)
	})
}

// killOne runs the victim for a while after it is ready, and returns what it
// said.
func (s *site) killOne(dir, url string, after time.Duration) (lines []string) {
	s.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "JAGA_TEST_VICTIM="+dir, "JAGA_TEST_VICTIM_DB="+url)
	var fault bytes.Buffer
	cmd.Stderr = &fault
	out, err := cmd.StdoutPipe()
	s.must(err)
	s.must(cmd.Start())
	in := bufio.NewReader(out)
	if line, err := in.ReadString('\n'); strings.TrimSpace(line) != "ready" {
		s.t.Fatalf("the victim did not start: %q, error %v: %s", line, err, fault.String())
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			break
		}
		lines = append(lines, line)
	}
	_ = cmd.Wait()
	if fault.Len() > 0 {
		s.t.Errorf("the victim failed: %s", fault.String())
	}
	return lines
}
