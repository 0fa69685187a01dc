package jail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The first arguments by which our own binary knows that it is not started by a
// person.
const (
	launcherName = "jaga-jail"
	workerName   = "jaga-worker"
	// readyVar holds the process id of a program that called Main. Without that,
	// executing ourselves would start the whole program again, so Start refuses.
	readyVar = "_JAIL_READY"
)

// self is our own binary, also when its file was replaced meanwhile.
const self = "/proc/self/exe"

// order is what the launcher is told, as its only argument.
type order struct {
	Path       string   `json:"path"`
	Args       []string `json:"args"`
	Files      int      `json:"files"` // descriptors from 3 on
	Network    bool     `json:"network"`
	Unconfined bool     `json:"unconfined"`
	Memory     int64    `json:"memory"` // bytes; less than 0 is no limit
	CPU        int64    `json:"cpu"`    // seconds; less than 0 is no limit
}

// word is what the launcher says before it becomes the program.
type word struct {
	Report
	Error string `json:"error,omitempty"`
}

func start(ctx context.Context, s Spec) (*Process, error) {
	if os.Getenv(readyVar) != strconv.Itoa(os.Getpid()) {
		return nil, &Unavailable{"this program does not call jail.Main"}
	}
	o := order{Path: s.Path, Args: s.Args, Files: len(s.Files), Network: s.Network, Unconfined: s.Unconfined, Memory: s.Limits.Memory, CPU: -1}
	if s.Limits.CPU > 0 {
		o.CPU = int64((s.Limits.CPU + time.Second - 1) / time.Second)
	}
	told, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("start program: %w", err)
	}
	p := &Process{ctx: ctx, done: make(chan struct{}), said: &ends{to: s.Stderr}, cpu: max(0, s.Limits.CPU)}
	var theirs, mine []*os.File // their ends of the pipes are closed here after the start, ours when it fails
	closeAll := func(files []*os.File) {
		for _, f := range files {
			f.Close()
		}
	}
	defer func() { closeAll(theirs) }()
	var copies []func()
	in, err := inFile(s.Stdin, &theirs, &mine, &copies)
	if err != nil {
		return nil, fmt.Errorf("start program: %w", err)
	}
	out := func(w io.Writer) (*os.File, error) {
		if f, ok := w.(*os.File); ok {
			return f, nil
		}
		r, f, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		theirs, mine = append(theirs, f), append(mine, r)
		copies = append(copies, func() {
			p.copies.Go(func() {
				defer r.Close()
				if w == nil {
					w = io.Discard
				}
				if _, err := io.Copy(w, r); err != nil {
					_, _ = io.Copy(io.Discard, r) // so that the program does not wait for a reader
				}
			})
		})
		return f, nil
	}
	stdout, err := out(s.Stdout)
	if err != nil {
		closeAll(mine)
		return nil, fmt.Errorf("start program: %w", err)
	}
	var errTo io.Writer = p.said
	if f, ok := s.Stderr.(*os.File); ok {
		errTo = f
	}
	stderr, err := out(errTo)
	if err != nil {
		closeAll(mine)
		return nil, fmt.Errorf("start program: %w", err)
	}
	status, statusEnd, err := os.Pipe()
	if err != nil {
		closeAll(mine)
		return nil, fmt.Errorf("start program: %w", err)
	}
	defer status.Close()
	theirs = append(theirs, statusEnd)

	attr := &os.ProcAttr{Files: slices.Concat([]*os.File{in, stdout, stderr}, s.Files, []*os.File{statusEnd}), Env: environment(), Dir: "/"}
	argv := []string{launcherName, string(told)}
	var namespaces bool
	p.proc, namespaces, err = fork(argv, attr, s.Network)
	if err != nil {
		closeAll(mine)
		return nil, fmt.Errorf("start program: %w", err)
	}
	closeAll(theirs)
	theirs = nil
	go func() {
		p.state, p.waitErr = p.proc.Wait()
		close(p.done)
	}()
	for _, c := range copies {
		c()
	}
	go p.watch(ctx, s.Limits.Wall)

	var w word
	err = json.NewDecoder(io.LimitReader(status, 1<<16)).Decode(&w)
	w.Namespaces = namespaces
	p.Report = w.Report
	switch {
	case err != nil && ctx.Err() != nil:
		p.end()
		return nil, ctx.Err()
	case err != nil:
		p.end()
		return nil, fmt.Errorf("start program: the launcher ended without a word: %w", errors.Join(p.Wait(), err))
	case w.Missing != "" && !s.Unconfined:
		p.end()
		return p, &Unavailable{w.Missing}
	case w.Error != "":
		p.end()
		return nil, fmt.Errorf("start program: %s", w.Error)
	}
	// The descriptor closes when the program is executed; what comes before is why
	// that failed.
	if rest, _ := io.ReadAll(io.LimitReader(status, 1<<12)); len(rest) > 0 {
		p.end()
		return nil, fmt.Errorf("start program: %s", rest)
	}
	return p, nil
}

