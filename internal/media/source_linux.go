package media

import (
	"os"
	"syscall"
)

// readable reports whether a program in the jail, which is an ordinary user there
// whoever we are, may open a file that was handed over again.
func readable(f *os.File) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch mode := info.Mode().Perm(); {
	case !ok:
		return false
	case int(st.Uid) == os.Geteuid():
		return mode&0o400 != 0
	case int(st.Gid) == os.Getegid():
		return mode&0o040 != 0
	default:
		return mode&0o004 != 0
	}
}
