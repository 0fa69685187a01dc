package pack

import "github.com/jaga-project/jaga/convo/text"

// Hit is one place where a rule of a pack was found.
type Hit struct {
	Pack *Pack
	Rule *Rule
	// Index is the indicator's place in the catalogue, -1 for facts and
	// frames.
	Index int
	// Start and End are byte offsets into the raw message.
	Start, End int
	View       View
	// Quoted is set when the words stand in quotation marks.
	Quoted bool
	// Age is the age in years that the pattern read, 0 for none.
	Age float64
}

// Scan holds what reading one message needs, and what was found. It is used
// again for the next message, so that a steady stream allocates nothing. It
// is not safe for concurrent use.
type Scan struct {
	// Text is the message as read.
	Text text.Text
	// Hits are what was found, by rule and then place. They are valid until
	// the next message.
	Hits []Hit
	// Frames has a bit for each frame found, see [FrameBit].
	Frames uint8
	// Cut is true when the message needed more work than is allowed, so
	// that not all patterns were tried: it is then not checked in full.
	Cut bool

	syms  []tokenSyms
	stamp []uint32 // by pattern: the epoch in which it was a candidate
	epoch uint32
	cand  []int32
	run   run
	cache []cached // of words looked up before, by part and hash
	of    *Matcher // whose the cache is
}

// cached is what a word was found to be: people use few words most of the
// time.
type cached struct {
	word [maxCached]byte
	n    uint8
	syms tokenSyms
}

// A cache of cacheSize words for each pack takes about 70 KiB.
const (
	maxCached = 16
	cacheSize = 1 << 10
)

// slot returns the place of a word in the cache of a part.
func (s *Scan) slot(part int, word []byte) *cached {
	if need := (part + 1) * cacheSize; len(s.cache) < need {
		s.cache = append(s.cache, make([]cached, need-len(s.cache))...)
	}
	h := uint32(2166136261) // FNV-1a
	for _, b := range word {
		h = (h ^ uint32(b)) * 16777619
	}
	return &s.cache[part*cacheSize+int(h>>12)%cacheSize]
}

const maxSyms = 8

type tokenSyms struct {
	n    uint8
	view [maxSyms]uint8
	sym  [maxSyms]int32
}

func (t *tokenSyms) add(s int32, view uint8) {
	for i := range t.n {
		if t.sym[i] == s {
			return
		}
	}
	if t.n < maxSyms {
		t.sym[t.n], t.view[t.n] = s, view
		t.n++
	}
}