// inFile returns what the program reads.
func inFile(r io.Reader, theirs, mine *[]*os.File, copies *[]func()) (*os.File, error) {
	if f, ok := r.(*os.File); ok {
		return f, nil
	}
	f, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	*theirs, *mine = append(*theirs, f), append(*mine, w)
	if r == nil {
		*copies = append(*copies, func() { w.Close() })
		return f, nil
	}
	grow(w)
	// Nobody waits for this copy: the reader may be slower than the program, which
	// may end before it has read everything.
	*copies = append(*copies, func() {
		go func() {
			defer w.Close()
			_, _ = io.CopyBuffer(onlyWriter{w}, r, make([]byte, pipeBytes/4))
		}()
	})
	return f, nil
}

// onlyWriter hides the ways around the buffer.
type onlyWriter struct{ io.Writer }

// pipeBytes is the size that pipes of media get; the kernel lets ordinary users
// have so much (/proc/sys/fs/pipe-max-size).
const pipeBytes = 1 << 20

// grow makes a pipe larger, where that is allowed.
func grow(f *os.File) {
	if c, err := f.SyscallConn(); err == nil {
		_ = c.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, pipeBytes) })
	}
}

// Pipe returns a large pipe: what is written to w can be read from r. w is for
// [Spec.Stdout]; the caller closes both.
func Pipe() (r, w *os.File, err error) {
	if r, w, err = os.Pipe(); err == nil {
		grow(r)
	}
	return r, w, err
}

// pictureBytes is how much of what a program writes may wait to be read: four
// pictures of 720p in one byte a pixel. Without privileges the kernel gives what
// /proc/sys/net/core/wmem_max allows.
const pictureBytes = 4 << 20

// Output returns a way out of a program for much data, such as pictures: w is for
// [Spec.Stdout], and what is written to it can be read from r. The caller closes
// both. It is a pair of sockets, for which the kernel takes larger pieces of memory:
// pictures of 720p go through it two to three times as fast as through a pipe. Nothing
// can be sent to the program by it, and descriptors that the program sends are dropped.
func Output() (r, w *os.File, err error) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	if unix.SetsockoptInt(ends[1], unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, pictureBytes) != nil {
		_ = unix.SetsockoptInt(ends[1], unix.SOL_SOCKET, unix.SO_SNDBUF, pictureBytes)
	}
	// Ours is polled, so that closing it ends a read; the program's waits.
	_ = unix.SetNonblock(ends[0], true)
	_ = unix.Shutdown(ends[0], unix.SHUT_WR)
	return os.NewFile(uintptr(ends[0]), "output"), os.NewFile(uintptr(ends[1]), "output"), nil
}

// Memory returns a file that is in memory only and holds the data, sealed so that
// nobody can change it. The caller closes it.
func Memory(data []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate("jaga", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("make file in memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), "memory")
	if _, err := f.Write(data); err != nil {
		f.Close()
		return nil, fmt.Errorf("make file in memory: %w", err)
	}
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		f.Close()
		return nil, fmt.Errorf("seal file in memory: %w", err)
	}
	return f, nil
}

// environment is all that programs get to know of ours.
func environment() []string {
	return []string{
		"LC_ALL=C",
		"AV_LOG_FORCE_NOCOLOR=1",
		"MALLOC_ARENA_MAX=2", // arenas of glibc count against the limit of memory before they are used
	}
}

// fork starts the launcher, in namespaces of its own where that is allowed.
func fork(argv []string, attr *os.ProcAttr, network bool) (p *os.Process, namespaces bool, err error) {
	flags := uintptr(unix.CLONE_NEWUSER | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS)
	if !network {
		flags |= unix.CLONE_NEWNET
	}
	// Inside it is an ordinary user, so executing the program drops all
	// capabilities in the namespace.
	const ordinary = 65534
	attr.Sys = &syscall.SysProcAttr{
		Setpgid: true, Cloneflags: flags,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: ordinary, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: ordinary, HostID: os.Getegid(), Size: 1}},
	}
	if p, err = os.StartProcess(self, argv, attr); err == nil {
		return p, true, nil
	}
	attr.Sys = &syscall.SysProcAttr{Setpgid: true}
	p, err = os.StartProcess(self, argv, attr)
	return p, false, err
}

// watch ends the program when its time is over.
func (p *Process) watch(ctx context.Context, wall time.Duration) {
	var over <-chan time.Time
	if wall > 0 {
		t := time.NewTimer(wall)
		defer t.Stop()
		over = t.C
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.Kill()
	case <-over:
		p.late.Store(true)
		p.Kill()
	}
}

// end kills the program and waits for it.
func (p *Process) end() {
	p.Kill()
	<-p.done
}

// kill ends the program's process group, which is the program alone. The id is
// not another's as long as the caller has not waited.
func kill(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// peak is the most memory that the program held, in bytes (getrusage(2): KiB).
func peak(s *os.ProcessState) int64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10
	}
	return 0
}
