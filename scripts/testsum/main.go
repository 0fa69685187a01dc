// Testsum reads the output of go test -json and prints what a person wants to
// see of it: the closing line of every package, all output of what failed,
// and at the end the skipped tests grouped by reason and one line of totals.
// It exits 1 when a test or a package failed, or when no test ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

func main() {
	if !summarise(os.Stdin, os.Stdout) {
		os.Exit(1)
	}
}

// event is one line of test2json's output; see go doc test2json.
type event struct {
	Action     string
	Package    string
	ImportPath string // of build output
	Test       string
	Output     string
}

type key struct{ pkg, test string }

func summarise(r io.Reader, w io.Writer) bool {
	var (
		passed, failed, skipped int
		brokenPackages          int
		output                  = map[key][]string{}
		reasons                 = map[string][]string{} // why → tests
	)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(w, lines.Text()) // the go command speaking for itself
			continue
		}
		k := key{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			fmt.Fprint(w, e.Output)
		case "output":
			if e.Test == "" {
				if line := e.Output; isClosing(line) {
					fmt.Fprint(w, line)
				} else {
					output[k] = append(output[k], line)
				}
				continue
			}
			output[k] = append(output[k], e.Output)
		case "pass", "fail", "skip":
			if e.Test == "" {
				if e.Action == "fail" {
					brokenPackages++
					printAll(w, output[k])
				}
				delete(output, k)
				continue
			}
			switch e.Action {
			case "pass":
				passed++
			case "fail":
				failed++
				printAll(w, output[k])
			case "skip":
				skipped++
				why := reason(output[k])
				reasons[why] = append(reasons[why], short(e.Package)+"."+e.Test)
			}
			delete(output, k)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(w, "testsum: read:", err)
		brokenPackages++
	}
	// What never ended was killed; its output says why.
	for k, out := range output {
		if k.test != "" {
			fmt.Fprintf(w, "did not end: %s.%s\n", short(k.pkg), k.test)
			printAll(w, out)
		}
	}
	printSkips(w, reasons)
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	return failed == 0 && brokenPackages == 0 && passed > 0
}

// isClosing reports whether a package's output line is go test's last word on
// the package.
func isClosing(line string) bool {
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "---")
}

func printAll(w io.Writer, lines []string) {
	for _, l := range lines {
		fmt.Fprint(w, l)
	}
}

// reason finds the text of t.Skip in a test's output.
func reason(out []string) string {
	for _, l := range out {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "===") || strings.HasPrefix(l, "---") {
			continue
		}
		if _, text, ok := strings.Cut(l, ".go:"); ok {
			if _, text, ok = strings.Cut(text, ": "); ok {
				return text
			}
		}
		return l
	}
	return "no reason given"
}

func printSkips(w io.Writer, reasons map[string][]string) {
	if len(reasons) == 0 {
		return
	}
	fmt.Fprintln(w, "\nskipped:")
	whys := make([]string, 0, len(reasons))
	for why := range reasons {
		whys = append(whys, why)
	}
	slices.Sort(whys)
	for _, why := range whys {
		tests := reasons[why]
		fmt.Fprintf(w, "  %s\n", why)
		const shown = 4
		for _, t := range tests[:min(shown, len(tests))] {
			fmt.Fprintf(w, "    %s\n", t)
		}
		if more := len(tests) - shown; more > 0 {
			fmt.Fprintf(w, "    and %d more\n", more)
		}
	}
}

func short(pkg string) string {
	return strings.TrimPrefix(strings.TrimPrefix(pkg, "github.com/jaga-project/jaga"), "/")
}
