package media_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/pdq/jpeg"
)

var recallScenes = flag.Int("recall", 2, "scenes in TestTwoTiersLoseNothing; docs/pdq.md states 40")

// way encodes a picture as JPEG.
type way struct {
	name   string
	encode func(t testing.TB, m *image.RGBA) []byte
}

// ways are Go's own encoder and, where it is installed, libjpeg-turbo's with
// all subsamplings, and progressive.
func ways(t *testing.T) []way {
	all := []way{}
	for _, q := range []int{40, 90} {
		all = append(all, way{fmt.Sprintf("Go, quality %d", q), func(_ testing.TB, m *image.RGBA) []byte { return testpic.JPEG(m, q) }})
	}
	cjpeg, err := exec.LookPath("cjpeg")
	if err != nil {
		if need.Required("libjpeg-turbo") {
			need.Missing(t, "libjpeg-turbo", "cjpeg is not installed")
		}
		t.Log("without cjpeg: 4:2:0 only, and no progressive files")
		return all
	}
	for _, args := range []string{"-quality 25", "-quality 75 -sample 2x1", "-quality 85 -sample 1x1", "-quality 97 -sample 1x2",
		"-quality 60 -progressive", "-quality 92 -sample 1x1 -progressive", "-quality 80 -grayscale", "-quality 80 -restart 4"} {
		all = append(all, way{args, func(t testing.TB, m *image.RGBA) []byte {
			in := fmt.Appendf(nil, "P6\n%d %d\n255\n", m.Rect.Dx(), m.Rect.Dy())
			for i := 0; i < len(m.Pix); i += 4 {
				in = append(in, m.Pix[i:i+3]...)
			}
			cmd := exec.Command(cjpeg, strings.Fields(args)...)
			var out bytes.Buffer
			cmd.Stdin, cmd.Stdout = bytes.NewReader(in), &out
			if err := cmd.Run(); err != nil {
				t.Fatalf("cjpeg %s: %v", args, err)
			}
			return out.Bytes()
		}})
	}
	return all
}

// recallFile is one file of the comparison.
type recallFile struct {
	name      string
	data      []byte
	rotations bool
}

// recall compares the two ways of checking files with the same banks.
type recall struct {
	eng      *engine.Engine
	next     uint32
	rnd      *rand.Rand
	files    int
	screened int // of them, done without decoding
	matches  int // that the one-tier way reports
	edge     int // of them, at 20 to 47 bits
	needed   int // files that would be lost without the margin
	furthest int // the largest distance of a screening hash
}

// The banks: one at the usual threshold, a narrow and a wide one, and
// known-benign look-alikes.
var recallBanks = []engine.Bank{
	{ID: 1, Name: "USUAL", Role: jaga.RoleMatch, Form: jaga.FormCSAM, Band: jaga.BandReview, EnabledRatio: 1, Threshold: pdq.MatchThreshold},
	{ID: 2, Name: "NARROW", Role: jaga.RoleMatch, Form: jaga.FormCSAM, Band: jaga.BandReview, EnabledRatio: 1, Threshold: 20},
	{ID: 3, Name: "WIDE", Role: jaga.RoleMatch, Form: jaga.FormCSAM, Band: jaga.BandReview, EnabledRatio: 1, Threshold: 47},
	{ID: 4, Name: "BENIGN", Role: jaga.RoleAllow, EnabledRatio: 1, Threshold: pdq.MatchThreshold},
}

