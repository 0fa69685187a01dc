package pdq_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/pdq/jpeg"
)

// TestPublishedVectors hashes the reference's own pictures, where they stand
// beside the repository (or where JAGA_PDQ_VECTORS says), and compares with
// what the reference makes of them: expected.tsv holds file, size, hash and
// quality of the whole picture, hash and quality after sampling to 512 x 512.
func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("JAGA_PDQ_VECTORS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data", "pdq")
	}
	table, err := os.ReadFile(filepath.Join(dir, "expected.tsv"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the reference's pictures are not here; set JAGA_PDQ_VECTORS")
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")[1:]
	if len(lines) == 0 {
		t.Fatal("expected.tsv is empty")
	}
	for _, line := range lines {
		f := strings.Split(line, "\t")
		if len(f) != 6 {
			t.Fatalf("line %q: %d columns, want 6", line, len(f))
		}
		data, err := os.ReadFile(filepath.Join(dir, f[0]))
		if err != nil {
			t.Fatal(err)
		}
		m, err := jpeg.Decode(data, jpeg.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", f[0], err)
		}
		for _, c := range []struct {
			name, hash, quality string
			convention          pdq.Convention
		}{{"full", f[2], f[3], pdq.Full}, {"nearest 512", f[4], f[5], pdq.Nearest512}} {
			for name, sum := range map[string]func(pdq.Pixels, ...pdq.Option) (pdq.Result, error){"Sum": pdq.Sum, "SumExact": pdq.SumExact} {
				got, err := sum(m.Pixels(), pdq.WithConvention(c.convention))
				if err != nil || got.Hash.String() != c.hash || strconv.Itoa(got.Quality) != c.quality {
					t.Errorf("%s, %s, %s: %v %d (error %v), want %s %s", f[0], c.name, name, got.Hash, got.Quality, err, c.hash, c.quality)
				}
			}
		}
	}
}
