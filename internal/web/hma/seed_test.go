package hma_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jaga-project/jaga/internal/web/hma"
)

// The numbers are what CPython 3.11 prints for random.Random(seed).random().
func TestDraw(t *testing.T) {
	t.Parallel()
	for seed, want := range map[string]float64{
		"1234": 0.24836460312826447, "1": 0.4782479962566343, "abc": 0.7720246314157545, "": 0.9602256525641875,
		"content-42": 0.9466662998019202, "2": 0.5558450440322502, "é": 0.9689252893653495, "\x00": 0.761237843064138,
		strings.Repeat("x", 5000): 0.5761835444429939,
	} {
		if got := hma.Draw(seed); got != want {
			t.Errorf("%.20q: %v, want %v", seed, got, want)
		}
	}
}

func TestDrawIsAShare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.String().Draw(t, "seed")
		if f := hma.Draw(seed); f < 0 || f >= 1 || f != hma.Draw(seed) {
			t.Fatalf("%q gives %v", seed, f)
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		number []byte
		want   []uint32
	}{
		{[]byte{0}, []uint32{0}},
		{[]byte{0, 0, 7}, []uint32{7}},
		{[]byte{1, 2, 3, 4}, []uint32{0x01020304}},
		{[]byte{1, 2, 3, 4, 5}, []uint32{0x02030405, 1}},
		{[]byte{0, 1, 2, 3, 4, 0, 0, 0, 0}, []uint32{0, 0x01020304}},
	} {
		if diff := cmp.Diff(tt.want, hma.Words(tt.number)); diff != "" {
			t.Errorf("% x (-want +got):\n%s", tt.number, diff)
		}
	}
}
