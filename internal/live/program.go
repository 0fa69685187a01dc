package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// program is ffmpeg with what it may use.
type program struct {
	args    []string
	network bool // sockets, and no files
	stdin   io.Reader
	stdout  *os.File
}

// running is a program that was started.
type running struct {
	cmd  *exec.Cmd
	said *tail
	done chan struct{}
	err  error
}

// startProgram runs ffmpeg. It is the one place where a watch starts a program.
func startProgram(ctx context.Context, path string, p program) (*running, error) {
	cmd := exec.CommandContext(ctx, path, p.args...)
	cmd.Env = []string{} // no proxies, and nothing of ours
	cmd.Stdin = p.stdin
	cmd.Stdout = p.stdout
	cmd.WaitDelay = 2 * time.Second
	r := &running{cmd: cmd, said: &tail{}, done: make(chan struct{})}
	cmd.Stderr = r.said
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	go func() {
		r.err = cmd.Wait()
		close(r.done)
	}()
	return r, nil
}

// why says in few words why the program ended. What it said itself may hold the
// address of the stream and is not repeated.
func (r *running) why() string {
	var exit *exec.ExitError
	switch said := r.said.String(); {
	case r.err == nil:
		return "it ended"
	case errors.As(r.err, &exit) && !exit.Exited():
		return "it was killed"
	case strings.Contains(said, "404"), strings.Contains(said, "403"), strings.Contains(said, "401"):
		return "the server refused"
	case strings.Contains(said, "Connection refused"):
		return "nobody listens there"
	case strings.Contains(said, "Could not find tag for codec"), strings.Contains(said, "is not supported"), strings.Contains(said, "not currently supported"):
		return "unsupported codec"
	case strings.Contains(said, "matches no streams"):
		return "no picture"
	case strings.Contains(said, "Invalid data"):
		return "what came is no stream"
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
