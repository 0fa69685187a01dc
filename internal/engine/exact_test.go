package engine

import (
	"bytes"
	"crypto/md5"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/jaga-project/jaga"
)

func sum(i int) []byte {
	s := md5.Sum(binary.LittleEndian.AppendUint64(nil, uint64(i)))
	return s[:]
}

func buildExact(t testing.TB, n int) *Exact {
	t.Helper()
	b, err := NewExactBuilder(jaga.MD5)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := b.Add(sum(i), uint32(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	return b.Build()
}

func TestExactFindsEveryValueAndNoOther(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 7, 1000, 20000} {
		x := buildExact(t, n)
		for i := range n {
			if got := x.Lookup(nil, sum(i)); !slices.Equal(got, []uint32{uint32(i + 1)}) {
				t.Fatalf("n=%d: value %d gives %v", n, i, got)
			}
		}
		for i := n; i < n+1000; i++ {
			if got := x.Lookup(nil, sum(i)); len(got) != 0 {
				t.Fatalf("n=%d: absent value %d gives %v", n, i, got)
			}
		}
		if x.Len() != n {
			t.Errorf("Len %d, want %d", x.Len(), n)
		}
	}
}

func TestExactManyEntriesOfOneValue(t *testing.T) {
	t.Parallel()
	b, _ := NewExactBuilder(jaga.MD5)
	same := make([]byte, 16) // a crafted list: all in one cell
	for i := range 5000 {
		if err := b.Add(same, uint32(5000-i)); err != nil {
			t.Fatal(err)
		}
	}
	x := b.Build()
	got := x.Lookup(nil, same)
	if len(got) != 5000 || !slices.IsSorted(got) {
		t.Fatalf("%d entries, sorted %v", len(got), slices.IsSorted(got))
	}
	if !x.Delete(same, 17) || x.Delete(same, 17) {
		t.Error("deleting once must succeed, twice must not")
	}
	if got := x.Lookup(nil, same); len(got) != 4999 || slices.Contains(got, 17) {
		t.Errorf("%d entries after deleting one", len(got))
	}
}

// model runs the same changes on the index and on a plain map.
func TestExactAgreesWithAMap(t *testing.T) {
	t.Parallel()
	x := buildExact(t, 500)
	model := map[int][]uint32{}
	for i := range 500 {
		model[i] = []uint32{uint32(i + 1)}
	}
	check := func(step string) {
		t.Helper()
		total := 0
		for i := range 800 {
			got, want := x.Lookup(nil, sum(i)), slices.Clone(model[i])
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Fatalf("%s: value %d gives %v, want %v", step, i, got, want)
			}
			total += len(want)
		}
		if x.Len() != total {
			t.Fatalf("%s: Len %d, want %d", step, x.Len(), total)
		}
	}
	for i := 300; i < 800; i++ {
		if err := x.Insert(sum(i), uint32(10000+i)); err != nil {
			t.Fatal(err)
		}
		model[i] = append(model[i], uint32(10000+i))
	}
	check("after inserting")
	for i := 0; i < 800; i += 3 {
		for _, id := range model[i] {
			if !x.Delete(sum(i), id) {
				t.Fatalf("delete %d of value %d: not there", id, i)
			}
		}
		model[i] = nil
	}
	check("after deleting")
	x = x.Compact()
	if x.Pending() != 0 {
		t.Errorf("%d pending after Compact", x.Pending())
	}
	check("after compacting")
	var file bytes.Buffer
	if _, err := x.WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	var err error
	if x, err = LoadExact(jaga.MD5, file.Bytes()); err != nil {
		t.Fatal(err)
	}
	check("after loading the snapshot")
}

func TestExactRefusesWrongSizes(t *testing.T) {
	t.Parallel()
	b, _ := NewExactBuilder(jaga.MD5)
	if b.Add(make([]byte, 15), 1) == nil || b.Add(nil, 1) == nil {
		t.Error("a value of a wrong length was added")
	}
	x := b.Build()
	if x.Insert(make([]byte, 20), 1) == nil {
		t.Error("a value of a wrong length was inserted")
	}
	if x.Delete(make([]byte, 3), 1) || x.Lookup(nil, []byte{1}) != nil {
		t.Error("a value of a wrong length was found")
	}
	if _, err := NewExactBuilder(jaga.PDQ); err == nil {
		t.Error("PDQ is not an exact type, but a builder was made")
	}
}

func TestExactSnapshotDamage(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	if _, err := buildExact(t, 300).WriteTo(&file); err != nil {
		t.Fatal(err)
	}
	good := file.Bytes()
	if _, err := LoadExact(jaga.MD5, good); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := slices.Clone(good)
		bad[i] ^= 0x10
		if _, err := LoadExact(jaga.MD5, bad); err == nil {
			t.Fatalf("a flipped bit in byte %d was not noticed", i)
		}
	}
	for n := 0; n < len(good); n += 13 {
		if _, err := LoadExact(jaga.MD5, good[:n]); err == nil {
			t.Fatalf("a file cut to %d bytes was not noticed", n)
		}
	}
	if _, err := LoadExact(jaga.MD5, append(slices.Clone(good), 0)); err == nil {
		t.Error("a byte too many was not noticed")
	}
	if _, err := LoadExact(jaga.SHA1, good); err == nil {
		t.Error("a snapshot of MD5 was loaded as SHA-1")
	}
	odd := append(make([]byte, 1), good...)[1:] // not aligned for in-place use
	x, err := LoadExact(jaga.MD5, odd)
	if err != nil || len(x.Lookup(nil, sum(5))) != 1 {
		t.Errorf("misaligned data: %v", err)
	}
}

func FuzzLoadExact(f *testing.F) {
	var file bytes.Buffer
	if _, err := buildExact(f, 20).WriteTo(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add([]byte(exactMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := LoadExact(jaga.MD5, data)
		if err == nil {
			x.Lookup(nil, sum(3))
		}
	})
}
