package console

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every reason that the decoders give is known here, so that no page in another
// language falls back to English when one is worded anew.
func TestDetailsKnowTheDecodersReasons(t *testing.T) {
	t.Parallel()
	reason := regexp.MustCompile(`notChecked\(jaga\.\w+, "([^"]+)"`)
	files, err := filepath.Glob("../../media/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reason.FindAllStringSubmatch(string(text), -1) {
			if m[1] == "%s" {
				continue // put together from other sentences
			}
			found++
			sentence := strings.NewReplacer("%d", "12", "%s", "10s").Replace(m[1])
			known := false
			for _, d := range details {
				known = known || d.sentence.MatchString(sentence)
			}
			if !known {
				t.Errorf("%s: %q is not among the sentences that are translated", filepath.Base(file), m[1])
			}
		}
	}
	if found < 10 {
		t.Errorf("%d reasons were found: the test looks in the wrong place", found)
	}
}

// Every problem that reading a chat can name is known here, too.
func TestDetailsKnowTheProblemsOfChats(t *testing.T) {
	t.Parallel()
	problem := regexp.MustCompile(`\.(?:odd|lose)\([^"\n]*(?:"[A-Za-z_.]*", )?"((?:[^"\\]|\\.)+)"`)
	files, err := filepath.Glob("../../chatfile/*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range problem.FindAllStringSubmatch(string(text), -1) {
			if m[1] == "%s" {
				continue // put together from other sentences
			}
			found++
			sentence := strings.NewReplacer("%d", "12", "%s", `"x"`, "%v", "a word", `\"`, `"`).Replace(m[1])
			known := false
			for _, d := range details {
				known = known || d.sentence.MatchString(sentence)
			}
			if !known {
				t.Errorf("%s: %q is not among the sentences that are translated", filepath.Base(file), m[1])
			}
		}
	}
	if found < 50 {
		t.Errorf("%d problems were found: the test looks in the wrong place", found)
	}
}
