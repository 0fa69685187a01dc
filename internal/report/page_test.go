package report

import (
	"strings"
	"testing"
)

func TestThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 12497500: "12,497,500"} {
		if got := Thousands(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestReflowKeepsWhatIsNoProse(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("nine char ", 12)
	table := "| " + long + " |\n"
	code := "```sh\n" + long + "\n```\n"
	got := reflow("# " + long + "\n\n* " + long + "\n\n" + table + "\n" + code)
	if !strings.Contains(got, table) || !strings.Contains(got, code) || !strings.HasPrefix(got, "# "+long+"\n") {
		t.Errorf("changed a heading, table or code:\n%s", got)
	}
	item := got[strings.Index(got, "* "):strings.Index(got, "\n\n|")]
	lines := strings.Split(item, "\n")
	if len(lines) != 2 || len(lines[0]) > 80 || !strings.HasPrefix(lines[1], "  ") || strings.Join(strings.Fields(item), " ") != strings.TrimSpace("* "+long) {
		t.Errorf("the list item became %q", lines)
	}
	if got := reflow(strings.Repeat("x", 79) + " %\n"); strings.Count(got, "\n") != 1 {
		t.Errorf("a number lost its unit: %q", got)
	}
}
