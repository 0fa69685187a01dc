//go:build !wasm

package jaga_test

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// unwanted is text that has no place in any file of the repository.
var unwanted = []struct {
	pattern *regexp.Regexp
	why     string
}{
	{regexp.MustCompile(`(^|[\s"'=(:])/(work|home/[a-z]+|Users/[a-z]+)/`), "a path of one machine means nothing on another"},
	{regexp.MustCompile(`(^|[\s"'=(:])/root/`), "a path of one machine means nothing on another"},
	{regexp.MustCompile(`\b(proxy\.golang\.|registry\.npmjs\.|files\.pythonhosted\.|static\.crates\.|repo1\.maven\.)`), "which registry answers is the user's setting, not ours"},
	{regexp.MustCompile(`(?i)\bco-authored-by:`), "the history names its authors"},
	{regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b`), "unfinished work is an issue, not a comment"},
	{regexp.MustCompile(`(?i)\b(lorem ipsum|for now[,.]|not (yet )?implemented)`), "say what is there; what is missing is an issue"},
	{regexp.MustCompile(`(?i)\b(child porn|kiddie|child prostitut|child sex tourism)`), "words that blame children or excuse adults; see the vocabulary in docs/words.md"},
	{regexp.MustCompile(`^(<{7} |>{7} |={7}$)`), "a conflict was not resolved"},
	{regexp.MustCompile(`AGE-SECRET-KEY-1[0-9A-Z]{20,}|-----BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY-----`), "a secret"},
}

// exempt files hold the patterns themselves or are other people's text.
func exempt(path string) bool {
	switch filepath.Base(path) {
	case "hygiene_test.go", "LICENSE", "go.sum":
		return true
	}
	return strings.Contains(path, "/vendor/") || strings.Contains(path, "/third_party/")
}

// tracked lists the repository's files; a source archive without git has no
// others either, so there everything is looked at.
func tracked(t *testing.T) []string {
	t.Helper()
	if out, err := exec.Command("git", "ls-files", "-z").Output(); err == nil && len(out) > 0 {
		return strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	}
	var files []string
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestHygiene(t *testing.T) {
	t.Parallel()
	for _, path := range tracked(t) {
		data, err := os.ReadFile(path)
		if err != nil || exempt(path) {
			continue // removed and not committed yet, or exempt
		}
		if len(data) > 1<<20 {
			t.Errorf("%s has %d bytes: large files are made by a test, not kept", path, len(data))
		}
		if bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data) {
			continue
		}
		n := 0
		for line := range strings.Lines(string(data)) {
			n++
			line = strings.TrimRight(line, "\n")
			for _, u := range unwanted {
				if u.pattern.MatchString(line) {
					t.Errorf("%s:%d: %q: %s", path, n, u.pattern.FindString(line), u.why)
				}
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestHygieneLinks follows every relative link of the pages.
func TestHygieneLinks(t *testing.T) {
	t.Parallel()
	for _, path := range tracked(t) {
		if filepath.Ext(path) != ".md" || exempt(path) {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(string(data), -1) {
			u, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: link %q: %v", path, m[1], err)
				continue
			}
			if u.Scheme != "" {
				continue
			}
			target := path
			if u.Path != "" {
				target = filepath.Join(filepath.Dir(path), filepath.FromSlash(u.Path))
			}
			text, err := os.ReadFile(target)
			if err != nil {
				if info, serr := os.Stat(target); serr != nil || !info.IsDir() {
					t.Errorf("%s: link %q leads nowhere", path, m[1])
				}
				continue
			}
			if u.Fragment != "" && !hasHeading(string(text), u.Fragment) {
				t.Errorf("%s: link %q: no such heading in %s", path, m[1], target)
			}
		}
	}
}

var notAnchor = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)

func hasHeading(text, anchor string) bool {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			continue
		}
		h := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
		h = strings.ReplaceAll(notAnchor.ReplaceAllString(h, ""), " ", "-")
		if h == anchor {
			return true
		}
	}
	return false
}
