package live

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/jaga-project/jaga/internal/jail"
)

// program is ffmpeg with what it may use. It is confined: with network it has
// sockets and no files, without it neither.
type program struct {
	args    []string
	network bool
	memory  int64
	stdin   io.Reader
	stdout  *os.File
}

// running is a program that was started.
type running struct {
	*jail.Process
	said *tail
}

// ffmpeg starts programs; Unconfined is what [jail.Spec] says of it.
type ffmpeg struct {
	path       string
	unconfined bool
}

func (f ffmpeg) start(ctx context.Context, p program) (*running, error) {
	said := &tail{}
	proc, err := jail.Start(ctx, jail.Spec{
		Path: f.path, Args: p.args, Stdin: p.stdin, Stdout: p.stdout, Stderr: said, Network: p.network, Unconfined: f.unconfined,
		// A stream has no end; what it costs is bounded by the memory, and by the
		// pool, which decodes less of a stream that costs too much.
		Limits: jail.Limits{Memory: p.memory, CPU: -1, Wall: -1},
	})
	if err != nil {
		return nil, err
	}
	return &running{proc, said}, nil
}

// Reasons that decide what is tried next.
const (
	whyCodec  = "the codec is not supported"
	whyOption = "it is no playlist"
)

// through starts a program that decodes: what is written to in goes through it and
// is read from out. It has neither network nor files.
func (f ffmpeg) through(ctx context.Context, args []string) (run *running, in, out *os.File, err error) {
	inR, in, err := os.Pipe()
	if err != nil {
		return nil, nil, nil, err
	}
	out, outW, err := os.Pipe()
	if err != nil {
		_, _ = inR.Close(), in.Close()
		return nil, nil, nil, err
	}
	run, err = f.start(ctx, program{args: args, memory: decodeMemory, stdin: inR, stdout: outW})
	_, _ = inR.Close(), outW.Close() // the process has them
	if err != nil {
		_, _ = in.Close(), out.Close()
		return nil, nil, nil, err
	}
	return run, in, out, nil
}

// why says in few words why a program ended. What it said itself may hold the
// address of the stream and is not repeated.
func (r *running) why() string {
	err := r.Wait()
	var killed *jail.Killed
	switch said := r.said.String(); {
	case errors.As(err, &killed) && killed.Cause == jail.ByMemory:
		return "it needed more memory than it may have"
	case errors.As(err, &killed):
		return "it was killed"
	case strings.Contains(said, "404"), strings.Contains(said, "403"), strings.Contains(said, "401"):
		return "the server refused"
	case strings.Contains(said, "502"):
		return "the server was not reached, or its address is not allowed"
	case strings.Contains(said, "Connection refused"):
		return "nobody listens there"
	case strings.Contains(said, "Could not find tag for codec"), strings.Contains(said, "incorrect codec parameters"), strings.Contains(said, "not currently supported"):
		return whyCodec
	case strings.Contains(said, "Option allowed_extensions not found"):
		return whyOption
	case strings.Contains(said, "matches no streams"):
		return "it has no picture"
	case strings.Contains(said, "Invalid data"):
		return "what came is no stream"
	case err == nil:
		return "it ended"
	}
	return "it failed"
}

// tail keeps the end of what a program says.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - tailBytes; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.ToValidUTF8(t.buf, nil))
}
