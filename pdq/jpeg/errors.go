package jpeg

import (
	"errors"
	"fmt"
)

// The kinds of failure, for errors.Is. Every error of this package wraps one of
// them, or is what [Limits.Stop] returned.
var (
	// ErrFormat: the data does not begin as a JPEG file does.
	ErrFormat = errors.New("not a JPEG file")
	// ErrTruncated: the data ends before the picture does.
	ErrTruncated = errors.New("truncated")
	// ErrDamaged: the data contradicts the format.
	ErrDamaged = errors.New("damaged")
	// ErrUnsupported: a valid kind of JPEG that the function does not read.
	ErrUnsupported = errors.New("unsupported")
	// ErrPixels: the picture has more pixels than allowed.
	ErrPixels = errors.New("too many pixels")
	// ErrMemory: decoding would take more memory than allowed.
	ErrMemory = errors.New("too much memory")
)

func fail(kind error, format string, args ...any) error {
	return fmt.Errorf("jpeg: %w: %s", kind, fmt.Sprintf(format, args...))
}
