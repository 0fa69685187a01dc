package media

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/jail"
)

// Confine decodes pictures in workers of our own in the jail from now on: processes
// that are kept warm, take the bytes of a file and give back its hashes. One that
// dies or takes too long costs its file only. Where the kernel cannot confine them
// pictures are decoded in this process as before, by decoders in a memory-safe
// language under the same limits. The program must call [jail.Main] with [Worker].
// It must not be called while something is being decoded.
func (d *Decoder) Confine() {
	d.pool = &pool{limits: d.limits, unconfined: d.tools.Unconfined, idle: make(chan *worker, cap(d.slots))}
}

// Warm starts a worker for each processor's use, so that the first files need not
// wait for it. The error is why pictures are decoded in this process.
func (d *Decoder) Warm(ctx context.Context) error {
	if d.pool == nil {
		return nil
	}
	for range cap(d.slots) {
		w, err := d.pool.start(ctx)
		if err != nil {
			return err
		}
		d.pool.put(w)
	}
	return nil
}

// Close ends the workers. Files that are being decoded are not checked.
func (d *Decoder) Close() {
	if d.pool != nil {
		d.pool.close()
	}
}

// A worker is replaced after so many files or so much work, so that whatever
// somebody made of it does not last.
const (
	workerFiles = 1000
	workerTime  = 10 * time.Minute
)

// longestAnswer is how many bytes are read of what a worker says about a file,
// whatever it was made to say.
const longestAnswer = 16 << 10

// workerExtra is memory of a worker beside that of decoding: the program itself and
// the file.
const workerExtra = 256 << 20

// pool holds warm workers. How many are at work is bounded by the decoder's slots.
type pool struct {
	limits     Limits
	unconfined bool
	idle       chan *worker

	mu     sync.Mutex
	closed bool
	// lacking is set once the kernel was found to confine nothing.
	lacking *jail.Unavailable
}

// worker is a process in the jail.
type worker struct {
	p        *jail.Process
	in, out  *os.File
	files    int
	busy     time.Duration
	question *json.Encoder
	answer   *bufio.Reader
}

func (p *pool) start(ctx context.Context) (*worker, error) {
	p.mu.Lock()
	lacking, closed := p.lacking, p.closed
	p.mu.Unlock()
	switch {
	case lacking != nil:
		return nil, lacking
	case closed:
		return nil, notChecked(jaga.WhyBusy, "the decoders are being ended")
	}
	limits, err := json.Marshal(p.limits)
	if err != nil {
		return nil, err
	}
	theirIn, in, err := jail.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		in.Close()
		return nil, err
	}
	defer theirOut.Close()
	// The context of one file must not end a worker that serves the next.
	proc, err := jail.Start(context.WithoutCancel(ctx), jail.Spec{
		Args: []string{workerName, string(limits)}, Stdin: theirIn, Stdout: theirOut, Unconfined: p.unconfined,
		Limits: jail.Limits{Memory: p.limits.Memory + p.limits.Bytes + workerExtra, CPU: 6 * workerTime, Wall: -1},
	})
	if err != nil {
		in.Close()
		out.Close()
		var un *jail.Unavailable
		if errors.As(err, &un) {
			p.mu.Lock()
			p.lacking = un
			p.mu.Unlock()
		}
		return nil, err
	}
	return &worker{p: proc, in: in, out: out, question: json.NewEncoder(in), answer: bufio.NewReaderSize(out, longestAnswer)}, nil
}

func (p *pool) get(ctx context.Context) (*worker, error) {
	select {
	case w := <-p.idle:
		return w, nil
	default:
		return p.start(ctx)
	}
}

// put takes a worker back.
func (p *pool) put(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || w.files >= workerFiles || w.busy >= workerTime {
		w.end()
		return
	}
	select {
	case p.idle <- w:
	default:
		w.end()
	}
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for {
		select {
		case w := <-p.idle:
			w.end()
		default:
			return
		}
	}
}

// end ends a worker and waits for it.
func (w *worker) end() error {
	w.p.Kill()
	w.in.Close()
	w.out.Close()
	return w.p.Wait()
}

// look has a picture examined by a worker. Its error is *NotChecked, or
// *jail.Unavailable when there are no workers.
func (p *pool) look(ctx context.Context, data []byte, t Type, opts Options) (looked, error) {
	w, err := p.get(ctx)
	if err != nil {
		return looked{}, err
	}
	start := time.Now()
	stop := context.AfterFunc(ctx, w.p.Kill)
	a, err := w.ask(data, t, opts)
	// It is put back only if nothing was going to kill it.
	if alive := stop(); err != nil || !alive {
		ended := w.end()
		switch {
		case !alive:
			return looked{}, notChecked(jaga.WhyTimeout, "decoding took longer than %s", p.limits.Time)
		case ended != nil:
			var not *NotChecked
			if errors.As(whyNotRun(ended), &not) {
				return looked{}, not
			}
		}
		return looked{}, notChecked(jaga.WhyDamaged, "the decoder gave up")
	}
	w.files++
	w.busy += time.Since(start)
	p.put(w)
	if a.Not != nil {
		return looked{}, a.Not
	}
	return a.looked(), nil
}

// ask sends a file and reads what the worker makes of it. Its error means that the
// worker is of no use any more.
func (w *worker) ask(data []byte, t Type, opts Options) (a answer, err error) {
	if err := w.question.Encode(question{Type: t, Bytes: len(data), Rotations: opts.Rotations, Screen: t == JPEG && opts.Far != nil}); err != nil {
		return a, err
	}
	if _, err := w.in.Write(data); err != nil {
		return a, err
	}
	if err := readLine(w.answer, &a); err != nil || a.Estimate == nil {
		return a, err
	}
	if opts.Far == nil {
		return a, errors.New("nobody asked for an estimate")
	}
	far := opts.Far(pdqSignals(a.Estimate.Quality, a.Estimate.hashes(), opts, "pdq-screen/1"))
	if err := w.question.Encode(far); err != nil {
		return a, err
	}
	a = answer{}
	return a, readLine(w.answer, &a)
}
