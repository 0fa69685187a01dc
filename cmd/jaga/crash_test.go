//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/datadir"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/testpic"
)

// TestKill kills a server again and again while items, entries and lists come
// in, and checks after each start that what was acknowledged is there, that a
// list is there whole or not at all, and in the end that the custody log and
// the snapshot verify.
func TestKill(t *testing.T) {
	t.Parallel()
	rounds := 100
	if testing.Short() {
		rounds = 5
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		killRounds(t, rounds, "")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		killRounds(t, max(rounds/5, 3), storetest.Postgres(t)) // three: one of each kind
	})
}

func killRounds(t *testing.T, rounds int, storeURL string) {
	v := &victim{t: t, data: filepath.Join(t.TempDir(), "data"), store: storeURL}
	v.start()
	v.must(http.MethodPost, "/v1/banks", "application/json", strings.NewReader(`{"name":"KILLED"}`))
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for round := range rounds {
		var feeders sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for i, feed := range []func(context.Context, *rand.Rand){v.feedItems, v.feedEntries, v.feedLists} {
			own := rand.New(rand.NewPCG(seed, uint64(10*round+i+2)))
			feeders.Go(func() { feed(ctx, own) })
		}
		// Three rounds of four are killed soon after one kind was acknowledged,
		// however slow the machine is; the fourth at any moment from the start.
		if kind := round % 4; kind < 3 {
			v.await(kind)
		}
		time.Sleep(time.Duration(r.IntN(250)) * time.Millisecond)
		v.kill()
		cancel()
		feeders.Wait()
		v.start()
		v.check(false)
	}
	v.check(true)
	v.stop()
	t.Logf("%d rounds: %d items, %d entries and %d lists were acknowledged", rounds, len(v.items), len(v.entries), len(v.lists))
	if len(v.items) == 0 || len(v.entries) == 0 || len(v.lists) == 0 {
		t.Error("the test shows nothing of a kind of which nothing was acknowledged")
	}
	out, err := v.command("verify", "--json").CombinedOutput()
	if err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// victim is a server that is killed, and what it acknowledged.
type victim struct {
	t           *testing.T
	data, store string
	cmd         *exec.Cmd
	out         *bytes.Buffer
	at          datadir.Server
	number      atomic.Uint64
	// environ is more of its environment, as "NAME=value".
	environ []string
	// wrap changes how the server is run; nil leaves it.
	wrap func(*exec.Cmd) *exec.Cmd

	mu      sync.Mutex
	items   []string
	entries []int64
	lists   []killedList
	checked struct{ items, entries, lists int }
}

// await returns when one more of a kind was acknowledged: an item (0), an
// entry (1) or a list (2).
func (v *victim) await(kind int) {
	v.t.Helper()
	count := func() int {
		v.mu.Lock()
		defer v.mu.Unlock()
		return []int{len(v.items), len(v.entries), len(v.lists)}[kind]
	}
	before := count()
	for deadline := time.Now().Add(60 * time.Second); count() == before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			v.t.Fatalf("nothing of kind %d was acknowledged within a minute", kind)
		}
	}
}

// killedList is a list that was sent: its rows follow from its number.
type killedList struct {
	number uint64
	rows   int
}

func (v *victim) command(args ...string) *exec.Cmd {
	cmd := exec.Command("jaga", args...)
	// The program refuses settings that it does not know, and this one is the tests'.
	environ := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "JAGA_TOUR=") })
	cmd.Env = append(environ, "JAGA_DATA="+v.data, "JAGA_LOG_LEVEL=warn")
	cmd.Env = append(cmd.Env, v.environ...)
	if v.store != "" {
		cmd.Env = append(cmd.Env, "JAGA_STORE_URL="+v.store)
	}
	return cmd
}

// start returns when the server answers.
func (v *victim) start() {
	v.t.Helper()
	_ = os.Remove(filepath.Join(v.data, "server.json"))
	v.cmd, v.out = v.command("serve", "--listen", "127.0.0.1:0"), new(bytes.Buffer)
	if v.wrap != nil {
		v.cmd = v.wrap(v.cmd)
	}
	v.cmd.Stdout, v.cmd.Stderr = v.out, v.out
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = v.cmd.Process.Kill() })
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if at, err := datadir.ReadServer(v.data); err == nil {
			v.at = at
			if r, err := v.send(context.Background(), http.MethodGet, "/v1/banks", "", nil); err == nil {
				_ = r.Body.Close()
				return
			}
		}
		if time.Now().After(deadline) {
			_ = v.cmd.Process.Kill()
			_ = v.cmd.Wait()
			v.t.Fatalf("the server did not come back:\n%s", v.out)
		}
	}
}

func (v *victim) kill() {
	_ = v.cmd.Process.Kill()
	_ = v.cmd.Wait()
}

// stop asks it to end, as an operator does.
func (v *victim) stop() {
	v.t.Helper()
	_ = v.cmd.Process.Signal(syscall.SIGTERM)
	if err := v.cmd.Wait(); err != nil {
		v.t.Errorf("stop: %v\n%s", err, v.out)
	}
}

func (v *victim) send(ctx context.Context, method, path, kind string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, v.at.URL+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+v.at.Key)
	req.Header.Set("Prefer", "wait")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return http.DefaultClient.Do(req)
}

