//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/need"
)

// TestFullDisk lets a server's files grow to a limit, which is to it what a
// full disk is: what it then refuses it says, what it took before is there, it
// goes on answering, and with room again it goes on taking.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	sh := need.Tool(t, "sh")
	v := &victim{t: t, data: filepath.Join(t.TempDir(), "data")}
	v.wrap = func(cmd *exec.Cmd) *exec.Cmd {
		// 8192 blocks of 512 bytes, or of 1 KiB where sh counts so.
		limited := exec.Command(sh, append([]string{"-c", `ulimit -f 8192 && exec "$0" "$@"`}, cmd.Args...)...)
		limited.Env = cmd.Env
		return limited
	}
	v.start()
	v.must(http.MethodPost, "/v1/banks", "application/json", strings.NewReader(`{"name":"FULL"}`))
	type acknowledged struct {
		ID int64 `json:"id"`
	}
	var entries []int64
	refusal := ""
	long := strings.Repeat("n", 250)
	for n := uint64(1); n < 50_000 && refusal == ""; n++ {
		// Many at a time: metadata makes rows large.
		body := fmt.Sprintf(`{"signals":[{"type":"pdq","value":"%s"}],"note":"%s","metadata":{"x":"%s"}}`, pseudo(n, 0), long, strings.Repeat("m", 60_000))
		r, err := v.send(context.Background(), http.MethodPost, "/v1/banks/FULL/entries", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatalf("the server ended: %v\n%s", err, v.out)
		}
		text, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode/100 == 2 {
			var e acknowledged
			if err := json.Unmarshal(text, &e); err != nil {
				t.Fatal(err)
			}
			entries = append(entries, e.ID)
			continue
		}
		if r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("status %d, want 503: %s", r.StatusCode, text)
		}
		refusal = string(text)
	}
	if len(entries) == 0 || !strings.Contains(refusal, "full") {
		t.Fatalf("%d entries were taken, then: %s", len(entries), refusal)
	}
	there := func() {
		t.Helper()
		for _, id := range entries {
			v.must(http.MethodGet, fmt.Sprintf("/v1/banks/FULL/entries/%d", id), "", nil)
		}
		v.matches(pseudo(1, 0))
	}
	there()
	v.kill() // not asked to end: nothing may hang on a tidy ending
	v.wrap = nil
	v.start()
	there()
	body := fmt.Sprintf(`{"signals":[{"type":"pdq","value":"%s"}]}`, pseudo(1<<40, 0))
	v.must(http.MethodPost, "/v1/banks/FULL/entries", "application/json", strings.NewReader(body))
	v.stop()
	if out, err := v.command("verify").CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	t.Logf("%d entries before the disk was full; then: %s", len(entries), refusal)
}
