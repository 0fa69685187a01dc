package script

import (
	"time"

	"github.com/jaga-project/jaga/convo"
)

// Limits of a file, so that a slip of the pen does not run for an hour.
const (
	// MaxSize bounds a file, in bytes.
	MaxSize = 4 << 20
	// MaxMessages is how many messages one test may make, repeats included.
	MaxMessages = 20_000
	// MaxActors is how many people one test may name.
	MaxActors = 1000
)

// start is when a test begins unless its first line says otherwise: day 1 at
// noon. It was a Monday; nothing depends on which.
var start = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// Test is one test of a file. [Parse] makes them; a Test is never changed and
// may be run any number of times, by several goroutines at once.
type Test struct {
	File string // as given to Parse
	Name string // one line, distinct within its file
	Line int    // of the test line, from 1
	// Lang is the language in which reasons are explained, "en" or "id".
	Lang string

	channel convo.Channel
	actors  []actor
	ties    []convo.Tie
	review  []string
	steps   []step
	expects []expectation
}

// Quiet reports whether the test expects nothing but calm: every expectation
// is quiet, never or at most.
func (t Test) Quiet() bool {
	for _, e := range t.expects {
		if !e.limits {
			return false
		}
	}
	return true
}

// actor is a person and the line that introduces them.
type actor struct {
	convo.Person
	line int
}

// step is one line of the conversation. Every message of it happens at the
// same time; an act may show several indicators, and each is a message.
type step struct {
	line     int
	from     string
	to       []string // nil for everybody
	at       time.Time
	times    int // how often, every so long
	every    time.Duration
	messages []convo.Message // without identifier, people and time
}

func (t *Test) actor(name string) bool {
	for _, a := range t.actors {
		if a.ID == name {
			return true
		}
	}
	return false
}
