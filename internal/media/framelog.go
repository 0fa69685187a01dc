package media

import (
	"bytes"
	"context"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
)

// frameLog reads what ffmpeg says on standard error while it decodes: the number
// and time of every frame, which the filter showinfo tells before the frame goes
// on, and complaints, which are gaps.
type frameLog struct {
	step  int
	ready chan struct{} // something was added, or it is over

	mu       sync.Mutex
	line     []byte
	long     bool // the line is too long to be kept
	base     float64
	waiting  []stamp // frames that are on their way
	frames   int     // that were decoded
	last     time.Duration
	damaged  bool // something was said since the last frame
	found    []Gap
	text     bytes.Buffer // complaints
	over     bool
	interval time.Duration
}

// stamp is a frame that was announced.
type stamp struct {
	number int
	at     time.Duration
}

// longestLine is what is kept of a line; those with times are short.
const longestLine = 1 << 10

// mostGaps is how many are told apart; then they become one.
const mostGaps = 1000

func newFrameLog(step int) *frameLog {
	return &frameLog{step: step, ready: make(chan struct{}, 1)}
}

// Write takes a piece of standard error. It never fails.
func (l *frameLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(p)
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		part := p
		if i >= 0 {
			part = p[:i]
		}
		if room := longestLine - len(l.line); len(part) > room {
			part, l.long = part[:room], true
		}
		l.line = append(l.line, part...)
		if i < 0 {
			break
		}
		l.take(string(l.line))
		l.line, l.long = l.line[:0], false
		p = p[i+1:]
	}
	return n, nil
}

// The lines of showinfo: "[Parsed_showinfo_0 @ 0x5] [info] n:   2 pts:   1024 …",
// and before the first of a size "… config in time_base: 1/15360, …".
var (
	infoLine = regexp.MustCompile(`^\[Parsed_showinfo_\d+ @ [0-9a-fx]+\] \[info\] n: *(\d+) pts: *(-?\d+|NOPTS) `)
	baseLine = regexp.MustCompile(`^\[Parsed_showinfo_\d+ @ [0-9a-fx]+\] \[info\] config in time_base: (\d+/\d+), frame_rate: (\d+/\d+)`)
)

func (l *frameLog) take(line string) {
	if m := infoLine.FindStringSubmatch(line); m != nil {
		l.frame(m[1], m[2])
		return
	}
	if m := baseLine.FindStringSubmatch(line); m != nil {
		l.base = rational(m[1])
		if r := rational(m[2]); r > 0 {
			l.interval = seconds(1 / r)
		}
		return
	}
	head, _, _ := strings.Cut(line, "]")
	if i := strings.Index(line, "] ["); i >= 0 && strings.Contains(head, " @ ") {
		head, _, _ = strings.Cut(line[i+2:], "]")
	}
	if head = strings.TrimPrefix(head, "["); head == "error" || head == "fatal" || head == "panic" ||
		head == "warning" && strings.Contains(line, "corrupt") {
		l.damaged = true
		if l.text.Len() < 64<<10 {
			l.text.WriteString(line + "\n")
		}
	}
}

// frame takes the announcement of one. n is its number since the size changed, in
// which rhythm frames are chosen.
func (l *frameLog) frame(n, pts string) {
	number := l.frames
	l.frames++
	at := l.last
	if v, err := strconv.ParseInt(pts, 10, 64); err == nil {
		at = seconds(math.Max(0, float64(v)*l.base))
	} else if number > 0 {
		at += l.interval
	}
	if l.damaged {
		l.found = addGap(l.found, Gap{l.last, at, jaga.WhyDamaged}, 0)
		l.damaged = false
	}
	l.last = at
	if i, err := strconv.Atoi(n); err == nil && i%l.step == 0 {
		l.waiting = append(l.waiting, stamp{number, at})
		l.signal()
	}
}

func (l *frameLog) signal() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// next returns the number and time of the next picture. It waits for them, since
// they come another way than the picture.
func (l *frameLog) next(ctx context.Context) (number int, at time.Duration, ok bool) {
	for {
		l.mu.Lock()
		if len(l.waiting) > 0 {
			s := l.waiting[0]
			l.waiting = l.waiting[1:]
			l.mu.Unlock()
			return s.number, s.at, true
		}
		over := l.over
		l.mu.Unlock()
		if over {
			return 0, 0, false
		}
		select {
		case <-l.ready:
		case <-ctx.Done():
			return 0, 0, false
		}
	}
}

// close says that nothing more comes.
func (l *frameLog) close() {
	l.mu.Lock()
	l.over = true
	l.mu.Unlock()
	l.signal()
}

// said returns the complaints.
func (l *frameLog) said() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// gaps returns what was not decoded of a video that should last so long. enough
// says that no more was wanted.
func (l *frameLog) gaps(duration time.Duration, enough bool) []Gap {
	l.mu.Lock()
	defer l.mu.Unlock()
	if enough {
		return l.found
	}
	// A file says its length to a frame or so.
	short := duration > 0 && l.frames > 0 && duration-l.last > 2*l.interval+time.Second
	switch {
	case l.damaged:
		l.found = addGap(l.found, Gap{l.last, -1, jaga.WhyDamaged}, duration)
	case short:
		l.found = addGap(l.found, Gap{l.last, duration, jaga.WhyTruncated}, duration)
	}
	return l.found
}

// addGap adds a gap, joined with the one before where they touch. One without an
// end reaches to the end of the video, if that is known.
func addGap(list []Gap, g Gap, duration time.Duration) []Gap {
	if g.To < 0 && duration > g.From {
		g.To = duration
	}
	if n := len(list); n > 0 && (list[n-1].To < 0 || list[n-1].To >= g.From || n >= mostGaps) {
		if g.To < 0 || list[n-1].To >= 0 && g.To > list[n-1].To {
			list[n-1].To = g.To
		}
		return list
	}
	return append(list, g)
}
