package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
)

// needed is how much memory must be free for 100 million codes, in GiB.
const needed = 18

// index compares look-ups. All indexes must find the same.
func (u *run) index(m *measured, millions int) error {
	if free := freeMemory(); millions >= 100 && free < needed {
		return fmt.Errorf("%.0f GiB of memory are free, %d are needed", free, needed)
	}
	codes, queries, err := u.in.codes(millions)
	if err != nil {
		return err
	}
	n := millions * 1_000_000
	build := func(side string, w *worker, kind string) error {
		a, err := w.ask(request{Do: "index build", Files: []string{codes}, Kind: kind, Count: n})
		if err != nil {
			return err
		}
		m.Facts["build "+side] = rounded(a.NS / float64(n))
		m.Facts["bytes "+side] = rounded(float64(a.Bytes) / float64(n))
		if c := a.Facts["counted"]; c > 0 {
			m.Facts["counted "+side] = rounded(c / float64(n))
		}
		return nil
	}
	w := u.ours["jaga"]
	// A server builds again and again. The first time in a process also waits
	// for the system to hand out memory, which on a virtual machine can take as
	// long as the building; it is told apart.
	var builds []float64
	for range max(1, 3-millions/50) {
		if err := build("jaga", w, "ring"); err != nil {
			return err
		}
		builds = append(builds, m.Facts["build jaga"])
	}
	m.Facts["first build jaga"] = builds[0]
	slices.Sort(builds)
	m.Facts["build jaga"] = builds[len(builds)/2]
	// The answers of few queries are compared; many are timed.
	few, many := 16, 2000
	ask := func(kind string, count int) request {
		return request{Do: "index query", Files: []string{queries}, Kind: kind, Count: count, Radius: radius}
	}
	turns := []turn{{"jaga", w, ask("ring", many)}}
	for _, p := range []struct {
		kind string
		most int // millions of codes
	}{{"flat", 100}, {"multi", 10}} {
		t := u.peer(p.kind, "faiss", ask(p.kind, few))
		if t.w == nil || millions > p.most {
			continue
		}
		if err := build(p.kind, t.w, p.kind); err != nil {
			return err
		}
		turns = append(turns, t)
	}
	rounds := u.opt.rounds
	found := 0
	for round := range rounds + 1 {
		var all []string
		for _, t := range turns {
			t.r.From = (round * few) % 1000
			a, err := t.w.ask(t.r)
			if err != nil {
				return err
			}
			if all == nil {
				all = a.Answers
			}
			for i, text := range a.Answers {
				if text != all[i] {
					return fmt.Errorf("query %d: %s finds %q, jaga %q", t.r.From+i, t.side, text, all[i])
				}
				if t.side != "jaga" && text != "" {
					found++
				}
			}
			if round > 0 {
				m.took(t.side, a.NS)
			}
		}
	}
	m.Facts["compared"] = float64(few * (rounds + 1) * (len(turns) - 1))
	m.Facts["found"] = float64(found)
	for range rounds {
		a, err := w.ask(request{Do: "index batch", Files: []string{queries}, Kind: "ring", Count: 1024, Radius: radius})
		if err != nil {
			return err
		}
		m.took("batch", a.NS)
		c, err := w.ask(request{Do: "index change", Files: []string{queries}, Kind: "ring", Count: 10_000, Radius: radius})
		if err != nil {
			return err
		}
		for _, k := range []string{"insert", "delete"} {
			m.took(k, c.Facts[k])
		}
		m.took("pending", c.Facts["search"])
	}
	for _, t := range turns {
		if _, err := t.w.ask(request{Do: "index drop", Kind: t.r.Kind}); err != nil {
			return err
		}
	}
	return nil
}

// rounded keeps one decimal.
func rounded(v float64) float64 { return math.Round(10*v) / 10 }

// freeMemory is how much memory could be had, in GiB; 0 where nobody says.
func freeMemory() float64 { return meminfo("MemAvailable:") }

func meminfo(field string) float64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		var kib float64
		if after, ok := strings.CutPrefix(line, field); ok {
			if _, err := fmt.Sscan(after, &kib); err == nil {
				return kib / (1 << 20)
			}
		}
	}
	return 0
}
