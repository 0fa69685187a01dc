package eval

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// authorSets makes sets with given counts.
func authorSets(tp, retrieved, truth int) (Set[string], Set[string]) {
	got, want := Set[string]{}, Set[string]{}
	for i := range truth {
		want[fmt.Sprint("author", i)] = struct{}{}
	}
	for i := range retrieved {
		if i < tp {
			got[fmt.Sprint("author", i)] = struct{}{}
		} else {
			got[fmt.Sprint("other", i)] = struct{}{}
		}
	}
	return got, want
}

// TestPublishedPAN12Task1 reproduces the published table of task 1: 254
// predators in the test part (Inches and Crestani, CLEF 2012).
func TestPublishedPAN12Task1(t *testing.T) {
	for _, row := range []struct {
		system        string
		tp, retrieved int
		p, r, f       string
	}{
		{"Villatoro-Tello et al.", 200, 204, "0.9804", "0.7874", "0.9346"},
		{"Snider", 183, 186, "0.9839", "0.7205", "0.9168"},
		{"Parapar et al.", 170, 181, "0.9392", "0.6693", "0.8691"},
		{"Morris and Hirst", 154, 159, "0.9686", "0.6063", "0.8652"},
		{"Eriksson and Karlgren", 227, 265, "0.8566", "0.8937", "0.8638"},
	} {
		got, want := authorSets(row.tp, row.retrieved, 254)
		s, err := ScoreAuthors(got, want, 218702)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []struct {
			name, want string
			got        float64
		}{{"precision", row.p, s.Precision}, {"recall", row.r, s.Recall}, {"F0.5", row.f, s.F05}} {
			if text := fmt.Sprintf("%.4f", v.got); text != v.want {
				t.Errorf("%s: %s is %s, published as %s", row.system, v.name, text, v.want)
			}
		}
		if s.FPR == nil || math.Abs(*s.FPR-float64(row.retrieved-row.tp)/float64(218702-254)) > 1e-15 {
			t.Errorf("%s: FPR %v", row.system, s.FPR)
		}
	}
}

// TestPublishedPAN12Task2 checks F3 against the published precision and
// recall of task 2, which are rounded, so the last digit may differ by one.
func TestPublishedPAN12Task2(t *testing.T) {
	const truth = 6478
	for _, row := range []struct {
		system  string
		p, r, f float64
	}{
		{"Grozea and Popescu", .0915, .8938, .4762},
		{"Kontostathis et al.", .1663, .5015, .4174},
		{"Peersman et al.", .3579, .2606, .2679},
	} {
		tp := int(math.Round(row.r * truth))
		c := Counts{TP: tp, FP: int(math.Round(float64(tp)/row.p)) - tp, FN: truth - tp}
		if math.Abs(c.Precision()-row.p) > 5e-5 || math.Abs(c.Recall()-row.r) > 1e-4 {
			t.Errorf("%s: P %.4f R %.4f", row.system, c.Precision(), c.Recall())
		}
		if f := c.F(PAN12Task2Beta); math.Abs(f-row.f) > 1.5e-4 {
			t.Errorf("%s: F3 is %.4f, published as %.4f", row.system, f, row.f)
		}
	}
}

func TestEmptyDenominatorsAreZero(t *testing.T) {
	for _, c := range []Counts{{}, {TN: 5}, {FN: 5}, {FP: 5}} {
		if c.Precision() != 0 || c.Recall() != 0 || c.F(.5) != 0 {
			t.Errorf("%+v: P %v R %v F %v", c, c.Precision(), c.Recall(), c.F(.5))
		}
	}
	if (Counts{TP: 1}).FPR() != 0 {
		t.Error("FPR without negatives")
	}
}

// TestFAgreesWithItsDefinition computes F from P and R.
func TestFAgreesWithItsDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1000)
		c := Counts{TP: n.Draw(t, "tp"), FP: n.Draw(t, "fp"), FN: n.Draw(t, "fn")}
		beta := rapid.SampledFrom([]float64{.5, 1, 2, 3}).Draw(t, "beta")
		p, r := c.Precision(), c.Recall()
		want := 0.0
		if c.TP > 0 {
			want = (1 + beta*beta) * p * r / (beta*beta*p + r)
		}
		if got := c.F(beta); math.Abs(got-want) > 1e-12 {
			t.Fatalf("%+v: F%v is %v, wanted %v", c, beta, got, want)
		}
	})
}

func TestWithTotalRefusesTooFew(t *testing.T) {
	c, err := Counts{TP: 2, FP: 3, FN: 4}.WithTotal(10)
	if err != nil || c.TN != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := (Counts{TP: 2, FP: 3, FN: 4}).WithTotal(8); err == nil || !strings.Contains(err.Error(), "8 cases in all, but 9") {
		t.Errorf("%v", err)
	}
}
