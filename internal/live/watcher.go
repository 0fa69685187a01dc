package live

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga/internal/store"
)

// watcher is a watch that runs.
type watcher struct {
	s      *Service
	src    Source
	set    settings
	base   Watch // what never changes
	ring   *Ring
	window *Window
	turn   turn
	cancel context.CancelFunc
	over   chan struct{} // closed when it has ended
	pushed chan push
	bytes  atomic.Int64
	takes  sync.WaitGroup // findings on their way to intake
	hears  sync.WaitGroup // sound on its way to whoever hears it

	mu      sync.Mutex
	state   State
	why     string
	crowd   *Crowd
	cover   *Coverage
	counts  Counts
	last    time.Time // the last frame that was compared
	marks   []Mark
	dirty   map[string]bool   // marks that are not written down, by id
	open    map[string]string // ids of the marks of ranges that go on, by bank
	savedTo time.Time         // slots before it are written down
	peopled time.Time         // when people were written down last
	sealed  time.Time         // when the ring became evidence of a finding of the chat last
	begun   bool              // the broadcaster was introduced to the conversation
	// format is the container that its stream passes in; for the goroutine that runs.
	format string
	speech Speech
	// optionalSpeech says that speech which was not heard changes no outcome.
	optionalSpeech bool
}

// push is a stream that comes in a request.
type push struct {
	body io.Reader
	done chan string // why it could not be watched, or empty
}

// mostMarks is how many marks a watch keeps in memory, the newest.
const mostMarks = 2000

// detail draws up the watch as it stands.
func (w *watcher) detail(now time.Time) Detail {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := Detail{Watch: w.base}
	d.State, d.Why, d.Counts, d.Rates = w.state, w.why, w.counts, w.crowd.Rates(now)
	d.Bytes = w.bytes.Load()
	if !w.last.IsZero() {
		at := w.last.UTC()
		d.LastFrame = &at
	}
	d.Parts, d.Slots, d.Unchecked = w.crowd.Parts(now, mostParts), orEmpty(w.crowd.Slots(time.Time{})), unchecked(w.crowd, w.counts)
	d.Speech = w.speech
	d.Marks = slices.Clone(w.marks)
	if g, ok := w.cover.Open(now); ok && !w.state.Over() {
		d.Marks = append(d.Marks, Mark{ID: "open", Kind: MarkGap, From: g.From.UTC(), Until: g.Until.UTC(), Why: g.Why})
	}
	d.Marks = orEmpty(d.Marks)
	slices.SortStableFunc(d.Marks, func(a, b Mark) int { return a.From.Compare(b.From) })
	d.summary()
	return d
}

func (w *watcher) setState(s State, why string) {
	w.mu.Lock()
	changed := w.state != s || w.why != why
	w.state, w.why = s, why
	w.mu.Unlock()
	if changed {
		w.s.opt.Log.Info("watch", "id", w.base.ID, "state", string(s), "why", why)
	}
}

// mark adds or changes a mark. The lock is held.
func (w *watcher) mark(m Mark) string {
	if m.ID == "" {
		if id, err := uuid.NewV7(); err == nil {
			m.ID = id.String()
		}
	}
	m.From, m.Until = m.From.UTC(), m.Until.UTC()
	if i := slices.IndexFunc(w.marks, func(x Mark) bool { return x.ID == m.ID }); i >= 0 {
		w.marks[i] = m
	} else {
		w.marks = append(w.marks, m)
		if len(w.marks) > mostMarks {
			w.marks = slices.Delete(w.marks, 0, len(w.marks)-mostMarks)
		}
	}
	w.dirty[m.ID] = true
	return m.ID
}

// gap notes what was not checked; frames before it and after it are not counted
// together. The lock is held.
func (w *watcher) gap(g Gap) {
	w.mark(Mark{Kind: MarkGap, From: g.From, Until: g.Until, Why: g.Why})
	w.s.opt.Log.Warn("a stretch of a stream was not checked", "id", w.base.ID, "why", g.Why, "seconds", int(g.Until.Sub(g.From)/time.Second))
}

// resumed notes the time in which the program was not running.
func (w *watcher) resumed(last time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now(); now.Sub(last) > gapAfter {
		w.gap(Gap{last, now, GapRestart})
	}
}

// because says why no frames come.
func (w *watcher) because(why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cover.Because(why)
}

// peopleEvery is how often it is written down who did what: it is the largest part.
const peopleEvery = 30 * time.Second

// save writes down what changed, in the caller's transaction. done is to be called
// when that was committed: until then it counts as not written.
func (w *watcher) save(tx *store.Tx) (done func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	id := w.base.ID
	w.counts.Bytes = w.bytes.Load()
	counts, err := json.Marshal(w.counts)
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(`UPDATE live_watches SET state = $1, why = $2, counts = $3 WHERE id = $4 AND ended_at = 0`, string(w.state), w.why, string(counts), id); err != nil {
		return nil, err
	}
	wrote := map[string]Mark{}
	for _, m := range w.marks {
		if !w.dirty[m.ID] {
			continue
		}
		if err := saveMark(tx, id, m); err != nil {
			return nil, err
		}
		wrote[m.ID] = m
	}
	slots := w.crowd.Slots(w.savedTo)
	for _, s := range slots {
		if err := saveSlot(tx, id, s); err != nil {
			return nil, err
		}
	}
	now := time.Now()
	people := now.Sub(w.peopled) >= peopleEvery || w.s.ctx.Err() != nil || w.isOver()
	if people {
		text, err := w.crowd.encode()
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(`UPDATE live_watches SET people = $1 WHERE id = $2`, w.s.key.Seal("live people "+id, text), id); err != nil {
			return nil, err
		}
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		// The last minute is written again, for events that come late.
		w.savedTo = now.Add(-time.Minute).UTC().Truncate(SlotLength)
		for _, m := range w.marks {
			if was, ok := wrote[m.ID]; ok && was.Until.Equal(m.Until) && was.Item == m.Item && was.Frames == m.Frames {
				delete(w.dirty, m.ID)
			}
		}
		if people {
			w.peopled = now
		}
	}, nil
}

func (w *watcher) isOver() bool {
	select {
	case <-w.over:
		return true
	default:
		return w.state.Over()
	}
}
