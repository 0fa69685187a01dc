package sealed_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/sealed"
)

func key(t testing.TB, secret, use string) *sealed.Key {
	t.Helper()
	k, err := sealed.New([]byte(secret), use)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// What is sealed opens with the same secret, for the same use, at the same place,
// whole, and not otherwise.
func TestOpensInItsPlaceOnly(t *testing.T) {
	t.Parallel()
	a := key(t, "the secret of one installation", "notes")
	others := []*sealed.Key{key(t, "the secret of one installation", "drafts"), key(t, "the secret of another", "notes")}
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		place := rapid.String().Draw(t, "place")
		text := a.Seal(place, plain)
		if got, err := a.Open(place, text); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("%q, %v", got, err)
		}
		if len(text) != len(plain)+28 || bytes.Equal(text, a.Seal(place, plain)) {
			t.Error("the length is another, or the nonce is the same")
		}
		refused := func(what string, k *sealed.Key, place string, text []byte) {
			if _, err := k.Open(place, text); jaga.CodeOf(err) != jaga.CodeUnavailable {
				t.Errorf("%s: %v", what, err)
			}
		}
		for _, k := range others {
			refused("another key", k, place, text)
		}
		refused("another place", a, place+"x", text)
		refused("cut off", a, place, text[:rapid.IntRange(0, len(text)-1).Draw(t, "cut")])
		flipped := bytes.Clone(text)
		flipped[rapid.IntRange(0, len(text)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		refused("changed", a, place, flipped)
	})
}
