//go:build linux

package jail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jaga-project/jaga/internal/jail"
	"github.com/jaga-project/jaga/internal/need"
)

func TestMain(m *testing.M) {
	jail.Main(jail.Worker{Name: "try", Run: try}, jail.Worker{Name: "echo", Run: echo})
	os.Exit(m.Run())
}

// echo copies its input to its output.
func echo([]string) int {
	if _, err := io.Copy(os.Stdout, os.Stdin); err != nil {
		return 1
	}
	return 0
}

// try does from inside what a decoder that was taken over would do, and says what
// came of it.
func try(args []string) int {
	err := attempt(args[0], args[1:])
	if err == nil {
		fmt.Println("it worked")
		return 0
	}
	fmt.Println(err)
	return 1
}

func attempt(what string, args []string) error {
	switch what {
	case "read":
		_, err := os.ReadFile(args[0])
		return err
	case "list":
		_, err := os.ReadDir(args[0])
		return err
	case "write":
		return os.WriteFile(args[0], []byte("x"), 0o600)
	case "remove":
		return os.Remove(args[0])
	case "mkdir":
		return os.Mkdir(args[0], 0o700)
	case "grow": // a file of memory is a file all the same
		fd, err := unix.MemfdCreate("x", 0)
		if err != nil {
			return err
		}
		_, err = unix.Write(fd, []byte("x"))
		return err
	case "connect":
		c, err := net.DialTimeout("tcp", args[0], time.Second)
		if err == nil {
			c.Close()
		}
		return err
	case "socket":
		for _, family := range []int{unix.AF_INET, unix.AF_INET6, unix.AF_UNIX, unix.AF_NETLINK, unix.AF_PACKET, unix.AF_VSOCK, unix.AF_ALG} {
			if _, err := unix.Socket(family, unix.SOCK_STREAM, 0); !errors.Is(err, unix.EPERM) {
				return fmt.Errorf("family %d: %w", family, errors.Join(err, errors.New("not refused")))
			}
		}
		return unix.EPERM
	case "exec":
		return syscall.Exec(args[0], args, nil)
	case "fork":
		_, err := syscall.ForkExec("/proc/self/exe", []string{"x"}, nil)
		return err
	case "ptrace":
		return unix.PtraceAttach(os.Getppid())
	case "kill":
		return unix.Kill(os.Getppid(), 0)
	case "unshare":
		return unix.Unshare(unix.CLONE_NEWUSER)
	case "mount":
		return unix.Mount("none", "/tmp", "tmpfs", 0, "")
	case "limits":
		return unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20})
	case "environ":
		for _, e := range os.Environ() {
			if strings.Contains(e, "secret") {
				return nil
			}
		}
		return errors.New("nothing there")
	case "descriptors":
		for fd := 4; fd < 64; fd++ { // 3 was handed over
			var st unix.Stat_t
			if unix.Fstat(fd, &st) != nil {
				continue
			}
			if target, _ := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd)); !strings.HasPrefix(target, "anon_inode:") {
				return nil
			}
		}
		return errors.New("nothing there")
	case "memory":
		var all [][]byte
		for range 1024 {
			b := bytes.Repeat([]byte{1}, 8<<20)
			all = append(all, b)
		}
		fmt.Fprint(io.Discard, all)
		return nil
	case "spin":
		for range math.MaxInt {
		}
	case "sleep":
		time.Sleep(time.Hour)
	}
	return nil
}

// inside runs an attempt and returns what it said.
func inside(t *testing.T, s jail.Spec, what ...string) (string, error) {
	t.Helper()
	var out, complaint bytes.Buffer
	s.Args, s.Stdout, s.Stderr = append([]string{"try"}, what...), &out, &complaint
	p, err := jail.Start(t.Context(), s)
	if err != nil {
		if un := (*jail.Unavailable)(nil); errors.As(err, &un) {
			need.Missing(t, "jail", err.Error())
		}
		t.Fatal(err)
	}
	err = p.Wait()
	return out.String() + complaint.String(), err
}

