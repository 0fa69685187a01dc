package live

import (
	"sync"
	"testing"
)

// One watch with much to do does not hold up the others, and its own work stays in
// order, one at a time.
func TestPoolIsFair(t *testing.T) {
	t.Parallel()
	p := newPool(1)
	started, release := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	var order []string
	did := func(name string) func() {
		return func() {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, name)
		}
	}
	busy, calm := &turn{}, &turn{}
	p.submit(busy, func() { close(started); <-release })
	<-started
	for _, n := range []string{"a1", "a2", "a3", "a4"} {
		if p.submit(busy, did(n)) {
			t.Error("work was given up although there is room")
		}
	}
	p.submit(calm, did("b1"))
	p.submit(calm, did("b2"))
	close(release)
	p.close()
	want := []string{"b1", "a1", "b2", "a2", "a3", "a4"}
	if len(order) != len(want) {
		t.Fatalf("%v", order)
	}
	for i := range want {
		if order[i] != want[i] {
			t.Fatalf("order %v, want %v", order, want)
		}
	}
}

func TestPoolGivesUpTheOldest(t *testing.T) {
	t.Parallel()
	p := newPool(2)
	started, release := make(chan struct{}), make(chan struct{})
	one := &turn{}
	p.submit(one, func() { close(started); <-release })
	<-started
	var done []int // written by one worker at a time
	for i := range mostWaiting + 3 {
		if gave := p.submit(one, func() { done = append(done, i) }); gave != (i >= mostWaiting) {
			t.Errorf("work %d: gave up %v", i, gave)
		}
	}
	close(release)
	p.close()
	if len(done) != mostWaiting || done[0] != 3 {
		t.Errorf("done %v", done)
	}
	if !p.submit(one, func() { t.Error("work after the end") }) {
		t.Error("work is taken after the end")
	}
}
