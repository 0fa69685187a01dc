package main

import (
	"io"
	"os"
	"strconv"

	"github.com/vbauerster/mpb/v8/cwriter"
)

// defaultWidth is for output that goes to a file or a pipe.
const defaultWidth = 80

// terminalLook returns how many columns there are to write in, and whether
// colour may be used: on a terminal, unless NO_COLOR is set (no-color.org).
func terminalLook(w io.Writer, environ []string) (width int, colour bool) {
	width = defaultWidth
	if n, err := strconv.Atoi(envValue(environ, "COLUMNS")); err == nil && n > 0 {
		width = n
	}
	f, ok := w.(*os.File)
	if !ok || !isTerminal(w) || !cwriter.IsTerminal(int(f.Fd())) { // isTerminal takes every device
		return width, false
	}
	if n, _, err := cwriter.GetSize(int(f.Fd())); err == nil && n > 0 {
		width = n
	}
	return width, envValue(environ, "NO_COLOR") == ""
}