// TestJailRefuses tries from inside everything that a decoder has no business
// with. Each is a thing that works outside.
func TestJailRefuses(t *testing.T) {
	t.Setenv("JAGA_TEST_SECRET", "secret")
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("of somebody else"), 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "given")
	if err := os.WriteFile(path, []byte("for you"), 0o644); err != nil {
		t.Fatal(err)
	}
	given, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer given.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	// A descriptor that was left open by somebody careless.
	loose, err := unix.Open(other, unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(loose)

	for _, c := range []struct {
		name string
		what []string
		want string
	}{
		{"another file", []string{"read", other}, "permission denied"},
		{"a file of the system", []string{"read", "/etc/passwd"}, "permission denied"},
		{"the environment of the parent", []string{"read", fmt.Sprintf("/proc/%d/environ", os.Getpid())}, "permission denied"},
		{"memory of the parent", []string{"read", fmt.Sprintf("/proc/%d/mem", os.Getpid())}, "permission denied"},
		{"a folder", []string{"list", dir}, "permission denied"},
		{"writing", []string{"write", filepath.Join(dir, "new")}, "permission denied"},
		{"writing over", []string{"write", other}, "permission denied"},
		{"removing", []string{"remove", other}, "not permitted"},
		{"a new folder", []string{"mkdir", filepath.Join(dir, "new")}, "not permitted"},
		{"files of memory", []string{"grow"}, "file too large"},
		{"connecting", []string{"connect", l.Addr().String()}, "not permitted"},
		{"sockets", []string{"socket"}, "not permitted"},
		{"executing", []string{"exec", "/bin/true"}, "permission denied"},
		{"executing through the loader", []string{"exec", "/lib64/ld-linux-x86-64.so.2", "/bin/true"}, "Permission denied"},
		{"a process", []string{"fork"}, "not permitted"},
		{"tracing", []string{"ptrace"}, "not permitted"},
		{"signals", []string{"kill"}, "not permitted"},
		{"namespaces", []string{"unshare"}, "not permitted"},
		{"mounting", []string{"mount"}, "not permitted"},
		{"raising limits", []string{"limits"}, "not permitted"},
		{"our environment", []string{"environ"}, "nothing there"},
		{"descriptors left open", []string{"descriptors"}, "nothing there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said, err := inside(t, jail.Spec{Files: []*os.File{given}}, c.what...)
			if !strings.Contains(said, c.want) && !errorSays(err, c.want) {
				t.Errorf("said %q, %v; want %q", said, err, c.want)
			}
		})
	}
	if got, err := os.ReadFile(other); err != nil || string(got) != "of somebody else" {
		t.Errorf("the file is %q, %v", got, err)
	}
}

// errorSays is for what ends the program before it can say anything.
func errorSays(err error, want string) bool {
	return err != nil && strings.Contains(err.Error(), want)
}

func TestJailGives(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "given")
	if err := os.WriteFile(path, []byte("for you"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if said, err := inside(t, jail.Spec{Files: []*os.File{f}}, "read", "/proc/self/fd/3"); err != nil || said != "it worked\n" {
		t.Errorf("the file that was handed over: %q, %v", said, err)
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	var out bytes.Buffer
	p, err := jail.Start(t.Context(), jail.Spec{Args: []string{"echo"}, Stdin: bytes.NewReader(big), Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil || !bytes.Equal(out.Bytes(), big) {
		t.Errorf("echo gave %d of %d bytes, %v", out.Len(), len(big), err)
	}
	if _, memory := p.Usage(); memory == 0 {
		t.Error("the memory it took is not known")
	}
}

// TestOutput: everything comes through, its end is seen, and neither side waits for
// one that has gone.
func TestOutput(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte("0123456789abcdef"), 2_000_000) // more than waits in it
	start := func() (r *os.File, p *jail.Process) {
		r, w, err := jail.Output()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close() })
		p, err = jail.Start(t.Context(), jail.Spec{Args: []string{"echo"}, Stdin: bytes.NewReader(big), Stdout: w})
		w.Close()
		if err != nil {
			t.Fatal(err)
		}
		return r, p
	}
	r, p := start()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, big) {
		t.Errorf("%d of %d bytes, %v", len(got), len(big), err)
	}
	if err := p.Wait(); err != nil {
		t.Error(err)
	}

	// Nobody reads any longer: the program ends.
	r, p = start()
	r.Close()
	if err := p.Wait(); err == nil {
		t.Error("it wrote to nobody")
	}

	// Nobody writes: closing our end ends the read.
	r, w, err := jail.Output()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	read := make(chan error)
	go func() {
		_, err := r.Read(make([]byte, 1))
		read <- err
	}()
	time.Sleep(10 * time.Millisecond) // so that it waits in the kernel, most times
	r.Close()
	if err := <-read; err == nil {
		t.Error("it read something")
	}
}

