package eval

import "math"

// PRPoint is the state of a detector at one threshold.
type PRPoint struct {
	Threshold float64 `json:"threshold"` // found is every case with at least this score
	TP        int     `json:"tp"`
	FP        int     `json:"fp"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// PRCurve returns a point for every distinct score, the highest first, and
// the average precision, which is the area under the curve taken in steps:
//
//	AP = Σ (R_i − R_(i−1)) · P_i
//
// Without a positive the error is [ErrOneClass]; cases without a negative
// have a curve. It sorts: O(n log n).
func PRCurve(cases []Scored) (points []PRPoint, average float64, err error) {
	sorted, positives, err := byScore(cases)
	if err != nil {
		return nil, 0, err
	}
	if positives == 0 {
		return nil, 0, ErrOneClass
	}
	var p PRPoint
	last := 0
	for i, c := range sorted {
		if c.Positive {
			p.TP++
		} else {
			p.FP++
		}
		if i+1 < len(sorted) && sorted[i+1].Score == c.Score {
			continue // one threshold takes equal scores together
		}
		p.Threshold = c.Score
		p.Precision = ratio(p.TP, p.TP+p.FP)
		p.Recall = ratio(p.TP, positives)
		average += ratio(p.TP-last, positives) * p.Precision
		last = p.TP
		points = append(points, p)
	}
	return points, average, nil
}

// AUC is the area under the ROC curve, in [0, 1]: the probability that a
// positive has a higher score than a negative, equal scores counting one half
// (Mann and Whitney 1947). The error is [ErrOneClass] when a class is empty.
func AUC(cases []Scored) (float64, error) {
	sorted, positives, err := byScore(cases)
	if err != nil {
		return 0, err
	}
	negatives := len(sorted) - positives
	if positives == 0 || negatives == 0 {
		return 0, ErrOneClass
	}
	// Twice the number of won pairs is an integer, so nothing is rounded
	// before the division.
	var won2, above uint64 // above: positives with a higher score
	for i := 0; i < len(sorted); {
		var pos, neg uint64
		for s := sorted[i].Score; i < len(sorted) && sorted[i].Score == s; i++ {
			if sorted[i].Positive {
				pos++
			} else {
				neg++
			}
		}
		won2 += neg * (2*above + pos)
		above += pos
	}
	return float64(won2) / (2 * float64(positives) * float64(negatives)), nil
}

// CountsAtFPR returns the lowest threshold at which at most the share maxFPR
// of the negatives is found, and the counts there, of which the recall is the
// highest under that bound. When even the highest score finds too many, the
// threshold is +Inf and nothing is found. The error is [ErrOneClass] when a
// class is empty.
func CountsAtFPR(cases []Scored, maxFPR float64) (best Counts, threshold float64, err error) {
	threshold = math.Inf(1)
	sorted, positives, err := byScore(cases)
	if err != nil {
		return best, threshold, err
	}
	negatives := len(sorted) - positives
	if positives == 0 || negatives == 0 {
		return best, threshold, ErrOneClass
	}
	c := Counts{FN: positives, TN: negatives}
	best = c
	for i, s := range sorted {
		if s.Positive {
			c.TP, c.FN = c.TP+1, c.FN-1
		} else {
			c.FP, c.TN = c.FP+1, c.TN-1
		}
		if i+1 < len(sorted) && sorted[i+1].Score == s.Score {
			continue
		}
		if c.FPR() > maxFPR {
			break
		}
		best, threshold = c, s.Score
	}
	return best, threshold, nil
}
