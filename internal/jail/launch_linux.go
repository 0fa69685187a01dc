package jail

import (
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/landlock-lsm/go-landlock/landlock"
	ll "github.com/landlock-lsm/go-landlock/landlock/syscall"
	"golang.org/x/sys/unix"
)

// Main is called before anything else in a program that uses this package, and in
// TestMain of its tests. In a process that is the launcher or a worker it does that
// work and does not return.
func Main(workers ...Worker) {
	if len(os.Args) >= 2 {
		switch os.Args[0] {
		case launcherName:
			os.Exit(launch(os.Args[1]))
		case workerName:
			os.Exit(work(os.Args[1], os.Args[2:], workers))
		}
	}
	_ = os.Setenv(readyVar, strconv.Itoa(os.Getpid()))
}

func work(name string, args []string, workers []Worker) int {
	if name == nothing {
		return 0
	}
	for _, w := range workers {
		if w.Name == name {
			return w.Run(args)
		}
	}
	fmt.Fprintf(os.Stderr, "no worker %q\n", name)
	return 70
}

// launch confines this process and makes it the program. It returns only when that
// fails.
func launch(told string) int {
	var o order
	if err := json.Unmarshal([]byte(told), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 70
	}
	status := os.NewFile(uintptr(3+o.Files), "status")
	// Nothing that the parent left open stays open in the program.
	_ = unix.CloseRange(uint(3+o.Files), ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC)
	unix.CloseOnExec(3 + o.Files)
	path, args := o.Path, append([]string{o.Path}, o.Args...)
	if path == "" {
		path, args = self, append([]string{workerName}, o.Args...)
	}
	// The last steps change this thread, and the program is executed from it.
	runtime.LockOSThread()
	report, err := confine(o, path)
	w := word{Report: report}
	if err != nil {
		w.Error = err.Error()
	}
	if err := json.NewEncoder(status).Encode(w); err != nil || w.Error != "" || w.Missing != "" && !o.Unconfined {
		return 70
	}
	err = syscall.Exec(path, args, os.Environ())
	fmt.Fprintf(status, "execute %s: %v", filepath.Base(path), err)
	return 70
}

// confine takes away everything but what the order allows.
func confine(o order, path string) (r Report, err error) {
	r.Landlock, _ = ll.LandlockGetABIVersion()
	r.Landlock = max(r.Landlock, 0)
	r.Seccomp = filterSupported()
	switch {
	case r.Landlock == 0:
		r.Missing = "the kernel has no Landlock (it came with Linux 5.13, and has to be among the security modules that are switched on)"
	case !r.Seccomp:
		r.Missing = "the kernel has no seccomp filters for this kind of processor"
	}
	if r.Missing != "" && !o.Unconfined {
		return r, nil
	}
	rules, err := paths(o, path)
	if err != nil {
		return r, err
	}
	if err := limit(o); err != nil {
		return r, err
	}
	r.Limits = true
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return r, fmt.Errorf("no_new_privs: %w", err)
	}
	if r.Landlock > 0 {
		if err := restrict(rules, o.Network); err != nil {
			return r, fmt.Errorf("restrict files with Landlock: %w", err)
		}
	}
	if r.Seccomp {
		if err := filter(o.Network); err != nil {
			return r, fmt.Errorf("filter calls with seccomp: %w", err)
		}
	}
	return r, nil
}

