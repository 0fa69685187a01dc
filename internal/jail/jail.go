// Package jail runs programs that read hostile files: ffmpeg, and decoders of our
// own. Such a program can compute, read what it was handed, and write its answer
// into pipes. It cannot open any other file, write a file, reach the network,
// start a program, or go on for ever.
//
// Our own binary is executed again as a launcher, which takes everything away
// from itself and then becomes the program:
//
//   - Landlock: the program and the shared libraries of the system can be read,
//     the files that were handed over can be read, and nothing else. With ABI 4
//     no TCP, with ABI 6 no signals and no abstract sockets beyond the jail.
//   - seccomp: a list of system calls that computing takes. All others fail,
//     among them every kind of socket, starting a process, and tracing one.
//   - no_new_privs, and namespaces of its own for users, network, host name and
//     System V objects, where the kernel lets an ordinary user make them. There is
//     none for process ids: a cgo program that sets privileges on all its threads
//     spins for ever in one.
//   - limits on memory, processor time, descriptors and the size of files (0), no
//     core dumps, and a limit on time by the clock, kept by the parent.
//   - no descriptors but those named, and an empty environment.
//
// The launcher is [Main]: a program that uses this package calls it before anything
// else, and so does TestMain of a test binary. It needs Linux 5.13 for Landlock
// (kernel.org, userspace-api/landlock.rst); on other systems Start refuses.
package jail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Spec is a program to run confined.
type Spec struct {
	// Path is the absolute path of the program, or empty for a worker of our own,
	// of which Args[0] is the name that [Main] knows.
	Path string
	// Args are the arguments, without the program's name.
	Args []string
	// Files become descriptors 3, 4, … The program may also open them again, for
	// reading, as /proc/self/fd/N.
	Files []*os.File
	// Stdin is what the program reads, Stdout and Stderr take what it writes; nil
	// is nothing. An *os.File is handed over as it is, and the caller closes its
	// own copy; anything else is copied by a goroutine through a pipe.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Network allows sockets, and reading what resolving names and checking
	// certificates takes. It is for fetching streams, never for decoding them.
	Network bool
	// Unconfined runs the program also where the kernel lacks Landlock or
	// seccomp. It is what an operator decided, knowing that a hole in the decoder
	// is then a hole in the machine.
	Unconfined bool
	Limits     Limits
}

// Limits bound what a program may cost. 0 is the default, less is no limit.
type Limits struct {
	Memory int64         // bytes that it may write to; default 2 GiB
	CPU    time.Duration // of the processor, rounded up to seconds; default 10 minutes
	Wall   time.Duration // by the clock; default 10 minutes
}

const (
	defaultMemory = 2 << 30
	defaultTime   = 10 * time.Minute
)

func (l Limits) filled() Limits {
	if l.Memory == 0 {
		l.Memory = defaultMemory
	}
	if l.CPU == 0 {
		l.CPU = defaultTime
	}
	if l.Wall == 0 {
		l.Wall = defaultTime
	}
	return l
}

// Worker is a program of our own that runs in the jail. Its standard input and
// output and its descriptors are those of the [Spec]; what Run returns is the exit
// status.
type Worker struct {
	Name string
	Run  func(args []string) int
}

// Report says which protections are in force.
type Report struct {
	Landlock   int    `json:"landlock"` // ABI version; 0 is none
	Seccomp    bool   `json:"seccomp"`
	Namespaces bool   `json:"namespaces"` // users, network, host name, System V
	Limits     bool   `json:"limits"`
	Missing    string `json:"missing,omitempty"` // why programs are refused, or empty
}

// Confined reports whether programs are run without [Spec.Unconfined].
func (r Report) Confined() bool { return r.Missing == "" }

// String is one line for people.
func (r Report) String() string {
	var parts []string
	add := func(have bool, text string) {
		if !have {
			text = "no " + text
		}
		parts = append(parts, text)
	}
	if r.Landlock > 0 {
		parts = append(parts, fmt.Sprintf("Landlock ABI %d", r.Landlock))
	} else {
		parts = append(parts, "no Landlock")
	}
	add(r.Seccomp, "seccomp")
	add(r.Namespaces, "namespaces")
	add(r.Limits, "limits")
	return strings.Join(parts, ", ")
}

// Unavailable says that a program was not run, because it could not be confined.
type Unavailable struct{ Why string }

// Error returns why.
func (u *Unavailable) Error() string { return "programs cannot be confined: " + u.Why }

// Cause is why a program was ended from outside.
type Cause string

// The causes.
const (
	ByClock  Cause = "time"   // Limits.Wall
	ByCPU    Cause = "cpu"    // Limits.CPU
	ByMemory Cause = "memory" // Limits.Memory, as far as the program said so
	BySignal Cause = "signal" // a crash, or somebody's kill
)

// Killed says that a program did not end by itself.
type Killed struct {
	Cause  Cause
	Signal syscall.Signal // 0 when it gave up by itself for want of memory
}

