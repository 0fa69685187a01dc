package eval

import (
	"fmt"
	"io"
)

// budgetReader bounds how much a decoder may take in for one piece of its
// input, which bounds its memory on a file that never closes what it opened.
type budgetReader struct {
	r    io.Reader
	most int64
	left int64
}

func newBudgetReader(r io.Reader, most int64) *budgetReader {
	return &budgetReader{r: r, most: most, left: most}
}

// renew starts the next piece.
func (b *budgetReader) renew() { b.left = b.most }

// errTooLong is what a read beyond the budget returns.
type errTooLong int64

func (e errTooLong) Error() string { return fmt.Sprintf("one piece is longer than %d bytes", int64(e)) }

func (b *budgetReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLong(b.most)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