// limit sets the limits of the kernel (setrlimit(2)).
func limit(o order) error {
	set := func(name string, what int, n int64) error {
		if n < 0 {
			return nil
		}
		v := uint64(n)
		if err := unix.Setrlimit(what, &unix.Rlimit{Cur: v, Max: v}); err != nil {
			return fmt.Errorf("limit of %s: %w", name, err)
		}
		return nil
	}
	// Memory that is written to counts as data (since Linux 4.7). Address space is
	// limited only for other programs, to catch what they map and share: Go
	// reserves far more than it uses.
	space := int64(-1)
	if o.Path != "" && o.Memory >= 0 {
		space = o.Memory + extraSpace
	}
	memory := o.Memory
	if o.Path == "" && raceDetector {
		memory = -1 // its shadow memory is larger than any limit
	}
	cpu := error(nil)
	if o.CPU >= 0 {
		// First a signal that says why, then the end.
		v := unix.Rlimit{Cur: uint64(o.CPU), Max: uint64(o.CPU) + 1}
		cpu = unix.Setrlimit(unix.RLIMIT_CPU, &v)
	}
	return errors.Join(cpu,
		set("files", unix.RLIMIT_NOFILE, 64),
		set("file size", unix.RLIMIT_FSIZE, 0),
		set("core dumps", unix.RLIMIT_CORE, 0),
		set("locked memory", unix.RLIMIT_MEMLOCK, 0),
		set("address space", unix.RLIMIT_AS, space),
		set("data", unix.RLIMIT_DATA, memory))
}

// extraSpace is address space beyond the limit of memory: the shared libraries of
// ffmpeg take 300 MiB, and each thread reserves its stack.
const extraSpace = 1 << 30

// Rights of Landlock by name.
const (
	readFile = landlock.AccessFSSet(ll.AccessFSReadFile)
	readDir  = landlock.AccessFSSet(ll.AccessFSReadDir)
	execute  = landlock.AccessFSSet(ll.AccessFSExecute)
)

// libraries are where the loader finds shared libraries (ld.so(8)).
var libraries = []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"}

// resolver is what resolving names and checking certificates reads.
var resolver = []string{
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
	"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/gnutls",
	"/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
	// Without it ffmpeg makes numbers for RTMP out of the time that it wastes: ten
	// seconds of a core.
	"/dev/urandom",
}

// paths are the rules for files: the program and its loader may be executed, its
// libraries and the files that were handed over read.
func paths(o order, path string) ([]landlock.Rule, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", filepath.Base(path), err)
	}
	if path == self {
		real = self // also when its file is gone
	}
	rules := []landlock.Rule{landlock.PathAccess(execute|readFile, real)}
	loader, err := loaderOf(path)
	if err != nil {
		return nil, err
	}
	if loader != "" {
		rules = append(rules, landlock.PathAccess(execute|readFile, loader))
		dirs := libraries
		if lib := filepath.Join(filepath.Dir(filepath.Dir(real)), "lib"); path != self {
			dirs = append(dirs[:len(dirs):len(dirs)], lib)
		}
		rules = append(rules, read(dirs)...)
	}
	if o.Network {
		rules = append(rules, read(resolver)...)
	}
	for i := range o.Files {
		fd := "/proc/self/fd/" + strconv.Itoa(3+i)
		// Pipes and memory have no place in the tree, and are not asked about.
		if target, err := os.Readlink(fd); err == nil && strings.HasPrefix(target, "/") && !strings.HasPrefix(target, "/memfd:") {
			rules = append(rules, landlock.PathAccess(readFile, fd))
		}
	}
	return rules, nil
}

// read allows to read what is there of the list.
func read(list []string) (rules []landlock.Rule) {
	for _, p := range list {
		info, err := os.Stat(p)
		switch {
		case err != nil:
		case info.IsDir():
			rules = append(rules, landlock.PathAccess(readFile|readDir, p))
		default:
			rules = append(rules, landlock.PathAccess(readFile, p))
		}
	}
	return rules
}

// loaderOf returns the program that loads the shared libraries of another, or ""
// for one without.
func loaderOf(path string) (string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("%s is no program: %w", filepath.Base(path), err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP && p.Filesz < 4096 {
			b := make([]byte, p.Filesz)
			if _, err := p.ReadAt(b, 0); err != nil {
				return "", fmt.Errorf("%s: loader: %w", filepath.Base(path), err)
			}
			return strings.TrimRight(string(b), "\x00"), nil
		}
	}
	return "", nil
}

// restrict puts Landlock in force, with all that the kernel knows of it.
func restrict(rules []landlock.Rule, network bool) error {
	all := landlock.V11.BestEffort()
	if network {
		return errors.Join(all.RestrictPaths(rules...), all.RestrictScoped())
	}
	return all.Restrict(rules...)
}