// Error names the cause.
func (k *Killed) Error() string {
	switch k.Cause {
	case ByClock:
		return "the program took too long"
	case ByCPU:
		return "the program took too much processor time"
	case ByMemory:
		return "the program needed more memory than it may have"
	}
	return "the program was ended by a signal: " + k.Signal.String()
}

// Failed says that a program ended with a status other than 0.
type Failed struct{ Status int }

// Error names the status.
func (f *Failed) Error() string { return fmt.Sprintf("the program ended with status %d", f.Status) }

// Process is a program that was started. It must be waited for.
type Process struct {
	// Report says how it is confined.
	Report Report

	proc    *os.Process
	ctx     context.Context // of the caller
	cpu     time.Duration   // the limit; 0 is none
	late    atomic.Bool     // the limit by the clock passed
	said    *ends           // of its standard error
	copies  sync.WaitGroup  // from its output
	done    chan struct{}
	state   *os.ProcessState
	waitErr error
}

// Pid is the process id.
func (p *Process) Pid() int { return p.proc.Pid }

// Kill ends the program at once. [Process.Wait] still has to be called.
func (p *Process) Kill() {
	select {
	case <-p.done: // the id may be another's by now
	default:
		kill(p.proc.Pid)
	}
}

// Usage returns the processor time of a program that has ended, and the most
// memory in bytes that it held.
func (p *Process) Usage() (cpu time.Duration, memory int64) {
	<-p.done
	if p.state == nil {
		return 0, 0
	}
	return p.state.UserTime() + p.state.SystemTime(), peak(p.state)
}

// Wait waits until the program has ended and all that it wrote was taken. Its error
// is *[Killed], *[Failed], or that of the context given to [Start]. It may be called
// several times.
func (p *Process) Wait() error {
	<-p.done
	p.copies.Wait()
	if p.waitErr != nil {
		return fmt.Errorf("wait for program: %w", p.waitErr)
	}
	if p.state.Success() {
		return nil
	}
	ws, _ := p.state.Sys().(syscall.WaitStatus)
	switch {
	case p.late.Load():
		return &Killed{ByClock, syscall.SIGKILL}
	case p.ctx.Err() != nil && ws.Signaled():
		return p.ctx.Err()
	case p.said.any("annot allocate memory", "out of memory", "failed to allocate"):
		k := &Killed{Cause: ByMemory}
		if ws.Signaled() {
			k.Signal = ws.Signal()
		}
		return k
	case ws.Signaled():
		k := &Killed{BySignal, ws.Signal()}
		// Who does not heed the first signal gets one that says nothing.
		if cpu, _ := p.Usage(); p.cpu > 0 && cpu >= p.cpu {
			k.Cause = ByCPU
		}
		return k
	}
	return &Failed{p.state.ExitCode()}
}

// Start runs a program in the jail. It ends when it wants to, when ctx ends, or at
// a limit. The error is *[Unavailable] when the kernel lacks what confines it and
// [Spec.Unconfined] does not allow that.
func Start(ctx context.Context, s Spec) (*Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.Path == "" && len(s.Args) == 0 {
		return nil, errors.New("start program: neither a path nor a worker is named")
	}
	if s.Path != "" {
		if _, err := os.Stat(s.Path); err != nil {
			return nil, fmt.Errorf("start program: %w", err)
		}
	}
	s.Limits = s.Limits.filled()
	return start(ctx, s)
}

// Check tells which protections are in force here, by running a program that does
// nothing.
func Check() Report {
	p, err := Start(context.Background(), Spec{Args: []string{nothing}, Limits: Limits{Wall: 10 * time.Second}})
	var un *Unavailable
	switch {
	case errors.As(err, &un):
		r := Report{Missing: un.Why}
		if p != nil {
			r = p.Report
		}
		return r
	case err != nil:
		return Report{Missing: err.Error()}
	}
	if err := p.Wait(); err != nil {
		return Report{Missing: err.Error()}
	}
	return p.Report
}

// nothing is the worker that does nothing.
const nothing = "nothing"

// ends keeps the beginning and the end of what is written to it, and passes
// everything on.
type ends struct {
	to          io.Writer
	mu          sync.Mutex
	first, last []byte
}

// endBytes is how much is kept of each.
const endBytes = 4 << 10

func (e *ends) Write(b []byte) (int, error) {
	e.mu.Lock()
	e.first = append(e.first, b[:min(len(b), endBytes-len(e.first))]...)
	e.last = append(e.last, b[max(0, len(b)-endBytes):]...)
	e.last = append(e.last[:0], e.last[max(0, len(e.last)-endBytes):]...)
	e.mu.Unlock()
	if e.to == nil {
		return len(b), nil
	}
	return e.to.Write(b)
}

func (e *ends) any(words ...string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, w := range words {
		if strings.Contains(string(e.first), w) || strings.Contains(string(e.last), w) {
			return true
		}
	}
	return false
}
