package bank

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
)

// GuardOptions say when an entry matches too much to be believed.
type GuardOptions struct {
	// Matches of different pictures within Window put an entry into
	// quarantine; 0 is 500.
	Matches int
	// Window is the length of the time that is looked at; 0 is an hour.
	Window time.Duration
}

// Guard puts an entry into quarantine when it suddenly matches everything, as
// the hash of a meme or of a broken picture does when it slips into a list. Its
// matches then only make findings of band observe, until a person releases the
// entry or switches it off. It is safe for concurrent use.
type Guard struct {
	s   *Service
	opt GuardOptions

	mu     sync.Mutex
	counts map[int64]*window
	swept  time.Time
}

// window holds the different hashes that matched an entry since a time.
type window struct {
	since time.Time
	seen  map[string]struct{}
}

// NewGuard returns a guard over the entries of s.
func NewGuard(s *Service, opt GuardOptions) *Guard {
	if opt.Matches <= 0 {
		opt.Matches = 500
	}
	if opt.Window <= 0 {
		opt.Window = time.Hour
	}
	return &Guard{s: s, opt: opt, counts: map[int64]*window{}}
}

// Saw takes note of a match at a time, and reports whether it put the entry
// into quarantine. Matches that are suppressed already do not count.
func (g *Guard) Saw(ctx context.Context, m jaga.Match, now time.Time) bool {
	if m.Suppressed != "" || m.Signal.Type.Exact() {
		return false // equal bytes are no look-alike, however often they come
	}
	g.mu.Lock()
	if now.Sub(g.swept) > g.opt.Window {
		for id, w := range g.counts {
			if now.Sub(w.since) > g.opt.Window {
				delete(g.counts, id)
			}
		}
		g.swept = now
	}
	w := g.counts[m.Entry]
	if w == nil || now.Sub(w.since) > g.opt.Window {
		w = &window{since: now, seen: map[string]struct{}{}}
		g.counts[m.Entry] = w
	}
	// The same picture sent again and again says nothing about the entry.
	w.seen[m.Signal.Value] = struct{}{}
	full := len(w.seen) >= g.opt.Matches
	if full {
		delete(g.counts, m.Entry)
	}
	g.mu.Unlock()
	if !full {
		return false
	}
	why := fmt.Sprintf("it matched %d different pictures within %s", g.opt.Matches, g.opt.Window)
	_, err := g.s.UpdateEntry(ctx, "system", m.Bank, m.Entry, EntryChange{Quarantine: &why})
	if err != nil {
		g.s.opt.Log.Error("quarantine entry", "entry", m.Entry, "error", err)
		return false
	}
	g.s.opt.Log.Warn("an entry waits for a person: "+why, "entry", m.Entry, "bank", m.Bank)
	return true
}
