package media

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/jail"
	"github.com/jaga-project/jaga/pdq"
)

const workerName = "pictures"

// Worker is what decodes pictures in the jail, see [Decoder.Confine]. It is given to
// [jail.Main].
func Worker() jail.Worker {
	return jail.Worker{Name: workerName, Run: func(args []string) int {
		var lim Limits
		if len(args) != 1 || json.Unmarshal([]byte(args[0]), &lim) != nil {
			return 64
		}
		if err := serve(os.Stdin, os.Stdout, lim); err != nil {
			return 1
		}
		return 0
	}}
}

// question is what comes before the bytes of a file, as a line of JSON.
type question struct {
	Type      Type `json:"type"`
	Bytes     int  `json:"bytes"`
	Rotations bool `json:"rotations"`
	// Screen asks for an estimate first. It is answered with true when nothing is
	// near it, and false when the file is to be decoded.
	Screen bool `json:"screen"`
}

// answer is what comes back, as a line of JSON: an estimate, which waits for the
// word, or the end of it.
type answer struct {
	Estimate    *hashes     `json:"estimate,omitempty"`
	Not         *NotChecked `json:"not,omitempty"`
	Width       int         `json:"width,omitempty"`
	Height      int         `json:"height,omitempty"`
	Orientation int         `json:"orientation,omitempty"`
	Screened    bool        `json:"screened,omitempty"`
	Several     bool        `json:"several,omitempty"`
	Hashes      *hashes     `json:"hashes,omitempty"`
}

// hashes are those of a picture, 64 hex digits each: one, or eight.
type hashes struct {
	Quality int        `json:"quality"`
	All     []pdq.Hash `json:"all"`
}

func (h hashes) hashes() (d pdq.Dihedral) {
	copy(d[:], h.All)
	return d
}

func (a answer) looked() looked {
	l := looked{width: a.Width, height: a.Height, orientation: a.Orientation, screened: a.Screened, several: a.Several}
	if a.Hashes != nil {
		l.hashed, l.quality, l.hashes = true, a.Hashes.Quality, a.Hashes.hashes()
	}
	return l
}

// large is from how many bytes on memory is given back to the system at once,
// which makes the next picture slower by the time to get it again: 20 ms for 12
// million pixels.
const large = 512 << 20

// serve answers questions until there are no more.
func serve(r io.Reader, w io.Writer, lim Limits) error {
	if lim.Memory > 0 && lim.Memory < math.MaxInt64/2 {
		debug.SetMemoryLimit(lim.Memory)
	}
	runtime.GOMAXPROCS(2) // one decodes, one collects
	in, out := bufio.NewReaderSize(r, 64<<10), json.NewEncoder(w)
	var data []byte
	for {
		var q question
		if err := readLine(in, &q); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if q.Bytes < 0 || int64(q.Bytes) > lim.Bytes {
			return errors.New("the file is larger than was agreed")
		}
		if cap(data) < q.Bytes {
			data = make([]byte, q.Bytes)
		}
		data = data[:q.Bytes]
		if _, err := io.ReadFull(in, data); err != nil {
			return err
		}
		opts := Options{Rotations: q.Rotations}
		var broken error
		if q.Screen {
			opts.Far = func(signals []jaga.Signal) (far bool) {
				h, err := estimate(signals)
				if err == nil {
					err = out.Encode(answer{Estimate: h})
				}
				if err == nil {
					err = readLine(in, &far)
				}
				broken = err
				return far && err == nil
			}
		}
		l, err := examine(context.Background(), decode, data, q.Type, lim, opts)
		if broken != nil {
			return broken
		}
		if err := out.Encode(wire(l, err, q.Rotations)); err != nil {
			return err
		}
		if l.width*l.height*bytesPerPixel > large || len(data) > large {
			data = nil
			debug.FreeOSMemory()
		}
	}
}

// wire is an answer of what examine said.
func wire(l looked, err error, rotations bool) answer {
	if err != nil {
		var not *NotChecked
		if !errors.As(err, &not) {
			not = notChecked(jaga.WhyInternal, "")
		}
		return answer{Not: not}
	}
	a := answer{Width: l.width, Height: l.height, Orientation: l.orientation, Screened: l.screened, Several: l.several}
	if l.hashed {
		n := 1
		if rotations {
			n = len(l.hashes)
		}
		a.Hashes = &hashes{l.quality, l.hashes[:n]}
	}
	return a
}

// estimate is the hashes of signals from screening.
func estimate(signals []jaga.Signal) (*hashes, error) {
	h := &hashes{}
	for _, s := range signals {
		v, err := pdq.ParseHash(s.Value)
		if err != nil {
			return nil, err
		}
		h.Quality, h.All = s.Quality, append(h.All, v)
	}
	return h, nil
}

// readLine reads a line of JSON.
func readLine(in *bufio.Reader, v any) error {
	line, err := in.ReadSlice('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}
