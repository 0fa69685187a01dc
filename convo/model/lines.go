//go:build !small

package model

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/jaga-project/jaga/convo/eval"
)

// MaxLine is the length of the longest line that is read, in bytes: a long
// conversation fits, a file without line ends does not.
const MaxLine = 16 << 20

// faultsKept is how many faults are shown.
const faultsKept = 10

// eachLine calls use with every line that is not blank. A fault that use
// returns is counted, or under strict options ends the reading.
func eachLine(file string, r io.Reader, o eval.ReadOptions, use func(line int, data []byte) *eval.LineError) (eval.Skipped, error) {
	var skipped eval.Skipped
	in := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	for n := 1; ; n++ {
		var long bool
		var err error
		line, long, err = nextLine(in, line[:0])
		if err != nil && !errors.Is(err, io.EOF) {
			return skipped, fmt.Errorf("reading %s, line %d: %w", file, n, err)
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		var fault *eval.LineError
		if long {
			fault = &eval.LineError{Msg: fmt.Sprintf("longer than %d bytes", MaxLine)}
		} else if data := bytes.TrimSpace(line); len(data) > 0 {
			fault = use(n, data)
		}
		if fault != nil {
			fault.File, fault.Line = file, n
			if o.Strict {
				return skipped, fault
			}
			skipped.Count++
			if len(skipped.First) < faultsKept {
				skipped.First = append(skipped.First, fault)
			}
		}
		if err != nil {
			return skipped, nil
		}
	}
}

// nextLine appends the next line to buf; of one beyond MaxLine it keeps
// nothing. The last line comes with io.EOF.
func nextLine(in *bufio.Reader, buf []byte) (line []byte, long bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(buf)+len(part) > MaxLine; !long {
			buf = append(buf, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return buf, long, err
		}
	}
}
