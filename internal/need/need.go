// Package need lets a test say which outside programs it needs. Without one,
// the test is skipped with the reason, on a line of its own that scripts sum
// up; where JAGA_REQUIRE names the need, or is "all", the test fails instead,
// so that a complete run cannot quietly leave something out.
package need

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Required reports whether JAGA_REQUIRE asks for the need.
func Required(name string) bool {
	list := strings.Split(os.Getenv("JAGA_REQUIRE"), ",")
	return slices.Contains(list, name) || slices.Contains(list, "all")
}

// Missing skips the test because of the need, or fails it where it is required.
func Missing(t testing.TB, name, why string) {
	t.Helper()
	if Required(name) {
		t.Fatalf("jaga: required but missing: %s: %s", name, why)
	}
	t.Skipf("jaga: skipped %s: needs %s: %s", t.Name(), name, why)
}

// Tool returns the path of the first of the programs that is installed. name
// is how JAGA_REQUIRE calls the need.
func Tool(t testing.TB, name string, programs ...string) string {
	t.Helper()
	for _, p := range append(programs, name) {
		if path, err := exec.LookPath(p); err == nil {
			return path
		}
	}
	Missing(t, name, "not installed")
	return ""
}

// File returns path if it is there.
func File(t testing.TB, name, path string) string {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		Missing(t, name, err.Error())
	}
	return path
}
