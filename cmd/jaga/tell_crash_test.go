//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/storetest"
)

// TestKillTell kills a server again and again while people write to the team,
// and looks whether every message that got a number and a PIN can be read with
// them afterwards, and none stands in a file of the installation or in the log.
func TestKillTell(t *testing.T) {
	t.Parallel()
	rounds := 20
	if testing.Short() {
		rounds = 4
	}
	t.Run("sqlite", func(t *testing.T) { killTell(t, rounds, "") })
	t.Run("postgres", func(t *testing.T) { killTell(t, rounds/4, storetest.Postgres(t)) })
}

var sentPage = regexp.MustCompile(`<dd>([0-9A-Z-]{14})</dd>.*<dd>([0-9 ]{11})</dd>`)

const tellCanary = "amber-compass"

func killTell(t *testing.T, rounds int, storeURL string) {
	v := &victim{t: t, data: filepath.Join(t.TempDir(), "data"), store: storeURL}
	v.wrap = func(c *exec.Cmd) *exec.Cmd {
		c.Env = append(c.Env, "JAGA_TELL_TEAM=Tim Uji", "JAGA_TELL_HOURS=daily 00:00-24:00", "JAGA_TELL_ZONE=Asia/Jakarta", "JAGA_TELL_ANSWER_WITHIN=4h", "JAGA_LOG_LEVEL=debug")
		return c
	}
	var logs strings.Builder
	post := func(ctx context.Context, from string, form url.Values) (int, string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.at.URL+"/guide/en/m", strings.NewReader(form.Encode()))
		if err != nil {
			return 0, ""
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("X-Forwarded-For", from)
		r, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, ""
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return 0, ""
		}
		return r.StatusCode, string(body)
	}
	type slip struct{ number, pin, text string }
	var mu sync.Mutex
	var sent, open []slip
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	n := 0
	v.start()
	for round := range rounds {
		var writers sync.WaitGroup
		ctx, cancel := context.WithCancel(t.Context())
		for w := range 3 {
			n++
			from := fmt.Sprintf("10.%d.%d.1", n, w)
			writers.Go(func() {
				for i := 0; i < 4 && ctx.Err() == nil; i++ {
					text := fmt.Sprintf("%s %d %d %d", tellCanary, round, w, i)
					status, body := post(ctx, from, url.Values{"do": {"send"}, "text": {text}})
					if m := sentPage.FindStringSubmatch(strings.ReplaceAll(body, "\n", "")); status == http.StatusOK && m != nil {
						mu.Lock()
						sent = append(sent, slip{m[1], m[2], text})
						mu.Unlock()
					}
				}
			})
		}
		time.Sleep(time.Duration(20+r.IntN(400)) * time.Millisecond)
		v.kill()
		cancel()
		writers.Wait()
		logs.WriteString(v.out.String())
		v.start()
		for i, s := range sent[len(open):] {
			status, body := post(t.Context(), fmt.Sprintf("10.%d.200.%d", n, i), url.Values{"do": {"look"}, "number": {s.number}, "pin": {s.pin}})
			if status != http.StatusOK || !strings.Contains(body, s.text) {
				t.Fatalf("round %d: a message that was acknowledged is lost: %d", round, status)
			}
			open = append(open, s)
		}
	}
	v.stop()
	logs.WriteString(v.out.String())
	if len(sent) == 0 {
		t.Error("nothing was acknowledged: the test shows nothing")
	}
	t.Logf("%d kills: %d messages were acknowledged, and all can be read", rounds, len(sent))
	if strings.Contains(logs.String(), tellCanary) || strings.Contains(logs.String(), "10.1.0.1") || strings.Contains(logs.String(), "/guide/en/m") {
		t.Error("the log tells what was written, from where, or that somebody wrote")
	}
	err := filepath.WalkDir(v.data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), tellCanary) {
			t.Errorf("%s holds what was written", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if out, err := v.command("verify", "--json").CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// TestTellSettings: the box is off, or complete.
func TestTellSettings(t *testing.T) {
	t.Parallel()
	full := map[string]string{"JAGA_TELL_TEAM": "Tim Uji", "JAGA_TELL_HOURS": "mon-fri 09:00-17:00,sat 10:00-12:00", "JAGA_TELL_ZONE": "Asia/Jakarta", "JAGA_TELL_ANSWER_WITHIN": "4h", "JAGA_TELL_CLOSED_DAYS": "2026-12-25"}
	load := func(change func(map[string]string)) (Config, error) {
		env := map[string]string{}
		maps.Copy(env, full)
		change(env)
		var list []string
		for k, x := range env {
			list = append(list, k+"="+x)
		}
		return LoadConfig("", t.TempDir(), list)
	}
	cfg, err := load(func(map[string]string) {})
	if err != nil {
		t.Fatal(err)
	}
	if opt, err := cfg.Tell.options(); err != nil || opt.Team != "Tim Uji" || opt.Goal != 4*time.Hour || opt.Keep != 90*24*time.Hour || opt.Hours.Never() {
		t.Errorf("%+v, %v", opt, err)
	}
	if _, err := load(func(env map[string]string) { clear(env) }); err != nil {
		t.Errorf("off: %v", err)
	}
	for name, field := range map[string]string{"JAGA_TELL_TEAM": "tell.team", "JAGA_TELL_HOURS": "tell.hours", "JAGA_TELL_ZONE": "tell.zone", "JAGA_TELL_ANSWER_WITHIN": "tell.answer_within"} {
		if _, err := load(func(env map[string]string) { delete(env, name) }); err == nil || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("without %s: %v", name, err)
		}
	}
	for name, x := range map[string]string{"JAGA_TELL_HOURS": "mon 9-17", "JAGA_TELL_ZONE": "Mars/Base", "JAGA_TELL_CLOSED_DAYS": "x", "JAGA_TELL_KEEP_DAYS": "1"} {
		if _, err := load(func(env map[string]string) { env[name] = x }); err == nil || !strings.HasPrefix(err.Error(), "tell.") {
			t.Errorf("%s=%s: %v", name, x, err)
		}
	}
}
