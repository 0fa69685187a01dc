package weblist

import (
	"strings"
	"testing"
)

// TestExamples: every level is explained by what it covers and by what it does
// not, and no candidate was dropped because it did not hold.
func TestExamples(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string][2]string{
		"listed.example":                {"https://listed.example/ http://www.listed.example/page?id=1", "https://other-listed.example/ https://listed.example.other.example/"},
		"=www.listed.example":           {"https://www.listed.example/ http://www.listed.example/page?id=1", "https://sub.www.listed.example/ https://listed.example/"},
		"listed.example/album/*":        {"https://listed.example/album http://www.listed.example/album/page?id=1 https://listed.example/album/a/b", "https://listed.example/album-other https://listed.example/"},
		"https://listed.example/a?id=7": {"https://listed.example/a?id=7 http://www.listed.example/a?id=7#part", "https://listed.example/a?id=7/more https://listed.example/a?id=7&more=1 https://listed.example/"},
		"192.0.2.7":                     {"https://192.0.2.7/ http://192.0.2.7/page?id=1", ""},
	} {
		k, err := ParseEntry(entry)
		if err != nil {
			t.Fatalf("%s: %v", entry, err)
		}
		checkExamples(t, entry, k, want, " ")
	}
	for entry, want := range map[string][2]string{
		"Zorvak":        {"zorvak|ZORVAK!|z o r v a k", "xzorvak"},
		"zorvak MELATI": {"zorvak melati|ZORVAK MELATI!|z o r v a k melati", "xzorvak melati|melati zorvak|zorvak"},
	} {
		k, err := ParsePhrase(entry)
		if err != nil {
			t.Fatalf("%s: %v", entry, err)
		}
		checkExamples(t, entry, k, want, "|")
	}
}

func checkExamples(t *testing.T, entry string, k Key, want [2]string, sep string) {
	t.Helper()
	var got [2][]string
	for _, x := range k.Examples() {
		i := 1
		if x.Covered {
			i = 0
		}
		got[i] = append(got[i], x.Text)
	}
	for i := range got {
		if text := strings.Join(got[i], sep); text != want[i] {
			t.Errorf("%s: got %q, want %q", entry, text, want[i])
		}
	}
}

// TestAddressOfNumbers: an IP address on a list is that host, since nothing is
// below it.
func TestAddressOfNumbers(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{"192.0.2.7", "=192.0.2.7", "http://192.0.2.7/*", "192.0.2.7/*"} {
		k, err := ParseEntry(entry)
		if err != nil || !k.Covers("see http://192.0.2.7/a and") {
			t.Errorf("%s does not cover the host: %v, %v", entry, k.Level, err)
		}
	}
	if _, err := ParseEntry("*.192.0.2.7"); err == nil {
		t.Error("something is below an IP address")
	}
}
