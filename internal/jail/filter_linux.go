package jail

import (
	"slices"

	seccomp "github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"golang.org/x/sys/unix"
)

// allowed are the system calls of a program that computes: memory, threads, time,
// and reading and writing descriptors it has. Opening is here because Landlock
// decides about paths; executing, because the launcher still has to, and Landlock
// allows the program only. Names that a kind of processor does not have are left
// out there.
var allowed = []string{
	// memory
	"brk", "mmap", "munmap", "mprotect", "mremap", "madvise", "mincore", "membarrier", "memfd_create", "ftruncate",
	// descriptors
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "close", "close_range", "lseek", "fstat", "newfstatat",
	"stat", "lstat", "statx", "statfs", "fstatfs", "fcntl", "dup", "dup2", "dup3", "pipe", "pipe2", "fadvise64", "splice", "tee",
	"poll", "ppoll", "select", "pselect6", "eventfd2", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
	// files, where Landlock lets
	"open", "openat", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd", "execve",
	// threads
	"futex", "futex_wait", "futex_wake", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "arch_prctl", "prctl",
	"sched_yield", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min",
	"getcpu", "gettid", "tgkill", "exit", "exit_group",
	// signals to itself
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack", "restart_syscall", "setitimer", "timer_create",
	"timer_settime", "timer_delete", "pause",
	// time and facts
	"clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "times", "getrusage", "getrlimit", "prlimit64",
	"getpid", "getppid", "getpgrp", "getpgid", "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo", "getrandom",
}

// sockets are the calls of a program that fetches.
var sockets = []string{
	"socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "getsockname", "getpeername", "setsockopt", "getsockopt",
	"sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "shutdown", "ioctl",
}

func filterSupported() bool {
	info, err := arch.GetInfo("")
	return err == nil && len(info.SyscallNumbers) > 0 && seccomp.Supported()
}

// filter puts the list in force for all threads of this process and what it
// executes.
func filter(network bool) error {
	info, err := arch.GetInfo("")
	if err != nil {
		return err
	}
	names := slices.Clone(allowed)
	if network {
		names = append(names, sockets...)
	}
	names = slices.DeleteFunc(names, func(n string) bool { _, ok := info.SyscallNames[n]; return !ok })
	groups := []seccomp.SyscallGroup{{Names: names, Action: seccomp.ActionAllow}}
	if _, ok := info.SyscallNames["clone3"]; ok {
		// Its flags are in memory, where a filter cannot look. Libraries fall back
		// to clone when it is not there.
		groups = append(groups, seccomp.SyscallGroup{Names: []string{"clone3"}, Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS)})
	}
	// Threads, but no processes.
	groups = append(groups, seccomp.SyscallGroup{Action: seccomp.ActionAllow, NamesWithCondtions: []seccomp.NameWithConditions{
		{Name: "clone", Conditions: seccomp.ArgumentConditions{{Argument: 0, Operation: seccomp.BitsSet, Value: unix.CLONE_THREAD}}},
	}})
	return seccomp.LoadFilter(seccomp.Filter{
		NoNewPrivs: true, Flag: seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: groups},
	})
}
