//go:build unix

package action_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// victimURL names the database of the process that is killed.
const victimURL = "JAGA_TEST_ACTION_VICTIM"

// TestMain is also the victim: a process that starts actions, says so when they
// are committed, and delivers, until it is killed.
func TestMain(m *testing.M) {
	if url := os.Getenv(victimURL); url != "" {
		if err := victim(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func victim(url string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, url, store.Options{})
	if err != nil {
		return err
	}
	s, err := action.New(db, options())
	if err != nil {
		return err
	}
	go func() { _ = s.Run(ctx) }()
	for i := 0; ; i++ {
		var a action.Action
		abort := i%4 == 3
		err := db.Bulk(ctx, func(tx *store.Tx) (err error) {
			if a, err = s.Start(tx, hold(int64(i+1))); err == nil && abort {
				err = context.Canceled
			}
			return err
		})
		switch {
		case abort:
			fmt.Println("aborted", a.ID)
		case err != nil:
			return err
		default:
			fmt.Println("committed", a.ID)
		}
	}
}

// TestKill kills the process again and again. What it said to be committed must
// arrive, and nothing else may but what was committed just before it died.
func TestKill(t *testing.T) {
	t.Parallel()
	rounds := 100
	if testing.Short() {
		rounds = 8
	}
	storetest.EachURL(t, func(t *testing.T, url string) {
		n := rounds
		if strings.HasPrefix(url, "postgres") {
			n = (rounds + 4) / 5
		}
		killed(t, url, n)
	})
}

func killed(t *testing.T, url string, rounds int) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	rec := newReceiver(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n%7 == 0 {
			w.WriteHeader(500)
		}
	})
	db := storetest.Open(t, url)
	w := open(t, db, options())
	id, _ := w.add("receiver", rec.URL)
	committed, aborted := map[string]bool{}, map[string]bool{}
	// A slow machine needs more rounds before a victim comes to commit.
	for n := 0; n < rounds || (len(committed) < rounds || len(aborted) == 0) && n < 20*rounds; n++ {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), victimURL+"="+url)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Its time begins when it has begun to work.
		after := time.Duration(r.IntN(220)) * time.Millisecond
		started := false
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if !started {
				started = true
				time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
			}
			switch word, id, _ := strings.Cut(lines.Text(), " "); {
			case len(id) != 36: // cut off
			case word == "committed":
				committed[id] = true
			case word == "aborted":
				aborted[id] = true
			}
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
			t.Fatalf("the victim was not killed: %v", err)
		}
	}
	// Jobs that the dead had taken come back when their lease is over.
	if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE jobs SET lease_until = 0 WHERE state = 'running'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	w.run()
	until(t, "everything is delivered", func() bool {
		if err := db.Bulk(t.Context(), func(tx *store.Tx) error { return tx.Hurry(fmt.Sprintf("hook:%d", id)) }); err != nil {
			t.Fatal(err)
		}
		left := w.deliveries(action.Filter{State: action.Waiting, Limit: 1})
		return len(left) == 0
	})
	arrived := map[string]bool{}
	for _, x := range rec.all() {
		arrived[decode(t, x.body)["action"].(map[string]any)["id"].(string)] = true
	}
	for id := range committed {
		if !arrived[id] {
			t.Errorf("%s was committed and did not arrive", id)
		}
	}
	for id := range arrived {
		if aborted[id] {
			t.Errorf("%s was aborted and arrived", id)
		}
		if _, err := w.Get(t.Context(), id); err != nil {
			t.Errorf("%s arrived and was never committed: %v", id, err)
		}
	}
	if len(committed) < rounds || len(aborted) == 0 {
		t.Errorf("%d committed and %d aborted: the test shows nothing", len(committed), len(aborted))
	}
	t.Logf("%d rounds: %d committed, %d aborted, %d arrived in %d deliveries", rounds, len(committed), len(aborted), len(arrived), rec.count())
}
