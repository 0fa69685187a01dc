package eval

import "fmt"

// Bin is one row of a reliability table.
type Bin struct {
	From      float64 `json:"from"` // included
	To        float64 `json:"to"`   // excluded, but for the last bin
	Cases     int     `json:"cases"`
	MeanScore float64 `json:"mean_score"` // 0 without cases
	Positives Rate    `json:"positives"`
}

// Reliability sorts probabilities into bins of equal width over [0, 1] and
// returns, for each, what was promised and what came true, and the expected
// calibration error over them,
//
//	ECE = Σ n_b/n · |share of positives_b − mean score_b|,
//
// in [0, 1] (Naeini, Cooper, Hauskrecht, AAAI 2015). It depends on the number
// of bins, so print that too. It fails without cases or bins, and on a score
// that is no probability.
func Reliability(cases []Scored, bins int) ([]Bin, float64, error) {
	if bins < 1 || len(cases) == 0 {
		return nil, 0, fmt.Errorf("tabulating reliability: %d cases in %d bins", len(cases), bins)
	}
	if err := probabilities(cases); err != nil {
		return nil, 0, fmt.Errorf("tabulating reliability: %w", err)
	}
	positives, sums := make([]int, bins), make([]float64, bins)
	table := make([]Bin, bins)
	for _, c := range cases {
		b := min(int(c.Score*float64(bins)), bins-1)
		if b+1 < bins && c.Score >= ratio(b+1, bins) { // the product was rounded down
			b++
		}
		table[b].Cases++
		sums[b] += c.Score
		if c.Positive {
			positives[b]++
		}
	}
	var ece float64
	for b := range table {
		row := &table[b]
		row.From, row.To = ratio(b, bins), ratio(b+1, bins)
		row.Positives = NewRate(positives[b], row.Cases)
		if row.Cases == 0 {
			continue
		}
		row.MeanScore = sums[b] / float64(row.Cases)
		gap := row.Positives.Value - row.MeanScore
		ece += ratio(row.Cases, len(cases)) * max(gap, -gap)
	}
	return table, ece, nil
}

// Brier is the mean squared distance of probabilities from what came true, in
// [0, 1], lower is better (Brier 1950). It fails without cases and on a score
// that is no probability.
func Brier(cases []Scored) (float64, error) {
	if len(cases) == 0 {
		return 0, fmt.Errorf("computing the Brier score: no cases")
	}
	if err := probabilities(cases); err != nil {
		return 0, fmt.Errorf("computing the Brier score: %w", err)
	}
	var sum float64
	for _, c := range cases {
		d := c.Score
		if c.Positive {
			d--
		}
		sum += float64(d * d)
	}
	return sum / float64(len(cases)), nil
}
