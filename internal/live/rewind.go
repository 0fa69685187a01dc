package live

import (
	"io"
	"sync"
)

// mostRewound is how much of what is pushed is kept to be read again.
const mostRewound = 8 << 20

// rewind reads what somebody pushes, and can read its beginning once more, until it is
// told to forget it. A reader that was left may still take a piece of it: that piece is
// for the next one.
type rewind struct {
	r       io.Reader
	reading sync.Mutex // held by whoever reads from r

	mu    sync.Mutex
	saved []byte
	gone  int // bytes before saved
	keeps bool
	ended error    // what r ended with
	last  *rewound // the newest reader
}

func newRewind(r io.Reader) *rewind { return &rewind{r: r, keeps: true} }

// open returns a reader from the beginning on, in the place of the one before.
func (r *rewind) open() io.Reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = &rewound{r: r}
	return r.last
}

// forget lets go of the beginning.
func (r *rewind) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keeps = false
	r.trim()
}

// whole reports whether it can be read from its beginning.
func (r *rewind) whole() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keeps
}

// trim lets go of what the newest reader has read. The lock is held.
func (r *rewind) trim() {
	if n := r.last.at - r.gone; !r.keeps && n > 0 {
		r.saved, r.gone = r.saved[n:], r.last.at
	}
}

type rewound struct {
	r  *rewind
	at int
}

func (v *rewound) Read(p []byte) (int, error) {
	r := v.r
	for {
		r.mu.Lock()
		if v != r.last {
			r.mu.Unlock()
			return 0, io.EOF // another one reads
		}
		if n := copy(p, r.saved[v.at-r.gone:]); n > 0 {
			v.at += n
			r.trim()
			r.mu.Unlock()
			return n, nil
		}
		r.mu.Unlock()
		if err := r.fill(v, len(p)); err != nil {
			return 0, err
		}
	}
}

// fill reads on, one at a time, unless another reader has done so meanwhile.
func (r *rewind) fill(v *rewound, most int) error {
	r.reading.Lock()
	defer r.reading.Unlock()
	r.mu.Lock()
	have, ended := r.gone+len(r.saved) > v.at, r.ended
	r.mu.Unlock()
	switch {
	case have:
		return nil
	case ended != nil:
		return ended
	}
	buf := make([]byte, min(most, 64<<10))
	n, err := r.r.Read(buf)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.saved, r.ended = append(r.saved, buf[:n]...), err
	if len(r.saved) > mostRewound {
		r.keeps = false
	}
	if n > 0 {
		return nil
	}
	return err
}
