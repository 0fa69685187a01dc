package eval

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSplitKeepsPersonsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		person := rapid.Custom(func(t *rapid.T) string { return fmt.Sprint("p", rapid.IntRange(0, 60).Draw(t, "person")) })
		var conversations []Participants
		for i, persons := range rapid.SliceOfN(rapid.SliceOfN(person, 0, 3), 1, 40).Draw(t, "conversations") {
			conversations = append(conversations, Participants{fmt.Sprint("c", i), persons})
		}
		seed := rapid.Uint64().Draw(t, "seed")
		parts, err := Split(conversations, seed, .6, .2, .2)
		if err != nil {
			t.Fatal(err)
		}
		of, byID := map[string]int{}, map[string]int{}
		for i, c := range conversations {
			byID[c.Conversation] = parts.Of[i]
			for _, p := range c.Persons {
				if before, ok := of[p]; ok && before != parts.Of[i] {
					t.Fatalf("%s is in parts %d and %d", p, before, parts.Of[i])
				}
				of[p] = parts.Of[i]
			}
		}
		slices.Reverse(conversations)
		for _, c := range conversations {
			slices.Reverse(c.Persons)
		}
		again, err := Split(conversations, seed, .6, .2, .2)
		if err != nil || again.Groups != parts.Groups || again.Largest != parts.Largest {
			t.Fatalf("%+v, then %+v, %v", parts, again, err)
		}
		for i, c := range conversations {
			if again.Of[i] != byID[c.Conversation] {
				t.Fatalf("%s moved with the order", c.Conversation)
			}
		}
	})
}

func TestSplitIsDeterministicAndSeeded(t *testing.T) {
	var conversations []Participants
	for i := range 10_000 {
		conversations = append(conversations, Participants{"", []string{fmt.Sprint(i), fmt.Sprint("x", i)}})
	}
	one, _ := Split(conversations, 1, 3, 0, 1)
	two, _ := Split(conversations, 2, 3, 0, 1)
	if one.Groups != 10_000 || one.Largest != 1 {
		t.Errorf("%d groups, the largest %d", one.Groups, one.Largest)
	}
	if n := one.Sizes[0]; n < 7300 || n > 7700 || one.Sizes[1] != 0 || n+one.Sizes[2] != 10_000 {
		t.Errorf("sizes %v", one.Sizes)
	}
	same := 0
	for i := range one.Of {
		if one.Of[i] == two.Of[i] {
			same++
		}
	}
	if same > 7000 { // (3/4)² + (1/4)² of them are expected
		t.Errorf("%d of 10000 stay with another seed", same)
	}
	// These must never change: a published split would be another.
	if got := one.Of[:12]; !slices.Equal(got, []int{0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 2, 0}) {
		t.Errorf("the split changed: %v", got)
	}
}

func TestSplitRefusesBadShares(t *testing.T) {
	for _, shares := range [][]float64{nil, {0}, {1, -1}, {0, 0}} {
		if _, err := Split(nil, 0, shares...); err == nil {
			t.Errorf("%v: no error", shares)
		}
	}
}
