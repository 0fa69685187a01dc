package jpeg

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	stdjpeg "image/jpeg"
	"os"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/pdq"
)

var update = flag.Bool("update", false, "write the agreement tables of docs/pdq.md, measured on all pictures")

// tally is one row of the tables.
type tally struct {
	name              string
	files, same       int // decoded; with every sample and the hash as from djpeg
	refused           int // by Screen
	screen, std       [257]int
	screenMax, stdMax int
}

func (t *tally) row() string {
	within := func(h *[257]int, d int) string {
		n, all := 0, 0
		for i, v := range h {
			all += v
			if i <= d {
				n += v
			}
		}
		if all == 0 {
			return "–"
		}
		return fmt.Sprintf("%.1f", 100*float64(n)/float64(all))
	}
	return fmt.Sprintf("| %s | %d | %d | %d | %s | %s | %s | %d | %s | %s | %d |\n", t.name, t.files, t.same, t.files-t.refused,
		within(&t.screen, 0), within(&t.screen, 2), within(&t.screen, 8), t.screenMax,
		within(&t.std, 0), within(&t.std, 2), t.stdMax)
}

const agreementHead = `| | files | decoded as by libjpeg-turbo | screened | 0 bits % | ≤ 2 bits % | ≤ 8 bits % | most bits | image/jpeg: 0 bits % | ≤ 2 bits % | most bits |
|---|---|---|---|---|---|---|---|---|---|---|
`

// TestAgreement measures how the hashes of Decode, of Screen and, for
// comparison, of the standard library's decoder agree with the hash of djpeg's
// samples. With -update it takes more pictures and writes docs/pdq.md.
func TestAgreement(t *testing.T) {
	cjpeg, djpeg := cjpegPath(t), djpegPath(t)
	sizes, pictures := [][2]int{{200, 300}, {640, 480}, {800, 1067}}, 1
	if *update {
		sizes, pictures = [][2]int{{200, 300}, {512, 512}, {640, 480}, {720, 1280}, {1600, 1067}}, 8
	}
	kinds := []struct{ name, args string }{
		{"4:2:0", "-sample 2x2"}, {"4:2:2", "-sample 2x1"}, {"4:4:4", "-sample 1x1"}, {"4:4:0", "-sample 1x2"},
		{"grey", "-grayscale"}, {"4:2:0, progressive", "-progressive"},
	}
	qualities := []int{30, 50, 75, 90, 100}
	tables := [4][]*tally{{{name: "all"}}}
	for _, s := range sizes {
		tables[1] = append(tables[1], &tally{name: fmt.Sprintf("%d x %d", s[0], s[1])})
	}
	for _, k := range kinds {
		tables[2] = append(tables[2], &tally{name: k.name})
	}
	for _, q := range qualities {
		tables[3] = append(tables[3], &tally{name: fmt.Sprintf("quality %d", q)})
	}
	for i, size := range sizes {
		for n := range pictures {
			m := photo(uint64(1000*i+n), size[0], size[1])
			for j, kind := range kinds {
				for k, q := range qualities {
					data := encode(t, cjpeg, m, append(strings.Fields(kind.args), "-quality", fmt.Sprint(q))...)
					agree(t, djpeg, data, tables[0][0], tables[1][i], tables[2][j], tables[3][k])
				}
			}
		}
	}
	var out strings.Builder
	out.WriteString(agreementHead)
	for _, table := range tables {
		for _, row := range table {
			out.WriteString(row.row())
		}
	}
	t.Log("\n" + out.String())
	if *update {
		writeBetween(t, "../../docs/pdq.md", "<!-- agreement -->\n", "<!-- /agreement -->\n", out.String())
	}
}

// agree adds one file to the rows.
func agree(t *testing.T, djpeg string, data []byte, rows ...*tally) {
	t.Helper()
	pix, w, h, n := peerDecode(t, djpeg, data)
	peer := pdq.Pixels{Pix: pix, Stride: w * n, Width: w, Height: h, Format: pdq.RGB}
	if n == 1 {
		peer.Format = pdq.Gray
	}
	want, err := pdq.Sum(peer)
	if err != nil {
		t.Fatal(err)
	}
	img, err := Decode(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := pdq.Sum(img.Pixels())
	if err != nil {
		t.Fatal(err)
	}
	same := got == want
	for y := 0; y < h && same; y++ {
		same = bytes.Equal(img.Pix[y*img.Stride:][:w*n], pix[y*w*n:][:w*n])
	}
	if !same {
		t.Errorf("decoded otherwise than by djpeg: hashes %v and %v", got, want)
	}
	screened, _, err := Screen(data)
	refused := errors.Is(err, ErrUnsupported)
	if err != nil && !refused {
		t.Fatal(err)
	}
	distance := screened.Hash.Distance(want.Hash)
	if !refused && distance > ScreenMargin {
		t.Errorf("screened %d bits away", distance)
	}
	std, err := stdjpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	other, err := pdq.FromImage(std)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		r.files++
		if same {
			r.same++
		}
		d := other.Hash.Distance(want.Hash)
		r.std[d]++
		r.stdMax = max(r.stdMax, d)
		if refused {
			r.refused++
			continue
		}
		r.screen[distance]++
		r.screenMax = max(r.screenMax, distance)
	}
}

// writeBetween replaces what stands between two lines of a file.
func writeBetween(t *testing.T, path, from, to, text string) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(old), from)
	_, tail, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("%s has no %q and %q", path, from, to)
	}
	if err := os.WriteFile(path, []byte(head+from+text+to+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}
