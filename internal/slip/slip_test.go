package slip_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/slip"
)

func TestParseCodes(t *testing.T) {
	t.Parallel()
	pdq, md5 := "pdq:"+strings.Repeat("0f", 32), "md5:"+strings.Repeat("ab", 16)
	list, err := slip.ParseCodes(pdq + "\r\n\n " + md5 + "\n" + pdq)
	if err != nil || len(list) != 2 || list[0].Type != jaga.PDQ || list[1].String() != strings.Repeat("ab", 16) {
		t.Errorf("%v, %v", list, err)
	}
	var many strings.Builder
	for i := range slip.MaxCodes {
		fmt.Fprintf(&many, "md5:%032x\n", i)
	}
	if list, err := slip.ParseCodes(many.String()); err != nil || len(list) != slip.MaxCodes {
		t.Errorf("%d codes: %v", len(list), err)
	}
	for _, bad := range []string{"", "\n", "sha1:" + strings.Repeat("ab", 20), "pdq:00", "hello", pdq + "\n<b>", many.String() + md5} {
		if _, err := slip.ParseCodes(bad); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
}

func TestNumberAndPIN(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		n, p := slip.NewNumber(), slip.NewPIN()
		number, ok := slip.Number(n)
		pin, ok2 := slip.PIN(p)
		if !ok || !ok2 || len(number) != 12 || len(pin) != 8 || seen[n] {
			t.Fatalf("%q, %q", n, p)
		}
		seen[n] = true
		sloppy := strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(" " + strings.ReplaceAll(n, "-", " ")))
		if again, ok := slip.Number(sloppy); !ok || again != number {
			t.Errorf("%q typed as %q is %q", n, sloppy, again)
		}
	}
	for _, bad := range []string{"", "1234", "7K2M-9PQR-4STV1", "7K2M-9PQR-4ST!", strings.Repeat("9", 1000)} {
		if _, ok := slip.Number(bad); ok {
			t.Errorf("%q is taken for a number", bad)
		}
		if _, ok := slip.PIN(bad); ok {
			t.Errorf("%q is taken for a PIN", bad)
		}
	}
}

// FuzzParseCodes: whatever a form sends is refused, or gives no more codes than a
// case may have.
func FuzzParseCodes(f *testing.F) {
	f.Add("sha256:" + strings.Repeat("ab", 32))
	f.Add("pdq:" + strings.Repeat("0f", 32) + "\r\nmd5:" + strings.Repeat("1", 32))
	f.Add("pdq:\n\x00:x")
	f.Fuzz(func(t *testing.T, text string) {
		codes, err := slip.ParseCodes(text)
		if err != nil {
			return
		}
		if len(codes) == 0 || len(codes) > slip.MaxCodes {
			t.Fatalf("%d codes of %q", len(codes), text)
		}
	})
}