// acknowledged sends and decodes; false means that no answer came, so nothing
// was promised.
func (v *victim) acknowledged(ctx context.Context, path, kind string, body io.Reader, out any) bool {
	r, err := v.send(ctx, http.MethodPost, path, kind, body)
	if err != nil {
		return false
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	if r.StatusCode/100 != 2 {
		v.t.Errorf("POST %s: %d %s", path, r.StatusCode, text)
		return false
	}
	return json.Unmarshal(text, out) == nil
}

func (v *victim) must(method, path, kind string, body io.Reader) []byte {
	v.t.Helper()
	r, err := v.send(context.Background(), method, path, kind, body)
	if err != nil {
		v.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode/100 != 2 {
		v.t.Fatalf("%s %s: %d %s %v", method, path, r.StatusCode, text, err)
	}
	return text
}

// pseudo is hash i of the family n.
func pseudo(n, i uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], n)
	binary.BigEndian.PutUint64(b[8:], i)
	sum := sha256.Sum256(b[:])
	return hex.EncodeToString(sum[:])
}

func (v *victim) feedItems(ctx context.Context, r *rand.Rand) {
	picture := testpic.JPEG(testpic.Photo(r.Uint64(), 160, 120), 80)
	for ctx.Err() == nil {
		body, kind := multipartOf(map[string]string{"ref": "killed"}, "f", bytes.NewReader(picture))
		var rec struct {
			Item struct {
				ID string `json:"id"`
			} `json:"item"`
		}
		if v.acknowledged(ctx, "/v1/items", kind, body, &rec) {
			v.mu.Lock()
			v.items = append(v.items, rec.Item.ID)
			v.mu.Unlock()
		}
	}
}

func (v *victim) feedEntries(ctx context.Context, _ *rand.Rand) {
	for ctx.Err() == nil {
		body := fmt.Sprintf(`{"signals":[{"type":"pdq","value":"%s"}]}`, pseudo(v.number.Add(1), 0))
		var e struct {
			ID int64 `json:"id"`
		}
		if v.acknowledged(ctx, "/v1/banks/KILLED/entries", "application/json", strings.NewReader(body), &e) {
			v.mu.Lock()
			v.entries = append(v.entries, e.ID)
			v.mu.Unlock()
		}
	}
}

func (v *victim) feedLists(ctx context.Context, r *rand.Rand) {
	for ctx.Err() == nil {
		l := killedList{v.number.Add(1), 500}
		if r.IntN(4) == 0 {
			l.rows = 25_000 // enough for the index to be built anew
		}
		var list strings.Builder
		for i := range l.rows {
			list.WriteString(pseudo(l.number, uint64(i)))
			list.WriteByte('\n')
		}
		var res struct {
			Added int `json:"added"`
		}
		if v.acknowledged(ctx, fmt.Sprintf("/v1/banks/KILLED/import?type=pdq&source=list-%d", l.number), "application/octet-stream", strings.NewReader(list.String()), &res) {
			if res.Added != l.rows {
				v.t.Errorf("list %d: %d entries added, want %d", l.number, res.Added, l.rows)
			}
			v.mu.Lock()
			v.lists = append(v.lists, l)
			v.mu.Unlock()
		}
	}
}

// check looks for what was acknowledged since the last check, or ever.
func (v *victim) check(all bool) {
	v.t.Helper()
	if all {
		v.checked.items, v.checked.entries, v.checked.lists = 0, 0, 0
	}
	for _, id := range v.items[v.checked.items:] {
		v.must(http.MethodGet, "/v1/items/"+id, "", nil)
	}
	for _, id := range v.entries[v.checked.entries:] {
		v.must(http.MethodGet, fmt.Sprintf("/v1/banks/KILLED/entries/%d", id), "", nil)
	}
	for _, l := range v.lists[v.checked.lists:] {
		for _, i := range []int{0, l.rows / 2, l.rows - 1} {
			v.matches(pseudo(l.number, uint64(i)))
		}
	}
	v.checked.items, v.checked.entries, v.checked.lists = len(v.items), len(v.entries), len(v.lists)
	if !all {
		return
	}
	// Every list is there whole or not at all, acknowledged or not.
	acknowledged := map[uint64]bool{}
	for _, l := range v.lists {
		acknowledged[l.number] = true
	}
	count := map[string]int{}
	lines := strings.SplitSeq(string(v.must(http.MethodGet, "/v1/banks/KILLED/export?format=plain&type=pdq", "", nil)), "\n")
	for line := range lines {
		count[strings.TrimSpace(line)]++
	}
	for n := uint64(1); n <= v.number.Load(); n++ {
		first, last := count[pseudo(n, 0)] > 0, count[pseudo(n, 499)] > 0
		if count[pseudo(n, 1)] == 0 && !last {
			continue // an entry, or a list that never came into being
		}
		if !first || !last || count[pseudo(n, 250)] == 0 {
			v.t.Errorf("list %d is there in part", n)
		}
		if (count[pseudo(n, 20_000)] > 0) != (count[pseudo(n, 24_999)] > 0) {
			v.t.Errorf("list %d is there in part", n)
		}
	}
}

// matches asks whether a hash is found.
func (v *victim) matches(hash string) {
	v.t.Helper()
	var rec struct {
		Outcome struct {
			Matches []any `json:"matches"`
		} `json:"outcome"`
	}
	text := v.must(http.MethodPost, "/v1/matches", "application/json", strings.NewReader(`{"signals":[{"type":"pdq","value":"`+hash+`"}]}`))
	if err := json.Unmarshal(text, &rec); err != nil {
		v.t.Fatal(err)
	}
	if len(rec.Outcome.Matches) == 0 {
		v.t.Errorf("a hash of an acknowledged list is not found after the kill")
	}
}
