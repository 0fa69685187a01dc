package slip_test

import (
	"crypto/rand"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga/internal/slip"
)

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// TestCheckedNumber: one wrong character, and any two that changed places, are
// told apart from a number that is merely nobody's, always.
func TestCheckedNumber(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var seed [16]byte
		copy(seed[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "seed"))
		shown, pin := slip.Checked(seed)
		n, ok := slip.CheckedNumber(strings.ToLower(shown))
		if !ok || len(n) != 12 {
			t.Fatalf("%s is refused", shown)
		}
		if p, ok := slip.LongPIN(pin); !ok || len(p) != 10 {
			t.Fatalf("%s is refused", pin)
		}
		for i := range n {
			for _, c := range alphabet {
				wrong := n[:i] + string(c) + n[i+1:]
				if _, ok := slip.CheckedNumber(wrong); ok != (wrong == n) {
					t.Fatalf("%s for %s passes", wrong, n)
				}
			}
			for j := range i {
				b := []byte(n)
				b[i], b[j] = b[j], b[i]
				if _, ok := slip.CheckedNumber(string(b)); ok != (string(b) == n) {
					t.Fatalf("%s for %s passes", b, n)
				}
			}
		}
	})
	for _, typed := range []string{"", "7K2M", "<script>alert", "0000-0000-00001", strings.Repeat("9", 500)} {
		if _, ok := slip.CheckedNumber(typed); ok {
			t.Errorf("%q passes", typed)
		}
	}
}

// TestCheckedSpread: seeds give numbers and PINs that use all characters, and
// do not repeat.
func TestCheckedSpread(t *testing.T) {
	t.Parallel()
	seen, used := map[string]bool{}, map[rune]int{}
	for range 20_000 {
		var seed [16]byte
		_, _ = rand.Read(seed[:])
		n, p := slip.Checked(seed)
		if seen[n] || seen[p] && len(seen) < 100 {
			t.Fatalf("%s or %s comes twice", n, p)
		}
		seen[n] = true
		for _, c := range n {
			used[c]++
		}
	}
	for _, c := range alphabet {
		if used[c] < 6000 || used[c] > 9000 { // 7,500 of each are expected
			t.Errorf("%c stands in numbers %d times", c, used[c])
		}
	}
}

// TestLimiterSpares: a flood from many networks keeps a reader of another one
// out only after its spare ones, and a clock that is set back locks nobody out.
func TestLimiterSpares(t *testing.T) {
	t.Parallel()
	l := slip.NewLimiter(slip.Limit{Period: time.Hour, Each: 10, All: 100, Spare: 2})
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	passed := 0
	for i := range 50 {
		for range 20 {
			if l.Take(now, netip.AddrFrom4([4]byte{10, 0, byte(i), 1})) {
				passed++
			}
		}
	}
	if passed != 10*10+40*2 {
		t.Errorf("%d of a flood passed", passed)
	}
	home := netip.MustParseAddr("2001:db8::1")
	if !l.Take(now, home) || !l.Take(now, netip.MustParseAddr("2001:db8:0:7::9")) || l.Take(now, home) {
		t.Error("another network has not its two spare ones")
	}
	l.Give(now, home)
	if !l.Take(now, home) {
		t.Error("what was given back is gone")
	}
	if !l.Take(now.Add(-100*time.Hour), home) {
		t.Error("a clock that was set back locks out")
	}
}