func newRecall(t *testing.T) *recall {
	t.Helper()
	set, err := hamming.NewSet(hamming.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	exact := map[jaga.SignalType]*engine.Exact{}
	for _, typ := range jaga.SignalTypes() {
		if typ.Exact() {
			b, err := engine.NewExactBuilder(typ)
			if err != nil {
				t.Fatal(err)
			}
			exact[typ] = b.Build()
		}
	}
	r := &recall{eng: engine.New(), rnd: rand.New(rand.NewPCG(9, 9))}
	if err := r.eng.Replace(engine.Tables{Banks: recallBanks, PDQ: set, Exact: exact, Version: "v1"}); err != nil {
		t.Fatal(err)
	}
	return r
}

// put adds a hash to a bank.
func (r *recall) put(t *testing.T, bank int64, h pdq.Hash) {
	t.Helper()
	r.next++
	if err := r.eng.Insert(bank, r.next, engine.Value{Type: jaga.PDQ, Bytes: h}); err != nil {
		t.Fatal(err)
	}
}

// away is a hash at a distance from full that is as far as can be from
// screened: it differs from full first where the two agree.
func (r *recall) away(full, screened pdq.Hash, distance int) pdq.Hash {
	bit := func(h pdq.Hash, b int) byte { return h[b/8] >> (b % 8) & 1 }
	order := r.rnd.Perm(256)
	slices.SortStableFunc(order, func(a, b int) int {
		return int(bit(full, a)^bit(screened, a)) - int(bit(full, b)^bit(screened, b))
	})
	for _, b := range order[:distance] {
		full[b/8] ^= 1 << (b % 8)
	}
	return full
}

// seed puts entries around a file's own hashes, most of them where a threshold
// or a margin ends, each file in one bank.
func (r *recall) seed(t *testing.T, f recallFile) {
	t.Helper()
	img, err := jpeg.Decode(f.data, jpeg.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, full, err := pdq.SumAll(img.Pixels())
	if err != nil {
		t.Fatal(err)
	}
	_, screened, err := jpeg.ScreenAll(f.data)
	if err != nil {
		screened = full
	}
	turn := pdq.Original
	if f.rotations {
		turn = pdq.Rotations()[r.rnd.IntN(8)]
	}
	r.furthest = max(r.furthest, full[turn].Distance(screened[turn]))
	bank := recallBanks[r.rnd.IntN(len(recallBanks))]
	for _, d := range []int{bank.Threshold, bank.Threshold + 1, 20 + r.rnd.IntN(28)}[r.rnd.IntN(2):] {
		r.put(t, bank.ID, r.away(full[turn], screened[turn], d))
	}
}

// describe is a match with all that a person sees of it.
func describe(ms []jaga.Match) (out []string) {
	for _, m := range ms {
		out = append(out, fmt.Sprintf("%s %d: %d bits from %s %q", m.Bank, m.Entry, m.Distance, m.Signal.Value, m.Signal.Variant))
	}
	slices.Sort(out)
	return out
}

// compare checks a file both ways.
func (r *recall) compare(t *testing.T, f recallFile) {
	t.Helper()
	now := time.Unix(1_800_000_000, 0)
	dec := media.NewDecoder(media.DefaultLimits(), 1)
	check := func(far func([]jaga.Signal) bool) (media.Measured, []jaga.Match) {
		m, err := dec.Measure(context.Background(), bytes.NewReader(f.data), media.Options{Rotations: f.rotations, Far: far})
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.eng.Match(engine.Query{Signals: m.Usable(), Now: now})
		if err != nil {
			t.Fatal(err)
		}
		return m, a.Matches
	}
	withoutMargin := false
	one, want := check(nil)
	two, got := check(func(screened []jaga.Signal) bool {
		near, _, err := r.eng.Any(engine.Query{Signals: screened, Now: now})
		withoutMargin = err == nil && !near
		near, _, err = r.eng.Any(engine.Query{Signals: screened, Now: now, Margin: media.ScreenMargin})
		return err == nil && !near
	})
	if !slices.Equal(describe(got), describe(want)) {
		t.Errorf("%s: two tiers report\n%s\none tier reports\n%s", f.name, strings.Join(describe(got), "\n"), strings.Join(describe(want), "\n"))
	}
	if len(one.Skipped) != len(two.Skipped) || one.Width != two.Width || one.Height != two.Height {
		t.Errorf("%s: %+v by two tiers, %+v by one", f.name, two, one)
	}
	r.files++
	r.matches += len(want)
	for _, m := range want {
		if m.Distance >= 20 && m.Distance <= 47 {
			r.edge++
		}
	}
	if two.Screened {
		r.screened++
	}
	if withoutMargin && len(want) > 0 {
		r.needed++
	}
}

// TestTwoTiersLoseNothing: with banks whose entries lie where thresholds end,
// checking files in two tiers reports what decoding every file reports, match
// for match and distance for distance. The files are scenes and what people do
// to them, in many sizes and encodings, half of them compared in all rotations
// and mirrorings; a third of them have entries around them, aimed at the margin.
func TestTwoTiersLoseNothing(t *testing.T) {
	t.Parallel()
	encodings := ways(t)
	r := newRecall(t)
	sizes := [][2]int{{512, 512}, {640, 480}, {720, 1000}, {1201, 803}}
	var kept []testpic.Variant
	for _, v := range testpic.Variants() {
		if v.Group != "Resized" { // sizes come from the list
			kept = append(kept, v)
		}
	}
	for scene := range *recallScenes {
		var files []recallFile
		for i, size := range sizes {
			m := testpic.Photo(uint64(scene), size[0], size[1])
			if h, err := pdq.FromImage(m); err != nil {
				t.Fatal(err)
			} else if i == 0 && scene%2 == 0 { // the others are known by entries around them only
				r.put(t, 1, h.Hash)
				r.put(t, 3, h.Hash)
			}
			for j, e := range encodings {
				n := (scene*len(sizes)+i)*len(encodings) + j
				for k, v := range []testpic.Variant{kept[n*7%len(kept)], kept[(n*13+5)%len(kept)]} {
					f := recallFile{fmt.Sprintf("scene %d, %v, %s, %s", scene, size, e.name, v.Name), e.encode(t, v.Apply(m)), n%2 == 0}
					if k == 0 && n%3 != 0 {
						r.seed(t, f)
					}
					files = append(files, f)
				}
			}
		}
		// The banks are complete for this scene, so both ways ask the same.
		for _, f := range files {
			r.compare(t, f)
		}
	}
	t.Logf("%d files, %d done without decoding; %d matches, %d of them at 20 to 47 bits; without the margin %d files would be lost; screening hashes up to %d bits off",
		r.files, r.screened, r.matches, r.edge, r.needed, r.furthest)
	if len(encodings) > 2 && (r.edge < r.files/4 || r.needed == 0 || r.screened < r.files/10) {
		t.Error("the banks do not put the margin to the test")
	}
}
