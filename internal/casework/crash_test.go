package casework_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// victim works on cases until it is killed, and says on standard output what
// was acknowledged.
func victim(url string) {
	ctx := context.Background()
	fatal := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	db, err := store.Open(ctx, url, store.Options{})
	fatal(err)
	s, err := casework.Open(db, casework.Options{Key: secret, SecondPercent: 30})
	fatal(err)
	var mu sync.Mutex
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Printf(format+"\n", args...)
	}
	say("ready")
	for p := range 3 {
		go func() {
			r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), uint64(p)))
			for {
				ref := fmt.Sprintf("killed-%x", r.Uint64())
				var a casework.Added
				fatal(db.Bulk(ctx, func(tx *store.Tx) (err error) {
					a, err = s.Add(tx, casework.Finding{Kind: casework.KindText, Ref: ref, Band: jaga.BandReview, Account: fmt.Sprint(r.IntN(40))})
					return err
				}))
				say("added %d %s", a.Case, ref)
				l, err := s.Next(ctx, fmt.Sprintf("person:%d", os.Getpid()*10+p), []string{"default"})
				if jaga.CodeOf(err) == jaga.CodeNotFound {
					continue
				}
				fatal(err)
				d, err := s.Decide(ctx, l, decision(casework.NotConfirmed, "account.hold"))
				if jaga.CodeOf(err) == jaga.CodeConflict {
					continue
				}
				fatal(err)
				say("decided %d %d", l.Case, d.ID)
			}
		}()
	}
	select {}
}

// TestKill kills a process that works on cases again and again. What it
// acknowledged is there each time, every case agrees with its events, and the
// custody log verifies.
func TestKill(t *testing.T) {
	t.Parallel()
	rounds := 200
	if testing.Short() {
		rounds = 5
	}
	storetest.EachURL(t, func(t *testing.T, url string) {
		if strings.HasPrefix(url, "postgres") {
			rounds := max(rounds/5, 3)
			kill(t, url, rounds, 500)
			return
		}
		kill(t, url, rounds, 120)
	})
}

// kill kills after at most so many milliseconds.
func kill(t *testing.T, url string, rounds, longest int) {
	ctx := t.Context()
	db := storetest.Open(t, url)
	s, err := casework.Open(db, casework.Options{Key: secret})
	if err != nil {
		t.Fatal(err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	added, decided := 0, 0
	// A slow machine needs more rounds before a victim comes to decide.
	for n := 0; n < rounds || decided == 0 && n < 20*rounds; n++ {
		for _, line := range work(t, url, time.Duration(r.IntN(longest))*time.Millisecond) {
			var id, n int64
			var ref string
			switch {
			case scan(line, "added %d %s", &id, &ref):
				added++
				found(t, db, `SELECT COUNT(*) FROM case_findings WHERE case_id = $1 AND ref = $2`, id, ref)
			case scan(line, "decided %d %d", &id, &n):
				decided++
				found(t, db, `SELECT COUNT(*) FROM case_decisions WHERE case_id = $1 AND id = $2`, id, n)
				found(t, db, `SELECT COUNT(*) FROM case_events WHERE case_id = $1 AND kind = 'decided' AND data LIKE $2`, id, fmt.Sprintf(`%%"decision":%d,%%`, n))
			}
		}
	}
	var ids []int64
	if err := db.View(ctx, func(tx *store.Tx) (err error) {
		ids, err = store.All[int64](tx, `SELECT id FROM cases`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if err := s.Check(ctx, id); err != nil {
			t.Error(err)
		}
	}
	if _, err := db.VerifyCustody(ctx, storetest.Verifier(t), "", nil); err != nil {
		t.Error(err)
	}
	found(t, db, `SELECT COUNT(*) FROM (SELECT 1 AS one) AS x WHERE NOT EXISTS (SELECT 1 FROM case_decisions d WHERE d.final = 1 AND d.undone_at = 0
		AND NOT EXISTS (SELECT 1 FROM case_outbox o WHERE o.decision_id = d.id))`) // a final decision and what it asks for come together
	t.Logf("%d kills: %d findings and %d decisions were acknowledged, in %d cases", rounds, added, decided, len(ids))
	if added == 0 || decided == 0 {
		t.Error("nothing was acknowledged: the test shows nothing")
	}
}

func scan(line, format string, args ...any) bool {
	n, err := fmt.Sscanf(line, format, args...)
	return err == nil && n == len(args)
}

func found(t *testing.T, db *store.DB, q string, args ...any) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *store.Tx) error {
		n, err := store.One[int64](tx, q, args...)
		if err == nil && n != 1 {
			err = fmt.Errorf("%d rows of %v, want 1", n, args)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

// work runs the victim, kills it some time after it has begun, and returns
// what it said.
func work(t *testing.T, url string, after time.Duration) (lines []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "JAGA_TEST_CASES_VICTIM="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(out)
	for in.Scan() {
		lines = append(lines, in.Text())
		if len(lines) == 1 {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait()
	if len(lines) == 0 {
		t.Error("the process ended before it began")
	}
	return lines
}
