package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/storetest"
)

// codeBlock returns the block of a language on a page.
func codeBlock(t *testing.T, page, language string) string {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "\n```"+language+"\n")
	text, _, closed := strings.Cut(rest, "\n```\n")
	if !ok || !closed {
		t.Fatalf("%s has no block of %s", page, language)
	}
	return text + "\n"
}

// TestReceivers runs the code of docs/webhooks.md that checks signatures, on a
// real delivery and on ones that were changed.
func TestReceivers(t *testing.T) {
	t.Parallel()
	type delivery struct {
		Secret  string            `json:"secret"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	}
	var mu sync.Mutex
	var good delivery
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		good.Body, good.Headers = string(body), map[string]string{}
		for name := range r.Header {
			good.Headers[strings.ToLower(name)] = r.Header.Get(name)
		}
	}))
	t.Cleanup(srv.Close)
	s, err := action.New(storetest.Open(t, storetest.SQLite(t)), action.Options{Key: make([]byte, 32), Internal: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	target, old, err := s.AddTarget(t.Context(), "person:1", action.NewTarget{Name: "a", URL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rotate(t.Context(), "person:1", target.ID); err != nil { // two signatures
		t.Fatal(err)
	}
	if r, err := s.Test(t.Context(), "person:1", target.ID); err != nil || !r.OK {
		t.Fatal(r, err)
	}
	good.Secret = old
	changed := func(change func(d *delivery)) delivery {
		d := good
		d.Headers = maps.Clone(good.Headers)
		change(&d)
		return d
	}
	cases := []delivery{good,
		changed(func(d *delivery) { d.Body += " " }),
		changed(func(d *delivery) { d.Headers["webhook-id"] += "1" }),
		changed(func(d *delivery) { d.Headers["webhook-timestamp"] = "1000000000" }),
		changed(func(d *delivery) { d.Headers["webhook-signature"] = "v1,AAAA v2,x" }),
		changed(func(d *delivery) { d.Secret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }),
	}
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	want := good.Headers["webhook-id"] + strings.Repeat("\nrefused", len(cases)-1)
	const page = "../../docs/webhooks.md"
	for _, lang := range []struct {
		name, tool, file, before, after string
		run                             []string
	}{
		{"python", "python3", "verify.py", "", `
import json, sys
for c in json.load(sys.stdin):
    try:
        print(verify(c["secret"], c["headers"], c["body"].encode()))
    except ValueError:
        print("refused")
`, []string{"python3", "verify.py"}},
		{"js", "node", "verify.mjs", "", `
import { readFileSync } from "node:fs";
for (const c of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    console.log(verify(c.secret, c.headers, c.body));
  } catch {
    console.log("refused");
  }
}
`, []string{"node", "verify.mjs"}},
		{"go", "go", "verify.go", `package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

`, `
func main() {
	var cases []struct {
		Secret, Body string
		Headers      map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&cases); err != nil {
		panic(err)
	}
	for _, c := range cases {
		h := http.Header{}
		for k, v := range c.Headers {
			h.Set(k, v)
		}
		id, err := verify(c.Secret, h, []byte(c.Body))
		if err != nil {
			id = "refused"
		}
		fmt.Println(id)
	}
}
`, []string{"go", "run", "verify.go"}},
	} {
		t.Run(lang.name, func(t *testing.T) {
			need.Tool(t, lang.tool)
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, lang.file), []byte(lang.before+codeBlock(t, page, lang.name)+lang.after), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(lang.run[0], lang.run[1:]...)
			cmd.Dir, cmd.Stdin = dir, strings.NewReader(string(input))
			out, err := cmd.CombinedOutput()
			if err != nil || strings.TrimSpace(string(out)) != want {
				t.Errorf("%v: got\n%s\nwant\n%s", err, out, want)
			}
		})
	}
}
