package look

import (
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
)

// Bytes are some of a file's: from From up to, but not including, To, of Size.
type Bytes struct{ From, To, Size int64 }

func (b Bytes) check() error {
	if b.From < 0 || b.To <= b.From || b.To > b.Size {
		return invalid("range", "show file: bytes %d to %d are not in a file of %d", b.From, b.To, b.Size)
	}
	return nil
}

// A range is recorded before its first byte leaves, and with it some of what
// comes next, so that a film needs few records: a window that doubles. The record
// of the end says exactly what was sent.
const (
	firstWindow = 1 << 20
	lastWindow  = 64 << 20
)

// sent is what was sent in one reveal.
type sent struct {
	recorded, exact spans
	window          int64 // of the next record
}

// missing is the range that has to be recorded before bytes leave; ok is false
// where they are within what was recorded already.
func (s *sent) missing(b Bytes) (span, bool) {
	from := b.From
	for _, r := range s.recorded {
		if r.from <= from && from < r.to {
			from = r.to
		}
	}
	if from >= b.To {
		return span{}, false
	}
	return span{from, min(b.Size, max(b.To, from+max(s.window, firstWindow)))}, true
}

func (s *sent) record(r span) {
	s.recorded = s.recorded.with(r)
	s.window = min(2*max(s.window, firstWindow), lastWindow)
}

type span struct{ from, to int64 }

// spans are ranges in order that do not touch.
type spans []span

// with returns the ranges with one more among them.
func (s spans) with(r span) spans {
	i := 0
	for i < len(s) && s[i].to < r.from {
		i++
	}
	j := i
	for j < len(s) && s[j].from <= r.to {
		r.from, r.to = min(r.from, s[j].from), max(r.to, s[j].to)
		j++
	}
	return slices.Replace(s, i, j, r)
}

// spansTold is how many ranges a record names. Where there are more, those with
// the least between them are told as one: never less than what was sent.
const spansTold = 24

func (s spans) String() string {
	told := slices.Clone(s)
	for len(told) > spansTold {
		least := 1
		for i := 2; i < len(told); i++ {
			if told[i].from-told[i-1].to < told[least].from-told[least-1].to {
				least = i
			}
		}
		told[least-1].to = told[least].to
		told = slices.Delete(told, least, least+1)
	}
	parts := make([]string, len(told))
	for i, r := range told {
		parts[i] = strconv.FormatInt(r.from, 10) + "-" + strconv.FormatInt(r.to, 10)
	}
	return strings.Join(parts, " ")
}

func (s spans) size() (n int64) {
	for _, r := range s {
		n += r.to - r.from
	}
	return n
}

// tell adds to the record of an end what was sent.
func (s *sent) tell(detail map[string]string) {
	detail["bytes"], detail["sent"] = id(s.exact.size()), s.exact.String()
}

// Films reports whether files of a kind are sent in parts and go on in time.
func Films(kind jaga.Kind) bool { return kind == jaga.KindVideo || kind == jaga.KindAudio }