func TestJailNetwork(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if said, err := inside(t, jail.Spec{Network: true}, "connect", l.Addr().String()); err != nil {
		t.Errorf("one that fetches cannot connect: %q, %v", said, err)
	}
	if said, _ := inside(t, jail.Spec{Network: true}, "read", "/etc/passwd"); !strings.Contains(said, "permission denied") {
		t.Errorf("one that fetches reads files: %q", said)
	}
	if said, _ := inside(t, jail.Spec{Network: true}, "exec", "/bin/true"); !strings.Contains(said, "permission denied") {
		t.Errorf("one that fetches starts programs: %q", said)
	}
}

func TestJailLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what   string
		limits jail.Limits
		want   jail.Cause
	}{
		{"memory", jail.Limits{Memory: 256 << 20}, jail.ByMemory},
		{"spin", jail.Limits{CPU: time.Second}, jail.ByCPU},
		{"sleep", jail.Limits{Wall: 300 * time.Millisecond}, jail.ByClock},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			if c.what == "memory" && jail.RaceDetector {
				t.Skip("memory of our own workers is not limited under the race detector")
			}
			_, err := inside(t, jail.Spec{Limits: c.limits}, c.what)
			if k := (*jail.Killed)(nil); !errors.As(err, &k) || k.Cause != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestJailEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	// A reader that never gives anything must not hold anybody up.
	r, w := io.Pipe()
	defer w.Close()
	p, err := jail.Start(ctx, jail.Spec{Args: []string{"echo"}, Stdin: r})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := p.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := unix.Kill(p.Pid(), 0); !errors.Is(err, unix.ESRCH) {
		t.Errorf("it is still there: %v", err)
	}

	p, err = jail.Start(t.Context(), jail.Spec{Args: []string{"try", "sleep"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(p.Pid(), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if k := (*jail.Killed)(nil); !errors.As(p.Wait(), &k) || k.Cause != jail.BySignal {
		t.Errorf("after kill -9: %v", p.Wait())
	}
}

func TestJailStarts(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p, err := jail.Start(t.Context(), jail.Spec{Path: need.Tool(t, "ffmpeg"), Args: []string{"-version"}, Stdout: &out})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil || !strings.HasPrefix(out.String(), "ffmpeg version") {
		t.Errorf("%q, %v", out.String(), err)
	}
	if _, err := jail.Start(t.Context(), jail.Spec{Path: "/not/there"}); err == nil {
		t.Error("a program that is not there was started")
	}
	if _, err := jail.Start(t.Context(), jail.Spec{}); err == nil {
		t.Error("nothing was started")
	}
	p, err = jail.Start(t.Context(), jail.Spec{Args: []string{"who?"}})
	if err != nil {
		t.Fatal(err)
	}
	if f := (*jail.Failed)(nil); !errors.As(p.Wait(), &f) || f.Status != 70 {
		t.Errorf("a worker that is not there: %v", p.Wait())
	}
}

func TestJailCheck(t *testing.T) {
	t.Parallel()
	r := jail.Check()
	if !r.Confined() {
		need.Missing(t, "jail", r.Missing)
	}
	if r.Landlock < 1 || !r.Seccomp || !r.Limits || !strings.Contains(r.String(), "seccomp") {
		t.Errorf("%+v: %s", r, r)
	}
}

// BenchmarkStart is how long it takes until a program in the jail has ended.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		p, err := jail.Start(b.Context(), jail.Spec{Args: []string{"echo"}})
		if err != nil {
			b.Fatal(err)
		}
		if err := p.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}
