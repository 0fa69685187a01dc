package web

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

// Limits bounds how many requests each API key makes, so that one program that
// runs wild does not keep the others out. Each key has a bucket of burst requests
// that fills with rate requests a second; a request takes one. A stream and a socket
// are one request each, however much they carry. People who are signed in, and
// callers without a key, are not counted here. It is safe for concurrent use.
type Limits struct {
	rate, burst float64
	free        []string // paths that are never counted
	now         func() time.Time

	mu  sync.Mutex
	all map[string]*bucket // by actor, such as "key:7"
}

// bucket is what a key has left, and when that was so.
type bucket struct {
	left float64
	at   time.Time
}

// NewLimits returns limits of so many requests a second, and so many at once; a
// rate of 0 limits nothing. Paths in free, which tell whether the server works, are
// never limited. now is the clock; nil is time.Now.
func NewLimits(rate, burst int, free []string, now func() time.Time) *Limits {
	if now == nil {
		now = time.Now
	}
	return &Limits{rate: float64(rate), burst: float64(max(burst, 1)), free: free, now: now, all: map[string]*bucket{}}
}

// mostBuckets is how many keys are told apart before those that are full again are
// forgotten.
const mostBuckets = 10_000

// take takes a request of an actor. left is how many it has after that, wait how
// long until there is one where there is none, and full how long until all are back.
func (l *Limits) take(actor string) (ok bool, left int, wait, full time.Duration) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.all[actor]
	if b == nil {
		if len(l.all) >= mostBuckets {
			for k, old := range l.all {
				if l.after(old, now) >= l.burst {
					delete(l.all, k)
				}
			}
		}
		b = &bucket{left: l.burst, at: now}
		l.all[actor] = b
	}
	b.left, b.at = l.after(b, now), now
	seconds := func(n float64) time.Duration { return time.Duration(n / l.rate * float64(time.Second)) }
	if ok = b.left >= 1; ok {
		b.left--
	} else {
		wait = seconds(1 - b.left)
	}
	return ok, int(b.left), wait, seconds(l.burst - b.left)
}

// after is what a bucket holds at a time. A clock that was set back fills nothing.
func (l *Limits) after(b *bucket, now time.Time) float64 {
	return min(l.burst, b.left+max(0, now.Sub(b.at).Seconds())*l.rate)
}

// whole is a time in whole seconds, at least one where there is any.
func whole(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// Handler answers 429 where a key has used up what it has, and else hands the
// request on. Both answers have the headers RateLimit-Policy and RateLimit of the
// draft draft-ietf-httpapi-ratelimit-headers-10.
func (l *Limits) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, known := auth.From(r.Context())
		if l.rate <= 0 || !known || who.Person || !strings.HasPrefix(who.Actor, "key:") || slices.Contains(l.free, r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		ok, left, wait, full := l.take(who.Actor)
		h := w.Header()
		h.Set("RateLimit-Policy", fmt.Sprintf(`"key";q=%d;w=%d`, int(l.burst), max(1, int(math.Ceil(l.burst/l.rate)))))
		h.Set("RateLimit", fmt.Sprintf(`"key";r=%d;t=%d`, left, whole(full)))
		if ok {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Retry-After", fmt.Sprint(max(1, whole(wait))))
		h.Set("Content-Type", "application/problem+json")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(http.StatusTooManyRequests)
		if r.Method == http.MethodHead {
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{ // whoever asked may have gone
			"title": http.StatusText(http.StatusTooManyRequests), "status": http.StatusTooManyRequests, "code": string(jaga.CodeBusy),
			"detail": "this key sends more requests than the server takes from one; nothing of this one was kept",
			"hint":   "wait for as long as Retry-After says; many messages or items fit one stream, which counts once",
		})
	})
}
