package pdq

import (
	"fmt"
	"os"
	"syscall"
	"testing"
)

// TestNothingIsReadPastThePicture puts pictures right before a page that must
// not be touched: assembly does not check bounds.
func TestNothingIsReadPastThePicture(t *testing.T) {
	t.Parallel()
	page := os.Getpagesize()
	size := (4*700*300/page + 1) * page
	space, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skipf("no memory to map: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(space) })
	if err := syscall.Mprotect(space[size:], syscall.PROT_NONE); err != nil {
		t.Skipf("no page to forbid: %v", err)
	}
	for _, s := range [][2]int{{5, 5}, {7, 9}, {8, 8}, {15, 64}, {16, 40}, {21, 6}, {22, 5}, {64, 64}, {65, 65}, {300, 17}, {513, 250}, {640, 300}, {700, 300}} {
		for f := Gray; f <= RGBX; f++ {
			want := noise(uint64(s[0]), s[0], s[1], f)
			p := want
			p.Pix = space[size-len(want.Pix) : size]
			copy(p.Pix, want.Pix)
			for _, exactOnly := range []bool{false, true} {
				t.Run(fmt.Sprintf("%dx%d/%d/%v", s[0], s[1], f, exactOnly), func(t *testing.T) {
					a, _, err := sumAt(p, false, exactOnly, nil, best)
					b, _, _ := sumAt(want, false, exactOnly, nil, portable)
					if err != nil || a != b {
						t.Errorf("%v, error %v; elsewhere %v", a, err, b)
					}
				})
			}
		}
	}
}
