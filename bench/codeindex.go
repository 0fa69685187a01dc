package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/internal/mmap"
)

// codeIndex is our index under measurement.
type codeIndex struct {
	set     *hamming.Set
	queries []hamming.Code
}

func indexOptions() hamming.Options {
	return hamming.Options{Key: hamming.Key{1}, Alloc: mmap.Huge, Workers: 1}
}

// buildIndex times from the codes, which are in memory, to the index. bytes is
// by how much the process has grown, which counts everything; the fact
// "counted" is what the index says of itself.
func buildIndex(r request) (*codeIndex, reply, error) {
	f, err := os.Open(r.Files[0])
	if err != nil {
		return nil, reply{}, err
	}
	defer f.Close()
	before, err := resident()
	if err != nil {
		return nil, reply{}, err
	}
	b := hamming.NewBuilder(indexOptions(), r.Count)
	var total time.Duration
	in := bufio.NewReaderSize(f, 1<<20)
	chunk := make([]hamming.Code, 4096)
	for at := 0; at < r.Count; {
		n := min(len(chunk), r.Count-at)
		for i := range n {
			if _, err := io.ReadFull(in, chunk[i][:]); err != nil {
				return nil, reply{}, err
			}
		}
		begin := time.Now()
		for i := range n {
			b.Add(chunk[i], uint32(at+i))
		}
		total += time.Since(begin)
		at += n
	}
	begin := time.Now()
	x, err := b.Build(context.Background(), nil)
	if err != nil {
		return nil, reply{}, err
	}
	total += time.Since(begin)
	set, err := hamming.NewSet(indexOptions(), x)
	if err != nil {
		return nil, reply{}, err
	}
	debug.FreeOSMemory()
	after, err := resident()
	return &codeIndex{set: set}, reply{NS: float64(total.Nanoseconds()), Bytes: after - before,
		Facts: map[string]float64{"counted": float64(x.Bytes())}}, err
}

// resident is how much memory the process holds.
func resident() (int64, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, fmt.Errorf("read /proc/self/statm: %d fields", len(fields))
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

func (x *codeIndex) load(name string) error {
	if x.queries != nil {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	x.queries = make([]hamming.Code, len(data)/32)
	for i := range x.queries {
		copy(x.queries[i][:], data[32*i:])
	}
	return nil
}

// query asks one by one, as a service does.
func (x *codeIndex) query(r request) (reply, error) {
	if err := x.load(r.Files[0]); err != nil {
		return reply{}, err
	}
	var hits []hamming.Hit
	ends := make([]int, 0, r.Count)
	begin := time.Now()
	for i := range r.Count {
		hits = x.set.Search(hits, x.queries[(r.From+i)%len(x.queries)], r.Radius)
		ends = append(ends, len(hits))
	}
	a := reply{NS: float64(time.Since(begin).Nanoseconds()) / float64(r.Count)}
	from := 0
	for _, end := range ends {
		h := hits[from:end]
		from = end
		slices.SortFunc(h, func(a, b hamming.Hit) int { return cmp.Compare(a.ID, b.ID) })
		texts := make([]string, len(h))
		for i := range h {
			texts[i] = hit(h[i].ID, h[i].Distance)
		}
		a.Answers = append(a.Answers, summed(texts))
	}
	return a, nil
}

// hit writes one hit.
func hit(id uint32, distance int) string { return fmt.Sprintf("%d:%d", id, distance) }

// batch asks 256 queries together.
func (x *codeIndex) batch(r request) (reply, error) {
	if err := x.load(r.Files[0]); err != nil {
		return reply{}, err
	}
	const together = 256
	found := 0
	base := x.set.Base()
	rounds := max(1, r.Count/together)
	begin := time.Now()
	for i := range rounds {
		at := (r.From + together*i) % (len(x.queries) - together)
		base.SearchBatch(x.queries[at:at+together], r.Radius, func(int, hamming.Hit) { found++ })
	}
	return reply{NS: float64(time.Since(begin).Nanoseconds()) / float64(rounds*together), Answers: []string{strconv.Itoa(found)}}, nil
}

// change times insertions and deletions, each of which the next search must see.
// Of the deleted codes, every other was in the index and every other was
// inserted just before.
func (x *codeIndex) change(r request) (reply, error) {
	if err := x.load(r.Files[0]); err != nil {
		return reply{}, err
	}
	base := x.set.Base()
	set, err := hamming.NewSet(indexOptions(), base)
	if err != nil {
		return reply{}, err
	}
	n := min(r.Count, len(x.queries))
	const first = 1 << 31 // no code of the index has such a number
	gone := make([]hamming.Hit, n)
	for i := range gone {
		if i%2 == 0 {
			gone[i].Code, gone[i].ID = base.At(i * (base.Len() / n))
		} else {
			gone[i].Code, gone[i].ID = x.queries[i], uint32(first+i)
		}
	}
	runtime.GC()
	begin := time.Now()
	for i := range n {
		set.Insert(x.queries[i], uint32(first+i))
	}
	insert := time.Since(begin)
	if set.Len() != base.Len()+n {
		return reply{}, fmt.Errorf("the set holds %d codes after %d insertions", set.Len(), n)
	}
	begin = time.Now()
	const searches = 500
	for i := range searches {
		set.Search(nil, x.queries[i], r.Radius)
	}
	search := time.Since(begin)
	for i := 0; i < n; i += 97 {
		if !holds(set, x.queries[i], uint32(first+i)) {
			return reply{}, fmt.Errorf("an inserted code is not found")
		}
	}
	begin = time.Now()
	for i := range gone {
		if !set.Delete(gone[i].Code, gone[i].ID) {
			return reply{}, fmt.Errorf("a code was not there to delete")
		}
	}
	remove := time.Since(begin)
	for i := 0; i < n; i += 97 {
		if holds(set, gone[i].Code, gone[i].ID) {
			return reply{}, fmt.Errorf("a deleted code is still found")
		}
	}
	return reply{NS: float64(insert.Nanoseconds()) / float64(n), Facts: map[string]float64{
		"insert": float64(insert.Nanoseconds()) / float64(n), "delete": float64(remove.Nanoseconds()) / float64(n),
		"search": float64(search.Nanoseconds()) / searches,
	}}, nil
}

func holds(s *hamming.Set, c hamming.Code, id uint32) bool {
	return slices.ContainsFunc(s.Search(nil, c, 0), func(h hamming.Hit) bool { return h.ID == id })
}
